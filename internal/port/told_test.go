package port_test

import (
	"slices"
	"strings"
	"testing"

	"portolan/internal/port"
	"portolan/internal/simulator/portsim"
)

// patches counts the changes of the integration.
func patches(sim *portsim.Server) int {
	n := 0
	for _, r := range sim.Requests() {
		if r.Method == "PATCH" && r.Path == "/v1/integration/my-aws" {
			n++
		}
	}
	return n
}

// TestWhatPortDoesNotShowIsToldOnce walks the fields that answers may lack.
func TestWhatPortDoesNotShowIsToldOnce(t *testing.T) {
	t.Parallel()
	for name, hidden := range map[string][]string{
		"processingMode":              {"processingMode"},
		"incrementalSyncEnabled":      {"incrementalSyncEnabled"},
		"actionsProcessingEnabled":    {"actionsProcessingEnabled"},
		"version":                     {"version"},
		"installationAppType":         {"installationAppType"},
		"changelogDestination":        {"changelogDestination"},
		"arePortResourcesInitialized": {"arePortResourcesInitialized"},
		"all": {
			"processingMode", "incrementalSyncEnabled", "actionsProcessingEnabled", "version", "installationAppType",
			"changelogDestination", "arePortResourcesInitialized",
		},
		"none": nil,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := portsim.New(portsim.Options{ClientID: clientID, ClientSecret: clientSecret, NoEcho: hidden})
			must(t, sim.PutIntegration([]byte(ocean)))
			c := client(t, serve(sim), initializing)
			in := start(t, c)
			if got, _ := sim.Integration("my-aws"); got.ProcessingMode != "ocean-core" || got.Version != port.PeerVersion || !got.Initialized {
				t.Errorf("in Port: %+v", got)
			}
			if n := patches(sim); n > 2 { // what runs it, and that its resources are there
				t.Errorf("%d changes in the first start", n)
			}
			if said := slices.ContainsFunc(in.Notes, func(n string) bool { return strings.Contains(n, "does not show") }); said != (name == "processingMode" || name == "version" || name == "installationAppType" || name == "all") {
				t.Errorf("notes %q", in.Notes)
			}
			sim.ForgetRequests()
			for range 3 {
				if again := start(t, c); again.Changed {
					t.Error("a later start says that it changed something")
				}
			}
			other := client(t, serve(sim), initializing)
			other.Recall(in.Told)
			start(t, other)
			if n := patches(sim); n != 0 {
				t.Errorf("%d changes in later starts", n)
			}
			// Somebody else changes it: then it is sent again, once.
			must(t, sim.EditIntegration("my-aws", []byte(`{"version":"2.19.0","processingMode":"dsp"}`)))
			start(t, c)
			start(t, c)
			if n := patches(sim); n != 1 && !(n == 0 && (name == "all")) {
				t.Errorf("%d changes after somebody else's", n)
			}
		})
	}
}

func TestRecallOfSomethingElseIsNothing(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "null", "{", "[]", `{"wish":7}`, `{}`} {
		sim := portsim.New(portsim.Options{ClientID: clientID, ClientSecret: clientSecret, NoEcho: []string{"processingMode"}})
		must(t, sim.PutIntegration([]byte(ocean)))
		c := client(t, serve(sim))
		c.Recall([]byte(text))
		start(t, c)
		if n := patches(sim); n != 1 {
			t.Errorf("%q: %d changes", text, n)
		}
	}
}

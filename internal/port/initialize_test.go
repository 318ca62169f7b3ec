package port_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/port"
	"portolan/internal/simulator/portsim"
)

const blueprintRoute = "/v1/blueprints/{blueprint}"

// account is a user's blueprint that has the name of a default one.
const account = `{"identifier":"account","title":"Mine","schema":{"properties":{"name":{"type":"string"},"cost":{"type":"number"}}}}`

// bodies are those of the requests to a path, without their values' order.
func bodies(t *testing.T, sim *portsim.Server, method, path string) [][]string {
	t.Helper()
	var all [][]string
	for _, r := range sim.Requests() {
		if r.Method != method || r.Path != path {
			continue
		}
		var members map[string]json.RawMessage
		must(t, json.Unmarshal(r.Body, &members))
		var names []string
		for name := range members {
			names = append(names, name)
		}
		slices.Sort(names)
		all = append(all, names)
	}
	return all
}

func TestBlueprintsAreCreatedInThreePhases(t *testing.T) {
	t.Parallel()
	sim, c := tenant(t)
	start(t, c)
	if diff := cmp.Diff([][]string{{"identifier", "schema", "title"}, {"identifier", "schema", "title"}},
		bodies(t, sim, http.MethodPost, "/v1/blueprints")); diff != "" {
		t.Errorf("bare: %s", diff)
	}
	if diff := cmp.Diff([][]string{
		{"identifier", "relations", "schema", "title"},
		{"identifier", "mirrorProperties", "relations", "schema", "title"},
	}, bodies(t, sim, http.MethodPatch, "/v1/blueprints/bucket")); diff != "" {
		t.Errorf("completed: %s", diff)
	}
}

func TestOnlyMissingBlueprintsAreCreated(t *testing.T) {
	t.Parallel()
	sim, c := tenant(t)
	must(t, sim.PutBlueprint([]byte(account)))
	mine, _ := sim.Blueprint("account")
	in := start(t, c)
	if got, _ := sim.Blueprint("account"); string(got) != string(mine) {
		t.Errorf("the user's blueprint is %s", got)
	}
	if _, made := sim.Blueprint("bucket"); !made {
		t.Error("the missing blueprint was not created")
	}
	notes := strings.Join(in.Notes, "\n")
	if !strings.Contains(notes, "created the blueprints bucket") || !strings.Contains(notes, "had already: account") {
		t.Errorf("notes %q", in.Notes)
	}
}

func TestUntouchedWithoutNeed(t *testing.T) {
	t.Parallel()
	const ready = `,"installationAppType":"aws-v3","version":"` + port.PeerVersion + `","processingMode":"ocean-core",` +
		`"changelogDestination":null,"config":{"resources":[]}`
	tests := map[string]struct {
		integration string
		initialize  bool
	}{
		"told not to":             {`{"installationId":"my-aws"` + ready + `}`, false},
		"initialized before":      {`{"installationId":"my-aws","arePortResourcesInitialized":true` + ready + `}`, true},
		"Port provisions it":      {`{"installationId":"my-aws","createPortResourcesOrigin":"Port"` + ready + `}`, true},
		"wanted empty":            {`{"installationId":"my-aws","createPortResourcesOrigin":"Empty"` + ready + `}`, true},
		"of a type in upper case": {`{"installationId":"my-aws","arePortResourcesInitialized":true` + strings.Replace(ready, "aws-v3", "AWS-V3", 1) + `}`, true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &script{answers: []reply{ok(`{"integration":` + test.integration + `}`)}}
			in := start(t, client(t, s, func(o *port.Options) { o.Initialize, o.Defaults = test.initialize, defaults() }))
			if len(s.calls) != 1 || len(in.Notes) != 0 {
				t.Errorf("%d calls, notes %q", len(s.calls), in.Notes)
			}
		})
	}
}

// TestDifferencesArePatched has Port know each field otherwise.
func TestDifferencesArePatched(t *testing.T) {
	t.Parallel()
	same := map[string]any{
		"installationId": "my-aws", "installationAppType": "aws-v3", "version": port.PeerVersion,
		"processingMode": "ocean-core", "changelogDestination": map[string]any{},
	}
	tests := map[string]any{
		"installationAppType": "aws", "version": "1.0.0", "processingMode": "dsp",
		"actionsProcessingEnabled": true, "incrementalSyncEnabled": true,
		"changelogDestination": map[string]any{"type": "KAFKA"},
	}
	for field, value := range tests {
		t.Run(field, func(t *testing.T) {
			t.Parallel()
			s := &script{answer: func(r seen) reply {
				if r.Method == http.MethodPatch {
					return fine
				}
				other := map[string]any{field: value}
				for name, v := range same {
					if name != field {
						other[name] = v
					}
				}
				text, _ := json.Marshal(map[string]any{"integration": other})
				return ok(string(text))
			}}
			in := start(t, client(t, s))
			if len(s.calls) != 3 || s.calls[1].Method != http.MethodPatch || len(s.calls[1].Body) == 0 {
				t.Errorf("calls %+v", s.calls)
			}
			if field == "installationAppType" && (len(in.Notes) != 2 || !strings.Contains(in.Notes[0], "of type aws until now")) {
				t.Errorf("notes %q, want one about the type, and one that Port does not show the change", in.Notes)
			}
		})
	}
}

func TestEmptyMappingIsFilled(t *testing.T) {
	t.Parallel()
	for name, given := range map[string]port.Defaults{"default": defaults(), "none": {}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim, c := tenant(t, func(o *port.Options) { o.Defaults = given })
			must(t, sim.PutIntegration([]byte(strings.Replace(ocean, `{"resources":[{"kind":"theirs"}]}`, `{}`, 1))))
			in := start(t, c)
			if strings.Contains(string(in.Config), "ours") != (len(given.Config) > 0) || !strings.Contains(string(in.Config), `"resources"`) {
				t.Errorf("mapping %s", in.Config)
			}
		})
	}
}

func TestFailedInitializationIsTakenBack(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		fault portsim.Fault
		there string // a blueprint of the user's
		left  []string
	}{
		"second bare one":      {portsim.Fault{Method: "POST", Route: "/v1/blueprints", After: 1, Status: 422}, "", nil},
		"relations":            {portsim.Fault{Method: "PATCH", Route: blueprintRoute, Status: 422}, "", nil},
		"derived":              {portsim.Fault{Method: "PATCH", Route: blueprintRoute, After: 1, Status: 422}, "", nil},
		"derived, one is mine": {portsim.Fault{Method: "PATCH", Route: blueprintRoute, After: 1, Status: 422}, account, []string{"account"}},
		"read of one":          {portsim.Fault{Method: "GET", Route: blueprintRoute, After: 1, Status: 403}, "", nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim, c := tenant(t)
			if test.there != "" {
				must(t, sim.PutBlueprint([]byte(test.there)))
			}
			sim.Inject(test.fault)
			if _, err := c.Start(t.Context()); err == nil || strings.Contains(err.Error(), "by hand") {
				t.Errorf("error %v", err)
			}
			left := slices.DeleteFunc(sim.Blueprints(), func(b string) bool { return strings.HasPrefix(b, "_") })
			if !slices.Equal(left, test.left) {
				t.Errorf("blueprints left: %v, want %v", left, test.left)
			}
			if in, _ := sim.Integration("my-aws"); in.Initialized {
				t.Error("Port was told that the default resources are there")
			}
			if in := start(t, c); !in.ResourcesReady {
				t.Error("the next start did not create them")
			}
		})
	}
}

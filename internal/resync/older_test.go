package resync_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"portolan/internal/aws/cloudcontrol"
	"portolan/internal/aws/kinds"
	"portolan/internal/invocation"
	"portolan/internal/port"
	"portolan/internal/report"
	"portolan/internal/resync"
	"portolan/internal/simulator/awssim"
)

// older is the data of the tests of mappings that were written for Ocean's integration aws.
type older struct {
	Blueprints []json.RawMessage
	Cases      []struct {
		Name     string
		Resource struct {
			Kind     string          `json:"kind"`
			Selector json.RawMessage `json:"selector"`
			Port     json.RawMessage `json:"port"`
		}
		Document, Entity map[string]any
	}
}

func readOlder(t *testing.T) older {
	t.Helper()
	text, err := os.ReadFile("../port/defaults/testdata/older.json")
	if err != nil {
		t.Fatal(err)
	}
	var o older
	decode(t, text, &o)
	return o
}

// defaults are the integration's own, or its entries of accounts and clusters and those of its users, with blueprints
// that they would have.
func (o older) defaults(t *testing.T, own bool) port.Defaults {
	t.Helper()
	blueprints, seen := slices.Clone(o.Blueprints), make(map[string]bool)
	for i := range blueprints {
		if !own { // or the first relation to a cluster could not make one that is not read yet
			blueprints[i] = bytes.ReplaceAll(blueprints[i], []byte(`"required": true`), []byte(`"required": false`))
		}
	}
	var resources []any
	for _, c := range o.Cases {
		related := c.Name == "default: account" || c.Name == "default: cluster"
		if !related && strings.HasPrefix(c.Name, "default: ") != own || seen[c.Resource.Kind] {
			continue
		}
		seen[c.Resource.Kind] = true
		resources = append(resources, c.Resource)
		if !strings.HasPrefix(c.Name, "default: ") {
			blueprints = append(blueprints, olderBlueprint(t, c.Entity))
		}
	}
	return port.Defaults{Blueprints: blueprints, Config: encode(t, map[string]any{"resources": resources})}
}

// olderBlueprint is a blueprint that an entity fits.
func olderBlueprint(t *testing.T, entity map[string]any) json.RawMessage {
	t.Helper()
	properties, relations := make(map[string]any), make(map[string]any)
	given, _ := entity["properties"].(map[string]any)
	for name, value := range given {
		kind := map[string]string{"string": "string", "bool": "boolean", "float64": "number"}[fmt.Sprintf("%T", value)]
		switch value.(type) {
		case []any:
			kind = "array"
		case map[string]any:
			kind = "object"
		}
		properties[name] = map[string]any{"type": kind}
	}
	led, _ := entity["relations"].(map[string]any)
	for name := range led {
		target := "awsAccount"
		if name != "account" {
			target = "cloudResource"
		}
		relations[name] = map[string]any{"target": target, "required": false, "many": false}
	}
	return encode(t, map[string]any{
		"identifier": entity["blueprint"], "title": entity["blueprint"], "icon": "AWS",
		"schema": map[string]any{"properties": properties, "required": []string{}}, "relations": relations,
	})
}

// TestDefaultsOfTheOlderIntegration runs the default mapping of Ocean's integration aws over an estate.
func TestDefaultsOfTheOlderIntegration(t *testing.T) {
	t.Parallel()
	w := newWorldOf(t, readOlder(t).defaults(t, true), estate(awssim.Bucket, awssim.Instance, awssim.Cluster), anyKind)
	wantStatus(t, w.run(invocation.Request{}), report.Completed)
	if got, want := w.identifiers("awsAccount"), []string{management, member}; !slices.Equal(got, want) {
		t.Errorf("accounts %v, want %v", got, want)
	}
	for _, account := range w.port.Entities("awsAccount") {
		joined, _ := account.Properties["joined_timestamp"].(string)
		if account.Properties["email"] == nil || !strings.Contains(joined, "T") || !strings.HasSuffix(joined, "+00:00") {
			t.Errorf("the account %s has %v", account.Identifier, account.Properties)
		}
	}
	want := make(map[string]string) // kind, region and account by identifier
	for _, account := range []string{management, member} {
		for _, region := range regions {
			for _, kind := range []string{awssim.Bucket, awssim.Instance, awssim.Cluster} {
				for _, r := range w.aws.Resources(account, kind, region) {
					id := w.aws.Identifier(account, r)
					if kind == awssim.Cluster {
						id = fmt.Sprintf("arn:aws:ecs:%s:%s:cluster/%s", region, account, id)
					}
					want[id] = kind + " " + region + " " + account
				}
			}
		}
	}
	got := make(map[string]string)
	for _, e := range w.port.Entities("cloudResource") {
		got[e.Identifier] = fmt.Sprint(e.Properties["kind"], " ", e.Properties["region"], " ", e.Relations["account"])
		if arn, _ := e.Properties["arn"].(string); arn != "" && e.Properties["link"] != "https://console.aws.amazon.com/go/view?arn="+arn {
			t.Errorf("%s has the link %v", e.Identifier, e.Properties["link"])
		}
	}
	if len(want) != 3*2*perAccount || !maps.Equal(got, want) {
		t.Errorf("Port holds %v,\nwant %v", got, want)
	}
	second := w.run(invocation.Request{})
	wantStatus(t, second, report.Completed)
	if second.Total.Created > 0 || second.Deletes.Stale > 0 {
		t.Errorf("the second run has %d new and %d stale entities", second.Total.Created, second.Deletes.Stale)
	}
}

// TestExamplesForTheOlderIntegration runs mappings that people wrote for Ocean's integration aws: each kind
// has its entities, with the identifiers that they had.
func TestExamplesForTheOlderIntegration(t *testing.T) {
	t.Parallel()
	o := readOlder(t)
	d := o.defaults(t, false)
	var config struct {
		Resources []struct{ Kind string }
	}
	decode(t, d.Config, &config)
	e := estate()
	for i := range e.Accounts {
		e.Accounts[i].Populations = []awssim.Population{{Kind: awssim.Cluster, Regions: regions, Count: 1}}
	}
	for _, resource := range config.Resources {
		if resource.Kind == "AWS::Organizations::Account" || resource.Kind == awssim.Cluster {
			continue
		}
		places := regions
		if resource.Kind == "AWS::CloudFront::Distribution" {
			places = []string{"us-east-1"}
		}
		for i := range e.Accounts {
			e.Accounts[i].Populations = append(e.Accounts[i].Populations, awssim.Population{Kind: simulatedAs(resource.Kind), Regions: places, Count: 2})
		}
	}
	w := newWorldOf(t, d, e, anyKind)
	wantStatus(t, w.run(invocation.Request{}), report.Completed)
	held := make(map[string]int) // by blueprint
	for _, c := range o.Cases {
		if strings.HasPrefix(c.Name, "default: ") {
			continue
		}
		blueprint := c.Entity["blueprint"].(string)
		if held[blueprint] = len(w.port.Entities(blueprint)); held[blueprint] == 0 {
			t.Errorf("%s: Port holds nothing of %s", c.Name, blueprint)
		}
		names := w.namesOf(simulatedAs(c.Resource.Kind))
		for _, e := range w.port.Entities(blueprint) {
			if !slices.ContainsFunc(names, func(id string) bool { return e.Identifier == id || strings.HasSuffix(id, "/"+e.Identifier) }) &&
				!strings.HasPrefix(e.Identifier, "arn:aws:resource-groups:") {
				t.Errorf("%s: %s is none of %v", c.Name, e.Identifier, names)
			}
			for name, value := range e.Properties {
				if text, _ := value.(string); (name == "created" || name == "expires") && !strings.Contains(text, "T") {
					t.Errorf("%s: %s of %s is %q", c.Name, name, e.Identifier, text)
				}
			}
			if e.Relations["account"] == nil {
				t.Errorf("%s: %s is in no account", c.Name, e.Identifier)
			}
		}
	}
	second := w.run(invocation.Request{})
	wantStatus(t, second, report.Completed)
	if second.Total.Created > 0 || second.Deletes.Stale > 0 {
		t.Errorf("the second run has %d new and %d stale entities", second.Total.Created, second.Deletes.Stale)
	}
}

// namesOf lists what the resources of a kind are called: by their service, and by Cloud Control.
func (w *world) namesOf(kind string) []string {
	var names []string
	for _, account := range []string{management, member} {
		for _, region := range regions {
			for _, r := range w.aws.Resources(account, kind, region) {
				names = append(names, r.ID, w.aws.Identifier(account, r))
			}
		}
	}
	return names
}

// anyKind has a run read any kind, as the function does.
func anyKind(d *resync.Deps) {
	d.More, d.Rates = cloudcontrol.Find, slices.Concat(kinds.Rates, cloudcontrol.Rates)
}

// simulatedAs is what the simulator calls a kind: some of the older integration's kinds are no types.
func simulatedAs(kind string) string {
	switch kind {
	case "AWS::ELBV2::LoadBalancer":
		return "AWS::ElasticLoadBalancingV2::LoadBalancer"
	case "AWS::ACM::Certificate":
		return "AWS::CertificateManager::Certificate"
	case "AWS::ImageBuilder::Image": // it means machine images
		return awssim.Image
	}
	return kind
}

package defaults_test

import (
	"encoding/json"
	"os"
	"regexp"
	"testing"

	"portolan/internal/defaults"
	"portolan/internal/kinds"
	"portolan/internal/mapping"
	"portolan/internal/port"
)

type blueprint struct {
	Identifier, Title, Icon string
	Schema                  struct {
		Properties map[string]struct{ Type, Title string }
		Required   []string
	}
	Relations map[string]struct{ Target string }
}

func blueprints(t *testing.T, d port.Defaults) map[string]blueprint {
	t.Helper()
	all := make(map[string]blueprint)
	for _, raw := range d.Blueprints {
		var b blueprint
		if err := json.Unmarshal(raw, &b); err != nil {
			t.Fatal(err)
		}
		all[b.Identifier] = b
	}
	return all
}

func known(name string) (mapping.Actions, bool) {
	k := kinds.ByType(name)
	if k == nil {
		return mapping.Actions{}, false
	}
	return mapping.Actions{Default: k.DefaultNames(), Optional: k.OptionalNames()}, true
}

func TestDefaultsFitTogether(t *testing.T) {
	t.Parallel()
	for name, d := range map[string]port.Defaults{"peer": defaults.Peer(), "all": defaults.All()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			checkBlueprints(t, blueprints(t, d))
			checkMapping(t, d)
		})
	}
}

// Port's limits: https://docs.port.io/api-reference/create-a-blueprint
var identifier = regexp.MustCompile(`^[A-Za-z0-9@_.+:\\/-]{1,100}$`)

func checkBlueprints(t *testing.T, all map[string]blueprint) {
	t.Helper()
	for id, b := range all {
		if !identifier.MatchString(id) || b.Title == "" || len(b.Title) > 100 || b.Icon == "" {
			t.Errorf("blueprint %q: title %q, icon %q", id, b.Title, b.Icon)
		}
		for name, property := range b.Schema.Properties {
			if property.Type == "" || property.Title == "" {
				t.Errorf("%s.%s has type %q and title %q", id, name, property.Type, property.Title)
			}
		}
		for name, relation := range b.Relations {
			if _, ok := all[relation.Target]; !ok {
				t.Errorf("%s.%s points at %q, which is not there", id, name, relation.Target)
			}
		}
	}
}

func checkMapping(t *testing.T, d port.Defaults) {
	t.Helper()
	config, err := mapping.Compile(d.Config, known)
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range config.Problems {
		t.Error(problem)
	}
	var raw struct {
		Resources []struct {
			Port struct {
				Entity struct {
					Mappings struct {
						Properties, Relations map[string]string
					}
				}
			}
		}
	}
	if err := json.Unmarshal(d.Config, &raw); err != nil {
		t.Fatal(err)
	}
	all := blueprints(t, d)
	for i, resource := range config.Resources {
		fixed, open := resource.Blueprints()
		if open || len(fixed) != 1 {
			t.Fatalf("%s maps to %v", resource.Kind, fixed)
		}
		b, ok := all[fixed[0]]
		if !ok {
			t.Fatalf("%s maps to %q, which is not there", resource.Kind, fixed[0])
		}
		mappings := raw.Resources[i].Port.Entity.Mappings
		for name := range mappings.Properties {
			if _, ok := b.Schema.Properties[name]; !ok {
				t.Errorf("%s maps the property %s, which %s does not have", resource.Kind, name, b.Identifier)
			}
		}
		for name := range b.Schema.Properties {
			if _, fed := mappings.Properties[name]; !fed {
				t.Errorf("nothing feeds %s.%s", b.Identifier, name)
			}
		}
		for name := range mappings.Relations {
			if _, ok := b.Relations[name]; !ok {
				t.Errorf("%s maps the relation %s, which %s does not have", resource.Kind, name, b.Identifier)
			}
		}
	}
}

func TestAllCoversEveryKind(t *testing.T) {
	t.Parallel()
	config, err := mapping.Compile(defaults.All().Config, known)
	if err != nil {
		t.Fatal(err)
	}
	mapped := make(map[string]bool)
	for _, resource := range config.Resources {
		mapped[resource.Kind] = true
	}
	for _, k := range kinds.All {
		if !mapped[k.Type] {
			t.Errorf("%s has no default mapping", k.Type)
		}
	}
}

func TestEveryFileIsUsed(t *testing.T) {
	t.Parallel()
	d := defaults.All()
	for folder, want := range map[string]int{"blueprints": len(d.Blueprints), "mapping": len(kinds.All)} {
		files, err := os.ReadDir(folder)
		if err != nil {
			t.Fatal(err)
		}
		if len(files) != want {
			t.Errorf("%s holds %d files, %d are used", folder, len(files), want)
		}
	}
}

func TestInstanceARN(t *testing.T) {
	t.Parallel()
	config, err := mapping.Compile(defaults.Peer().Config, known)
	if err != nil {
		t.Fatal(err)
	}
	for region, want := range map[string]string{
		"eu-west-1":     "arn:aws:ec2:eu-west-1:111122223333:instance/i-1",
		"us-gov-west-1": "arn:aws-us-gov:ec2:us-gov-west-1:111122223333:instance/i-1",
		"cn-north-1":    "arn:aws-cn:ec2:cn-north-1:111122223333:instance/i-1",
	} {
		document := map[string]any{
			"Type": "AWS::EC2::Instance", "Properties": map[string]any{"InstanceId": "i-1"},
			"__ExtraContext": map[string]any{"AccountId": "111122223333", "Region": region},
		}
		for _, resource := range config.Resources {
			if resource.Kind != "AWS::EC2::Instance" {
				continue
			}
			result := resource.Map(t.Context(), document)
			if len(result.Entities) != 1 {
				t.Fatalf("%+v", result)
			}
			for _, property := range result.Entities[0].Properties {
				if property.Name == "arn" && property.Value != want {
					t.Errorf("arn in %s = %v, want %s", region, property.Value, want)
				}
			}
		}
	}
}

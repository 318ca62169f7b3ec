package defaults_test

import (
	"encoding/json"
	"maps"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/fit"
	"portolan/internal/mapping"
	"portolan/internal/port"
	"portolan/internal/port/defaults"
)

// older is what people have who come from Ocean's integration aws: its default blueprints, and
// entries of mappings, the default ones first, each with a document as that integration makes it and the
// entity that came of it.
type older struct {
	Blueprints []json.RawMessage
	Cases      []struct {
		Name             string
		Resource         json.RawMessage
		Document, Entity map[string]any
	}
}

// TestMappingsOfTheOlderIntegration wants the same entity of a document of the older integration, and
// of one that has what ours has in addition.
func TestMappingsOfTheOlderIntegration(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/older.json")
	if err != nil {
		t.Fatal(err)
	}
	var o older
	if err := json.Unmarshal(text, &o); err != nil || len(o.Cases) < 15 {
		t.Fatalf("%d cases, %v", len(o.Cases), err)
	}
	former := port.Defaults{Blueprints: o.Blueprints}
	there := decoded(t, former)
	client, _ := installed(t, former)
	for _, c := range o.Cases {
		config, err := mapping.Compile([]byte(`{"resources":[`+string(c.Resource)+`]}`), known)
		if err != nil {
			t.Fatal(err)
		}
		for _, wrong := range config.Diagnostics {
			t.Errorf("%s: %v", c.Name, wrong)
		}
		if len(config.Resources) != 1 {
			continue
		}
		resource := config.Resources[0]
		for form, document := range map[string]map[string]any{"older": c.Document, "ours": ours(resource.Kind, c.Document)} {
			result := resource.Map(t.Context(), document)
			for _, failure := range result.Errors {
				t.Errorf("%s, %s: %v", c.Name, form, failure)
			}
			if len(result.Entities) != 1 {
				t.Errorf("%s, %s: %d entities", c.Name, form, len(result.Entities))
				continue
			}
			var got map[string]any
			if err := json.Unmarshal(result.Entities[0].AppendJSON(nil), &got); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.Entity, got); diff != "" {
				t.Errorf("%s, %s (-want +got):\n%s", c.Name, form, diff)
			}
			if strings.HasPrefix(c.Name, "default: ") {
				var written fit.Entity
				if err := json.Unmarshal(result.Entities[0].AppendJSON(nil), &written); err != nil {
					t.Fatal(err)
				}
				if misfit := written.Values(there); misfit != nil {
					t.Errorf("%s, %s: %v", c.Name, form, misfit)
				}
				upsert(t, client, result.Entities[0])
			}
		}
	}
}

// ours is a document with what Portolan's have besides.
func ours(kind string, document map[string]any) map[string]any {
	all := maps.Clone(document)
	if _, has := all["Properties"]; !has {
		all["Properties"] = maps.Clone(document)
	}
	if _, has := all["Type"]; !has { // load balancers have a type of their own
		all["Type"] = kind
	}
	all["__Kind"] = kind
	all["__ExtraContext"] = map[string]any{"AccountId": "111122223333", "Region": document["__Region"]}
	return all
}

// TestBothIntegrationsHaveTheSameAccounts: what the older integration's entities relate to is there
// with ours.
func TestBothIntegrationsHaveTheSameAccounts(t *testing.T) {
	t.Parallel()
	entity, _, ok := mapOne(t, resources(t), map[string]any{"Type": "AWS::Account::Info", "Properties": map[string]any{"Id": "111122223333", "Name": "shop"}})
	if !ok || entity.Blueprint != defaults.AccountBlueprint || entity.Key() != "111122223333" {
		t.Errorf("the account is %s %s", entity.Blueprint, entity.Key())
	}
}

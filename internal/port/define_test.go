package port_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/simulator/portsim"
)

const related = `{"identifier":"mine","title":"Mine","schema":{"properties":{"name":{"type":"string"}}},` +
	`"relations":{"account":{"title":"Account","target":"account","required":false,"many":false}}}`

func TestEnsureBlueprint(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		there     []string
		fault     portsim.Fault
		created   bool
		relations []string
		fails     bool
	}{
		"its target is there":     {[]string{account}, portsim.Fault{}, true, []string{"account"}, false},
		"its target is not there": {nil, portsim.Fault{}, true, nil, false},
		"it is there": {[]string{`{"identifier":"mine","title":"A user's","schema":{"properties":{}}}`},
			portsim.Fault{}, false, nil, false},
		"it is refused":            {nil, portsim.Fault{Method: "POST", Route: "/v1/blueprints", Status: 422}, false, nil, true},
		"its relation is refused":  {[]string{account}, portsim.Fault{Method: "PATCH", Route: blueprintRoute, Status: 422}, false, nil, true},
		"Port does not say if any": {nil, portsim.Fault{Method: "GET", Route: blueprintRoute, Status: 403}, false, nil, true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim, c := tenant(t)
			for _, blueprint := range test.there {
				must(t, sim.PutBlueprint([]byte(blueprint)))
			}
			before := sim.Blueprints()
			if test.fault.Status != 0 {
				sim.Inject(test.fault)
			}
			created, err := c.EnsureBlueprint(t.Context(), []byte(related))
			if created != test.created || (err != nil) != test.fails {
				t.Errorf("created %t, error %v", created, err)
			}
			if test.fails && !slices.Equal(before, sim.Blueprints()) {
				t.Errorf("it left %v of %v", sim.Blueprints(), before)
			}
			raw, _ := sim.Blueprint("mine")
			var got struct{ Relations map[string]any }
			if len(raw) > 0 {
				must(t, json.Unmarshal(raw, &got))
			}
			var names []string
			for name := range got.Relations {
				names = append(names, name)
			}
			if diff := cmp.Diff(test.relations, names); diff != "" {
				t.Errorf("relations:\n%s", diff)
			}
			if !test.fails {
				if known, err := c.Blueprint(t.Context(), "mine"); err != nil || len(known.Relations) != len(test.relations) {
					t.Errorf("the client knows %+v of it: %v", known.Relations, err)
				}
			}
		})
	}
}

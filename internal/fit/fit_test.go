package fit_test

import (
	"encoding/json"
	"testing"

	"portolan/internal/diag"
	"portolan/internal/fit"
	"portolan/internal/mapping"
	"portolan/internal/port"
)

// model is what Port has in these tests.
func model(t *testing.T) map[string]port.Blueprint {
	t.Helper()
	var list []port.Blueprint
	const text = `[
		{"identifier":"queue","schema":{"properties":{
			"size":{"type":"number"},"name":{"type":"string"},"state":{"type":"string","enum":["on","off"]},
			"tags":{"type":"array","items":{"type":"string"}},"odd":{"type":"array","items":7},"any":{},
			"level":{"type":"string","default":"low"}
		},"required":["name","level","$title"]},
		"relations":{"account":{"target":"account","required":true},"many":{"target":"account","many":true},"lost":{"target":"nowhere"}}},
		{"identifier":"account","schema":{"properties":{}}}
	]`
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		t.Fatal(err)
	}
	all := map[string]port.Blueprint{}
	for _, b := range list {
		all[b.Identifier] = b
	}
	return all
}

// TestShape is what the doctor says of an entry of a mapping.
func TestShape(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		shape mapping.Shape
		want  []diag.Code
	}{
		"all is well":              {mapping.Shape{Blueprint: "queue", Properties: []string{"name", "level"}, Relations: []string{"account"}}, nil},
		"an expression decides":    {mapping.Shape{Properties: []string{"nothing"}}, nil},
		"no such blueprint":        {mapping.Shape{Blueprint: "topic"}, []diag.Code{diag.BlueprintMissing}},
		"required ones are absent": {mapping.Shape{Blueprint: "queue"}, []diag.Code{diag.RequiredUnfed, diag.RequiredUnfed, diag.RequiredUnfed}},
		"an unknown property": {mapping.Shape{Blueprint: "queue", Properties: []string{"name", "level", "nam"}, Relations: []string{"account"}},
			[]diag.Code{diag.PropertyUnknown}},
		"relations that lead nowhere": {mapping.Shape{Blueprint: "queue", Properties: []string{"name", "level"}, Relations: []string{"account", "lost", "owner"}},
			[]diag.Code{diag.RelationTarget, diag.RelationTarget}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			misfits := fit.Shape(test.shape, model(t))
			if len(misfits) != len(test.want) {
				t.Fatalf("misfits %v, want %v", misfits, test.want)
			}
			for i, f := range misfits {
				if diag.Of(f) != test.want[i] {
					t.Errorf("%v has the code %s, want %s", f, diag.Of(f), test.want[i])
				}
			}
		})
	}
}

// TestEntity is what a plan says of an entity. That Port agrees is shown by the test of
// whole plans.
func TestEntity(t *testing.T) {
	t.Parallel()
	held := &port.Entity{Properties: map[string]any{"name": "a", "level": "low"}, Relations: map[string]any{"account": "1"}}
	const rest = `"level":"low"},"relations":{"account":"1"}`
	for name, test := range map[string]struct {
		entity string
		held   *port.Entity
		merge  bool
		want   diag.Code
	}{
		"all is well":                   {entity: `{"blueprint":"queue","properties":{"name":"a",` + rest + `}`},
		"no such blueprint":             {entity: `{"blueprint":"topic"}`, want: diag.BlueprintMissing},
		"an unknown property":           {entity: `{"blueprint":"queue","properties":{"name":"a","nam":null,` + rest + `}`, want: diag.PropertyUnknown},
		"an unknown relation":           {entity: `{"blueprint":"queue","properties":{"name":"a","level":"low"},"relations":{"account":"1","owner":null}}`, want: diag.RelationTarget},
		"a relation that leads nowhere": {entity: `{"blueprint":"queue","properties":{"name":"a","level":"low"},"relations":{"account":"1","lost":"x"}}`, want: diag.RelationTarget},
		"text for a number":             {entity: `{"blueprint":"queue","properties":{"name":"a","size":"7",` + rest + `}`, want: diag.EntityRefused},
		"an object for a text":          {entity: `{"blueprint":"queue","properties":{"name":{"x":1},` + rest + `}`, want: diag.EntityRefused},
		"true for a list":               {entity: `{"blueprint":"queue","properties":{"name":"a","tags":true,` + rest + `}`, want: diag.EntityRefused},
		"a value that is not allowed":   {entity: `{"blueprint":"queue","properties":{"name":"a","state":"idle",` + rest + `}`, want: diag.EntityRefused},
		"a list of numbers":             {entity: `{"blueprint":"queue","properties":{"name":"a","tags":["x",7],` + rest + `}`, want: diag.EntityRefused},
		"a list with null":              {entity: `{"blueprint":"queue","properties":{"name":"a","tags":[null],` + rest + `}`, want: diag.EntityRefused},
		"a form that nobody knows":      {entity: `{"blueprint":"queue","properties":{"name":"a","odd":[7],"any":{"x":[]},` + rest + `}`},
		"null clears":                   {entity: `{"blueprint":"queue","properties":{"name":"a","size":null,"tags":null,` + rest + `}`},
		"null for what is required":     {entity: `{"blueprint":"queue","properties":{"name":null,` + rest + `}`, held: held, merge: true, want: diag.RequiredUnfed},
		"required, and a default":       {entity: `{"blueprint":"queue","properties":{"name":"a"},"relations":{"account":"1"}}`},
		"required, merged":              {entity: `{"blueprint":"queue"}`, held: held, merge: true},
		"required, replaced":            {entity: `{"blueprint":"queue","properties":{"name":"a",` + `"level":"low"}}`, held: held, want: diag.RequiredUnfed},
		"a default is for new ones":     {entity: `{"blueprint":"queue","properties":{"name":"a"},"relations":{"account":"1"}}`, held: held, want: diag.RequiredUnfed},
		"a required relation is null":   {entity: `{"blueprint":"queue","properties":{"name":"a","level":"low"},"relations":{"account":null}}`, held: held, merge: true, want: diag.RequiredUnfed},
		"a list for one":                {entity: `{"blueprint":"queue","properties":{"name":"a","level":"low"},"relations":{"account":["1"]}}`, want: diag.EntityRefused},
		"one for many":                  {entity: `{"blueprint":"queue","properties":{"name":"a","level":"low"},"relations":{"account":"1","many":"2"}}`, want: diag.EntityRefused},
		"numbers for many":              {entity: `{"blueprint":"queue","properties":{"name":"a","level":"low"},"relations":{"account":"1","many":[2]}}`, want: diag.EntityRefused},
		"a number for one":              {entity: `{"blueprint":"queue","properties":{"name":"a","level":"low"},"relations":{"account":1}}`, want: diag.EntityRefused},
		"a search":                      {entity: `{"blueprint":"queue","properties":{"name":"a","level":"low"},"relations":{"account":{"combinator":"and","rules":[]}}}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var e fit.Entity
			if err := json.Unmarshal([]byte(test.entity), &e); err != nil {
				t.Fatal(err)
			}
			all := model(t)
			f := e.Values(all)
			if f == nil {
				f = e.Complete(test.held, test.merge, all)
			}
			switch {
			case f == nil && test.want != "":
				t.Errorf("it fits, want %s", test.want)
			case f != nil && f.Code != test.want:
				t.Errorf("%s: %v, want %q", f.Code, f, test.want)
			}
		})
	}
}

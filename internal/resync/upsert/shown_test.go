package upsert

import (
	"strings"
	"testing"
)

// TestShown has values that a mask can check, and others that show only their shape.
func TestShown(t *testing.T) {
	t.Parallel()
	s := newShown(func(document map[string]any) map[string]any {
		masked := map[string]any{}
		for name, value := range document {
			if masked[name] = value; name == "password" {
				masked[name] = "[REDACTED]"
			}
		}
		return masked
	}, nil)
	s.secrets[1] = map[string]bool{"properties.moved": true}
	for name, test := range map[string]struct {
		entry int
		field string
		value any
		want  any
	}{
		"a text":                {field: "properties.a", value: "x", want: "x"},
		"a number":              {field: "properties.a", value: 1.0, want: 1.0},
		"null":                  {field: "properties.a"},
		"an empty list":         {field: "properties.a", value: []any{}},
		"a long text":           {field: "properties.a", value: strings.Repeat("ä", 81), want: strings.Repeat("ä", 80) + "…"},
		"a masked text":         {field: "properties.password", value: "x", want: "[REDACTED]"},
		"a list":                {field: "properties.a", value: []any{"x"}, want: "(a list of 1, not shown)"},
		"an object":             {field: "properties.a", value: map[string]any{"x": 1}, want: "(an object of 1 member, not shown)"},
		"an encoded object":     {field: "properties.a", value: ` {"x":1}`, want: "(a text of 8 characters, not shown)"},
		"lines":                 {field: "properties.a", value: "a\nb", want: "(a text of 3 characters, not shown)"},
		"relations":             {field: "relations.password", value: []any{"x", "y"}, want: "x, y"},
		"teams":                 {field: "team", value: []any{"x", "y"}, want: "x, y"},
		"a secret's expression": {entry: 1, field: "properties.moved", value: "x", want: "(not shown)"},
		"that of another entry": {field: "properties.moved", value: "x", want: "x"},
		"a secret that is true": {entry: 1, field: "properties.moved", value: true, want: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := s.change(test.entry, test.field, nil, test.value); got != (Change{test.field, nil, test.want}) {
				t.Errorf("%+v", got)
			}
		})
	}
}

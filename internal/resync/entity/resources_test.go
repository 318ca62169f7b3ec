package entity_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"portolan/internal/resync/entity"
)

func TestResources(t *testing.T) {
	t.Parallel()
	a, b := entity.ResourceOf("a"), entity.ResourceOf("b|c")
	unknown := entity.ResourceOf(strings.Repeat("x", entity.MaxResources+1))
	full := entity.ResourceOf(strings.Repeat("x", entity.MaxResources))
	for name, test := range map[string]struct {
		got  entity.Resources
		want []string
	}{
		"one":                         {a, []string{"a"}},
		"none":                        {"", nil},
		"the longest":                 {full, []string{strings.Repeat("x", entity.MaxResources)}},
		"two":                         {b.Join(a), []string{"a", "b|c"}},
		"twice the same":              {a.Join(a), []string{"a"}},
		"two and one of them":         {a.Join(b).Join(b), []string{"a", "b|c"}},
		"none and one":                {entity.Resources("").Join(a), []string{"a"}},
		"one and none":                {a.Join(""), []string{"a"}},
		"one that is too long":        {unknown, nil},
		"one without a name":          {entity.ResourceOf(""), nil},
		"one that cannot be told":     {entity.ResourceOf("a\x00b"), nil},
		"a known and an unknown":      {a.Join(unknown), nil},
		"an unknown and a known":      {unknown.Join(a), nil},
		"unknown and none":            {unknown.Join(""), nil},
		"more than there is room for": {full.Join(a), nil},
		"without one of two":          {a.Join(b).Without(func(id string) bool { return id == "a" }), []string{"b|c"}},
		"without all":                 {a.Join(b).Without(func(string) bool { return true }), nil},
		"what is unknown stays so":    {unknown.Without(func(string) bool { return true }).Join(a), nil},
		"nothing is left to add":      {b.Join(a.Without(func(string) bool { return true })), []string{"b|c"}},
	} {
		if got := test.got.IDs(); !slices.Equal(got, test.want) {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

// TestManyResources joins until there is no room: what is forgotten then does not come back.
func TestManyResources(t *testing.T) {
	t.Parallel()
	all, known := entity.Resources(""), true
	for i := range 200 {
		all = all.Join(entity.ResourceOf(fmt.Sprintf("resource-%04d", i)))
		if len(all) > entity.MaxResources {
			t.Fatalf("%d bytes", len(all))
		}
		if !known && all.IDs() != nil {
			t.Fatal("resources are known again after some were forgotten")
		}
		known = all.IDs() != nil
	}
	if known {
		t.Error("all are known")
	}
}

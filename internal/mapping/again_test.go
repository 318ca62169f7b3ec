package mapping

import (
	"reflect"
	"testing"
)

// MapBothWays maps a document, and maps it again with what there is to remember. Only the fields
// of remembered entities may be missing then.
func MapBothWays(t testing.TB, r *Resource, doc map[string]any) Result {
	t.Helper()
	first := r.Map(t.Context(), doc)
	type key struct{ blueprint, identifier string }
	kept, twice := map[key]Nulls{}, map[key]bool{}
	for _, e := range first.Entities {
		k := key{e.Blueprint, e.Key()}
		_, before := kept[k]
		if twice[k] = twice[k] || before || !e.Plain; !e.Search() {
			kept[k] = e.Nulls
		}
	}
	again := r.MapAgain(t.Context(), doc, func(blueprint, identifier string) (Nulls, bool) {
		nulls, ok := kept[key{blueprint, identifier}]
		return nulls, ok && !twice[key{blueprint, identifier}]
	})
	if len(first.Entities) != len(again.Entities) {
		t.Fatalf("%d entities, and again %d", len(first.Entities), len(again.Entities))
	}
	for i, want := range first.Entities {
		got := &again.Entities[i]
		if k := (key{want.Blueprint, want.Key()}); got.Known != (!want.Search() && !twice[k]) {
			t.Errorf("%+v is known: %t", want, got.Known)
		}
		if got.Known {
			want.Title, want.Icon, want.Team, want.Properties, want.Plain, want.Known = nil, nil, nil, nil, false, true
		}
		if !reflect.DeepEqual(want, *got) {
			t.Errorf("again %+v, want %+v", *got, want)
		}
	}
	rest := again
	rest.Entities = first.Entities
	if !reflect.DeepEqual(first, rest) {
		t.Errorf("again %+v, want %+v", rest, first)
	}
	return first
}

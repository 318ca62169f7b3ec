package mapping

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
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
	RetraceBothWays(t, r, first)
	return first
}

// RetraceBothWays makes a result again of its trace, if it has one. Its entities then have their
// relations, and no other fields.
func RetraceBothWays(t testing.TB, r *Resource, first Result) {
	t.Helper()
	trace, ok := r.Trace(first)
	reasons := slices.ContainsFunc(first.Nulls, func(n Null) bool { return n.Reason != "" })
	if plain := len(first.Errors)+len(first.Dropped)+first.SkippedItems == 0 && !reasons; ok && !plain {
		t.Fatalf("%+v has a trace", first)
	}
	if !ok {
		return
	}
	text, err := json.Marshal(trace)
	if err != nil {
		t.Fatal(err)
	}
	trace = Trace{}
	if err := json.Unmarshal(text, &trace); err != nil {
		t.Fatal(err)
	}
	next := 0
	again, ok := r.Retrace(trace, func(blueprint, identifier string) (Nulls, bool) {
		next++
		return first.Entities[next-1].Nulls, true
	})
	if !ok || again.Items != first.Items || again.Filtered != first.Filtered || len(again.Entities) != len(first.Entities) {
		t.Fatalf("%t: %+v, want %+v", ok, again, first)
	}
	byField := func(a, b Null) int { return strings.Compare(a.Field, b.Field) }
	if want, got := slices.SortedFunc(slices.Values(first.Nulls), byField), slices.SortedFunc(slices.Values(again.Nulls), byField); !slices.Equal(want, got) {
		t.Errorf("nulls %v, want %v", got, want)
	}
	for i, want := range first.Entities {
		got := again.Entities[i]
		if !got.Known || got.Blueprint != want.Blueprint || got.Key() != want.Key() || got.Template != want.Template || got.Nulls != want.Nulls {
			t.Errorf("%+v, want %+v", got, want)
		}
		if targets, wanted := targetsOf(want), targetsOf(got); !reflect.DeepEqual(targets, wanted) {
			t.Errorf("%s points at %v, want %v", got.Key(), targets, wanted)
		}
	}
	if _, ok := r.Retrace(trace, func(string, string) (Nulls, bool) { return 0, false }); ok && len(first.Entities) > 0 {
		t.Error("entities that are not remembered are made again")
	}
}

func targetsOf(e Entity) map[string][]string {
	all := map[string][]string{}
	for _, relation := range e.Relations {
		if targets, _ := relation.Targets(); len(targets) > 0 {
			all[relation.Name] = targets
		}
	}
	return all
}

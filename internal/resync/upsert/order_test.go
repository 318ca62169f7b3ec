package upsert

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/port"
)

func TestLayersOf(t *testing.T) {
	t.Parallel()
	of := func(key string, targets ...string) *Entity {
		return &Entity{Item: port.Item{Key: key}, Targets: targets}
	}
	tests := map[string]struct {
		entities []*Entity
		want     [][]string
	}{
		"nothing":               {nil, nil},
		"no relations":          {[]*Entity{of("a"), of("b")}, [][]string{{"a", "b"}}},
		"targets first":         {[]*Entity{of("task", "service"), of("service", "cluster"), of("cluster")}, [][]string{{"cluster"}, {"service"}, {"task"}}},
		"targets that are done": {[]*Entity{of("a", "elsewhere"), of("b", "a")}, [][]string{{"a"}, {"b"}}},
		"pointing at oneself":   {[]*Entity{of("a", "a")}, [][]string{{"a"}}},
		"a circle":              {[]*Entity{of("a", "b"), of("b", "a"), of("c")}, [][]string{{"c"}, {"a", "b"}}},
		"one key twice":         {[]*Entity{of("a"), of("a"), of("b", "a")}, [][]string{{"a", "a"}, {"b"}}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got [][]string
			for _, layer := range layersOf(test.entities) {
				var keys []string
				for _, e := range layer {
					keys = append(keys, e.Key)
				}
				got = append(got, keys)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("layers (-want +got):\n%s", diff)
			}
		})
	}
}

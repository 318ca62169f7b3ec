package resync

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/port"
)

func TestLayersOf(t *testing.T) {
	t.Parallel()
	of := func(key string, targets ...string) parcel {
		return parcel{item: port.Item{Key: key}, targets: targets}
	}
	tests := map[string]struct {
		parcels []parcel
		want    [][]string
	}{
		"nothing":               {nil, nil},
		"no relations":          {[]parcel{of("a"), of("b")}, [][]string{{"a", "b"}}},
		"targets first":         {[]parcel{of("task", "service"), of("service", "cluster"), of("cluster")}, [][]string{{"cluster"}, {"service"}, {"task"}}},
		"targets that are done": {[]parcel{of("a", "elsewhere"), of("b", "a")}, [][]string{{"a"}, {"b"}}},
		"pointing at oneself":   {[]parcel{of("a", "a")}, [][]string{{"a"}}},
		"a circle":              {[]parcel{of("a", "b"), of("b", "a"), of("c")}, [][]string{{"c"}, {"a", "b"}}},
		"one key twice":         {[]parcel{of("a"), of("a"), of("b", "a")}, [][]string{{"a", "a"}, {"b"}}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got [][]string
			for _, layer := range layersOf(test.parcels) {
				var keys []string
				for _, p := range layer {
					keys = append(keys, p.item.Key)
				}
				got = append(got, keys)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("layers (-want +got):\n%s", diff)
			}
		})
	}
}

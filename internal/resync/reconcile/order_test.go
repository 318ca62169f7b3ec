package reconcile_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/resync/reconcile"
)

func TestPointingFirst(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		blueprints []string
		targets    map[string][]string
		want       []string
	}{
		"none":                     {},
		"unrelated":                {[]string{"b", "a"}, nil, []string{"b", "a"}},
		"a chain":                  {[]string{"account", "cluster", "service"}, map[string][]string{"service": {"cluster", "account"}, "cluster": {"account"}}, []string{"service", "cluster", "account"}},
		"itself":                   {[]string{"account", "unit"}, map[string][]string{"unit": {"unit"}, "account": {"unit"}}, []string{"account", "unit"}},
		"a circle, and before it":  {[]string{"a", "b", "c"}, map[string][]string{"a": {"b"}, "b": {"a"}, "c": {"a"}}, []string{"c", "a", "b"}},
		"targets outside the list": {[]string{"a", "b"}, map[string][]string{"a": {"x"}, "y": {"a"}}, []string{"a", "b"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, reconcile.PointingFirst(test.blueprints, test.targets)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

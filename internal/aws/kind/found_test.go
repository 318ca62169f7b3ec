package kind_test

import (
	"context"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/aws/kind"
)

// TestDocumentsOfOneReading: each has what its own optional follow-ups answered, as if
// nobody else had asked for more; one that fails withholds only the documents that want
// it.
func TestDocumentsOfOneReading(t *testing.T) {
	t.Parallel()
	optional := func(name string, err error, answer kind.Object) kind.FollowUp {
		return kind.FollowUp{
			Name: name, Actions: []string{"svc:" + name}, Absent: []string{"NoSuchConfiguration"}, Instead: kind.Object{"C": "none"},
			Call: kind.Each(func(context.Context, kind.Target, *kind.Resource) (kind.Object, error) { return answer, err }),
		}
	}
	k := &kind.Kind{
		Type: "AWS::Test::Thing", List: pages(nil, 1), Document: kind.Form{Open: true},
		Optional: []kind.FollowUp{
			optional("A", nil, kind.Object{"A": 1, "Name": "of A"}), optional("B", nil, kind.Object{"B": 2, "Name": "of B"}),
			optional("C", code("NoSuchConfiguration"), nil), optional("Lost", code("Throttling"), nil), optional("Missing", code("NoSuchThing"), nil),
		},
	}
	names := k.OptionalNames()
	options := kind.Options{Actions: names, Parallel: 1, Budget: kind.NewRoom(roomFor)}
	wants := map[string]struct {
		actions []string
		want    kind.Object
	}{
		"none":                      {nil, kind.Object{"Name": "r0"}},
		"one":                       {[]string{"A"}, kind.Object{"Name": "of A", "A": 1}},
		"another":                   {[]string{"B"}, kind.Object{"Name": "of B", "B": 2}},
		"both, in the kind's order": {[]string{"B", "A"}, kind.Object{"Name": "of B", "A": 1, "B": 2}},
		"one that is absent":        {[]string{"C"}, kind.Object{"Name": "r0", "C": "none"}},
		"one that is not found":     {[]string{"Missing"}, kind.Object{"Name": "r0"}},
		"one that failed":           {[]string{"A", "Lost"}, nil},
	}
	found := 0
	for resource, err := range k.Find(t.Context(), kind.Target{}, options) {
		if err != nil {
			continue
		}
		found++
		for name, test := range wants {
			var got kind.Object
			if document := resource.Document(test.actions); document != nil {
				got = document["Properties"].(kind.Object)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		}
	}
	if found != 1 {
		t.Errorf("%d resources were found", found)
	}
	if documents, _ := read(t, k, slices.DeleteFunc(names, func(name string) bool { return name == "Lost" })...); len(documents) != 1 {
		t.Errorf("a reading returns %v", documents)
	}
	if documents, _ := read(t, k, "Lost"); len(documents) != 0 {
		t.Errorf("a reading that failed returns %v", documents)
	}
}

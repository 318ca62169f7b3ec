package kind_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/aws/awserr"
	"portolan/internal/aws/kind"
)

// TestBulkAnswersFirst asks in bulk, and about each resource that this leaves out by the
// call, whose failures mean what they always mean.
func TestBulkAnswersFirst(t *testing.T) {
	t.Parallel()
	all := []string{"r0", "r1", "r2", "r3"}
	tests := map[string]struct {
		bulk   []string // answered in bulk
		fail   map[string]error
		asked  []string
		kept   []string
		errors []string // classes
	}{
		"nothing":                              {asked: all, kept: all},
		"all":                                  {bulk: all, kept: all},
		"some":                                 {bulk: []string{"r1", "r3"}, asked: []string{"r0", "r2"}, kept: all},
		"what is not listed":                   {bulk: []string{"r9"}, asked: all, kept: all},
		"a failure of the rest":                {bulk: []string{"r0", "r1"}, fail: map[string]error{"r2": errors.New("odd")}, asked: []string{"r2", "r3"}, kept: []string{"r0", "r1", "r3"}, errors: []string{"failed"}},
		"a failure that bulk made unnecessary": {bulk: all, fail: map[string]error{"r2": errors.New("odd")}, kept: all},
		"the first is gone":                    {bulk: []string{"r1", "r2"}, fail: map[string]error{"r0": code("NoSuchThing")}, asked: []string{"r0", "r3"}, kept: []string{"r1", "r2", "r3"}},
	}
	for name, test := range tests {
		for _, optional := range []bool{false, true} {
			if optional && name == "the first is gone" {
				continue // only an essential call removes a resource
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				var (
					mu    sync.Mutex
					asked []string
				)
				f := kind.FollowUp{
					Name: "GetAction", Actions: []string{"svc:Get"}, Gone: []string{"NoSuchThing"}, Essential: !optional,
					Call: kind.Each(func(_ context.Context, _ kind.Target, r *kind.Resource) (kind.Object, error) {
						mu.Lock()
						defer mu.Unlock()
						asked = append(asked, r.ID)
						return kind.Object{"Name": r.ID}, test.fail[r.ID]
					}),
					Bulk: &kind.Bulk{Open: func(_ kind.Target, call kind.Call) (kind.BulkAnswers, kind.Call) {
						return func(context.Context, []*kind.Resource) map[string]kind.Object {
							answers := map[string]kind.Object{}
							for _, id := range test.bulk {
								answers[id] = kind.Object{"Name": id}
							}
							return answers
						}, call
					}},
				}
				k := &kind.Kind{Type: "AWS::Svc::Thing", Service: kind.Service{Prefix: "svc"}, List: kind.Listing{
					Pages: func(context.Context, kind.Target) kind.Pages {
						return func(yield func([]*kind.Resource, error) bool) {
							var page []*kind.Resource
							for _, id := range all {
								page = append(page, &kind.Resource{ID: id, Properties: kind.Object{}})
							}
							yield(page, nil)
						}
					},
				}, Document: kind.Form{Properties: "Name"}}
				if optional {
					k.Optional = []kind.FollowUp{f}
				} else {
					k.Default = []kind.FollowUp{f}
				}
				options := kind.Options{Actions: []string{"GetAction"}, Parallel: 3, Budget: kind.NewRoom(100)}
				for range 2 { // a reading leaves nothing to the next
					asked = nil
					var kept, classes []string
					for document, err := range k.Read(t.Context(), kind.Target{}, options) {
						if err != nil {
							classes = append(classes, string(awserr.ClassOf(err)))
							continue
						}
						kept = append(kept, document["Properties"].(kind.Object)["Name"].(string))
					}
					slices.Sort(asked)
					if diff := cmp.Diff([][]string{test.asked, test.kept, test.errors}, [][]string{asked, kept, classes}); diff != "" {
						t.Errorf("asked, kept, errors (-want +got):\n%s", diff)
					}
				}
			})
		}
	}
}

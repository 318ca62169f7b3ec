package kind_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/aws/awserr"
	"portolan/internal/aws/kind"
)

func TestProbe(t *testing.T) {
	t.Parallel()
	follow := func(name string, essential bool, err error) kind.FollowUp {
		return kind.FollowUp{
			Name: name, Actions: []string{"test:" + name}, Essential: essential, Size: 10,
			Call: func(_ context.Context, _ kind.Target, batch []*kind.Resource) (map[string]kind.Object, error) {
				if len(batch) != 1 {
					t.Errorf("%s was asked about %d resources", name, len(batch))
				}
				return map[string]kind.Object{batch[0].ID: {"Name": name}}, err
			},
		}
	}
	tests := map[string]struct {
		list     kind.Listing
		defaults []kind.FollowUp
		found    bool
		untried  []string
		denied   []string
	}{
		"all is well":          {pages(nil, 3, 2), []kind.FollowUp{follow("Describe", true, nil)}, true, nil, nil},
		"there is no resource": {pages(nil, 0), []kind.FollowUp{follow("Describe", true, nil)}, false, []string{"test:Describe", "test:Tags"}, nil},
		"the listing is denied": {
			pages(code("AccessDenied")), []kind.FollowUp{follow("Describe", true, nil)}, false,
			[]string{"test:Describe", "test:Tags"}, []string{"test:List"},
		},
		"what is essential is denied": {
			pages(nil, 1), []kind.FollowUp{follow("Describe", true, code("AccessDenied"))}, true, []string{"test:Tags"}, []string{"test:Describe"},
		},
		"what is not essential is denied": {
			pages(nil, 1), []kind.FollowUp{follow("Describe", false, code("AccessDenied"))}, true, nil, []string{"test:Describe"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.list.Actions = []string{"test:List"}
			k := &kind.Kind{
				Type: "AWS::Test::Thing", List: test.list, Default: test.defaults,
				Optional: []kind.FollowUp{follow("Tags", false, nil), follow("Unwanted", false, code("AccessDenied"))},
			}
			p := k.Probe(t.Context(), kind.Target{}, []string{"Tags"})
			var denied []string
			for _, err := range p.Errs {
				var known *awserr.Error
				ok := errors.As(err, &known)
				if !ok || known.Class != awserr.Denied {
					t.Errorf("error %v", err)
					continue
				}
				denied = append(denied, known.Op)
			}
			if p.Found != test.found || !slices.Equal(p.Untried, test.untried) {
				t.Errorf("found %t, untried %v", p.Found, p.Untried)
			}
			if diff := cmp.Diff(test.denied, denied); diff != "" {
				t.Errorf("denied (-want +got):\n%s", diff)
			}
		})
	}
}

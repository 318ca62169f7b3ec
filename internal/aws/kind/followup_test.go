package kind_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/aws/awserr"
	"portolan/internal/aws/kind"
)

// TestWhatAFollowUpConcludes asks about r0 to r3, one by one and together, and r2
// alone meets the error.
func TestWhatAFollowUpConcludes(t *testing.T) {
	t.Parallel()
	closed := &awserr.Error{Op: "svc:Get", Class: awserr.Closed, Err: errors.New("denied by the resource's own policy")}
	all := []string{"r0", "r1", "r2", "r3"}
	others := []string{"r0", "r1", "r3"}
	const (
		nothing = ""
		lack    = "lack r2"
		refused = "refused r2"
		detail  = "refused detail r2"
	)
	tests := map[string]struct {
		err       error // of a call about r2
		named     error // what the answer says of r2
		leftOut   bool
		essential bool
		kept      []string
		told      string // or the class of the error
		batch     []string
	}{
		"all is well":                            {kept: all, told: nothing},
		"all is well, essential":                 {essential: true, kept: all, told: nothing},
		"not found":                              {err: code("NoSuchThing"), kept: all, told: lack},
		"not found, of another":                  {err: code("NoSuchParent"), kept: all, told: lack},
		"not found, essential":                   {err: code("NoSuchThing"), essential: true, kept: others, told: nothing},
		"another is not found, essential":        {err: code("NoSuchParent"), essential: true, kept: others, batch: []string{}, told: "failed"},
		"no such configuration":                  {err: code("NoSuchConfiguration"), kept: all, told: nothing},
		"no such configuration, essential":       {err: code("NoSuchConfiguration"), essential: true, kept: all, told: nothing},
		"named as missing":                       {named: kind.ErrMissing, kept: all, told: lack},
		"named as missing, essential":            {named: kind.ErrMissing, essential: true, kept: others, told: nothing},
		"named with another reason":              {named: errors.New("odd"), kept: others, told: "failed"},
		"named with another reason, essential":   {named: errors.New("odd"), essential: true, kept: others, told: "failed"},
		"named as denied":                        {named: code("AccessDenied"), kept: all, told: "denied"},
		"named as denied, essential":             {named: code("AccessDenied"), essential: true, kept: others, told: "denied"},
		"left out":                               {leftOut: true, kept: all, told: lack},
		"left out, essential":                    {leftOut: true, essential: true, kept: others, told: "failed"},
		"refused for good":                       {err: closed, kept: all, told: detail},
		"refused for good, essential":            {err: closed, essential: true, kept: others, told: refused},
		"denied":                                 {err: code("AccessDenied"), kept: all, told: "denied"},
		"denied, essential":                      {err: code("AccessDenied"), essential: true, kept: others, batch: []string{}, told: "denied"},
		"throttled":                              {err: code("Throttling"), kept: others, batch: []string{}, told: "throttled"},
		"throttled, essential":                   {err: code("Throttling"), essential: true, kept: others, batch: []string{}, told: "throttled"},
		"broken":                                 {err: errors.New("odd"), kept: others, batch: []string{}, told: "failed"},
		"the subscription is missing":            {err: code("OptInRequired"), kept: others, batch: []string{}, told: "account-state"},
		"the subscription is missing, essential": {err: code("OptInRequired"), essential: true, kept: others, batch: []string{}, told: "account-state"},
	}
	for name, test := range tests {
		for _, size := range []int{1, 10} {
			t.Run(fmt.Sprint(name, ", ", size, " at a time"), func(t *testing.T) {
				t.Parallel()
				call := kind.FollowUp{
					Name: "GetAction", Actions: []string{"svc:Get"}, Size: size, Essential: test.essential,
					Gone: []string{"NoSuchThing"}, Absent: []string{"NoSuchConfiguration"},
					Call: func(_ context.Context, _ kind.Target, batch []*kind.Resource) (map[string]kind.Object, error) {
						answers := map[string]kind.Object{}
						var failures error
						for _, id := range kind.IDs(batch) {
							switch {
							case id != "r2" || test.err == nil && test.named == nil && !test.leftOut:
								answers[id] = kind.Object{"Name": id}
							case test.err != nil:
								return nil, test.err
							case test.named != nil:
								failures = kind.Failures{id: test.named}
							}
						}
						return answers, failures
					},
				}
				k := &kind.Kind{Type: "AWS::Test::Thing", List: pages(nil, 4), Default: []kind.FollowUp{call}, Document: kind.Form{Properties: "Name"}}
				names, errs := read(t, k)
				want := test.kept
				if test.batch != nil && size > 1 {
					want = nil // nobody knows which of them it was
				}
				if diff := cmp.Diff(want, names); diff != "" {
					t.Errorf("resources (-want +got):\n%s", diff)
				}
				told := nothing
				for _, err := range errs {
					told += says(err)
				}
				if told != test.told {
					t.Errorf("%q is told, want %q", told, test.told)
				}
				if len(errs) > 0 && !slices.Contains([]string{"svc:Get"}, opOf(errs[0])) {
					t.Errorf("%v does not name the action", errs[0])
				}
			})
		}
	}
}

// says puts an error of a reading into words.
func says(err error) string {
	var (
		refused *kind.RefusedError
		lack    *kind.LackError
	)
	switch {
	case errors.As(err, &refused) && refused.Detail:
		return "refused detail " + refused.ID
	case errors.As(err, &refused):
		return "refused " + refused.ID
	case errors.As(err, &lack):
		return "lack " + lack.ID
	}
	return string(awserr.ClassOf(err))
}

// opOf returns the action that an error names.
func opOf(err error) string {
	var (
		lack  *kind.LackError
		known *awserr.Error
	)
	switch {
	case errors.As(err, &lack):
		return lack.Action
	case errors.As(err, &known):
		return known.Op
	}
	return ""
}

// TestInsteadOfWhatIsAbsent returns what the kind has for a configuration that is not
// there.
func TestInsteadOfWhatIsAbsent(t *testing.T) {
	t.Parallel()
	k := &kind.Kind{Type: "AWS::Test::Thing", List: pages(nil, 1), Document: kind.Form{Properties: "Name"}, Default: []kind.FollowUp{{
		Name: "GetAction", Actions: []string{"svc:Get"}, Absent: []string{"NoSuchConfiguration"}, Instead: kind.Object{"Name": "none"},
		Call: kind.Each(func(context.Context, kind.Target, *kind.Resource) (kind.Object, error) {
			return nil, code("NoSuchConfiguration")
		}),
	}}}
	if names, errs := read(t, k); !slices.Equal(names, []string{"none"}) || len(errs) > 0 {
		t.Errorf("names %v, errors %v", names, errs)
	}
}

// TestEmptyAnswerOfAnEssentialCall: without what the call was to tell, there is no
// document.
func TestEmptyAnswerOfAnEssentialCall(t *testing.T) {
	t.Parallel()
	k := &kind.Kind{Type: "AWS::Test::Thing", List: pages(nil, 1), Document: kind.Form{Properties: "Name"}, Default: []kind.FollowUp{{
		Name: "GetAction", Actions: []string{"svc:Get"}, Essential: true,
		Call: kind.Each(func(context.Context, kind.Target, *kind.Resource) (kind.Object, error) { return nil, nil }),
	}}}
	if names, errs := read(t, k); len(names) > 0 || len(errs) != 1 || awserr.ClassOf(errs[0]) != awserr.Failed {
		t.Errorf("names %v, errors %v", names, errs)
	}
}

package kinds_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"portolan/internal/aws/awserr"
	"portolan/internal/aws/kinds"
)

func TestFailuresInsideAnAnswerOfECS(t *testing.T) {
	t.Parallel()
	const web = "arn:aws:ecs:us-east-1:111122223333:cluster/web"
	tests := map[string]struct {
		answer    string
		class     awserr.Class
		documents int
	}{
		"missing":        {`{"clusters":[],"failures":[{"arn":"` + web + `","reason":"MISSING"}]}`, awserr.None, 2},
		"missing, twice": {`{"failures":[{"arn":"` + web + `","reason":"MISSING"},{"arn":"b","reason":"MISSING"}]}`, awserr.None, 2},
		"no word of it":  {`{"clusters":[]}`, awserr.Failed, 2},
		"something else": {`{"clusters":[],"failures":[{"arn":"` + web + `/x","reason":"MISSING"}]}`, awserr.Failed, 2},
		"denied":         {`{"clusters":[],"failures":[{"arn":"` + web + `","reason":"ACCESS_DENIED"}]}`, awserr.Denied, 2},
		"denied, after a missing one": {
			`{"failures":[{"arn":"b","reason":"MISSING"},{"arn":"` + web + `","reason":"ACCESS_DENIED"}]}`, awserr.Denied, 2,
		},
		"another reason": {`{"failures":[{"arn":"` + web + `","reason":"INTERNAL","detail":"x"}]}`, awserr.Failed, 2},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newReplay(t, kinds.ECSCluster)
			r.spoil = func(operation string, n int, _ *http.Request) *reply {
				if operation == "DescribeClusters" && n == 1 {
					return &reply{http.StatusOK, test.answer}
				}
				return nil
			}
			documents, errs := r.read(kinds.ECSCluster)
			if len(documents) != test.documents || awserr.ClassOf(errors.Join(errs...)) != test.class {
				t.Errorf("%d documents, errors %v of class %q", len(documents), errs, awserr.ClassOf(errors.Join(errs...)))
			}
			for _, err := range errs {
				if text := err.Error(); !strings.Contains(text, "ecs:DescribeClusters") || !strings.Contains(text, web) {
					t.Errorf("%q names neither the action nor the cluster", text)
				}
			}
		})
	}
}

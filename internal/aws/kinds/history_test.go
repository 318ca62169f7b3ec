package kinds_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"portolan/internal/aws/kind"
	"portolan/internal/aws/kinds"
)

// TestHistoriesAreReadSinceATime returns a history to each kind that has one, and
// asks for what is younger than the second page.
func TestHistoriesAreReadSinceATime(t *testing.T) {
	t.Parallel()
	since := time.Unix(1_735_700_000, 0)
	tests := []struct {
		kind    *kind.Kind
		answers map[string][]string // by operation, in turn
		calls   []string            // with the time
		all     []string            // without
	}{
		{
			kinds.CodePipelineActionExecution, map[string][]string{
				"ListPipelines": {`{"pipelines":[{"name":"a"},{"name":"b"}]}`},
				"ListActionExecutions": {
					`{"actionExecutionDetails":[{"actionExecutionId":"1","lastUpdateTime":1735700000},{"actionExecutionId":"2","lastUpdateTime":1735699999}],"nextToken":"2"}`,
					`{"actionExecutionDetails":[{"actionExecutionId":"3","lastUpdateTime":1735600000}],"nextToken":"3"}`,
					`{"actionExecutionDetails":[{"actionExecutionId":"4","lastUpdateTime":1735500000}]}`,
					`{"actionExecutionDetails":[{"actionExecutionId":"5","lastUpdateTime":1735800000}]}`,
				},
			},
			[]string{"ListPipelines", "ListActionExecutions", "ListActionExecutions", "ListActionExecutions"},
			[]string{"ListPipelines", "ListActionExecutions", "ListActionExecutions", "ListActionExecutions", "ListActionExecutions"},
		},
		{
			kinds.CodePipelinePipelineExecution, map[string][]string{
				"ListPipelines": {`{"pipelines":[{"name":"a"}]}`},
				"ListPipelineExecutions": {
					`{"pipelineExecutionSummaries":[{"pipelineExecutionId":"1","startTime":1,"lastUpdateTime":1735700001}],"nextToken":"2"}`,
					`{"pipelineExecutionSummaries":[{"pipelineExecutionId":"2","startTime":1,"lastUpdateTime":1735600000}],"nextToken":"3"}`,
					`{"pipelineExecutionSummaries":[]}`,
				},
				"GetPipelineExecution": {`{"pipelineExecution":{"pipelineExecutionId":"1"}}`, `{"pipelineExecution":{"pipelineExecutionId":"2"}}`},
			},
			[]string{"ListPipelines", "ListPipelineExecutions", "GetPipelineExecution", "ListPipelineExecutions"},
			[]string{"ListPipelines", "ListPipelineExecutions", "GetPipelineExecution", "ListPipelineExecutions", "GetPipelineExecution", "ListPipelineExecutions"},
		},
		{
			kinds.CodeBuildBuildRun, map[string][]string{
				"ListBuilds": {`{"ids":["a:1","a:2"],"nextToken":"2"}`, `{"ids":["a:3"],"nextToken":"3"}`, `{"ids":["a:4"]}`},
				"BatchGetBuilds": {
					`{"builds":[{"id":"a:2","startTime":1735700000.5},{"id":"a:1","startTime":1735800000}]}`,
					`{"builds":[{"id":"a:3","startTime":1735600000}]}`, `{"builds":[{"id":"a:4","startTime":1735500000}]}`,
				},
			},
			[]string{"ListBuilds", "BatchGetBuilds", "ListBuilds", "BatchGetBuilds"},
			[]string{"ListBuilds", "BatchGetBuilds", "ListBuilds", "BatchGetBuilds", "ListBuilds", "BatchGetBuilds"},
		},
	}
	for _, test := range tests {
		t.Run(test.kind.Type, func(t *testing.T) {
			t.Parallel()
			for from, want := range map[time.Time][]string{since: test.calls, {}: test.all} {
				r := replayOf(t, test.answers)
				target := r.target()
				target.Since = from
				if _, errs := r.readIn(target, test.kind); len(errs) > 0 {
					t.Fatal(errs)
				}
				if diff := cmp.Diff(want, r.calls); diff != "" {
					t.Errorf("calls since %s (-want +got):\n%s", from, diff)
				}
			}
		})
	}
}

// replayOf answers from texts instead of an archive.
func replayOf(t *testing.T, answers map[string][]string) *replay {
	t.Helper()
	r := &replay{t: t, archive: new(txtar.Archive), parallel: 1, count: make(map[string]int)}
	r.spoil = func(operation string, n int, _ *http.Request) *reply {
		if n > len(answers[operation]) {
			return nil
		}
		return &reply{http.StatusOK, answers[operation][n-1]}
	}
	return r
}

// TestDeploymentsAreAskedSinceATime: CodeDeploy itself leaves out what is older.
func TestDeploymentsAreAskedSinceATime(t *testing.T) {
	t.Parallel()
	for _, k := range []*kind.Kind{kinds.CodeDeployDeployment, kinds.CodeDeployDeploymentTarget} {
		for from, want := range map[time.Time]string{
			{}:                          `{}`,
			time.Unix(1_735_700_000, 0): `{"createTimeRange":{"start":1735700000}}`,
			time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC): `{"createTimeRange":{"start":1735689600}}`,
		} {
			r := replayOf(t, map[string][]string{"ListDeployments": {`{"deployments":[]}`}})
			target := r.target()
			target.Since = from
			documents, errs := r.readIn(target, k)
			_, body, _ := strings.Cut(r.asked, "\t")
			if diff := cmp.Diff(want, strings.TrimSpace(body)); diff != "" || len(documents)+len(errs) > 0 {
				t.Errorf("%s asks since %s (-want +got):\n%s%v", k.Type, from, diff, errs)
			}
		}
	}
}

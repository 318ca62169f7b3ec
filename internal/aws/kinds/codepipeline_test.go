package kinds_test

import (
	"net/http"
	"strings"
	"testing"

	"portolan/internal/aws/kind"
	"portolan/internal/aws/kinds"
)

// TestPipelineThatIsNotTold wants an answer without a definition taken for none, by all
// that pipelines consist of.
func TestPipelineThatIsNotTold(t *testing.T) {
	t.Parallel()
	for _, k := range []*kind.Kind{kinds.CodePipelinePipeline, kinds.CodePipelineStage, kinds.CodePipelineAction} {
		for _, body := range []string{`{}`, `{"metadata":{}}`, `{"pipeline":null}`} {
			r := newReplay(t, k)
			r.spoil = func(operation string, _ int, _ *http.Request) *reply {
				if operation == "GetPipeline" {
					return &reply{http.StatusOK, body}
				}
				return nil
			}
			documents, errs := r.read(k)
			if len(documents) != 0 || len(errs) == 0 || !strings.Contains(errs[0].Error(), "lacks the pipeline") {
				t.Errorf("%s, %s: documents %v, errors %v, want errors", k.Type, body, documents, errs)
			}
		}
	}
}

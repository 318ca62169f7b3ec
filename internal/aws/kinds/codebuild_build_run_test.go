package kinds_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/aws/kind"
	"portolan/internal/aws/kinds"
)

// TestWindowOfBuilds reads builds since 2025-01-01T03:33:20Z.
func TestWindowOfBuilds(t *testing.T) {
	t.Parallel()
	since := time.Unix(1_735_702_400, 0)
	const (
		young   = `,"startTime":1735702400.5}`
		atStart = `,"startTime":1735702400}`
		old     = `,"startTime":1735702399.999}`
	)
	tests := map[string]struct {
		pages  []string // of ListBuilds
		builds []string // of BatchGetBuilds
		since  time.Time
		want   []string
		calls  string
	}{
		"the older ones of a page are left out": {
			[]string{`{"ids":["a:3","b:2","a:1"]}`},
			[]string{`{"builds":[{"id":"a:1"` + old + `,{"id":"a:3"` + young + `,{"id":"b:2"` + atStart + `]}`},
			since, []string{"a:3", "b:2"}, "ListBuilds BatchGetBuilds",
		},
		"a page with old ones is not the last": {
			[]string{`{"ids":["a:3","a:2"],"nextToken":"2"}`, `{"ids":["a:1"]}`},
			[]string{`{"builds":[{"id":"a:3"` + young + `,{"id":"a:2"` + old + `]}`, `{"builds":[{"id":"a:1"` + young + `]}`},
			since, []string{"a:3", "a:1"}, "ListBuilds BatchGetBuilds ListBuilds BatchGetBuilds",
		},
		"the first page without young ones is the last": {
			[]string{`{"ids":["a:3"],"nextToken":"2"}`, `{"ids":["a:2"],"nextToken":"3"}`, `{"ids":["a:1"]}`},
			[]string{`{"builds":[{"id":"a:3"` + young + `]}`, `{"builds":[{"id":"a:2"` + old + `]}`},
			since, []string{"a:3"}, "ListBuilds BatchGetBuilds ListBuilds BatchGetBuilds",
		},
		"an empty page is not": {
			[]string{`{"ids":[],"nextToken":"2"}`, `{"ids":["a:1"]}`},
			[]string{`{"builds":[{"id":"a:1"` + young + `]}`},
			since, []string{"a:1"}, "ListBuilds ListBuilds BatchGetBuilds",
		},
		"nor is one whose builds have vanished": {
			[]string{`{"ids":["a:2"],"nextToken":"2"}`, `{"ids":["a:1"]}`},
			[]string{`{"builds":[],"buildsNotFound":["a:2"]}`, `{"builds":[{"id":"a:1"` + young + `]}`},
			since, []string{"a:1"}, "ListBuilds BatchGetBuilds ListBuilds BatchGetBuilds",
		},
		"a build that has not begun is young": {
			[]string{`{"ids":["a:2","a:1"]}`},
			[]string{`{"builds":[{"id":"a:2","startTime":null},{"id":"a:1"}]}`},
			since, []string{"a:2", "a:1"}, "ListBuilds BatchGetBuilds",
		},
		"without a time all are given": {
			[]string{`{"ids":["a:2"],"nextToken":"2"}`, `{"ids":["a:1"]}`},
			[]string{`{"builds":[{"id":"a:2"` + old + `]}`, `{"builds":[{"id":"a:1"` + old + `]}`},
			time.Time{}, []string{"a:2", "a:1"}, "ListBuilds BatchGetBuilds ListBuilds BatchGetBuilds",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := replayOf(t, map[string][]string{"ListBuilds": test.pages, "BatchGetBuilds": test.builds})
			target := r.target()
			target.Since = test.since
			documents, errs := r.readIn(target, kinds.CodeBuildBuildRun)
			if len(errs) > 0 {
				t.Fatal(errs)
			}
			var got []string
			for _, document := range documents {
				got = append(got, document["Properties"].(kind.Object)["Id"].(string))
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("builds (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.calls, strings.Join(r.calls, " ")); diff != "" {
				t.Errorf("calls (-want +got):\n%s", diff)
			}
		})
	}
}

// TestOrderOfBuilds asks for the newest first, once: CodeBuild may refuse an order
// beside a token.
func TestOrderOfBuilds(t *testing.T) {
	t.Parallel()
	r := newReplay(t, kinds.CodeBuildBuildRun)
	var asked []string
	r.spoil = func(operation string, _ int, request *http.Request) *reply {
		if operation == "ListBuilds" {
			asked = append(asked, bodyOf(request))
		}
		return nil
	}
	if _, errs := r.read(kinds.CodeBuildBuildRun); len(errs) > 0 {
		t.Fatal(errs)
	}
	want := []string{`{"sortOrder":"DESCENDING"}`, `{"nextToken":"2"}`, `{"nextToken":"3"}`}
	if diff := cmp.Diff(want, asked); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
}

package report_test

import (
	"errors"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"portolan/internal/report"
)

func exposed(t *testing.T, e *report.Exposition) string {
	t.Helper()
	var b strings.Builder
	if err := e.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func wantLines(t *testing.T, text string, lines ...string) {
	t.Helper()
	for _, line := range lines {
		if !strings.Contains("\n"+text, "\n"+line+"\n") {
			t.Errorf("it lacks %q:\n%s", line, text)
		}
	}
}

// Prometheus refuses a page of which a line is not like these.
// https://prometheus.io/docs/instrumenting/exposition_formats/
var inPrometheus = regexp.MustCompile(`^(# HELP portolan_[a-z_]+ [^\n\\]+|# TYPE portolan_[a-z_]+ (gauge|counter)|portolan_[a-z_]+(\{status="[a-z]+"\})? [0-9.]+)$`)

func wantFormat(t *testing.T, text string) {
	t.Helper()
	if !strings.HasSuffix(text, "\n") {
		t.Error("the last line does not end")
	}
	typed := map[string]bool{}
	for line := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
		if !inPrometheus.MatchString(line) {
			t.Errorf("this is not Prometheus's format: %q", line)
		}
		if name, ok := strings.CutPrefix(line, "# TYPE "); ok {
			name, _, _ = strings.Cut(name, " ")
			if typed[name] {
				t.Errorf("%s is there twice", name)
			}
			typed[name] = true
		} else if !strings.HasPrefix(line, "#") {
			if name := line[:strings.IndexAny(line, "{ ")]; !typed[name] {
				t.Errorf("%s has no type", name)
			}
		}
	}
}

func TestExpositionBeforeTheFirstRun(t *testing.T) {
	t.Parallel()
	text := exposed(t, &report.Exposition{})
	wantFormat(t, text)
	wantLines(t, text, `portolan_runs_total{status="completed"} 0`, `portolan_runs_total{status="skipped"} 0`)
	if strings.Contains(text, "last") {
		t.Errorf("it tells of a last run:\n%s", text)
	}
}

// TestExposition lives through a completed run, a skipped one, one that failed and one without a report.
func TestExposition(t *testing.T) {
	t.Parallel()
	e := &report.Exposition{}
	r := sample()
	r.Status = report.Completed
	r.Seconds, r.PeakMemoryBytes, r.Finished = 8.5, 3<<20, time.UnixMilli(1_790_000_000_500)
	r.Cells = map[report.Outcome]int{report.Complete: 40, "denied": 2, report.Closed: 1}
	r.AWS = map[string]report.Calls{"s3": {Calls: 100, Throttled: 3}, "sqs": {Calls: 20}}
	e.Ran(r)
	text := exposed(t, e)
	wantFormat(t, text)
	wantLines(t, text,
		`portolan_runs_total{status="completed"} 1`, `portolan_last_run_status{status="completed"} 1`, `portolan_last_run_status{status="failed"} 0`,
		`portolan_last_run_finished_timestamp_seconds 1790000000.5`, `portolan_last_completed_run_timestamp_seconds 1790000000.5`,
		`portolan_last_run_cells_complete 40`, `portolan_last_run_cells_incomplete 2`, `portolan_last_run_cells_closed 1`,
		`portolan_last_run_aws_calls 120`, `portolan_last_run_aws_throttles 3`, `portolan_last_run_duration_seconds 8.5`,
		`portolan_last_run_peak_memory_bytes 3145728`)

	e.Ran(&report.Report{Head: report.Head{Status: report.Yielded, Finished: time.UnixMilli(1_790_000_001_000)}})
	skipped := exposed(t, e)
	if want := strings.Replace(text, `{status="skipped"} 0`, `{status="skipped"} 1`, 1); skipped != want {
		t.Errorf("a skipped run changes more than its count:\n%s", skipped)
	}

	e.Ran(&report.Report{Head: report.Head{Status: report.Failed, Finished: time.UnixMilli(1_790_000_002_000)}})
	wantLines(t, exposed(t, e), `portolan_runs_total{status="failed"} 1`, `portolan_last_run_status{status="failed"} 1`,
		`portolan_last_run_status{status="completed"} 0`, `portolan_last_run_finished_timestamp_seconds 1790000002`,
		`portolan_last_completed_run_timestamp_seconds 1790000000.5`, `portolan_last_run_cells_complete 0`)
	e.Ran(nil)
	wantLines(t, exposed(t, e), `portolan_runs_total{status="failed"} 2`)
}

// TestExpositionOfEvents adds batches up.
func TestExpositionOfEvents(t *testing.T) {
	t.Parallel()
	e := &report.Exposition{}
	e.Heard(report.Events{Received: 10, Ignored: 4, Refreshed: 3, Lag: 40 * time.Second})
	e.Heard(report.Events{Received: 5, Ignored: 5})
	e.Heard(report.Events{Received: 1, Refreshed: 1, Lag: 1500 * time.Millisecond})
	text := exposed(t, e)
	wantFormat(t, text)
	wantLines(t, text, "portolan_events_received_total 16", "portolan_events_ignored_total 9", "portolan_cells_refreshed_total 4", "portolan_last_event_lag_seconds 1.5")
}

// TestExpositionHasEveryMetric looks for a metric that CloudWatch gets and Prometheus does not.
func TestExpositionHasEveryMetric(t *testing.T) {
	t.Parallel()
	e := &report.Exposition{}
	r := sample()
	r.TimeLimit, r.PeakMemoryBytes = 900, 1
	e.Ran(r)
	text := strings.ReplaceAll(exposed(t, e), "_", "")
	for _, m := range report.Metrics() {
		if !strings.HasPrefix(m.Name, "Runs") && !strings.Contains(text, "\nportolanlastrun"+strings.ToLower(m.Name)) {
			t.Errorf("%s is missing", m.Name)
		}
	}
}

func TestExpositionFromManySides(t *testing.T) {
	t.Parallel()
	e := &report.Exposition{}
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			e.Ran(sample())
			e.Heard(report.Events{Received: 1})
			_ = e.Write(&strings.Builder{})
		})
	}
	wait.Wait()
	wantLines(t, exposed(t, e), "portolan_events_received_total 8")
	if e.Write(broken{}) == nil {
		t.Error("the writer's error is lost")
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("gone") }

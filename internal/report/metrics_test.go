package report_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/report"
)

const metricsLine = `{"AWSCalls":1102,"AWSRetries":4,"AWSThrottles":3,"AccountsRead":1,"AccountsUnreachable":0,` +
	`"CellsClosed":0,"CellsComplete":40,"CellsIncomplete":3,"DeadlineUsed":0.5,"DeletesTripped":1,"DeletesWithheld":3,"Duration":4,"EntitiesCreated":7,` +
	`"EntitiesDeleted":2,"EntitiesFailed":0,"EntitiesUnchanged":0,"EntitiesUpdated":0,"Integration":"my-aws","PeakMemory":64,` +
	`"PortCalls":0,"PortThrottles":0,"ResourcesRead":12345,"ResourcesRefused":4,"RunsCompleted":0,"RunsFailed":0,"RunsIncomplete":1,` +
	`"_aws":{"CloudWatchMetrics":[{"Dimensions":[["Integration"]],"Metrics":[` +
	`{"Name":"RunsCompleted","Unit":"Count"},{"Name":"RunsIncomplete","Unit":"Count"},{"Name":"RunsFailed","Unit":"Count"},` +
	`{"Name":"CellsComplete","Unit":"Count"},{"Name":"CellsIncomplete","Unit":"Count"},{"Name":"CellsClosed","Unit":"Count"},` +
	`{"Name":"AccountsRead","Unit":"Count"},{"Name":"AccountsUnreachable","Unit":"Count"},{"Name":"ResourcesRead","Unit":"Count"},{"Name":"ResourcesRefused","Unit":"Count"},` +
	`{"Name":"EntitiesCreated","Unit":"Count"},{"Name":"EntitiesUpdated","Unit":"Count"},{"Name":"EntitiesUnchanged","Unit":"Count"},` +
	`{"Name":"EntitiesDeleted","Unit":"Count"},{"Name":"EntitiesFailed","Unit":"Count"},{"Name":"DeletesWithheld","Unit":"Count"},` +
	`{"Name":"DeletesTripped","Unit":"Count"},` +
	`{"Name":"AWSCalls","Unit":"Count"},{"Name":"AWSRetries","Unit":"Count"},{"Name":"AWSThrottles","Unit":"Count"},` +
	`{"Name":"PortCalls","Unit":"Count"},{"Name":"PortThrottles","Unit":"Count"},{"Name":"Duration","Unit":"Seconds"},` +
	`{"Name":"DeadlineUsed","Unit":"Percent"},{"Name":"PeakMemory","Unit":"Megabytes"}],"Namespace":"Portolan"}],` +
	`"Timestamp":1767323049000},"level":"INFO","run":"run-1","status":"incomplete","timestamp":"2026-01-02T03:04:09Z"}` + "\n"

func TestMetricsLine(t *testing.T) {
	t.Parallel()
	r := sample()
	r.TimeLimit, r.Deletes.Tripped = 800, true
	var line bytes.Buffer
	if err := r.WriteMetrics(&line); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(metricsLine, line.String()); diff != "" {
		t.Error(diff)
	}
	checkMetrics(t, line.Bytes())
}

// checkMetrics holds a line against the rules of the embedded metric format.
func checkMetrics(t *testing.T, line []byte) {
	t.Helper()
	var root map[string]any
	if err := json.Unmarshal(line, &root); err != nil || len(line) > 1<<20 || bytes.Count(line, []byte("\n")) != 1 {
		t.Fatalf("%d bytes: %v", len(line), err)
	}
	var document struct {
		AWS struct {
			Timestamp         int64
			CloudWatchMetrics []struct {
				Namespace  string
				Dimensions [][]string
				Metrics    []struct{ Name, Unit string }
			}
		} `json:"_aws"`
	}
	if err := json.Unmarshal(line, &document); err != nil {
		t.Fatal(err)
	}
	if at := time.UnixMilli(document.AWS.Timestamp); at.Year() < 2020 || at.Year() > 2100 {
		t.Errorf("the timestamp %d is not in milliseconds", document.AWS.Timestamp)
	}
	units := []string{"Count", "Seconds", "Percent", "Megabytes"}
	for _, directive := range document.AWS.CloudWatchMetrics {
		if n := len(directive.Namespace); n < 1 || n > 1024 {
			t.Errorf("the namespace has %d characters", n)
		}
		if n := len(directive.Metrics); n < 1 || n > 100 {
			t.Errorf("%d metrics; 100 are allowed", n)
		}
		for _, metric := range directive.Metrics {
			if _, number := root[metric.Name].(float64); !number || !slices.Contains(units, metric.Unit) {
				t.Errorf("%s is %v, in %q", metric.Name, root[metric.Name], metric.Unit)
			}
		}
		for _, set := range directive.Dimensions {
			if len(set) > 30 {
				t.Errorf("%d dimensions; 30 are allowed", len(set))
			}
			for _, dimension := range set {
				if value, text := root[dimension].(string); !text || len(value) < 1 || len(value) > 1024 {
					t.Errorf("the dimension %s is %v", dimension, root[dimension])
				}
			}
		}
	}
}

func TestMetricsOfStates(t *testing.T) {
	t.Parallel()
	tests := []struct {
		action string
		status report.Status
		want   []float64 // completed, incomplete, failed; nil writes nothing
	}{
		{"resync", report.Completed, []float64{1, 0, 0}},
		{"resync", report.Incomplete, []float64{0, 1, 0}},
		{"resync", report.Aborted, []float64{0, 1, 0}},
		{"resync", report.Failed, []float64{0, 0, 1}},
		{"resync", report.Yielded, nil},
		{"plan", report.Completed, nil},
		{"plan", report.Failed, nil},
	}
	for _, test := range tests {
		t.Run(fmt.Sprint(test.action, " ", test.status), func(t *testing.T) {
			t.Parallel()
			var line bytes.Buffer
			r := &report.Report{Head: report.Head{Action: test.action, Status: test.status, Integration: "i", Finished: time.Now()}}
			if err := r.WriteMetrics(&line); err != nil {
				t.Fatal(err)
			}
			var got []float64
			if line.Len() > 0 {
				checkMetrics(t, line.Bytes())
				var values map[string]any
				if err := json.Unmarshal(line.Bytes(), &values); err != nil {
					t.Fatal(err)
				}
				for _, name := range []string{report.MetricRunsCompleted, report.MetricRunsIncomplete, report.MetricRunsFailed} {
					got = append(got, values[name].(float64))
				}
				for _, unknown := range []string{report.MetricDeadlineUsed, report.MetricPeakMemory} {
					if _, there := values[unknown]; there {
						t.Errorf("%s of a run that has none: %v", unknown, values[unknown])
					}
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestMetricsOfAccounts(t *testing.T) {
	t.Parallel()
	type cells = map[report.Outcome]int
	r := &report.Report{Head: report.Head{Integration: "i", Finished: time.Now()}, Reading: report.Reading{Accounts: []report.Account{
		{ID: "read", Cells: cells{report.Complete: 4}}, {ID: "partly", Cells: cells{report.Complete: 1, "denied": 3}},
		{ID: "shut", Cells: cells{"denied": 4}}, {ID: "unoffered", Cells: cells{"not-offered": 4}},
		{ID: "left out", Cells: cells{report.Skipped: 4}}, {ID: "late", Cells: cells{report.NotReached: 4}},
	}}}
	var line bytes.Buffer
	if err := r.WriteMetrics(&line); err != nil {
		t.Fatal(err)
	}
	if got := line.String(); !strings.Contains(got, `"AccountsRead":2,"AccountsUnreachable":2,`) {
		t.Error(got)
	}
}

// TestEveryMetricIsListed reads the constants from the source: each is a metric, and
// none of the metrics lacks one.
func TestEveryMetricIsListed(t *testing.T) {
	t.Parallel()
	file, err := parser.ParseFile(token.NewFileSet(), "metrics.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var named []string
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 {
			return true
		}
		suffix, ok := strings.CutPrefix(spec.Names[0].Name, "Metric")
		literal, text := spec.Values[0].(*ast.BasicLit)
		if ok && text && suffix != "Namespace" && suffix != "Dimension" {
			value, _ := strconv.Unquote(literal.Value)
			if value != suffix {
				t.Errorf("Metric%s is %q", suffix, value)
			}
			named = append(named, value)
		}
		return true
	})
	var listed []string
	for _, m := range report.Metrics() {
		listed = append(listed, m.Name)
	}
	slices.Sort(named)
	slices.Sort(listed)
	if diff := cmp.Diff(named, listed); diff != "" {
		t.Errorf("named and listed differ (-named +listed):\n%s", diff)
	}
}

func TestExitCode(t *testing.T) {
	t.Parallel()
	for status, want := range map[report.Status]int{
		report.Completed: 0, report.Yielded: 0, report.Failed: 1, report.Incomplete: 3, report.Aborted: 3,
	} {
		if got := status.ExitCode(); got != want {
			t.Errorf("%s: %d, want %d", status, got, want)
		}
	}
}

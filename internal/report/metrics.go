package report

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// MetricNamespace and MetricDimension are where CloudWatch has the metrics of a run.
// The dimension's value is the integration's identifier.
const (
	MetricNamespace = "Portolan"
	MetricDimension = "Integration"
)

// The names of the metrics. The list of metrics says what each is.
const (
	MetricRunsCompleted       = "RunsCompleted"
	MetricRunsIncomplete      = "RunsIncomplete"
	MetricRunsFailed          = "RunsFailed"
	MetricCellsComplete       = "CellsComplete"
	MetricCellsIncomplete     = "CellsIncomplete"
	MetricCellsClosed         = "CellsClosed"
	MetricResourcesRead       = "ResourcesRead"
	MetricResourcesRefused    = "ResourcesRefused"
	MetricEntitiesCreated     = "EntitiesCreated"
	MetricEntitiesUpdated     = "EntitiesUpdated"
	MetricEntitiesUnchanged   = "EntitiesUnchanged"
	MetricEntitiesDeleted     = "EntitiesDeleted"
	MetricEntitiesFailed      = "EntitiesFailed"
	MetricDeletesWithheld     = "DeletesWithheld"
	MetricDeletesTripped      = "DeletesTripped"
	MetricAWSCalls            = "AWSCalls"
	MetricAWSRetries          = "AWSRetries"
	MetricAWSThrottles        = "AWSThrottles"
	MetricPortCalls           = "PortCalls"
	MetricPortThrottles       = "PortThrottles"
	MetricDuration            = "Duration"
	MetricDeadlineUsed        = "DeadlineUsed"
	MetricPeakMemory          = "PeakMemory"
	MetricAccountsRead        = "AccountsRead"
	MetricAccountsUnreachable = "AccountsUnreachable"
)

// The units of metrics, as CloudWatch writes them:
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html
const (
	unitCount     = "Count"
	unitSeconds   = "Seconds"
	unitPercent   = "Percent"
	unitMegabytes = "Megabytes"
)

// Metric is a figure of a run.
type Metric struct {
	Name    string
	Unit    string // CloudWatch's word, "Count"
	Meaning string // one Markdown sentence

	// value is not ok if the run has no such figure.
	value func(*Report) (value float64, ok bool)
}

var metrics = []Metric{
	{MetricRunsCompleted, unitCount, "1 for a run that read everything, 0 for any other.", ended(Completed)},
	{MetricRunsIncomplete, unitCount, "1 for a run that is incomplete or was told to stop.", ended(Incomplete, Aborted)},
	{MetricRunsFailed, unitCount, "1 for a run that could do nothing.", ended(Failed)},
	{MetricCellsComplete, unitCount, "Cells that were read to their last page.",
		count(func(r *Report) int { return r.Cells[Complete] })},
	{MetricCellsIncomplete, unitCount, "Cells that should have been read to their last page, and were not.",
		count(func(r *Report) int { return incomplete(r.Cells) })},
	{MetricCellsClosed, unitCount, "Cells that are closed by a policy that the reading role cannot lift. A run with such cells can be completed.",
		count(func(r *Report) int { return r.Cells[Closed] })},
	{MetricAccountsRead, unitCount, "Accounts with at least one cell that was read.",
		count(func(r *Report) int { return r.accounts(func(a Account) bool { return a.Cells[Complete] > 0 }) })},
	{MetricAccountsUnreachable, unitCount, "Accounts in which nothing could be read.",
		count(func(r *Report) int {
			return r.accounts(func(a Account) bool { return a.Cells[Complete] == 0 && incomplete(a.Cells) > 0 })
		})},
	{MetricResourcesRead, unitCount, "Resources that AWS returned.", count(func(r *Report) int { return r.Total.Fetched })},
	{MetricResourcesRefused, unitCount, "Existing resources that could not be read because of a policy that the reading role cannot lift.",
		count(func(r *Report) int { return r.Total.Refused })},
	{MetricEntitiesCreated, unitCount, "Entities that are new in Port.", count(func(r *Report) int { return r.Total.Created })},
	{MetricEntitiesUpdated, unitCount, "Existing entities that were written.", count(func(r *Report) int { return r.Total.Updated })},
	{MetricEntitiesUnchanged, unitCount, "Entities that did not have to be written.", count(func(r *Report) int { return r.Total.Unchanged })},
	{MetricEntitiesDeleted, unitCount, "Entities that were deleted.", count(func(r *Report) int { return r.Deletes.Deleted })},
	{MetricEntitiesFailed, unitCount, "Entities that Port did not accept.", count(func(r *Report) int { return r.Total.Failed })},
	{MetricDeletesWithheld, unitCount, "Stale entities that were not deleted.", count((*Report).withheld)},
	{MetricDeletesTripped, unitCount, "1 if a limit on deletes kept entities and a person should look at them.",
		count(func(r *Report) int {
			if r.Deletes.Tripped {
				return 1
			}
			return 0
		})},
	{MetricAWSCalls, unitCount, "Calls to AWS.", count(func(r *Report) int { return sum(r.AWS).Calls })},
	{MetricAWSRetries, unitCount, "Requests to AWS beyond the first of each call.", count(func(r *Report) int { return sum(r.AWS).Retries })},
	{MetricAWSThrottles, unitCount, "How often AWS asked to slow down.", count(func(r *Report) int { return sum(r.AWS).Throttled })},
	{MetricPortCalls, unitCount, "Calls to Port.", count(func(r *Report) int { return sum(r.Port).Calls })},
	{MetricPortThrottles, unitCount, "How often Port asked to slow down.", count(func(r *Report) int { return sum(r.Port).Throttled })},
	{MetricDuration, unitSeconds, "From the start of the run to its end.",
		func(r *Report) (float64, bool) { return r.Seconds, true }},
	{MetricDeadlineUsed, unitPercent, "The share of the function's time that the run took.",
		func(r *Report) (float64, bool) { return 100 * r.Seconds / r.TimeLimit, r.TimeLimit > 0 }},
	{MetricPeakMemory, unitMegabytes, "The peak memory of the process since its start, in units of 1,048,576 bytes like Lambda's.",
		func(r *Report) (float64, bool) { return float64(r.PeakMemoryBytes) / (1 << 20), r.PeakMemoryBytes > 0 }},
}

// MetricsMarkdown returns the table of metrics as documentation shows it.
func MetricsMarkdown() string {
	var b strings.Builder
	b.WriteString("| Metric | Unit | Meaning |\n|---|---|---|\n")
	for _, m := range metrics {
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", m.Name, m.Unit, m.Meaning)
	}
	for _, m := range metricsOfEvents {
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", m.name, m.unit, m.meaning)
	}
	return b.String()
}

// WriteMetrics writes the run's metrics as one line in CloudWatch's embedded metric
// format. It writes nothing for a plan, and for a run that yielded to another: neither
// says how well the catalog is kept.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
func (r *Report) WriteMetrics(w io.Writer) error {
	if r.Action == planAction || r.Status == Yielded {
		return nil
	}
	line := newLine(r.Integration, r.Finished)
	line.members["run"], line.members["status"] = r.Run, r.Status
	for _, m := range metrics {
		if value, ok := m.value(r); ok {
			line.add(m.Name, m.Unit, value)
		}
	}
	return line.write(w)
}

// line is one in CloudWatch's embedded metric format.
type line struct {
	at          time.Time
	members     map[string]any
	definitions []definition
}

type definition struct{ Name, Unit string }

func newLine(integration string, at time.Time) *line {
	return &line{at: at, members: map[string]any{
		MetricDimension: integration,
		// Lambda passes a line of JSON on unchanged if it has these:
		// https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html
		"level": "INFO", "timestamp": at.UTC().Format(time.RFC3339Nano),
	}}
}

func (l *line) add(name, unit string, value float64) {
	l.definitions = append(l.definitions, definition{name, unit})
	l.members[name] = value
}

func (l *line) write(w io.Writer) error {
	l.members["_aws"] = map[string]any{
		"Timestamp": l.at.UnixMilli(),
		"CloudWatchMetrics": []any{map[string]any{
			"Namespace": MetricNamespace, "Dimensions": [][]string{{MetricDimension}}, "Metrics": l.definitions,
		}},
	}
	return json.NewEncoder(w).Encode(l.members)
}

func count(of func(*Report) int) func(*Report) (float64, bool) {
	return func(r *Report) (float64, bool) { return float64(of(r)), true }
}

// ended is 1 for a run that ended in one of the states.
func ended(states ...Status) func(*Report) (float64, bool) {
	return count(func(r *Report) int {
		if slices.Contains(states, r.Status) {
			return 1
		}
		return 0
	})
}

// incomplete counts the cells that should have been read to their end and were not.
func incomplete(cells map[Outcome]int) int {
	n := 0
	for outcome, of := range cells {
		if outcome.IsGap() {
			n += of
		}
	}
	return n
}

func (r *Report) accounts(are func(Account) bool) int {
	n := 0
	for _, a := range r.Accounts {
		if are(a) {
			n++
		}
	}
	return n
}

func (r *Report) withheld() int {
	n := 0
	for _, w := range r.Deletes.Withheld {
		n += max(w.Count, 0)
	}
	return n
}

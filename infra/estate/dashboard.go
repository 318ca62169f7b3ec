package estate

import (
	"fmt"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/interfaces/interfacesawscloudwatch"
	"github.com/aws/jsii-runtime-go"

	"portolan/internal/report"
)

// The colours mean good, warning and bad in every widget.
const (
	green = "#2ca02c"
	amber = "#ff9f1c"
	red   = "#d62728"
	blue  = "#1f77b4"
)

const rowHeight = 6

// addDashboard creates the page that answers: is what Port shows fresh, is it complete, what
// changed, and how near are the limits?
func (e *estate) addDashboard() {
	alarms := make([]interfacesawscloudwatch.IAlarmRef, len(e.alarms))
	for i, a := range e.alarms {
		alarms[i] = a
	}
	dashboard := awscloudwatch.NewDashboard(e.stack, jsii.String("Dashboard"), &awscloudwatch.DashboardProps{
		DashboardName: e.name(""), DefaultInterval: awscdk.Duration_Days(jsii.Number(7)),
	})
	dashboard.AddWidgets(awscloudwatch.NewTextWidget(&awscloudwatch.TextWidgetProps{
		Markdown: jsii.String("# Portolan\nKeeps Port equal to AWS, as the integration **" + e.Settings.Integration.Identifier + "**, " + e.Schedule.Expression +
			". `make invoke` runs it now, `make plan` shows what a run would change, `make logs` follows its log."),
		Width: jsii.Number(24), Height: jsii.Number(2), Background: awscloudwatch.TextWidgetBackground_TRANSPARENT,
	}))
	dashboard.AddWidgets(
		awscloudwatch.NewAlarmStatusWidget(&awscloudwatch.AlarmStatusWidgetProps{
			Title: jsii.String("Alarms"), Alarms: &alarms, Width: jsii.Number(8), Height: jsii.Number(rowHeight),
		}),
		e.lastRun(),
	)
	dashboard.AddWidgets(
		e.graph("Freshness: how runs ended", true,
			e.series(report.MetricRunsCompleted, "Sum", green), e.series(report.MetricRunsIncomplete, "Sum", amber), e.series(report.MetricRunsFailed, "Sum", red)),
		e.graph("Coverage: cells (account, region, kind)", true,
			e.series(report.MetricCellsComplete, "Maximum", green), e.series(report.MetricCellsIncomplete, "Maximum", red)),
		e.graph("Coverage: accounts", true,
			e.series(report.MetricAccountsRead, "Maximum", green), e.series(report.MetricAccountsUnreachable, "Maximum", red)),
	)
	dashboard.AddWidgets(
		e.graph("Resources and entities", false,
			e.series(report.MetricResourcesRead, "Maximum", blue), e.series(report.MetricEntitiesUnchanged, "Maximum", green)),
		e.graph("Changes in Port", true,
			e.series(report.MetricEntitiesCreated, "Sum", green), e.series(report.MetricEntitiesUpdated, "Sum", blue), e.series(report.MetricEntitiesDeleted, "Sum", amber)),
		e.graph("Not accepted, not deleted", true,
			e.series(report.MetricEntitiesFailed, "Sum", red), e.series(report.MetricDeletesWithheld, "Sum", amber)),
	)
	dashboard.AddWidgets(
		e.graph("Calls", false, e.series(report.MetricAWSCalls, "Sum", amber), e.series(report.MetricPortCalls, "Sum", blue)),
		e.graph("Throttles and retries", true,
			e.series(report.MetricAWSThrottles, "Sum", red), e.series(report.MetricPortThrottles, "Sum", amber), e.series(report.MetricAWSRetries, "Sum", blue)),
		e.limited("Duration against the time limit, in seconds", false, e.timeLimit().Seconds(), e.series(report.MetricDuration, "Maximum", blue)),
	)
	e.addExecutionWidgets(dashboard)
	e.addEventWidgets(dashboard)
	dashboard.AddWidgets(
		e.limited("Peak memory against the limit, in MB", false, float64(e.Function.MemoryMB), e.series(report.MetricPeakMemory, "Maximum", blue)),
		e.lastRuns(),
	)
}

// timeLimit returns the time limit of a whole run.
func (e *estate) timeLimit() time.Duration {
	if !e.Scale.IsDistributed() {
		return e.Function.Timeout
	}
	return e.Scale.Timeout
}

// addExecutionWidgets shows the executions of the state machine, if there is one, and
// the invocations that they consist of.
func (e *estate) addExecutionWidgets(dashboard awscloudwatch.Dashboard) {
	if e.machine == nil {
		return
	}
	ended := func(name, color string) awscloudwatch.IMetric {
		return e.executions("Executions"+name, "Sum", hour()).With(&awscloudwatch.MetricOptions{Label: jsii.String(name), Color: jsii.String(color)})
	}
	invocations := func(metric awscloudwatch.Metric, statistic, color string) awscloudwatch.IMetric {
		return metric.With(&awscloudwatch.MetricOptions{Statistic: jsii.String(statistic), Period: hour(), Color: jsii.String(color)})
	}
	dashboard.AddWidgets(
		e.graph("Executions: how they ended", true,
			ended("Succeeded", green), ended("Failed", red), ended("TimedOut", amber), ended("Aborted", blue)),
		e.graph("Invocations, and those that failed", false,
			invocations(e.function.MetricInvocations(nil), "Sum", blue), invocations(e.function.MetricErrors(nil), "Sum", red)),
		e.limited("Invocations at a time against scaleConcurrency", false, float64(e.Scale.Concurrency),
			invocations(e.function.Metric(jsii.String("ConcurrentExecutions"), nil), "Maximum", blue)),
	)
}

// addEventWidgets shows the events that wake the function, if any do.
func (e *estate) addEventWidgets(dashboard awscloudwatch.Dashboard) {
	if !e.Events.Enabled {
		return
	}
	age := e.events.MetricApproximateAgeOfOldestMessage(&awscloudwatch.MetricOptions{
		Statistic: jsii.String(most), Period: hour(), Label: jsii.String("Oldest message"), Color: jsii.String(amber),
	})
	dashboard.AddWidgets(
		e.graph("Events, and those that touch no cell", false,
			e.series(report.MetricEventsReceived, sum, blue), e.series(report.MetricEventsIgnored, sum, amber)),
		e.graph("Cells read for events", false, e.series(report.MetricCellsRefreshed, sum, green)),
		e.graph("From event to reading, and how long messages wait, in seconds", false, e.series(report.MetricEventLag, most, blue), age),
	)
}

// lastRun shows the figures of the latest run as numbers.
func (e *estate) lastRun() awscloudwatch.IWidget {
	coverage := awscloudwatch.NewMathExpression(&awscloudwatch.MathExpressionProps{
		Expression: jsii.String("100 * complete / (complete + incomplete)"), Label: jsii.String("Coverage %"), Period: hour(),
		UsingMetrics: &map[string]awscloudwatch.IMetric{
			"complete":   e.series(report.MetricCellsComplete, "Maximum", green),
			"incomplete": e.series(report.MetricCellsIncomplete, "Maximum", red),
		},
	})
	return awscloudwatch.NewSingleValueWidget(&awscloudwatch.SingleValueWidgetProps{
		Title: jsii.String("The latest run"), Width: jsii.Number(16), Height: jsii.Number(rowHeight), Sparkline: jsii.Bool(true),
		Metrics: &[]awscloudwatch.IMetric{
			coverage,
			e.series(report.MetricAccountsRead, "Maximum", green),
			e.series(report.MetricResourcesRead, "Maximum", blue),
			e.series(report.MetricDeadlineUsed, "Maximum", amber),
		},
	})
}

// lastRuns lists the runs from the lines that carry their metrics.
func (e *estate) lastRuns() awscloudwatch.IWidget {
	return awscloudwatch.NewLogQueryWidget(&awscloudwatch.LogQueryWidgetProps{
		Title: jsii.String("The last runs"), Width: jsii.Number(16), Height: jsii.Number(rowHeight),
		LogGroupNames: &[]*string{e.log.Ref()}, View: awscloudwatch.LogQueryVisualizationType_TABLE,
		QueryLines: jsii.Strings(
			"filter ispresent("+report.MetricRunsCompleted+")",
			fmt.Sprintf("fields @timestamp, status, %s, %s, %s, %s, %s, %s, run", report.MetricResourcesRead, report.MetricEntitiesCreated,
				report.MetricEntitiesUpdated, report.MetricEntitiesDeleted, report.MetricCellsIncomplete, report.MetricDuration),
			"sort @timestamp desc", "limit 20"),
	})
}

// series is a metric as the dashboard draws it.
func (e *estate) series(name, statistic, color string) awscloudwatch.Metric {
	return e.metric(name, statistic, hour()).With(&awscloudwatch.MetricOptions{Label: jsii.String(name), Color: jsii.String(color)})
}

func hour() awscdk.Duration { return awscdk.Duration_Hours(jsii.Number(1)) }

// graph returns a graph of a third of a row.
func (e *estate) graph(title string, stacked bool, metrics ...awscloudwatch.IMetric) awscloudwatch.IWidget {
	return e.limited(title, stacked, 0, metrics...)
}

// limited returns a graph with a line at its limit, unless that is 0.
func (e *estate) limited(title string, stacked bool, limit float64, metrics ...awscloudwatch.IMetric) awscloudwatch.IWidget {
	props := &awscloudwatch.GraphWidgetProps{
		Title: jsii.String(title), Left: &metrics, Stacked: jsii.Bool(stacked), Width: jsii.Number(8), Height: jsii.Number(rowHeight),
		LeftYAxis: &awscloudwatch.YAxisProps{Min: jsii.Number(0), ShowUnits: jsii.Bool(false)},
	}
	if limit > 0 {
		props.LeftAnnotations = &[]*awscloudwatch.HorizontalAnnotation{{
			Value: jsii.Number(limit), Label: jsii.String("limit"), Color: jsii.String(red),
		}}
	}
	return awscloudwatch.NewGraphWidget(props)
}

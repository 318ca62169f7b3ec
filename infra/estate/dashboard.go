package estate

import (
	"fmt"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/interfaces/interfacesawscloudwatch"
	"github.com/aws/jsii-runtime-go"

	"portolan/internal/report"
)

// The colours of CloudWatch's own palette, by what they say.
const (
	good, bad, uncertain, neutral, calm = "#2ca02c", "#d62728", "#ff7f0e", "#7f7f7f", "#1f77b4"
)

// line is a metric in a graph.
type line struct{ metric, label, colour string }

// addDashboard makes a page that answers, from top to bottom: is it well, is the
// catalog fresh, is it whole, what changed, and what does it cost.
func (i *installation) addDashboard() {
	dashboard := awscloudwatch.NewDashboard(i.Stack, jsii.String("Dashboard"), &awscloudwatch.DashboardProps{
		DashboardName: &i.config.StackName, DefaultInterval: seconds(14 * 24 * time.Hour),
		PeriodOverride: awscloudwatch.PeriodOverride_INHERIT,
	})
	dashboard.AddWidgets(i.heading(), i.alarmStatus())
	dashboard.AddWidgets(
		i.figures("Freshness: runs that were completed, by interval", 8, line{report.MetricRunsCompleted, "completed", good}),
		i.figures("Coverage: the last run", 8,
			line{report.MetricCellsComplete, "cells read", good}, line{report.MetricCellsIncomplete, "cells not read", bad}),
		i.figures("Entities: the last run", 8,
			line{report.MetricResourcesRead, "resources", calm}, line{report.MetricEntitiesFailed, "refused by Port", bad}),
	)
	dashboard.AddWidgets(
		i.graph("Runs", true, line{report.MetricRunsCompleted, "completed", good},
			line{report.MetricRunsIncomplete, "incomplete", uncertain}, line{report.MetricRunsFailed, "failed", bad}),
		i.graph("Coverage by cells", true, line{report.MetricCellsComplete, "read", good}, line{report.MetricCellsIncomplete, "not read", bad}),
		i.graph("Accounts", true, line{report.MetricAccountsRead, "read", good}, line{report.MetricAccountsUnreachable, "unreachable", bad}),
	)
	dashboard.AddWidgets(
		i.graph("Resources", false, line{report.MetricResourcesRead, "read", calm}, line{report.MetricEntitiesUnchanged, "unchanged in Port", neutral}),
		i.graph("Changes in Port", true, line{report.MetricEntitiesCreated, "created", good}, line{report.MetricEntitiesUpdated, "updated", calm},
			line{report.MetricEntitiesDeleted, "deleted", uncertain}, line{report.MetricEntitiesFailed, "failed", bad}),
		i.graph("Deletes", false, line{report.MetricEntitiesDeleted, "deleted", calm}, line{report.MetricDeletesWithheld, "withheld", uncertain}),
	)
	dashboard.AddWidgets(
		i.graph("Calls", false, line{report.MetricAWSCalls, "AWS", calm}, line{report.MetricPortCalls, "Port", good}),
		i.graph("Throttles and retries", true, line{report.MetricAWSThrottles, "AWS throttles", uncertain},
			line{report.MetricAWSRetries, "AWS retries", neutral}, line{report.MetricPortThrottles, "Port throttles", bad}),
		i.deadline(),
	)
	dashboard.AddWidgets(i.lastRuns())
}

func (i *installation) heading() awscloudwatch.IWidget {
	return awscloudwatch.NewTextWidget(&awscloudwatch.TextWidgetProps{
		Width: jsii.Number(24), Height: jsii.Number(3), Background: awscloudwatch.TextWidgetBackground_TRANSPARENT,
		Markdown: jsii.String(fmt.Sprintf("# Portolan: %s\nRuns: `%s`. Below, most recent runs with the reason where one was not completed. "+
			"The whole report of each is in `s3://%s/%s/runs/`.",
			i.config.Settings.Identifier, i.config.Schedule.Expression, *i.state.BucketName(), statePrefix)),
	})
}

func (i *installation) alarmStatus() awscloudwatch.IWidget {
	alarms := make([]interfacesawscloudwatch.IAlarmRef, len(i.made))
	for n, a := range i.made {
		alarms[n] = a
	}
	return awscloudwatch.NewAlarmStatusWidget(&awscloudwatch.AlarmStatusWidgetProps{
		Title: jsii.String("Is it well?"), Alarms: &alarms, Width: jsii.Number(24), Height: jsii.Number(3),
	})
}

func (i *installation) metrics(lines []line) *[]awscloudwatch.IMetric {
	metrics := make([]awscloudwatch.IMetric, len(lines))
	for n, l := range lines {
		metrics[n] = i.metric(l.metric, sum, i.interval()).With(&awscloudwatch.MetricOptions{Label: &l.label, Color: &l.colour})
	}
	return &metrics
}

func (i *installation) figures(title string, width float64, lines ...line) awscloudwatch.IWidget {
	return awscloudwatch.NewSingleValueWidget(&awscloudwatch.SingleValueWidgetProps{
		Title: &title, Metrics: i.metrics(lines), Width: &width, Height: jsii.Number(4), Sparkline: jsii.Bool(true),
	})
}

func (i *installation) graph(title string, stacked bool, lines ...line) awscloudwatch.IWidget {
	return awscloudwatch.NewGraphWidget(&awscloudwatch.GraphWidgetProps{
		Title: &title, Left: i.metrics(lines), Stacked: &stacked, Width: jsii.Number(8), Height: jsii.Number(6),
		LeftYAxis: &awscloudwatch.YAxisProps{Min: jsii.Number(0), ShowUnits: jsii.Bool(false)},
	})
}

// deadline shows how long runs take, against the limit.
func (i *installation) deadline() awscloudwatch.IWidget {
	show := func(name, label, colour string) awscloudwatch.IMetric {
		return i.metric(name, highest, i.interval()).With(&awscloudwatch.MetricOptions{Label: &label, Color: &colour})
	}
	return awscloudwatch.NewGraphWidget(&awscloudwatch.GraphWidgetProps{
		Title: jsii.String("Duration against the deadline"), Width: jsii.Number(8), Height: jsii.Number(6),
		Left:  &[]awscloudwatch.IMetric{show(report.MetricDuration, "seconds", calm)},
		Right: &[]awscloudwatch.IMetric{show(report.MetricPeakMemory, "memory, MB", neutral)},
		LeftAnnotations: &[]*awscloudwatch.HorizontalAnnotation{{
			Value: jsii.Number(i.config.Function.Timeout.Seconds()), Label: jsii.String("time limit"), Color: jsii.String(bad),
		}},
		LeftYAxis:  &awscloudwatch.YAxisProps{Min: jsii.Number(0), ShowUnits: jsii.Bool(false)},
		RightYAxis: &awscloudwatch.YAxisProps{Min: jsii.Number(0), ShowUnits: jsii.Bool(false)},
	})
}

// lastRuns lists the ends of runs from the log, whose lines are JSON.
func (i *installation) lastRuns() awscloudwatch.IWidget {
	return awscloudwatch.NewLogQueryWidget(&awscloudwatch.LogQueryWidgetProps{
		Title: jsii.String("The last runs"), LogGroupNames: &[]*string{i.log.LogGroupName()}, Width: jsii.Number(24), Height: jsii.Number(8),
		View: awscloudwatch.LogQueryVisualizationType_TABLE,
		QueryLines: list(
			"fields @timestamp, run, status, reason, resources, created, updated, deleted, failed, seconds",
			`filter msg = "run ended"`, "sort @timestamp desc", "limit 20",
		),
	})
}

package estate

import (
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/jsii-runtime-go"

	"portolan/internal/report"
)

const (
	sum     = "Sum"
	highest = "Maximum"
)

// metric gives a metric of the runs.
func (i *installation) metric(name, statistic string, period time.Duration) awscloudwatch.Metric {
	return awscloudwatch.NewMetric(&awscloudwatch.MetricProps{
		Namespace: jsii.String(report.MetricNamespace), MetricName: &name, Statistic: &statistic, Period: seconds(period),
		DimensionsMap: &map[string]*string{report.MetricDimension: &i.config.Settings.Identifier},
	})
}

func seconds(d time.Duration) awscdk.Duration { return awscdk.Duration_Seconds(jsii.Number(d.Seconds())) }

// interval is the time in which one run is expected, as a period of CloudWatch: whole
// minutes, at most a day.
func (i *installation) interval() time.Duration {
	return min(max(i.config.Settings.ResyncInterval, 5*time.Minute), 24*time.Hour)
}

// overdue says how CloudWatch is to look whether a run was completed within two
// intervals: so many periods of such a length. It looks back a day at most by
// periods below an hour, and seven days by longer ones:
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
func (i *installation) overdue() (periods int, of time.Duration) {
	two := 2 * i.config.Settings.ResyncInterval
	of = time.Hour
	if two < 6*of {
		of = 5 * time.Minute
	}
	periods = int((two + of - 1) / of)
	return min(max(periods, 1), int(7*24*time.Hour/time.Hour)), of
}

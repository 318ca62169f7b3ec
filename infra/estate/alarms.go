package estate

import (
	"math"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatchactions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssnssubscriptions"
	"github.com/aws/jsii-runtime-go"

	"portolan/internal/report"
)

// alarm goes off when its metric reaches the threshold.
type alarm struct {
	id, name, about string
	metric          awscloudwatch.Metric
	threshold       float64
}

// nearDeadline is the percentage of its time after which a run sets off an alarm.
const nearDeadline = 90

// The statistics that the alarms look at.
const sum, most = "Sum", "Maximum"

// addAlarms creates the alarms and their notifications.
func (e *estate) addAlarms() {
	five := awscdk.Duration_Minutes(jsii.Number(5))
	queue := &awscloudwatch.MetricOptions{Period: five, Statistic: jsii.String(most)}
	for _, a := range append(append(e.runAlarms(five), e.eventAlarms(five, queue)...),
		alarm{"RunIncomplete", "run-incomplete", "A run did not read everything. Its report in the log says what is missing, why, and how to fix it.",
			e.metric(report.MetricRunsIncomplete, sum, five), 1},
		// Not DeletesWithheld: what is merely older than a history's days is withheld in every run.
		alarm{"DeletesWithheld", "deletes-withheld", "A limit stopped a run from deleting entities. Look at make plan; if it is right, run once with allowMassDelete.",
			e.metric(report.MetricDeletesTripped, sum, five), 1},
		alarm{"FailedRunsWaiting", "failed-runs-waiting", "The function failed on an event, and again on its retry. The event is in the queue.",
			e.failedRuns.MetricApproximateNumberOfMessagesVisible(queue), 1},
		alarm{"FailedStartsWaiting", "failed-starts-waiting", "A schedule could not start a run. The event is in the queue.",
			e.failedStarts.MetricApproximateNumberOfMessagesVisible(queue), 1},
	) {
		// Without a run there is no data, and nothing went wrong.
		e.addAlarm(a, awscloudwatch.ComparisonOperator_GREATER_THAN_OR_EQUAL_TO_THRESHOLD, 1, awscloudwatch.TreatMissingData_NOT_BREACHING)
	}
	e.addFreshnessAlarm()
	e.notify()
}

// eventAlarms returns the alarms about events, if any come. Messages wait as long as a run
// writes.
func (e *estate) eventAlarms(period awscdk.Duration, waiting *awscloudwatch.MetricOptions) []alarm {
	if !e.Events.Enabled {
		return nil
	}
	return []alarm{
		{"EventsWaiting", "events-waiting", "Events have waited for an hour longer than a run may take. make logs shows why; the next run reads the cells that they are about.",
			e.events.MetricApproximateAgeOfOldestMessage(&awscloudwatch.MetricOptions{Period: period, Statistic: jsii.String(most)}),
			(e.timeLimit() + time.Hour).Seconds()},
		{"FailedEventsWaiting", "failed-events-waiting", "The function did not take events, however often they came. They are in the queue; the next run reads the cells that they are about.",
			e.failedEvents.MetricApproximateNumberOfMessagesVisible(waiting), 1},
	}
}

// runAlarms returns the alarms about a run, which is an invocation or an execution. Single
// invocations of an execution may fail without harm: they are retried, and what fails for good is
// in the report.
func (e *estate) runAlarms(period awscdk.Duration) []alarm {
	const failed, near = "run-failed", "near-deadline"
	if e.machine == nil {
		return []alarm{
			{"RunFailed", failed, "A run could do nothing. make logs shows why.",
				e.function.MetricErrors(&awscloudwatch.MetricOptions{Period: period, Statistic: jsii.String(sum)}), 1},
			{"NearDeadline", near, "A run took more than nine tenths of its time. Narrow it, raise timeout or memorySize, or set scale to distributed.",
				e.metric(report.MetricDeadlineUsed, most, period), nearDeadline},
		}
	}
	return []alarm{
		{"RunFailed", failed, "An execution failed: a run did not begin, or could not be finished. The execution shows where and why; it can be redriven.",
			e.executions("ExecutionsFailed", sum, period), 1},
		{"RunTimedOut", "run-timed-out", "An execution was ended after scaleTimeout, before its run was finished. Redrive it, raise scaleConcurrency or scaleTimeout.",
			e.executions("ExecutionsTimedOut", sum, period), 1},
		{"NearDeadline", near, "An execution took more than nine tenths of scaleTimeout. Raise scaleConcurrency or scaleTimeout.",
			e.executions("ExecutionTime", most, period), float64(e.Scale.Timeout.Milliseconds()) * nearDeadline / 100},
	}
}

func (e *estate) addAlarm(a alarm, compare awscloudwatch.ComparisonOperator, periods int, missing awscloudwatch.TreatMissingData) {
	e.alarms = append(e.alarms, awscloudwatch.NewAlarm(e.stack, jsii.String(a.id+"Alarm"), &awscloudwatch.AlarmProps{
		AlarmName: e.name("-" + a.name), AlarmDescription: jsii.String(a.about),
		Metric: a.metric, Threshold: jsii.Number(a.threshold), ComparisonOperator: compare,
		EvaluationPeriods: jsii.Number(periods), TreatMissingData: missing,
	}))
}

// addFreshnessAlarm creates the alarm that goes off when no run has completed for two intervals,
// so that missing data sets it off. There is none if the window is longer than a week, which is
// as far as an alarm looks back, or if the schedule is off.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html
func (e *estate) addFreshnessAlarm() {
	const week = 7 * 24 * time.Hour
	window := 2 * e.Settings.Schedule.Interval
	if !e.Schedule.Enabled || window > week {
		return
	}
	// Many short periods instead of a long one: the alarm is at most an hour late.
	period := min(time.Hour, window)
	a := alarm{"Stale", "stale", "No run has completed for two intervals: Port may not show what AWS has.",
		e.metric(report.MetricRunsCompleted, "Sum", awscdk.Duration_Minutes(jsii.Number(period.Minutes()))), 1}
	e.addAlarm(a, awscloudwatch.ComparisonOperator_LESS_THAN_THRESHOLD, int(math.Ceil(float64(window)/float64(period))),
		awscloudwatch.TreatMissingData_BREACHING)
}

// metric returns one of the metrics that the function writes.
func (e *estate) metric(name, statistic string, period awscdk.Duration) awscloudwatch.Metric {
	return awscloudwatch.NewMetric(&awscloudwatch.MetricProps{
		Namespace: jsii.String(report.MetricNamespace), MetricName: jsii.String(name),
		DimensionsMap: &map[string]*string{report.MetricDimension: jsii.String(e.Settings.Integration.Identifier)},
		Statistic:     jsii.String(statistic), Period: period,
	})
}

// notify sends the start and the end of each alarm to the topics, if there are any.
func (e *estate) notify() {
	var topics []awssns.ITopic
	if e.Alarms.Email != "" {
		topics = append(topics, e.addTopic())
	}
	if e.Alarms.TopicARN != "" {
		topics = append(topics, awssns.Topic_FromTopicArn(e.stack, jsii.String("AlarmTopic"), jsii.String(e.Alarms.TopicARN)))
	}
	for _, topic := range topics {
		action := awscloudwatchactions.NewSnsAction(topic)
		for _, alarm := range e.alarms {
			alarm.AddAlarmAction(action)
			alarm.AddOkAction(action)
		}
	}
}

// addTopic creates the topic that mails the alarms. It has a key of its own, because AWS's key for
// topics does not admit CloudWatch:
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html
func (e *estate) addTopic() awssns.Topic {
	fromHere := map[string]any{
		"StringEquals": map[string]any{"aws:SourceAccount": awscdk.Aws_ACCOUNT_ID()},
		"ArnLike":      map[string]any{"aws:SourceArn": arn("cloudwatch", "alarm:"+e.StackName+"-*")},
	}
	cloudWatch := func(sid string, resource *string, actions ...string) awsiam.PolicyStatement {
		return awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
			Sid: jsii.String(sid), Actions: jsii.Strings(actions...), Resources: &[]*string{resource}, Conditions: &fromHere,
			Principals: &[]awsiam.IPrincipal{awsiam.NewServicePrincipal(jsii.String("cloudwatch.amazonaws.com"), nil)},
		})
	}
	key := awskms.NewKey(e.stack, jsii.String("MailKey"), &awskms.KeyProps{
		Description: jsii.String("Encrypts the alarms of Portolan"), EnableKeyRotation: jsii.Bool(true),
		RemovalPolicy: awscdk.RemovalPolicy_DESTROY,
	})
	key.AddToResourcePolicy(cloudWatch("Alarms", jsii.String("*"), "kms:Decrypt", "kms:GenerateDataKey"), nil)
	topic := awssns.NewTopic(e.stack, jsii.String("Mail"), &awssns.TopicProps{
		DisplayName: e.name(" alarms"), MasterKey: key, EnforceSSL: jsii.Bool(true),
	})
	topic.AddToResourcePolicy(cloudWatch("Alarms", topic.TopicArn(), "sns:Publish"))
	topic.AddSubscription(awssnssubscriptions.NewEmailSubscription(jsii.String(e.Alarms.Email), nil))
	return topic
}

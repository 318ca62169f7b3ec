package estate

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatchactions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssnssubscriptions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/jsii-runtime-go"

	"portolan/internal/report"
)

// nearDeadline is the share of its time, in percent, beyond which a run is soon too
// long.
const nearDeadline = 90

// alarm is what a person should know of.
type alarm struct {
	id, meaning string
	metric      awscloudwatch.IMetric
	above       float64
	// below, if it is set, turns the alarm round: it is about what does not come.
	below            float64
	periods          int // 0 is 1
	silenceIsTrouble bool
}

// addAlarms makes the alarms, and tells somebody if somebody is to be told.
func (i *installation) addAlarms() {
	var actions []awscloudwatch.IAlarmAction
	for _, topic := range i.topics() {
		actions = append(actions, awscloudwatchactions.NewSnsAction(topic))
	}
	for _, a := range i.alarms() {
		made := i.addAlarm(a)
		made.AddAlarmAction(actions...)
		made.AddOkAction(actions...)
		i.made = append(i.made, made)
	}
}

func (i *installation) alarms() []alarm {
	interval := i.interval()
	alarms := []alarm{
		{id: "RunFailed", meaning: "A run could do nothing, or the function's settings are wrong: see the log",
			metric: i.function.MetricErrors(&awscloudwatch.MetricOptions{Period: seconds(interval), Statistic: jsii.String(sum)})},
		{id: "RunIncomplete", meaning: "A run did not read everything: its report says what, why, and what mends it",
			metric: i.metric(report.MetricRunsIncomplete, sum, interval)},
		{id: "NearDeadline", meaning: "A run needs almost all of the function's time limit: narrow it, or give it more memory",
			metric: i.metric(report.MetricDeadlineUsed, highest, interval), above: nearDeadline},
		{id: "DeletesTripped", meaning: "A limit kept entities from being deleted: look at a plan, and if it is right run once with allowMassDelete",
			metric: i.metric(report.MetricDeletesTripped, sum, interval)},
		{id: "RunDeadLetter", meaning: "Runs that Lambda gave up are in the queue of failed runs", metric: waiting(i.unsuccessful)},
		{id: "ScheduleDeadLetter", meaning: "The schedule could not start runs: they are in the queue of failed schedules",
			metric: waiting(i.undelivered)},
	}
	if i.config.Schedule.Enabled {
		periods, of := i.overdue()
		alarms = append(alarms, alarm{id: "RunOverdue", meaning: "No run was completed within two intervals",
			metric: i.metric(report.MetricRunsCompleted, sum, of), below: 1, periods: periods, silenceIsTrouble: true})
	}
	return alarms
}

func waiting(queue awssqs.Queue) awscloudwatch.IMetric {
	return queue.MetricApproximateNumberOfMessagesVisible(&awscloudwatch.MetricOptions{Statistic: jsii.String(highest)})
}

func (i *installation) addAlarm(a alarm) awscloudwatch.Alarm {
	missing := awscloudwatch.TreatMissingData_NOT_BREACHING
	if a.silenceIsTrouble {
		missing = awscloudwatch.TreatMissingData_BREACHING
	}
	threshold, comparison := a.above, awscloudwatch.ComparisonOperator_GREATER_THAN_THRESHOLD
	if a.below > 0 {
		threshold, comparison = a.below, awscloudwatch.ComparisonOperator_LESS_THAN_THRESHOLD
	}
	return awscloudwatch.NewAlarm(i.Stack, &a.id, &awscloudwatch.AlarmProps{
		AlarmName: jsii.String(i.config.StackName + "-" + a.id), AlarmDescription: &a.meaning,
		Metric: a.metric, Threshold: &threshold, ComparisonOperator: comparison,
		EvaluationPeriods: jsii.Number(max(a.periods, 1)), TreatMissingData: missing,
	})
}

// topics are where alarms go. CloudWatch cannot use AWS's own key for SNS, so that
// the topic is encrypted with the installation's key or not at all; an alarm's text
// holds no name of a resource of the estate.
func (i *installation) topics() (topics []awssns.ITopic) {
	if i.config.AlarmEmail != "" {
		topic := awssns.NewTopic(i.Stack, jsii.String("Alarms"), &awssns.TopicProps{
			DisplayName: jsii.String("Portolan"), EnforceSSL: jsii.Bool(true), MasterKey: i.key,
		})
		topic.AddSubscription(awssnssubscriptions.NewEmailSubscription(&i.config.AlarmEmail, nil))
		topics = append(topics, topic)
	}
	if i.config.AlarmTopicARN != "" {
		topics = append(topics, awssns.Topic_FromTopicArn(i.Stack, jsii.String("AlarmTopic"), &i.config.AlarmTopicARN))
	}
	return topics
}

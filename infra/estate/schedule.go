package estate

import (
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsscheduler"
	"github.com/aws/jsii-runtime-go"

	"portolan/infra/config"
)

// The inputs of the schedules: one names its source as EventBridge Scheduler's own event does, and
// the other asks for a run only if somebody asked Port for one.
const (
	scheduledEvent = `{"version":"0","detail-type":"Scheduled Event","source":"aws.scheduler","detail":{}}`
	pollRequest    = `{"action":"poll"}`
)

// addSchedule creates the schedules that start the runs, their role, and the queue of what they
// could not start.
func (e *estate) addSchedule() {
	e.failedStarts = e.addQueue("FailedStarts")
	start, started := only("StartFunction", "lambda:InvokeFunction", e.function.FunctionArn()), "function"
	if e.Scale.IsDistributed() {
		start, started = only("StartMachine", "states:StartExecution", e.machine.Ref()), "state machine"
	}
	// Only schedules of this account may use the role:
	// https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
	role := awsiam.NewRole(e.stack, jsii.String("ScheduleRole"), &awsiam.RoleProps{
		Description: jsii.String("Portolan's schedule starts the " + started + " with this role"),
		AssumedBy: awsiam.NewServicePrincipal(jsii.String("scheduler.amazonaws.com"), nil).WithConditions(&map[string]any{
			"StringEquals": map[string]any{
				"aws:SourceAccount": awscdk.Aws_ACCOUNT_ID(),
				"aws:SourceArn":     arn("scheduler", "schedule-group/default"),
			},
		}),
		InlinePolicies: &map[string]awsiam.PolicyDocument{"schedule": awsiam.NewPolicyDocument(&awsiam.PolicyDocumentProps{
			Statements: &[]awsiam.PolicyStatement{start, only("KeepFailedStarts", "sqs:SendMessage", e.failedStarts.QueueArn())},
		})},
	})
	window := &awsscheduler.CfnSchedule_FlexibleTimeWindowProperty{Mode: jsii.String("OFF")}
	if e.Schedule.Window > 0 {
		window.Mode = jsii.String("FLEXIBLE")
		window.MaximumWindowInMinutes = jsii.Number(e.Schedule.Window.Minutes())
	}
	e.addScheduleOf("Schedule", &awsscheduler.CfnScheduleProps{
		Name:                       e.name(""),
		Description:                jsii.String("Starts Portolan's runs"),
		ScheduleExpression:         jsii.String(e.Schedule.Expression),
		ScheduleExpressionTimezone: jsii.String(e.Schedule.Timezone),
		FlexibleTimeWindow:         window,
	}, role, scheduledEvent, maxEventAge*time.Minute)
	if e.Schedule.Poll == 0 {
		return
	}
	e.addScheduleOf("Poll", &awsscheduler.CfnScheduleProps{
		Name:               e.name("-poll"),
		Description:        jsii.String("Makes Portolan ask Port whether somebody wants a run"),
		ScheduleExpression: jsii.String(config.Rate(e.Schedule.Poll)),
		FlexibleTimeWindow: &awsscheduler.CfnSchedule_FlexibleTimeWindowProperty{Mode: jsii.String("OFF")},
		// A poll that is older than the next one asks nothing new.
	}, role, pollRequest, e.Schedule.Poll)
}

// addScheduleOf creates a schedule that starts the function, or the state machine, with an input.
// A start that does not succeed within age goes to the queue.
func (e *estate) addScheduleOf(id string, props *awsscheduler.CfnScheduleProps, role awsiam.Role, input string, age time.Duration) {
	target := e.function.FunctionArn()
	if e.Scale.IsDistributed() {
		target = e.machine.Ref()
	}
	props.State = jsii.String("DISABLED")
	if e.Schedule.Enabled {
		props.State = jsii.String("ENABLED")
	}
	props.Target = &awsscheduler.CfnSchedule_TargetProperty{
		Arn:              target,
		RoleArn:          role.RoleArn(),
		Input:            jsii.String(input),
		DeadLetterConfig: &awsscheduler.CfnSchedule_DeadLetterConfigProperty{Arn: e.failedStarts.QueueArn()},
		RetryPolicy: &awsscheduler.CfnSchedule_RetryPolicyProperty{
			MaximumRetryAttempts: jsii.Number(5), MaximumEventAgeInSeconds: jsii.Number(age.Seconds()),
		},
	}
	schedule := awsscheduler.NewCfnSchedule(e.stack, jsii.String(id), props)
	for _, before := range e.roles {
		schedule.AddResourceDependency(before, jsii.String("a rate without a start date begins at once"))
	}
}

// only allows one action on one resource.
func only(sid, action string, resource *string) awsiam.PolicyStatement {
	return awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Sid: jsii.String(sid), Actions: jsii.Strings(action), Resources: &[]*string{resource},
	})
}

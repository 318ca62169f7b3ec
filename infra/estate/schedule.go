package estate

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsscheduler"
	"github.com/aws/jsii-runtime-go"
)

// addSchedule makes the schedule that starts the runs, its role, and the queue of
// what it could not start.
func (e *estate) addSchedule() {
	e.failedStarts = e.addQueue("FailedStarts")
	// Only schedules of this account may use the role:
	// https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
	role := awsiam.NewRole(e.stack, jsii.String("ScheduleRole"), &awsiam.RoleProps{
		Description: jsii.String("The schedule of Portolan starts the function with this role"),
		AssumedBy: awsiam.NewServicePrincipal(jsii.String("scheduler.amazonaws.com"), nil).WithConditions(&map[string]any{
			"StringEquals": map[string]any{
				"aws:SourceAccount": awscdk.Aws_ACCOUNT_ID(),
				"aws:SourceArn":     arn("scheduler", "schedule-group/default"),
			},
		}),
		InlinePolicies: &map[string]awsiam.PolicyDocument{"schedule": awsiam.NewPolicyDocument(&awsiam.PolicyDocumentProps{
			Statements: &[]awsiam.PolicyStatement{
				only("StartFunction", "lambda:InvokeFunction", e.function.FunctionArn()),
				only("KeepFailedStarts", "sqs:SendMessage", e.failedStarts.QueueArn()),
			},
		})},
	})
	window := &awsscheduler.CfnSchedule_FlexibleTimeWindowProperty{Mode: jsii.String("OFF")}
	if e.Schedule.Window > 0 {
		window.Mode = jsii.String("FLEXIBLE")
		window.MaximumWindowInMinutes = jsii.Number(e.Schedule.Window.Minutes())
	}
	state := "DISABLED"
	if e.Schedule.Enabled {
		state = "ENABLED"
	}
	schedule := awsscheduler.NewCfnSchedule(e.stack, jsii.String("Schedule"), &awsscheduler.CfnScheduleProps{
		Name:                       e.name(""),
		Description:                jsii.String("Starts the runs of Portolan"),
		ScheduleExpression:         jsii.String(e.Schedule.Expression),
		ScheduleExpressionTimezone: jsii.String(e.Schedule.Timezone),
		FlexibleTimeWindow:         window,
		State:                      jsii.String(state),
		// Without an input the function gets the event of EventBridge Scheduler, and so
		// knows who asks.
		Target: &awsscheduler.CfnSchedule_TargetProperty{
			Arn:              e.function.FunctionArn(),
			RoleArn:          role.RoleArn(),
			DeadLetterConfig: &awsscheduler.CfnSchedule_DeadLetterConfigProperty{Arn: e.failedStarts.QueueArn()},
			RetryPolicy: &awsscheduler.CfnSchedule_RetryPolicyProperty{
				MaximumRetryAttempts: jsii.Number(5), MaximumEventAgeInSeconds: jsii.Number(maxEventAge * 60),
			},
		},
	})
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

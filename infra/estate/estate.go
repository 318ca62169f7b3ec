package estate

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsstepfunctions"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"portolan/infra/config"
)

// estate is the stack while it is built.
type estate struct {
	*config.Config
	stack awscdk.Stack

	secretARN *string
	// externalID is what the roles require; nil if they require none.
	externalID *string
	// enteredRole is the role through which the Organization is listed; nil without
	// an Organization.
	enteredRole *string
	// roles have to exist before the first run.
	roles []awscdk.CfnResource

	execution    awsiam.Role
	state        awss3.Bucket
	log          awslogs.CfnLogGroup
	failedRuns   awssqs.Queue // events that the function failed on
	failedStarts awssqs.Queue // events that never reached the function
	function     awslambda.Function
	machine      awsstepfunctions.CfnStateMachine // nil unless distributed
	hub          awsevents.CfnEventBus            // nil without events, as the next two
	events       awssqs.Queue
	failedEvents awssqs.Queue // what the function did not take for events
	readRoles    awscdk.CfnStackSet
	alarms       []awscloudwatch.Alarm
	console      awscdk.CfnMapping // nil until it is first used
}

// New adds the stack to an app. Code is the folder with the function's bootstrap, built for
// Linux on arm64.
func New(app constructs.Construct, c *config.Config, code string) awscdk.Stack {
	e := &estate{Config: c, stack: awscdk.NewStack(app, jsii.String(c.StackName), &awscdk.StackProps{
		StackName:   jsii.String(c.StackName),
		Description: jsii.String("Portolan charts AWS accounts into Port (integration " + c.Settings.Integration.Identifier + ")"),
	})}
	e.addExecutionRole()
	e.addState()
	e.addSecret()
	e.addHub()
	e.addReadRoles()
	e.addEventQueue()
	e.addFunction(code)
	e.addMachine()
	e.addEvents()
	e.addSchedule()
	e.addAlarms()
	e.addDashboard()
	e.addOutputs()
	return e.stack
}

// name returns a name for a resource, which begins with the stack's.
func (e *estate) name(suffix string) *string { return jsii.String(e.StackName + suffix) }

// arn returns an ARN in the stack's own partition, region and account.
func arn(service, resource string) *string {
	return awscdk.Fn_Sub(jsii.String("arn:${AWS::Partition}:"+service+":${AWS::Region}:${AWS::AccountId}:"+resource), nil)
}

// allow adds a permission to the function's role.
func (e *estate) allow(sid string, actions []string, resource *string, conditions map[string]any) {
	props := &awsiam.PolicyStatementProps{Sid: jsii.String(sid), Actions: jsii.Strings(actions...), Resources: &[]*string{resource}}
	if conditions != nil {
		props.Conditions = &conditions
	}
	e.execution.AddToPolicy(awsiam.NewPolicyStatement(props))
}

package estate

import (
	"encoding/json"
	"fmt"
	"math"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/jsii-runtime-go"

	"portolan/infra/config"
	"portolan/internal/aws/event"
)

// The way of an event: a rule in its account and region, which uses the forwarder, a role in that
// account, to put it on the hub, a bus in the stack's account; the hub's rule; the queue; the function.
const (
	forwarderID = "EventForwarder"
	paramHub    = "EventBusArn"
	rulesOf     = "Passes events that matter to Portolan to its event bus"
)

// forwarderName returns the name of the forwarder, which is the same in every account.
func forwarderName(c *config.Config) string { return c.StackName + "-forward-events" }

// forwarder returns the role with which an account's rules put events on the hub.
func forwarder(c *config.Config, hub any) resource {
	return resource{"AWS::IAM::Role", object{
		"RoleName":    forwarderName(c),
		"Description": rulesOf,
		"AssumeRolePolicyDocument": object{
			"Version": "2012-10-17",
			"Statement": []any{object{
				"Effect":    "Allow",
				"Action":    "sts:AssumeRole",
				"Principal": object{"Service": "events.amazonaws.com"},
				"Condition": object{
					"StringEquals": object{"aws:SourceAccount": object{"Ref": "AWS::AccountId"}},
					"ArnLike":      object{"aws:SourceArn": object{"Fn::Sub": "arn:${AWS::Partition}:events:*:${AWS::AccountId}:rule/" + c.StackName + "-events-*"}},
				},
			}},
		},
		"Policies": []any{object{"PolicyName": "forward", "PolicyDocument": object{
			"Version":   "2012-10-17",
			"Statement": []any{object{"Sid": "ForwardEvents", "Effect": "Allow", "Action": "events:PutEvents", "Resource": hub}},
		}}},
	}}
}

// rulesTemplate returns the CloudFormation template of the rules for each account and region.
func rulesTemplate(c *config.Config) []byte {
	resources := map[string]resource{}
	for i, pattern := range event.Patterns(c.Read.Kinds) {
		var parsed any
		if err := json.Unmarshal([]byte(pattern), &parsed); err != nil {
			panic(err) // it was just written
		}
		resources[fmt.Sprintf("Rule%d", i+1)] = resource{"AWS::Events::Rule", object{
			"Name":         fmt.Sprintf("%s-events-%d", c.StackName, i+1),
			"Description":  rulesOf,
			"EventPattern": parsed,
			"State":        "ENABLED",
			// A bus that lets in an Organization wants a role:
			// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutTargets.html
			"Targets": []any{object{
				"Id": "hub", "Arn": object{"Ref": paramHub},
				"RoleArn": object{"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/" + forwarderName(c)},
			}},
		}}
	}
	text, err := json.Marshal(object{
		"AWSTemplateFormatVersion": "2010-09-09",
		"Description":              rulesOf,
		"Parameters":               object{paramHub: object{"Type": "String", "Description": "The event bus that takes the events"}},
		"Resources":                resources,
	})
	if err != nil {
		panic(err) // it holds only texts
	}
	return text
}

// addHub creates the bus that takes the events of all accounts, which the roles name. Only the
// Organization may put events on it.
func (e *estate) addHub() {
	if !e.Events.Enabled {
		return
	}
	e.hub = awsevents.NewCfnEventBus(e.stack, jsii.String("EventBus"), &awsevents.CfnEventBusProps{
		Name: e.name("-events"),
	})
	if e.Mode != config.Organization {
		return // the account's own roles need no policy
	}
	awsevents.NewCfnEventBusPolicy(e.stack, jsii.String("EventBusPolicy"), &awsevents.CfnEventBusPolicyProps{
		EventBusName: e.hub.Ref(), StatementId: jsii.String("Organization"),
		Statement: object{
			"Sid": "Organization", "Effect": "Allow", "Principal": "*", "Action": "events:PutEvents", "Resource": e.hub.AttrArn(),
			"Condition": object{"StringEquals": object{"aws:PrincipalOrgID": e.Members.OrganizationID}},
		},
	})
}

// addEventQueue creates the queue that the events come through, which the function is told of, and
// that of those it gave up.
func (e *estate) addEventQueue() {
	if !e.Events.Enabled {
		return
	}
	e.failedEvents = e.addQueue("FailedEvents")
	// A batch that comes back is seen again when the function cannot be at it any more:
	// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
	visible := e.Function.Timeout + e.Events.Window + time.Minute
	e.events = awssqs.NewQueue(e.stack, jsii.String("Events"), &awssqs.QueueProps{
		Encryption: awssqs.QueueEncryption_SQS_MANAGED, EnforceSSL: jsii.Bool(true),
		RetentionPeriod:   awscdk.Duration_Days(jsii.Number(14)),
		DeliveryDelay:     awscdk.Duration_Seconds(jsii.Number(e.Settings.Schedule.Events.Wait.Seconds())),
		VisibilityTimeout: awscdk.Duration_Seconds(jsii.Number(visible.Seconds())),
		DeadLetterQueue: &awssqs.DeadLetterQueue{
			// Messages come back as long as another run writes. No run does longer than this.
			Queue: e.failedEvents, MaxReceiveCount: jsii.Number(20 + math.Ceil(float64(e.timeLimit())/float64(visible))),
		},
	})
	e.allow("TakeEvents", []string{"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:SendMessage"}, e.events.QueueArn(), nil)
	// What the doctor looks at, and its test event.
	e.allow("LookAtFailedEvents", []string{"sqs:GetQueueAttributes"}, e.failedEvents.QueueArn(), nil)
	e.allow("LookAtEventSource", []string{"lambda:ListEventSourceMappings"}, jsii.String("*"), nil) // which takes no narrower resource
	e.allow("TestEvents", []string{"events:DescribeEventBus", "events:PutEvents"}, e.hub.AttrArn(), nil)
	rule := awsevents.NewCfnRule(e.stack, jsii.String("EventBusRule"), &awsevents.CfnRuleProps{
		Name: e.name("-events"), Description: jsii.String("Passes what the bus takes to Portolan's queue"),
		EventBusName: e.hub.Ref(), EventPattern: plain(json.RawMessage(event.Source)), State: jsii.String("ENABLED"),
		Targets: []any{&awsevents.CfnRule_TargetProperty{
			Id: jsii.String("queue"), Arn: e.events.QueueArn(),
			DeadLetterConfig: &awsevents.CfnRule_DeadLetterConfigProperty{Arn: e.failedEvents.QueueArn()},
		}},
	})
	e.allow("LookAtEventRule", []string{"events:DescribeRule", "events:ListTargetsByRule"}, rule.AttrArn(), nil)
	for _, queue := range []awssqs.Queue{e.events, e.failedEvents} {
		queue.AddToResourcePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
			Sid: jsii.String("Events"), Actions: jsii.Strings("sqs:SendMessage"), Resources: &[]*string{queue.QueueArn()},
			Principals: &[]awsiam.IPrincipal{awsiam.NewServicePrincipal(jsii.String("events.amazonaws.com"), nil)},
			Conditions: &map[string]any{"ArnEquals": map[string]any{"aws:SourceArn": rule.AttrArn()}},
		}))
	}
}

// addEvents lets the queue invoke the function, and creates the rules in every account and region.
func (e *estate) addEvents() {
	if !e.Events.Enabled {
		return
	}
	mapping := awslambda.NewCfnEventSourceMapping(e.stack, jsii.String("EventSource"), &awslambda.CfnEventSourceMappingProps{
		EventSourceArn: e.events.QueueArn(), FunctionName: e.function.FunctionName(),
		BatchSize: jsii.Number(10_000), MaximumBatchingWindowInSeconds: jsii.Number(e.Events.Window.Seconds()),
		ScalingConfig:         &awslambda.CfnEventSourceMapping_ScalingConfigProperty{MaximumConcurrency: jsii.Number(e.Events.Concurrency)},
		FunctionResponseTypes: jsii.Strings("ReportBatchItemFailures"),
	})
	mapping.Node().AddDependency(e.execution) // without its policy the role may not take messages
	e.addOwnRules()
	if e.Mode == config.Organization {
		e.addRules()
	}
}

// addRules creates the rules in every other account, including future ones, after the roles that
// they use.
func (e *estate) addRules() {
	set := e.stackSetInMembers("-event-rules", "The rules that pass events to Portolan", rulesTemplate(e.Config))
	set.StackInstancesGroup = e.members(*jsii.Strings(e.Events.Regions...)...)
	set.OperationPreferences = everywhere(e.Members.StackSet.FailureTolerance, e.Members.StackSet.Concurrency)
	set.Parameters = &[]any{parameterOf(paramHub, e.hub.AttrArn())}
	// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-cloudformation-stackset-autodeployment.html
	set.AutoDeployment = &awscdk.CfnStackSet_AutoDeploymentProperty{
		Enabled: true, RetainStacksOnAccountRemoval: false,
		DependsOn: &[]*string{awscdk.Fn_Sub(jsii.String("arn:${AWS::Partition}:cloudformation:${AWS::Region}:${AWS::AccountId}:stackset/${"+readRolesID+"}"), nil)},
	}
	awscdk.NewCfnStackSet(e.stack, jsii.String("EventRules"), set).AddResourceDependency(e.readRoles, jsii.String("the rules use a role of theirs"))
}

// The roles by which the StackSet of the stack's own account makes the rules there.
const administrator, executor = "-rules-administrator", "-rules-executor"

// addOwnRules creates the forwarder and the rules in the stack's own account, in every region: a
// StackSet of the Organization never reaches the management account.
func (e *estate) addOwnRules() {
	role := forwarder(e.Config, e.hub.AttrArn()).Properties
	own := awsiam.NewCfnRole(e.stack, jsii.String(forwarderID), &awsiam.CfnRoleProps{
		RoleName: jsii.String(forwarderName(e.Config)), Description: jsii.String(rulesOf),
		AssumeRolePolicyDocument: role["AssumeRolePolicyDocument"],
		Policies: &[]any{&awsiam.CfnRole_PolicyProperty{
			PolicyName: jsii.String("forward"), PolicyDocument: role["Policies"].([]any)[0].(object)["PolicyDocument"],
		}},
	})
	fixed := func(text string) *string { return awscdk.Fn_Sub(jsii.String(text), nil) }
	here := map[string]any{"StringEquals": map[string]any{"aws:SourceAccount": awscdk.Aws_ACCOUNT_ID()}}
	executorARN := fixed("arn:${AWS::Partition}:iam::${AWS::AccountId}:role/" + e.StackName + executor)
	admin := awsiam.NewRole(e.stack, jsii.String("RulesAdministrator"), &awsiam.RoleProps{
		RoleName: e.name(administrator), Description: jsii.String("CloudFormation makes Portolan's rules in this account through this role"),
		AssumedBy: awsiam.NewServicePrincipal(jsii.String("cloudformation.amazonaws.com"), nil).WithConditions(&here),
		InlinePolicies: &map[string]awsiam.PolicyDocument{"rules": awsiam.NewPolicyDocument(&awsiam.PolicyDocumentProps{
			Statements: &[]awsiam.PolicyStatement{only("Execute", "sts:AssumeRole", executorARN)},
		})},
	})
	allow := func(sid string, resource *string, actions ...string) awsiam.PolicyStatement {
		return awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{Sid: jsii.String(sid), Actions: jsii.Strings(actions...), Resources: &[]*string{resource}})
	}
	pass := only("PassForwarder", "iam:PassRole", own.AttrArn())
	pass.AddCondition(jsii.String("StringEquals"), map[string]any{"iam:PassedToService": "events.amazonaws.com"})
	exec := awsiam.NewRole(e.stack, jsii.String("RulesExecutor"), &awsiam.RoleProps{
		RoleName: e.name(executor), Description: jsii.String("CloudFormation makes Portolan's rules in this account with this role"),
		AssumedBy: awsiam.NewArnPrincipal(admin.RoleArn()),
		InlinePolicies: &map[string]awsiam.PolicyDocument{"rules": awsiam.NewPolicyDocument(&awsiam.PolicyDocumentProps{
			Statements: &[]awsiam.PolicyStatement{
				allow("Stacks", fixed("arn:${AWS::Partition}:cloudformation:*:${AWS::AccountId}:stack/StackSet-"+e.StackName+"-own-event-rules-*"),
					"cloudformation:CreateStack", "cloudformation:UpdateStack", "cloudformation:DeleteStack", "cloudformation:DescribeStacks",
					"cloudformation:DescribeStackEvents", "cloudformation:DescribeStackResources", "cloudformation:ListStackResources", "cloudformation:GetTemplate"),
				allow("Rules", fixed("arn:${AWS::Partition}:events:*:${AWS::AccountId}:rule/"+e.StackName+"-events-*"),
					"events:DescribeRule", "events:ListTargetsByRule", "events:PutRule", "events:PutTargets", "events:RemoveTargets", "events:DeleteRule"),
				pass,
			},
		})},
	})
	set := awscdk.NewCfnStackSet(e.stack, jsii.String("OwnEventRules"), &awscdk.CfnStackSetProps{
		StackSetName: e.name("-own-event-rules"), Description: jsii.String("The rules that pass the stack's own account's events to Portolan"),
		PermissionModel: jsii.String("SELF_MANAGED"), AdministrationRoleArn: admin.RoleArn(), ExecutionRoleName: e.name(executor),
		OperationPreferences: everywhere(100, 100),
		StackInstancesGroup: &[]any{&awscdk.CfnStackSet_StackInstancesProperty{
			DeploymentTargets: &awscdk.CfnStackSet_DeploymentTargetsProperty{Accounts: &[]*string{awscdk.Aws_ACCOUNT_ID()}},
			Regions:           jsii.Strings(e.Events.Regions...),
		}},
		TemplateBody: jsii.String(string(rulesTemplate(e.Config))),
		Parameters:   &[]any{parameterOf(paramHub, e.hub.AttrArn())},
	})
	set.Node().AddDependency(own, exec)
}

// everywhere has a StackSet work in all regions at once, so that none stops the others. Both
// figures are percentages of a region's accounts.
func everywhere(tolerance, concurrency int) *awscdk.CfnStackSet_OperationPreferencesProperty {
	return &awscdk.CfnStackSet_OperationPreferencesProperty{
		// Without this mode, failures would reduce how many accounts are done at a time.
		ConcurrencyMode:            jsii.String("SOFT_FAILURE_TOLERANCE"),
		RegionConcurrencyType:      jsii.String("PARALLEL"),
		FailureTolerancePercentage: jsii.Number(tolerance),
		MaxConcurrentPercentage:    jsii.Number(concurrency),
	}
}

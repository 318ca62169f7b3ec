package estate

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsstepfunctions"
	"github.com/aws/jsii-runtime-go"

	"portolan/infra/machine"
)

// addMachine creates the state machine that runs the function in distributed mode, and
// its log.
func (e *estate) addMachine() {
	if !e.Scale.IsDistributed() {
		return
	}
	props := &awslogs.CfnLogGroupProps{
		// Below this name a log needs no entry of its own in the resource policy of
		// CloudWatch Logs, which has little room:
		// https://docs.aws.amazon.com/step-functions/latest/dg/bp-cwl.html
		LogGroupName: jsii.String("/aws/vendedlogs/states/" + e.StackName), RetentionInDays: jsii.Number(e.Function.LogRetentionDays),
	}
	if e.Storage.KMSKeyARN != "" {
		props.KmsKeyId = jsii.String(e.Storage.KMSKeyARN)
	}
	log := awslogs.NewCfnLogGroup(e.stack, jsii.String("MachineLog"), props)
	role := e.addMachineRole()
	e.machine = awsstepfunctions.NewCfnStateMachine(e.stack, jsii.String("Machine"), &awsstepfunctions.CfnStateMachineProps{
		StateMachineName: e.name(""),
		StateMachineType: jsii.String("STANDARD"),
		RoleArn:          role.RoleArn(),
		DefinitionString: jsii.String(machine.Definition(machine.Options{
			Partition: *awscdk.Aws_PARTITION(), FunctionARN: *e.function.FunctionArn(),
			Timeout: e.Scale.Timeout, Invocation: e.Function.Timeout, FailureTolerance: e.Scale.FailureTolerance,
		})),
		LoggingConfiguration: &awsstepfunctions.CfnStateMachine_LoggingConfigurationProperty{
			Level: jsii.String("ERROR"), IncludeExecutionData: jsii.Bool(false),
			Destinations: &[]any{&awsstepfunctions.CfnStateMachine_LogDestinationProperty{
				CloudWatchLogsLogGroup: &awsstepfunctions.CfnStateMachine_CloudWatchLogsLogGroupProperty{LogGroupArn: log.AttrArn()},
			}},
		},
		TracingConfiguration: &awsstepfunctions.CfnStateMachine_TracingConfigurationProperty{Enabled: jsii.Bool(e.Function.Tracing)},
	})
	// Without its policy the role may not write the log, and creating the machine fails.
	e.machine.Node().AddDependency(role)
}

// addMachineRole creates the role that the state machine runs as: it may invoke only this
// function, read the lists of batches, and start, watch, stop and redrive its own
// children.
// https://docs.aws.amazon.com/step-functions/latest/dg/iam-policies-eg-dist-map.html
func (e *estate) addMachineRole() awsiam.Role {
	own := arn("states", "stateMachine:"+e.StackName)
	executions := arn("states", "execution:"+e.StackName+":*")
	children := arn("states", "execution:"+e.StackName+"/"+machine.MapLabel+":*")
	statements := []awsiam.PolicyStatement{
		only("InvokeFunction", "lambda:InvokeFunction", e.function.FunctionArn()),
		only("ReadBatches", "s3:GetObject", e.state.ArnForObjects(jsii.String(workPrefix+"*"))),
		only("StartChildren", "states:StartExecution", own),
		awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
			Sid: jsii.String("FollowChildren"), Actions: jsii.Strings("states:DescribeExecution", "states:StopExecution"),
			Resources: &[]*string{executions, children},
		}),
		only("RedriveChildren", "states:RedriveExecution", children),
		// CloudWatch Logs takes no narrower resource for these:
		// https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
		awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
			Sid: jsii.String("WriteLog"), Resources: jsii.Strings("*"),
			Actions: jsii.Strings("logs:CreateLogDelivery", "logs:GetLogDelivery", "logs:UpdateLogDelivery", "logs:DeleteLogDelivery",
				"logs:ListLogDeliveries", "logs:PutResourcePolicy", "logs:DescribeResourcePolicies", "logs:DescribeLogGroups"),
		}),
	}
	if e.Storage.KMSKeyARN != "" {
		statements = append(statements, only("UseKey", "kms:Decrypt", jsii.String(e.Storage.KMSKeyARN)))
	}
	if e.Function.Tracing {
		statements = append(statements, awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
			Sid: jsii.String("Trace"), Resources: jsii.Strings("*"),
			Actions: jsii.Strings("xray:GetSamplingRules", "xray:GetSamplingTargets", "xray:PutTelemetryRecords", "xray:PutTraceSegments"),
		}))
	}
	return awsiam.NewRole(e.stack, jsii.String("MachineRole"), &awsiam.RoleProps{
		Description: jsii.String("Portolan's state machine runs as this role"),
		// https://docs.aws.amazon.com/step-functions/latest/dg/procedure-create-iam-role.html
		AssumedBy: awsiam.NewServicePrincipal(jsii.String("states.amazonaws.com"), nil).WithConditions(&map[string]any{
			"StringEquals": map[string]any{"aws:SourceAccount": awscdk.Aws_ACCOUNT_ID()},
			"ArnLike":      map[string]any{"aws:SourceArn": arn("states", "stateMachine:"+e.StackName+"*")},
		}),
		InlinePolicies: &map[string]awsiam.PolicyDocument{
			"machine": awsiam.NewPolicyDocument(&awsiam.PolicyDocumentProps{Statements: &statements}),
		},
	})
}

// executions returns a metric of the state machine.
// https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html
func (e *estate) executions(name, statistic string, period awscdk.Duration) awscloudwatch.Metric {
	return awscloudwatch.NewMetric(&awscloudwatch.MetricProps{
		Namespace: jsii.String("AWS/States"), MetricName: jsii.String(name),
		DimensionsMap: &map[string]*string{"StateMachineArn": e.machine.Ref()},
		Statistic:     jsii.String(statistic), Period: period,
	})
}

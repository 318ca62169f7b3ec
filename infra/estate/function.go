package estate

import (
	"log/slog"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/jsii-runtime-go"

	"portolan/infra/config"
)

// An event that the function failed on is retried once, and not later than the next scheduled
// event may come. The next run puts right what a failed one left.
const (
	retries     = 1
	maxEventAge = 60 // minutes
)

// addFunction creates the function, its log, and the queue of events that it failed on.
func (e *estate) addFunction(code string) {
	log := &awslogs.CfnLogGroupProps{
		LogGroupName: jsii.String("/aws/lambda/" + e.StackName), RetentionInDays: jsii.Number(e.Function.LogRetentionDays),
	}
	if e.Storage.KMSKeyARN != "" {
		log.KmsKeyId = jsii.String(e.Storage.KMSKeyARN)
	}
	e.log = awslogs.NewCfnLogGroup(e.stack, jsii.String("Log"), log)
	e.allow("WriteLog", []string{"logs:CreateLogStream", "logs:PutLogEvents"}, arn("logs", "log-group:/aws/lambda/"+e.StackName+":*"), nil)
	e.failedRuns = e.addQueue("FailedRuns")

	props := &awslambda.FunctionProps{
		FunctionName:    jsii.String(e.StackName),
		Description:     jsii.String("Portolan: charts AWS accounts into Port"),
		Code:            awslambda.Code_FromAsset(jsii.String(code), nil),
		Runtime:         awslambda.Runtime_PROVIDED_AL2023(),
		Architecture:    awslambda.Architecture_ARM_64(),
		Handler:         jsii.String("bootstrap"),
		Role:            e.execution,
		MemorySize:      jsii.Number(e.Function.MemoryMB),
		Timeout:         awscdk.Duration_Seconds(jsii.Number(e.Function.Timeout.Seconds())),
		Environment:     e.environment(),
		LogGroup:        awslogs.LogGroup_FromLogGroupName(e.stack, jsii.String("FunctionLog"), e.log.Ref()),
		LoggingFormat:   awslambda.LoggingFormat_JSON,
		Tracing:         awslambda.Tracing_DISABLED,
		DeadLetterQueue: e.failedRuns,
		RetryAttempts:   jsii.Number(retries),
		MaxEventAge:     awscdk.Duration_Minutes(jsii.Number(maxEventAge)),
	}
	// Lambda drops lines below its own level. The metrics are a line of level INFO; the
	// program itself filters all other lines by their level.
	props.ApplicationLogLevelV2 = awslambda.ApplicationLogLevel(min(e.Settings.Log.Level, slog.LevelInfo).String())
	if e.Function.Tracing {
		props.Tracing = awslambda.Tracing_ACTIVE
	}
	if e.Function.ReservedConcurrency > 0 {
		props.ReservedConcurrentExecutions = jsii.Number(e.Function.ReservedConcurrency)
	}
	e.function = awslambda.NewFunction(e.stack, jsii.String("Function"), props)
}

// environment returns the function's variables.
func (e *estate) environment() *map[string]*string {
	const ocean = "OCEAN__INTEGRATION__CONFIG__"
	variables := map[string]*string{
		"PORT_SECRET_ARN": e.secretARN,
		"PORTOLAN_STATE":  e.state.S3UrlForObject(jsii.String(statePrefix)),
	}
	for name, value := range e.Variables() {
		variables[name] = jsii.String(value)
	}
	if e.Events.Enabled {
		variables["PORTOLAN_EVENTS_QUEUE"] = e.events.QueueUrl()
	}
	if e.Mode == config.Organization {
		variables[ocean+"ACCOUNT_ROLE_ARN"] = e.enteredRole
		variables[ocean+"EXTERNAL_ID"] = e.externalID
	}
	return &variables
}

// addQueue creates a queue for events that failed.
func (e *estate) addQueue(id string) awssqs.Queue {
	return awssqs.NewQueue(e.stack, jsii.String(id), &awssqs.QueueProps{
		Encryption:      awssqs.QueueEncryption_SQS_MANAGED,
		EnforceSSL:      jsii.Bool(true),
		RetentionPeriod: awscdk.Duration_Days(jsii.Number(14)),
	})
}

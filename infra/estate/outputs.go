package estate

import (
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"
)

// addOutputs says what the stack has, and what to do with it. The commands make invoke, make
// secret and make logs look for FunctionName, StateMachineArn, SecretArn and LogGroupName.
func (e *estate) addOutputs() {
	e.put("FunctionName", "The function", e.function.FunctionName())
	if e.machine != nil {
		e.put("StateMachineArn", "The state machine; each run is an execution of it", e.machine.Ref())
		e.put("ExecutionsUrl", "The runs and their progress", jsii.String("https://"+*awscdk.Aws_REGION()+"."+e.consoleHost()+
			"/states/home?region="+*awscdk.Aws_REGION()+"#/statemachines/view/"+*e.machine.Ref()))
	}
	e.put("FunctionRoleArn", "The role that the function runs as, which read roles have to trust", e.execution.RoleArn())
	e.put("SecretArn", "The secret with Port's credentials", e.secretARN)
	e.put("LogGroupName", "The function's log", e.log.Ref())
	e.put("StateUrl", "The state that a run keeps for the next one", e.state.S3UrlForObject(jsii.String(statePrefix)))
	e.put("FailedRunsUrl", "The queue of events that the function failed on", e.failedRuns.QueueUrl())
	e.put("FailedStartsUrl", "The queue of events that did not reach the function", e.failedStarts.QueueUrl())
	if e.Events.Enabled {
		e.put("EventsUrl", "The queue that events come through", e.events.QueueUrl())
		e.put("FailedEventsUrl", "The queue of events that the function did not take", e.failedEvents.QueueUrl())
	}
	e.put("DashboardUrl", "The dashboard", jsii.String("https://"+*awscdk.Aws_REGION()+"."+e.consoleHost()+
		"/cloudwatch/home?region="+*awscdk.Aws_REGION()+"#dashboards/dashboard/"+e.StackName))
	if e.enteredRole != nil {
		e.put("ReadRoleArn", "The role through which the Organization is listed; each account has one of the same name", e.enteredRole)
	}
	if e.externalID != nil {
		e.put("ExternalId", "What the function sends to assume a read role; it is not a secret", e.externalID)
	}
	e.putCommands()
}

// putCommands adds the commands that can be pasted into a shell.
func (e *estate) putCommands() {
	region := " --region " + *awscdk.Aws_REGION()
	invoke := "aws lambda invoke" + region + " --function-name " + e.StackName +
		" --cli-binary-format raw-in-base64-out --cli-read-timeout 900 --payload "
	e.put("SecretCommand", "Fill the secret; do this first", jsii.String("make secret STACK="+e.StackName))
	end := " /dev/stdout"
	if e.machine != nil {
		invoke, end = "aws stepfunctions start-execution"+region+" --state-machine-arn "+*e.machine.Ref()+" --input ", ""
	}
	e.put("PlanCommand", "See what a run would change", jsii.String(invoke+`'{"action":"plan"}'`+end))
	e.put("InvokeCommand", "Run now", jsii.String(invoke+`'{}'`+end))
	e.put("LogsCommand", "Follow the log", jsii.String("aws logs tail"+region+" --follow /aws/lambda/"+e.StackName))
	if e.Members.DelegatedAdmin {
		set, hub := e.StackName+"-read-role", ""
		if e.Events.Enabled {
			hub = " " + paramHub + "=" + *e.hub.AttrArn()
		}
		e.put("TemplateCommand", "Get the read role's template, for the management account, which no StackSet reaches",
			jsii.String("aws cloudformation describe-stack-set"+region+" --call-as DELEGATED_ADMIN --stack-set-name "+set+
				" --query StackSet.TemplateBody --output text > read-role.json"))
		e.put("ManagementCommand", "Create the role in the management account, with credentials of that account",
			jsii.String("aws cloudformation deploy"+region+" --template-file read-role.json --stack-name "+set+
				" --capabilities CAPABILITY_NAMED_IAM --parameter-overrides "+paramFunction+"="+*e.execution.RoleArn()+" "+
				paramOrganization+"="+e.Members.OrganizationID+" "+paramExternalID+"="+*e.externalID+hub))
		e.putRulesCommands(hub)
	}
}

// putRulesCommands adds the commands that make the rules of events in the management account.
func (e *estate) putRulesCommands(hub string) {
	if !e.Events.Enabled {
		return
	}
	set := e.StackName + "-event-rules"
	e.put("RulesTemplateCommand", "Get the template of the event rules, for the management account, which no StackSet reaches",
		jsii.String("aws cloudformation describe-stack-set --region "+*awscdk.Aws_REGION()+" --call-as DELEGATED_ADMIN --stack-set-name "+set+
			" --query StackSet.TemplateBody --output text > event-rules.json"))
	e.put("ManagementRulesCommand", "Make the event rules in the management account, after its role, with credentials of that account",
		jsii.String("for region in "+strings.Join(e.Events.Regions, " ")+"; do aws cloudformation deploy --region $region --template-file event-rules.json"+
			" --stack-name "+set+" --parameter-overrides"+hub+"; done"))
}

func (e *estate) put(id, about string, value *string) {
	awscdk.NewCfnOutput(e.stack, jsii.String(id), &awscdk.CfnOutputProps{Value: value, Description: jsii.String(about)})
}

// consoleHost returns the host of AWS's console in the stack's partition.
func (e *estate) consoleHost() string {
	hosts := map[string]*map[string]any{}
	for partition, host := range map[string]string{
		"aws": "console.aws.amazon.com", "aws-us-gov": "console.amazonaws-us-gov.com", "aws-cn": "console.amazonaws.cn",
	} {
		hosts[partition] = &map[string]any{"Host": host}
	}
	if e.console == nil {
		e.console = awscdk.NewCfnMapping(e.stack, jsii.String("Console"), &awscdk.CfnMappingProps{Mapping: &hosts})
	}
	return *e.console.FindInMap(awscdk.Aws_PARTITION(), jsii.String("Host"), nil)
}

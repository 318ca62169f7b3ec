package estate

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"portolan/infra/config"
)

// addOutputs names what was made, and gives commands to paste. Those that make knows
// find the rest by these names.
func (i *installation) addOutputs() {
	out := func(name, description, value string) {
		awscdk.NewCfnOutput(i.Stack, &name, &awscdk.CfnOutputProps{Value: &value, Description: &description})
	}
	out("FunctionName", "The function", *i.function.FunctionName())
	out("LogGroupName", "Its log", *i.log.LogGroupName())
	out("SecretArn", "The secret with Port's credentials", *i.secretARN)
	out("StateBucketName", "The bucket of the state", *i.state.BucketName())
	if i.config.Mode == config.Organization {
		out("ReadRoleArn", "The role that finds the accounts; each account has one of the same name", *i.readRoleARN)
	}
	out("FunctionRoleArn", "The function's role: who enters the accounts", *i.role.RoleArn())
	out("SecretCommand", "Fill the secret, once", "make secret ARGS='--stack "+i.config.StackName+"'")
	out("PlanCommand", "See what a run would change", i.command(`{"action":"plan"}`))
	out("InvokeCommand", "Run now", i.command("{}"))
	out("LogsCommand", "Follow the log", "aws logs tail --region "+*i.Region()+" --follow "+*i.log.LogGroupName())
	out("DashboardUrl", "How it is doing", "https://"+*i.Region()+"."+*i.consoles().FindInMap(i.Partition(), jsii.String("Host"), nil)+
		"/cloudwatch/home?region="+*i.Region()+"#dashboards/dashboard/"+i.config.StackName)
}

// consoles are the hosts of the AWS console in each partition.
func (i *installation) consoles() awscdk.CfnMapping {
	host := func(name string) *map[string]any { return &map[string]any{"Host": name} }
	return awscdk.NewCfnMapping(i.Stack, jsii.String("Consoles"), &awscdk.CfnMappingProps{Mapping: &map[string]*map[string]any{
		"aws": host("console.aws.amazon.com"), "aws-us-gov": host("console.amazonaws-us-gov.com"), "aws-cn": host("console.amazonaws.cn"),
	}})
}

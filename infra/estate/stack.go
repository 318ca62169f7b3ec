package estate

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"portolan/infra/config"
)

// installation is the stack while it is put together.
type installation struct {
	awscdk.Stack
	config *config.Config
	key    awskms.IKey // nil leaves encryption to AWS

	state                        awss3.Bucket
	secretARN                    *string
	log                          awslogs.LogGroup
	role                         awsiam.Role
	function                     awslambda.Function
	undelivered, unsuccessful    awssqs.Queue
	made                         []awscloudwatch.Alarm
	readRoleARN, ownerExternalID *string // in mode Organization
}

// New adds the stack of an installation to an app. Code is the folder that holds the
// function's binary, bootstrap.
func New(app constructs.Construct, c *config.Config, code string) awscdk.Stack {
	i := &installation{config: c, Stack: awscdk.NewStack(app, &c.StackName, &awscdk.StackProps{
		StackName:   &c.StackName,
		Description: jsii.String("Portolan charts AWS accounts into Port (integration " + c.Settings.Identifier + ")"),
	})}
	if c.KMSKeyARN != "" {
		i.key = awskms.Key_FromKeyArn(i.Stack, jsii.String("Key"), &c.KMSKeyARN)
	}
	i.addState()
	i.addSecret()
	i.addRole()
	i.addReadRoles()
	i.addFunction(code)
	i.addSchedule()
	i.addAlarms()
	i.addDashboard()
	i.addOutputs()
	return i.Stack
}

// arn builds an ARN of the stack's own partition, region and account.
func (i *installation) arn(service, resource string) *string {
	return jsii.String("arn:" + *i.Partition() + ":" + service + ":" + *i.Region() + ":" + *i.Account() + ":" + resource)
}

// roleARN builds the ARN of a role in an account, or in all where that is "*".
func (i *installation) roleARN(account string, role config.Role) *string {
	return jsii.String("arn:" + *i.Partition() + ":iam::" + account + ":role" + role.Path + role.Name)
}

func list(values ...string) *[]*string { return jsii.Strings(values...) }

func allow(actions []string, resources ...*string) awsiam.PolicyStatement {
	return awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{Actions: jsii.Strings(actions...), Resources: &resources})
}

func document(statements ...awsiam.PolicyStatement) awsiam.PolicyDocument {
	return awsiam.NewPolicyDocument(&awsiam.PolicyDocumentProps{Statements: &statements})
}

func optional(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

package estate

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/jsii-runtime-go"

	"portolan/infra/config"
	"portolan/internal/aws/cloudcontrol"
	"portolan/internal/aws/policy"
)

// addExecutionRole creates the role that the function runs as. Every read role trusts it, and it
// may assume them.
func (e *estate) addExecutionRole() {
	e.execution = awsiam.NewRole(e.stack, jsii.String("ExecutionRole"), &awsiam.RoleProps{
		AssumedBy:   awsiam.NewServicePrincipal(jsii.String("lambda.amazonaws.com"), nil),
		Description: jsii.String("Portolan's function runs as this role"),
	})
	switch e.Mode {
	case config.Organization, config.Existing:
		e.enter(awscdk.Fn_Sub(jsii.String("arn:${AWS::Partition}:iam::*:role"+e.Read.Role.Path+e.Read.Role.Name), nil))
	case config.List:
		e.execution.AddToPolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
			Sid: jsii.String("EnterAccounts"), Actions: jsii.Strings("sts:AssumeRole"), Resources: jsii.Strings(e.Enterable()...),
		}))
	case config.Single:
		e.addReadPolicies(e.execution.RoleName())
		if e.Read.Access == config.ReadOnlyAccess {
			e.execution.AddManagedPolicy(awsiam.ManagedPolicy_FromAwsManagedPolicyName(jsii.String(config.ReadOnlyAccess)))
		}
	}
	if e.Mode != config.Single { // there the function's own role reads, and may already
		for _, s := range policy.Read("${AWS::Partition}", policy.Offers).Statement {
			e.allow("ReadOffers", s.Action, awscdk.Fn_Sub(jsii.String(s.Resource), nil), nil)
		}
	}
	// The quota, and resource types that the program does not know; neither takes a narrower resource.
	e.allow("ReadQuota", []string{"lambda:GetAccountSettings", cloudcontrol.DescribeAction}, jsii.String("*"), nil)
	switch {
	case e.Settings.AWS.ExternalID != "":
		e.externalID = jsii.String(e.Settings.AWS.ExternalID.Reveal())
	case e.Mode == config.Organization:
		// The UUID at the end of the stack's ARN: no other stack has it, and it does not have
		// to be configured.
		e.externalID = awscdk.Fn_Select(jsii.Number(2), awscdk.Fn_Split(jsii.String("/"), awscdk.Aws_STACK_ID(), nil))
	}
}

// enter lets the function assume a role of the same name in the accounts of its own
// Organization, where the Organization is known.
func (e *estate) enter(role *string) {
	var conditions map[string]any
	if e.Members.OrganizationID != "" {
		conditions = map[string]any{"StringEquals": map[string]any{"aws:ResourceOrgID": e.Members.OrganizationID}}
	}
	e.allow("EnterAccounts", []string{"sts:AssumeRole"}, role, conditions)
}

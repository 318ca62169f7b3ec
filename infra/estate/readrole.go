package estate

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/jsii-runtime-go"

	"portolan/infra/config"
	"portolan/internal/aws/policy"
)

const (
	readRoleID     = "ReadRole"
	readsWhat      = "What Portolan reads"
	readOnlyAccess = "arn:${AWS::Partition}:iam::aws:policy/" + config.ReadOnlyAccess
)

func policyID(i int) string { return fmt.Sprintf("ReadPolicy%d", i+1) }

// object is a JSON object of a template.
type object = map[string]any

// resource is a resource of a CloudFormation template.
type resource struct {
	Type       string
	Properties object
}

// trust says who may assume a read role. Its members are texts or intrinsic functions.
type trust struct{ function, organization, externalID any }

// readRole returns the read role and its policies, by their ids in the template.
func readRole(c *config.Config, lister bool, t trust) map[string]resource {
	role := object{
		"RoleName":    c.Read.Role.Name,
		"Path":        c.Read.Role.Path,
		"Description": "Portolan reads this account with this role",
		"AssumeRolePolicyDocument": object{
			"Version": "2012-10-17",
			"Statement": []any{object{
				"Effect":    "Allow",
				"Action":    "sts:AssumeRole",
				"Principal": object{"AWS": t.function},
				"Condition": object{"StringEquals": object{"aws:PrincipalOrgID": t.organization, "sts:ExternalId": t.externalID}},
			}},
		},
	}
	if c.Read.Access == config.ReadOnlyAccess {
		role["ManagedPolicyArns"] = []any{object{"Fn::Sub": readOnlyAccess}}
	}
	resources := map[string]resource{readRoleID: {"AWS::IAM::Role", role}}
	for i, document := range c.Policies(lister) {
		resources[policyID(i)] = resource{"AWS::IAM::ManagedPolicy", object{
			"Description":    readsWhat,
			"PolicyDocument": policyObject(document),
			"Roles":          []any{object{"Ref": readRoleID}},
		}}
	}
	return resources
}

// Parameters of the read role's template.
const (
	paramFunction     = "FunctionRoleArn"
	paramOrganization = "OrganizationId"
	paramExternalID   = "ExternalId"
)

// readRoleTemplate returns the CloudFormation template of the read role for each account of the
// Organization. Its parameters say whom the role trusts.
func readRoleTemplate(c *config.Config) []byte {
	parameter := func(about string) object { return object{"Type": "String", "Description": about} }
	parameters := object{
		paramFunction:     parameter("The role that the function runs as"),
		paramOrganization: parameter("The Organization that the function belongs to"),
		paramExternalID:   parameter("The external id that the function has to send"),
	}
	resources := readRole(c, false, trust{object{"Ref": paramFunction}, object{"Ref": paramOrganization}, object{"Ref": paramExternalID}})
	if c.Events.Enabled {
		parameters[paramHub] = parameter("The event bus that takes the account's events")
		resources[forwarderID] = forwarder(c, object{"Ref": paramHub})
	}
	text, err := json.Marshal(object{
		"AWSTemplateFormatVersion": "2010-09-09",
		"Description":              "Portolan reads this account with the role " + c.Read.Role.Name,
		"Parameters":               parameters,
		"Resources":                resources,
	})
	if err != nil {
		panic(err) // it holds only texts
	}
	return text
}

// addReadRoles creates the read role in the stack's own account, which a StackSet never reaches
// if it is the management account, and in all others.
func (e *estate) addReadRoles() {
	switch e.Mode {
	case config.Existing:
		e.enteredRole = jsii.String(e.Settings.AWS.RoleARN)
	case config.Organization:
		e.addOwnReadRole()
		e.addStackSet()
	}
}

func (e *estate) addOwnReadRole() {
	properties := readRole(e.Config, true, trust{*e.execution.RoleArn(), e.Members.OrganizationID, *e.externalID})[readRoleID].Properties
	props := &awsiam.CfnRoleProps{
		RoleName: jsii.String(e.Read.Role.Name), Path: jsii.String(e.Read.Role.Path),
		Description:              jsii.String(properties["Description"].(string)),
		AssumeRolePolicyDocument: properties["AssumeRolePolicyDocument"],
	}
	if e.Read.Access == config.ReadOnlyAccess {
		props.ManagedPolicyArns = &[]any{awscdk.Fn_Sub(jsii.String(readOnlyAccess), nil)}
	}
	role := awsiam.NewCfnRole(e.stack, jsii.String(readRoleID), props)
	e.enteredRole = role.AttrArn()
	e.roles = append(e.roles, role)
	e.addReadPolicies(role.Ref())
}

// addReadPolicies lets a role in the stack's own account read that account.
func (e *estate) addReadPolicies(role *string) {
	for i, document := range e.Policies(true) {
		e.roles = append(e.roles, awsiam.NewCfnManagedPolicy(e.stack, jsii.String(policyID(i)), &awsiam.CfnManagedPolicyProps{
			Description: jsii.String(readsWhat), PolicyDocument: policyObject(document), Roles: &[]any{role},
		}))
	}
}

// readRolesID is the id of the StackSet of the read roles.
const readRolesID = "ReadRoles"

// addStackSet creates the read role in every other account, including future ones.
func (e *estate) addStackSet() {
	set := e.stackSetInMembers("-read-role", "The role with which Portolan reads accounts", readRoleTemplate(e.Config))
	// IAM is global: one region is all regions.
	set.StackInstancesGroup = e.members(awscdk.Aws_REGION())
	set.Capabilities = jsii.Strings("CAPABILITY_NAMED_IAM")
	set.OperationPreferences = &awscdk.CfnStackSet_OperationPreferencesProperty{
		// Without this mode, failures would reduce how many accounts are done at a time.
		ConcurrencyMode:            jsii.String("SOFT_FAILURE_TOLERANCE"),
		FailureTolerancePercentage: jsii.Number(e.Members.StackSet.FailureTolerance),
		MaxConcurrentPercentage:    jsii.Number(e.Members.StackSet.Concurrency),
	}
	set.Parameters = &[]any{
		parameterOf(paramFunction, e.execution.RoleArn()),
		parameterOf(paramOrganization, jsii.String(e.Members.OrganizationID)),
		parameterOf(paramExternalID, e.externalID),
	}
	if e.Events.Enabled {
		*set.Parameters.(*[]any) = append(*set.Parameters.(*[]any), parameterOf(paramHub, e.hub.AttrArn()))
	}
	e.readRoles = awscdk.NewCfnStackSet(e.stack, jsii.String(readRolesID), set)
	e.roles = append(e.roles, e.readRoles)
}

// stackSetInMembers returns a StackSet whose template comes into the members of the Organization, and
// into those that join it.
func (e *estate) stackSetInMembers(name, about string, template []byte) *awscdk.CfnStackSetProps {
	callAs := "SELF"
	if e.Members.DelegatedAdmin {
		callAs = "DELEGATED_ADMIN"
	}
	return &awscdk.CfnStackSetProps{
		StackSetName:     e.name(name),
		Description:      jsii.String(about),
		PermissionModel:  jsii.String("SERVICE_MANAGED"),
		CallAs:           jsii.String(callAs),
		AutoDeployment:   &awscdk.CfnStackSet_AutoDeploymentProperty{Enabled: true, RetainStacksOnAccountRemoval: false},
		ManagedExecution: object{"Active": true},
		TemplateBody:     jsii.String(string(template)),
	}
}

// members returns the accounts that are read, without the stack's own, in some regions.
func (e *estate) members(regions ...*string) *[]any {
	targets := &awscdk.CfnStackSet_DeploymentTargetsProperty{OrganizationalUnitIds: jsii.Strings(e.Members.Targets...)}
	excluded := *jsii.Strings(e.Settings.AWS.ExcludedAccounts...)
	if e.Members.DelegatedAdmin {
		// The stack's own account is then a member, and already has all that it needs.
		excluded = append(excluded, awscdk.Aws_ACCOUNT_ID())
	}
	if len(excluded) > 0 {
		targets.Accounts = &excluded
		targets.AccountFilterType = jsii.String("DIFFERENCE")
	}
	return &[]any{&awscdk.CfnStackSet_StackInstancesProperty{DeploymentTargets: targets, Regions: &regions}}
}

func parameterOf(key string, value *string) *awscdk.CfnStackSet_ParameterProperty {
	return &awscdk.CfnStackSet_ParameterProperty{ParameterKey: jsii.String(key), ParameterValue: value}
}

// policyObject returns a policy for a template. CloudFormation puts its own partition into the
// ARNs.
func policyObject(document policy.Document) any {
	result := plain(document).(map[string]any)
	for _, s := range result["Statement"].([]any) {
		if in := s.(map[string]any); strings.Contains(in["Resource"].(string), "${") {
			in["Resource"] = object{"Fn::Sub": in["Resource"]}
		}
	}
	return result
}

// plain returns a value as JSON's objects and lists.
func plain(value any) any {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err) // it holds only texts
	}
	var result any
	if err := json.Unmarshal(text, &result); err != nil {
		panic(err) // it was just written
	}
	return result
}

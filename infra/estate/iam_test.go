package estate_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portolan/infra/config"
	"portolan/internal/aws/cloudcontrol"
	"portolan/internal/aws/kind"
	"portolan/internal/aws/policy"
)

// writes are all that the function, the schedules and the state machine may do beyond
// reading.
var writes = map[string]string{
	"s3:PutObject":            "the state",
	"s3:DeleteObject":         "the state",
	"kms:GenerateDataKey":     "the state, with a key of one's own",
	"logs:CreateLogStream":    "the log",
	"logs:PutLogEvents":       "the log",
	"sqs:SendMessage":         "the queues of what failed",
	"sts:AssumeRole":          "the read roles",
	"lambda:InvokeFunction":   "the schedule, or the state machine",
	"states:StartExecution":   "the schedule, and the children of an execution",
	"states:StopExecution":    "the children of an execution that is stopped",
	"states:RedriveExecution": "the children of an execution that is redriven",
	"logs:CreateLogDelivery":  "the state machine's log",
	"logs:UpdateLogDelivery":  "the state machine's log",
	"logs:DeleteLogDelivery":  "the state machine's log",
	"logs:PutResourcePolicy":  "the state machine's log",
	"xray:PutTraceSegments":   "traces, if they are wanted",

	"sqs:ReceiveMessage":         "the queue of events",
	"sqs:DeleteMessage":          "the queue of events",
	"events:PutEvents":           "the rules, and the doctor, on the hub",
	"events:PutRule":             "the StackSet of the rules in the own account",
	"events:PutTargets":          "the StackSet of the rules in the own account",
	"events:RemoveTargets":       "the StackSet of the rules in the own account",
	"events:DeleteRule":          "the StackSet of the rules in the own account",
	"iam:PassRole":               "the forwarder, to the rules in the own account",
	"cloudformation:CreateStack": "the StackSet of the rules in the own account",
	"cloudformation:UpdateStack": "the StackSet of the rules in the own account",
	"cloudformation:DeleteStack": "the StackSet of the rules in the own account",
	"xray:PutTelemetryRecords":   "traces, if they are wanted",
}

func reads(action string) bool {
	_, verb, _ := strings.Cut(action, ":")
	return slices.ContainsFunc([]string{"Describe", "Get", "List", "BatchGet", "BatchDescribe", "GET", "Decrypt"}, func(prefix string) bool { return strings.HasPrefix(verb, prefix) })
}

func TestNothingIsGrantedBeyondNeed(t *testing.T) {
	for name, i := range installed {
		for _, s := range slices.Concat(i.template.granted(), i.members.granted(), i.rules.granted()) {
			if s.Effect != "Allow" || s.NotAction != nil || len(s.Action) == 0 || len(s.Resource) == 0 {
				t.Errorf("%s %s: a statement that is not a plain permission: %+v", name, s.where, s)
			}
			for _, action := range s.Action {
				if strings.Contains(action, "*") {
					t.Errorf("%s %s grants %s", name, s.where, action)
				}
				if !reads(action) && writes[action] == "" {
					t.Errorf("%s %s grants %s, which is not a read action", name, s.where, action)
				}
			}
			if slices.Contains(s.Resource, any("*")) && !mayBeEverywhere(s) {
				t.Errorf("%s %s: %v on every resource", name, s.where, s.Action)
			}
		}
	}
}

// mayBeEverywhere says whether AWS has no narrower resource for the actions: the
// lists of a read role, X-Ray, the account's settings of Lambda, the registry of resource types,
// and the delivery of a state machine's log.
func mayBeEverywhere(s statement) bool {
	if strings.HasPrefix(s.where, "ReadPolicy") {
		return true
	}
	delivery := strings.HasPrefix(s.where, "MachineRole") && s.Sid == "WriteLog"
	return !slices.ContainsFunc(s.Action, func(action string) bool {
		own := action == "lambda:GetAccountSettings" || action == "cloudformation:DescribeType" || action == "lambda:ListEventSourceMappings"
		return !own && !strings.HasPrefix(action, "xray:") && !(delivery && strings.HasPrefix(action, "logs:"))
	})
}

// The schedule may start only the function, or only the state machine, and the function
// may start neither.
func TestWhoMayStartRuns(t *testing.T) {
	for name, i := range installed {
		got := map[string][]string{}
		for _, s := range i.template.granted() {
			for _, action := range s.Action {
				if action == "lambda:InvokeFunction" || action == "states:StartExecution" {
					who, _, _ := strings.Cut(s.where, "Role")
					got[who] = append(got[who], action)
				}
			}
		}
		want := map[string][]string{"Schedule": {"lambda:InvokeFunction"}}
		if i.config.Scale.IsDistributed() {
			want = map[string][]string{"Schedule": {"states:StartExecution"}, "Machine": {"lambda:InvokeFunction", "states:StartExecution"}}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: who may start what (-want +got):\n%s", name, diff)
		}
	}
}

// Whoever may read may call all that the kinds call, and only where the Organization
// is listed may ask the Organization.
func TestReadRolesMayWhatTheKindsCall(t *testing.T) {
	for name, i := range installed {
		own, members := actionsOf(i.template), actionsOf(i.members)
		makesOwn := i.config.Mode == config.Organization || i.config.Mode == config.Single
		for _, k := range i.config.Read.Kinds {
			permissions := k.Permissions()
			if i.config.Read.Access == config.ReadOnlyAccess {
				permissions = k.AllActions(nil) // AWS's policy has the others
			}
			if i.config.Read.CloudControl {
				permissions = append(permissions, cloudcontrol.Permissions(k.Type)...)
			}
			for _, action := range permissions {
				if makesOwn && !own[action] {
					t.Errorf("%s: %s calls %s, which the own role may not", name, k.Type, action)
				}
				if i.members.Resources != nil && k.Scope != kind.Management && !members[action] {
					t.Errorf("%s: %s calls %s, which the members' role may not", name, k.Type, action)
				}
			}
		}
		for _, action := range slices.Concat(policy.Entering, policy.Naming, policy.Offers) {
			if makesOwn && !own[action] || i.members.Resources != nil && !members[action] {
				t.Errorf("%s: no %s", name, action)
			}
		}
		for _, action := range policy.Events {
			if wanted := i.config.Events.Enabled; makesOwn && own[action] != wanted || i.members.Resources != nil && members[action] != wanted {
				t.Errorf("%s: events are wanted: %v, may %s: %v, %v", name, wanted, action, own[action], members[action])
			}
		}
		for _, action := range policy.Discovery {
			if i.config.Mode == config.Organization && !own[action] {
				t.Errorf("%s: the own role may not %s", name, action)
			}
		}
		for action := range members {
			if strings.HasPrefix(action, "organizations:") {
				t.Errorf("%s: members may %s", name, action)
			}
		}
	}
}

// The function's role reads the list of services by region first. No role may read any other
// parameter of Systems Manager, even one that may list them.
func TestListOfServicesMayBeReadAndNoOtherParameter(t *testing.T) {
	const list = "arn:${AWS::Partition}:ssm:*::parameter/aws/service/global-infrastructure/*"
	for name, i := range installed {
		found := map[string]bool{}
		for _, s := range slices.Concat(i.template.granted(), i.members.granted()) {
			for _, action := range s.Action {
				if !strings.HasPrefix(action, "ssm:") && action != "*" {
					continue
				}
				found[s.Sid] = true
				if name == "kinds" && !strings.HasPrefix(action, "ssm:GetParameter") {
					continue // what AWS::SSM::Parameter and AWS::EC2::Instance need
				}
				if action != "ssm:GetParametersByPath" || len(s.Resource) != 1 || at(s.Resource[0], "Fn::Sub") != list {
					t.Errorf("%s, %s: %s on %v", name, s.where, action, s.Resource)
				}
			}
		}
		if !found["ReadOffers"] {
			t.Errorf("%s: the function may not read the list: %v", name, found)
		}
	}
}

func actionsOf(t template) map[string]bool {
	actions := map[string]bool{}
	for _, s := range t.granted() {
		if strings.HasPrefix(s.where, "ReadPolicy") {
			for _, action := range s.Action {
				actions[action] = true
			}
		}
	}
	return actions
}

func TestManagedPoliciesFit(t *testing.T) {
	for name, i := range installed {
		for _, in := range []template{i.template, i.members} {
			found := in.ofType("AWS::IAM::ManagedPolicy")
			if len(found) > 10 {
				t.Errorf("%s: %d managed policies, a role takes 10", name, len(found))
			}
			for id, p := range found {
				text, err := json.Marshal(p.Properties["PolicyDocument"])
				if err != nil || len(text) > policy.MaxManaged {
					t.Errorf("%s: %s has %d characters: %v", name, id, len(text), err)
				}
			}
		}
	}
}

// A read role lets in one function, of one Organization, that knows the external id.
func TestReadRolesTrustTheFunctionAlone(t *testing.T) {
	for name, i := range installed {
		if i.config.Mode != config.Organization {
			for id := range i.template.ofType("AWS::IAM::Role") {
				if id == "ReadRole" {
					t.Errorf("%s makes a read role", name)
				}
			}
			continue
		}
		for where, in := range map[string]struct {
			template
			principal, organization any
		}{
			"own":     {i.template, "Fn::GetAtt", "o-a1b2c3d4e5"},
			"members": {i.members, "Ref", map[string]any{"Ref": "OrganizationId"}},
		} {
			role := in.Resources["ReadRole"]
			trust := statements("ReadRole", role.Properties["AssumeRolePolicyDocument"])
			if len(trust) != 1 || !slices.Equal(trust[0].Action, []string{"sts:AssumeRole"}) {
				t.Fatalf("%s %s: trust %+v", name, where, trust)
			}
			if principal, _ := at(trust[0].Principal, "AWS").(map[string]any); len(principal) != 1 || principal[in.principal.(string)] == nil {
				t.Errorf("%s %s: the role trusts %v", name, where, trust[0].Principal)
			}
			equals := trust[0].Condition["StringEquals"]
			text := func(v any) string { b, _ := json.Marshal(v); return string(b) }
			if text(at(equals, "aws:PrincipalOrgID")) != text(in.organization) || at(equals, "sts:ExternalId") == nil {
				t.Errorf("%s %s: the trust's condition is %v", name, where, trust[0].Condition)
			}
		}
	}
}

func TestTheFunctionEntersReadRolesAlone(t *testing.T) {
	want := map[string]string{
		"organization": `[{"Fn::Sub":"arn:${AWS::Partition}:iam::*:role/PortOceanReadRole"}]`,
		"delegated":    `[{"Fn::Sub":"arn:${AWS::Partition}:iam::*:role/PortOceanReadRole"}]`,
		"distributed":  `[{"Fn::Sub":"arn:${AWS::Partition}:iam::*:role/PortOceanReadRole"}]`,
		"events":       `[{"Fn::Sub":"arn:${AWS::Partition}:iam::*:role/PortOceanReadRole"}]`,

		"events-delegated": `[{"Fn::Sub":"arn:${AWS::Partition}:iam::*:role/PortOceanReadRole"}]`,
		"events-single":    ``,
		"kinds":            `[{"Fn::Sub":"arn:${AWS::Partition}:iam::*:role/PortOceanReadRole"}]`,
		"existing":         `[{"Fn::Sub":"arn:${AWS::Partition}:iam::*:role/port/Read"}]`,
		"everything":       `[{"Fn::Sub":"arn:${AWS::Partition}:iam::*:role/port/Reader"}]`,
		"list":             `["arn:aws:iam::111122223333:role/Read","arn:aws:iam::444455556666:role/Read"]`,
		"single":           ``,
	}
	for name, i := range installed {
		got := ""
		for _, s := range i.template.granted() {
			if !slices.Contains(s.Action, "sts:AssumeRole") || strings.HasPrefix(s.where, "RulesAdministrator") {
				continue
			}
			text, err := json.Marshal(s.Resource)
			if err != nil {
				t.Fatal(err)
			}
			got += string(text)
			if condition := at(s.Condition["StringEquals"], "aws:ResourceOrgID"); i.config.Members.OrganizationID != "" && condition != i.config.Members.OrganizationID {
				t.Errorf("%s: the roles' Organization is %v", name, condition)
			}
		}
		if got != want[name] {
			t.Errorf("%s: the function may enter %s, want %s", name, got, want[name])
		}
	}
}

func TestManagedPoliciesOfAWSOnlyOnRequest(t *testing.T) {
	for name, i := range installed {
		if has := strings.Contains(i.text, "ReadOnlyAccess"); has != (name == "everything") {
			t.Errorf("%s: ReadOnlyAccess %v", name, has)
		}
		if strings.Contains(i.text, "service-role/") {
			t.Errorf("%s has a managed policy of AWS for services", name)
		}
	}
}

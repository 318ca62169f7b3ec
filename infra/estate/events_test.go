package estate_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portolan/infra/config"
	"portolan/internal/aws/event"
)

// withEvents calls a test for each installation that events wake.
func withEvents(t *testing.T, test func(t *testing.T, name string, i *installation)) {
	t.Helper()
	count := 0
	for name, i := range installed {
		if i.config.Events.Enabled {
			count++
			test(t, name, i)
		}
	}
	if count < 4 {
		t.Errorf("%d installations have events", count)
	}
}

func TestNothingOfEventsWithoutThem(t *testing.T) {
	for name, i := range installed {
		if i.config.Events.Enabled {
			continue
		}
		for _, word := range []string{"AWS::Events::", "events.amazonaws.com", "EventSourceMapping", "PORTOLAN_EVENTS", "EventBusArn", "sqs:ReceiveMessage"} {
			if strings.Contains(i.text, word) {
				t.Errorf("%s has %s", name, word)
			}
		}
	}
}

// Whoever is not of the Organization may put nothing on the bus, and into the queue only the bus's
// rule may put anything.
func TestWhoMaySendEvents(t *testing.T) {
	withEvents(t, func(t *testing.T, name string, i *installation) {
		policies := i.template.ofType("AWS::Events::EventBusPolicy")
		if open := i.config.Mode == config.Organization; (len(policies) == 1) != open {
			t.Errorf("%s: policies of the bus: %v", name, policies)
		}
		for _, p := range policies {
			want := map[string]any{
				"Sid": "Organization", "Effect": "Allow", "Principal": "*", "Action": "events:PutEvents",
				"Resource":  map[string]any{"Fn::GetAtt": []any{"EventBus", "Arn"}},
				"Condition": map[string]any{"StringEquals": map[string]any{"aws:PrincipalOrgID": "o-a1b2c3d4e5"}},
			}
			if diff := cmp.Diff(want, p.Properties["Statement"]); diff != "" {
				t.Errorf("%s: who may use the bus (-want +got):\n%s", name, diff)
			}
		}
		let := 0
		for id, p := range i.template.ofType("AWS::SQS::QueuePolicy") {
			for _, s := range statements(id, p.Properties["PolicyDocument"]) {
				if s.Effect != "Allow" {
					continue
				}
				let++
				if !slices.Equal(s.Action, []string{"sqs:SendMessage"}) || at(s.Principal, "Service") != "events.amazonaws.com" ||
					at(s.Condition["ArnEquals"], "aws:SourceArn", "Fn::GetAtt", 0) != "EventBusRule" {
					t.Errorf("%s: %s lets in %+v", name, id, s)
				}
			}
		}
		if let != 2 {
			t.Errorf("%s: %d statements let somebody send", name, let)
		}
	})
}

// The bus's rule takes what only AWS can send, and the doctor's test event.
func TestTheHubPassesEventsOfAWSAlone(t *testing.T) {
	withEvents(t, func(t *testing.T, name string, i *installation) {
		rule := i.template.one(t, "AWS::Events::Rule").Properties
		want := map[string]any{"source": []any{map[string]any{"prefix": "aws."}, event.TestSource}}
		if diff := cmp.Diff(want, rule["EventPattern"]); diff != "" || rule["State"] != "ENABLED" || at(rule, "EventBusName", "Ref") != "EventBus" {
			t.Errorf("%s: %v (-want +got):\n%s", name, rule, diff)
		}
		if at(rule, "Targets", 0, "DeadLetterConfig", "Arn") == nil || at(rule, "Targets", 0, "Arn", "Fn::GetAtt", 0) == nil || len(listed(rule["Targets"])) != 1 {
			t.Errorf("%s: the target is %v", name, rule["Targets"])
		}
	})
}

// A batch must not come back while the function is at it, and comes back as often as a run may keep
// it waiting.
func TestTheQueueOfEvents(t *testing.T) {
	withEvents(t, func(t *testing.T, name string, i *installation) {
		var queue map[string]any
		for _, q := range i.template.ofType("AWS::SQS::Queue") {
			if q.Properties["RedrivePolicy"] != nil {
				queue = q.Properties
			}
		}
		source := i.template.one(t, "AWS::Lambda::EventSourceMapping").Properties
		visible, _ := queue["VisibilityTimeout"].(float64)
		received, _ := at(queue, "RedrivePolicy", "maxReceiveCount").(float64)
		longest := i.config.Function.Timeout
		if i.config.Scale.IsDistributed() {
			longest = i.config.Scale.Timeout
		}
		if visible < i.config.Function.Timeout.Seconds()+i.config.Events.Window.Seconds() || visible > 43200 ||
			received*visible < longest.Seconds()+10*visible || received > 1000 || received*visible > queue["MessageRetentionPeriod"].(float64) {
			t.Errorf("%s: messages come back after %v s, %v times; a run takes %s", name, visible, received, longest)
		}
		if delay, _ := queue["DelaySeconds"].(float64); delay != i.config.Settings.Schedule.Events.Wait.Seconds() {
			t.Errorf("%s: messages wait %v s, want %s", name, delay, i.config.Settings.Schedule.Events.Wait)
		}
		want := map[string]any{
			"BatchSize": 10000.0, "MaximumBatchingWindowInSeconds": i.config.Events.Window.Seconds(),
			"FunctionResponseTypes": []any{"ReportBatchItemFailures"},
			"ScalingConfig":         map[string]any{"MaximumConcurrency": float64(i.config.Events.Concurrency)},
			"FunctionName":          map[string]any{"Ref": "Function76856677"}, "EventSourceArn": source["EventSourceArn"],
		}
		if diff := cmp.Diff(want, source); diff != "" || at(source, "EventSourceArn", "Fn::GetAtt", 1) != "Arn" {
			t.Errorf("%s: the function is invoked by (-want +got):\n%s", name, diff)
		}
		if at(i.template.one(t, "AWS::Lambda::Function").Properties, "Environment", "Variables", "PORTOLAN_EVENTS_QUEUE", "Ref") == nil {
			t.Errorf("%s: the function is not told of the queue", name)
		}
	})
}

// The rules are the same in every account and region, let through what the kinds need, and use a role
// that is there before them.
func TestRulesOfEvents(t *testing.T) {
	withEvents(t, func(t *testing.T, name string, i *installation) {
		rules := i.rules.ofType("AWS::Events::Rule")
		var got, want []string
		for id, r := range rules {
			text, err := json.Marshal(r.Properties["EventPattern"])
			if err != nil || len(text) > event.MaxPattern || r.Properties["State"] != "ENABLED" {
				t.Errorf("%s: %s has %d characters: %v", name, id, len(text), err)
			}
			got = append(got, string(text))
			target := at(r.Properties, "Targets", 0)
			if at(target, "Arn", "Ref") != "EventBusArn" || at(target, "DeadLetterConfig") != nil || at(target, "Input") != nil ||
				at(target, "RoleArn", "Fn::Sub") != "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/"+i.config.StackName+"-forward-events" {
				t.Errorf("%s: %s sends to %v", name, id, target)
			}
		}
		want = append(want, event.Patterns(i.config.Read.Kinds)...)
		slices.Sort(got)
		slices.Sort(want)
		if diff := cmp.Diff(want, got); diff != "" || len(want) == 0 || len(i.rules.Resources) != len(rules) {
			t.Errorf("%s: patterns (-want +got):\n%s", name, diff)
		}
		own := i.template.Resources["OwnEventRules"]
		if own.Properties["PermissionModel"] != "SELF_MANAGED" || !cmp.Equal(at(own.Properties, "StackInstancesGroup", 0, "DeploymentTargets", "Accounts"), []any{map[string]any{"Ref": "AWS::AccountId"}}) ||
			!dependsOn(own, "EventForwarder") {
			t.Errorf("%s: rules of the own account: %v, after %v", name, own.Properties, own.DependsOn)
		}
		members, has := i.template.Resources["EventRules"]
		if has != (i.config.Mode == config.Organization) {
			t.Errorf("%s: rules in the members: %v", name, has)
		}
		for _, set := range []resource{own, members} {
			if set.Properties == nil {
				continue
			}
			var regions []any
			for _, region := range i.config.Events.Regions {
				regions = append(regions, region)
			}
			if !cmp.Equal(at(set.Properties, "StackInstancesGroup", 0, "Regions"), any(regions)) || at(set.Properties, "OperationPreferences", "RegionConcurrencyType") != "PARALLEL" ||
				set.Properties["Capabilities"] != nil || at(set.Properties, "Parameters", 0, "ParameterValue", "Fn::GetAtt", 0) != "EventBus" {
				t.Errorf("%s: %v", name, set.Properties)
			}
		}
		if !has {
			return
		}
		roles := i.template.Resources["ReadRoles"]
		if diff := cmp.Diff(at(roles.Properties, "StackInstancesGroup", 0, "DeploymentTargets"), at(members.Properties, "StackInstancesGroup", 0, "DeploymentTargets")); diff != "" ||
			members.Properties["CallAs"] != roles.Properties["CallAs"] || members.Properties["PermissionModel"] != "SERVICE_MANAGED" {
			t.Errorf("%s: accounts of the rules (-roles +rules):\n%s", name, diff)
		}
		before := at(members.Properties, "AutoDeployment", "DependsOn", 0, "Fn::Sub")
		if !dependsOn(members, "ReadRoles") || before != "arn:${AWS::Partition}:cloudformation:${AWS::Region}:${AWS::AccountId}:stackset/${ReadRoles}" {
			t.Errorf("%s: the rules come after %v and %v", name, members.DependsOn, before)
		}
	})
}

func dependsOn(r resource, id string) bool { return slices.Contains(listed(r.DependsOn), any(id)) }

// The forwarder may put events on the hub, for the account's own rules, and nothing else.
func TestForwarder(t *testing.T) {
	withEvents(t, func(t *testing.T, name string, i *installation) {
		for where, in := range map[string]struct {
			template
			hub any
		}{
			"own": {i.template, map[string]any{"Fn::GetAtt": []any{"EventBus", "Arn"}}}, "members": {i.members, map[string]any{"Ref": "EventBusArn"}},
		} {
			role, has := in.Resources["EventForwarder"]
			if !has && where == "members" && i.config.Mode == config.Single {
				continue
			}
			trust := statements("", role.Properties["AssumeRolePolicyDocument"])
			may := statements("", at(role.Properties, "Policies", 0, "PolicyDocument"))
			if len(trust) != 1 || at(trust[0].Principal, "Service") != "events.amazonaws.com" ||
				!cmp.Equal(at(trust[0].Condition["StringEquals"], "aws:SourceAccount"), any(map[string]any{"Ref": "AWS::AccountId"})) ||
				at(trust[0].Condition["ArnLike"], "aws:SourceArn", "Fn::Sub") != "arn:${AWS::Partition}:events:*:${AWS::AccountId}:rule/"+i.config.StackName+"-events-*" {
				t.Errorf("%s %s: the forwarder trusts %+v", name, where, trust)
			}
			if len(may) != 1 || !slices.Equal(may[0].Action, []string{"events:PutEvents"}) || !cmp.Equal(may[0].Resource, []any{in.hub}) ||
				len(listed(role.Properties["Policies"])) != 1 || role.Properties["ManagedPolicyArns"] != nil || role.Properties["RoleName"] != i.config.StackName+"-forward-events" {
				t.Errorf("%s %s: the forwarder: %+v", name, where, role.Properties)
			}
		}
	})
}

// CloudFormation may make the own account's rules, and pass them the forwarder, and nothing else.
func TestWhoMakesTheRulesOfTheOwnAccount(t *testing.T) {
	withEvents(t, func(t *testing.T, name string, i *installation) {
		got := map[string][]string{}
		for _, s := range i.template.granted() {
			if strings.HasPrefix(s.where, "Rules") {
				text, err := json.Marshal(s.Resource)
				if err != nil {
					t.Fatal(err)
				}
				got[s.Sid] = append(got[s.Sid], string(text))
			}
		}
		stack := i.config.StackName
		want := map[string][]string{
			"Execute":       {`[{"Fn::Sub":"arn:${AWS::Partition}:iam::${AWS::AccountId}:role/` + stack + `-rules-executor"}]`},
			"Stacks":        {`[{"Fn::Sub":"arn:${AWS::Partition}:cloudformation:*:${AWS::AccountId}:stack/StackSet-` + stack + `-own-event-rules-*"}]`},
			"Rules":         {`[{"Fn::Sub":"arn:${AWS::Partition}:events:*:${AWS::AccountId}:rule/` + stack + `-events-*"}]`},
			"PassForwarder": {`[{"Fn::GetAtt":["EventForwarder","Arn"]}]`},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: (-want +got):\n%s", name, diff)
		}
	})
}

func TestEventsOnTheDashboard(t *testing.T) {
	withEvents(t, func(t *testing.T, name string, i *installation) {
		text, err := json.Marshal(i.template.one(t, "AWS::CloudWatch::Dashboard").Properties["DashboardBody"])
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"EventsReceived", "EventsIgnored", "CellsRefreshed", "EventLag", "ApproximateAgeOfOldestMessage"} {
			if !strings.Contains(string(text), want) {
				t.Errorf("%s: the dashboard lacks %s", name, want)
			}
		}
	})
}

// The function may look at the way of events, as the doctor does, and send a test event to its own bus.
func TestTheFunctionMayLookAtEvents(t *testing.T) {
	withEvents(t, func(t *testing.T, name string, i *installation) {
		want := map[string][]string{
			"LookAtEventSource":  {"lambda:ListEventSourceMappings", `"*"`},
			"LookAtFailedEvents": {"sqs:GetQueueAttributes", `{"Fn::GetAtt":["FailedEvents`},
			"TestEvents":         {"events:DescribeEventBus events:PutEvents", `{"Fn::GetAtt":["EventBus","Arn"]}`},
			"LookAtEventRule":    {"events:DescribeRule events:ListTargetsByRule", `{"Fn::GetAtt":["EventBusRule","Arn"]}`},
		}
		for _, s := range i.template.granted() {
			expected, is := want[s.Sid]
			if !is || !strings.HasPrefix(s.where, "ExecutionRole") {
				continue
			}
			delete(want, s.Sid)
			text, err := json.Marshal(s.Resource[0])
			if err != nil || strings.Join(s.Action, " ") != expected[0] || !strings.HasPrefix(string(text), expected[1]) || len(s.Resource) != 1 {
				t.Errorf("%s: %s on %s", name, s.Action, text)
			}
		}
		if len(want) > 0 {
			t.Errorf("%s: the function lacks %v", name, want)
		}
	})
}

// No StackSet of a delegated administrator reaches the management account: commands make the rules
// there, in every region.
func TestRulesInTheManagementAccountByHand(t *testing.T) {
	withEvents(t, func(t *testing.T, name string, i *installation) {
		outputs, _ := json.Marshal(i.template.Outputs)
		for _, want := range []string{
			"--call-as DELEGATED_ADMIN --stack-set-name " + i.config.StackName + "-event-rules ",
			"for region in " + strings.Join(i.config.Events.Regions, " ") + "; do aws cloudformation deploy --region $region",
			`--parameter-overrides EventBusArn=",{"Fn::GetAtt":["EventBus","Arn"]},"; done"`,
		} {
			if has := strings.Contains(string(outputs), want); has != i.config.Members.DelegatedAdmin {
				t.Errorf("%s: outputs have %s: %v", name, want, has)
			}
		}
	})
}

// One template makes the rules in any number of regions of an account. So it must hold nothing that an
// account has once, and nothing that names a region.
func TestRulesOfSeveralRegionsAndOneRole(t *testing.T) {
	withEvents(t, func(t *testing.T, name string, i *installation) {
		text, err := json.Marshal(i.rules)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range i.rules.Resources {
			if r.Type != "AWS::Events::Rule" { // regional; an IAM role would exist already in the second region
				t.Errorf("%s: the template of the rules makes a %s", name, r.Type)
			}
		}
		for _, region := range append([]string{"AWS::Region"}, i.config.Events.Regions...) {
			if strings.Contains(string(text), region) {
				t.Errorf("%s: the template of the rules names %s", name, region)
			}
		}
		roles := map[string]int{}
		for where, in := range map[string]template{"own": i.template, "members": i.members} {
			for _, r := range in.ofType("AWS::IAM::Role") {
				if r.Properties["RoleName"] == i.config.StackName+"-forward-events" {
					roles[where]++
				}
			}
		}
		want := map[string]int{"own": 1, "members": 1}
		if i.config.Mode == config.Single {
			delete(want, "members")
		}
		if diff := cmp.Diff(want, roles); diff != "" {
			t.Errorf("%s: roles that the rules use (-want +got):\n%s", name, diff)
		}
	})
}

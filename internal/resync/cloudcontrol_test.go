package resync_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"portolan/internal/aws/cloudcontrol"
	"portolan/internal/aws/kind"
	"portolan/internal/invocation"
	"portolan/internal/port/defaults"
	"portolan/internal/report"
	"portolan/internal/resync"
	"portolan/internal/simulator/awssim"
	"portolan/internal/state"
)

// thirty are types that only Cloud Control reads: regional and global ones, listed whole or by
// identifier, beneath a parent of either sort, beneath two, and by a constant.
var thirty = []string{
	"AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::ManagedPolicy", "AWS::Route53::HostedZone", "AWS::CloudFront::Distribution",
	"AWS::EC2::VPC", "AWS::EC2::Subnet", "AWS::EC2::SecurityGroup", "AWS::EC2::RouteTable", "AWS::EC2::NatGateway", "AWS::EC2::EIP",
	"AWS::EC2::VPCEndpoint", "AWS::EC2::TransitGateway", "AWS::EC2::LaunchTemplate", "AWS::AutoScaling::AutoScalingGroup",
	"AWS::ElasticLoadBalancingV2::LoadBalancer", "AWS::ElasticLoadBalancingV2::TargetGroup", "AWS::ElasticLoadBalancingV2::Listener",
	"AWS::EKS::Nodegroup", "AWS::EKS::Addon", "AWS::ApiGateway::RestApi", "AWS::StepFunctions::StateMachine", "AWS::Events::Rule",
	"AWS::Events::EventBus", "AWS::Kinesis::Stream", "AWS::EFS::FileSystem", "AWS::CloudWatch::Alarm", "AWS::Logs::LogGroup",
	"AWS::WAFv2::WebACL", "AWS::Backup::BackupPlan",
}

// typesWorld is an Organization with three resources of each of the types in each place where
// they may lie, and three clusters of EKS, and the default mapping of the types. The roles that
// read it may do no more than the product says that it needs.
func typesWorld(t *testing.T, types []string) *world {
	t.Helper()
	e := estate(awssim.KubernetesCluster) // no entities: only a parent
	for i := range e.Accounts {
		a := &e.Accounts[i]
		a.Roles[0].Permissions = awssim.Permissions{Allow: slices.Concat(nativeActions(), permissionsOf(types))}
		for _, name := range types {
			p := awssim.Population{Kind: name, Regions: regions, Count: 3}
			if lone := (awssim.Estate{Accounts: []awssim.Account{{ID: member, Name: "x", Populations: []awssim.Population{p}}}}); lone.Validate() != nil {
				p.Regions = regions[1:] // a global type
			}
			a.Populations = append(a.Populations, p)
		}
	}
	return newWorldOf(t, defaults.Of(append(slices.Clone(types), "AWS::Organizations::Account")...), e, quickRetries, anyType, func(d *resync.Deps) { d.State = state.NewMemory() })
}

// anyType lets a run read what Cloud Control reads.
func anyType(d *resync.Deps) {
	d.More = func(name string) *kind.Kind {
		k, _ := cloudcontrol.Resolve(name)
		return k
	}
}

// permissionsOf are the actions that the product wants for some types.
func permissionsOf(types []string) []string {
	var actions []string
	for _, name := range types {
		k, _ := cloudcontrol.Resolve(name)
		actions = append(actions, k.Behind...)
	}
	return actions
}

// nativeActions are what reading accounts and clusters needs.
func nativeActions() []string {
	return []string{"organizations:*", "account:*", "ssm:*", "eks:*", "tag:GetResources", "ec2:DescribeRegions"}
}

// TestTypesOfCloudControl reads thirty types by their default mapping: what the Organization
// holds is in Port, and only that. Nothing is sent a second time. What vanishes is deleted.
func TestTypesOfCloudControl(t *testing.T) {
	t.Parallel()
	w := typesWorld(t, thirty)
	first := w.run(invocation.Request{})
	wantStatus(t, first, report.Completed)
	w.wantEntities(thirty)
	for _, name := range thirty {
		if first.AWS["CloudControl "+name].Calls == 0 {
			t.Errorf("the report does not say what %s costs in calls", name)
		}
	}

	second := w.run(invocation.Request{})
	wantStatus(t, second, report.Completed)
	if second.Total.Created+second.Total.Updated > 0 || second.Deletes.Deleted > 0 {
		t.Errorf("an estate that did not change gives %d new, %d changed and %d deleted entities", second.Total.Created, second.Total.Updated, second.Deletes.Deleted)
	}

	for _, name := range thirty {
		w.vanish(name)
	}
	third := w.run(invocation.Request{})
	wantStatus(t, third, report.Completed)
	if third.Deletes.Deleted < len(thirty) {
		t.Errorf("%d entities are deleted, want one of each type", third.Deletes.Deleted)
	}
	w.wantEntities(thirty)
}

// vanish takes away the last resource of a type, to which nothing else points. What AWS keeps
// itself has no tags.
func (w *world) vanish(name string) {
	w.t.Helper()
	for _, r := range slices.Backward(w.aws.Resources(member, name, regions[1])) {
		if len(r.Tags) > 0 && w.aws.Remove(member, name, r.Region, r.ID) {
			return
		}
	}
	w.t.Fatalf("there is no %s", name)
}

// wantEntities compares what Port holds of some types with what the Organization has. What AWS
// keeps itself has no entities.
func (w *world) wantEntities(types []string) {
	w.t.Helper()
	for _, name := range types {
		want := 0
		for _, account := range []string{management, member} {
			for _, region := range regions {
				for _, r := range w.aws.Resources(account, name, region) {
					if !strings.HasPrefix(r.ID, "arn:aws:iam::aws:") {
						want++
					}
				}
			}
		}
		if got := w.written(blueprintOfType(w.t, name)); want == 0 || len(got) != want {
			w.t.Errorf("Port holds %d of %s, want %d: %.300q", len(got), name, want, got)
		}
	}
}

// written lists what Port holds of a blueprint, without the entities that Port made itself
// because others point at them.
func (w *world) written(blueprint string) []string {
	var ids []string
	for _, entity := range w.port.Entities(blueprint) {
		if len(entity.Properties) > 0 {
			ids = append(ids, entity.Identifier)
		}
	}
	return ids
}

// blueprintOfType is the blueprint of a type's default mapping.
func blueprintOfType(t testing.TB, name string) string {
	t.Helper()
	var config struct {
		Resources []struct {
			Kind string
			Port struct {
				Entity struct{ Mappings struct{ Blueprint string } }
			}
		}
	}
	decode(t, defaults.Of(name).Config, &config)
	for _, resource := range config.Resources {
		if resource.Kind == name {
			return strings.Trim(resource.Port.Entity.Mappings.Blueprint, `"`)
		}
	}
	t.Fatalf("%s has no default mapping", name)
	return ""
}

// TestWhatKeepsEntitiesOfTypes lets each thing go wrong that may go wrong with a type while a
// resource of it is gone: its cell loses nothing, that is said, and other types are read.
func TestWhatKeepsEntitiesOfTypes(t *testing.T) {
	t.Parallel()
	const faulty, other = "AWS::EC2::VPC", "AWS::EC2::Subnet"
	faults := map[string]awssim.Fault{
		"a list that is cut short":      {Operation: "ListResources", Effect: awssim.CutShort},
		"reads that find nothing":       {Operation: "GetResource", Effect: awssim.Unfound},
		"a token that is refused":       {Operation: "ListResources", Effect: awssim.RefuseToken},
		"properties that are not JSON":  {Effect: awssim.OddProperties},
		"a description of nothing":      {Effect: awssim.NoIdentifier},
		"an action that is not offered": {Effect: awssim.Unsupport},
		"a gateway's not found":         {Effect: awssim.Gateway, Status: 404},
	}
	for _, failure := range awssim.HandlerFailures() {
		faults["a handler's "+failure.Code+": "+failure.Message] = failure
	}
	names := slices.Sorted(maps.Keys(faults))
	if racing { // it is slow then, and all go the same way
		names = names[:4]
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := typesWorld(t, []string{faulty, other})
			wantStatus(t, w.run(invocation.Request{}), report.Completed)
			blueprint := blueprintOfType(t, faulty)
			before := w.written(blueprint)
			fault := faults[name]
			fault.Service, fault.Type, fault.Account, fault.Times = "cloudcontrolapi", faulty, member, -1
			w.aws.Inject(fault)
			if fault.Effect != awssim.CutShort { // that leaves out what is there
				w.vanish(faulty)
			}
			w.vanish(other)
			if result := w.run(invocation.Request{}); len(result.Gaps)+len(result.Deletes.Withheld) == 0 {
				t.Errorf("nothing is said: %s", result.Status)
			}
			if after := w.written(blueprint); len(after) != len(before) {
				t.Errorf("%d of %d entities are left", len(after), len(before))
			}
			w.wantEntities([]string{other})
			w.aws.ClearFaults()
			wantStatus(t, w.run(invocation.Request{}), report.Completed)
			w.wantEntities([]string{faulty, other})
		})
	}
}

// TestTypesThatAreDenied have a gap that names the missing action, and keep their entities. The
// action may be Cloud Control's, or one of the type's handler.
func TestTypesThatAreDenied(t *testing.T) {
	t.Parallel()
	const denied, other = "AWS::StepFunctions::StateMachine", "AWS::EC2::Subnet"
	w := typesWorld(t, []string{denied, other})
	wantStatus(t, w.run(invocation.Request{}), report.Completed)
	before := w.written(blueprintOfType(t, denied))
	for _, action := range []string{"states:ListStateMachines", "states:DescribeStateMachine", "cloudformation:GetResource"} {
		for _, account := range w.aws.Accounts() {
			role := account.Roles[0]
			role.Deny = []string{action}
			if err := w.aws.SetRole(account.ID, role); err != nil {
				t.Fatal(err)
			}
		}
		result := w.run(invocation.Request{})
		wantStatus(t, result, report.Incomplete)
		said, _ := json.Marshal(result.Gaps)
		if !strings.Contains(string(said), action) || !strings.Contains(string(said), denied) {
			t.Errorf("no gap names %s: %s", action, said)
		}
		if after := w.written(blueprintOfType(t, denied)); !slices.Equal(before, after) {
			t.Errorf("without %s, %d of %d entities are left", action, len(after), len(before))
		}
	}
}

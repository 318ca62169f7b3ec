package doctor_test

import (
	"slices"
	"strings"
	"testing"

	"portolan/internal/aws/cloudcontrol"
	"portolan/internal/aws/kinds"
	"portolan/internal/diag"
	"portolan/internal/doctor"
	"portolan/internal/invocation"
	"portolan/internal/simulator/awssim"
)

// someTypes are read through Cloud Control: a global one, a regional one, and one beneath a parent.
var someTypes = []string{"AWS::IAM::Role", "AWS::EC2::VPC", "AWS::EKS::Nodegroup"}

// typedWorld is a world with some resources of those types.
func typedWorld(t *testing.T) *world {
	t.Helper()
	e := estate()
	for i := range e.Accounts {
		e.Accounts[i].Populations = append(e.Accounts[i].Populations,
			awssim.Population{Kind: "AWS::IAM::Role", Regions: []string{"us-east-1"}, Count: 2},
			awssim.Population{Kind: "AWS::EC2::VPC", Regions: regions, Count: 2},
			awssim.Population{Kind: "AWS::EKS::Nodegroup", Regions: regions, Count: 2},
		)
	}
	w := worldOf(t, e)
	w.deps.More, w.deps.Rates = cloudcontrol.Find, slices.Concat(kinds.Rates, cloudcontrol.Rates)
	w.installed()
	return w
}

// Each type is tried by one listing and one read, as native kinds are.
func TestTypesAreTried(t *testing.T) {
	t.Parallel()
	w := typedWorld(t)
	w.aws.ForgetCalls()
	d := w.examine(invocation.Request{Action: invocation.Doctor, Kinds: someTypes})
	if d.Verdict != doctor.Healthy {
		t.Errorf("verdict %s:\n%s", d.Verdict, printed(t, d))
	}
	tried := map[string]int{}
	for _, c := range w.aws.Calls() {
		if c.Service == "cloudcontrolapi" || c.Operation == "ListResources" || c.Operation == "GetResource" {
			tried[c.Operation+" "+c.Account]++
		}
	}
	// A listing and a read for each type, a listing of the clusters beneath which the node groups
	// are, and what the check of the regions tries in each of the two.
	for _, account := range []string{management, shop, bank} {
		if lists, reads := tried["ListResources "+account], tried["GetResource "+account]; lists != 3+1+2 || reads != 3+2 {
			t.Errorf("%s: %d listings and %d reads", account, lists, reads)
		}
	}
	if d.Estimate == nil || !strings.Contains(d.Estimate.Basis, "3 kinds share the pace of Cloud Control") {
		t.Errorf("estimate %+v", d.Estimate)
	}
}

// What a type's handler lacks is named for the type, ready to paste.
func TestWhatATypeLacks(t *testing.T) {
	t.Parallel()
	w := typedWorld(t)
	few := role()
	few.Permissions = awssim.Permissions{Allow: []string{"account:*", "ec2:*", "ssm:*", "cloudformation:*", "iam:ListRoles", "eks:*"}}
	if err := w.aws.SetRole(shop, few); err != nil {
		t.Fatal(err)
	}
	d := w.examine(invocation.Request{Action: invocation.Doctor, Kinds: someTypes})
	f := diagnostic(t, d, "kinds", diag.Denied)
	if !slices.Equal(f.Accounts, []string{shop}) || !slices.Equal(f.Kinds, []string{"AWS::IAM::Role"}) ||
		!strings.Contains(f.Fix, "Add to the policies of "+roleARN(shop)) || !strings.Contains(f.Fix, `"iam:GetRole"`) || strings.Contains(f.Fix, "cloudformation:") {
		t.Errorf("%v %v: %s", f.Accounts, f.Kinds, f.Fix)
	}
}

// A handler that does not say what it was denied may lack any of its actions; and what hands out
// secrets is never what to allow.
func TestWhatAHandlerDoesNotSay(t *testing.T) {
	t.Parallel()
	const denied = "User: arn:aws:sts::222222222222:assumed-role/PortOceanReadRole/portolan-doctor is not authorized to perform: "
	for name, test := range map[string]struct {
		message    string
		has, lacks []string
	}{
		"without a name": {"Access Denied", []string{`"iam:GetRole"`, `"iam:ListRoles"`}, []string{"cloudformation:"}},
		"a name":         {denied + "iam:ListRolePolicies on resource: * because no identity-based policy allows the iam:ListRolePolicies action", []string{`"iam:ListRolePolicies"`}, []string{"iam:GetRole", "cloudformation:"}},
		"a secret":       {denied + "secretsmanager:GetSecretValue on resource: * because no identity-based policy allows it", []string{"Take AWS::IAM::Role out of the mapping"}, []string{"Add to the policies"}},
		"what changes":   {denied + "kms:CreateGrant on resource: * because no identity-based policy allows it", []string{"Take AWS::IAM::Role out of the mapping", "kms:CreateGrant"}, []string{"Add to the policies"}},
	} {
		w := typedWorld(t)
		w.aws.Inject(awssim.Fault{Account: shop, Type: "AWS::IAM::Role", Operation: "GetResource", Times: -1, Effect: awssim.HandlerFails, Code: "AccessDenied", Message: test.message})
		d := w.examine(invocation.Request{Action: invocation.Doctor, Kinds: someTypes, Accounts: []string{shop}})
		f := diagnostic(t, d, "kinds", diag.Denied)
		for _, want := range test.has {
			if !strings.Contains(f.Fix, want) {
				t.Errorf("%s: the fix has no %s: %s", name, want, f.Fix)
			}
		}
		for _, not := range test.lacks {
			if strings.Contains(f.Fix, not) {
				t.Errorf("%s: the fix has %s: %s", name, not, f.Fix)
			}
		}
	}
}

package doctor_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/diag"
	"portolan/internal/doctor"
	"portolan/internal/invocation"
	"portolan/internal/simulator/awssim"
	"portolan/internal/state"
)

func TestAllIsWell(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.installed()
	w.port.ForgetRequests()
	d := w.examine(invocation.Request{})
	if d.Verdict != doctor.Healthy || d.ExitCode() != 0 {
		t.Errorf("verdict %s, exit code %d:\n%s", d.Verdict, d.ExitCode(), printed(t, d))
	}
	for _, c := range d.Checks {
		if c.Level != doctor.OK {
			t.Errorf("%s is %s: %+v", c.Name, c.Level, c.Diagnostics)
		}
	}
	for _, r := range w.port.Requests() {
		if r.Method != "GET" && !strings.HasSuffix(r.Route, "/access_token") && !strings.HasSuffix(r.Route, "/datasource-entities") {
			t.Errorf("the doctor wrote: %s %s", r.Method, r.Route)
		}
	}
	if left, err := w.state.List(t.Context(), ""); err != nil || len(left) > 0 {
		t.Errorf("the doctor left %v in the state (%v)", left, err)
	}
	if e := d.Estimate; e == nil || e.Accounts != 3 || e.Cells < 3*2*25 || e.Calls < e.Cells || !e.Fits {
		t.Errorf("estimate %+v", d.Estimate)
	}
	if untried := untriedOf(d); len(untried) > 0 {
		t.Errorf("there are resources of all kinds, but these were not tried: %v", untried)
	}
	noSecrets(t, d)
}

func untriedOf(d *doctor.Diagnosis) []string {
	var actions []string
	for _, a := range d.Accounts {
		for _, cell := range a.Cells {
			actions = append(actions, cell.Untried...)
		}
	}
	slices.Sort(actions)
	return slices.Compact(actions)
}

func TestAFirstRunIsTold(t *testing.T) {
	t.Parallel()
	d := newWorld(t).examine(invocation.Request{})
	if f := diagnostic(t, d, "mapping", diag.IntegrationMissing); f.Severity != diag.Note || d.Verdict != doctor.Healthy {
		t.Errorf("verdict %s: %+v\n%s", d.Verdict, f, printed(t, d))
	}
}

// TestPlantedFaults plants one fault of AWS, Port or the installation at a time. The
// diagnosis must say how to fix it, without knowledge of the program.
func TestPlantedFaults(t *testing.T) {
	t.Parallel()
	config := func(w *world, change func(string) string) {
		w.installed()
		in, ok := w.port.Integration(integration)
		if !ok {
			w.t.Fatal("Port has no integration")
		}
		if err := w.port.SetConfig(integration, []byte(change(string(in.Config)))); err != nil {
			w.t.Fatal(err)
		}
	}
	tests := map[string]struct {
		plant    func(w *world)
		check    string
		code     diag.Code
		exit     int
		accounts []string
		says     []string // of title, cause and fix together
	}{
		"another external id": {
			func(w *world) { w.externalID = "another-external-id" }, "accounts", diag.AssumeRole, 1, nil,
			[]string{roleARN(management), "sts:ExternalId", "The external id must be the same on both sides"},
		},
		"a member without the role": {
			func(w *world) {
				if err := w.aws.RemoveRole(shop, roleName); err != nil {
					w.t.Fatal(err)
				}
			}, "roles", diag.AssumeRole, 3, []string{shop},
			[]string{"Make sure that " + roleARN(shop) + " exists", `"Principal":{"AWS":"arn:aws:iam::` + management + `:user/portolan"}`},
		},
		"only what saves calls is missing in one account": {
			func(w *world) {
				w.installed()
				if err := w.aws.SetRole(bank, role("tag:GetResources")); err != nil {
					w.t.Fatal(err)
				}
			}, "kinds", diag.BulkRefused, 0, []string{bank},
			[]string{"tag:GetResources", "asks about each resource instead, and finds the same", "Take the deny of tag:GetResources out of"},
		},
		"an action is missing in one account": {
			func(w *world) {
				if err := w.aws.SetRole(bank, role("sqs:ListQueues", "dynamodb:DescribeTable")); err != nil {
					w.t.Fatal(err)
				}
			}, "kinds", diag.Denied, 3, []string{bank},
			[]string{"Denied: dynamodb:DescribeTable, sqs:ListQueues", "Take the deny of sqs:ListQueues out of the identity-based policies of " + roleARN(bank) + "."},
		},
		"a policy forbids a region": {
			func(w *world) {
				w.aws.SetPolicies([]awssim.Policy{{Targets: []string{"Workloads"}, Deny: []string{"*"}, Regions: []string{"eu-west-1"}}})
			}, "regions", diag.Closed, 0, []string{shop},
			[]string{"forbids eu-west-1", `regionPolicy {"deny": ["eu-west-1"]}`, "PORTOLAN_REGIONS"},
		},
		"a policy forbids a service": {
			func(w *world) {
				w.aws.SetPolicies([]awssim.Policy{{Targets: []string{shop}, Deny: []string{"ecr:*"}}})
			}, "kinds", diag.Closed, 0, []string{shop},
			[]string{"AWS::ECR::Repository", "owner of the Organization's service control policies to allow ecr:DescribeRepositories"},
		},
		"wrong credentials for Port": {
			func(w *world) { w.secret = "wrong-secret" }, "port", diag.PortCredentials, 1, nil,
			[]string{"check PORT_CLIENT_ID and PORT_CLIENT_SECRET", "OCEAN__PORT__BASE_URL"},
		},
		"an expression that does not compile": {
			func(w *world) {
				config(w, func(text string) string {
					return strings.Replace(text, `.Properties.QueueUrl`, `.Properties.QueueUrl | frobnicate`, 1)
				})
			}, "mapping", diag.MappingField, 3, nil,
			[]string{"AWS::SQS::Queue", "frobnicate"},
		},
		"a kind that is not known": {
			func(w *world) {
				config(w, func(text string) string { return strings.Replace(text, "AWS::SQS::Queue", "AWS::SQS::Queues", 1) })
			}, "mapping", diag.MappingKind, 3, nil, []string{"AWS::SQS::Queues"},
		},
		"a region that is misspelt in the settings": {
			func(w *world) { w.deps.Regions = append(w.deps.Regions, "eu-wset-1") }, "settings", diag.NameUnknown, 3, nil,
			[]string{`PORTOLAN_REGIONS names "eu-wset-1"`, "perhaps eu-west-1 is meant"},
		},
		"a region that is misspelt in the mapping": {
			func(w *world) {
				config(w, func(text string) string {
					return strings.Replace(text, `"selector":{`, `"selector":{"regionPolicy":{"allow":["eu-west-1","EU-WEST-2"]},`, 1)
				})
			}, "mapping", diag.MappingRegion, 3, nil, []string{"EU-WEST-2", "perhaps eu-west-2 is meant"},
		},
		"a mapping that is empty": {
			func(w *world) { config(w, func(string) string { return `{}` }) }, "mapping", diag.MappingUnusable, 1, nil,
			[]string{"the mapping is empty"},
		},
		"a blueprint is missing": {
			func(w *world) {
				config(w, func(text string) string { return strings.ReplaceAll(text, `\"sqsQueue\"`, `\"queueOfOurs\"`) })
			}, "mapping", diag.BlueprintMissing, 3, nil,
			[]string{"queueOfOurs, which Port does not have", "AWS::SQS::Queue", "Create the blueprint"},
		},
		"a required property is not fed": {
			func(w *world) {
				w.installed()
				if err := w.port.EditBlueprint("sqsQueue", []byte(`{"schema":{"properties":{"arn":{"type":"string"},"costCentre":{"type":"string"}},"required":["costCentre"]}}`)); err != nil {
					w.t.Fatal(err)
				}
			}, "mapping", diag.RequiredUnfed, 3, nil,
			[]string{"sqsQueue requires the property costCentre", "Fill it in the mapping"},
		},
		"the Organization is denied": {
			func(w *world) {
				if err := w.aws.SetRole(management, role("organizations:List*")); err != nil {
					w.t.Fatal(err)
				}
			}, "accounts", diag.OrganizationsDenied, 3, nil,
			[]string{"Access denied to Organizations API", "organizations:ListAccounts", "delegated administrator"},
		},
		"the secret cannot be read": {
			func(w *world) {
				w.deps.Credentials = func(context.Context) (string, string, error) {
					return "", "", diag.With(diag.SecretUnread, errSecret)
				}
			}, "secret", diag.SecretUnread, 1, nil, []string{"secretsmanager:GetSecretValue"},
		},
		"the credentials are a person's": {
			func(w *world) {
				w.id = "ann@example.com"
				w.port.SetCredentials(w.id, clientSecret)
			}, "secret", diag.PersonalCredentials, 3, nil, []string{"Use the credentials of the organization"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			test.plant(w)
			d := w.examine(invocation.Request{Kinds: few})
			f := diagnostic(t, d, test.check, test.code)
			if d.ExitCode() != test.exit {
				t.Errorf("exit code %d (%s), want %d", d.ExitCode(), d.Verdict, test.exit)
			}
			if diff := cmp.Diff(test.accounts, f.Accounts); diff != "" {
				t.Errorf("accounts (-want +got):\n%s", diff)
			}
			told := f.Title + "\n" + f.Place() + "\n" + f.Cause + "\n" + f.Fix
			for _, want := range test.says {
				if !strings.Contains(told, want) {
					t.Errorf("it does not say %q:\n%s", want, told)
				}
			}
			if table := printed(t, d); !strings.Contains(table, test.code.See()) {
				t.Errorf("the table has no link to %s:\n%s", test.code, table)
			}
			noSecrets(t, d)
		})
	}
}

// TestADiagnosticEndsNothing: with Port out of reach, AWS is looked at all the same.
func TestADiagnosticEndsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.secret = "wrong-secret"
	d := w.examine(invocation.Request{})
	if len(d.Accounts) != 3 || len(d.Accounts[0].Cells) == 0 {
		t.Errorf("nothing of AWS was looked at:\n%s", printed(t, d))
	}
	for _, c := range d.Checks {
		if c.Name == "mapping" && c.Level != doctor.Unknown {
			t.Errorf("the mapping is %s", c.Level)
		}
	}
}

func TestNarrowed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.examine(invocation.Request{Kinds: []string{awssim.Queue}, Accounts: []string{shop, "999999999999"}, EveryRegion: true})
	diagnostic(t, d, "accounts", diag.AccountNotListed)
	if len(d.Accounts) != 1 || len(d.Accounts[0].Cells) != 1 {
		t.Fatalf("accounts %+v", d.Accounts)
	}
	if diff := cmp.Diff(regions, d.Accounts[0].Cells[0].Regions); diff != "" {
		t.Errorf("regions (-want +got):\n%s", diff)
	}
}

// TestTheTimeIsOver: what was not reached is said.
func TestTheTimeIsOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.aws.Inject(awssim.Fault{Service: "sqs", Times: -1, Effect: awssim.Hang})
	ctx, cancel := context.WithTimeout(t.Context(), 6*time.Second)
	defer cancel()
	d := doctor.Examine(ctx, w.deps, invocation.Request{Accounts: []string{shop}})
	if f := diagnostic(t, d, "kinds", diag.NotReached); f.Severity != diag.Warning || !strings.Contains(f.Title, awssim.Queue) {
		t.Errorf("%+v", f)
	}
}

func TestWrongSettings(t *testing.T) {
	t.Parallel()
	d := doctor.Refuse("1.0", diag.New(diag.SettingsWrong, "OCEAN__INTEGRATION__IDENTIFIER is not set"))
	diagnostic(t, d, "settings", diag.SettingsWrong)
	if d.ExitCode() != 2 || !strings.Contains(printed(t, d), "OCEAN__INTEGRATION__IDENTIFIER is not set") {
		t.Errorf("exit code %d:\n%s", d.ExitCode(), printed(t, d))
	}
}

// readOnly is a state that cannot be written.
type readOnly struct{ state.Store }

func (readOnly) Put(context.Context, string, []byte, string) (string, error) {
	return "", diag.New(diag.StateRefused, "s3:PutObject: AccessDenied")
}

// careless is a state that takes no condition.
type careless struct{ state.Store }

func (c careless) Put(ctx context.Context, name string, data []byte, version string) (string, error) {
	if _, present, err := c.Get(ctx, name); err == nil {
		version = present
	}
	return c.Store.Put(ctx, name, data, version)
}

func TestState(t *testing.T) {
	t.Parallel()
	damaged := state.NewMemory()
	if _, err := damaged.Put(t.Context(), "runs/20260101T000000Z-run.json.gz", []byte("{"), ""); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		store state.Store
		code  diag.Code
		level diag.Severity
	}{
		"a damaged report": {damaged, diag.StateUnknown, diag.Warning},
		"none":             {nil, diag.StateNone, diag.Note},
		"read only":        {readOnly{state.NewMemory()}, diag.StateRefused, diag.Error},
		"no conditions":    {careless{state.NewMemory()}, diag.StatePlace, diag.Error},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.state = test.store
			d := w.examine(invocation.Request{Kinds: []string{awssim.Queue}, Accounts: []string{shop}})
			if f := diagnostic(t, d, "state", test.code); f.Severity != test.level {
				t.Errorf("%+v", f)
			}
		})
	}
}

// TestTableOfManyAccounts keeps the table of a large Organization small.
func TestTableOfManyAccounts(t *testing.T) {
	t.Parallel()
	d := &doctor.Diagnosis{}
	for i := range 500 {
		a := &doctor.Account{ID: strings.Repeat(string(rune('0'+i%10)), 12), Name: "a", Entered: i%50 != 0}
		for _, kind := range awssim.Kinds() {
			cell := &doctor.Cell{Kind: kind, Outcome: "ok"}
			if i%7 == 3 && kind == awssim.Queue {
				cell.Outcome = "denied"
			}
			a.Cells = append(a.Cells, cell)
		}
		if !a.Entered {
			a.Cells = nil
		}
		d.Accounts = append(d.Accounts, a)
	}
	table := printed(t, d)
	if lines := strings.Count(table, "\n"); lines > 40 {
		t.Errorf("%d lines:\n%s", lines, table)
	}
	for _, want := range []string{"every other kind (27)", "not entered", "denied", "AWS::SQS::Queue"} {
		if !strings.Contains(table, want) {
			t.Errorf("no %q in\n%s", want, table)
		}
	}
}

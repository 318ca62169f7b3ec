package doctor_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"portolan/internal/aws/event"
	"portolan/internal/aws/kind"
	"portolan/internal/aws/kinds"
	"portolan/internal/aws/policy"
	"portolan/internal/diag"
	"portolan/internal/doctor"
	"portolan/internal/invocation"
	"portolan/internal/simulator/awssim"
	"portolan/internal/state"
)

// The way of events in the simulated estate: the hub is in the management account, in us-east-1.
const (
	hubRegion = "us-east-1"
	hubName   = "Portolan-events"
	queueURL  = "https://sqs." + hubRegion + ".amazonaws.com/" + management + "/events"
	hubARN    = "arn:aws:events:" + hubRegion + ":" + management + ":event-bus/" + hubName
	hubRule   = "arn:aws:events:" + hubRegion + ":" + management + ":rule/" + hubName + "/" + hubName
)

type attributes = map[string]any

func queueNamed(name string) string {
	return "arn:aws:sqs:" + hubRegion + ":" + management + ":" + name
}

// hub are the resources of the stack by their kinds and names.
func hub() map[string]awssim.Resource {
	sqsPolicy := `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"sqs:*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}},` +
		`{"Effect":"Allow","Principal":{"Service":"events.amazonaws.com"},"Action":"sqs:SendMessage","Resource":"*","Condition":{"ArnEquals":{"aws:SourceArn":"` + hubRule + `"}}}]}`
	busPolicy := `{"Version":"2012-10-17","Statement":[{"Sid":"Organization","Effect":"Allow","Principal":"*","Action":"events:PutEvents","Resource":"` + hubARN +
		`","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}}}]}`
	empty := attributes{"ApproximateNumberOfMessages": "0", "ApproximateNumberOfMessagesNotVisible": "0"}
	of := func(kind, id string, a attributes) awssim.Resource {
		return awssim.Resource{Kind: kind, Region: hubRegion, ID: id, Attributes: a}
	}
	queue := attributes{"Policy": sqsPolicy, "RedrivePolicy": `{"deadLetterTargetArn":"` + queueNamed("failed") + `","maxReceiveCount":20}`}
	for name, value := range empty {
		queue[name] = value
	}
	return map[string]awssim.Resource{
		"queue": of(awssim.Queue, "events", queue), "failed": of(awssim.Queue, "failed", empty),
		"bus":    of(awssim.EventBus, hubName, attributes{"Policy": busPolicy}),
		"rule":   of(awssim.EventRule, hubName+"/"+hubName, attributes{"EventPattern": event.Source, "Targets": []any{attributes{"Id": "queue", "Arn": queueNamed("events")}}}),
		"source": of(awssim.EventSource, "6f1a2b3c-0000-4000-8000-000000000001", attributes{"EventSourceArn": queueNamed("events"), "FunctionArn": "arn:aws:lambda:us-east-1:" + management + ":function:Portolan"}),
		"trail":  of(awssim.LogTrail, "organization", attributes{"IsMultiRegionTrail": true, "IsOrganizationTrail": true}),
	}
}

// forwarding are the rules of an account in a region that pass on what some kinds need.
func forwarding(account, region string, of []*kind.Kind) []awssim.Resource {
	var rules []awssim.Resource
	for i, pattern := range event.Patterns(of) {
		rules = append(rules, awssim.Resource{Kind: awssim.EventRule, Region: region, ID: fmt.Sprintf("%s-%d", hubName, i+1), Attributes: attributes{
			"EventPattern": pattern,
			"Targets":      []any{attributes{"Id": "hub", "Arn": hubARN, "RoleArn": "arn:aws:iam::" + account + ":role/Portolan-forward-events"}},
		}})
	}
	return rules
}

// withEvents makes a world in which events arrive.
func withEvents(t *testing.T, change func(*awssim.Estate)) *world {
	t.Helper()
	e := estate()
	for i := range e.Accounts {
		a := &e.Accounts[i]
		a.Populations = nil
		for _, region := range regions {
			a.Resources = append(a.Resources, forwarding(a.ID, region, kinds.All)...)
		}
	}
	for _, r := range hub() {
		e.Accounts[0].Resources = append(e.Accounts[0].Resources, r)
	}
	if change != nil {
		change(&e)
	}
	w := worldOf(t, e)
	w.deps.Events = &doctor.Events{Queue: queueURL, Function: true, Patience: 10 * time.Second, Config: func(context.Context) (aws.Config, error) {
		config := w.base(nil)
		config.APIOptions, config.Region = nil, hubRegion
		return config, nil
	}}
	return w
}

// handled has the events that come into the queue dealt with until the test ends, as a batch of the
// function does.
func (w *world) handled() {
	w.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	w.t.Cleanup(func() { cancel(); <-done })
	go func() {
		defer close(done)
		for tick := time.NewTicker(5 * time.Millisecond); ; {
			select {
			case <-ctx.Done():
				tick.Stop()
				return
			case <-tick.C:
			}
			for _, text := range w.aws.TakeDelivered("events") {
				if h := event.New(nil).Read(text); h.Test == "" {
					w.t.Errorf("delivered: %s", text)
				} else if err := doctor.NoteArrival(ctx, w.state, h.Test); err != nil {
					w.t.Error(err)
				}
			}
		}
	}()
}

// aboutEvents are the checks of a diagnosis that are about events, by name.
func aboutEvents(d *doctor.Diagnosis) map[string]*doctor.Check {
	checks := map[string]*doctor.Check{}
	for _, c := range d.Checks {
		if slices.Contains([]string{"events", "rules", "trails", "arrival"}, c.Name) {
			checks[c.Name] = c
		}
	}
	return checks
}

var oneKind = invocation.Request{Kinds: []string{"AWS::Account::Info"}}

func TestNothingOfEventsUnlessTheyAreWanted(t *testing.T) {
	t.Parallel()
	if got := aboutEvents(newWorld(t).examine(oneKind)); len(got) > 0 {
		t.Errorf("%+v", got)
	}
}

// TestEventsArrive wants every part of the way to be found well, with few calls, and nothing to be
// left in the state.
func TestEventsArrive(t *testing.T) {
	t.Parallel()
	w := withEvents(t, nil)
	w.handled()
	d := w.examine(oneKind)
	checks := aboutEvents(d)
	for name, said := range map[string]string{
		"events":  "the queue has 0 messages, 0 that are being dealt with and 0 to come; the bus Portolan-events fills it, which takes those of the Organization o-a1b2c3d4e5",
		"rules":   "6 of 6 regions of accounts have rules for Portolan-events; their targets were looked at in one region of each account",
		"trails":  "in 3 of 3 accounts a trail logs the calls that change something",
		"arrival": "a test event arrived after ",
	} {
		if c := checks[name]; c == nil || c.Level != doctor.OK || !strings.HasPrefix(c.Said, said) {
			t.Errorf("%s: %+v", name, c)
		}
	}
	if left, err := w.state.List(t.Context(), "doctor/"); err != nil || len(left) > 0 {
		t.Errorf("%v is left: %v", left, err)
	}
	printed(t, d)
	tallies, rules := w.aws.Tallies(), int64(len(event.Patterns(kinds.All)))
	for operation, most := range map[string]int64{
		"events:ListRules": 6, "events:ListTargetsByRule": 3*rules + 1, "cloudtrail:DescribeTrails": 3, "cloudtrail:GetTrailStatus": 3, "events:PutEvents": 1,
	} {
		if n := int64(tallies[operation].Calls); n == 0 || n > most {
			t.Errorf("%d calls of %s", n, operation)
		}
	}
	request := oneKind
	request.EveryRegion = true
	if c := aboutEvents(w.examine(request))["rules"]; !strings.HasSuffix(c.Said, "in each") || int64(w.aws.Tallies()["events:ListTargetsByRule"].Calls) != 9*rules+2 {
		t.Errorf("%+v: %+v", c, w.aws.Tallies()["events:ListTargetsByRule"])
	}
}

// TestWhatKeepsEventsAway breaks each part of the way, and wants the doctor to say which.
func TestWhatKeepsEventsAway(t *testing.T) {
	t.Parallel()
	put := func(w *world, account string, r awssim.Resource, a attributes) {
		w.t.Helper()
		for name, value := range a {
			r.Attributes[name] = value
		}
		if err := w.aws.Put(account, r); err != nil {
			w.t.Fatal(err)
		}
	}
	change := func(name string, a attributes) func(*world) {
		return func(w *world) { put(w, management, hub()[name], a) }
	}
	remove := func(name string) func(*world) {
		return func(w *world) {
			if r := hub()[name]; !w.aws.Remove(management, r.Kind, r.Region, r.ID) {
				w.t.Fatal("there is no " + name)
			}
		}
	}
	rules := func(account, region string, a attributes) func(*world) {
		return func(w *world) {
			for _, r := range forwarding(account, region, kinds.All) {
				if a != nil {
					put(w, account, r, a)
				} else if !w.aws.Remove(account, r.Kind, region, r.ID) {
					w.t.Fatal("there is no " + r.ID)
				}
			}
		}
	}
	all := func(changes ...func(*world)) func(*world) {
		return func(w *world) {
			for _, change := range changes {
				change(w)
			}
		}
	}
	selectors := func(a attributes) func(*world) { return change("trail", attributes{"EventSelectors": []any{a}}) }
	fields := func(list ...any) func(*world) {
		return change("trail", attributes{"AdvancedEventSelectors": []any{attributes{"FieldSelectors": list}}})
	}
	everybody := []string{management, shop, bank}
	for name, test := range map[string]struct {
		breaks   func(*world)
		check    string
		code     diag.Code
		says     string // in the title or the cause
		severity diag.Severity
		accounts []string
	}{
		"no queue":                  {remove("queue"), "events", diag.EventsUnreached, "does not exist", diag.Warning, nil},
		"a queue that lets in none": {change("queue", attributes{"Policy": nil}), "events", diag.EventsCut, "names no rule", diag.Warning, nil},
		"given up":                  {change("failed", attributes{"ApproximateNumberOfMessages": "7"}), "events", diag.EventsGivenUp, "7 messages", diag.Warning, nil},
		"no queue of what failed":   {remove("failed"), "events", diag.EventsCut, "the queue of what was given up", diag.Warning, nil},
		"no mapping":                {remove("source"), "events", diag.EventsCut, "No event source mapping", diag.Warning, nil},
		"a disabled mapping":        {change("source", attributes{"State": "Disabled"}), "events", diag.EventsCut, "state Disabled", diag.Warning, nil},
		"no rule of the bus":        {remove("rule"), "events", diag.EventsCut, "does not exist", diag.Warning, nil},
		"a disabled rule":           {change("rule", attributes{"State": "DISABLED"}), "events", diag.EventsCut, "is disabled", diag.Warning, nil},
		"a rule with no target":     {change("rule", attributes{"Targets": nil}), "events", diag.EventsCut, "as a target", diag.Warning, nil},
		"no bus":                    {remove("bus"), "events", diag.EventsCut, "does not exist", diag.Warning, nil},
		"a bus for its account":     {change("bus", attributes{"Policy": nil}), "events", diag.EventsCut, "does not let them", diag.Warning, []string{shop, bank}},
		"a bus for another account": {change("bus", attributes{"Policy": `{"Statement":{"Effect":"Allow","Principal":{"AWS":["arn:aws:iam::` + shop + `:root"]},"Action":"events:*"}}`}),
			"events", diag.EventsCut, "does not let them", diag.Warning, []string{bank}},
		"a bus for accounts by a condition": {change("bus", attributes{"Policy": `{"Statement":{"Effect":"Allow","Principal":"*","Action":"events:PutEvents","Condition":{"StringEquals":{"aws:PrincipalAccount":["` + shop + `"]}}}}`}),
			"events", diag.EventsCut, "does not let them", diag.Warning, []string{bank}},
		"a bus for all but some": {change("bus", attributes{"Policy": `{"Statement":[{"Effect":"Deny","Principal":"*","Action":"events:PutEvents","Condition":{"StringNotEquals":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}}},` +
			`{"Effect":"Allow","Principal":{"AWS":"` + bank + `"},"Action":"events:PutEvents","Condition":{"StringNotEquals":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}}}]}`}),
			"events", diag.EventsCut, "does not let them", diag.Warning, []string{shop}},
		"no rules in an account": {all(rules(shop, "eu-west-1", nil), rules(shop, "us-east-1", nil)), "rules", diag.EventsUnsent, "in eu-west-1, us-east-1", diag.Warning, []string{shop}},
		"no rules in two":        {all(rules(shop, "eu-west-1", nil), rules(bank, "eu-west-1", nil)), "rules", diag.EventsUnsent, "in eu-west-1", diag.Warning, []string{shop, bank}},
		"no rules in a region": {all(rules(shop, "eu-west-1", nil), rules(bank, "eu-west-1", nil), rules(management, "eu-west-1", nil)),
			"rules", diag.EventsUnsent, "No events come from eu-west-1", diag.Note, nil},
		"no rules": {all(rules(shop, "eu-west-1", nil), rules(bank, "eu-west-1", nil), rules(management, "eu-west-1", nil),
			rules(shop, "us-east-1", nil), rules(bank, "us-east-1", nil), rules(management, "us-east-1", nil)),
			"rules", diag.EventsUnsent, "in eu-west-1, us-east-1", diag.Warning, everybody},
		"disabled rules":   {rules(bank, "eu-west-1", attributes{"State": "DISABLED"}), "rules", diag.EventsUnsent, "in eu-west-1 is disabled", diag.Warning, []string{bank}},
		"another target":   {rules(shop, "eu-west-1", attributes{"Targets": []any{attributes{"Id": "x", "Arn": "arn:aws:events:us-east-1:999999999999:event-bus/x", "RoleArn": "x"}}}), "rules", diag.EventsUnsent, "does not have the event bus", diag.Warning, []string{shop}},
		"rules of no role": {rules(shop, "eu-west-1", attributes{"Targets": []any{attributes{"Id": "hub", "Arn": hubARN}}}), "rules", diag.EventsUnsent, "has no role", diag.Warning, []string{shop}},
		"rules for fewer kinds": {rules(shop, "us-east-1", attributes{"EventPattern": event.Patterns([]*kind.Kind{kinds.SQSQueue})[0]}),
			"rules", diag.EventsUnheard, "AWS::DynamoDB::Table", diag.Warning, []string{shop}},
		"no trail":              {remove("trail"), "trails", diag.EventsUntrailed, "in eu-west-1, us-east-1", diag.Warning, everybody},
		"a trail that is off":   {change("trail", attributes{"IsLogging": false}), "trails", diag.EventsUntrailed, "in eu-west-1, us-east-1", diag.Warning, everybody},
		"a trail of an account": {change("trail", attributes{"IsOrganizationTrail": false}), "trails", diag.EventsUntrailed, "No trail", diag.Warning, []string{shop, bank}},
		"a trail of a region":   {change("trail", attributes{"IsMultiRegionTrail": false}), "trails", diag.EventsUntrailed, "something in eu-west-1.", diag.Warning, everybody},
		"a trail of reads":      {selectors(attributes{"ReadWriteType": "ReadOnly", "IncludeManagementEvents": true}), "trails", diag.EventsUntrailed, "No trail", diag.Warning, everybody},
		"a trail of data":       {selectors(attributes{"ReadWriteType": "All", "IncludeManagementEvents": false}), "trails", diag.EventsUntrailed, "No trail", diag.Warning, everybody},
		"a trail without KMS": {selectors(attributes{"ReadWriteType": "WriteOnly", "IncludeManagementEvents": true, "ExcludeManagementEventSources": []any{"kms.amazonaws.com"}}),
			"trails", diag.EventsUntrailed, "Calls about AWS::KMS::Key", diag.Note, everybody},
		"an advanced trail of reads": {fields(attributes{"Field": "eventCategory", "Equals": []any{"Management"}}, attributes{"Field": "readOnly", "Equals": []any{"true"}}),
			"trails", diag.EventsUntrailed, "No trail", diag.Warning, everybody},
		"an advanced trail of data": {fields(attributes{"Field": "eventCategory", "Equals": []any{"Data"}}), "trails", diag.EventsUntrailed, "No trail", diag.Warning, everybody},
		"an advanced trail without KMS": {fields(attributes{"Field": "eventCategory", "Equals": []any{"Management"}}, attributes{"Field": "eventSource", "NotEquals": []any{"kms.amazonaws.com"}}),
			"trails", diag.EventsUntrailed, "Calls about AWS::KMS::Key", diag.Note, everybody},
		"nobody at the queue": {func(*world) {}, "arrival", diag.EventsLost, "has not been dealt with", diag.Warning, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := withEvents(t, nil)
			w.installed()
			w.deps.Events.Patience = 10 * time.Second
			if test.check == "arrival" {
				w.deps.Events.Patience = 100 * time.Millisecond
			} else {
				w.handled()
			}
			test.breaks(w)
			d := w.examine(invocation.Request{Kinds: []string{"AWS::KMS::Key", "AWS::DynamoDB::Table"}})
			got := diagnostic(t, d, test.check, test.code)
			if got.Severity != test.severity || !strings.Contains(got.Title+" "+got.Cause, test.says) || !slices.Equal(got.Accounts, test.accounts) || got.Fix == "" {
				t.Errorf("%+v", got)
			}
			if n := len(aboutEvents(d)[test.check].Diagnostics); n > len(event.Patterns(kinds.All)) {
				t.Errorf("%d diagnostics", n)
			}
			if level := aboutEvents(d)[test.check].Level; level != doctor.Level(test.severity) || level == doctor.Warning && d.Verdict != doctor.Impaired {
				t.Errorf("the check is %s, the verdict %s", level, d.Verdict)
			}
			printed(t, d)
		})
	}
}

// TestTestEvent wants no test event where it could not arrive for another reason, and none to be
// believed that no doctor waits for.
func TestTestEvent(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change func(*world)
		says   string
	}{
		"without a state": {func(w *world) {
			w.deps.State = func(context.Context) (state.Store, error) { return nil, nil }
		}, "its arrival is noted in the state"},
		"past a rule of one's own": {func(w *world) {
			r := hub()["rule"]
			r.Attributes["EventPattern"] = `{"source":[{"prefix":"aws."}]}`
			if err := w.aws.Put(management, r); err != nil {
				w.t.Fatal(err)
			}
		}, `its pattern needs the source "portolan.doctor" too`},
		"to nobody": {func(w *world) {
			r := hub()["source"]
			w.aws.Remove(management, r.Kind, r.Region, r.ID)
		}, "nothing takes the messages of the queue to a function"},
		"to a mapping that is off": {func(w *world) {
			r := hub()["source"]
			r.Attributes["State"] = "Disabled"
			if err := w.aws.Put(management, r); err != nil {
				w.t.Fatal(err)
			}
		}, "nothing takes the messages of the queue to a function"},
	} {
		w := withEvents(t, nil)
		test.change(w)
		c := aboutEvents(w.examine(oneKind))["arrival"]
		if c.Level != doctor.Note || !strings.Contains(c.Said, test.says) || w.aws.Tallies()["events:PutEvents"].Calls > 0 {
			t.Errorf("%s: %+v", name, c)
		}
	}
	store, id := state.NewMemory(), "6f1a2b3c-0000-4000-8000-000000000001"
	if err := doctor.NoteArrival(t.Context(), store, id); err != nil {
		t.Error(err)
	}
	if left, err := store.List(t.Context(), ""); err != nil || len(left) > 0 {
		t.Errorf("a forged event wrote %v: %v", left, err)
	}
}

// TestPermissionsForEvents wants the actions that the deployment grants to be enough, and each of them
// to be needed.
func TestPermissionsForEvents(t *testing.T) {
	t.Parallel()
	hubs := []string{
		"sqs:GetQueueAttributes", "lambda:ListEventSourceMappings", "events:DescribeEventBus", "events:PutEvents", "events:DescribeRule", "events:ListTargetsByRule",
	}
	look := func(without string) *doctor.Diagnosis {
		w := withEvents(t, func(e *awssim.Estate) {
			may := slices.Concat(policy.Entering, policy.Naming, policy.Discovery, policy.Offers, policy.Events)
			for i := range e.Accounts {
				e.Accounts[i].Roles[0].Permissions = awssim.Permissions{Allow: may}
				if rest, is := strings.CutPrefix(without, "read:"); is {
					e.Accounts[i].Roles[0].Deny = []string{rest}
				}
			}
			e.Accounts[0].Users[0].Permissions = awssim.Permissions{Allow: append([]string{"sts:AssumeRole"}, hubs...)}
			if rest, is := strings.CutPrefix(without, "hub:"); is {
				e.Accounts[0].Users[0].Deny = []string{rest}
			}
		})
		w.handled()
		return w.examine(oneKind)
	}
	for name, c := range aboutEvents(look("")) {
		if c.Level != doctor.OK {
			t.Errorf("%s: %+v", name, c)
		}
	}
	for _, action := range policy.Events {
		found := false
		for _, c := range aboutEvents(look("read:" + action)) {
			for _, d := range c.Diagnostics {
				var of policy.Document
				_, text, _ := strings.Cut(d.Fix, ":\n")
				found = found || d.Code == diag.Denied && len(d.Accounts) == 3 && strings.Contains(d.Title, action) && json.Unmarshal([]byte(text), &of) == nil && len(of.Statement) == 2
			}
		}
		if !found {
			t.Errorf("nothing is said without %s", action)
		}
	}
	for _, action := range hubs {
		worst := doctor.OK
		for _, c := range aboutEvents(look("hub:" + action)) {
			if c.Level == doctor.Warning {
				worst = c.Level
			}
		}
		if worst != doctor.Warning {
			t.Errorf("nothing is said without %s of the function's", action)
		}
	}
}

// TestManagementAccountOfADelegatedAdministrator wants the doctor to say how the account gets rules that
// no StackSet reaches.
func TestManagementAccountOfADelegatedAdministrator(t *testing.T) {
	t.Parallel()
	w := withEvents(t, func(e *awssim.Estate) {
		text, err := json.Marshal(e.Accounts)
		if err != nil {
			t.Fatal(err)
		}
		var moved []awssim.Account
		if err := json.Unmarshal([]byte(strings.ReplaceAll(string(text), ":"+management+":event-bus", ":"+shop+":event-bus")), &moved); err != nil {
			t.Fatal(err)
		}
		e.Accounts = moved
		e.Accounts[0].Resources = slices.DeleteFunc(e.Accounts[0].Resources, func(r awssim.Resource) bool { return r.Kind != awssim.LogTrail })
		for _, r := range hub() {
			if r.Kind == awssim.LogTrail {
				continue
			}
			text, err := json.Marshal(r)
			if err == nil {
				r.Attributes = nil
				err = json.Unmarshal([]byte(strings.ReplaceAll(string(text), management, shop)), &r)
			}
			if err != nil {
				t.Fatal(err)
			}
			e.Accounts[1].Resources = append(e.Accounts[1].Resources, r)
		}
	})
	w.handled()
	inside, err := w.aws.Assume(shop, roleName, "function")
	if err != nil {
		t.Fatal(err)
	}
	w.deps.Events.Queue = strings.ReplaceAll(queueURL, management, shop)
	config := w.deps.Events.Config
	w.deps.Events.Config = func(ctx context.Context) (aws.Config, error) {
		c, err := config(ctx)
		c.Credentials = credentials.NewStaticCredentialsProvider(inside.AccessKeyID, inside.SecretAccessKey, inside.SessionToken)
		return c, err
	}
	d := w.examine(oneKind)
	got := diagnostic(t, d, "rules", diag.EventsUnsent)
	if !slices.Equal(got.Accounts, []string{management}) || !strings.Contains(got.Cause, "management account") || !strings.Contains(got.Fix, "ManagementRulesCommand") {
		t.Errorf("%+v", got)
	}
	if c := aboutEvents(d)["arrival"]; c.Level != doctor.OK {
		t.Errorf("%+v", c)
	}
}

// TestClosedRegionsHaveNoRules wants a region that a policy of the Organization forbids to be no
// diagnostic about events: the check of regions names it.
func TestClosedRegionsHaveNoRules(t *testing.T) {
	t.Parallel()
	for _, closed := range regions {
		w := withEvents(t, func(e *awssim.Estate) {
			e.Policies = []awssim.Policy{{Targets: []string{"Workloads"}, Deny: []string{"cloudtrail:*", "events:*"}, Regions: []string{closed}}}
		})
		w.handled()
		checks := aboutEvents(w.examine(invocation.Request{Kinds: []string{"AWS::SQS::Queue"}}))
		for _, name := range []string{"rules", "trails"} {
			if c := checks[name]; c.Level != doctor.OK || name == "rules" && !strings.HasPrefix(c.Said, "5 of 5 regions") {
				t.Errorf("%s closed: %s: %+v", closed, name, c)
			}
		}
	}
}

// TestManyRegions wants texts that name a few regions, and never the number of the others alone.
func TestManyRegions(t *testing.T) {
	t.Parallel()
	for regions, want := range map[int]string{
		2: "r0, r1", 6: "r0, r1, r2, r3, r4, r5", 7: "all of its 7 regions", 8: "r0, r1, r2, r3, r4, r5 and 2 more regions",
	} {
		var names []string
		for i := range regions {
			names = append(names, fmt.Sprint("r", i))
		}
		if got := doctor.SomeRegions(names, 7); got != want {
			t.Errorf("%d regions: %s", regions, got)
		}
	}
}

// TestWhatCouldNotBeSeenIsNotMissing denies the doctor a look, and wants nothing to be concluded from that:
// neither a region that was left out on purpose, nor an account without a trail.
func TestWhatCouldNotBeSeenIsNotMissing(t *testing.T) {
	t.Parallel()
	w := withEvents(t, nil)
	w.handled()
	w.aws.Inject(awssim.Fault{Service: "events", Operation: "ListRules", Region: "eu-west-1", Times: -1, Effect: awssim.Deny})
	w.aws.Inject(awssim.Fault{Account: shop, Service: "cloudtrail", Times: -1, Effect: awssim.Deny})
	d := w.examine(oneKind)
	printed(t, d)
	checks := aboutEvents(d)
	for name, said := range map[string]string{
		"rules":  "3 of 3 regions of accounts have rules for Portolan-events; their targets were looked at in one region of each account; 3 could not be looked at",
		"trails": "in 2 of 2 accounts a trail logs the calls that change something; 1 could not be looked at",
	} {
		if c := checks[name]; c.Said != said || len(c.Diagnostics) == 0 {
			t.Errorf("%s: %s", name, c.Said)
		}
		for _, d := range checks[name].Diagnostics {
			if d.Code != diag.Denied {
				t.Errorf("%s: %+v", name, d)
			}
		}
	}
}

// TestWhatOneTrailLeavesOut has two trails. What one leaves out wakes events all the same if the other logs it.
func TestWhatOneTrailLeavesOut(t *testing.T) {
	t.Parallel()
	without := func(sources ...any) attributes {
		return attributes{"EventSelectors": []any{attributes{"ReadWriteType": "All", "IncludeManagementEvents": true, "ExcludeManagementEventSources": sources}}}
	}
	of := func(name string, more attributes) awssim.Resource {
		for key, value := range without("kms.amazonaws.com") {
			if more[key] == nil {
				more[key] = value
			}
		}
		return awssim.Resource{Kind: awssim.LogTrail, Region: hubRegion, ID: name, Attributes: more}
	}
	for name, test := range map[string]struct {
		trails []awssim.Resource // besides that of the Organization, which leaves out KMS
		noted  []string
	}{
		"no other":                   {nil, []string{management, shop, bank}},
		"another of every region":    {[]awssim.Resource{of("another", attributes{"IsMultiRegionTrail": true, "EventSelectors": without()["EventSelectors"]})}, []string{shop, bank}},
		"another that leaves it out": {[]awssim.Resource{of("another", attributes{"IsMultiRegionTrail": true})}, []string{management, shop, bank}},
		"another of one region":      {[]awssim.Resource{of("another", attributes{"EventSelectors": without()["EventSelectors"]})}, []string{management, shop, bank}},
	} {
		w := withEvents(t, nil)
		w.installed()
		w.handled()
		for _, r := range append(test.trails, of("organization", attributes{"IsMultiRegionTrail": true, "IsOrganizationTrail": true})) {
			if err := w.aws.Put(management, r); err != nil {
				t.Fatal(err)
			}
		}
		d := diagnostic(t, w.examine(invocation.Request{Kinds: []string{"AWS::KMS::Key"}}), "trails", diag.EventsUntrailed)
		if !slices.Equal(d.Accounts, test.noted) {
			t.Errorf("%s: %v, want %v", name, d.Accounts, test.noted)
		}
	}
}

// TestBusWithConditionsOfItsOwn wants no account to be said to be shut out by a policy that is not understood.
func TestBusWithConditionsOfItsOwn(t *testing.T) {
	t.Parallel()
	for operator, key := range map[string]string{"ForAnyValue:StringLike": "aws:PrincipalOrgPaths", "StringNotEquals": "aws:PrincipalOrgID"} {
		w := withEvents(t, nil)
		w.handled()
		r := hub()["bus"]
		r.Attributes["Policy"] = `{"Statement":{"Effect":"Allow","Principal":"*","Action":"events:PutEvents","Condition":{"` + operator + `":{"` + key + `":"o-a1b2c3d4e5/r-ab12/*"}}}}`
		if err := w.aws.Put(management, r); err != nil {
			t.Fatal(err)
		}
		c := aboutEvents(w.examine(oneKind))["events"]
		if c.Level != doctor.OK || !strings.HasSuffix(c.Said, "; the bus Portolan-events fills it; whom the conditions of its policy let in is not known here") {
			t.Errorf("%s: %+v", operator, c)
		}
	}
}

// TestDenialsInManyRegions wants a permission that a role lacks to be told once, and not in each region.
func TestDenialsInManyRegions(t *testing.T) {
	t.Parallel()
	w := withEvents(t, func(e *awssim.Estate) { e.Accounts[1].Roles[0].Deny = []string{"events:ListRules"} })
	w.handled()
	if all := aboutEvents(w.examine(oneKind))["rules"].Diagnostics; len(all) != 1 || all[0].Code != diag.Denied || !slices.Equal(all[0].Accounts, []string{shop}) {
		t.Errorf("%d diagnostics: %+v", len(all), all)
	}
}

// TestRuleOfOneAccount has the bus's rule let through the events of the bus's own account, as the test event is.
func TestRuleOfOneAccount(t *testing.T) {
	t.Parallel()
	for account, sent := range map[string]bool{management: true, shop: false} {
		w := withEvents(t, nil)
		w.handled()
		r := hub()["rule"]
		r.Attributes["EventPattern"] = `{"account":["` + account + `"]}`
		if err := w.aws.Put(management, r); err != nil {
			t.Fatal(err)
		}
		if c := aboutEvents(w.examine(oneKind))["arrival"]; (c.Level == doctor.OK) != sent || w.aws.Tallies()["events:PutEvents"].Calls > 0 != sent {
			t.Errorf("%s: %+v", account, c)
		}
	}
}

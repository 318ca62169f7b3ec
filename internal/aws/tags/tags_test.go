package tags_test

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	diff "github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"portolan/internal/aws/call"
	"portolan/internal/aws/kind"
	"portolan/internal/aws/kinds"
	"portolan/internal/aws/tags"
	"portolan/internal/diag"
	"portolan/internal/simulator/awssim"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	account = "200000000002"
	region  = "eu-west-1"
)

// tagged are the kinds whose tags may be filled in from what is read in bulk.
func tagged() (all []*kind.Kind) {
	for _, k := range kinds.All {
		if slices.ContainsFunc(slices.Concat(k.Default, k.Optional), func(f kind.FollowUp) bool {
			return f.Bulk != nil && slices.Contains(f.Bulk.Actions, "tag:GetResources")
		}) {
			all = append(all, k)
		}
	}
	return all
}

func TestKindsWithTagsInBulk(t *testing.T) {
	t.Parallel()
	var got []string
	for _, k := range tagged() {
		got = append(got, k.Type)
	}
	slices.Sort(got)
	want := []string{
		"AWS::DynamoDB::Table", "AWS::ECR::Repository", "AWS::KMS::Key", "AWS::Lambda::Function", "AWS::SNS::Topic", "AWS::SQS::Queue",
	}
	if d := diff.Diff(want, got); d != "" {
		t.Errorf("kinds (-want +got):\n%s", d)
	}
}

// estate has an account with as many resources of each kind as there are, of which the last
// three have no tags.
type estate struct {
	*awssim.Server
	t    *testing.T
	gate *call.Gate
	base aws.Config
	had  kind.Untagged
}

func newEstate(t *testing.T, k *kind.Kind, count int) *estate {
	t.Helper()
	everything := awssim.Permissions{Allow: []string{"*"}}
	e := awssim.Estate{Organization: &awssim.Organization{}, Accounts: []awssim.Account{
		{ID: "100000000001", Name: "root", Management: true},
		{
			ID: account, Name: "shop", Roles: []awssim.Role{{Name: "reader", Trusts: []string{"100000000001"}, Permissions: everything}},
			Populations: []awssim.Population{{Kind: k.Type, Regions: []string{region}, Count: count}},
		},
	}}
	s, err := awssim.Start(e, "", awssim.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	all := s.Resources(account, k.Type, region)
	for i := max(0, count-3); i < count; i++ {
		r := all[i]
		r.Tags = nil
		if err := s.Put(account, r); err != nil {
			t.Fatal(err)
		}
	}
	id, err := s.Assume(account, "reader", "test")
	if err != nil {
		t.Fatal(err)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	t.Cleanup(transport.CloseIdleConnections)
	return &estate{
		Server: s, t: t, gate: call.NewGate(call.Limits{Attempts: 2, Backoff: time.Millisecond}, nil, slog.New(slog.DiscardHandler)),
		base: aws.Config{
			Region: region, BaseEndpoint: aws.String(s.URL()), HTTPClient: &http.Client{Transport: s.Transport(transport)},
			Credentials: credentials.NewStaticCredentialsProvider(id.AccessKeyID, id.SecretAccessKey, id.SessionToken),
		},
	}
}

// arns are the ARNs of the kind's resources.
func (e *estate) arns(k *kind.Kind) []string {
	before := map[string]string{
		awssim.Queue: "sqs:R:A:", awssim.Function: "lambda:R:A:function:", awssim.Topic: "sns:R:A:", awssim.Table: "dynamodb:R:A:table/",
		awssim.Repository: "ecr:R:A:repository/", awssim.Key: "kms:R:A:key/",
	}[k.Type]
	before = "arn:aws:" + strings.NewReplacer("R", region, "A", account).Replace(before)
	var arns []string
	for _, r := range e.Resources(account, k.Type, region) {
		arns = append(arns, before+r.ID)
	}
	return arns
}

// read reads the kind with its tags, in bulk if there is a run. It returns the documents,
// the errors, and the calls by operation.
func (e *estate) read(k *kind.Kind, run *tags.Run) (documents []kind.Object, errs []error, calls map[string]int) {
	e.t.Helper()
	before := len(e.Calls())
	target := kind.Target{
		Account: account, Region: region, Partition: "aws", Config: e.gate.Config(e.base, account, region, k.Service.Prefix, nil),
	}
	if run != nil {
		config := func() aws.Config { return e.gate.Config(e.base, account, region, tags.Service, nil) }
		target.Tags = run.Reader(config, tags.Place{Account: account, Region: region, Kind: k.Type})
	}
	options := kind.Options{Actions: k.OptionalNames(), Parallel: 4, Budget: kind.NewRoom(1000), Untagged: e.had}
	for document, err := range k.Read(e.t.Context(), target, options) {
		if err != nil {
			errs = append(errs, err)
			continue
		}
		documents = append(documents, document)
	}
	calls = map[string]int{}
	for _, c := range e.Calls()[before:] {
		calls[c.Operation]++
	}
	return documents, errs, calls
}

// tagCalls are the native calls about tags.
func tagCalls(calls map[string]int) int {
	return calls["ListTags"] + calls["ListQueueTags"] + calls["ListTagsForResource"] + calls["ListTagsOfResource"] + calls["ListResourceTags"]
}

// TestSameDocuments wants the documents of the native calls, whatever becomes of the
// tagging API.
func TestSameDocuments(t *testing.T) {
	t.Parallel()
	const count = 30
	always := func(f awssim.Fault) func(*estate, *kind.Kind) {
		f.Service, f.Times = "tagging", -1
		return func(e *estate, _ *kind.Kind) { e.Inject(f) }
	}
	tests := map[string]struct {
		change func(*estate, *kind.Kind)
		native int // native calls at most
		bulk   int // calls of the tagging API, at least
		code   diag.Code
		// lists says that only kinds whose tags are lists are concerned.
		lists bool
	}{
		"all is well": {native: 3 + 2, bulk: 1},
		"some are missing": {native: 3 + 2 + 10, bulk: 1, change: func(e *estate, k *kind.Kind) {
			for _, arn := range e.arns(k)[:10] {
				e.TellTags(arn, nil)
			}
		}},
		"some are named without tags": {native: 3 + 2 + 10, bulk: 1, change: func(e *estate, k *kind.Kind) {
			for _, arn := range e.arns(k)[:10] {
				e.TellTags(arn, map[string]string{})
			}
		}},
		"all are late": {native: count + 1, bulk: 1, code: diag.BulkTagsDiffer, change: func(e *estate, k *kind.Kind) {
			for _, arn := range e.arns(k) {
				e.TellTags(arn, map[string]string{"team": "former"})
			}
		}},
		"tags of what has none": {native: count + 2, bulk: 1, code: diag.BulkTagsDiffer, change: func(e *estate, k *kind.Kind) {
			for _, arn := range e.arns(k) {
				if !strings.HasSuffix(arn, "0") {
					e.TellTags(arn, nil)
				}
			}
			for _, arn := range e.arns(k)[count-3:] {
				e.TellTags(arn, map[string]string{"a": "1", "b": "2", "c": "3", "d": "4", "e": "5"})
			}
		}},
		"another order": {native: count + 2, bulk: 1, code: diag.BulkTagsDiffer, lists: true, change: func(e *estate, _ *kind.Kind) { e.ReverseTags() }},
		"denied":        {native: count, bulk: 1, code: diag.BulkRefused, change: always(awssim.Fault{Effect: awssim.Deny})},
		"denied by the Organization": {
			native: count, bulk: 1, code: diag.BulkRefused, change: always(awssim.Fault{Effect: awssim.DenyByPolicy}),
		},
		"throttled":            {native: count, bulk: 1, code: diag.BulkRefused, change: always(awssim.Fault{Effect: awssim.Throttle})},
		"broken":               {native: count, bulk: 1, code: diag.BulkRefused, change: always(awssim.Fault{Effect: awssim.Fail})},
		"cut":                  {native: count, bulk: 1, code: diag.BulkRefused, change: always(awssim.Fault{Effect: awssim.Cut})},
		"garbled":              {native: count, bulk: 1, code: diag.BulkRefused, change: always(awssim.Fault{Effect: awssim.Garble})},
		"a gateway in between": {native: count, bulk: 1, code: diag.BulkRefused, change: always(awssim.Fault{Effect: awssim.Gateway})},
		"unknown there":        {native: count, bulk: 1, code: diag.BulkRefused, change: always(awssim.Fault{Effect: awssim.Unsupport})},
		"one is refused natively": {native: 3 + 3, bulk: 1, change: func(e *estate, _ *kind.Kind) {
			e.Inject(awssim.Fault{Operation: "List*Tags*", Effect: awssim.Deny, Denial: awssim.ResourcePolicy})
		}},
		"one is broken natively": {native: count + 2, change: func(e *estate, _ *kind.Kind) {
			e.Inject(awssim.Fault{Operation: "List*Tags*", Effect: awssim.Fail, Times: 2})
		}},
		"broken once": {native: 3 + 2, bulk: 1, change: func(e *estate, _ *kind.Kind) { e.Inject(awssim.Fault{Service: "tagging", Effect: awssim.Fail}) }},
	}
	for _, k := range tagged() {
		for name, test := range tests {
			t.Run(k.Type+"/"+name, func(t *testing.T) {
				t.Parallel()
				e := newEstate(t, k, count)
				want, errs, _ := e.read(k, nil)
				if len(want) != count || len(errs) > 0 {
					t.Fatalf("%d documents, errors %v", len(want), errs)
				}
				if test.change != nil {
					test.change(e, k)
				}
				run := tags.NewRun()
				got, errs, calls := e.read(k, run)
				if d := diff.Diff(want, got); d != "" || len(errs) > 0 {
					t.Errorf("errors %v, documents (-native +bulk):\n%s", errs, d)
				}
				native, code, isList := test.native, test.code, k.Type != awssim.Function && k.Type != awssim.Queue
				if test.lists && !isList {
					native, code = 3+2, ""
				}
				if n := tagCalls(calls); n > native {
					t.Errorf("%d native calls for tags, want at most %d", n, native)
				}
				if n := calls["GetResources"]; n < test.bulk {
					t.Errorf("%d calls of the tagging API", n)
				}
				var codes []diag.Code
				for _, d := range run.Findings().Diagnostics() {
					codes = append(codes, d.Code)
					if d.Cause == "" || d.Fix == "" || d.Title == "" {
						t.Errorf("%+v lacks a text", d)
					}
				}
				if wanted := slices.DeleteFunc([]diag.Code{code}, func(c diag.Code) bool { return c == "" }); !slices.Equal(codes, wanted) {
					t.Errorf("diagnostics %v, want %v", codes, wanted)
				}
				_, _, again := e.read(k, run)
				if code != "" && again["GetResources"] > 0 {
					t.Errorf("the tagging API is asked %d times after it was found out", again["GetResources"])
				}
			})
		}
	}
}

// TestFewResourcesAreReadNatively wants no call that saves none.
func TestFewResourcesAreReadNatively(t *testing.T) {
	t.Parallel()
	for _, k := range tagged() {
		for count, bulk := range map[int]int{0: 0, 3: 0, 4: 1} {
			t.Run(fmt.Sprint(k.Type, " ", count), func(t *testing.T) {
				t.Parallel()
				_, errs, calls := newEstate(t, k, count).read(k, tags.NewRun())
				if len(errs) > 0 || calls["GetResources"] != bulk {
					t.Errorf("%d calls, errors %v", calls["GetResources"], errs)
				}
			})
		}
	}
}

// TestHundredsInACall reads 250 resources, a hundred or a page at a time.
func TestHundredsInACall(t *testing.T) {
	t.Parallel()
	for _, k := range tagged() {
		t.Run(k.Type, func(t *testing.T) {
			t.Parallel()
			_, errs, calls := newEstate(t, k, 250).read(k, tags.NewRun())
			want := 3
			if k.List.PageSize == 50 {
				want = 5
			}
			if len(errs) > 0 || calls["GetResources"] != want || tagCalls(calls) != 3+2 {
				t.Errorf("%d calls of the tagging API, want %d; %d native ones; errors %v", calls["GetResources"], want, tagCalls(calls), errs)
			}
		})
	}
}

// TestNativeFailuresStayTheirs lets each native call about tags fail. Whatever bulk
// answers, a resource that it does not answer fails as without it.
func TestNativeFailuresStayTheirs(t *testing.T) {
	t.Parallel()
	for _, k := range tagged() {
		t.Run(k.Type, func(t *testing.T) {
			t.Parallel()
			e := newEstate(t, k, 10)
			e.Inject(awssim.Fault{Operation: "List*Tags*", Effect: awssim.Deny, Times: -1})
			want, wantErrs, _ := e.read(k, nil)
			got, gotErrs, _ := e.read(k, tags.NewRun())
			if d := diff.Diff(want, got); d != "" || len(gotErrs) != len(wantErrs) || len(gotErrs) == 0 {
				t.Errorf("%d errors, want %d; documents (-native +bulk):\n%s", len(gotErrs), len(wantErrs), d)
			}
		})
	}
}

// remembered remembers what had no tags, and from how long ago.
type remembered struct {
	mu  sync.Mutex
	was map[string]kind.Object
	age time.Duration
}

func (m *remembered) Had(key string) (kind.Object, time.Time, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	answer, ok := m.was[key]
	return answer, time.Now().Add(-m.age), ok
}

func (m *remembered) Note(key string, answer kind.Object, _ time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.was[key] = answer
}

// TestWhatHadNoTags is asked natively once, and then one of it in each reading, for as long as that is
// believed. The documents are those of the native calls.
func TestWhatHadNoTags(t *testing.T) {
	t.Parallel()
	const some, samples, none = 27, 2, 3
	for _, k := range tagged() {
		t.Run(k.Type, func(t *testing.T) {
			t.Parallel()
			e := newEstate(t, k, some+none)
			had := &remembered{was: map[string]kind.Object{}}
			e.had = had
			for _, reading := range []struct {
				name   string
				native int
				change func()
			}{
				{"the first", samples + none, func() {}},
				{"the next", samples + 1, func() {}},
				{"a day later", samples + none, func() { had.age = 24 * time.Hour }},
				{"of the future", samples + none, func() { had.age = -time.Hour }},
				{"one gets tags", samples + 1, func() {
					had.age = 0
					e.tag(k, some)
				}},
				{"the tagging API is refused", some + none, func() {
					e.Inject(awssim.Fault{Service: "tagging", Effect: awssim.Deny, Times: -1})
				}},
			} {
				reading.change()
				want, _, _ := e.read(k, nil)
				run := tags.NewRun()
				got, errs, calls := e.read(k, run)
				if d := diff.Diff(want, got); d != "" || len(errs) > 0 {
					t.Errorf("%s: %v; documents (-native +bulk):\n%s", reading.name, errs, d)
				}
				if n := tagCalls(calls); n != reading.native {
					t.Errorf("%s: %d native calls, want %d", reading.name, n, reading.native)
				}
				if len(run.Findings().Differences) > 0 {
					t.Errorf("%s: %+v", reading.name, run.Findings())
				}
			}
		})
	}
}

// TestWhatGetsTagsUnseen: the tagging API does not know yet of tags that a resource has, and the one
// that is asked natively shows it.
func TestWhatGetsTagsUnseen(t *testing.T) {
	t.Parallel()
	for _, k := range tagged() {
		t.Run(k.Type, func(t *testing.T) {
			t.Parallel()
			e := newEstate(t, k, 30)
			e.had = &remembered{was: map[string]kind.Object{}}
			e.read(k, tags.NewRun())
			for i := 27; i < 30; i++ {
				e.tag(k, i)
				e.TellTags(e.arns(k)[i], nil)
			}
			run := tags.NewRun()
			e.read(k, run)
			if d := run.Findings().Diagnostics(); len(d) != 1 || d[0].Code != diag.BulkTagsDiffer {
				t.Errorf("%+v", d)
			}
		})
	}
}

// tag gives a resource tags.
func (e *estate) tag(k *kind.Kind, at int) {
	e.t.Helper()
	r := e.Resources(account, k.Type, region)[at]
	r.Tags = map[string]string{"team": "shop"}
	if err := e.Put(account, r); err != nil {
		e.t.Fatal(err)
	}
}

// TestFindings are the same wherever they were found.
func TestFindings(t *testing.T) {
	t.Parallel()
	k := kinds.SQSQueue
	e := newEstate(t, k, 10)
	e.Inject(awssim.Fault{Service: "tagging", Effect: awssim.Deny, Times: -1})
	first := tags.NewRun()
	e.read(k, first)
	second := tags.NewRun()
	second.Merge(first.Findings())
	if d := diff.Diff(first.Findings().Diagnostics(), second.Findings().Diagnostics()); d != "" {
		t.Errorf("diagnostics (-found +merged):\n%s", d)
	}
	if _, _, calls := e.read(k, second); calls["GetResources"] > 0 {
		t.Error("what another invocation found out is not heeded")
	}
	d := second.Findings().Diagnostics()
	if len(d) != 1 || d[0].Severity != diag.Note || !strings.Contains(d[0].Fix, "tag:GetResources") || !strings.Contains(d[0].Cause, account) {
		t.Errorf("%+v", d)
	}
}

// TestTry tells what a reading would meet.
func TestTry(t *testing.T) {
	t.Parallel()
	for _, k := range tagged() {
		t.Run(k.Type, func(t *testing.T) {
			t.Parallel()
			e := newEstate(t, k, 2)
			config := func() aws.Config { return e.gate.Config(e.base, account, region, tags.Service, nil) }
			probe := func() kind.Probing {
				target := kind.Target{
					Account: account, Region: region, Partition: "aws", Config: e.gate.Config(e.base, account, region, k.Service.Prefix, nil),
					Tags: tags.NewRun().Reader(config, tags.Place{Account: account, Region: region, Kind: k.Type}),
				}
				return k.Probe(t.Context(), target, k.OptionalNames())
			}
			if p := probe(); !p.Found || len(p.Slower) > 0 || len(p.Errs) > 0 {
				t.Errorf("%+v", p)
			}
			e.Inject(awssim.Fault{Service: "tagging", Effect: awssim.Deny, Times: -1})
			p := probe()
			if len(p.Slower) != 1 || len(p.Errs) > 0 || !strings.Contains(cmp.Or(errors.Join(p.Slower...), errors.New("")).Error(), "tag:GetResources") {
				t.Errorf("%+v", p)
			}
		})
	}
}

package resync

import (
	"log/slog"
	"slices"
	"testing"

	"portolan/internal/aws/call"
	"portolan/internal/aws/tags"
	"portolan/internal/diag"
	"portolan/internal/port"
	"portolan/internal/report"
	"portolan/internal/resync/cell"
	"portolan/internal/resync/entity"
	"portolan/internal/resync/outcome"
	"portolan/internal/resync/snapshot"
	"portolan/internal/resync/upsert"
)

// TestPartsTellWhereAWSAnswered has one invocation meet an answer of a service in a region:
// the one that ends the run knows that AWS offers it there, and what was used so far.
func TestPartsTellWhereAWSAnswered(t *testing.T) {
	t.Parallel()
	log := slog.New(slog.DiscardHandler)
	e := &Engine{
		book: outcome.NewBook(log, &Progress{}), calls: call.NewGate(call.Limits{}, nil, log), produced: entity.NewSet("run"),
		memory: snapshot.NewMemory(nil, nil, "run"), writing: writing{guard: upsert.NewGuard(upsert.NewWriter(nil, port.UpsertOptions{}, nil), nil, upsert.Rules{}, nil)},
		earlier: Earlier{AWS: map[string]report.Calls{"SQS": {Calls: 1}}, Port: map[string]report.Calls{}, Memory: 5},
		reading: reading{tags: tags.NewRun()},
	}
	book, err := outcome.NewBook(log, &Progress{}).Part()
	if err != nil {
		t.Fatal(err)
	}
	differ := tags.Findings{Differences: map[string]tags.Difference{"AWS::SQS::Queue": {Account: "1", Region: "eu-west-1", ARN: "arn"}}}
	p := Part{Book: book, Answered: []string{"sqs/eu-west-1"}, Tags: differ, Used: Earlier{AWS: map[string]report.Calls{"SQS": {Calls: 2}}, Memory: 3}}
	if err := e.Merge(p, true); err != nil {
		t.Fatal(err)
	}
	if !e.calls.HasAnswered("sqs", "eu-west-1") || e.calls.HasAnswered("sqs", "us-east-1") {
		t.Error("it is not known where AWS has answered")
	}
	if told := e.reading.tags.Findings().Diagnostics(); len(told) != 1 || told[0].Code != diag.BulkTagsDiffer {
		t.Errorf("what was found out about tags in bulk: %v", told)
	}
	if e.earlier.AWS["SQS"].Calls != 3 || e.earlier.Memory != 5 {
		t.Errorf("used: %+v", e.earlier)
	}
	if err := e.Merge(Part{Book: []byte("no JSON")}, true); err == nil {
		t.Error("a damaged part is taken")
	}
}

// TestSkip leaves of a batch what an earlier invocation came too late for. What is read once
// in an Organization may be read in any of the accounts.
func TestSkip(t *testing.T) {
	t.Parallel()
	one, two := cell.Name{Account: "1", Region: "eu-west-1", Kind: "A"}, cell.Name{Account: "2", Kind: "B"}
	once := cell.Name{Kind: "C"}
	for name, test := range map[string]struct {
		late []cell.Name
		last bool
		want []string
	}{
		"a middle invocation": {[]cell.Name{one}, false, []string{"1", "2"}},
		"one account":         {[]cell.Name{one}, true, []string{"1"}},
		"both accounts":       {[]cell.Name{two, one}, true, []string{"1", "2"}},
		"the Organization":    {[]cell.Name{once}, true, []string{"1", "2"}},
		"nothing":             {nil, true, []string{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			done := cell.Name{Account: "1", Kind: "B"}
			e := &Engine{reading: reading{before: cell.NewSet(), share: Share{Accounts: []string{"1", "2"}}}}
			e.Skip([]cell.Name{done}, test.late, test.last)
			if !slices.Equal(e.reading.share.Accounts, test.want) {
				t.Errorf("accounts %v, want %v", e.reading.share.Accounts, test.want)
			}
			if !e.reading.before.Has(done) || e.reading.before.Has(one) {
				t.Error("it passes over other cells than those that have ended")
			}
		})
	}
}

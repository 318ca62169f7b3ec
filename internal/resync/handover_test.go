package resync

import (
	"log/slog"
	"testing"

	"portolan/internal/aws/call"
	"portolan/internal/port"
	"portolan/internal/report"
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
	}
	book, err := outcome.NewBook(log, &Progress{}).Part()
	if err != nil {
		t.Fatal(err)
	}
	p := Part{Book: book, Answered: []string{"sqs/eu-west-1"}, Used: Earlier{AWS: map[string]report.Calls{"SQS": {Calls: 2}}, Memory: 3}}
	if err := e.Merge(p, true); err != nil {
		t.Fatal(err)
	}
	if !e.calls.HasAnswered("sqs", "eu-west-1") || e.calls.HasAnswered("sqs", "us-east-1") {
		t.Error("it is not known where AWS has answered")
	}
	if e.earlier.AWS["SQS"].Calls != 3 || e.earlier.Memory != 5 {
		t.Errorf("used: %+v", e.earlier)
	}
	if err := e.Merge(Part{Book: []byte("no JSON")}, true); err == nil {
		t.Error("a damaged part is taken")
	}
}

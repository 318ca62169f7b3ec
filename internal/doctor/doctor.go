package doctor

import (
	"context"
	"encoding/json"
	"iter"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/aws/smithy-go/middleware"

	"portolan/internal/aws/kind"
	"portolan/internal/invocation"
	"portolan/internal/port"
	"portolan/internal/resync"
	"portolan/internal/state"
)

// Port is what the doctor asks of Port's API; package port has it.
type Port interface {
	Authenticate(ctx context.Context) error
	Preview(ctx context.Context) (port.Integration, error)
	Blueprints(ctx context.Context) (map[string]port.Blueprint, error)
	Owned(ctx context.Context, before time.Time) iter.Seq2[[]port.Ref, error]
}

// Directory is what the doctor asks about accounts; package account has it.
type Directory interface {
	resync.Directory
	Caller(ctx context.Context) (string, error)
}

// Deps is what the doctor works with.
type Deps struct {
	AWSSide
	PortSide
	// State opens the state; it returns nil if none is kept.
	State func(ctx context.Context) (state.Store, error)
	Log   *slog.Logger
	// Progress counts for a display; nil if there is none.
	Progress *Progress
	// Program is the version of the program.
	Program string
	// Remarks say what the settings ignored, and why.
	Remarks []string
	// Limit is how long a run may take: Lambda's 15 minutes, or the function's.
	Limit time.Duration
}

// AWSSide is how the doctor sees AWS.
type AWSSide struct {
	// Directory opens the accounts. Its clients take the API options.
	Directory func(ctx context.Context, name string, apiOptions func(*middleware.Stack) error) (Directory, error)
	// Offered opens AWS's list of services by region; nil if it is not to be asked.
	Offered resync.OfferedOpener
	// Quota reads what AWS lets the function's account do; nil outside a function.
	Quota func(ctx context.Context) (Quota, error)
	// Events is the way of events; nil if they are not wanted.
	Events *Events
	Kinds  []*kind.Kind
	// More returns a kind beyond these by its name, nil if there is none; nil: there are no more.
	More   func(name string) *kind.Kind
	Rates  []kind.Rate
	Limits resync.Limits
	// Regions narrows every run to these, unless empty.
	Regions []string
	// BulkTags says whether a run may read tags by the tagging API.
	BulkTags bool
}

// PortSide is how the doctor sees Port.
type PortSide struct {
	// Credentials returns Port's client id and secret, as a run would read them.
	Credentials func(ctx context.Context) (id, secret string, err error)
	Port        Port
	// Defaults are the blueprints that a first run creates, as Port's API takes them.
	Defaults []json.RawMessage
	// Integration and Type are the identifier and the type of the integration.
	Integration, Type string
}

// Progress counts what has been looked at.
type Progress struct {
	Accounts, AccountsEntered atomic.Int64
	Probes, ProbesDone        atomic.Int64
}

// margin is how long before its deadline the doctor stops checking, to leave time for
// the report.
const margin = 3 * time.Second

// Examine checks everything, or the kinds and accounts of the request. Each kind is
// tried in the request's regions, in every region, or by default in one region of each
// account. It always returns a diagnosis.
func Examine(ctx context.Context, d Deps, request invocation.Request) *Diagnosis {
	e := newExamination(d, request)
	if end, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, end.Add(-margin))
		defer cancel()
	}
	e.settings()
	e.secret(ctx)
	if e.port(ctx) {
		e.integration(ctx)
	}
	e.identity(ctx)
	e.accounts(ctx)
	e.enter(ctx)
	e.names(ctx)
	e.store(ctx)
	e.regions(ctx)
	e.kinds(ctx)
	e.listOfServices(ctx)
	e.quota(ctx)
	e.events(ctx)
	e.estimate()
	return e.conclude()
}

// Refuse is the diagnosis of settings that no look is possible with.
func Refuse(program string, wrong error) *Diagnosis {
	e := newExamination(Deps{Program: program}, invocation.Request{})
	e.open("settings").fail(wrong)
	for _, name := range []string{"secret", "port", "mapping", "identity", "accounts", "roles", "state", "regions", "kinds", "offers"} {
		e.open(name).skip("the settings are wrong")
	}
	d := e.conclude()
	d.Verdict = Unusable
	return d
}

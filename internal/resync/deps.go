package resync

import (
	"context"
	"encoding/json"
	"iter"
	"log/slog"
	"time"

	"github.com/aws/smithy-go/middleware"

	"portolan/internal/aws/account"
	"portolan/internal/aws/kind"
	"portolan/internal/port"
	"portolan/internal/port/syncstatus"
	"portolan/internal/resync/outcome"
	"portolan/internal/resync/reconcile"
	"portolan/internal/state"
)

// Port is what a run needs of Port's API; package port has it.
type Port interface {
	Start(ctx context.Context) (port.Integration, error)
	Recall(told json.RawMessage)
	Preview(ctx context.Context) (port.Integration, error)
	Blueprints(ctx context.Context) (map[string]port.Blueprint, error)
	Find(ctx context.Context, blueprint string, identifiers []string) (map[string]port.Entity, error)
	Mine(ctx context.Context, blueprint string, identifiers []string) ([]string, error)
	Writers(ctx context.Context, blueprint string, identifiers []string) (map[string]port.Written, error)
	SetResyncState(ctx context.Context, state port.ResyncState) error
	Upsert(ctx context.Context, blueprint string, items []port.Item, o port.UpsertOptions) ([]port.Outcome, error)
	Delete(ctx context.Context, blueprint string, identifiers []string, o port.DeleteOptions) (deleted []string, err error)
	Owned(ctx context.Context, before time.Time) iter.Seq2[[]port.Ref, error]
	Blueprint(ctx context.Context, identifier string) (port.Blueprint, error)
	EnsureBlueprint(ctx context.Context, raw json.RawMessage) (created bool, err error)
	Masked(document map[string]any) map[string]any
	SendExamples(ctx context.Context, kind string, documents []map[string]any) error
	ResyncRequest(ctx context.Context) (port.ResyncRequest, error)
	Share(processes int)
	ServerTime(local time.Time) time.Time
	Stats() map[string]port.Stats
}

// Directory is what a run needs to know of accounts; package account has it.
type Directory interface {
	List(ctx context.Context) (account.Listing, error)
	Enter(ctx context.Context, a account.Account) (*account.Session, error)
	Regions(ctx context.Context, s *account.Session) ([]string, error)
	AllRegions(ctx context.Context, s *account.Session) ([]string, error)
}

// Deps is what a run works with.
type Deps struct {
	Settings
	Port Port
	// Directory opens the accounts for a run. Its clients take the API options, so
	// that their calls are bounded and counted with all others.
	Directory func(ctx context.Context, run string, apiOptions func(*middleware.Stack) error) (Directory, error)
	// Offered opens AWS's list of services by region when a cell failed as if its service
	// were not offered; nil if there is no list.
	Offered OfferedOpener
	Kinds   []*kind.Kind
	// More returns a kind beyond these by its name, nil if there is none; nil: there are no more.
	More func(name string) *kind.Kind
	// Describe asks AWS about resource types that nothing is known of, so that More knows them
	// from then on. Its error joins one for each type that could not be asked about. It is nil if
	// AWS is not asked.
	Describe func(ctx context.Context, apiOptions func(*middleware.Stack) error, names []string) error
	// Rates are what AWS documents of how often it may be called.
	Rates    []kind.Rate
	Log      *slog.Logger
	Progress *Progress // nil if there is no display
	// State keeps what the next run has to know; nil keeps nothing.
	State state.Store
	// Enough, once it is closed, ends the reading in good order, as the context's
	// deadline does; nil never does.
	Enough <-chan struct{}
	// SyncStatus is told the progress of each kind; nil if that is switched off.
	SyncStatus syncstatus.Port
	// Requests keeps which of Port's requests was answered last; nil keeps none, and
	// Port is not asked.
	Requests state.Store
	// Writes is called when a run begins, or a part of one, that does not only look;
	// nil is not called.
	Writes func()
}

// Settings are what an installation wants of its runs.
type Settings struct {
	// Integration is the identifier that reports name, Type its type, aws-v3.
	Integration, Type string
	// Program is the version of the program: another one writes everything again.
	Program string
	// Source names the machine or function, for other runs that find the lease taken.
	Source string
	Limits Limits
	// Deletes are what a run may delete; the mapping's threshold and the request
	// complete them.
	Deletes reconcile.Limits
	// Rewrite is after how long an entity is written again although nothing changed;
	// 0 is never.
	Rewrite time.Duration
	// Defaults are the blueprints that a first run creates, as Port's API takes them. A
	// plan counts on them where a resync would create them.
	Defaults []json.RawMessage
	// Regions narrows every run to these, unless empty.
	Regions []string
	// History is how far back histories are read; 0 reads everything. DeleteOlder
	// says whether their older entities in Port are deleted; otherwise they stay.
	History     time.Duration
	DeleteOlder bool
	// Coverage says whether Port gets an entity for each kind in each account that
	// shows what was read of it.
	Coverage bool
	// BulkTags says whether tags may be read by the tagging API, a hundred resources at a time.
	BulkTags bool
	// SendExamples says whether Port gets samples of documents, masked.
	SendExamples bool
	// Interval is the time between runs that is reported to Port; 0 means none. Next is
	// when the next run is due; if it is zero, that is one interval after the start.
	Interval time.Duration
	Next     time.Time
}

// Progress counts what a run has done so far, for those who watch.
type Progress = outcome.Progress

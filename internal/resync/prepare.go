package resync

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"portolan/internal/aws/account"
	"portolan/internal/aws/call"
	"portolan/internal/aws/cloudcontrol"
	"portolan/internal/aws/kind"
	"portolan/internal/diag"
	"portolan/internal/mapping"
	"portolan/internal/plain"
	"portolan/internal/port"
	"portolan/internal/port/syncstatus"
	"portolan/internal/resync/schedule"
	"portolan/internal/resync/scope"
	"portolan/internal/resync/snapshot"
	"portolan/internal/state"
)

// Prepare finds out what a run has to know before it reads anything: the mapping from Port,
// the state of earlier runs, and the accounts. It tells Port that a run is under way.
func (e *Engine) Prepare(ctx context.Context) error {
	start := e.startAnswering
	if !e.recorded() {
		start = e.Port.Preview
	}
	integration, err := start(ctx)
	if err != nil {
		return err
	}
	if !e.lists() && (integration.Absent || integration.Initializes) {
		return errNothingYet
	}
	e.beginning.integration = integration
	e.beginning.before = e.Port.ServerTime(e.Started)
	if err := e.understand(ctx, integration.Config); err != nil {
		return err
	}
	if err := e.refuseUnknown(ctx); err != nil {
		return err
	}
	if err := e.prepareCoverage(ctx); err != nil {
		return err
	}
	if err := e.remember(ctx); err != nil {
		return err
	}
	if e.recorded() {
		e.tellRunning(ctx)
		if e.tellsStatus() {
			e.status = syncstatus.Begin(e.SyncStatus, e.Run, e.Started, e.statusEntries(), e.log)
		}
	}
	return e.list(ctx)
}

// understand compiles the mapping, and makes ready what follows from it.
func (e *Engine) understand(ctx context.Context, config json.RawMessage) error {
	m, err := mapping.Compile(config, e.known)
	if err == nil && e.describe(ctx, m.UnknownKinds()) {
		m, err = mapping.Compile(config, e.known)
	}
	if err != nil {
		return fmt.Errorf("the mapping kept in Port for integration %s: %w", e.Integration, err)
	}
	if len(m.UnknownKinds()) > 0 {
		m.SuggestKinds(e.typeNames())
	}
	e.beginning.config = config
	e.scope = scope.New(e.Request, e.Regions, m, e.kindOf)
	for _, d := range m.Diagnostics {
		if d.Code != diag.MappingRegion { // that is reported after the accounts' regions are known
			e.tellMapping(ctx, d)
		}
	}
	readings := make([][]string, len(e.scope.Units))
	for i, u := range e.scope.Units {
		readings[i] = u.Questions()
		e.book.AddKind(u.Kind.Type, e.sinceOf(u), u.Entries)
	}
	e.reading.sharing = call.NewSharing(readings, e.limits.Shared)
	return e.prepareWriting(ctx)
}

// sinceOf says from when on the resources of a unit are read; zero: all of them.
func (e *Engine) sinceOf(u *scope.Unit) time.Time {
	if !u.Kind.History {
		return time.Time{}
	}
	return e.reading.since
}

// known returns a kind's actions, and whether the kind exists.
func (e *Engine) known(name string) (mapping.Actions, bool) {
	k := e.kindOf(name)
	if k == nil {
		actions := mapping.Actions{}
		if e.More != nil {
			actions.Why, actions.Fix = cloudcontrol.WhyUnreadable(name)
		}
		return actions, false
	}
	return mapping.Actions{Default: k.DefaultNames(), Optional: k.OptionalNames()}, true
}

// tellMapping reports what is wrong with the mapping.
func (e *Engine) tellMapping(ctx context.Context, d diag.Diagnostic) {
	e.log.WarnContext(ctx, "something is wrong with the mapping", "entry", d.Index(), "kind", d.Kind(), "field", d.Field, "cause", d.Cause)
	e.book.Unmapped.Add(d)
}

// open opens the accounts for the run.
func (e *Engine) open(ctx context.Context) (Directory, error) {
	directory, err := e.Directory(ctx, e.Run, e.calls.Base())
	if err != nil {
		return nil, diag.With(diag.BaseIdentity, fmt.Errorf("load the AWS credentials: %w", err))
	}
	return directory, nil
}

// list opens the accounts and lists them, once.
func (e *Engine) list(ctx context.Context) error {
	if e.beginning.opened != nil {
		return nil
	}
	directory, err := e.open(ctx)
	if err != nil {
		return err
	}
	if e.scope.Listing, err = directory.List(ctx); err != nil {
		return err
	}
	e.scope.Newer = e.newerRegions(ctx, directory)
	e.tellPolicies(ctx)
	for _, d := range e.scope.Diagnostics() {
		e.diagnostics = append(e.diagnostics, d)
		e.log.WarnContext(ctx, d.Title, "code", d.Code, "fix", d.Fix)
	}
	e.beginning.opened = directory
	return nil
}

// tellPolicies reports the regions that a regionPolicy names and that do not exist.
func (e *Engine) tellPolicies(ctx context.Context) {
	for _, p := range e.scope.WrongPolicies() {
		e.tellMapping(ctx, p)
	}
}

// newerRegions asks the first account that answers for the regions that the SDK does not
// know: an account lists every region of AWS, whether it has enabled it or not.
func (e *Engine) newerRegions(ctx context.Context, directory Directory) []string {
	unknown := e.scope.NewerRegions()
	if len(unknown) == 0 {
		return nil
	}
	for _, a := range e.scope.Listing.Accounts {
		if ctx.Err() != nil {
			return nil
		}
		s, err := directory.Enter(ctx, a)
		if err != nil {
			continue // reported when the run enters the account
		}
		listed, err := directory.AllRegions(ctx, s)
		if err != nil {
			e.log.WarnContext(ctx, "whether a region exists could not be asked", "account", a.ID, "regions", unknown, "error", err)
			continue
		}
		return slices.DeleteFunc(unknown, func(name string) bool { return !slices.Contains(listed, name) })
	}
	return nil
}

// refuseUnknown refuses a request that names something that does not exist, or that leaves
// nothing to read, before anything is done and before Port is told. If the accounts cannot
// be listed, the request is not wrong, and the run reports it.
func (e *Engine) refuseUnknown(ctx context.Context) error {
	if !e.Request.Narrowed() {
		return nil
	}
	listed := len(e.Request.Accounts)+len(e.Request.Regions) > 0 && e.list(ctx) == nil
	return e.Request.Refuse(errors.Join(e.scope.Refuse(listed)...))
}

// signatureOf hashes what makes entities what they are.
func signatureOf(config json.RawMessage, blueprints any, program string) (snapshot.Signature, error) {
	text, err := json.Marshal(blueprints)
	return snapshot.Signature{Mapping: hashOf(config), Blueprints: hashOf(text), Program: program}, err
}

// remember finds out what the runs before left, and asks Port which entities are still
// as they left them.
func (e *Engine) remember(ctx context.Context) error {
	if !e.remembers() {
		return e.listOurs(ctx, time.Time{})
	}
	var meanwhile sync.WaitGroup
	meanwhile.Go(func() { e.recallTimes(ctx) })
	blueprints, err := e.Port.Blueprints(ctx)
	meanwhile.Wait()
	if err != nil {
		return fmt.Errorf("read the blueprints: %w", err)
	}
	maps.DeleteFunc(blueprints, func(name string, _ port.Blueprint) bool {
		return !slices.ContainsFunc(e.scope.Mapping.Resources, func(m *mapping.Resource) bool { return scope.Writes(m, name) })
	})
	if e.beginning.sign, err = signatureOf(e.beginning.config, blueprints, e.Program); err != nil {
		return err
	}
	e.diagnostics = append(e.diagnostics, e.memory.RecallLast(ctx, e.beginning.before)...)
	e.beginning.trusted = !e.Request.Force && e.memory.Trusts(e.beginning.sign)
	if !e.beginning.trusted {
		return e.listOurs(ctx, time.Time{})
	}
	return e.listOurs(ctx, e.memory.Last.Ended)
}

// recallTimes reads what the runs before have learned of time. It is only a help.
func (e *Engine) recallTimes(ctx context.Context) {
	table, err := schedule.Load(ctx, e.State)
	if err != nil {
		if !errors.Is(err, state.ErrNotFound) {
			e.log.WarnContext(ctx, "the timetable cannot be used; the accounts are read in their usual order", "error", err)
		}
		return
	}
	e.reading.timetable = table
}

// Recall reads what the runs before left of the accounts that are read here, or of all if
// the run is to end here and asks Port for all that it holds.
func (e *Engine) Recall(ctx context.Context) error {
	if !e.remembers() {
		return nil
	}
	var oldest time.Time
	if e.Rewrite > 0 {
		oldest = e.Started.Add(-e.Rewrite)
	}
	some := e.reading.share.Accounts
	if !e.lists() {
		some = []string{}
		for _, a := range e.accounts() {
			some = append(some, a.ID)
		}
	}
	found, err := e.memory.Recall(ctx, e.beginning.sign, some, e.beginning.trusted, oldest)
	if err != nil {
		return diag.With(diag.StateRefused, fmt.Errorf("read the state: %w", err))
	}
	e.diagnostics = append(e.diagnostics, found...)
	return nil
}

// ordered are the accounts that are read here, in the order in which they are entered.
func (e *Engine) ordered() []account.Account {
	return schedule.Order(e.reading.timetable, e.accounts(), func(a account.Account) string { return a.ID })
}

// accounts are those that are read here.
func (e *Engine) accounts() []account.Account {
	only := e.reading.share.Accounts
	return slices.DeleteFunc(e.scope.Accounts(), func(a account.Account) bool { return only != nil && !slices.Contains(only, a.ID) })
}

// typeNames are the names that a mapping may have.
func (e *Engine) typeNames() []string {
	var names []string
	for _, k := range e.Kinds {
		names = append(names, k.Type)
	}
	if e.More != nil {
		names = append(names, cloudcontrol.Names()...)
	}
	return names
}

// describe asks AWS about the types that a mapping names and nobody knows, and says whether some
// are known now.
func (e *Engine) describe(ctx context.Context, names []string) (some bool) {
	names = slices.DeleteFunc(names, func(name string) bool { return !cloudcontrol.IsTypeName(name) })
	if e.Describe == nil || len(names) == 0 {
		return false
	}
	if err := e.Describe(ctx, e.calls.Base(), names); err != nil {
		entry := diag.TypeUnasked.Entry()
		d := diag.Diagnostic{Code: diag.TypeUnasked, Severity: diag.Warning, Title: entry.Title, Cause: plain.Lines(err.Error(), 2000, ""), Fix: diag.Unmarked(entry.Fix)}
		e.diagnostics = append(e.diagnostics, d)
		e.log.WarnContext(ctx, d.Title, "cause", d.Cause)
	}
	return slices.ContainsFunc(names, func(name string) bool { return e.kindOf(name) != nil })
}

// kindOf returns a kind by its type; nil if there is no such kind.
func (e *Engine) kindOf(name string) *kind.Kind {
	if k := kind.Among(e.Kinds)(name); k != nil || e.More == nil {
		return k
	}
	return e.More(name)
}

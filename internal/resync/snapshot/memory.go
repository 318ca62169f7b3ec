package snapshot

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/semaphore"

	"portolan/internal/diag"
	"portolan/internal/mapping"
	"portolan/internal/resync/cell"
	"portolan/internal/resync/entity"
	"portolan/internal/state"
)

// Signature is everything except AWS that determines entities: hashes of the mapping and of
// the blueprints, and the version of Portolan.
type Signature struct {
	Mapping    string `json:"mapping"`
	Blueprints string `json:"blueprints"`
	Program    string `json:"program"`
}

// Memory is what a run knows of the runs before it, and gathers for the next. Without a
// state it knows nothing and gathers nothing. It is safe for concurrent use, except for
// Recall and Keep.
type Memory struct {
	Past
	// Ours are the entities that Port holds as this integration's, and as the last run left
	// them if that is trusted.
	Ours *entity.Set
	// Last is what the last run says of itself; zero if nothing is known of it.
	Last state.Last

	store   state.Store // nil without a state
	lease   *state.Lease
	set     *Set
	history *state.History
	proven  bool // nothing was written by a run since the end that Last speaks of
	alone   bool // what is remembered counts, whatever Port lists
	fresh   fresh
	wrote   atomic.Bool
	kept    bool
	pieces  map[string][]string // of other invocations of the run, by account
}

// NewMemory returns the memory of a run. The store is nil without a state, the lease for a
// run that only looks.
func NewMemory(store state.Store, lease *state.Lease, run string) *Memory {
	m := &Memory{
		Ours: entity.NewSet(run), pieces: map[string][]string{},
		fresh: fresh{accounts: map[string]*gathered{}, doubtful: entity.NewSet(run)},
	}
	if store != nil {
		m.store, m.lease, m.set, m.history = store, lease, NewSet(store, lease), state.NewHistory(store, 0)
	}
	return m
}

// loading is how many snapshots are read or written at a time.
const loading = 16

// merging is how many entities are put together for snapshots at a time, unless one account has
// more. They take some 500 bytes each until their snapshot is written.
const merging = 25_000

// Margin is how far Port's clock may be ahead of what is known of it: the Date header has
// whole seconds.
const Margin = 2 * time.Second

// Lease is the run's lease; nil for a plan, or if there is no state.
func (m *Memory) Lease() *state.Lease { return m.lease }

// RecallLast reads what the last run says of itself, and finds out whether something may
// have been written after the end that it speaks of: each holder of the lease leaves its
// generation with its end, so that one which died shows. Now is Port's time; an end that is
// ahead of it is not believed.
func (m *Memory) RecallLast(ctx context.Context, now time.Time) []diag.Diagnostic {
	last, err := m.history.Last(ctx)
	if errors.Is(err, state.ErrNotFound) {
		return nil
	}
	if err != nil {
		return []diag.Diagnostic{unknown("the last run", err)}
	}
	m.Last = last
	holder, err := m.previous(ctx)
	switch {
	case err != nil:
		return []diag.Diagnostic{unknown("which run wrote last", err)}
	case holder != last.Generation:
		return []diag.Diagnostic{unknown("what was written since the run "+last.Run,
			errors.New("another run began to write after it and has not left its end"))}
	case last.Ended.After(now.Add(2 * Margin)):
		return []diag.Diagnostic{unknown("what was written since the run "+last.Run, fmt.Errorf(
			"its end, %s, is ahead of Port's clock", last.Ended.Format(time.RFC3339)))}
	}
	m.proven = true
	return nil
}

// previous is the generation of the run that held the lease before this one. To a run
// without a lease that is the latest.
func (m *Memory) previous(ctx context.Context) (uint64, error) {
	if m.lease == nil {
		return state.LastHolder(ctx, m.store)
	}
	return m.lease.Previous(), nil
}

// HandOver keeps the previous run's recorded end for the next run, if this run wrote
// nothing that is missing in the state. Without that, this run would look like one that
// died.
func (m *Memory) HandOver(ctx context.Context) error {
	if m.kept || m.wrote.Load() {
		return nil
	}
	return m.handOver(ctx, func(*state.Last) {})
}

func (m *Memory) handOver(ctx context.Context, change func(*state.Last)) error {
	last, err := m.history.Last(ctx)
	if err == nil && last.Generation == m.lease.Previous() {
		change(&last)
		return m.history.SaveLast(ctx, m.lease, last)
	}
	return nil // otherwise the next run writes everything anyway
}

// Recall reads what the runs before left of all accounts, or of some. Trusted says that it
// may keep an entity from being written, unless that was written before oldest. What cannot
// be used is unknown, and a diagnostic; only a store that cannot be listed is an error.
func (m *Memory) Recall(ctx context.Context, now Signature, some []string, trusted bool, oldest time.Time) ([]diag.Diagnostic, error) {
	m.Past = Past{snapshots: map[string]*kept{}, trusted: map[string]bool{}, oldest: oldest}
	return m.recall(ctx, some, func(h Header) bool {
		return trusted && !m.Last.Ended.IsZero() && h.Ended.Equal(m.Last.Ended) && now == Signature{h.Mapping, h.Blueprints, h.Program}
	})
}

// RecallRest reads, after Recall for some accounts, what the runs before left of the others: an
// entity may be from there as well.
func (m *Memory) RecallRest(ctx context.Context) ([]diag.Diagnostic, error) {
	return m.recall(ctx, nil, func(Header) bool { return false })
}

func (m *Memory) recall(ctx context.Context, some []string, trusts func(Header) bool) ([]diag.Diagnostic, error) {
	var found []diag.Diagnostic
	accounts, err := m.set.Accounts(ctx)
	if errors.Is(err, state.ErrDamaged) {
		m.torn = true
		found = append(found, unknown("which accounts it has", err))
	} else if err != nil {
		return nil, err
	}
	accounts = slices.DeleteFunc(accounts, func(a string) bool { return !of(some, a) || m.snapshots[a] != nil })
	var (
		group errgroup.Group
		mu    sync.Mutex
	)
	group.SetLimit(loading)
	for _, account := range accounts {
		group.Go(func() error {
			data, old, err := m.set.load(ctx, account)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				found = append(found, unknown("the entities of "+account, err))
				m.torn = true
				return nil
			}
			m.snapshots[account] = &kept{account: account, data: data, entries: len(old.rows)}
			m.trusted[account] = trusts(old.Header)
			return nil
		})
	}
	_ = group.Wait()
	if !m.torn && len(accounts)+len(m.Last.Snapshots) > 0 {
		if err := m.isWhole(ctx, some); err != nil {
			m.torn = true
			if !errors.Is(err, state.ErrDamaged) { // RecallLast has said it
				found = append(found, unknown("all that the last run left", err))
			}
		}
	}
	slices.SortFunc(found, func(a, b diag.Diagnostic) int { return cmp.Compare(a.Title, b.Title) })
	return found, ctx.Err()
}

// isWhole returns an error unless the snapshots, or those of some accounts, are those that the last
// run left: one may be missing, or old. The last run may be this one, when it ends once more.
func (m *Memory) isWhole(ctx context.Context, some []string) error {
	last, err := m.history.Last(ctx)
	if err != nil {
		return err
	}
	found := m.set.generations()
	for account, left := range last.Snapshots {
		if found[account] != left && of(some, account) {
			return fmt.Errorf("the snapshot of %s is not the one that the run %s left", account, last.Run)
		}
	}
	for account, generation := range found {
		if generation != last.Snapshots[account] {
			return fmt.Errorf("the snapshot of %s is not the one that the run %s left", account, last.Run)
		}
	}
	return nil
}

// of says whether an account is one of some, or whether these are all.
func of(some []string, account string) bool {
	return some == nil || account == cell.Organization || slices.Contains(some, account)
}

func unknown(what string, err error) diag.Diagnostic {
	return diag.Diagnostic{
		Code: diag.StateUnknown, Severity: diag.Warning, Title: "The state does not tell " + what, Cause: err.Error(),
		Fix: "nothing is deleted or left unwritten for it: a resync writes it anew",
	}
}

// Proven says whether the end of the last run is known, and that nothing was written after it by a
// run that left no word.
func (m *Memory) Proven() bool { return m.proven }

// Trusts says whether anything that the last run left can keep an entity from being written.
func (m *Memory) Trusts(now Signature) bool {
	return m.proven && !m.Last.Ended.IsZero() && now == Signature{m.Last.Mapping, m.Last.Blueprints, m.Last.Program}
}

// BelieveAlone makes what is remembered of an entity count without asking whether Port lists the
// entity as it was left, unless some of what the last run left is missing or old.
func (m *Memory) BelieveAlone() { m.alone = true }

// asLeft says whether an entity is in Port as it is remembered.
func (m *Memory) asLeft(ref entity.Ref) bool { return m.alone && !m.torn || m.Ours.Has(ref) }

// Unchanged says whether Port holds an entity just so, and since when; then it need not be
// written.
func (m *Memory) Unchanged(c cell.Name, ref entity.Ref, hash entity.Hash) (written time.Time, ok bool) {
	written, ok = m.unchanged(c, ref, hash)
	return written, ok && m.asLeft(ref)
}

// Strangers returns those of the entities that are not remembered to be from the account of
// the cell, none if nothing is remembered of it at all, and keeps them from being remembered:
// their resources may have others, by which the next run is to know them.
func (m *Memory) Strangers(c cell.Name, entities []entity.Ref) (strangers []entity.Ref) {
	if !m.KnowsAccount(c) {
		return nil
	}
	for _, ref := range entities {
		if !m.Knows(c, ref) {
			strangers = append(strangers, ref)
			m.fresh.doubtful.Add(ref)
		}
	}
	return strangers
}

// Wrote notes that something is being sent to Port.
func (m *Memory) Wrote() { m.wrote.Store(true) }

// Same returns what Port holds of an entity, and since when, if that was made of the document
// with this fingerprint and need not be written.
func (m *Memory) Same(c cell.Name, ref entity.Ref, document mapping.Fingerprint) (content entity.Content, written time.Time, ok bool) {
	content, written, ok = m.same(c, ref, document)
	return content, written, ok && m.asLeft(ref)
}

// Fingerprints says whether fingerprints of documents are of use: the last run may have left
// some, or the next may find some.
func (m *Memory) Fingerprints() bool { return m.store != nil }

// Produced records an entity of this run. Written is when Port accepted it with the content;
// zero if Port did not, or if the content in Port is not known. From is the resource that it was
// made of; "" if its kind needs none.
func (m *Memory) Produced(c cell.Name, ref entity.Ref, content entity.Content, from entity.Resources, written time.Time) {
	if m.lease != nil {
		m.fresh.add(c, ref, content, from, written)
	}
}

// Verdict is what becomes of a remembered entity that this run did not produce.
type Verdict int

const (
	// AsItWas says that its cell was not read: nothing is known.
	AsItWas Verdict = iota
	// Absent says that its cell was read without it, and that it is still in Port.
	Absent
	// Forgotten says that it is gone.
	Forgotten
)

// End is how a run ends, as its snapshots say it.
type End struct {
	Header
	// Whole says that the run was about everything, Saw that it saw all of that and Port took it.
	Whole, Saw bool
	// Filter is what a run was narrowed to that is to count as whole all the same.
	Filter string
}

// SawAll returns when the last run began that was about everything, if it saw all of that; otherwise
// the zero time.
func (m *Memory) SawAll(ctx context.Context) (time.Time, error) {
	last, err := m.history.Last(ctx)
	if err != nil || !last.Saw {
		return time.Time{}, err
	}
	return last.Started, nil
}

// Judge says what becomes of a remembered entity, and which of its resources may still exist.
type Judge func(Remembered) (Verdict, entity.Resources)

// Keep writes what this run learned. Judge is asked about each entity that is remembered and was not
// produced just so. If something
// cannot be kept, Keep returns an error, and the next run does not remember those accounts.
//
// A run that was not about everything leaves the end of the last run that was: what that one left
// elsewhere stays as good as it was, and what this one wrote, Port shows as changed since.
func (m *Memory) Keep(ctx context.Context, work *state.Work, end End, judge Judge) error {
	if m.lease == nil {
		return nil
	}
	m.kept = true
	h, whole := end.Header, end.Whole
	as := keeping{whole: whole, ends: whole || !m.proven, judge: judge}
	if last := m.Last; !as.ends {
		as.other = h.Mapping != last.Mapping || h.Blueprints != last.Blueprints || h.Program != last.Program
		h.Ended, h.Mapping, h.Blueprints, h.Program = last.Ended, last.Mapping, last.Blueprints, last.Program
	}
	accounts := maps.Clone(m.fresh.accounts)
	for _, account := range slices.Concat(slices.Collect(maps.Keys(m.snapshots)), slices.Collect(maps.Keys(m.pieces))) {
		if accounts[account] == nil {
			accounts[account] = &gathered{}
		}
	}
	var (
		group  errgroup.Group
		mu     sync.Mutex
		failed []error
	)
	group.SetLimit(loading)
	room := semaphore.NewWeighted(merging)
	for account, g := range accounts {
		size := m.sizeOf(account, g)
		if err := room.Acquire(ctx, size); err != nil {
			mu.Lock()
			failed = append(failed, err)
			mu.Unlock()
			break
		}
		group.Go(func() error {
			defer room.Release(size)
			if err := m.keepAccount(ctx, work, account, g, h, as); err != nil {
				mu.Lock()
				defer mu.Unlock()
				failed = append(failed, err)
			}
			return nil
		})
	}
	_ = group.Wait()
	if !whole && len(failed) == 0 {
		return m.handOver(ctx, func(last *state.Last) { last.Snapshots = m.left(last.Snapshots) })
	}
	if !whole {
		return errors.Join(failed...)
	}
	err := m.history.SaveLast(ctx, m.lease, state.Last{
		Run: h.Run, Started: h.Started, Ended: h.Ended, Saw: end.Saw, Filter: end.Filter, Mapping: h.Mapping, Blueprints: h.Blueprints, Program: h.Program,
		Integration: h.Integration, Snapshots: m.left(nil),
	})
	return errors.Join(append(failed, err)...)
}

// left returns the generations of the snapshots after a run that may have written some of them. What
// the run found torn stays so.
func (m *Memory) left(before map[string]uint64) map[string]uint64 {
	if m.torn && before != nil {
		return before
	}
	after := maps.Clone(before)
	if after == nil {
		after = make(map[string]uint64)
	}
	for account, generation := range m.set.generations() {
		if after[account] = generation; generation == 0 {
			delete(after, account)
		}
	}
	return after
}

// sizeOf is how much of the room for merging an account takes.
func (m *Memory) sizeOf(account string, g *gathered) int64 {
	size := g.size()
	if old := m.snapshots[account]; old != nil {
		size = max(size, old.entries)
	}
	return int64(min(size, merging))
}

// keeping is how a run leaves its snapshots.
type keeping struct {
	whole bool // it was about everything
	ends  bool // its snapshots have its own end, not that of the run before
	other bool // mapping, blueprints or version are not those of the run whose end they have
	judge Judge
}

// keepAccount writes the snapshot of an account, unless this run learned nothing about it.
func (m *Memory) keepAccount(ctx context.Context, work *state.Work, account string, g *gathered, h Header, as keeping) error {
	h.Account = account
	entries, settled, err := m.entriesOf(ctx, work, account, g, h.Started)
	if err != nil {
		return err
	}
	learned := len(entries) > 0
	if as.other {
		for ref, e := range entries {
			e.Content = entity.Content{}
			entries[ref] = e
		}
	}
	if old := m.snapshots[account]; old != nil {
		for e := range old.all() {
			was := Remembered{e, account}
			if again, produced := entries[e.Ref()]; produced {
				entries[e.Ref()] = again.after(was, as.judge)
				continue
			}
			switch verdict, _ := as.judge(was); verdict {
			case Absent:
				e.Absences++
				learned = true
			case Forgotten:
				learned = true
				continue
			case AsItWas:
				// Whoever wrote it in Port since it was read last would not be noticed
				// when the next run asks what was written after this one.
				if as.ends {
					e.Content = entity.Content{}
				}
			}
			if m.torn && as.whole {
				// What is missing may have it in another place, and the next run will not know that
				// anything was missing.
				e.displace()
				learned = true
			}
			entries[e.Ref()] = e
		}
	}
	switch {
	case !learned:
		return nil
	case len(entries) == 0:
		return m.set.Delete(ctx, account)
	}
	made, err := New(h, maps.Values(entries))
	if err != nil {
		return err
	}
	made.settled = m.settledAs(as, account, h, settled)
	return m.set.Save(ctx, made)
}

// after returns the entry of an entity that was produced again. If its earlier cell was not read, it
// may still be there too, and if an earlier resource was not looked at, it may still be made of
// that too.
func (e Entry) after(was Remembered, judge Judge) Entry {
	moved := e.Region != was.Region || e.Kind != was.Kind
	if !moved && e.Resources == was.Resources {
		return e
	}
	switch verdict, left := judge(was); {
	case moved && verdict == AsItWas:
		e.displace()
	case !moved:
		e.Resources = e.Resources.Join(left)
	}
	return e
}

// settledAs returns what is settled in a snapshot with a header. What a run learned counts only under what
// it was made with; if the snapshot has the end of the run before, what that left stays.
func (m *Memory) settledAs(as keeping, account string, h Header, fresh map[settledKey]string) map[settledKey]string {
	if as.ends {
		return fresh
	}
	all := map[settledKey]string{}
	if old := m.snapshots[account]; old != nil {
		was := old.open()
		if of := was.Header; of.Ended.Equal(h.Ended) && of.Mapping == h.Mapping && of.Blueprints == h.Blueprints && of.Program == h.Program {
			maps.Copy(all, was.settled)
		}
		old.close()
	}
	if !as.other {
		maps.Copy(all, fresh)
	}
	return all
}

// entriesOf returns what all invocations of the run produced in an account, and what is settled.
func (m *Memory) entriesOf(
	ctx context.Context, work *state.Work, account string, g *gathered, seenAt time.Time,
) (map[entity.Ref]Entry, map[settledKey]string, error) {
	entries, err := g.merged(seenAt)
	if err != nil {
		return nil, nil, err
	}
	g.packed, g.batch = nil, newBatch()
	settled := maps.Clone(g.settled)
	if settled == nil {
		settled = map[settledKey]string{}
	}
	for _, piece := range m.pieces[account] {
		left, err := LoadPiece(ctx, work, piece, account)
		if err != nil {
			return nil, nil, err
		}
		for e := range left.All() {
			join(entries, e)
		}
		maps.Copy(settled, left.settled)
	}
	return entries, settled, nil
}

// Leave writes what this invocation of a run produced for the one that ends it, and returns
// the pieces by account.
func (m *Memory) Leave(ctx context.Context, work *state.Work, h Header) (map[string]string, error) {
	pieces := make(map[string]string, len(m.fresh.accounts))
	for account, g := range m.fresh.accounts {
		h.Account = account
		entries, err := g.merged(h.Started)
		if err != nil {
			return nil, err
		}
		made, err := New(h, maps.Values(entries))
		if err != nil {
			return nil, err
		}
		made.settled = g.settled
		pieces[account] = piecesFolder + account + "-" + uuid.NewString() + ".gz"
		if err := SavePiece(ctx, work, pieces[account], made); err != nil {
			return nil, err
		}
	}
	return pieces, nil
}

// Merge adds the pieces that another invocation has left.
func (m *Memory) Merge(pieces map[string]string) {
	for account, piece := range pieces {
		m.pieces[account] = append(m.pieces[account], piece)
	}
}

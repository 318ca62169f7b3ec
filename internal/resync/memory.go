package resync

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"portolan/internal/diag"
	"portolan/internal/mapping"
	"portolan/internal/resync/cell"
	"portolan/internal/resync/entity"
	"portolan/internal/resync/reconcile"
	"portolan/internal/resync/snapshot"
	"portolan/internal/state"
)

// memory is what a run knows of the runs before it, and gathers for the next. With
// no state it knows nothing and gathers nothing. It is safe for concurrent use, save
// recall and keep.
type memory struct {
	store     state.Store
	snapshots *snapshot.Set // nil without a state
	ledger    *state.History
	lease     *state.Lease // nil for a run that only looks

	last     state.Last // zero if nothing is known of it
	proven   bool       // nothing was written by a run since the end that last speaks of
	old      map[string]*snapshot.Snapshot
	torn     bool            // of some accounts the state does not tell
	trusts   map[string]bool // snapshots whose contents hold for Port now
	held     *entity.Set     // what Port holds as the last run left it
	doubtful *entity.Set     // what is not to be remembered
	oldest   time.Time       // what was written before is written again

	// What other invocations of the run produced, by account.
	work   *state.Work
	pieces map[string][]string

	wrote atomic.Bool // something was sent to Port
	kept  bool

	mu    sync.Mutex
	fresh map[string]*gathered
}

// gathered is what this run produced in an account.
type gathered struct {
	names   map[string]uint32 // blueprints
	cells   map[cell.Name]uint32
	entries []freshEntry
}

// freshEntry is an entity of this run, as small as it can be kept until the end.
type freshEntry struct {
	identifier string
	blueprint  uint32
	cell       uint32
	hash       snapshot.Hash
	written    uint32 // seconds since 1970; 0 if Port did not take it
}

func newMemory(store state.Store, lease *state.Lease, run string) *memory {
	m := &memory{
		old: map[string]*snapshot.Snapshot{}, trusts: map[string]bool{}, held: entity.NewSet(run), doubtful: entity.NewSet(run), fresh: map[string]*gathered{},
		pieces: map[string][]string{},
	}
	if store != nil {
		m.store, m.lease = store, lease
		m.snapshots = snapshot.NewSet(store, lease)
		m.ledger = state.NewHistory(store, 0)
	}
	return m
}

// loading is how many snapshots are read or written at a time.
const loading = 16

// margin is how far Port's clock may be ahead of what is known of it: the Date header
// has whole seconds.
const margin = 2 * time.Second

// recallLast reads what the last run says of itself, and finds out whether something may
// have been written after the end that it speaks of: each holder of the lease leaves its
// generation with its end, so that one which died shows. Now is Port's time; an end that
// is ahead of it is not believed.
func (m *memory) recallLast(ctx context.Context, now time.Time) (notices []diag.Diagnostic) {
	last, err := m.ledger.Last(ctx)
	if errors.Is(err, state.ErrNotFound) {
		return nil
	}
	if err != nil {
		return append(notices, unknown("the last run", err))
	}
	m.last = last
	holder, err := m.previous(ctx)
	switch {
	case err != nil:
		notices = append(notices, unknown("which run wrote last", err))
	case holder != last.Generation:
		notices = append(notices, unknown("what was written since the run "+last.Run,
			errors.New("another run began to write after it and has not left its end")))
	case last.Ended.After(now.Add(2 * margin)):
		notices = append(notices, unknown("what was written since the run "+last.Run, fmt.Errorf(
			"its end, %s, is ahead of Port's clock", last.Ended.Format(time.RFC3339))))
	default:
		m.proven = true
	}
	return notices
}

// previous is the generation of the run that held the lease before this one. To a run
// without a lease that is the latest.
func (m *memory) previous(ctx context.Context) (uint64, error) {
	if m.lease == nil {
		return state.LastHolder(ctx, m.store)
	}
	return m.lease.Previous(), nil
}

// handOver leaves the end of the run before as it is to the next, after this run wrote
// nothing that the state does not tell of.
func (m *memory) handOver(ctx context.Context) error {
	last, err := m.ledger.Last(ctx)
	if err == nil && last.Generation == m.lease.Previous() {
		return m.ledger.SaveLast(ctx, m.lease, last)
	}
	return nil // else the next run writes everything anyway
}

// recall reads what the runs before left of all accounts, or of some. What cannot be
// used is unknown, and a notice; only a store that cannot be listed is an error.
func (m *memory) recall(ctx context.Context, now signature, some []string) ([]diag.Diagnostic, error) {
	var notices []diag.Diagnostic
	accounts, err := m.snapshots.Accounts(ctx)
	if err != nil {
		return nil, err
	}
	if some != nil {
		accounts = slices.DeleteFunc(accounts, func(a string) bool { return a != cell.Organization && !slices.Contains(some, a) })
	}
	var group errgroup.Group
	group.SetLimit(loading)
	for _, account := range accounts {
		group.Go(func() error {
			old, err := m.snapshots.Load(ctx, account)
			m.mu.Lock()
			defer m.mu.Unlock()
			if err != nil {
				notices = append(notices, unknown("the entities of "+account, err))
				m.torn = true
				return nil
			}
			m.old[account] = old
			h := old.Header
			m.trusts[account] = !m.last.Ended.IsZero() && h.Ended.Equal(m.last.Ended) &&
				now == signature{h.Mapping, h.Blueprints, h.Program}
			return nil
		})
	}
	_ = group.Wait()
	slices.SortFunc(notices, func(a, b diag.Diagnostic) int { return cmp.Compare(a.Title, b.Title) })
	return notices, ctx.Err()
}

func unknown(what string, err error) diag.Diagnostic {
	return diag.Diagnostic{
		Code: diag.StateUnknown, Title: "The state does not tell " + what, Cause: err.Error(),
		Fix: "nothing is deleted or left unwritten for it: a resync writes it anew",
	}
}

// trusted says whether anything that the last run left can keep an entity from being
// written.
func (m *memory) trusted(now signature) bool {
	return m.proven && !m.last.Ended.IsZero() && now == signature{m.last.Mapping, m.last.Blueprints, m.last.Program}
}

// unchanged says whether Port holds an entity just so, and since when; then it need
// not be written.
func (m *memory) unchanged(c cell.Name, blueprint, identifier string, hash snapshot.Hash) (written time.Time, ok bool) {
	old := m.old[c.Key()]
	if old == nil || !m.trusts[c.Key()] {
		return time.Time{}, false
	}
	e, found := old.Find(blueprint, identifier)
	ok = found && e.Hash == hash && e.Hash != snapshot.Hash{} && e.Region == c.Region && e.Kind == c.Kind &&
		e.Written.After(m.oldest) && m.held.Has(entity.Ref{Blueprint: blueprint, Identifier: identifier})
	return e.Written, ok
}

// strangers returns those of the entities that are not remembered to be from the cell, none
// if nothing is remembered of its account at all.
func (m *memory) strangers(c cell.Name, entities []mapping.Entity) []mapping.Entity {
	old := m.old[c.Key()]
	if old == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(entities), func(e mapping.Entity) bool {
		_, known := old.Find(e.Blueprint, e.Key())
		return known
	})
}

// doubt keeps entities from being remembered: their resources may have others, by which
// the next run is to know them.
func (m *memory) doubt(entities []mapping.Entity) {
	for i := range entities {
		m.doubtful.Add(entity.Ref{Blueprint: entities[i].Blueprint, Identifier: entities[i].Key()})
	}
}

// produced notes an entity of this run. Written is when Port took it with the hash;
// zero if it did not, or with a content that nobody knows.
func (m *memory) produced(c cell.Name, blueprint, identifier string, hash snapshot.Hash, written time.Time) {
	if m.snapshots == nil || m.lease == nil || m.doubtful.Size() > 0 && m.doubtful.Has(entity.Ref{Blueprint: blueprint, Identifier: identifier}) {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	g := m.fresh[c.Key()]
	if g == nil {
		g = &gathered{names: map[string]uint32{}, cells: map[cell.Name]uint32{}}
		m.fresh[c.Key()] = g
	}
	e := freshEntry{identifier: identifier, blueprint: number(g.names, blueprint), cell: number(g.cells, c)}
	if !written.IsZero() {
		e.hash, e.written = hash, uint32(written.Unix())
	}
	g.entries = append(g.entries, e)
}

func number[K comparable](numbers map[K]uint32, key K) uint32 {
	n, known := numbers[key]
	if !known {
		n = uint32(len(numbers))
		numbers[key] = n
	}
	return n
}

// origins returns the cells that an entity is remembered to be from. One that came
// from several cells of an account at once is remembered without.
func (m *memory) origins(ref entity.Ref) (entries []snapshot.Entry, accounts []string) {
	for _, account := range slices.Sorted(maps.Keys(m.old)) {
		if e, found := m.old[account].Find(ref.Blueprint, ref.Identifier); found {
			entries, accounts = append(entries, e), append(accounts, account)
		}
	}
	return entries, accounts
}

// sizes counts what the last run left of each kind in each account.
func (m *memory) sizes() map[reconcile.Group]int {
	sizes := make(map[reconcile.Group]int)
	for account, old := range m.old {
		for e := range old.All() {
			sizes[reconcile.Group{Account: account, Kind: e.Kind}]++
		}
	}
	return sizes
}

// verdict is what becomes of a remembered entity that this run did not produce.
type verdict int

const (
	asItWas   verdict = iota // its cell was not read: nothing is known
	absent                   // its cell was read without it, and it is still in Port
	forgotten                // it is gone
)

// keep writes what this run learned. Judge says what becomes of each entity that is
// remembered and was not produced. What cannot be kept is an error, and costs the
// next run its memory of those accounts, nothing else.
func (m *memory) keep(ctx context.Context, h snapshot.Header, whole bool, judge func(cell.Name, snapshot.Entry) verdict) error {
	if m.lease == nil {
		return nil
	}
	m.kept = true
	accounts := maps.Clone(m.fresh)
	for _, account := range slices.Concat(slices.Collect(maps.Keys(m.old)), slices.Collect(maps.Keys(m.pieces))) {
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
	for account, g := range accounts {
		group.Go(func() error {
			if err := m.keepAccount(ctx, account, g, h, judge); err != nil {
				mu.Lock()
				defer mu.Unlock()
				failed = append(failed, err)
			}
			return nil
		})
	}
	_ = group.Wait()
	if !whole && len(failed) == 0 {
		// The snapshots of its accounts have another end than that of the last run.
		return m.handOver(ctx)
	}
	if !whole {
		return errors.Join(failed...)
	}
	err := m.ledger.SaveLast(ctx, m.lease, state.Last{
		Run: h.Run, Ended: h.Ended, Mapping: h.Mapping, Blueprints: h.Blueprints, Program: h.Program,
		Integration: h.Integration,
	})
	return errors.Join(append(failed, err)...)
}

// keepAccount writes the snapshot of an account, unless this run learned nothing of it.
func (m *memory) keepAccount(ctx context.Context, account string, g *gathered, h snapshot.Header, judge func(cell.Name, snapshot.Entry) verdict) error {
	h.Account = account
	entries, err := m.entriesOf(ctx, account, g, h.Started)
	if err != nil {
		return err
	}
	learned := len(entries) > 0
	if old := m.old[account]; old != nil {
		for e := range old.All() {
			ref := entity.Ref{Blueprint: e.Blueprint, Identifier: e.Identifier}
			if fresh, again := entries[ref]; again {
				// Where it came from before was not read: it may be from there as well.
				if (e.Region != fresh.Region || e.Kind != fresh.Kind) && judge(cellOf(account, e), e) == asItWas {
					fresh.Region, fresh.Kind, fresh.Hash = "", "", snapshot.Hash{}
					entries[ref] = fresh
				}
				continue
			}
			switch judge(cellOf(account, e), e) {
			case absent:
				e.Absences++
				learned = true
			case forgotten:
				learned = true
				continue
			case asItWas:
				// Whoever wrote it in Port since it was read last would not be noticed
				// when the next run asks what was written after this one.
				e.Hash = snapshot.Hash{}
			}
			entries[ref] = e
		}
	}
	switch {
	case !learned:
		return nil
	case len(entries) == 0:
		return m.snapshots.Delete(ctx, account)
	}
	old, err := snapshot.New(h, maps.Values(entries))
	if err != nil {
		return err
	}
	return m.snapshots.Save(ctx, old)
}

// hashOf hashes what is sent of an entity, and how.
func hashOf(body []byte, how string) snapshot.Hash {
	h := sha256.New()
	_, _ = fmt.Fprintln(h, how)
	_, _ = h.Write(body)
	return snapshot.Hash(h.Sum(nil)[:16])
}

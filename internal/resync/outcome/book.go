// Package outcome keeps what became of every cell, of every entry of the mapping and of
// every entity in a run. It decides how a cell counts, how what was not read is grouped for
// people, and, with what the run was to read, whether a stale entity's place was seen well
// enough to say that its resource is gone.
//
// Record is the one call that ends a cell, whoever comes to its end. Evidence is the one
// place that says what a run has not seen, and so what it may not delete; the rule itself is
// package reconcile's. The package reads nothing and sends nothing.
package outcome

import (
	"encoding/json"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"portolan/internal/plain"
	"portolan/internal/report"
	"portolan/internal/resync/cell"
	"portolan/internal/resync/reconcile"
	"portolan/internal/resync/schedule"
)

// Progress counts what a run has done so far, for those who watch.
type Progress struct {
	Accounts, AccountsEntered atomic.Int64
	Cells, CellsDone          atomic.Int64
	Resources, Entities       atomic.Int64
}

// Book is the record of a run. It is safe for concurrent use.
type Book struct {
	progress *Progress
	// Unmapped is what the mapping did not do, Untaken what Port did not take.
	Unmapped *Unmapped
	Untaken  *Untaken
	// Resources is what is known of single ones, where that matters.
	Resources *Resources
	// Times is how long cells took.
	Times *schedule.Times

	mu      sync.Mutex
	tallies tallies
	sight   sight
	details details
	ends    ends
	settled settled
	owners  owners
	changes changes
	lines   lines
}

// ends are the ends of cells that are not settled yet.
type ends struct {
	// Open are cells that were not read whole. Complete ones are only counted.
	Open []End `json:"open,omitempty"`
	// Late are the cells for which the run came too late. Another invocation of the run may
	// still read them.
	Late []End `json:"late,omitempty"`
	// Done are the cells that this invocation has ended, if they are wanted: the list grows
	// with the estate.
	Done   []schedule.Reading `json:"done,omitempty"`
	wanted bool
}

// sight is how far a run has seen the estate.
type sight struct {
	Enabled map[string][]string `json:"enabled"` // regions of the accounts that were entered
	// Unentered says why no cell of a kind was read in an account. It is known once the book
	// is settled, so that no part has any.
	Unentered map[cell.Coverage]string `json:"-"`
	Proofs    map[cell.Name]proof      `json:"proofs"` // of the cells that were not read whole
	ended     *cell.Set
	complete  *cell.Set // of those that ended; only these can be read whole
}

// proof is what a cell that was not read whole proves, and why it is not more.
type proof struct {
	Reading reconcile.Reading `json:"reading"`
	Why     string            `json:"why"`
}

// NewBook returns an empty book. It logs each kind in each account as soon as its last
// cell has ended.
func NewBook(log *slog.Logger, progress *Progress) *Book {
	return &Book{
		progress: progress, Unmapped: newUnmapped(), Untaken: &Untaken{}, Resources: newResources(), Times: schedule.NewTimes(),
		tallies: newTallies(), details: newDetails(), owners: newOwners(), settled: settled{Missed: map[string]int{}},
		sight: sight{
			Enabled: map[string][]string{}, Unentered: map[cell.Coverage]string{}, Proofs: map[cell.Name]proof{}, ended: cell.NewSet(), complete: cell.NewSet(),
		},
		lines: lines{log: log, open: map[cell.Coverage]*line{}},
	}
}

// Enter notes the regions that are enabled in an account that was entered.
func (b *Book) Enter(account string, regions []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.sight.Enabled[account] = regions
}

// Enabled returns the regions of an account that was entered.
func (b *Book) Enabled(account string) (regions []string, entered bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	regions, entered = b.sight.Enabled[account]
	return regions, entered
}

// Entered says whether an account was entered and its regions are known.
func (b *Book) Entered(account string) bool {
	_, entered := b.Enabled(account)
	return entered
}

// Expect announces the cells of a coverage that are handed out to be read.
func (b *Book) Expect(of cell.Coverage) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lines.expect(of)
	b.progress.Cells.Add(1)
}

// Record notes how a cell ended. It is the only end of a cell.
func (b *Book) Record(e End) {
	b.mu.Lock()
	defer b.mu.Unlock()
	of := e.Coverage()
	met := b.details.note(&e)
	b.tallies.count(of, func(c *report.Counts) { c.Add(met) })
	if met.Refused > 0 && e.Proof > reconcile.Refusing {
		e.Proof, e.Doubt = reconcile.Refusing, "AWS refuses for good to describe "+plain.Count(met.Refused, "resource", "resources")+" of it"
	}
	if e.NoneOf != "" && e.Outcome == report.Complete {
		e.Proof, e.Doubt = reconcile.NotRead, "AWS says of each of the resources that it lists that it does not exist"
		b.Resources.noneExists(e.Cell, e.NoneOf)
	}
	if e.Outcome == report.NotReached {
		b.ends.Late = append(b.ends.Late, e)
	} else {
		b.end(e)
	}
	if e.Outcome == report.Complete {
		b.tallies.tally(&e)
	}
	if b.lines.note(of, &e, b.tallies.of(of)) {
		b.progress.CellsDone.Add(1)
	}
}

// end records what became of a cell.
func (b *Book) end(e End) {
	done := schedule.Reading{Cell: e.Cell, Seconds: e.Took.Seconds(), At: time.Now().UTC()}
	b.sight.ended.Add(e.Cell)
	b.Times.Took(done)
	if b.ends.wanted {
		b.ends.Done = append(b.ends.Done, done)
	}
	b.tallies.Kinds[string(e.Cell.Kind)].Seconds += e.Took.Seconds()
	if e.Outcome != report.Complete {
		b.ends.Open = append(b.ends.Open, e)
		return
	}
	b.sight.complete.Add(e.Cell)
	if e.Proof != reconcile.Whole {
		b.sight.Proofs[e.Cell] = proof{e.Proof, e.Doubt}
	}
}

// ListDone makes the book keep a list of the cells that have ended, for another invocation
// of the run.
func (b *Book) ListDone() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ends.wanted = true
}

// Done returns the cells that have ended, if they are listed.
func (b *Book) Done() []schedule.Reading {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.ends.Done)
}

// Late returns the ends of the cells for which the run came too late.
func (b *Book) Late() []End {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.ends.Late)
}

// Read says whether a cell was read to its end. It is right once the book is settled.
func (b *Book) Read(c cell.Name) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	_, limited := b.sight.Proofs[c]
	_, short := b.Resources.EndedShort(c)
	return !limited && !short && b.sight.complete.Has(c)
}

// Ended says whether it is known what became of a cell.
func (b *Book) Ended(c cell.Name) bool { return b.sight.ended.Has(c) }

// pages are what a book holds, as one invocation of a run leaves it to another.
type pages struct {
	Tallies   tallies       `json:"tallies"`
	Sight     sight         `json:"sight"`
	Details   detailsPage   `json:"details"`
	Ends      ends          `json:"ends"`
	Unmapped  unmappedPage  `json:"unmapped"`
	Untaken   untakenPage   `json:"untaken"`
	Owners    owners        `json:"owners"`
	Resources resourcesPage `json:"resources,omitzero"`
	Changes   changes       `json:"changes"`
}

// Part returns what this invocation of a run has recorded, as JSON.
func (b *Book) Part() (json.RawMessage, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return json.Marshal(pages{b.tallies, b.sight, b.details.page(), b.ends, b.Unmapped.page(), b.Untaken.page(), b.owners, b.Resources.page(), b.changes})
}

// Merge adds the part of another invocation. Last says that no later one of its batch reads
// what it came too late for.
func (b *Book) Merge(part json.RawMessage, last bool) error {
	var p pages
	if err := json.Unmarshal(part, &p); err != nil {
		return err
	}
	if err := b.Resources.merge(p.Resources); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tallies.merge(p.Tallies)
	b.details.merge(p.Details)
	b.Unmapped.merge(p.Unmapped)
	b.Untaken.merge(p.Untaken)
	b.owners.merge(p.Owners)
	b.changes.add(p.Changes.All...)
	maps.Copy(b.sight.Enabled, p.Sight.Enabled)
	maps.Copy(b.sight.Proofs, p.Sight.Proofs)
	open := cell.NewSet()
	for _, e := range p.Ends.Open {
		open.Add(e.Cell)
	}
	for _, done := range p.Ends.Done {
		b.sight.ended.Add(done.Cell)
		if !open.Has(done.Cell) {
			b.sight.complete.Add(done.Cell)
		}
		b.Times.Took(done)
	}
	b.ends.Open = append(b.ends.Open, p.Ends.Open...)
	if last {
		b.ends.Late = append(b.ends.Late, p.Ends.Late...)
	}
	return nil
}

// PartEnds returns which cells a part has ended, and for which it came too late.
func PartEnds(part json.RawMessage) (done, late []cell.Name, err error) {
	var p struct {
		Ends ends `json:"ends"`
	}
	if err := json.Unmarshal(part, &p); err != nil {
		return nil, nil, err
	}
	for _, reading := range p.Ends.Done {
		done = append(done, reading.Cell)
	}
	for _, e := range p.Ends.Late {
		late = append(late, e.Cell)
	}
	return done, late, nil
}

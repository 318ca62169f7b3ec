package resync

import (
	"cmp"
	"maps"
	"slices"
	"sync"
	"time"

	"portolan/internal/aws/account"
	"portolan/internal/diag"
	"portolan/internal/resync/cell"
	"portolan/internal/resync/schedule"
)

// slowCell is from how long on a cell's own time is remembered. What is shorter is
// started as long as cells are started at all.
const slowCell = 2 * time.Second

// times orders the work by what runs before have learned of time, and gathers it for
// the next. It is safe for concurrent use, save while it is loaded.
type times struct {
	old     schedule.Timetable
	cells   map[cell.Name]schedule.CellTimes // of old, by name
	slow    map[cell.Name]float64            // seconds, of this run
	seconds map[string]float64               // by account
	first   map[string]time.Time             // by account: when the first of its cells was done
	mu      sync.Mutex
}

func newTimes() *times {
	return &times{
		cells: map[cell.Name]schedule.CellTimes{}, slow: map[cell.Name]float64{}, seconds: map[string]float64{}, first: map[string]time.Time{},
	}
}

// load takes what the runs before have left.
func (t *times) load(old schedule.Timetable) {
	t.old = old
	for id, a := range old.Accounts {
		for _, c := range a.Cells {
			t.cells[cell.Name{Account: cell.AccountOf(id), Region: c.Region, Kind: c.Kind}] = c
		}
	}
}

// of returns what is known of a cell; the zero value if it is not listed.
func (t *times) of(c cell.Name) schedule.CellTimes { return t.cells[c] }

// expect returns how long the reading of a cell took last, if it was long.
func (t *times) expect(c cell.Name) time.Duration {
	return time.Duration(t.cells[c].Seconds * float64(time.Second))
}

// reached returns about when a run last reached a cell; zero if none did.
func (t *times) reached(c cell.Name) time.Time {
	if known, listed := t.cells[c]; listed {
		return known.Reached
	}
	if a := t.old.Accounts[c.Key()]; a != nil {
		return a.Reached
	}
	return time.Time{}
}

// stalest returns when the cell of an account was reached that has waited longest.
func (t *times) stalest(id string) time.Time {
	a := t.old.Accounts[id]
	if a == nil {
		return time.Time{}
	}
	oldest := a.Reached
	for _, c := range a.Cells {
		if c.Reached.Before(oldest) {
			oldest = c.Reached
		}
	}
	return oldest
}

// accountSeconds returns how long the cells of an account took, added up; 0 if that is
// not known.
func (t *times) accountSeconds(id string) float64 {
	if a := t.old.Accounts[id]; a != nil {
		return a.Seconds
	}
	return 0
}

// order puts the accounts first that no run has reached. If the last run left something
// out, those follow that have waited longest, so that the next leaves out others; else
// those that take longest, so that no long one is left for the end.
func (t *times) order(accounts []account.Account) []account.Account {
	ordered := slices.Clone(accounts)
	slices.SortStableFunc(ordered, func(a, b account.Account) int {
		x, y := t.stalest(a.ID), t.stalest(b.ID)
		if t.old.Late > 0 || x.IsZero() || y.IsZero() {
			if order := x.Compare(y); order != 0 {
				return order
			}
		}
		return cmp.Compare(t.accountSeconds(b.ID), t.accountSeconds(a.ID))
	})
	return ordered
}

// orderCells does the same within an account. The cells of a region stay together,
// for they share answers.
func (t *times) orderCells(cells []task) {
	type rank struct {
		reached time.Time
		slowest time.Duration
	}
	regions := make(map[string]rank)
	for _, c := range cells {
		name := c.name()
		r, known := regions[name.Region]
		if at := t.reached(name); !known || at.Before(r.reached) {
			r.reached = at
		}
		r.slowest = max(r.slowest, t.expect(name))
		regions[name.Region] = r
	}
	slices.SortStableFunc(cells, func(a, b task) int {
		x, y := a.name(), b.name()
		if x.Region != y.Region {
			p, q := regions[x.Region], regions[y.Region]
			if order := cmp.Or(p.reached.Compare(q.reached), cmp.Compare(q.slowest, p.slowest)); order != 0 {
				return order
			}
			return 0
		}
		return cmp.Or(t.reached(x).Compare(t.reached(y)), cmp.Compare(t.expect(y), t.expect(x)))
	})
}

// took notes how long cells took.
func (t *times) took(done ...doneCell) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, d := range done {
		id := d.Cell.Key()
		t.seconds[id] += d.Seconds
		if first, known := t.first[id]; !known || d.At.Before(first) {
			t.first[id] = d.At
		}
		if d.Seconds >= slowCell.Seconds() {
			t.slow[d.Cell] = d.Seconds
		}
	}
}

// ending is what a run knows of itself when it leaves the timetable to the next.
type ending struct {
	accounts []account.Account
	narrowed bool // only some cells were to be read
	late     []cellRecord
	began    time.Time // when the run did
	did      func(cell.Name) bool
	closing  time.Duration
}

// next returns the timetable for the next run.
func (t *times) next(e ending) schedule.Timetable {
	t.mu.Lock()
	defer t.mu.Unlock()
	late, inVain := make(map[string][]cellRecord), 0
	for _, record := range e.late {
		late[record.Name.Key()] = append(late[record.Name.Key()], record)
		if record.Code == diag.CellTooLarge {
			inVain++
		}
	}
	slow := make(map[string][]cell.Name)
	for c := range t.slow {
		slow[c.Key()] = append(slow[c.Key()], c)
	}
	next := schedule.Timetable{Closing: e.closing.Seconds(), Late: len(e.late) - inVain, Accounts: map[string]*schedule.AccountTimes{}}
	ids := []string{cell.Organization}
	for _, a := range e.accounts {
		ids = append(ids, a.ID)
	}
	for _, id := range ids {
		if a := t.nextOf(id, e, late[id], slow[id]); a != nil {
			next.Accounts[id] = a
		}
	}
	return next
}

// nextOf returns the times of an account; nil if there are none.
func (t *times) nextOf(id string, e ending, late []cellRecord, slow []cell.Name) *schedule.AccountTimes {
	old := t.old.Accounts[id]
	a := &schedule.AccountTimes{Seconds: t.seconds[id]}
	cells := make(map[cell.Name]schedule.CellTimes)
	if old != nil {
		a.Reached = old.Reached
		if len(late) > 0 || e.narrowed {
			a.Seconds = max(a.Seconds, old.Seconds)
		}
		for _, c := range old.Cells {
			name := cell.Name{Account: cell.AccountOf(id), Region: c.Region, Kind: c.Kind}
			if e.did(name) || !e.narrowed && !slices.ContainsFunc(late, func(r cellRecord) bool { return r.Name == name }) {
				continue // what is still slow comes again below, and what is no more does not
			}
			cells[name] = c
		}
	}
	if first, some := t.first[id]; some && !e.narrowed {
		a.Reached = first
	}
	for _, record := range late {
		name := record.Name
		c := cells[name]
		c.Region, c.Kind, c.Reached = name.Region, name.Kind, t.reached(name)
		if record.Cut > 0 {
			c.Cut, c.Tried = record.Cut, e.began
		}
		if record.Code == diag.CellTooLarge {
			c.Reached = e.began // it is not the next run that will read it
		}
		cells[name] = c
	}
	for _, name := range slow {
		cells[name] = schedule.CellTimes{Region: name.Region, Kind: name.Kind, Reached: t.first[id], Seconds: t.slow[name]}
	}
	a.Cells = slices.Collect(maps.Values(cells))
	slices.SortFunc(a.Cells, func(x, y schedule.CellTimes) int {
		return cmp.Or(cmp.Compare(x.Region, y.Region), cmp.Compare(x.Kind, y.Kind))
	})
	if old == nil && a.Reached.IsZero() && len(a.Cells) == 0 {
		return nil
	}
	return a
}

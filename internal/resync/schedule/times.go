package schedule

import (
	"maps"
	"slices"
	"sync"
	"time"

	"portolan/internal/resync/cell"
)

// slowCell is from how long on a cell's own time is remembered. What is shorter is started
// as long as cells are started at all.
const slowCell = 2 * time.Second

// Reading is how long a cell was read, and when it ended.
type Reading struct {
	Cell    cell.Name `json:"cell"`
	Seconds float64   `json:"seconds"`
	At      time.Time `json:"at"`
}

// Times gather how long the cells of a run take. They are safe for concurrent use.
type Times struct {
	mu      sync.Mutex
	slow    map[cell.Name]float64 // seconds
	seconds map[string]float64    // by account
	first   map[string]time.Time  // by account: when the first of its cells ended
}

// NewTimes returns the times of a run that has read nothing.
func NewTimes() *Times {
	return &Times{slow: map[cell.Name]float64{}, seconds: map[string]float64{}, first: map[string]time.Time{}}
}

// Took notes how long a cell took.
func (t *Times) Took(r Reading) {
	t.mu.Lock()
	defer t.mu.Unlock()
	account := r.Cell.Key()
	t.seconds[account] += r.Seconds
	if first, known := t.first[account]; !known || r.At.Before(first) {
		t.first[account] = r.At
	}
	if r.Seconds >= slowCell.Seconds() {
		t.slow[r.Cell] = r.Seconds
	}
}

// Late is a cell for which a run came too late.
type Late struct {
	Cell cell.Name
	// Read is how long the run read it without reaching the end, if it had nearly all of the
	// run's time; otherwise zero.
	Read time.Duration
	// TooLarge says that it fits into no run, so that the next need not begin with it.
	TooLarge bool
}

// Ending is what a run knows of itself when it leaves the timetable to the next.
type Ending struct {
	Accounts []string // all that are listed
	Narrowed bool     // only some cells were to be read
	Late     []Late
	Began    time.Time // when the run did
	Ended    func(cell.Name) bool
	Closing  time.Duration
}

// Next returns the timetable for the next run, from that of the runs before and from what
// this one learned.
func Next(old Timetable, t *Times, e Ending) Timetable {
	t.mu.Lock()
	defer t.mu.Unlock()
	late, inVain := make(map[string][]Late), 0
	for _, l := range e.Late {
		late[l.Cell.Key()] = append(late[l.Cell.Key()], l)
		if l.TooLarge {
			inVain++
		}
	}
	slow := make(map[string][]cell.Name)
	for c := range t.slow {
		slow[c.Key()] = append(slow[c.Key()], c)
	}
	next := Timetable{Closing: e.Closing.Seconds(), Late: len(e.Late) - inVain, Accounts: map[string]*AccountTimes{}}
	for _, id := range append([]string{cell.Organization}, e.Accounts...) {
		if a := t.nextOf(id, old, e, late[id], slow[id]); a != nil {
			next.Accounts[id] = a
		}
	}
	return next
}

// nextOf returns the times of an account; nil if there are none.
func (t *Times) nextOf(id string, before Timetable, e Ending, late []Late, slow []cell.Name) *AccountTimes {
	old := before.Accounts[id]
	a := &AccountTimes{Seconds: t.seconds[id]}
	cells := make(map[cell.Name]CellTimes)
	if old != nil {
		a.Reached = old.Reached
		if len(late) > 0 || e.Narrowed {
			a.Seconds = max(a.Seconds, old.Seconds)
		}
		for _, c := range old.Cells {
			name := cell.Name{Account: cell.AccountOf(id), Region: c.Region, Kind: c.Kind}
			if e.Ended(name) || !e.Narrowed && !slices.ContainsFunc(late, func(l Late) bool { return l.Cell == name }) {
				continue // cells that are still slow are added again below
			}
			cells[name] = c
		}
	}
	if first, some := t.first[id]; some && !e.Narrowed {
		a.Reached = first
	}
	for _, l := range late {
		c := cells[l.Cell]
		c.Region, c.Kind, c.Reached = l.Cell.Region, l.Cell.Kind, before.reached(l.Cell)
		if l.Read > 0 {
			c.Cut, c.Tried = l.Read.Seconds(), e.Began
		}
		if l.TooLarge {
			c.Reached = e.Began // the next run will not read it
		}
		cells[l.Cell] = c
	}
	for _, name := range slow {
		cells[name] = CellTimes{Region: name.Region, Kind: name.Kind, Reached: t.first[id], Seconds: t.slow[name]}
	}
	a.Cells = slices.Collect(maps.Values(cells))
	slices.SortFunc(a.Cells, CellTimes.compare)
	if old == nil && a.Reached.IsZero() && len(a.Cells) == 0 {
		return nil
	}
	return a
}

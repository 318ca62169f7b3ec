package schedule

import (
	"cmp"
	"slices"
	"time"

	"portolan/internal/resync/cell"
)

// Of returns what is known of a cell; the zero value if it is not listed.
func (t Timetable) Of(c cell.Name) CellTimes {
	if a := t.Accounts[c.Key()]; a != nil {
		at, found := slices.BinarySearchFunc(a.Cells, c, func(known CellTimes, c cell.Name) int {
			return cmp.Or(cmp.Compare(known.Region, c.Region), cmp.Compare(known.Kind, c.Kind))
		})
		if found {
			return a.Cells[at]
		}
	}
	return CellTimes{}
}

// reached returns about when a run last reached a cell; zero if none did.
func (t Timetable) reached(c cell.Name) time.Time {
	if known := t.Of(c); known != (CellTimes{}) {
		return known.Reached
	}
	if a := t.Accounts[c.Key()]; a != nil {
		return a.Reached
	}
	return time.Time{}
}

// stalest returns when that cell of an account was reached which has waited longest.
func (t Timetable) stalest(id string) time.Time {
	a := t.Accounts[id]
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

// accountSeconds returns how long the cells of an account took, added up; 0 if that is not
// known.
func (t Timetable) accountSeconds(id string) float64 {
	if a := t.Accounts[id]; a != nil {
		return a.Seconds
	}
	return 0
}

// Order puts the accounts first that no run has reached. If the last run left something
// out, those that have waited longest follow, so that the next run leaves out others.
// Otherwise those that take longest follow, so that no long one is left for the end.
func Order[A any](t Timetable, accounts []A, id func(A) string) []A {
	ordered := slices.Clone(accounts)
	slices.SortStableFunc(ordered, func(a, b A) int {
		x, y := t.stalest(id(a)), t.stalest(id(b))
		if t.Late > 0 || x.IsZero() || y.IsZero() {
			if order := x.Compare(y); order != 0 {
				return order
			}
		}
		return cmp.Compare(t.accountSeconds(id(b)), t.accountSeconds(id(a)))
	})
	return ordered
}

// OrderCells does the same within an account. The cells of a region stay together, because
// they share answers.
func OrderCells[C any](t Timetable, cells []C, name func(C) cell.Name) {
	type rank struct {
		reached time.Time
		slowest float64
	}
	regions := make(map[cell.Region]rank)
	for _, c := range cells {
		of := name(c)
		r, known := regions[of.Region]
		if at := t.reached(of); !known || at.Before(r.reached) {
			r.reached = at
		}
		r.slowest = max(r.slowest, t.Of(of).Seconds)
		regions[of.Region] = r
	}
	slices.SortStableFunc(cells, func(a, b C) int {
		x, y := name(a), name(b)
		if x.Region != y.Region {
			p, q := regions[x.Region], regions[y.Region]
			return cmp.Or(p.reached.Compare(q.reached), cmp.Compare(q.slowest, p.slowest))
		}
		return cmp.Or(t.reached(x).Compare(t.reached(y)), cmp.Compare(t.Of(y).Seconds, t.Of(x).Seconds))
	})
}

// Spread moves the cells that share a quota with each other behind the others of the account, and
// takes turns among their regions: so the quotas of many regions are used at a time, and what has
// none does not wait behind them. After a run that left something out the order stays, which
// brings first what has waited longest.
func Spread[C any](t Timetable, cells []C, name func(C) cell.Name, shares func(C) bool) {
	if t.Late > 0 {
		return
	}
	turns, turn := make(map[cell.Region]int), make([]int, len(cells))
	order := make([]int, len(cells))
	for i, c := range cells {
		order[i] = i
		if shares(c) {
			region := name(c).Region
			turns[region]++
			turn[i] = turns[region]
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(turn[a], turn[b]) })
	spread := make([]C, len(cells))
	for i, at := range order {
		spread[i] = cells[at]
	}
	copy(cells, spread)
}

// The size of a batch: a fixed number of accounts if it is not known how long they take,
// otherwise as many as one invocation reads in about this time.
const (
	usualBatch = 10
	batchTime  = 5 * time.Minute
)

// Batches shares the accounts out, so that the batches take about equally long. Few large
// ones cost least, for an invocation waits for many accounts at a time; there are at least as
// many as are read at a time, which is concurrency. Cells is how many cells an invocation
// reads at a time.
func Batches(t Timetable, accounts []string, concurrency, cells int) [][]string {
	var total, known float64
	for _, id := range accounts {
		if seconds := t.accountSeconds(id); seconds > 0 {
			total += seconds
			known++
		}
	}
	count := (len(accounts) + usualBatch - 1) / usualBatch
	if known > 0 {
		seconds := total / known * float64(len(accounts)) / float64(cells)
		count = int(seconds/batchTime.Seconds()) + 1
	}
	count = min(max(count, concurrency, 1), len(accounts))
	usual := 1.0
	if known > 0 {
		usual = total / known
	}
	batches, loads := make([][]string, count), make([]float64, count)
	for _, id := range accounts {
		lightest := slices.Index(loads, slices.Min(loads))
		batches[lightest] = append(batches[lightest], id)
		loads[lightest] += cmp.Or(t.accountSeconds(id), usual)
	}
	return batches
}

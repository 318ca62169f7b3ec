package resync

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"portolan/internal/fault"
	"portolan/internal/report"
	"portolan/internal/trouble"
)

// origin is where a resource was read.
type origin struct{ account, kind string }

// ledger is the run's record of every cell. Its methods may be called by any
// goroutine.
type ledger struct {
	mu       sync.Mutex
	accounts map[string]*report.Account
	kinds    map[string]*report.Kind
	counts   map[origin]*report.Counts
	cells    []cellRecord
	gaps     []report.Gap
	missed   map[string]int // cells that were not read, by kind
	view     *view
	answered map[string]bool // services, and regions of accounts, that answered
	covered  map[origin]*covered
}

// cellRecord is a cell that was not read to its end. Complete ones are only
// counted.
type cellRecord struct {
	origin
	name    cellName
	region  string
	service string
	outcome report.Outcome
	code    trouble.Code
	message string
	mend    string
}

func newLedger(v *view) *ledger {
	return &ledger{
		view: v, missed: make(map[string]int),
		accounts: make(map[string]*report.Account),
		kinds:    make(map[string]*report.Kind),
		counts:   make(map[origin]*report.Counts),
		answered: make(map[string]bool),
		covered:  make(map[origin]*covered),
	}
}

// addAccount opens the line of an account; regions is how many of them are read.
func (l *ledger) addAccount(id, name string, regions int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.accounts[id] = &report.Account{ID: id, Name: name, Regions: regions, Cells: map[report.Outcome]int{}}
}

// addKind opens the line of a kind, so that one without any cell shows too. Since is
// from when on its resources are read; zero: all of them.
func (l *ledger) addKind(name string, since time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.kinds[name] == nil {
		l.kinds[name] = &report.Kind{Kind: name, Since: since, Cells: map[report.Outcome]int{}}
	}
}

// count changes the counts of an origin.
func (l *ledger) count(o origin, change func(*report.Counts)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	counts, ok := l.counts[o]
	if !ok {
		counts = &report.Counts{}
		l.counts[o] = counts
	}
	change(counts)
}

// finish records a cell that was read, to its end (err is nil) or not.
func (l *ledger) finish(o origin, name cellName, region, service string, took time.Duration, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.kinds[o.kind].Seconds += took.Seconds()
	if err == nil {
		l.answered[service] = true
		l.answered[o.account+"/"+region] = true
		l.tally(o, report.Complete, "", "")
		return
	}
	l.cells = append(l.cells, cellRecord{
		origin: o, name: name, region: region, service: service,
		outcome: outcomeOf(err), code: codeOf(err), message: fault.Message(err), mend: mendOf(err),
	})
}

// leave records a cell that was not read at all.
func (l *ledger) leave(o origin, name cellName, region string, outcome report.Outcome, message, mend string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cells = append(l.cells, cellRecord{origin: o, name: name, region: region, outcome: outcome, code: codeOfOutcome(outcome), message: message, mend: mend})
}

// skip records that a kind is not to be read in an account, which is no shortcoming of
// the run.
func (l *ledger) skip(o origin, message string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tally(o, report.Skipped, message, "")
	l.gaps = append(l.gaps, report.Gap{Code: trouble.LeftOut, Outcome: report.Skipped, Account: o.account, Kinds: []string{o.kind}, Cells: 1, Error: message})
}

// leaveAccount records that kinds were not read in an account at all, each as one
// cell: how many regions it would have had may not be known.
func (l *ledger) leaveAccount(id string, kinds []string, outcome report.Outcome, code trouble.Code, message, mend string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if outcome == report.NotReached { // settle makes one gap of all of these
		for _, kind := range kinds {
			l.cells = append(l.cells, cellRecord{origin: origin{id, kind}, name: cellName{account: id, kind: kind}, outcome: outcome, code: code, message: message, mend: mend})
		}
		return
	}
	for _, kind := range kinds {
		l.tally(origin{id, kind}, outcome, message, mend)
	}
	l.gaps = append(l.gaps, report.Gap{Code: code, Outcome: outcome, Account: id, Cells: len(kinds), Error: message, Mend: mend})
	if outcome != report.Skipped {
		for _, kind := range kinds {
			l.missed[kind]++
		}
	}
}

// unread counts the cells that were not read to their end, save those whose
// service is not offered in their region. It is right once the ledger is settled.
func (l *ledger) unread() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	total := 0
	for _, n := range l.missed {
		total += n
	}
	return total
}

// unreadOf is unread for the cells of one kind.
func (l *ledger) unreadOf(kind string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.missed[kind]
}

// tally counts a cell, and notes why it was not read.
func (l *ledger) tally(o origin, outcome report.Outcome, message, mend string) {
	if l.covered[o] == nil {
		l.covered[o] = &covered{}
	}
	l.covered[o].count(outcome, message, mend)
	l.kinds[o.kind].Cells[outcome]++
	if account := l.accounts[o.account]; account != nil {
		account.Cells[outcome]++
	}
}

// outcomeOf says what an error makes of a cell. Not found is an answer about one
// resource; of a whole cell it means that the cell was not read.
func outcomeOf(err error) report.Outcome {
	if class := fault.ClassOf(err); class != fault.NotFound {
		return report.Outcome(class)
	}
	return report.Outcome(fault.Failed)
}

func mendOf(err error) string {
	var known *fault.Error
	operation := "the action"
	if errors.As(err, &known) {
		if known.Mend != "" {
			return known.Mend
		}
		operation = known.Op
	}
	switch fault.ClassOf(err) {
	case fault.Denied:
		return "allow " + operation + " in the role that reads the account"
	case fault.SCPDenied:
		return "ask the owner of the Organization's service control policies, or leave the region out (regionPolicy.deny in the mapping, or PORTOLAN_REGIONS)"
	case fault.Throttled:
		return "nothing, if the next run passes; else ask AWS for a higher quota, or read fewer regions"
	case fault.Expired:
		return "check that the role's credentials outlive the run and that the region is enabled in the account"
	case fault.Timeout, fault.Unreachable:
		return "check the network path from here to the AWS endpoints (VPC, NAT, proxy, DNS)"
	default:
		return ""
	}
}

// settle closes the ledger: it groups what was not read into gaps, and looks
// again at the cells whose service has no address in their region. That verdict
// stands only where the service answered elsewhere and the region answered for
// another service; otherwise it is the network that failed.
func (l *ledger) settle() {
	l.mu.Lock()
	defer l.mu.Unlock()
	groups := make(map[gapKey]*report.Gap)
	for _, c := range l.cells {
		if c.outcome == unsupported && !(l.answered[c.service] && l.answered[c.account+"/"+c.region]) {
			c.outcome, c.code = report.Outcome(fault.Unreachable), trouble.Unreachable
			c.mend = mendOf(&fault.Error{Class: fault.Unreachable})
		}
		l.tally(c.origin, c.outcome, c.message, c.mend)
		if c.outcome != unsupported {
			l.missed[c.kind]++
			l.view.miss(c.name, c.outcome)
		}
		key := gapKey{c.outcome, c.code, c.account, c.mend}
		if c.outcome == report.NotReached {
			key.account = ""
		}
		gap, ok := groups[key]
		if !ok {
			gap = &report.Gap{Code: c.code, Outcome: c.outcome, Account: key.account, Error: c.message, Mend: c.mend}
			groups[key] = gap
		}
		gap.Cells++
		if c.outcome != report.NotReached {
			gap.Kinds = insert(gap.Kinds, c.kind)
			gap.Regions = insert(gap.Regions, c.region)
		}
	}
	l.cells = nil
	for _, gap := range groups {
		l.gaps = append(l.gaps, *gap)
	}
	slices.SortFunc(l.gaps, func(a, b report.Gap) int {
		return cmp.Or(cmp.Compare(a.Account, b.Account), cmp.Compare(a.Outcome, b.Outcome), slices.Compare(a.Kinds, b.Kinds), cmp.Compare(a.Mend, b.Mend))
	})
}

const unsupported = report.Outcome(fault.UnsupportedRegion)

// gapKey is what the cells of a gap have in common.
type gapKey struct {
	outcome report.Outcome
	code    trouble.Code
	account string
	mend    string
}

// insert puts a text, unless it is empty, in its place in a sorted list.
func insert(list []string, text string) []string {
	at, found := slices.BinarySearch(list, text)
	if found || text == "" {
		return list
	}
	return slices.Insert(list, at, text)
}

// maxGaps bounds the gaps that a report lists one by one.
const maxGaps = 200

// fill writes what the ledger holds into the report.
func (l *ledger) fill(r *report.Report) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for o, counts := range l.counts {
		r.Total.Add(*counts)
		if kind := l.kinds[o.kind]; kind != nil {
			kind.Counts.Add(*counts)
		}
		if account := l.accounts[o.account]; account != nil {
			account.Counts.Add(*counts)
		}
	}
	r.Cells = map[report.Outcome]int{}
	for _, name := range slices.Sorted(maps.Keys(l.kinds)) {
		r.Kinds = append(r.Kinds, *l.kinds[name])
		for outcome, n := range l.kinds[name].Cells {
			r.Cells[outcome] += n
		}
	}
	for _, id := range slices.Sorted(maps.Keys(l.accounts)) {
		r.Accounts = append(r.Accounts, *l.accounts[id])
	}
	r.Gaps = l.gaps[:min(len(l.gaps), maxGaps)]
	r.MoreGaps = len(l.gaps) - len(r.Gaps)
}

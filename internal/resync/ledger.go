package resync

import (
	"cmp"
	"maps"
	"slices"
	"sync"
	"time"

	"portolan/internal/aws/awserr"
	"portolan/internal/diag"
	"portolan/internal/report"
	"portolan/internal/resync/cell"
)

// ledger is the run's record of every cell. Its methods may be called by any
// goroutine.
type ledger struct {
	mu   sync.Mutex
	view *view
	ledgerPart
}

// ledgerPart is what a ledger holds.
type ledgerPart struct {
	Accounts    map[string]*report.Account       `json:"accounts"`
	Kinds       map[string]*report.Kind          `json:"kinds"`
	Entries     map[int]*report.Resource         `json:"entries"` // of the mapping
	Counts      map[cell.Coverage]*report.Counts `json:"counts"`
	Cells       []cellRecord                     `json:"cells"`
	Gaps        []report.Gap                     `json:"gaps"`
	Unavailable []report.Gap                     `json:"unavailable"`
	Missed      map[string]int                   `json:"missed"` // cells that were not read and should have been, by kind
	Shut        int                              `json:"shut"`   // cells that a policy closes
	Covered     map[cell.Coverage]*covered       `json:"covered"`
}

// cellRecord is a cell that was not read to its end. Complete ones are only
// counted.
type cellRecord struct {
	Origin  cell.Coverage  `json:"origin"`
	Name    cell.Name      `json:"name"`
	Region  string         `json:"region,omitempty"`
	Service string         `json:"service,omitempty"`
	Outcome report.Outcome `json:"outcome"`
	Code    diag.Code      `json:"code,omitempty"`
	Message string         `json:"message"`
	Fix     string         `json:"fix,omitempty"`
	// NoEndpoint says that the cell failed as one does whose service is not offered.
	NoEndpoint bool `json:"noEndpoint,omitempty"`
	// Cut says that the run read the cell until there was no more time, for so many
	// seconds.
	Cut float64 `json:"cut,omitempty"`
}

func newLedger(v *view) *ledger {
	return &ledger{view: v, ledgerPart: ledgerPart{
		Accounts: make(map[string]*report.Account),
		Kinds:    make(map[string]*report.Kind),
		Entries:  make(map[int]*report.Resource),
		Counts:   make(map[cell.Coverage]*report.Counts),
		Missed:   make(map[string]int),
		Covered:  make(map[cell.Coverage]*covered),
	}}
}

// addAccount opens the line of an account; regions is how many of them are read.
func (l *ledger) addAccount(id, name string, regions int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.Accounts[id] = &report.Account{ID: id, Name: name, Regions: regions, Cells: map[report.Outcome]int{}}
}

// addKind opens the line of a kind, so that one without any cell shows too. Since is
// from when on its resources are read; zero: all of them.
func (l *ledger) addKind(name string, since time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.Kinds[name] == nil {
		l.Kinds[name] = &report.Kind{Kind: name, Since: since, Cells: map[report.Outcome]int{}}
	}
}

// count changes the counts of an origin.
func (l *ledger) count(o cell.Coverage, change func(*report.Counts)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	counts, ok := l.Counts[o]
	if !ok {
		counts = &report.Counts{}
		l.Counts[o] = counts
	}
	change(counts)
}

// finish records a cell that was read, to its end (err is nil) or not.
func (l *ledger) finish(o cell.Coverage, name cell.Name, region, service string, took time.Duration, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.Kinds[o.Kind].Seconds += took.Seconds()
	if err == nil {
		l.tally(o, report.Complete, "", "")
		return
	}
	l.Cells = append(l.Cells, cellRecord{
		Origin: o, Name: name, Region: region, Service: service,
		Outcome: outcomeOf(err), Code: codeOf(err), Message: awserr.Message(err), Fix: cmp.Or(endpointFix(err), awserr.Fix(err)),
		NoEndpoint: seemsNotOffered(err),
	})
}

// leave records a cell that was not read at all.
func (l *ledger) leave(o cell.Coverage, name cell.Name, region string, outcome report.Outcome, message, fix string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.Cells = append(l.Cells, cellRecord{Origin: o, Name: name, Region: region, Outcome: outcome, Code: codeOfOutcome(outcome), Message: message, Fix: fix})
}

// add records cells that were not read.
func (l *ledger) add(records []cellRecord) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.Cells = append(l.Cells, records...)
}

// skip records that a kind is not to be read in an account, which is no shortcoming of
// the run.
func (l *ledger) skip(o cell.Coverage, message string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tally(o, report.Skipped, message, "")
	l.Gaps = append(l.Gaps, report.Gap{Code: diag.LeftOut, Outcome: report.Skipped, Account: o.Account, Kinds: []string{o.Kind}, Cells: 1, Error: message})
}

// leaveAccount records that kinds were not read in an account at all, each as one
// cell: how many regions it would have had may not be known.
func (l *ledger) leaveAccount(id string, kinds []string, outcome report.Outcome, code diag.Code, message, fix string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, kind := range kinds {
		l.tally(cell.Coverage{Account: id, Kind: kind}, outcome, message, fix)
	}
	l.Gaps = append(l.Gaps, report.Gap{Code: code, Outcome: outcome, Account: id, Cells: len(kinds), Error: message, Fix: fix})
	if outcome != report.Skipped {
		for _, kind := range kinds {
			l.Missed[kind]++
		}
	}
}

// unread counts the cells that should have been read to their end and were not. It is
// right once the ledger is settled.
func (l *ledger) unread() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	total := 0
	for _, n := range l.Missed {
		total += n
	}
	return total
}

// onlySkipped says whether no cell was read, was to be read, or is known to be empty.
func (l *ledger) onlySkipped() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, of := range l.Kinds {
		for outcome, n := range of.Cells {
			if outcome != report.Skipped && n > 0 {
				return false
			}
		}
	}
	return true
}

// unsent counts the entities that the run ended too early to send.
func (l *ledger) unsent() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for _, counts := range l.Counts {
		n += counts.Unsent
	}
	return n
}

// unreadOf is unread for the cells of one kind.
func (l *ledger) unreadOf(kind string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.Missed[kind]
}

// tally counts a cell, and notes why it was not read.
func (l *ledger) tally(o cell.Coverage, outcome report.Outcome, message, fix string) {
	if l.Covered[o] == nil {
		l.Covered[o] = &covered{}
	}
	l.Covered[o].count(outcome, message, fix)
	l.Kinds[o.Kind].Cells[outcome]++
	if account := l.Accounts[o.Account]; account != nil {
		account.Cells[outcome]++
	}
}

// outcomeOf says what an error makes of a cell. Not found is an answer about one
// resource; of a whole cell it means that the cell was not read.
func outcomeOf(err error) report.Outcome {
	if class := awserr.ClassOf(err); class != awserr.NotFound {
		return report.Outcome(class)
	}
	return report.Outcome(awserr.Failed)
}

// settle closes the ledger. It takes a last look at each cell that was not read whole,
// and groups them by what they have in common.
func (l *ledger) settle(judge func(*cellRecord)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	gaps, unavailable := make(map[gapKey]*report.Gap), make(map[placeKey]*report.Gap)
	for _, c := range l.Cells {
		judge(&c)
		l.tally(c.Origin, c.Outcome, c.Message, c.Fix)
		l.view.end(c.Name, cellEnd{readings[c.Outcome], string(c.Outcome)})
		switch {
		case c.Outcome == report.Closed:
			l.Shut++
			c.addToPlace(unavailable)
		case c.Outcome.IsGap():
			l.Missed[c.Origin.Kind]++
			c.addTo(gaps)
		case c.Outcome == report.NotAnswering:
			c.addToPlace(unavailable)
		}
	}
	l.Cells = nil
	l.Gaps = sortGaps(append(l.Gaps, inOne(gaps)...))
	l.Unavailable = sortGaps(append(l.Unavailable, alike(inOne(unavailable))...))
}

// placeKey is where cells are unavailable for the same reason.
type placeKey struct {
	outcome         report.Outcome
	account, region string
}

// addToPlace puts a cell into the group of its account and region: a region that a policy
// closes is one thing, however many kinds it has and operations it forbids.
func (c *cellRecord) addToPlace(groups map[placeKey]*report.Gap) {
	key := placeKey{c.Outcome, c.Origin.Account, c.Region}
	gap, ok := groups[key]
	if !ok {
		gap = &report.Gap{Code: c.Code, Outcome: c.Outcome, Account: c.Origin.Account, Error: c.Message, Fix: c.Fix}
		groups[key] = gap
	}
	if gap.Cells++; gap.Cells > 1 && c.Outcome == report.Closed {
		gap.Fix = awserr.FixOfClosed
	}
	gap.Kinds = insert(gap.Kinds, c.Origin.Kind)
	gap.Regions = insert(gap.Regions, c.Region)
}

// alike puts the groups of an account together that have the same kinds.
func alike(gaps []report.Gap) []report.Gap {
	slices.SortFunc(gaps, func(a, b report.Gap) int { return slices.Compare(a.Regions, b.Regions) })
	var merged []report.Gap
	for _, g := range gaps {
		at := slices.IndexFunc(merged, func(m report.Gap) bool {
			return m.Outcome == g.Outcome && m.Account == g.Account && slices.Equal(m.Kinds, g.Kinds)
		})
		if at < 0 {
			merged = append(merged, g)
			continue
		}
		merged[at].Cells += g.Cells
		for _, region := range g.Regions {
			merged[at].Regions = insert(merged[at].Regions, region)
		}
	}
	return merged
}

// addTo puts a cell into the group of those that it has most in common with.
func (c *cellRecord) addTo(groups map[gapKey]*report.Gap) {
	key := gapKey{c.Outcome, c.Code, c.Origin.Account, c.Fix}
	switch {
	case c.Code == diag.CellTooLarge:
		key.fix = c.Name.Kind + c.Name.Region // each by itself
	case c.Outcome == report.NotReached:
		key.account = ""
	}
	gap, ok := groups[key]
	if !ok {
		gap = &report.Gap{Code: c.Code, Outcome: c.Outcome, Account: key.account, Error: c.Message, Fix: c.Fix}
		groups[key] = gap
	}
	gap.Cells++
	if c.Outcome != report.NotReached || c.Code == diag.CellTooLarge {
		gap.Kinds = insert(gap.Kinds, c.Origin.Kind)
		gap.Regions = insert(gap.Regions, c.Region)
	}
}

func inOne[K comparable](groups map[K]*report.Gap) []report.Gap {
	gaps := make([]report.Gap, 0, len(groups))
	for _, gap := range groups {
		gaps = append(gaps, *gap)
	}
	return gaps
}

func sortGaps(gaps []report.Gap) []report.Gap {
	slices.SortFunc(gaps, func(a, b report.Gap) int {
		return cmp.Or(cmp.Compare(a.Account, b.Account), cmp.Compare(a.Outcome, b.Outcome), slices.Compare(a.Kinds, b.Kinds), cmp.Compare(a.Fix, b.Fix))
	})
	return gaps
}

// shut counts the cells that a policy closes.
func (l *ledger) shut() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.Shut
}

// gapKey is what the cells of a gap have in common.
type gapKey struct {
	outcome report.Outcome
	code    diag.Code
	account string
	fix     string
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
	for o, counts := range l.Counts {
		r.Total.Add(*counts)
		if kind := l.Kinds[o.Kind]; kind != nil {
			kind.Counts.Add(*counts)
		}
		if account := l.Accounts[o.Account]; account != nil {
			account.Counts.Add(*counts)
		}
	}
	r.Cells = map[report.Outcome]int{}
	for _, name := range slices.Sorted(maps.Keys(l.Kinds)) {
		r.Kinds = append(r.Kinds, *l.Kinds[name])
		for outcome, n := range l.Kinds[name].Cells {
			r.Cells[outcome] += n
		}
	}
	r.Resources = l.resources()
	for _, id := range slices.Sorted(maps.Keys(l.Accounts)) {
		r.Accounts = append(r.Accounts, *l.Accounts[id])
	}
	r.Gaps = l.Gaps[:min(len(l.Gaps), maxGaps)]
	r.MoreGaps = len(l.Gaps) - len(r.Gaps)
	r.Unavailable = l.Unavailable[:min(len(l.Unavailable), maxGaps)]
}

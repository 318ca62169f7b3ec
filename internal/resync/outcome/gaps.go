package outcome

import (
	"cmp"
	"fmt"
	"slices"

	"portolan/internal/aws/awserr"
	"portolan/internal/diag"
	"portolan/internal/report"
)

// settled is what the ends of cells come to once the run is over.
type settled struct {
	done              bool
	Gaps, Unavailable []report.Gap
	Missed            map[string]int // cells that were not read and should have been, by kind
	Shut              int            // cells that a policy closes
}

// Settle closes the book, once. Judge may still change each cell that was not read to its
// end; then the cells are counted, and grouped by what they have in common.
func (b *Book) Settle(judge func(*End)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.settled.done {
		return
	}
	gaps, unavailable := make(map[gapKey]*report.Gap), make(map[placeKey]*report.Gap)
	for _, e := range slices.Concat(b.ends.Open, b.ends.Late) {
		judge(&e)
		b.tallies.tally(&e)
		if e.All {
			b.sight.leave(&e)
		} else {
			b.sight.Proofs[e.Cell] = proof{proofs[e.Outcome], cmp.Or(e.Doubt, string(e.Outcome))}
		}
		switch {
		case e.Outcome == report.Closed:
			b.settled.Shut++
			e.addToPlace(unavailable)
		case e.Outcome.IsGap():
			b.settled.Missed[string(e.Cell.Kind)]++
			e.addTo(gaps)
		case e.Outcome == report.Skipped:
			e.addTo(gaps)
		case e.Outcome == report.NotAnswering:
			e.addToPlace(unavailable)
		}
	}
	b.ends.Open, b.settled.done = nil, true
	b.settled.Gaps = sortGaps(inOne(gaps))
	b.settled.Unavailable = sortGaps(alike(inOne(unavailable)))
}

// leave notes that no cell of a kind was read in an account. What settings, mapping and
// request leave out was not to be read.
func (s *sight) leave(e *End) {
	if e.Doubt != "" {
		s.Unentered[e.Coverage()] = e.Doubt
	}
}

// Unread counts the cells that should have been read to their end and were not. It is right
// once the book is settled.
func (b *Book) Unread() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	total := 0
	for _, n := range b.settled.Missed {
		total += n
	}
	return total
}

// UnreadOf is Unread for the cells of one kind.
func (b *Book) UnreadOf(kind string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.settled.Missed[kind]
}

// Closed counts the cells that a policy closes. It is right once the book is settled.
func (b *Book) Closed() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.settled.Shut
}

// gap begins a group of cells with this one.
func (e *End) gap(account string) *report.Gap {
	severity := diag.Note
	if e.Outcome.IsGap() {
		severity = diag.Error
	}
	return &report.Gap{Outcome: e.Outcome, Diagnostic: diag.Diagnostic{
		Code: e.Code, Severity: severity, Subject: diag.Subject{Account: account}, Cause: e.Cause, Fix: e.Fix,
	}}
}

// placeKey is where cells are unavailable for the same reason.
type placeKey struct {
	outcome         report.Outcome
	account, region string
}

// addToPlace puts a cell into the group of its account and region: a region that a policy
// closes is one thing, however many kinds it has and operations it forbids.
func (e *End) addToPlace(groups map[placeKey]*report.Gap) {
	key := placeKey{e.Outcome, string(e.By), string(e.Cell.Region)}
	gap, ok := groups[key]
	if !ok {
		gap = e.gap(string(e.By))
		groups[key] = gap
	}
	if gap.Cells++; gap.Cells > 1 && e.Outcome == report.Closed {
		gap.Fix = awserr.FixOfClosed
	}
	gap.Kinds = insert(gap.Kinds, string(e.Cell.Kind))
	gap.Regions = insert(gap.Regions, string(e.Cell.Region))
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
func (e *End) addTo(groups map[gapKey]*report.Gap) {
	key := gapKey{e.Outcome, e.Code, string(e.By), e.Fix, e.All && e.Outcome != report.NotReached}
	switch {
	case e.Code == diag.CellTooLarge:
		key.fix = fmt.Sprint(e.Cell) // each by itself
	case e.Outcome == report.NotReached:
		key.account = ""
	}
	gap, ok := groups[key]
	if !ok {
		gap = e.gap(key.account)
		groups[key] = gap
	}
	gap.Cells++
	if !key.all && (e.Outcome != report.NotReached || e.Code == diag.CellTooLarge) {
		gap.Kinds = insert(gap.Kinds, string(e.Cell.Kind))
		gap.Regions = insert(gap.Regions, string(e.Cell.Region))
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
		return cmp.Or(cmp.Compare(a.Account, b.Account), cmp.Compare(a.Outcome, b.Outcome), slices.Compare(a.Kinds, b.Kinds), cmp.Compare(a.Fix, b.Fix),
			slices.Compare(a.Regions, b.Regions), cmp.Compare(a.Code, b.Code))
	})
	return gaps
}

// gapKey is what the cells of a gap have in common.
type gapKey struct {
	outcome report.Outcome
	code    diag.Code
	account string
	fix     string
	all     bool
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

// Fill writes what the book holds into the report.
func (b *Book) Fill(r *report.Report) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tallies.fill(r)
	r.Gaps = b.settled.Gaps[:min(len(b.settled.Gaps), maxGaps)]
	r.MoreGaps = len(b.settled.Gaps) - len(r.Gaps)
	r.Unavailable = b.settled.Unavailable[:min(len(b.settled.Unavailable), maxGaps)]
	b.details.fill(r)
	b.Resources.fill(r)
	r.Coverage = b.tallies.table(r.Kinds)
	b.Unmapped.fill(r)
	b.Untaken.fill(r)
	r.Changes = b.changes.sorted()
}

// FillOwners writes to the report who owned the entities that the run met.
func (b *Book) FillOwners(r *report.Report) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.owners.fill(r)
}

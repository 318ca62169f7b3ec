package resync

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"portolan/internal/aws/awserr"
	"portolan/internal/aws/kind"
	"portolan/internal/report"
	"portolan/internal/resync/cell"
	"portolan/internal/resync/reconcile"
)

// details is what readings met about single resources that leaves their cells complete:
// what AWS did not find of them, and what it refuses for good. Its methods may be
// called by any goroutine.
type details struct {
	mu     sync.Mutex
	lacks  map[string]map[string]int // by kind and action
	groups map[refusedKey]*report.RefusedGroup
	// refused are the resources that exist and have no document, by their kind.Resource.ID.
	refused map[cell.Name][]string
}

// refusedKey is what the resources of a group have in common.
type refusedKey struct {
	account, kind, action, policy, fix string
	detail                             bool
}

func newDetails() *details {
	return &details{
		lacks: map[string]map[string]int{}, groups: map[refusedKey]*report.RefusedGroup{}, refused: map[cell.Name][]string{},
	}
}

// ofResource says whether an error of a reading is about a single resource, and leaves
// the cell complete.
func ofResource(err error) bool {
	return errors.As(err, new(*kind.LackError)) || errors.As(err, new(*kind.RefusedError))
}

// resourceOf returns the resource that an error is about.
func resourceOf(err error) string {
	var refused *kind.RefusedError
	var lack *kind.LackError
	if errors.As(err, &refused) {
		return refused.ID
	}
	if errors.As(err, &lack) {
		return lack.ID
	}
	return ""
}

// note takes in the errors about single resources that the reading of a cell met in an
// account and region, and counts them.
func (d *details) note(c cell.Name, account, region string, errs []error) (counts report.Counts) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, err := range errs {
		var (
			refused *kind.RefusedError
			lack    *kind.LackError
		)
		switch {
		case errors.As(err, &refused):
			if !refused.Detail {
				counts.Refused++
				d.refused[c] = append(d.refused[c], refused.ID)
			}
			d.group(report.RefusedGroup{
				Code: codeOf(refused.Err), Account: account, Regions: insert(nil, region), Kind: c.Kind, Action: refused.Action,
				Policy: string(awserr.PolicyOf(refused.Err)), Detail: refused.Detail, Count: 1, Samples: []string{refused.ID},
				Error: awserr.Message(refused.Err), Fix: awserr.Fix(refused.Err),
			})
		case errors.As(err, &lack):
			counts.DetailsNotFound++
			d.lack(c.Kind, lack.Action, 1)
		}
	}
	return counts
}

func (d *details) lack(kind, action string, n int) {
	if d.lacks[kind] == nil {
		d.lacks[kind] = map[string]int{}
	}
	d.lacks[kind][action] += n
}

// group adds resources to those that are refused for the same reason.
func (d *details) group(g report.RefusedGroup) {
	key := refusedKey{g.Account, g.Kind, g.Action, g.Policy, g.Fix, g.Detail}
	mine := d.groups[key]
	if mine == nil {
		d.groups[key] = &g
		return
	}
	mine.Count += g.Count
	mine.Samples = append(mine.Samples, g.Samples[:min(len(g.Samples), maxRefusedSamples-len(mine.Samples))]...)
	for _, region := range g.Regions {
		mine.Regions = insert(mine.Regions, region)
	}
}

// maxRefusedSamples is how many resources a group shows.
const maxRefusedSamples = 5

// any says whether there are such resources in any cell.
func (d *details) any() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.refused) > 0
}

// fill writes what was met into the report.
func (d *details) fill(r *report.Report) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, kind := range slices.Sorted(maps.Keys(d.lacks)) {
		for _, action := range slices.Sorted(maps.Keys(d.lacks[kind])) {
			r.Details = append(r.Details, report.Detail{Kind: kind, Action: action, NotFound: d.lacks[kind][action]})
		}
	}
	r.Refused = d.list()
	r.MoreRefused = max(0, len(r.Refused)-maxGaps)
	r.Refused = r.Refused[:len(r.Refused)-r.MoreRefused]
}

// list returns the groups: whole resources before details.
func (d *details) list() []report.RefusedGroup {
	var list []report.RefusedGroup
	for _, g := range d.groups {
		own := *g
		own.Samples, own.Regions = slices.Sorted(slices.Values(g.Samples)), slices.Clone(g.Regions)
		list = append(list, own)
	}
	whole := func(g report.RefusedGroup) int {
		if g.Detail {
			return 1
		}
		return 0
	}
	slices.SortFunc(list, func(a, b report.RefusedGroup) int {
		return cmp.Or(cmp.Compare(whole(a), whole(b)), cmp.Compare(a.Account, b.Account), cmp.Compare(a.Kind, b.Kind),
			cmp.Compare(a.Action, b.Action), cmp.Compare(a.Policy, b.Policy), cmp.Compare(a.Fix, b.Fix))
	})
	return list
}

// detailsPart is what details hold.
type detailsPart struct {
	Lacks   map[string]map[string]int `json:"lacks"`
	Groups  []report.RefusedGroup     `json:"groups"`
	Refused map[cell.Name][]string    `json:"refused"`
}

func (d *details) part() detailsPart {
	d.mu.Lock()
	defer d.mu.Unlock()
	lacks := make(map[string]map[string]int, len(d.lacks))
	for kind, actions := range d.lacks {
		lacks[kind] = maps.Clone(actions)
	}
	return detailsPart{lacks, d.list(), maps.Clone(d.refused)}
}

func (d *details) absorb(p detailsPart) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for kind, actions := range p.Lacks {
		for action, n := range actions {
			d.lack(kind, action, n)
		}
	}
	for _, g := range p.Groups {
		d.group(g)
	}
	for c, ids := range p.Refused {
		d.refused[c] = append(d.refused[c], ids...)
	}
}

// noteDetails takes in what a reading met about single resources. The entities of a
// cell that has refused ones stay, since nobody knows whose they are.
//
// So do they where the run is unsure: a resource whose document lacks a detail gave
// nothing, or another entity than before. What a refusal left out may be why.
func (r *run) noteDetails(c cell.Name, p place, errs []error, unsure bool) {
	region := p.region
	if c.Region == "" {
		region = ""
	}
	counts := r.details.note(c, p.session.Account.ID, region, errs)
	r.ledger.count(cell.Coverage{Account: p.session.Account.ID, Kind: c.Kind}, func(all *report.Counts) { all.Add(counts) })
	if unsure {
		r.view.end(c, cellEnd{reconcile.Refusing, "a resource whose document lacks a detail gave nothing, or another entity than before"})
	}
	if counts.Refused > 0 {
		r.view.end(c, cellEnd{reconcile.Refusing, fmt.Sprintf("AWS refuses for good to tell of %d of its resources", counts.Refused)})
	}
}

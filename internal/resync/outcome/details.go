package outcome

import (
	"cmp"
	"errors"
	"maps"
	"slices"

	"portolan/internal/aws/awserr"
	"portolan/internal/aws/kind"
	"portolan/internal/diag"
	"portolan/internal/report"
	"portolan/internal/resync/cell"
)

// details is what readings met about single resources that leaves their cells as they are:
// what AWS did not find of them, and what it refuses for good.
type details struct {
	lacks  map[string]map[string]int // by kind and action
	groups map[refusedKey]*report.RefusedResources
	// refused are the resources that exist and have no document, by their kind.Resource.ID.
	refused map[cell.Name][]string
}

// refusedKey is what the resources of a group have in common.
type refusedKey struct {
	account, kind, action, policy, fix string
	detail                             bool
}

func newDetails() details {
	return details{
		lacks: map[string]map[string]int{}, groups: map[refusedKey]*report.RefusedResources{}, refused: map[cell.Name][]string{},
	}
}

// OfResource says whether an error of a reading is about a single resource, and leaves
// the cell complete.
func OfResource(err error) bool {
	return errors.As(err, new(*kind.LackError)) || errors.As(err, new(*kind.RefusedError)) || errors.As(err, new(*kind.ContradictedError))
}

// ResourceOf returns the resource that an error is about.
func ResourceOf(err error) string {
	var refused *kind.RefusedError
	var lack *kind.LackError
	if errors.As(err, &refused) {
		return refused.ID
	}
	if errors.As(err, &lack) {
		return lack.ID
	}
	var contradicted *kind.ContradictedError
	if errors.As(err, &contradicted) {
		return contradicted.ID
	}
	return ""
}

// note takes in the errors about single resources of a cell, and counts them.
func (d *details) note(e *End) (counts report.Counts) {
	c := e.Cell
	for _, err := range e.Resources {
		var (
			refused      *kind.RefusedError
			lack         *kind.LackError
			contradicted *kind.ContradictedError
		)
		switch {
		case errors.As(err, &contradicted):
			counts.DetailsNotFound++
			d.lack(string(c.Kind), contradicted.Action, 1)
		case errors.As(err, &refused):
			if !refused.Detail {
				counts.Refused++
				d.refused[c] = append(d.refused[c], refused.ID)
			}
			d.group(report.RefusedResources{
				Diagnostic: diag.Diagnostic{
					Code: CodeOf(refused.Err), Severity: diag.Note, Subject: diag.Subject{Account: string(e.By), Regions: insert(nil, string(c.Region)), Kinds: []string{string(c.Kind)}},
					Cause: awserr.Message(refused.Err), Fix: awserr.Fix(refused.Err),
				},
				Action: refused.Action, Policy: string(awserr.PolicyOf(refused.Err)), Detail: refused.Detail, Count: 1, Samples: []string{refused.ID},
			})
		case errors.As(err, &lack):
			counts.DetailsNotFound++
			d.lack(string(c.Kind), lack.Action, 1)
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
func (d *details) group(g report.RefusedResources) {
	key := refusedKey{g.Account, g.Kind(), g.Action, g.Policy, g.Fix, g.Detail}
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

// Refusing says whether AWS refuses a resource in any cell.
func (b *Book) Refusing() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.details.refused) > 0
}

// fill writes what was met into the report.
func (d *details) fill(r *report.Report) {
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
func (d *details) list() []report.RefusedResources {
	var list []report.RefusedResources
	for _, g := range d.groups {
		own := *g
		own.Samples, own.Regions = slices.Sorted(slices.Values(g.Samples)), slices.Clone(g.Regions)
		list = append(list, own)
	}
	whole := func(g report.RefusedResources) int {
		if g.Detail {
			return 1
		}
		return 0
	}
	slices.SortFunc(list, func(a, b report.RefusedResources) int {
		return cmp.Or(cmp.Compare(whole(a), whole(b)), cmp.Compare(a.Account, b.Account), cmp.Compare(a.Kind(), b.Kind()),
			cmp.Compare(a.Action, b.Action), cmp.Compare(a.Policy, b.Policy), cmp.Compare(a.Fix, b.Fix))
	})
	return list
}

// detailsPage is what details hold.
type detailsPage struct {
	Lacks   map[string]map[string]int `json:"lacks"`
	Groups  []report.RefusedResources `json:"groups"`
	Refused map[cell.Name][]string    `json:"refused"`
}

func (d *details) page() detailsPage {
	return detailsPage{d.lacks, d.list(), d.refused}
}

func (d *details) merge(p detailsPage) {
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

package outcome

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"portolan/internal/diag"
	"portolan/internal/report"
	"portolan/internal/resync/entity"
	"portolan/internal/resync/upsert"
)

// maxOthers bounds how many writers a report names.
const maxOthers = 20

// owners count the entities that others wrote last.
type owners struct {
	Taken    int                      `json:"taken"`    // entities that the run writes all the same
	Withheld int                      `json:"withheld"` // those that it does not write
	Samples  []string                 `json:"samples"`  // of what is withheld
	Others   map[string]*report.Other `json:"others"`   // all, by who wrote them last
}

func newOwners() owners { return owners{Others: map[string]*report.Other{}} }

// count counts an entity that is another's, or withheld.
func (o *owners) count(ref entity.Ref, owner string, withheld bool) {
	sample := []string{ref.String()}
	if withheld {
		o.Withheld++
		o.Samples = fill(o.Samples, sample)
	} else {
		o.Taken++
	}
	if o.Others[owner] == nil && len(o.Others) >= maxOthers {
		owner = "others"
	}
	if o.Others[owner] == nil {
		o.Others[owner] = &report.Other{By: owner}
	}
	other := o.Others[owner]
	other.Entities++
	other.Samples = fill(other.Samples, sample)
}

// Withheld is how many entities were not written, because somebody else wrote them last.
func (b *Book) Withheld() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.owners.Withheld
}

func (o *owners) merge(p owners) {
	o.Taken += p.Taken
	o.Withheld += p.Withheld
	o.Samples = fill(o.Samples, p.Samples)
	for by, other := range p.Others {
		mine := o.Others[by]
		if mine == nil {
			o.Others[by] = other
			continue
		}
		mine.Entities += other.Entities
		mine.Samples = fill(mine.Samples, other.Samples)
	}
}

// fill writes to the report who owned the entities that the run met.
func (o *owners) fill(r *report.Report) {
	if len(o.Others) == 0 {
		return
	}
	out := &report.Ownership{Taken: o.Taken}
	total := 0
	for _, other := range o.Others {
		out.Others = append(out.Others, *other)
		total += other.Entities
	}
	slices.SortFunc(out.Others, func(a, b report.Other) int {
		return cmp.Or(cmp.Compare(b.Entities, a.Entities), cmp.Compare(a.By, b.By))
	})
	var names []string
	for _, other := range out.Others[:min(len(out.Others), 5)] {
		names = append(names, fmt.Sprintf("%s %s", report.Thousands(other.Entities), other.By))
	}
	who := "they were last written by: " + strings.Join(names, ", ")
	notice := diag.Diagnostic{
		Code: diag.OthersEntities, Severity: diag.Note, Title: fmt.Sprintf("Entities that others wrote last: %s", report.Thousands(total)), Cause: who,
	}
	if o.Withheld > 0 {
		reason := fmt.Sprintf("they are most of what this run would write, or more than %s", report.Thousands(upsert.MaxHeld))
		out.Withheld = []report.Withheld{{
			Diagnostic: diag.Diagnostic{Code: diag.KeptOwner, Severity: diag.Error, Cause: who + ", and " + reason},
			Count:      o.Withheld, Samples: slices.Sorted(slices.Values(o.Samples)),
		}}
		notice = diag.Diagnostic{
			Code: diag.KeptOwner, Severity: diag.Error, Title: fmt.Sprintf("Entities of others that are not written: %s", report.Thousands(o.Withheld)),
			Cause: who + ". " + strings.ToUpper(reason[:1]) + reason[1:] + ", which looks like a mistake.",
			Fix: "check OCEAN__INTEGRATION__IDENTIFIER and OCEAN__INTEGRATION__TYPE: an installation keeps its entities under the same two. " +
				"If they should belong to this integration from now on, run once with --take-ownership ({\"takeOwnership\": true})",
		}
	}
	r.Ownership = out
	r.Diagnostics = append(r.Diagnostics, notice)
}

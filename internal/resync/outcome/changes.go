package outcome

import (
	"cmp"
	"errors"
	"slices"

	"portolan/internal/fit"
	"portolan/internal/report"
	"portolan/internal/resync/upsert"
)

// MaxPlanned bounds how many changes of each sort a plan lists one by one; it counts
// all.
const MaxPlanned = 200

// changes are those that a plan lists.
type changes struct {
	All    []report.Change `json:"all,omitempty"`
	listed map[string]int  // by sort
}

// add lists changes, unless there are enough of their sort.
func (c *changes) add(some ...report.Change) {
	if c.listed == nil {
		c.listed = make(map[string]int)
	}
	for _, change := range some {
		if c.listed[change.Sort] < MaxPlanned {
			c.listed[change.Sort]++
			c.All = append(c.All, change)
		}
	}
}

// sorted returns the changes in a fixed order.
func (c *changes) sorted() []report.Change {
	slices.SortFunc(c.All, func(a, b report.Change) int {
		return cmp.Or(cmp.Compare(a.Blueprint, b.Blueprint), cmp.Compare(a.Identifier, b.Identifier), cmp.Compare(a.Sort, b.Sort))
	})
	return c.All
}

// changeOf returns what a plan lists of an entity, nothing if nothing would change or if
// that was not found out.
func changeOf(e *upsert.Entity, o upsert.Outcome) []report.Change {
	change := report.Change{Blueprint: e.Blueprint, Identifier: e.Key, Account: string(e.Coverage.Account), Region: string(e.Cell.Region)}
	for _, field := range o.Changes {
		change.Fields = append(change.Fields, report.FieldChange(field))
	}
	var misfit *fit.Misfit
	switch {
	case o.Fate == upsert.Created:
		change.Sort = report.Created
	case o.Fate == upsert.Updated:
		change.Sort = report.Updated
	case o.Fate == upsert.Withheld:
		change.Sort = report.Retained
		change.Fields = []report.FieldChange{{Name: "last written by", Old: e.Owner, New: e.Owner}}
	case o.Fate == upsert.Failed && errors.As(o.Err, &misfit):
		change.Sort, change.Code, change.Cause = report.Fails, misfit.Code, misfit.Cause
	default:
		return nil
	}
	return []report.Change{change}
}

package outcome

import (
	"portolan/internal/report"
	"portolan/internal/resync/upsert"
)

// RecordEntity records what became of an entity: it is counted. It is also listed if Port
// did not accept it, if it belongs to somebody else, or if it is a change of a plan.
func (b *Book) RecordEntity(e *upsert.Entity, o upsert.Outcome, plan bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if e.Owner != "" {
		b.owners.count(e.Ref(), e.Owner, o.Fate == upsert.Withheld)
	}
	if o.Fate == upsert.Failed {
		b.Untaken.Add(e.Blueprint, e.Key, o.Err)
	}
	if plan {
		b.changes.add(changeOf(e, o)...)
	}
	change := func(c *report.Counts) {
		switch o.Fate {
		case upsert.Created:
			c.Created++
		case upsert.Updated:
			c.Updated++
		case upsert.Unchanged:
			c.Unchanged++
		case upsert.Failed:
			c.Failed++
		case upsert.Unsent:
			c.Unsent++
		}
	}
	b.tallies.count(e.Coverage, change)
	if line := b.tallies.Entries[e.Entry]; line != nil {
		change(&line.Counts)
	}
}

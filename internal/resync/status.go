package resync

import (
	"context"

	"portolan/internal/port"
	"portolan/internal/port/syncstatus"
	"portolan/internal/report"
)

// tellsStatus says whether Port is told the progress of the run.
func (e *Engine) tellsStatus() bool { return e.SyncStatus != nil && !e.plans() }

// beat tells Port that the run is alive, until stop is called.
func (e *Engine) beat() (stop func()) {
	if !e.tellsStatus() {
		return func() {}
	}
	return syncstatus.Beat(e.SyncStatus, e.Run, e.log)
}

// statusEntries are the entries of the mapping that the run will read or cannot read.
func (e *Engine) statusEntries() (entries []syncstatus.Entry) {
	told := make(map[int]bool)
	for _, u := range e.scope.Mapped {
		for _, resource := range u.Entries {
			told[resource.Index] = true
		}
	}
	for _, u := range e.scope.Units {
		for _, resource := range u.Entries {
			entries = append(entries, syncstatus.Entry{Kind: resource.Kind, Index: resource.Index, Blueprint: resource.Blueprint})
		}
	}
	for _, lost := range e.scope.Mapping.Lost {
		if lost.Kind != "" && !told[lost.Resource] {
			told[lost.Resource] = true
			entries = append(entries, syncstatus.Entry{Kind: lost.Kind, Index: lost.Resource, Unusable: true})
		}
	}
	return entries
}

// statusCounts returns what became of each entry of the mapping, by index.
func (e *Engine) statusCounts() map[int]syncstatus.Counts {
	counts := make(map[int]syncstatus.Counts)
	for index, line := range e.book.Entries() {
		c := line.Counts
		counts[index] = syncstatus.Counts{
			Extracted: c.Fetched, ExtractFailed: e.book.UnreadOf(line.Kind),
			Transformed: line.Mapped, Filtered: c.Filtered + c.Dropped, TransformFailed: line.Unmapped,
			Loaded: c.Created + c.Updated, Unchanged: c.Unchanged, LoadFailed: c.Failed - line.Unmapped,
			Seconds: e.book.SecondsOf(line.Kind),
		}
	}
	return counts
}

// tellStatusEnd reports how the run has ended, and waits a little until Port has it.
func (e *Engine) tellStatusEnd(ctx context.Context) {
	state := port.Failed
	switch e.report.Status {
	case report.Completed:
		state = port.Completed
	case report.Aborted:
		state = port.Aborted
	}
	e.status.End(ctx, e.statusCounts(), syncstatus.End{
		State: state, Finished: e.report.Finished, PeakMemory: e.report.PeakMemoryBytes, Deleted: e.report.Deletes.Deleted,
		Reconciled: e.removal.stale != nil && len(e.report.Deletes.Withheld) == 0,
	})
}

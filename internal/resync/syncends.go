package resync

import (
	"context"
	"time"

	"portolan/internal/port"
	"portolan/internal/report"
	"portolan/internal/resync/outcome"
)

// kindsEnd tells what became of each entry, once it is known of every entity whether
// Port took it and the ledger is settled. A run that was told to stop says so at its end.
func (t *teller) kindsEnd(ctx context.Context, b *outcome.Book) {
	if t == nil || ctx.Err() != nil {
		return
	}
	t.endKinds(b, port.Completed)
}

// endKinds ends all entries that have not ended: those whose kind was not read to its
// end or not mapped as failed, unless they are aborted, the others in the given state.
func (t *teller) endKinds(b *outcome.Book, state port.Status) {
	lines := b.Entries()
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, of := range t.units {
		for _, e := range of.entries {
			if e.item.State != port.Pending && e.item.State != port.Syncing {
				continue
			}
			line, unread := lines[e.item.Index], b.UnreadOf(e.item.Kind)
			t.change(e, func(k *port.KindSync) {
				k.State = state
				if state == port.Completed && (unread > 0 || line.Unmapped > 0) {
					k.State = port.Failed
				}
				fillSync(k, line, unread, of.ended.Sub(of.began))
				if of.began.IsZero() { // other invocations read
					k.Seconds = b.SecondsOf(k.Kind)
				}
			})
		}
	}
}

// fillSync puts the counts of an entry of the mapping into what Port hears of it.
// Unread are the readings of its kind that did not come to their end.
func fillSync(k *port.KindSync, line report.Resource, unread int, took time.Duration) {
	c := line.Counts
	k.Extracted, k.ExtractFailed = c.Fetched, unread
	k.Transformed, k.Filtered, k.TransformFailed = line.Mapped, c.Filtered+c.Dropped, line.Unmapped
	k.Loaded, k.Unchanged, k.LoadFailed = c.Created+c.Updated, c.Unchanged, c.Failed-line.Unmapped
	k.Seconds = seconds(took)
}

// reconciling tells that the run looks for what is to be deleted.
func (t *teller) reconciling() {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.final = &told{began: time.Now()}
	t.change(t.final, func(k *port.KindSync) { k.Kind, k.State = port.ReconciliationKind, port.Syncing })
}

// runEnds tells how the run ended, and waits a little until that is told. Of the report
// all is known that Port hears; looked says whether the run knows what is stale.
func (t *teller) runEnds(ctx context.Context, b *outcome.Book, out *report.Report, looked bool) {
	if t == nil {
		return
	}
	ended := port.Failed
	switch out.Status {
	case report.Completed:
		ended = port.Completed
	case report.Aborted:
		ended = port.Aborted
	}
	t.mu.Lock()
	t.atOnce = ended == port.Aborted
	t.mu.Unlock()
	t.endKinds(b, ended)
	t.mu.Lock()
	if t.final != nil {
		t.change(t.final, func(k *port.KindSync) {
			if k.State = port.Completed; !looked || len(out.Deletes.Withheld) > 0 {
				k.State = ended
			}
			k.Deleted, k.Seconds = out.Deletes.Deleted, seconds(time.Since(t.final.began))
		})
	}
	t.change(t.runtime, func(k *port.KindSync) {
		k.State, k.Seconds, k.PeakMemory = ended, seconds(out.Finished.Sub(t.began)), out.PeakMemoryBytes
	})
	t.mu.Unlock()
	t.finish(ctx)
}

// handOn tells that other invocations read now, and leaves the telling to them.
func (t *teller) handOn(ctx context.Context) {
	if t == nil {
		return
	}
	t.mu.Lock()
	for _, e := range t.entries {
		if e.item.State == port.Pending {
			e.item.State = port.Syncing
		}
	}
	t.atOnce = true
	t.mu.Unlock()
	t.finish(ctx)
}

// finish waits a little until Port has heard everything.
func (t *teller) finish(ctx context.Context) {
	close(t.quiet)
	close(t.queue)
	timer := time.AfterFunc(patience(ctx), t.stop)
	t.group.Wait()
	if t.atOnce {
		t.tellAll()
	}
	timer.Stop()
	t.stop()
}

// patience is how long the end of a run waits for Port to hear of it: less if the
// function's own time is nearly over.
func patience(ctx context.Context) time.Duration {
	if end, ok := ctx.Deadline(); ok {
		return max(0, min(finishTime, time.Until(end)/4))
	}
	return finishTime
}

// seconds returns a duration in seconds, to the millisecond.
func seconds(d time.Duration) float64 { return d.Round(time.Millisecond).Seconds() }

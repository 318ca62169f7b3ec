package syncstatus

import (
	"context"
	"time"

	"portolan/internal/port"
)

// Counts are what became of an entry of the mapping.
type Counts struct {
	Extracted, ExtractFailed               int // items; readings that did not come to their end
	Transformed, Filtered, TransformFailed int // entities; items without one; items in error
	Loaded, Unchanged, LoadFailed          int // entities
	// Seconds is how long the readings of its kind took in all. It is used where they were
	// in other invocations; else Port hears the time from the first to the last one.
	Seconds float64
}

// End is how a run has ended.
type End struct {
	State      port.Status // Completed, Failed or Aborted
	Finished   time.Time
	PeakMemory uint64 // bytes
	Deleted    int    // entities
	Reconciled bool   // all that is stale is known and could be deleted
}

// KindsEnd tells what became of each entry, by index, once it is known of every entity
// whether Port took it. A run that was told to stop says so at its end.
func (r *Reporter) KindsEnd(ctx context.Context, counts map[int]Counts) {
	if r == nil || ctx.Err() != nil {
		return
	}
	r.endKinds(counts, port.Completed)
}

// endKinds ends all entries that have not ended: those whose kind was not read to its
// end or not mapped as failed, unless they are aborted, the others in the given state.
func (r *Reporter) endKinds(counts map[int]Counts, state port.Status) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, of := range r.readings {
		for _, s := range of.entries {
			if s.item.State != port.Pending && s.item.State != port.Syncing {
				continue
			}
			c := counts[s.item.Index]
			r.change(s, func(k *port.KindSync) {
				k.State = state
				if state == port.Completed && (c.ExtractFailed > 0 || c.TransformFailed > 0) {
					k.State = port.Failed
				}
				k.Extracted, k.ExtractFailed = c.Extracted, c.ExtractFailed
				k.Transformed, k.Filtered, k.TransformFailed = c.Transformed, c.Filtered, c.TransformFailed
				k.Loaded, k.Unchanged, k.LoadFailed = c.Loaded, c.Unchanged, c.LoadFailed
				if k.Seconds = seconds(of.ended.Sub(of.began)); of.began.IsZero() {
					k.Seconds = c.Seconds
				}
			})
		}
	}
}

// Reconciling tells that the run looks for what is to be deleted.
func (r *Reporter) Reconciling() {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.final = &status{began: time.Now()}
	r.change(r.final, func(k *port.KindSync) { k.Kind, k.State = port.ReconciliationKind, port.Syncing })
}

// End tells how the run and the entries that have not ended did, and waits a little until
// that is told.
func (r *Reporter) End(ctx context.Context, counts map[int]Counts, end End) {
	if r == nil {
		return
	}
	r.mu.Lock()
	r.atOnce = end.State == port.Aborted
	r.mu.Unlock()
	r.endKinds(counts, end.State)
	r.mu.Lock()
	if r.final != nil {
		r.change(r.final, func(k *port.KindSync) {
			if k.State = port.Completed; !end.Reconciled {
				k.State = end.State
			}
			k.Deleted, k.Seconds = end.Deleted, seconds(time.Since(r.final.began))
		})
	}
	r.change(r.whole, func(k *port.KindSync) {
		k.State, k.Seconds, k.PeakMemory = end.State, seconds(end.Finished.Sub(r.began)), end.PeakMemory
	})
	r.mu.Unlock()
	r.finish(ctx)
}

// HandOn tells that other invocations read now, and leaves the telling to them.
func (r *Reporter) HandOn(ctx context.Context) {
	if r == nil {
		return
	}
	r.mu.Lock()
	for _, s := range r.entries {
		if s.item.State == port.Pending {
			s.item.State = port.Syncing
		}
	}
	r.atOnce = true
	r.mu.Unlock()
	r.finish(ctx)
}

// finish waits a little until Port has heard everything.
func (r *Reporter) finish(ctx context.Context) {
	close(r.quiet)
	close(r.queue)
	timer := time.AfterFunc(patience(ctx), r.stop)
	r.group.Wait()
	if r.atOnce {
		r.tellAll()
	}
	timer.Stop()
	r.stop()
}

// patience is how long the end of a run waits for Port to hear of it: less if the
// function's own time is nearly over.
func patience(ctx context.Context) time.Duration {
	if end, ok := ctx.Deadline(); ok {
		return max(0, min(finishTime, time.Until(end)/4))
	}
	return finishTime
}

func seconds(d time.Duration) float64 { return d.Round(time.Millisecond).Seconds() }

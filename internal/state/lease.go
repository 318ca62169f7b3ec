package state

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Skew is how far the clocks of two machines may differ without two runs writing at once: a
// lease ends for its holder at its deadline, and for all others this much later.
const Skew = 15 * time.Second

// LeaseTime is how long a lease is usually taken for. A run that died keeps others from
// writing for that long, and for Skew.
const LeaseTime = time.Minute

// Holder says who wants a lease.
type Holder struct {
	Run     string    `json:"run"`
	Source  string    `json:"source"` // machine or function
	Started time.Time `json:"started"`
	// Execution names the execution that makes the steps of a run; "" is none. A holder of
	// the same execution is an earlier attempt to begin the run, whose lease may be taken.
	Execution string `json:"execution,omitempty"`
	// Integration owns the state, "aws-v3/my-aws"; "" if it is not known.
	Integration string `json:"integration,omitempty"`
	// Brief says that the run reads single cells, and is over soon.
	Brief bool `json:"brief,omitempty"`
}

// HeldError says that another run has the lease.
type HeldError struct {
	Holder
	Until time.Time // the deadline, unless the run renews it
}

// Error names the other run.
func (e *HeldError) Error() string {
	return fmt.Sprintf("run %.100s on %.100s, which began at %s, is writing; its lease ends at %s unless it is renewed",
		e.Run, e.Source, e.Started.UTC().Format(time.RFC3339), e.Until.UTC().Format(time.RFC3339))
}

// leaseRecord is what the store holds. It is released and never deleted, so that the generation
// increases from holder to holder.
type leaseRecord struct {
	Head
	Generation uint64 `json:"generation"`
	Previous   uint64 `json:"previous,omitempty"` // the generation of the previous holder
	Holder
	Until    time.Time `json:"until"`
	Released bool      `json:"released"`
	// Renewals makes each write differ from all others.
	Renewals int `json:"renewals"`
	// Seconds is how long the lease is taken for at a time.
	Seconds float64 `json:"seconds,omitempty"`
}

var leaseForm = Form[leaseRecord]{Name: "lease.json", Head: Head{"portolan/lease", 1}, What: "a lease", Lack: func(r leaseRecord) string {
	if r.Run == "" || r.Until.IsZero() {
		return "run or no end"
	}
	return ""
}}

// longestLease is the longest time for which a lease is taken.
const longestLease = 15 * time.Minute

// most is how long the lease may last after it was written, by any clock: a holder that has not
// renewed it for that long has lost it.
func (r leaseRecord) most() time.Duration {
	switch length := time.Duration(r.Seconds * float64(time.Second)); {
	case length > 0 && length <= longestLease:
		return length + Skew
	case r.Seconds == 0 && r.Execution == "":
		return LeaseTime + Skew
	}
	return longestLease + Skew
}

// Allows returns nil if the holder may replace what was written under a generation, and ErrLost
// or ErrFenced if not. A nil lease may replace everything.
func (l *Lease) Allows(present uint64) error {
	if l == nil {
		return nil
	}
	lost := l.Check()
	if present > l.generation && plausible(present, l.now()) {
		return errors.Join(ErrFenced, lost)
	}
	return lost
}

// maxAhead is how far a generation may be ahead of the clock. Anybody may write the lease, and one
// that is further ahead orders nothing: it would keep all runs from writing until its time.
const maxAhead = 24 * time.Hour

// plausible says whether a run can have had a generation by now.
func plausible(generation uint64, now time.Time) bool {
	return generation <= uint64(max(0, now.Add(maxAhead).UnixMilli()))
}

// Lease is the right to write, held until a deadline. It is safe for concurrent use.
type Lease struct {
	store      Store
	ttl        time.Duration
	now        func() time.Time
	generation uint64

	renewing sync.Mutex // held during a write to the store

	mu      sync.Mutex
	record  leaseRecord
	version string
	until   time.Time // as in the record, with the reading of the monotonic clock
	lost    error
	doubt   string
}

// Acquire takes the lease for ttl if nobody has it, and returns a *HeldError if somebody does.
// The next run can take the lease of a run that died once its deadline and Skew have passed;
// two runs can never both take it. A lease that is damaged, or whose deadline is further ahead
// than a lease can last, is free once the store says that it was not written for as long as a
// lease can last. The clock is time.Now except in tests.
func Acquire(ctx context.Context, store Store, holder Holder, ttl time.Duration, clock func() time.Time) (*Lease, error) {
	const tries = 5
	var err error
	for range tries {
		var record leaseRecord
		var version string
		record, version, err = readLease(ctx, store)
		doubt := ""
		if errors.Is(err, ErrDamaged) && idle(ctx, store, longestLease+Skew) {
			doubt, err = err.Error(), nil
		}
		if err != nil {
			return nil, err
		}
		if record.Integration != "" && holder.Integration != "" && record.Integration != holder.Integration {
			return nil, other(store, leaseForm.Name, record.Integration, holder.Integration)
		}
		now := clock()
		again := holder.Execution != "" && holder.Execution == record.Execution
		if version != "" && !record.Released && !again && now.Before(record.Until.Add(Skew)) {
			if doubt = absurd(ctx, store, record, now); doubt == "" {
				return nil, &HeldError{Holder: record.Holder, Until: earlier(record.Until, now.Add(record.most()))}
			}
		}
		l := &Lease{store: store, ttl: ttl, now: clock, generation: nextGeneration(record.Generation, now), version: version, doubt: doubt}
		l.record = leaseRecord{
			Head: leaseForm.Head, Generation: l.generation, Previous: record.Generation, Holder: holder,
			Seconds: ttl.Seconds(),
		}
		if again {
			l.record.Previous = record.Previous // the earlier attempt to begin wrote nothing
		}
		if err = l.write(ctx, now); err == nil {
			return l, nil
		}
		if !errors.Is(err, ErrConflict) {
			return nil, fmt.Errorf("take the lease: %w", err)
		}
	}
	return nil, fmt.Errorf("take the lease: %w", err)
}

// Join returns the lease that a run has taken in another process, for another ttl. The
// processes of a run share it: each renews it while it works, and a renewal by one counts for
// all. Join returns ErrLost if another run has the lease, or nobody has it.
func Join(ctx context.Context, store Store, run string, generation uint64, ttl time.Duration, clock func() time.Time) (*Lease, error) {
	const tries = 10
	var err error
	for range tries {
		record, version, readErr := readLease(ctx, store)
		switch {
		case readErr != nil:
			return nil, readErr
		case version == "":
			return nil, fmt.Errorf("%w: somebody removed it", ErrLost)
		case record.Run != run || record.Generation != generation:
			return nil, fmt.Errorf("%w: run %.100s on %.100s has it", ErrLost, record.Run, record.Source)
		case record.Released:
			return nil, fmt.Errorf("%w: it was released", ErrLost)
		}
		now := clock()
		l := &Lease{store: store, ttl: ttl, now: clock, generation: generation, record: record, version: version}
		left := record.Until.Sub(now)
		if l.until = now.Add(left); left > ttl/2 && left <= record.most() {
			return l, nil
		}
		if err = l.write(ctx, now); err == nil {
			return l, nil
		}
		if !errors.Is(err, ErrConflict) {
			return nil, fmt.Errorf("renew the lease: %w", err)
		}
	}
	return nil, fmt.Errorf("renew the lease: %w", err)
}

// nextGeneration increases even if somebody deleted the lease: it is at least the time, in
// milliseconds since 1970.
func nextGeneration(last uint64, now time.Time) uint64 {
	if !plausible(last, now) {
		last = 0
	}
	return max(last+1, uint64(max(0, now.UnixMilli())))
}

// idle says whether the lease was not written for longer than it can last.
func idle(ctx context.Context, store Store, most time.Duration) bool {
	age, known := ageOf(ctx, store, leaseForm.Name)
	return known && age > most
}

// absurd says why a lease is not believed although its deadline has not passed; "" if it is
// believed.
func absurd(ctx context.Context, store Store, record leaseRecord, now time.Time) string {
	if record.Until.Sub(now) <= record.most() || !idle(ctx, store, record.most()) {
		return ""
	}
	return fmt.Sprintf("the lease of run %.100s on %.100s says that it ends at %s, but a lease lasts for %s at most, and this one was not written for longer",
		record.Run, record.Source, record.Until.UTC().Format(time.RFC3339), record.most())
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// Doubt says why the previous lease was not believed; "" if it was.
func (l *Lease) Doubt() string { return l.doubt }

// readLease returns the lease, and "" as its version if there is none.
func readLease(ctx context.Context, store Store) (leaseRecord, string, error) {
	record, at, err := leaseForm.load(ctx, store)
	switch {
	case errors.Is(err, ErrNotFound):
		return record, "", nil
	case err != nil && at.version == "":
		return record, "", fmt.Errorf("read the lease: %w", err)
	case errors.Is(err, ErrForeign):
		return record, at.version, fmt.Errorf("%w; remove it, or keep the state elsewhere", err)
	case err != nil:
		return record, at.version, fmt.Errorf("%w; if no run is under way, remove it", err)
	}
	return record, at.version, nil
}

// Previous returns the generation of the previous holder, 0 if there was none.
func (l *Lease) Previous() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.record.Previous
}

// LastHolder returns the generation of the lease's latest holder, 0 if there was none.
func LastHolder(ctx context.Context, store Store) (uint64, error) {
	record, _, err := readLease(ctx, store)
	return record.Generation, err
}

// Generation returns the lease's generation, which is greater than that of every earlier lease.
func (l *Lease) Generation() uint64 { return l.generation }

// Check returns nil while the lease is held by this machine's clock, and ErrLost after that.
func (l *Lease) Check() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.lost != nil {
		return l.lost
	}
	// The monotonic clock stops while a machine sleeps, and the wall clock may be set back.
	if now := l.now(); now.Before(l.until) && now.Round(0).Before(l.record.Until) {
		return nil
	}
	return fmt.Errorf("%w: it ended at %s and was not renewed", ErrLost, l.record.Until.Format(time.RFC3339))
}

// renewTime is how long a renewal may take, so that one without an answer leaves time for
// another.
const renewTime = 30 * time.Second

// Renew extends the lease to a ttl from now. It returns ErrLost if another run has the lease;
// after any other error the lease is still held until its deadline.
func (l *Lease) Renew(ctx context.Context) error {
	l.renewing.Lock()
	defer l.renewing.Unlock()
	if err := l.Check(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, min(l.ttl/4, renewTime))
	defer cancel()
	return l.change(ctx)
}

// Release gives the lease up; only the first call does anything. The lease is not held after
// that, whatever the error. After an error the next run may have to wait for the deadline.
func (l *Lease) Release(ctx context.Context) error {
	l.renewing.Lock()
	defer l.renewing.Unlock()
	if l.record.Released {
		return nil
	}
	l.mu.Lock()
	l.record.Released = true
	l.mu.Unlock()
	err := l.change(ctx)
	_ = l.lose(fmt.Errorf("%w: it was released", ErrLost))
	if err != nil {
		return fmt.Errorf("release the lease: %w", err)
	}
	return nil
}

// change writes the record. A conflict comes from another run, or from a write of our own that
// seemed to have failed.
func (l *Lease) change(ctx context.Context) error {
	err := l.write(ctx, l.now())
	if !errors.Is(err, ErrConflict) {
		return err
	}
	present, version, err := readLease(ctx, l.store)
	switch {
	case err != nil:
		return err
	case version == "":
		return l.lose(fmt.Errorf("%w: somebody removed it", ErrLost))
	case present.Generation != l.generation || present.Run != l.record.Run:
		return l.lose(fmt.Errorf("%w: run %.100s on %.100s has it", ErrLost, present.Run, present.Source))
	case present.Released && l.record.Released: // by us
		return nil
	case present.Released:
		return l.lose(fmt.Errorf("%w: another process of the run has ended it", ErrLost))
	}
	now := l.now()
	if l.adopt(present, version, now) {
		return nil
	}
	return l.write(ctx, now)
}

// adopt takes over what another process of the run has written, and says whether that counts
// as a renewal.
func (l *Lease) adopt(present leaseRecord, version string, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.version = version
	left := present.Until.Sub(now)
	if l.record.Released || left <= l.ttl/2 || left > present.most() {
		return false
	}
	l.record.Until, l.record.Renewals, l.until = present.Until, present.Renewals, now.Add(left)
	return true
}

// write writes the record, with a deadline counted from before the write.
func (l *Lease) write(ctx context.Context, now time.Time) error {
	l.mu.Lock()
	record, version, until := l.record, l.version, now.Add(l.ttl)
	l.mu.Unlock()
	record.Until = until.Round(0).UTC()
	record.Renewals++
	data, err := json.Marshal(record)
	if err != nil {
		return err
	}
	version, err = l.store.Put(ctx, leaseForm.Name, data, version)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.record, l.version, l.until = record, version, until
	return nil
}

func (l *Lease) lose(why error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.lost == nil {
		l.lost = why
	}
	return l.lost
}

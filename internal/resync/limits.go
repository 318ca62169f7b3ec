package resync

import (
	"time"

	"portolan/internal/aws/call"
	"portolan/internal/state"
)

// Limits bound what a run does at a time. The zero value of a field means its
// default.
type Limits struct {
	call.Limits
	// Entering is how many accounts are entered at a time (20).
	Entering int
	// Cells is how many cells are read at a time (192).
	Cells int
	// Documents is how many resources are held in memory at a time (2,000, at
	// least the largest page of a kind).
	Documents int
	// Uploads is how many bulks are on their way to Port at a time (12).
	Uploads int
	// Lease is how long a run that died keeps others from writing (state.LeaseTime),
	// except for the skew of clocks. It is renewed three times as often.
	Lease time.Duration
	// StepLease is how long a run that takes several invocations keeps others from
	// writing once none of them renews it (15 minutes): Step Functions may wait for
	// minutes before it repeats one.
	StepLease time.Duration
}

// Complete returns the limits with the default of each that is not set.
func (l Limits) Complete() Limits {
	l.Limits = l.Limits.Complete()
	for _, field := range []struct {
		value *int
		is    int
	}{{&l.Entering, 20}, {&l.Cells, 192}, {&l.Documents, 2000}, {&l.Uploads, 12}} {
		if *field.value <= 0 {
			*field.value = field.is
		}
	}
	if l.Lease <= 0 {
		l.Lease = state.LeaseTime
	}
	if l.StepLease <= 0 {
		l.StepLease = 15 * time.Minute
	}
	return l
}

package kind

import (
	"context"
	"sync"

	"golang.org/x/sync/semaphore"
)

// Room is a Budget that is safe for concurrent use.
type Room struct {
	free *semaphore.Weighted

	mu   sync.Mutex
	owed int64
}

// NewRoom returns room for so many resources.
func NewRoom(size int64) *Room { return &Room{free: semaphore.NewWeighted(size)} }

// Acquire waits for room. Its error is the context's.
func (r *Room) Acquire(ctx context.Context, n int64) error { return r.free.Acquire(ctx, n) }

// TryAcquire takes room if there is some, and if nobody waits for it.
func (r *Room) TryAcquire(n int64) bool { return r.free.TryAcquire(n) }

// Owe takes room that may not be there: what is given back next pays for it.
func (r *Room) Owe(n int64) {
	if r.free.TryAcquire(n) {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.owed += n
}

// Release gives room back.
func (r *Room) Release(n int64) {
	r.mu.Lock()
	paid := min(n, r.owed)
	r.owed -= paid
	r.mu.Unlock()
	r.free.Release(n - paid)
}

//go:build bench

package main

import "sync"

// chance draws the latencies, the same ones in each run as far as the order of the
// calls is the same.
var chance = &lot{state: 1}

type lot struct {
	mu    sync.Mutex
	state uint64
}

func (l *lot) next(n int) int {
	if n <= 0 {
		return 0
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.state = l.state*6364136223846793005 + 1442695040888963407
	return int(l.state>>33) % n
}

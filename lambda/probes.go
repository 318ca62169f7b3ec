package main

import (
	"context"
	"sync/atomic"
	"time"

	"portolan/internal/health"
	"portolan/internal/port"
	"portolan/internal/report"
)

// probes answers the probes of a process that stays.
type probes struct {
	health.Health
	moves   atomic.Int64      // grows with each poll and with the progress of runs
	figures report.Exposition // of the runs
}

// newProbes serves probes until stop is called. They say that the process is ready
// once Port has taken its credentials.
func (a *app) newProbes(ctx context.Context) (p *probes, stop func(), err error) {
	p = &probes{Health: health.Health{Version: version}}
	p.Metrics = p.figures.Write
	end, err := p.Serve(a.settings.ProbePort)
	if err != nil {
		return nil, nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	followed, greeted := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(followed)
		p.Follow(ctx, p.moves.Load)
	}()
	go func() {
		defer close(greeted)
		a.greet(ctx, p)
	}()
	return p, func() {
		cancel()
		<-followed
		<-greeted
		end()
	}, nil
}

// greet asks Port until it has taken the credentials. That the integration is not yet
// there is for the first run to change.
func (a *app) greet(ctx context.Context, p *probes) {
	const again = 10 * time.Second
	for {
		if _, err := a.port.Integration(ctx); err == nil || port.NotFound(err) {
			p.SetReady(true)
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(again):
		}
	}
}

// count adds what a run has done to what moves, whenever it is called.
func (p *probes) count(figures ...*atomic.Int64) (every func()) {
	var last int64
	return func() {
		var sum int64
		for _, f := range figures {
			sum += f.Load()
		}
		p.moves.Add(sum - last)
		last = sum
	}
}

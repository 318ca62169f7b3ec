package main

import (
	"context"
	"fmt"
	"time"

	"portolan/internal/invocation"
	"portolan/internal/listener"
	"portolan/internal/report"
	"portolan/internal/resync"
	"portolan/internal/resync/distributed"
	"portolan/internal/state"
)

// perform does what a request asks for.
func (a *app) perform(ctx context.Context, request invocation.Request, progress *resync.Progress) (*report.Report, error) {
	if request.Action == invocation.Poll {
		return a.poll(ctx, request, progress)
	}
	return a.resync(ctx, request, progress)
}

// poll makes a resync if somebody has asked Port for one. Otherwise it returns the report
// of a skipped run.
func (a *app) poll(ctx context.Context, request invocation.Request, progress *resync.Progress) (*report.Report, error) {
	result, err := a.unasked(ctx, request)
	if result != nil || err != nil {
		return result, err
	}
	return a.resync(ctx, invocation.Request{Action: invocation.Resync, Trigger: invocation.Asked}, progress)
}

// unasked is the report of a poll that found nothing to do; nil if Port asks for a
// resync.
func (a *app) unasked(ctx context.Context, request invocation.Request) (*report.Report, error) {
	began, before := time.Now(), a.port.Stats()
	asks, why, err := a.asks(ctx)
	if err != nil {
		return nil, fmt.Errorf("poll: %w", err)
	}
	if asks {
		return nil, nil
	}
	a.log.InfoContext(ctx, "nothing to do", "action", invocation.Poll, "reason", why)
	return &report.Report{
		Head: report.Head{
			Action: invocation.Poll, Status: report.Yielded, Reason: why, Trigger: request.Trigger,
			Integration: a.settings.Integration.Identifier, Version: version,
			Started: began.UTC(), Finished: time.Now().UTC(), Seconds: time.Since(began).Seconds(),
		},
		Usage: report.Usage{
			Port: resync.PortCalls(a.port.Stats(), before),
		},
	}, nil
}

// begin begins a run that takes several invocations. If it is to poll, it begins one
// only if somebody has asked Port for it.
func (a *app) begin(ctx context.Context, deps resync.Deps, step invocation.Step) (*distributed.Begun, error) {
	if step.Request.Action == invocation.Poll {
		result, err := a.unasked(ctx, step.Request)
		if err != nil {
			return nil, err
		}
		if result != nil {
			return &distributed.Begun{Status: string(report.Yielded), Report: result}, nil
		}
		step.Request = invocation.Request{Action: invocation.Resync, Trigger: invocation.Asked}
	}
	return distributed.Begin(ctx, deps, step, a.settings.ScaleConcurrency)
}

// asks says whether Port asks for a resync, and if it does not, why not.
func (a *app) asks(ctx context.Context) (asks bool, why string, err error) {
	store, err := a.requests(ctx)
	if err != nil {
		return false, "", err
	}
	return listener.Pending(ctx, a.port, store, state.Owner(a.settings.Integration.Type, a.settings.Integration.Identifier))
}

// requests returns the store that records which of Port's requests was answered: the
// state, or the memory of the process if there is no state.
func (a *app) requests(ctx context.Context) (state.Store, error) {
	store, err := a.stateStore(ctx)
	if store == nil {
		store = a.noted
	}
	return store, err
}

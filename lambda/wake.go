package main

import (
	"context"
	"fmt"
	"io"
	"path"
	"sync"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"portolan/internal/aws/cloudcontrol"
	"portolan/internal/aws/kind"
	"portolan/internal/doctor"
	"portolan/internal/invocation"
	"portolan/internal/mapping"
	"portolan/internal/port"
	"portolan/internal/refresh"
	"portolan/internal/report"
	"portolan/internal/resync"
)

// waking is what is kept between batches of events, as long as the process lives.
type waking struct {
	refresher resync.Refresher

	mu      sync.Mutex
	handler *refresh.Handler // nil until it is first needed
	kinds   []*kind.Kind     // those of the mapping
	mapped  time.Time        // when it was read
}

// mappedFor is how long the kinds of a mapping serve to say which events matter. The run that
// reads the cells reads the mapping itself.
const mappedFor = 5 * time.Minute

// wake takes a batch of messages that tell of events.
func (a *app) wake(ctx context.Context, messages []invocation.Message, metrics io.Writer) (any, error) {
	result, err := a.handleEvents(ctx, messages)
	if err := a.figuresOf(result).WriteMetrics(metrics); err != nil {
		a.log.WarnContext(ctx, "the metrics were not written", "error", err)
	}
	if err != nil {
		// A failed invocation would be one of the alarm about runs. All messages come back either way.
		a.log.ErrorContext(ctx, "a batch of events could not be dealt with; its messages come back", "messages", len(messages), "error", err)
		result.Failed = nil
		for _, m := range messages {
			result.Failed = append(result.Failed, m.ID)
		}
	}
	answer := events.SQSEventResponse{BatchItemFailures: []events.SQSBatchItemFailure{}}
	for _, id := range result.Failed {
		answer.BatchItemFailures = append(answer.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: id})
	}
	return answer, nil
}

// handleEvents deals with a batch of messages, and logs what became of it.
func (a *app) handleEvents(ctx context.Context, messages []invocation.Message) (refresh.Result, error) {
	handler, err := a.eventHandler(ctx)
	if err != nil {
		return refresh.Result{}, err
	}
	result, err := handler.Handle(ctx, messages)
	a.log.InfoContext(ctx, "events were dealt with", "messages", result.Messages, "ignored", result.Ignored, "cells", result.Cells,
		"postponed", result.Postponed, "come_back", len(result.Failed), "lag_seconds", result.Lag.Seconds())
	return result, err
}

// figuresOf returns the figures of a batch of messages.
func (a *app) figuresOf(result refresh.Result) report.Events {
	figures := report.Events{
		Integration: a.settings.Integration.Identifier, At: time.Now(), Received: result.Messages,
		Refreshed: result.Cells[resync.Seen], Lag: result.Lag,
	}
	for _, n := range result.Ignored {
		figures.Ignored += n
	}
	return figures
}

// takeEvents takes the events that are in the queue, in a process that stays. Heard gets the figures of each
// batch.
func (a *app) takeEvents(ctx context.Context, heard func(report.Events)) error {
	base, err := a.baseConfig(ctx)
	if err != nil {
		return err
	}
	queue := a.settings.Schedule.Events.Queue
	p := refresh.Poller{Queue: queue, Client: refresh.Client(base, queue), Handle: func(ctx context.Context, messages []invocation.Message) ([]string, error) {
		result, err := a.handleEvents(ctx, messages)
		heard(a.figuresOf(result))
		return result.Failed, err
	}}
	return p.Poll(ctx)
}

// eventHandler returns what takes batches, the same each time.
func (a *app) eventHandler(ctx context.Context) (*refresh.Handler, error) {
	of := a.settings.Schedule.Events
	w := &a.waking
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.handler != nil {
		return w.handler, nil
	}
	h := &refresh.Handler{Kinds: a.mappedKinds, Log: a.log, Refresh: a.refresh, Waits: refresh.Waits{First: of.Wait, Again: of.Again}}
	h.Tested = a.noteArrival
	for _, arn := range append([]string{a.settings.AWS.RoleARN}, a.settings.AWS.RoleARNs...) {
		if arn != "" {
			h.Roles = append(h.Roles, path.Base(arn))
		}
	}
	if of.Queue != "" {
		base, err := a.baseConfig(ctx)
		if err != nil {
			return nil, err
		}
		h.Queue = refresh.SQS(base, of.Queue)
	}
	w.refresher.Pace, w.handler = of.Pace, h
	return h, nil
}

// noteArrival tells a doctor who waits for it that its test event has arrived.
func (a *app) noteArrival(ctx context.Context, id string) {
	store, err := a.stateStore(ctx)
	if err == nil && store != nil {
		err = doctor.NoteArrival(ctx, store, id)
	}
	if err != nil {
		a.log.WarnContext(ctx, "the doctor's test event arrived, and the doctor could not be told", "error", err)
	}
}

// refresh reads cells. Its log stays here: Port shows that of whole runs.
func (a *app) refresh(ctx context.Context, touched []resync.Touched) (resync.Refreshed, error) {
	deps, err := a.deps(ctx, nil)
	if err != nil {
		return resync.Refreshed{}, err
	}
	deps.Writes = nil
	return a.waking.refresher.Refresh(ctx, deps, touched)
}

// mappedKinds returns the kinds of the mapping; none if Port has no integration yet, so that there
// is nothing to wake.
func (a *app) mappedKinds(ctx context.Context) ([]*kind.Kind, error) {
	w := &a.waking
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.kinds != nil && time.Since(w.mapped) < mappedFor {
		return w.kinds, nil
	}
	integration, err := a.port.Integration(ctx)
	if port.NotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the mapping: %w", err)
	}
	of, err := mapping.Compile(integration.Config, func(string) (mapping.Actions, bool) { return mapping.Actions{}, true })
	if err != nil {
		return nil, fmt.Errorf("the mapping kept in Port for integration %s: %w", a.settings.Integration.Identifier, err)
	}
	w.kinds, w.mapped = []*kind.Kind{}, time.Now()
	named := map[string]bool{}
	for _, r := range of.Resources {
		if k, _ := cloudcontrol.Resolve(r.Kind); k != nil && !named[r.Kind] {
			named[r.Kind] = true
			w.kinds = append(w.kinds, k)
		}
	}
	return w.kinds, nil
}

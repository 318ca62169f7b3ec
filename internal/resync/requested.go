package resync

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"

	"portolan/internal/invocation"
	"portolan/internal/port"
	"portolan/internal/state"
)

// errAnswered ends a run that Port asked for, if another one has answered in the
// meantime.
var errAnswered = errors.New("another run has answered Port's request")

// startAnswering is Port.Start, and notes which of Port's requests for a resync the run
// answers: all that were made before it read the mapping. What is asked for later is
// the next poll's. The integration's own changes raise requests too, so after these
// Port is asked again, and the mapping read again.
func (e *Engine) startAnswering(ctx context.Context) (port.Integration, error) {
	told := e.recallTold(ctx)
	in, err := e.answering(ctx)
	if err == nil && e.State != nil && len(in.Told) > 0 && !bytes.Equal(in.Told, told) {
		if err := state.SaveTold(ctx, e.State, in.Told); err != nil {
			e.log.WarnContext(ctx, "what Port was told about the integration was not recorded; another process may tell Port again", "error", err)
		}
	}
	return in, err
}

// recallTold tells Port's client what earlier runs have told Port.
func (e *Engine) recallTold(ctx context.Context) json.RawMessage {
	if e.State == nil {
		return nil
	}
	told, err := state.LoadTold(ctx, e.State)
	if err != nil {
		if !errors.Is(err, state.ErrNotFound) {
			e.log.WarnContext(ctx, "it is not known what Port was told about the integration; Port may be told again", "error", err)
		}
		return nil
	}
	e.Port.Recall(told)
	return told
}

func (e *Engine) answering(ctx context.Context) (port.Integration, error) {
	if e.Requests == nil || e.Request.Narrowed() {
		return e.Port.Start(ctx)
	}
	request, known, err := e.latestRequest(ctx)
	if err != nil {
		return port.Integration{}, err
	}
	in, err := e.Port.Start(ctx)
	if err != nil {
		return in, err
	}
	if in.Changed {
		notes := in.Notes
		if request, known, err = e.latestRequest(ctx); err != nil {
			return in, err
		}
		if in, err = e.Port.Start(ctx); err != nil {
			return in, err
		}
		in.Notes = notes
	}
	if !known {
		return in, nil
	}
	answered := state.Answered{Request: request.ID, At: request.At.Time, Run: e.Run}
	if err := state.SaveAnswered(ctx, e.Requests, answered); err != nil {
		e.log.WarnContext(ctx, "it was not recorded which of Port's requests this run answers; the next poll may repeat it", "error", err)
	}
	return in, nil
}

// latestRequest asks Port for the latest request. If it is not known, the run continues. If
// another run has already answered the request of this run, the run does not.
func (e *Engine) latestRequest(ctx context.Context) (request port.ResyncRequest, known bool, err error) {
	request, err = e.Port.ResyncRequest(ctx)
	if port.NotFound(err) {
		return port.ResyncRequest{}, true, nil
	}
	var credentials *port.CredentialsError
	if err != nil && (errors.As(err, &credentials) || ctx.Err() != nil) {
		return request, false, err
	}
	if err != nil {
		e.log.WarnContext(ctx, "Port did not say which resync was asked for last; the next poll may repeat this run", "error", err)
		return request, false, nil
	}
	if e.Request.Trigger == invocation.Asked && !e.beginning.claimed {
		last, err := state.LastAnswered(ctx, e.Requests)
		if err == nil && !request.At.After(last.At) {
			return request, true, errAnswered
		}
		e.beginning.claimed = true
	}
	return request, true, nil
}

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
func (r *run) startAnswering(ctx context.Context) (port.Integration, error) {
	told := r.recallTold(ctx)
	in, err := r.answering(ctx)
	if err == nil && r.State != nil && len(in.Told) > 0 && !bytes.Equal(in.Told, told) {
		if err := state.SaveTold(ctx, r.State, in.Told); err != nil {
			r.log.WarnContext(ctx, "it was not kept what Port was told of the integration; another process may tell it again", "error", err)
		}
	}
	return in, err
}

// recallTold makes known to Port's client what earlier runs have told Port.
func (r *run) recallTold(ctx context.Context) json.RawMessage {
	if r.State == nil {
		return nil
	}
	told, err := state.LoadTold(ctx, r.State)
	if err != nil {
		if !errors.Is(err, state.ErrNotFound) {
			r.log.WarnContext(ctx, "it is not known what Port was told of the integration; it may be told again", "error", err)
		}
		return nil
	}
	r.Port.Recall(told)
	return told
}

func (r *run) answering(ctx context.Context) (port.Integration, error) {
	if r.Requests == nil || r.request.Narrowed() {
		return r.Port.Start(ctx)
	}
	request, known, err := r.latestRequest(ctx)
	if err != nil {
		return port.Integration{}, err
	}
	in, err := r.Port.Start(ctx)
	if err != nil {
		return in, err
	}
	if in.Changed {
		notes := in.Notes
		if request, known, err = r.latestRequest(ctx); err != nil {
			return in, err
		}
		if in, err = r.Port.Start(ctx); err != nil {
			return in, err
		}
		in.Notes = notes
	}
	if !known {
		return in, nil
	}
	answered := state.Answered{Request: request.ID, At: request.At.Time, Run: r.id}
	if err := state.SaveAnswered(ctx, r.Requests, answered); err != nil {
		r.log.WarnContext(ctx, "it was not kept which request of Port's this run answers; the next poll may repeat it", "error", err)
	}
	return in, nil
}

// latestRequest asks Port. That it is not known is no reason not to run; that another
// run has answered the request for which this one began, is.
func (r *run) latestRequest(ctx context.Context) (request port.ResyncRequest, known bool, err error) {
	request, err = r.Port.ResyncRequest(ctx)
	if port.NotFound(err) {
		return port.ResyncRequest{}, true, nil
	}
	var credentials *port.CredentialsError
	if err != nil && (errors.As(err, &credentials) || ctx.Err() != nil) {
		return request, false, err
	}
	if err != nil {
		r.log.WarnContext(ctx, "Port did not say which resync was asked for last; the next poll may repeat this run", "error", err)
		return request, false, nil
	}
	if r.request.Trigger == invocation.Asked && !r.claimed {
		last, err := state.LastAnswered(ctx, r.Requests)
		if err == nil && !request.At.After(last.At) {
			return request, true, errAnswered
		}
		r.claimed = true
	}
	return request, true, nil
}

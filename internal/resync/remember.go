package resync

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"portolan/internal/diag"
	"portolan/internal/mapping"
	"portolan/internal/port"
	"portolan/internal/resync/entity"
	"portolan/internal/resync/schedule"
	"portolan/internal/state"
)

// signature is what makes entities what they are, beside AWS.
type signature struct {
	Mapping    string `json:"mapping"`
	Blueprints string `json:"blueprints"`
	Program    string `json:"program"`
}

// signatureOf hashes the mapping and the blueprints of its entities.
func signatureOf(config json.RawMessage, blueprints any, program string) (signature, error) {
	text, err := json.Marshal(blueprints)
	sum := func(text []byte) string {
		hash := sha256.Sum256(text)
		return hex.EncodeToString(hash[:16])
	}
	return signature{sum(config), sum(text), program}, err
}

// remembers says whether there is a state.
func (r *run) remembers() bool { return r.State != nil }

// remember finds out what the runs before left, and asks Port which entities are still
// as they left them.
func (r *run) remember(ctx context.Context, config json.RawMessage) error {
	if r.State == nil {
		return r.listOurs(ctx, time.Time{})
	}
	blueprints, err := r.Port.Blueprints(ctx)
	if err != nil {
		return fmt.Errorf("read the blueprints: %w", err)
	}
	maps.DeleteFunc(blueprints, func(name string, _ port.Blueprint) bool {
		return !slices.ContainsFunc(r.mapping.Resources, func(m *mapping.Resource) bool { return writes(m, name) })
	})
	if r.sign, err = signatureOf(config, blueprints, r.Program); err != nil {
		return err
	}
	r.diagnostics = append(r.diagnostics, r.memory.recallLast(ctx, r.before)...)
	r.recallTimes(ctx)
	if r.trusted = !r.request.Force && r.memory.trusted(r.sign); !r.trusted {
		return r.listOurs(ctx, time.Time{})
	}
	return r.listOurs(ctx, r.memory.last.Ended)
}

// listOurs asks Port which entities are this integration's: those that nobody has
// touched since a time, or all of them if it is zero.
func (r *run) listOurs(ctx context.Context, since time.Time) error {
	for page, err := range r.Port.Owned(ctx, since) {
		if err != nil {
			return fmt.Errorf("list the entities in Port: %w", err)
		}
		for _, owned := range page {
			r.memory.held.Add(entity.Ref{Blueprint: owned.Blueprint, Identifier: owned.Identifier})
		}
	}
	return nil
}

// recallTimes reads what the runs before have learned of time. It is a help only.
func (r *run) recallTimes(ctx context.Context) {
	table, err := schedule.Load(ctx, r.State)
	if err != nil {
		if !errors.Is(err, state.ErrNotFound) {
			r.log.WarnContext(ctx, "the timetable cannot be used; the accounts are read in their usual order", "error", err)
		}
		return
	}
	r.times.load(table)
}

// recall reads what the runs before left of all accounts, or of some.
func (r *run) recall(ctx context.Context, some []string) error {
	if !r.remembers() {
		return nil
	}
	notices, err := r.memory.recall(ctx, r.sign, some)
	if err != nil {
		return diag.With(diag.StateRefused, fmt.Errorf("read the state: %w", err))
	}
	r.diagnostics = append(r.diagnostics, notices...)
	if r.Rewrite > 0 {
		r.memory.oldest = r.report.Started.Add(-r.Rewrite)
	}
	if !r.trusted {
		r.memory.trusts = nil
	}
	return nil
}

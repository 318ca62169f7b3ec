package resync

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"portolan/internal/mapping"
	"portolan/internal/port"
	"portolan/internal/trouble"
)

// signature is what makes entities what they are, beside AWS.
type signature struct{ mapping, blueprints, program string }

// signatureOf hashes the mapping and the blueprints of its entities.
func signatureOf(config json.RawMessage, blueprints any, program string) (signature, error) {
	text, err := json.Marshal(blueprints)
	sum := func(text []byte) string {
		hash := sha256.Sum256(text)
		return hex.EncodeToString(hash[:16])
	}
	return signature{sum(config), sum(text), program}, err
}

// remember recalls what the runs before left, and asks Port which entities are
// still as they left them.
func (r *run) remember(ctx context.Context, config json.RawMessage) error {
	if r.State == nil {
		return nil
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
	notices, err := r.memory.recall(ctx, r.sign)
	if err != nil {
		return trouble.With(trouble.StateRefused, fmt.Errorf("read the state: %w", err))
	}
	r.notices = append(r.notices, notices...)
	if r.Rewrite > 0 {
		r.memory.oldest = r.report.Started.Add(-r.Rewrite)
	}
	if r.request.Force || !r.memory.trusted() {
		r.memory.trusts = nil
		return nil
	}
	for page, err := range r.Port.Owned(ctx, r.memory.last.Ended) {
		if err != nil {
			return fmt.Errorf("list the entities in Port: %w", err)
		}
		for _, owned := range page {
			r.memory.held.taken(owned.Blueprint, owned.Identifier)
		}
	}
	return nil
}

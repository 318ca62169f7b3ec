package resync

import (
	"context"
	"maps"
	"time"

	"github.com/google/uuid"

	"portolan/internal/resync/entity"
	"portolan/internal/resync/snapshot"
	"portolan/internal/state"
)

// entriesOf returns what all invocations of the run produced in an account.
func (m *memory) entriesOf(ctx context.Context, account string, g *gathered, seenAt time.Time) (map[entity.Ref]snapshot.Entry, error) {
	entries := g.merged(seenAt)
	for _, piece := range m.pieces[account] {
		old, err := snapshot.LoadPiece(ctx, m.work, piece, account)
		if err != nil {
			return nil, err
		}
		for e := range old.All() {
			join(entries, e)
		}
	}
	return entries, nil
}

// leave writes what this invocation produced for the one that ends the run, and gives
// the pieces by account.
func (m *memory) leave(ctx context.Context, work *state.Work, h snapshot.Header) (map[string]string, error) {
	pieces := make(map[string]string, len(m.fresh))
	for account, g := range m.fresh {
		h.Account = account
		old, err := snapshot.New(h, maps.Values(g.merged(h.Started)))
		if err != nil {
			return nil, err
		}
		pieces[account] = snapshotsOf + account + "-" + uuid.NewString() + ".gz"
		if err := snapshot.SavePiece(ctx, work, pieces[account], old); err != nil {
			return nil, err
		}
	}
	return pieces, nil
}

// merged returns one entry for each entity. Of what several resources of the mapping
// wrote, nobody knows what Port holds; of what came from several cells, nobody knows
// from which.
func (g *gathered) merged(seenAt time.Time) map[entity.Ref]snapshot.Entry {
	names, cells := inOrder(g.names), inOrder(g.cells)
	entries := make(map[entity.Ref]snapshot.Entry, len(g.entries))
	for _, f := range g.entries {
		c := cells[f.cell]
		e := snapshot.Entry{
			Blueprint: names[f.blueprint], Identifier: f.identifier, Region: c.Region, Kind: c.Kind, Hash: f.hash, Seen: seenAt,
		}
		if f.written > 0 {
			e.Written = time.Unix(int64(f.written), 0).UTC()
		}
		join(entries, e)
	}
	return entries
}

// join adds an entry to those there are.
func join(entries map[entity.Ref]snapshot.Entry, e snapshot.Entry) {
	ref := entity.Ref{Blueprint: e.Blueprint, Identifier: e.Identifier}
	if other, twice := entries[ref]; twice {
		if other.Hash != e.Hash {
			e.Hash = snapshot.Hash{}
		}
		if other.Region != e.Region || other.Kind != e.Kind {
			e.Region, e.Kind, e.Hash = "", "", snapshot.Hash{}
		}
	}
	entries[ref] = e
}

func inOrder[K comparable](numbers map[K]uint32) []K {
	keys := make([]K, len(numbers))
	for key, n := range numbers {
		keys[n] = key
	}
	return keys
}

package snapshot

import (
	"context"
	"fmt"

	"portolan/internal/state"
)

// piecesFolder is where the pieces of a run lie among its work.
const piecesFolder = "snapshots/"

// SavePiece writes a snapshot as a piece of a run's work. It returns state.ErrConflict if
// the piece exists.
func SavePiece(ctx context.Context, work *state.Work, piece string, s *Snapshot) error {
	data, err := s.encode(s.Header)
	if err != nil {
		return err
	}
	return work.SaveRaw(ctx, piece, data)
}

// LoadPiece reads the snapshot of an account that SavePiece wrote. Its errors are those of
// [Set.Load].
func LoadPiece(ctx context.Context, work *state.Work, piece, account string) (*Snapshot, error) {
	data, err := work.LoadRaw(ctx, piece)
	if err != nil {
		return nil, err
	}
	s, err := decode(data, account)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", work.Where(piece), err)
	}
	return s, nil
}

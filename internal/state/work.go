package state

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// Work is what the invocations of one run leave to each other. It exists as long as the run,
// and only the program's own version has to read it.
type Work struct {
	store Store
	where string // "work/<run>/"
}

const workFolder = "work/"

// ItemsPiece names the batches of a run, for the state machine that has them read.
const ItemsPiece = "items.json"

// NewWork returns the work of a run. It writes nothing.
func NewWork(store Store, run string) *Work {
	return &Work{store: store, where: workFolder + run + "/"}
}

// WorkOf lists the runs that have left work.
func WorkOf(ctx context.Context, store Store) ([]string, error) {
	names, err := store.List(ctx, workFolder)
	var runs []string
	for _, name := range names {
		run, _, _ := strings.Cut(strings.TrimPrefix(name, workFolder), "/")
		if len(runs) == 0 || runs[len(runs)-1] != run {
			runs = append(runs, run)
		}
	}
	return runs, err
}

// Name returns the full name of a piece in the store.
func (w *Work) Name(piece string) string { return w.where + piece }

// Where tells people where a piece is.
func (w *Work) Where(piece string) string { return w.store.Where(w.Name(piece)) }

// Save writes a piece as compressed JSON. It returns ErrConflict if the piece exists: each piece
// is written once.
func (w *Work) Save(ctx context.Context, piece string, value any) error {
	data, err := pack(value)
	if err != nil {
		return fmt.Errorf("%s: %w", w.Where(piece), err)
	}
	return w.SaveRaw(ctx, piece, data)
}

// SaveRaw writes the bytes of a piece, on the same condition as Save.
func (w *Work) SaveRaw(ctx context.Context, piece string, data []byte) error {
	_, err := w.store.Put(ctx, w.Name(piece), data, "")
	return err
}

// Load reads a piece that Save wrote. It returns ErrNotFound if there is none, and ErrDamaged if
// it cannot be read.
func (w *Work) Load(ctx context.Context, piece string, value any) error {
	data, _, err := w.store.Get(ctx, w.Name(piece))
	if err != nil {
		return err
	}
	if err := unpack(data, value); err != nil {
		return fmt.Errorf("%s: %w: %w", w.Where(piece), ErrDamaged, err)
	}
	return nil
}

// LoadRaw reads a piece that SaveRaw wrote, or returns ErrNotFound.
func (w *Work) LoadRaw(ctx context.Context, piece string) ([]byte, error) {
	data, _, err := w.store.Get(ctx, w.Name(piece))
	return data, err
}

// Pieces returns the names of the pieces that begin with a prefix, in ascending order.
func (w *Work) Pieces(ctx context.Context, prefix string) ([]string, error) {
	names, err := w.store.List(ctx, w.Name(prefix))
	for i, name := range names {
		names[i] = strings.TrimPrefix(name, w.where)
	}
	return names, err
}

// Remove removes the pieces of the run.
func (w *Work) Remove(ctx context.Context) error { return removeAll(ctx, w.store, w.where) }

func removeAll(ctx context.Context, store Store, prefix string) error {
	names, err := store.List(ctx, prefix)
	if err != nil {
		return err
	}
	var failed []error
	for _, name := range names {
		failed = append(failed, removeOne(ctx, store, name))
	}
	return errors.Join(failed...)
}

// removeOne removes a blob, whatever its version. It is not an error if the blob is gone, or was
// rewritten at the same moment.
func removeOne(ctx context.Context, store Store, name string) error {
	_, version, err := store.Get(ctx, name)
	if version != "" {
		err = store.Delete(ctx, name, version)
	}
	if errors.Is(err, ErrNotFound) || errors.Is(err, ErrConflict) {
		return nil
	}
	return err
}

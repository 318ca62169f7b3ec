package state

import "context"

// Skipped says whether a store holds a usable count of skipped runs.
func Skipped(ctx context.Context, store Store) (bool, error) {
	record, err := skipsForm.Load(ctx, store)
	return record.Count > 0, err
}

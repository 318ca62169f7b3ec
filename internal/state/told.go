package state

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
)

const (
	toldName    = "integration.json"
	toldFormat  = "portolan/integration"
	toldVersion = 1
)

type toldRecord struct {
	Format  string          `json:"format"`
	Version int             `json:"version"`
	Told    json.RawMessage `json:"told"`
}

// LoadTold returns what Port was told of the integration last, as SaveTold got it, or
// ErrNotFound. What cannot be used is unknown: Port is told again.
func LoadTold(ctx context.Context, store Store) (json.RawMessage, error) {
	data, _, err := store.Get(ctx, toldName)
	if err != nil {
		return nil, err
	}
	var record toldRecord
	if json.Unmarshal(data, &record) != nil || record.Format != toldFormat || record.Version != toldVersion {
		return nil, fmt.Errorf("%s: %w", store.Where(toldName), ErrDamaged)
	}
	return record.Told, nil
}

// SaveTold keeps what Port was told, in place of what is there.
func SaveTold(ctx context.Context, store Store, told json.RawMessage) error {
	data, err := json.Marshal(toldRecord{Format: toldFormat, Version: toldVersion, Told: told})
	if err != nil {
		return err
	}
	_, version, err := store.Get(ctx, toldName)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	_, err = store.Put(ctx, toldName, data, version)
	return err
}

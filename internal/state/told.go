package state

import (
	"context"
	"encoding/json"
)

type toldRecord struct {
	Head
	Told json.RawMessage `json:"told"`
}

var toldForm = Form[toldRecord]{Name: "integration.json", Head: Head{"portolan/integration", 1}, What: "what Port was told about the integration"}

// LoadTold returns what Port was last told about the integration, as SaveTold got it, or
// ErrNotFound; ErrDamaged, ErrForeign or ErrNewer if it is not known, so that Port has to be
// told again.
func LoadTold(ctx context.Context, store Store) (json.RawMessage, error) {
	record, err := toldForm.Load(ctx, store)
	return record.Told, err
}

// SaveTold keeps what Port was told. It replaces a damaged or newer record, but never a foreign
// one.
func SaveTold(ctx context.Context, store Store, told json.RawMessage) error {
	return toldForm.Save(ctx, store, nil, toldRecord{toldForm.Head, told}, nil)
}

package resync

import (
	"encoding/json"
	"errors"

	"portolan/internal/port"
)

// waitingParcel is an entity that waits for the end of a run which takes several
// invocations.
type waitingParcel struct {
	Origin    origin          `json:"origin"`
	Cell      cellName        `json:"cell"`
	Blueprint string          `json:"blueprint"`
	Key       string          `json:"key"`
	Body      json.RawMessage `json:"body"`
	Search    bool            `json:"search,omitempty"`
	Targets   []string        `json:"targets,omitempty"`
	Refusal   string          `json:"refusal"`
	Entry     *int            `json:"entry,omitempty"` // of the mapping
}

// waiting gives the entities that wait for the end of the run.
func (s *sender) waiting() []waitingParcel {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]waitingParcel, len(s.failed))
	for i, p := range s.failed {
		list[i] = waitingParcel{
			p.origin, p.cell, p.item.Blueprint, p.item.Key, p.item.Body, p.search, p.targets, p.err.Error(), nil,
		}
		if p.entry != nil {
			list[i].Entry = &p.entry.Index
		}
	}
	return list
}

// resume takes over entities that waited.
func (s *sender) resume(list []waitingParcel) {
	parcels := make([]parcel, len(list))
	for i, w := range list {
		parcels[i] = parcel{
			origin: w.Origin, cell: w.Cell, item: port.Item{Blueprint: w.Blueprint, Key: w.Key, Body: w.Body},
			hash: hashOf(w.Body, s.how), search: w.Search, targets: w.Targets, err: errors.New(w.Refusal),
		}
		if w.Entry != nil {
			parcels[i].entry = s.ledger.entry(*w.Entry)
		}
	}
	s.keep(parcels)
}

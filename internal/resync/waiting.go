package resync

import (
	"encoding/json"
	"errors"

	"portolan/internal/port"
	"portolan/internal/resync/cell"
	"portolan/internal/resync/entity"
)

// waitingParcel is an entity that waits for the end of a run which takes several
// invocations.
type waitingParcel struct {
	Origin    cell.Coverage   `json:"origin"`
	Cell      cell.Name       `json:"cell"`
	Blueprint string          `json:"blueprint"`
	Key       string          `json:"key"`
	Body      json.RawMessage `json:"body"`
	Search    bool            `json:"search,omitempty"`
	Targets   []string        `json:"targets,omitempty"`
	Refusal   string          `json:"refusal"`
	Entry     int             `json:"entry"` // of the mapping
	Owner     string          `json:"owner,omitempty"`
	Fresh     bool            `json:"fresh,omitempty"`
	Again     bool            `json:"again,omitempty"`
}

// wait packs an entity.
func (p parcel) wait() waitingParcel {
	w := waitingParcel{
		Origin: p.origin, Cell: p.cell, Blueprint: p.item.Blueprint, Key: p.item.Key, Body: p.item.Body, Search: p.search,
		Targets: p.targets, Owner: p.owner, Fresh: p.fresh, Again: p.again, Entry: p.entry,
	}
	if p.err != nil {
		w.Refusal = p.err.Error()
	}
	return w
}

// unpack returns an entity as it waited.
func (e *Engine) unpack(w waitingParcel) parcel {
	p := parcel{
		origin: w.Origin, cell: w.Cell, item: port.Item{Blueprint: w.Blueprint, Key: w.Key, Body: w.Body},
		hash: entity.HashOf(w.Body, e.writing.how), search: w.Search, targets: w.Targets, owner: w.Owner, fresh: w.Fresh, again: w.Again, entry: w.Entry,
	}
	if w.Refusal != "" {
		p.err = errors.New(w.Refusal)
	}
	return p
}

// waiting returns the entities that wait for the end of the run.
func (s *sender) waiting() []waitingParcel {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]waitingParcel, len(s.failed))
	for i, p := range s.failed {
		list[i] = p.wait()
	}
	return list
}

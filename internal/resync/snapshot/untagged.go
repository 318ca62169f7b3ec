package snapshot

import (
	"encoding/json"
	"time"

	"portolan/internal/resync/cell"
)

// untagged is what a service answered about a resource that had no tags.
type untagged struct {
	At     time.Time       `json:"at"`
	Answer json.RawMessage `json:"answer"`
}

// besides keeps what is remembered of the tags of a resource apart from what the resource gave.
const besides = "tags\x00"

// NoteUntagged remembers an answer, as JSON, about a resource of a cell that had no tags.
func (m *Memory) NoteUntagged(c cell.Name, key string, answer []byte, at time.Time) {
	if m.lease == nil {
		return
	}
	if text, err := json.Marshal(untagged{at.UTC().Truncate(time.Second), answer}); err == nil && len(text) < maxRecord/2 {
		m.fresh.settle(c, settledKeyOf(c, besides+key), string(text))
	}
}

// Untagged returns the answer about a resource that had no tags, and when it came. It does not depend
// on the mapping, nor on what Port has.
func (m *Memory) Untagged(c cell.Name, key string) (answer []byte, at time.Time, ok bool) {
	old := m.snapshots[c.Key()]
	if old == nil {
		return nil, time.Time{}, false
	}
	text, known := old.open().settled[settledKeyOf(c, besides+key)]
	var was untagged
	if !known || json.Unmarshal([]byte(text), &was) != nil {
		return nil, time.Time{}, false
	}
	return was.Answer, was.At, true
}

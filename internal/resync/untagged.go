package resync

import (
	"encoding/json"
	"time"

	"portolan/internal/aws/answer"
	"portolan/internal/aws/kind"
	"portolan/internal/resync/cell"
	"portolan/internal/resync/snapshot"
)

// untagged remembers from run to run which resources of a cell had no tags.
type untagged struct {
	memory *snapshot.Memory
	cell   cell.Name
	anew   bool // nothing is believed
}

// Had implements [kind.Untagged].
func (u untagged) Had(key string) (kind.Object, time.Time, bool) {
	text, at, ok := u.memory.Untagged(u.cell, key)
	if !ok || u.anew {
		return nil, time.Time{}, false
	}
	was, err := answer.Decode(text)
	return was, at, err == nil
}

// Note implements [kind.Untagged].
func (u untagged) Note(key string, said kind.Object, at time.Time) {
	if said == nil {
		said = kind.Object{}
	}
	if text, err := json.Marshal(said); err == nil {
		u.memory.NoteUntagged(u.cell, key, text, at)
	}
}

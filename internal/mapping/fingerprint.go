package mapping

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"math"
	"slices"
	"sync"
)

// Fingerprint stands for a document and the resource that maps it. The zero Fingerprint stands
// for none.
type Fingerprint [16]byte

// Fingerprint returns the fingerprint of a document. As long as the mapping and the program are
// the same, documents with the same fingerprint become the same entities. It is zero if that is
// not so: an expression asks for the time, or the document holds what JSON does not have.
func (r *Resource) Fingerprint(doc map[string]any) Fingerprint {
	if !r.timeless {
		return Fingerprint{}
	}
	room := rooms.Get().(*[]byte)
	defer rooms.Put(room)
	text, ok := appendValue(binary.AppendUvarint((*room)[:0], uint64(r.Index)), doc)
	*room = text
	if !ok {
		return Fingerprint{}
	}
	sum := sha256.Sum256(text)
	return Fingerprint(sum[:16])
}

var rooms = sync.Pool{New: func() any { return new([]byte) }}

// appendValue appends a value in a form that no other value has: its type comes first, and the
// length of what has one. It returns false if JSON does not have the type.
func appendValue(b []byte, v any) ([]byte, bool) {
	switch v := v.(type) {
	case nil:
		return append(b, 'z'), true
	case bool:
		if v {
			return append(b, 't'), true
		}
		return append(b, 'f'), true
	case string:
		return appendSized(append(b, 's'), v), true
	case json.Number:
		return appendSized(append(b, 'n'), string(v)), true
	case int:
		return binary.AppendVarint(append(b, 'i'), int64(v)), true
	case float64:
		return binary.BigEndian.AppendUint64(append(b, 'd'), math.Float64bits(v)), true
	case []any:
		return appendArray(b, v)
	case map[string]any:
		return appendObject(b, v)
	default:
		return b, false
	}
}

func appendArray(b []byte, v []any) (_ []byte, ok bool) {
	b = binary.AppendUvarint(append(b, 'a'), uint64(len(v)))
	for _, element := range v {
		if b, ok = appendValue(b, element); !ok {
			return b, false
		}
	}
	return b, true
}

func appendObject(b []byte, v map[string]any) (_ []byte, ok bool) {
	var few [32]string
	keys := few[:0]
	for key := range v {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	b = binary.AppendUvarint(append(b, 'o'), uint64(len(keys)))
	for _, key := range keys {
		if b, ok = appendValue(appendSized(b, key), v[key]); !ok {
			return b, false
		}
	}
	return b, true
}

func appendSized(b []byte, text string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(text))), text...)
}

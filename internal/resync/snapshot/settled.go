package snapshot

import (
	"bufio"
	"bytes"
	"cmp"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"portolan/internal/mapping"
	"portolan/internal/resync/cell"
	"portolan/internal/resync/entity"
)

// Settled is what a resource gave, or all that is beneath one, which will give the same again
// as long as its proof is the same. It has no document and no field of an entity.
type Settled struct {
	// Proof stands for what was listed of the resource.
	Proof Sum `json:"proof"`
	// At is when AWS was asked about it.
	At time.Time `json:"at"`
	// Documents is how many there were.
	Documents int    `json:"documents"`
	Gave      []Gave `json:"gave"`
}

// Gave is what an entry of the mapping made of one document.
type Gave struct {
	Entry       int `json:"entry"` // its index
	Fingerprint Sum `json:"fingerprint"`
	mapping.Trace
}

// Sum is a proof or a fingerprint, which is text in JSON.
type Sum [16]byte

// MarshalText returns the sum in hex.
func (s Sum) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, s[:]), nil }

// UnmarshalText reads a sum in hex.
func (s *Sum) UnmarshalText(text []byte) error {
	if hex.DecodedLen(len(text)) != len(s) {
		return fmt.Errorf("a sum has %d bytes, not %d", len(s), hex.DecodedLen(len(text)))
	}
	_, err := hex.Decode(s[:], text)
	return err
}

// settledKey names a resource of a cell within its account.
type settledKey [16]byte

func settledKeyOf(c cell.Name, key string) settledKey {
	sum := sha256.Sum256([]byte(string(c.Region) + "\n" + string(c.Kind) + "\n" + key))
	return settledKey(sum[:16])
}

// Settle remembers what a resource of a cell gave.
func (m *Memory) Settle(c cell.Name, key string, gave Settled) {
	if m.lease == nil {
		return
	}
	if text, err := json.Marshal(gave); err == nil && len(text) < maxRecord/2 {
		m.fresh.settle(c, settledKeyOf(c, key), string(text))
	}
}

// Settled returns what a resource of a cell gave, if all of that is still in Port and need not be
// written.
func (m *Memory) Settled(c cell.Name, key string) (gave Settled, ok bool) {
	old := m.snapshots[c.Key()]
	if old == nil || !m.trusted[c.Key()] {
		return Settled{}, false
	}
	text, known := old.open().settled[settledKeyOf(c, key)]
	if !known || json.Unmarshal([]byte(text), &gave) != nil {
		return Settled{}, false
	}
	for _, g := range gave.Gave {
		for _, e := range g.Entities {
			ref := entity.Ref{Blueprint: e.Blueprint, Identifier: e.Identifier}
			if _, _, same := m.Same(c, ref, mapping.Fingerprint(g.Fingerprint)); !same {
				return Settled{}, false
			}
		}
	}
	return gave, true
}

// encodeSettled writes lines of a key in hex, a blank, and what is settled.
func encodeSettled(out *bytes.Buffer, settled map[settledKey]string) error {
	if len(settled) == 0 {
		return nil
	}
	compressed, err := gzip.NewWriterLevel(out, gzip.BestSpeed)
	if err != nil {
		return err
	}
	buffered := bufio.NewWriter(compressed)
	keys := slices.SortedFunc(maps.Keys(settled), func(a, b settledKey) int { return bytes.Compare(a[:], b[:]) })
	for _, key := range keys {
		_, _ = buffered.WriteString(hex.EncodeToString(key[:]) + " " + settled[key] + "\n") // into memory
	}
	return cmp.Or(buffered.Flush(), compressed.Close())
}

func decodeSettled(third []byte, count int) (map[settledKey]string, error) {
	if count == 0 && len(third) == 0 {
		return nil, nil
	}
	compressed, err := gzip.NewReader(bytes.NewReader(third))
	if err != nil {
		return nil, err
	}
	settled := make(map[settledKey]string)
	lines := bufio.NewReader(io.LimitReader(compressed, maxEntries))
	for {
		line, err := lines.ReadString('\n')
		if errors.Is(err, io.EOF) && line == "" {
			break
		}
		if err != nil || len(line) > maxRecord {
			return nil, fmt.Errorf("a line of %d bytes: %w", len(line), cmp.Or(err, errRecord))
		}
		name, text, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		raw, err := hex.DecodeString(name)
		if err != nil || len(raw) != len(settledKey{}) {
			return nil, errRecord
		}
		settled[settledKey(raw)] = text
	}
	if len(settled) != count {
		return nil, fmt.Errorf("there are %d, and its header names %d", len(settled), count)
	}
	return settled, nil
}

package snapshot_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/mapping"
	"portolan/internal/resync/entity"
	"portolan/internal/resync/snapshot"
	"portolan/internal/state"
)

// rawSnapshot makes a snapshot by hand, as another version might.
type rawSnapshot struct {
	head    map[string]any
	entries []byte
}

func goodRaw() rawSnapshot {
	return rawSnapshot{
		head: map[string]any{"format": "portolan/snapshot", "version": 1, "account": accountID, "run": "r", "entries": 1},
		entries: record(slices.Concat(
			[]byte{0, 1, 'b'}, []byte{2, 'i', 'd'}, []byte{0, 2, 'e', 'u'}, []byte{0, 1, 'k'}, make([]byte, 16), []byte{1, 2, 3})),
	}
}

func record(body []byte) []byte {
	return append(binary.AppendUvarint(nil, uint64(len(body))), body...)
}

func (r rawSnapshot) bytes(t *testing.T) []byte {
	t.Helper()
	second := packed(t, r.entries)
	if r.head["sum"] == nil {
		sum := sha256.Sum256(second)
		r.head["sum"] = hex.EncodeToString(sum[:])
	}
	line, err := json.Marshal(r.head)
	if err != nil {
		t.Fatal(err)
	}
	return append(packed(t, append(line, '\n')), second...)
}

func packed(t *testing.T, data []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, err := w.Write(data)
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestSnapshotOfANextVersion(t *testing.T) {
	t.Parallel()
	raw := goodRaw()
	raw.head["owner"] = map[string]any{"team": "x"} // a member that is not known
	body := raw.entries[1:]
	raw.entries = record(append(slices.Clone(body), "the fingerprint.\x05\x02r1and more"...))
	_, got, err := decoded(raw.bytes(t), accountID)
	want := []snapshot.Entry{{Blueprint: "b", Identifier: "id", Region: "eu", Kind: "k", Seen: time.Unix(1, 0).UTC(), Written: time.Unix(2, 0).UTC(), Absences: 3,
		Content: entity.Content{Document: mapping.Fingerprint([]byte("the fingerprint.")), Nulls: 5}, Resources: "r1"}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestSnapshotIsRefused(t *testing.T) {
	t.Parallel()
	change := func(f func(*rawSnapshot)) func(*testing.T) []byte {
		return func(t *testing.T) []byte {
			raw := goodRaw()
			f(&raw)
			return raw.bytes(t)
		}
	}
	text := func(s string) func(*testing.T) []byte { return func(*testing.T) []byte { return []byte(s) } }
	for name, tt := range map[string]struct {
		data func(*testing.T) []byte
		want error
		says string
	}{
		"nothing":            {text(""), state.ErrDamaged, "cannot be unpacked"},
		"text":               {text("this is no snapshot at all"), state.ErrForeign, "not gzip"},
		"other gzip":         {func(t *testing.T) []byte { return packed(t, []byte("x")) }, state.ErrForeign, "the header of a snapshot"},
		"other JSON":         {func(t *testing.T) []byte { return packed(t, []byte(`{"format":"x"}`)) }, state.ErrForeign, "the header of a snapshot"},
		"another account":    {change(func(r *rawSnapshot) { r.head["account"] = "444455556666" }), state.ErrForeign, `the snapshot of account "444455556666"`},
		"a newer version":    {change(func(r *rawSnapshot) { r.head["version"] = 3 }), state.ErrNewer, "has version 3, and this program knows 2"},
		"a newer form":       {change(func(r *rawSnapshot) { r.head["version"], r.head["run"] = 4, []int{1} }), state.ErrNewer, "has version 4"},
		"version 0":          {change(func(r *rawSnapshot) { r.head["version"] = 0 }), state.ErrDamaged, "makes no sense"},
		"a strange member":   {change(func(r *rawSnapshot) { r.head["run"] = 5 }), state.ErrDamaged, "makes no sense"},
		"fewer than none":    {change(func(r *rawSnapshot) { r.head["entries"] = -1 }), state.ErrDamaged, "makes no sense"},
		"another sum":        {change(func(r *rawSnapshot) { r.head["sum"] = "00" }), state.ErrDamaged, "checksum"},
		"fewer than it says": {change(func(r *rawSnapshot) { r.head["entries"] = 2 }), state.ErrDamaged, "the number of its entries is 1, and its header names 2"},
		"more than it says":  {change(func(r *rawSnapshot) { r.head["entries"] = 0 }), state.ErrDamaged, "entries"},
		"a record too long":  {change(func(r *rawSnapshot) { r.entries = binary.AppendUvarint(nil, 1<<40) }), state.ErrDamaged, "makes no sense"},
		"half a record":      {change(func(r *rawSnapshot) { r.entries = r.entries[:9] }), state.ErrDamaged, "makes no sense"},
		"half a fingerprint": {change(func(r *rawSnapshot) { r.entries = record(append(slices.Clone(r.entries[1:]), "the finger"...)) }), state.ErrDamaged, "makes no sense"},
		"half its resources": {change(func(r *rawSnapshot) {
			r.entries = record(append(slices.Clone(r.entries[1:]), "the fingerprint.\x05\x09half"...))
		}), state.ErrDamaged, "makes no sense"},
		"more resources than there may be": {change(func(r *rawSnapshot) {
			r.entries = record(slices.Concat(r.entries[1:], []byte("the fingerprint.\x05\x81\x08"), make([]byte, 1025)))
		}), state.ErrDamaged, "makes no sense"},
		"half a length":         {change(func(r *rawSnapshot) { r.entries = append(r.entries, 0x80) }), state.ErrDamaged, ""},
		"an unknown text":       {change(func(r *rawSnapshot) { r.entries[1] = 9 }), state.ErrDamaged, "makes no sense"},
		"a text that is longer": {change(func(r *rawSnapshot) { r.entries[2] = 100 }), state.ErrDamaged, "makes no sense"},
		"an empty record":       {change(func(r *rawSnapshot) { r.entries = []byte{0} }), state.ErrDamaged, "makes no sense"},
		"no entries member":     {func(t *testing.T) []byte { return packed(t, mustJSON(goodRaw().head)) }, state.ErrDamaged, "checksum"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, entries, err := decoded(tt.data(t), accountID)
			if !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.says) || entries != nil {
				t.Errorf("%d entries, %v; want %v with %q", len(entries), err, tt.want, tt.says)
			}
		})
	}
}

func mustJSON(value any) []byte {
	data, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return data
}

// Whatever happens to a byte, the snapshot is the right one or none.
func TestSnapshotDamage(t *testing.T) {
	t.Parallel()
	entries := someEntries()
	whole := encoded(t, entries)
	check := func(t *testing.T, what string, data []byte) (refused bool) {
		t.Helper()
		head, got, err := decoded(data, accountID)
		if err != nil {
			if !errors.Is(err, state.ErrDamaged) && !errors.Is(err, state.ErrForeign) && !errors.Is(err, state.ErrNewer) {
				t.Errorf("%s: an error of no class: %v", what, err)
			}
			return true
		}
		if diff := cmp.Diff(entries, got) + cmp.Diff(header(), head); diff != "" {
			t.Fatalf("%s gives another snapshot (-want +got):\n%s", what, diff)
		}
		return false
	}
	t.Run("a byte is another", func(t *testing.T) {
		t.Parallel()
		accepted := 0
		for i := range whole {
			for _, bits := range []byte{0x01, 0x80, 0xff} {
				data := slices.Clone(whole)
				data[i] ^= bits
				if !check(t, fmt.Sprintf("byte %d xor %#x", i, bits), data) {
					accepted++
				}
			}
		}
		// Time, system and a few flags of the first member's gzip header say nothing.
		if accepted > 3*10 {
			t.Errorf("%d damages of %d bytes go unnoticed", accepted, len(whole))
		}
	})
	t.Run("it is cut", func(t *testing.T) {
		t.Parallel()
		for i := range whole {
			if !check(t, fmt.Sprintf("the first %d bytes", i), whole[:i]) {
				t.Errorf("the first %d of %d bytes are taken for all", i, len(whole))
			}
		}
	})
	t.Run("a byte too many", func(t *testing.T) {
		t.Parallel()
		if !check(t, "more", append(slices.Clone(whole), 0)) {
			t.Error("what follows the snapshot goes unnoticed")
		}
	})
	t.Run("two snapshots", func(t *testing.T) {
		t.Parallel()
		if !check(t, "twice", slices.Concat(whole, whole)) {
			t.Error("a second snapshot goes unnoticed")
		}
	})
}

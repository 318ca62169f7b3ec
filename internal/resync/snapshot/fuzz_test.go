package snapshot_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/resync/snapshot"
	"portolan/internal/state"
)

// FuzzDecode feeds bytes to the decoder: it returns an error of a known class, or a
// snapshot that stays the same when it is encoded and decoded again.
func FuzzDecode(f *testing.F) {
	f.Add(encoded(f, someEntries()))
	f.Add(encoded(f, nil))
	f.Add([]byte("\x1f\x8b\x08"))
	f.Fuzz(func(t *testing.T, data []byte) {
		known := func(err error) bool {
			return errors.Is(err, state.ErrDamaged) || errors.Is(err, state.ErrForeign) || errors.Is(err, state.ErrNewer)
		}
		head, entries, err := decoded(data, accountID)
		if err != nil {
			if !known(err) || entries != nil {
				t.Fatalf("%d entries, %v", len(entries), err)
			}
			return
		}
		again, err := snapshot.Encode(head, slices.Values(entries))
		if err != nil {
			return // out of order, which is noticed only when it is read into memory
		}
		head2, entries2, err := decoded(again, accountID)
		if diff := cmp.Diff(entries, entries2) + cmp.Diff(head, head2); diff != "" || err != nil {
			t.Fatalf("%v (-first +second):\n%s", err, diff)
		}
	})
}

// FuzzEntries feeds entries that pass the checksum to the decoder.
func FuzzEntries(f *testing.F) {
	f.Add(goodRaw().entries, 1)
	f.Add(slices.Concat(goodRaw().entries, []byte{0}), 2)
	f.Fuzz(func(t *testing.T, records []byte, count int) {
		raw := goodRaw()
		raw.entries, raw.head["entries"] = records, count
		_, entries, err := decoded(raw.bytes(t), accountID)
		if err == nil && len(entries) != count {
			t.Fatalf("%d entries, and the header names %d", len(entries), count)
		}
		if err != nil && !errors.Is(err, state.ErrDamaged) {
			t.Fatal(err)
		}
	})
}

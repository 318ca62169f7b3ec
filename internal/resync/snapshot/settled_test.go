package snapshot_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/mapping"
	"portolan/internal/resync/snapshot"
	"portolan/internal/state"
)

func settledTexts(n int) map[[16]byte]string {
	texts := map[[16]byte]string{}
	for i := range n {
		texts[[16]byte{byte(i), 1}] = fmt.Sprintf(`{"documents":%d}`, i)
	}
	return texts
}

func TestSettledIsKept(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 200} {
		data, err := snapshot.EncodeSettled(header(), settledTexts(n))
		if err != nil {
			t.Fatal(err)
		}
		got, err := snapshot.DecodeSettled(data, accountID)
		if diff := cmp.Diff(settledTexts(n), got); diff != "" || err != nil {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
	}
}

// TestSettledIsRefused changes every byte of a snapshot, and cuts it everywhere.
func TestSettledIsRefused(t *testing.T) {
	t.Parallel()
	data, err := snapshot.EncodeSettled(header(), settledTexts(3))
	if err != nil {
		t.Fatal(err)
	}
	for i := range data {
		if got, err := snapshot.DecodeSettled(data[:i], accountID); err == nil {
			t.Fatalf("cut after %d bytes: %v", i, got)
		}
		changed := bytes.Clone(data)
		changed[i] ^= 1
		got, err := snapshot.DecodeSettled(changed, accountID)
		if err == nil && !cmp.Equal(got, settledTexts(3)) { // some bytes of gzip's header mean nothing
			t.Fatalf("byte %d changed: %v", i, got)
		}
		if err != nil && !errors.Is(err, state.ErrDamaged) && !errors.Is(err, state.ErrForeign) {
			t.Fatalf("byte %d changed: %v", i, err)
		}
	}
}

func TestSettledInJSON(t *testing.T) {
	t.Parallel()
	want := snapshot.Settled{
		Proof: snapshot.Sum{1, 15: 255}, At: noon, Documents: 2,
		Gave: []snapshot.Gave{{Entry: 3, Fingerprint: snapshot.Sum{2}, Trace: mapping.Trace{Items: 1, Entities: []mapping.TracedEntity{{
			Blueprint: "b", Identifier: "i", Relations: []mapping.TracedRelation{{Name: "r", Targets: []string{"t"}}, {Name: "none"}},
		}}}}},
	}
	text, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got snapshot.Settled
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	for _, odd := range []string{`"01"`, `"zz000000000000000000000000000000"`} {
		if err := json.Unmarshal([]byte(`{"proof":`+odd+`}`), &got); err == nil {
			t.Errorf("%s is a proof", odd)
		}
	}
}

package snapshot_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/mapping"
	"portolan/internal/resync/cell"
	"portolan/internal/resync/entity"
	"portolan/internal/resync/snapshot"
)

// TestManyEntitiesOfAnAccount gathers more than are kept unpacked, some of them several times: what the
// run leaves of each is the same as if all had been joined at once.
func TestManyEntitiesOfAnAccount(t *testing.T) {
	t.Parallel()
	const count = 20_000
	w := newRuns(t)
	m := w.begin(sign)
	written := w.clock.Now().UTC().Truncate(time.Second)
	content := func(i int) entity.Content {
		return entity.Content{Hash: entity.Hash{byte(i), byte(i >> 8), 1}, Document: mapping.Fingerprint{byte(i), 2}, Nulls: mapping.Nulls(i % 7)}
	}
	name := func(i int) entity.Ref { return ref(fmt.Sprintf("entity-%05d", i)) }
	var group sync.WaitGroup
	for part := range 8 { // as readings do, at the same time
		group.Go(func() {
			for i := part; i < count; i += 8 {
				m.Produced(eu, name(i), content(i), entity.ResourceOf(fmt.Sprint("r", i)), written)
			}
		})
	}
	group.Wait()
	const again, otherwise, elsewhere, refused = 3, 5003, 10_003, 15_003
	m.Produced(eu, name(again), content(again), entity.ResourceOf("s"), written)
	m.Produced(eu, name(otherwise), content(again), entity.ResourceOf(fmt.Sprint("r", otherwise)), written)
	m.Produced(us, name(elsewhere), content(elsewhere), "", written)
	m.Produced(eu, name(refused), content(refused), entity.ResourceOf(fmt.Sprint("r", refused)), time.Time{})
	m.end(true, func(snapshot.Remembered) (snapshot.Verdict, entity.Resources) { return snapshot.Absent, "" })
	left := w.left(string(eu.Account))
	if len(left) != count {
		t.Fatalf("%d entities are left, want %d", len(left), count)
	}
	for i := range count {
		want := snapshot.Entry{
			Blueprint: "queue", Identifier: name(i).Identifier, Region: eu.Region, Kind: eu.Kind, Content: content(i),
			Resources: entity.ResourceOf(fmt.Sprint("r", i)), Seen: m.header.Started, Written: written,
		}
		switch i {
		case again:
			want.Resources = want.Resources.Join(entity.ResourceOf("s"))
		case otherwise:
			want.Content = entity.Content{}
		case elsewhere:
			want.Region, want.Kind, want.Content, want.Resources = "", cell.Kind(""), entity.Content{}, ""
		case refused:
			want.Content, want.Written = entity.Content{}, time.Time{}
		}
		if diff := cmp.Diff(want, left[want.Identifier]); diff != "" {
			t.Fatalf("entity %d: %s", i, diff)
		}
	}
}

// TestWhatNoSnapshotHolds is an error at the end, wherever among the entities it came.
func TestWhatNoSnapshotHolds(t *testing.T) {
	t.Parallel()
	w := newRuns(t)
	m := w.begin(sign)
	m.Produced(eu, ref(""), entity.Content{Hash: one}, "", w.clock.Now())
	for i := range 10_000 {
		m.Produced(eu, ref(fmt.Sprint("entity-", i)), entity.Content{Hash: one}, "", w.clock.Now())
	}
	end := snapshot.End{Header: m.header, Whole: true}
	if err := m.Keep(t.Context(), nil, end, nil); err == nil {
		t.Error("an entity without an identifier was kept")
	}
	m.die()
}

package snapshot_test

import (
	"runtime"
	"slices"
	"testing"

	"portolan/internal/resync/snapshot"
	"portolan/internal/state"
)

const entriesOfBench = 100_000

func BenchmarkEncode(b *testing.B) {
	whole, err := snapshot.New(header(), slices.Values(many(entriesOfBench)))
	if err != nil {
		b.Fatal(err)
	}
	var data []byte
	for b.Loop() {
		if data, err = snapshot.Encode(whole.Header, whole.All()); err != nil {
			b.Fatal(err)
		}
	}
	perEntry(b)
	b.ReportMetric(float64(len(data))/entriesOfBench, "stored-B/entry")
}

func BenchmarkDecode(b *testing.B) {
	data, err := snapshot.Encode(header(), slices.Values(many(entriesOfBench)))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		_, entries, err := snapshot.Decode(data, accountID)
		if err != nil {
			b.Fatal(err)
		}
		for _, err := range entries {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
	perEntry(b)
}

func BenchmarkLoad(b *testing.B) {
	store := state.NewMemory()
	data, err := snapshot.Encode(header(), slices.Values(many(entriesOfBench)))
	if err != nil {
		b.Fatal(err)
	}
	put(b, store, snapshotFile, data)
	snapshots := snapshot.NewSet(store, nil)
	var loaded *snapshot.Snapshot
	before := heap()
	for b.Loop() {
		if loaded, err = snapshots.Load(b.Context(), accountID); err != nil {
			b.Fatal(err)
		}
	}
	perEntry(b)
	b.ReportMetric(float64(heap()-before)/entriesOfBench, "held-B/entry")
	runtime.KeepAlive(loaded)
	runtime.KeepAlive(snapshots) // and with it what the store holds
}

func BenchmarkFind(b *testing.B) {
	entries := many(entriesOfBench)
	whole, err := snapshot.New(header(), slices.Values(entries))
	if err != nil {
		b.Fatal(err)
	}
	i := 0
	for b.Loop() {
		e := entries[i%len(entries)]
		i += 7919
		if _, ok := whole.Find(e.Blueprint, e.Identifier); !ok {
			b.Fatal("not found")
		}
	}
}

func perEntry(b *testing.B) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/entriesOfBench, "ns/entry")
}

func heap() uint64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}

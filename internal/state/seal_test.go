package state_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"portolan/internal/report"
	"portolan/internal/resync/schedule"
	"portolan/internal/state"
)

const whose = "aws-v3/my-aws in https://api.example.com"

func secretly(secret string) state.Secret {
	return func(context.Context, bool) (string, error) { return secret, nil }
}

func stored(t testing.TB, store state.Store, name string) []byte {
	t.Helper()
	data, _, err := store.Get(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestASealIsOfNameAndBytes changes each byte, cuts at each byte, and moves the blob.
func TestASealIsOfNameAndBytes(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"latest.json", "snapshots/111122223333.gz"} {
		plain := state.NewMemory()
		store := state.Sealed(plain, whose, secretly("s"))
		put(t, store, name, packed(t, []byte("some bytes")))
		if got := stored(t, store, name); !bytes.Equal(got, packed(t, []byte("some bytes"))) {
			t.Fatalf("it holds %q", got)
		}
		whole := stored(t, plain, name)
		refused := func(what string, blob []byte, under string) {
			t.Helper()
			put(t, plain, under, blob)
			_, now, err := store.Get(t.Context(), under)
			if !errors.Is(err, state.ErrDamaged) || now == "" || !strings.Contains(err.Error(), under) {
				t.Errorf("%s: %v, version %q", what, err, now)
			}
			if _, err := store.Put(t.Context(), under, []byte("new"), now); err != nil {
				t.Errorf("%s: it cannot be replaced: %v", what, err)
			}
			if got := stored(t, store, under); string(got) != "new" {
				t.Errorf("%s: after that it is %q", what, got)
			}
		}
		for i := range whole {
			changed := bytes.Clone(whole)
			changed[i] ^= 1
			refused(fmt.Sprint(name, ": another byte ", i), changed, name)
			refused(fmt.Sprint(name, ": cut at ", i), whole[:i], name)
		}
		refused(name+": with more", append(bytes.Clone(whole), '\n'), name)
		refused(name+": twice", append(bytes.Clone(whole), whole...), name)
		refused(name+": moved", whole, strings.NewReplacer("111122223333", "444455556666", "latest", "newest").Replace(name))
		for _, other := range []state.Store{
			state.Sealed(plain, whose, secretly("t")), state.Sealed(plain, "aws-v3/other in https://api.example.com", secretly("s")),
		} {
			put(t, plain, name, whole)
			if _, _, err := other.Get(t.Context(), name); !errors.Is(err, state.ErrDamaged) {
				t.Errorf("%s: another secret or installation reads it: %v", name, err)
			}
		}
	}
}

// TestWhatIsOpen are the only names without a seal.
func TestWhatIsOpen(t *testing.T) {
	t.Parallel()
	plain := state.NewMemory()
	store := state.Sealed(plain, whose, secretly("s"))
	for name, sealed := range map[string]bool{
		"lease.json": false, "doctor/7c0f8a52": false, "work/run/items.json": false, "runs/20260101T000000Z-run.html": false,
		"latest.json": true, "snapshots/1.gz": true, "work/run/brief.json.gz": true, "runs/20260101T000000Z-run.json.gz": true,
		"items.json": true, "work/run/parts/items.json.gz": true, "anything": true, "snapshots/lease.json": true,
	} {
		put(t, store, name, []byte("x"))
		if bare := string(stored(t, plain, name)) == "x"; bare == sealed {
			t.Errorf("%s: sealed %t, want %t", name, !bare, sealed)
		}
		if got := stored(t, store, name); string(got) != "x" {
			t.Errorf("%s: it holds %q", name, got)
		}
	}
}

// TestASealedBlobIsReadable by those who do not know of seals: gzip shows the same, and JSON has a
// second line.
func TestASealedBlobIsReadable(t *testing.T) {
	t.Parallel()
	plain := state.NewMemory()
	store := state.Sealed(plain, whose, secretly("s"))
	put(t, store, "a.json.gz", packed(t, []byte(`{"a":1}`)))
	unpacked, err := gzip.NewReader(bytes.NewReader(stored(t, plain, "a.json.gz")))
	if err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(unpacked); string(text) != `{"a":1}` || err != nil {
		t.Errorf("gzip shows %q, %v", text, err)
	}
	put(t, store, "a.json", []byte(`{"a":1}`))
	lines := json.NewDecoder(bytes.NewReader(stored(t, plain, "a.json")))
	var a struct{ A int }
	var seal struct{ Seal string }
	if err := errors.Join(lines.Decode(&a), lines.Decode(&seal)); err != nil || a.A != 1 || len(seal.Seal) != 64 {
		t.Errorf("it is %s: %v", stored(t, plain, "a.json"), err)
	}
}

// TestAReplacedSecretIsReadAgain once a minute at most, however many blobs are forged.
func TestAReplacedSecretIsReadAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		plain, current, known, asked := state.NewMemory(), "old", "old", 0
		store := state.Sealed(plain, whose, func(_ context.Context, again bool) (string, error) {
			if again {
				known = current
				asked++
			}
			return known, nil
		})
		current = "new"
		put(t, state.Sealed(plain, whose, secretly("new")), "x", []byte("x"))
		if got := stored(t, store, "x"); string(got) != "x" || asked != 1 {
			t.Errorf("it is %q after %d questions", got, asked)
		}
		for i := range 100 {
			put(t, plain, fmt.Sprint("forged", i), stored(t, plain, "x"))
			if _, _, err := store.Get(t.Context(), fmt.Sprint("forged", i)); !errors.Is(err, state.ErrDamaged) {
				t.Fatal(err)
			}
		}
		if asked != 1 {
			t.Errorf("the secret was read %d times", asked)
		}
		time.Sleep(time.Minute)
		if _, _, err := store.Get(t.Context(), "forged1"); !errors.Is(err, state.ErrDamaged) || asked != 2 {
			t.Errorf("%v after %d questions", err, asked)
		}
	})
}

// TestWithoutItsSecretNothingIsKnown and nothing is replaced.
func TestWithoutItsSecretNothingIsKnown(t *testing.T) {
	t.Parallel()
	plain := state.NewMemory()
	put(t, state.Sealed(plain, whose, secretly("s")), "x", []byte("x"))
	unreadable := errors.New("no permission")
	for name, secret := range map[string]state.Secret{
		"unreadable": func(context.Context, bool) (string, error) { return "", unreadable }, "empty": secretly(""),
	} {
		store := state.Sealed(plain, whose, secret)
		_, version, err := store.Get(t.Context(), "x")
		if err == nil || errors.Is(err, state.ErrDamaged) || version != "" {
			t.Errorf("%s: Get: %v, version %q", name, err, version)
		}
		if _, err := store.Put(t.Context(), "y", nil, ""); err == nil {
			t.Errorf("%s: it is written", name)
		}
		acquire(t, state.Sealed(state.NewMemory(), whose, secret), "one", newClock()) // the lease needs none
	}
}

// TestAnotherIntegrationIsRefused also if only its sealed records tell of it.
func TestAnotherIntegrationIsRefused(t *testing.T) {
	t.Parallel()
	plain := state.NewMemory()
	other := state.Sealed(plain, "aws-v3/other", secretly("s"))
	lease := acquire(t, other, "one", newClock())
	if err := state.NewHistory(other, 0).SaveLast(t.Context(), lease, state.Last{Run: "r", Ended: noon, Integration: "aws-v3/other"}); err != nil {
		t.Fatal(err)
	}
	_, version, err := plain.Get(t.Context(), "lease.json")
	if err := errors.Join(err, plain.Delete(t.Context(), "lease.json", version)); err != nil {
		t.Fatal(err)
	}
	none := func(context.Context, state.Store) (string, string) { return "", "" }
	if err := state.Belongs(t.Context(), state.Sealed(plain, "aws-v3/mine", secretly("s")), "aws-v3/mine", none); !errors.Is(err, state.ErrOther) {
		t.Errorf("Belongs: %v", err)
	}
}

// TestAForeignFileStays: only what has no seal at all can be foreign.
func TestAForeignFileStays(t *testing.T) {
	t.Parallel()
	plain := state.NewMemory()
	store := state.Sealed(plain, whose, secretly("s"))
	save := func() error { return state.SaveAnswered(t.Context(), store, state.Answered{Run: "r", At: noon}) }
	put(t, plain, "request.json", []byte(`{"somebody":"else's"}`))
	if err := save(); !errors.Is(err, state.ErrForeign) {
		t.Errorf("over a foreign file: %v", err)
	}
	// A forged request in the future, and what an earlier version left.
	for _, text := range []string{`{"format":"portolan/request","version":1,"run":"x","at":"2099-01-01T00:00:00Z"}`, "{", ""} {
		put(t, plain, "request.json", []byte(text))
		if _, err := state.LastAnswered(t.Context(), store); !errors.Is(err, state.ErrDamaged) {
			t.Errorf("%s: %v", text, err)
		}
		if err := save(); err != nil {
			t.Errorf("over %s: %v", text, err)
		}
	}
}

// FuzzSealed puts bytes in the place of records: none is believed, and each is replaced, unless it
// is foreign.
func FuzzSealed(f *testing.F) {
	f.Add([]byte(`{"format":"portolan/run","version":1}` + "\n" + `{"seal":"` + strings.Repeat("0", 64) + `"}` + "\n"))
	f.Add(packed(f, []byte(`{"format":"portolan/timetable","version":1}`)))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		plain := state.NewMemory()
		store := state.Sealed(plain, whose, secretly("s"))
		for _, k := range kindsOfRecord() {
			put(t, plain, k.name, data)
			present, err := k.load(t.Context(), store)
			if present || !errors.Is(err, state.ErrDamaged) && !errors.Is(err, state.ErrForeign) {
				t.Fatalf("%s: %v, %v", k.name, present, err)
			}
			lease := acquire(t, state.NewMemory(), "one", newClock())
			if saved := k.save(t.Context(), store, lease); (saved == nil) == errors.Is(err, state.ErrForeign) {
				t.Fatalf("%s: save: %v after %v", k.name, saved, err)
			}
		}
		work := state.NewWork(store, "run")
		put(t, plain, work.Name("p"), data)
		if err := work.Load(t.Context(), "p", new(any)); !errors.Is(err, state.ErrDamaged) {
			t.Fatalf("a piece: %v", err)
		}
	})
}

// FuzzRecords is the same for a store without seals: whatever is there, the answer is of a known
// class.
func FuzzRecords(f *testing.F) {
	f.Add([]byte(`{"format":"portolan/run","version":1,"run":"r","ended":"2026-01-01T00:00:00Z","generation":1e30}`))
	f.Add([]byte(`{"format":"portolan/lease","version":1,"run":"r","until":"9999-01-01T00:00:00Z","seconds":1e300}`))
	f.Add(packed(f, []byte(`{"format":"portolan/timetable","version":1,"accounts":{"1":null}}`)))
	f.Fuzz(func(t *testing.T, data []byte) {
		store := state.NewMemory()
		put(t, store, "lease.json", data)
		put(t, store, "runs/20260101T000000Z-r.json.gz", data)
		known := func(err error) bool {
			return err == nil || slices.ContainsFunc([]error{state.ErrDamaged, state.ErrForeign, state.ErrNewer, state.ErrOther},
				func(class error) bool { return errors.Is(err, class) })
		}
		for _, k := range kindsOfRecord() {
			put(t, store, k.name, data)
			if _, err := k.load(t.Context(), store); !known(err) {
				t.Fatalf("%s: %v", k.name, err)
			}
		}
		var held *state.HeldError
		if _, err := state.Acquire(t.Context(), store, holder("next"), ttl, newClock().Now); !known(err) && !errors.As(err, &held) {
			t.Fatalf("the lease: %v", err)
		}
		if _, err := state.NewHistory(store, 0).Latest(t.Context()); !known(err) {
			t.Fatalf("the report: %v", err)
		}
	})
}

// TestSkips counts the runs that found the lease taken since the last one that ended, and says after
// a day that something is wrong.
func TestSkips(t *testing.T) {
	t.Parallel()
	plain := state.NewMemory()
	store := state.Sealed(plain, whose, secretly("s"))
	skip := func(after time.Duration, count int, want bool) {
		t.Helper()
		s, stuck, err := state.Skip(t.Context(), store, noon.Add(after))
		if err != nil || s.Count != count || stuck != want {
			t.Errorf("after %s: %+v, stuck %t, %v", after, s, stuck, err)
		}
	}
	skip(0, 1, false)
	skip(23*time.Hour, 2, false)
	skip(24*time.Hour, 3, true)
	skip(25*time.Hour, 4, true)
	lease := acquire(t, store, "one", newClock())
	if err := state.NewHistory(store, 0).SaveLast(t.Context(), lease, state.Last{Run: "r", Ended: noon}); err != nil {
		t.Fatal(err)
	}
	skip(26*time.Hour, 1, false)
	put(t, plain, "skipped.json", []byte(`{"format":"portolan/skipped","version":1,"since":"1999-01-01T00:00:00Z","count":99}`))
	skip(27*time.Hour, 1, false) // it is not ours
}

// TestAJoinedLeaseIsNotBelievedForLong: who may write the lease could else keep a process writing
// that has lost it.
func TestAJoinedLeaseIsNotBelievedForLong(t *testing.T) {
	t.Parallel()
	store, c := state.NewMemory(), newClock()
	lease := acquire(t, store, "one", c)
	forged := bytes.Replace(stored(t, store, "lease.json"), []byte(noon.Add(ttl).Format(time.RFC3339)), []byte("2099-01-01T00:00:00Z"), 1)
	if !bytes.Contains(forged, []byte("2099")) {
		t.Fatalf("the lease is %s", forged)
	}
	put(t, store, "lease.json", forged)
	joined, err := state.Join(t.Context(), store, "one", lease.Generation(), ttl, c.Now)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(stored(t, store, "lease.json"), []byte("2099")) {
		t.Error("its end stays in 2099")
	}
	c.advance(ttl)
	if err := joined.Check(); !errors.Is(err, state.ErrLost) {
		t.Errorf("after its time: %v", err)
	}
}

// TestAGenerationIsBelievedForADay: whoever forges it keeps nobody from writing for longer.
func TestAGenerationIsBelievedForADay(t *testing.T) {
	t.Parallel()
	for _, ahead := range []time.Duration{23 * time.Hour, 25 * time.Hour, 30 * 365 * 24 * time.Hour} {
		store, c := state.NewMemory(), newClock()
		put(t, store, "lease.json", fmt.Appendf(nil, `{"format":"portolan/lease","version":1,"generation":%d,"run":"x","until":"2000-01-01T00:00:00Z","released":true}`,
			noon.Add(ahead).UnixMilli()))
		for range 3 {
			lease := acquire(t, store, "one", c)
			if err := schedule.Save(t.Context(), store, lease, schedule.Timetable{Late: 1}); err != nil {
				t.Errorf("%s ahead: %v", ahead, err)
			}
			_, version, err := store.Get(t.Context(), "lease.json")
			if err := errors.Join(err, store.Delete(t.Context(), "lease.json", version)); err != nil { // somebody removes it
				t.Fatal(err)
			}
			c.advance(25 * time.Hour)
		}
	}
}

// TestBombs are refused before they are whole in memory, and can be replaced.
func TestBombs(t *testing.T) {
	t.Parallel()
	store := state.NewMemory()
	spaces := packed(t, bytes.Repeat([]byte{' '}, 257<<20))
	put(t, store, "timetable.json.gz", spaces)
	if _, err := schedule.Load(t.Context(), store); !errors.Is(err, state.ErrDamaged) || !strings.Contains(err.Error(), "larger than") {
		t.Errorf("Load: %v", err)
	}
	if err := schedule.Save(t.Context(), store, acquire(t, store, "one", newClock()), schedule.Timetable{Late: 1}); err != nil {
		t.Errorf("Save: %v", err)
	}
	put(t, store, "runs/20260101T000000Z-r.json.gz", spaces)
	if _, err := state.NewHistory(store, 0).Find(t.Context(), "r"); !errors.Is(err, state.ErrDamaged) {
		t.Errorf("Find: %v", err)
	}
	if err := state.NewHistory(store, 0).Save(t.Context(), &report.Report{Head: report.Head{Run: "r", Started: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}}, nil); err != nil {
		t.Errorf("History.Save: %v", err)
	}
	if _, err := store.Put(t.Context(), "x", make([]byte, 65<<20), ""); !errors.Is(err, state.ErrDamaged) {
		t.Errorf("Put of too much: %v", err)
	}
}

// TestAListHasAnEnd and says who is to do something.
func TestAListHasAnEnd(t *testing.T) {
	t.Parallel()
	s3 := newFakeS3()
	s3.pageSize = 300_000
	for i := range 200_001 {
		s3.objects[fmt.Sprintf("some/prefix/snapshots/%012d.gz", i)] = nil
	}
	if _, err := s3.store(t).List(t.Context(), "snapshots/"); !errors.Is(err, state.ErrDamaged) || !strings.Contains(err.Error(), "remove those") {
		t.Errorf("List: %v", err)
	}
}

// TestALargeObjectIsReplaced although its answer is refused.
func TestALargeObjectIsReplaced(t *testing.T) {
	t.Parallel()
	s3 := newFakeS3()
	store := s3.store(t)
	s3.objects["some/prefix/request.json"] = make([]byte, 65<<20)
	if _, err := state.LastAnswered(t.Context(), store); !errors.Is(err, state.ErrDamaged) {
		t.Errorf("Load: %v", err)
	}
	if err := state.SaveAnswered(t.Context(), store, state.Answered{Run: "r", At: noon}); err != nil {
		t.Fatalf("Save: %v", err)
	}
	if got, err := state.LastAnswered(t.Context(), store); err != nil || got.Run != "r" {
		t.Errorf("after that it is %+v, %v", got, err)
	}
}

package state_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/go-cmp/cmp"

	"portolan/internal/state"
)

// stores are all that there are. Each call makes an empty one.
var stores = map[string]func(t testing.TB) state.Store{
	"memory": func(testing.TB) state.Store { return state.NewMemory() },
	"folder": func(t testing.TB) state.Store {
		return open(t, filepath.Join(t.TempDir(), "a", "state"), aws.Config{})
	},
	"S3":          func(t testing.TB) state.Store { return newFakeS3().store(t) },
	"S3 over TLS": func(t testing.TB) state.Store { return open(t, "s3://state", newFakeS3().serveTLS(t)) },
	"S3 in small pages": func(t testing.TB) state.Store {
		s3 := newFakeS3()
		s3.pageSize = 2
		return s3.store(t)
	},
}

// everyStore runs a test on each store.
func everyStore(t *testing.T, test func(t *testing.T, store state.Store)) {
	t.Parallel()
	for name, empty := range stores {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, empty(t))
		})
	}
}

func TestStoreHoldsWhatWasPut(t *testing.T) {
	everyStore(t, func(t *testing.T, store state.Store) {
		for name, data := range map[string][]byte{
			"lease.json": []byte("{}"), "snapshots/1.gz": bytes.Repeat([]byte{0, 0xff}, 100_000), "a/b/c_d-e.f": {},
		} {
			version, err := store.Put(t.Context(), name, data, "")
			if err != nil || version == "" {
				t.Fatalf("Put %s = %q, %v", name, version, err)
			}
			got, read, err := store.Get(t.Context(), name)
			if err != nil || read != version || !bytes.Equal(got, data) {
				t.Errorf("Get %s = %d bytes, version %q, %v; want %d bytes, version %q", name, len(got), read, err, len(data), version)
			}
		}
	})
}

func TestStoreKeepsItsOwnCopy(t *testing.T) {
	everyStore(t, func(t *testing.T, store state.Store) {
		data := []byte("abc")
		if _, err := store.Put(t.Context(), "x", data, ""); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			data[0] = 'X'
			var err error
			if data, _, err = store.Get(t.Context(), "x"); err != nil || string(data) != "abc" {
				t.Errorf("Get = %q, %v", data, err)
			}
		}
	})
}

func TestStoreWritesOnCondition(t *testing.T) {
	everyStore(t, func(t *testing.T, store state.Store) {
		put := func(text, version string) (string, error) {
			return store.Put(t.Context(), "x", []byte(text), version)
		}
		holds := func(step, want, version string) {
			t.Helper()
			data, present, err := store.Get(t.Context(), "x")
			if err != nil || string(data) != want || present != version {
				t.Fatalf("%s: Get = %q, version %q, %v; want %q, version %q", step, data, present, err, want, version)
			}
		}
		refused := func(step string, err error) {
			t.Helper()
			if !errors.Is(err, state.ErrConflict) {
				t.Fatalf("%s: %v, want ErrConflict", step, err)
			}
		}
		_, err := put("never", `"00000000000000000000000000000000"`)
		refused("replace what does not exist", err)
		if _, _, err := store.Get(t.Context(), "x"); !errors.Is(err, state.ErrNotFound) {
			t.Fatalf("Get of nothing: %v, want ErrNotFound", err)
		}
		refused("delete what does not exist", store.Delete(t.Context(), "x", `"00000000000000000000000000000000"`))

		first, err := put("first", "")
		if err != nil {
			t.Fatal(err)
		}
		_, err = put("other", "")
		refused("make what exists", err)
		holds("after a refusal", "first", first)

		second, err := put("second", first)
		if err != nil || second == first {
			t.Fatalf("Put = %q, %v, and %q before", second, err, first)
		}
		_, err = put("third", first)
		refused("replace an old version", err)
		refused("delete an old version", store.Delete(t.Context(), "x", first))
		refused("delete without a version", store.Delete(t.Context(), "x", ""))
		holds("after refusals", "second", second)

		if err := store.Delete(t.Context(), "x", second); err != nil {
			t.Fatal(err)
		}
		if _, _, err := store.Get(t.Context(), "x"); !errors.Is(err, state.ErrNotFound) {
			t.Errorf("Get after Delete: %v, want ErrNotFound", err)
		}
		_, err = put("third", second)
		refused("replace what was deleted", err)
		if _, err = put("third", ""); err != nil {
			t.Errorf("Put after Delete: %v", err)
		}
	})
}

func TestStoreLists(t *testing.T) {
	everyStore(t, func(t *testing.T, store state.Store) {
		if names, err := store.List(t.Context(), ""); err != nil || len(names) != 0 {
			t.Fatalf("List of nothing = %q, %v", names, err)
		}
		for _, name := range []string{"runs/3", "snapshots/2.gz", "runs/1", "lease.json", "runs/2", "snapshots/1.gz"} {
			if _, err := store.Put(t.Context(), name, []byte(name), ""); err != nil {
				t.Fatal(err)
			}
		}
		for prefix, want := range map[string][]string{
			"":       {"lease.json", "runs/1", "runs/2", "runs/3", "snapshots/1.gz", "snapshots/2.gz"},
			"runs/":  {"runs/1", "runs/2", "runs/3"},
			"ru":     {"runs/1", "runs/2", "runs/3"},
			"none/":  nil,
			"lease.": {"lease.json"},
		} {
			names, err := store.List(t.Context(), prefix)
			if diff := cmp.Diff(want, names); diff != "" || err != nil {
				t.Errorf("List(%q): %v (-want +got):\n%s", prefix, err, diff)
			}
		}
	})
}

func TestStoreRefusesNames(t *testing.T) {
	everyStore(t, func(t *testing.T, store state.Store) {
		for _, name := range []string{"", "/x", "x/", "../x", "a/../b", ".lock", "a/.writing", "a//b", "a b", "ä", "a\x00"} {
			_, _, getErr := store.Get(t.Context(), name)
			_, putErr := store.Put(t.Context(), name, nil, "")
			for verb, err := range map[string]error{"Get": getErr, "Put": putErr, "Delete": store.Delete(t.Context(), name, "v")} {
				if err == nil || errors.Is(err, state.ErrNotFound) || errors.Is(err, state.ErrConflict) || !strings.Contains(err.Error(), "cannot name") {
					t.Errorf("%s %q: %v, want a refusal of the name", verb, name, err)
				}
			}
		}
	})
}

func TestStoreEndsWithItsContext(t *testing.T) {
	everyStore(t, func(t *testing.T, store state.Store) {
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		_, _, getErr := store.Get(ended, "x")
		_, putErr := store.Put(ended, "x", nil, "")
		for verb, err := range map[string]error{"Get": getErr, "Put": putErr, "Delete": store.Delete(ended, "x", "v")} {
			if !errors.Is(err, context.Canceled) {
				t.Errorf("%s: %v, want context.Canceled", verb, err)
			}
		}
		if _, _, err := store.Get(t.Context(), "x"); !errors.Is(err, state.ErrNotFound) {
			t.Errorf("a cancelled Put has written: %v", err)
		}
	})
}

// Counters that many raise by reading and writing on condition lose nothing.
func TestStoreLosesNoWrite(t *testing.T) {
	everyStore(t, func(t *testing.T, store state.Store) {
		const writers, each = 8, 5
		var conflicts atomic.Int64
		var all sync.WaitGroup
		for range writers {
			all.Go(func() {
				for done := 0; done < each; {
					data, version, err := store.Get(t.Context(), "counter")
					if err != nil && !errors.Is(err, state.ErrNotFound) {
						t.Error(err)
						return
					}
					_, err = store.Put(t.Context(), "counter", append(data, '+'), version)
					switch {
					case err == nil:
						done++
					case errors.Is(err, state.ErrConflict):
						conflicts.Add(1)
					default:
						t.Error(err)
						return
					}
				}
			})
		}
		all.Wait()
		data, _, err := store.Get(t.Context(), "counter")
		if err != nil || len(data) != writers*each {
			t.Errorf("%d of %d writes are there, %d conflicts, %v", len(data), writers*each, conflicts.Load(), err)
		}
	})
}

func TestOpen(t *testing.T) {
	t.Parallel()
	here, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	for setting, want := range map[string]string{
		"s3://bucket":              "s3://bucket/lease.json",
		"s3://bucket/":             "s3://bucket/lease.json",
		"s3://bucket/a/b":          "s3://bucket/a/b/lease.json",
		"/var/lib/portolan/":       "/var/lib/portolan/lease.json",
		"some/where":               here + "/some/where/lease.json",
		"":                         "no place for the state is given",
		"s3://":                    `"s3://"; it should be s3://bucket/prefix or the path of a folder`,
		"s3://Upper":               "it should be s3://",
		"https://bucket.s3/prefix": "it should be s3://",
		"s3:/bucket":               "it should be s3://",
	} {
		t.Run(fmt.Sprintf("%q", setting), func(t *testing.T) {
			t.Parallel()
			store, err := state.Open(setting, aws.Config{Region: "eu-west-1"})
			if err != nil {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %q, want %q in it", err, want)
				}
				return
			}
			if got := store.Where("lease.json"); got != want {
				t.Errorf("the lease is at %q, want %q", got, want)
			}
		})
	}
}

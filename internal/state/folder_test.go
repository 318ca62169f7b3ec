package state_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/go-cmp/cmp"

	"portolan/internal/state"
)

func TestFolderIsPrivate(t *testing.T) {
	t.Parallel()
	root := filepath.Join(t.TempDir(), "new", "state")
	store := open(t, root, aws.Config{})
	if _, _, err := store.Get(t.Context(), "x"); !errors.Is(err, state.ErrNotFound) {
		t.Errorf("Get without a folder: %v", err)
	}
	if _, err := os.Stat(root); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("reading has made the folder: %v", err)
	}
	if _, err := store.Put(t.Context(), "snapshots/1.gz", []byte("x"), ""); err != nil {
		t.Fatal(err)
	}
	got := map[string]fs.FileMode{}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		info, statErr := entry.Info()
		got[strings.TrimPrefix(path, root)] = info.Mode()
		return errors.Join(err, statErr)
	})
	want := map[string]fs.FileMode{"": fs.ModeDir | 0o700, "/.lock": 0o600, "/snapshots": fs.ModeDir | 0o700, "/snapshots/1.gz": 0o600}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("modes: %v (-want +got):\n%s", err, diff)
	}
}

func TestFolderPassesOverWhatAKilledProcessLeft(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	left := filepath.Join(root, ".writing")
	if err := os.WriteFile(left, []byte("half of something that is much longer"), 0o600); err != nil {
		t.Fatal(err)
	}
	store := open(t, root, aws.Config{})
	if names, err := store.List(t.Context(), ""); len(names) != 0 || err != nil {
		t.Errorf("List = %q, %v", names, err)
	}
	if _, err := store.Put(t.Context(), "x", []byte("new"), ""); err != nil {
		t.Fatal(err)
	}
	if data, _, err := store.Get(t.Context(), "x"); string(data) != "new" || err != nil {
		t.Errorf("Get = %q, %v", data, err)
	}
	if _, err := os.Stat(left); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the temporary file is still there: %v", err)
	}
}

// Two stores of one folder stand for two processes: each opens the lock for itself.
func TestFolderOfTwoProcesses(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	var won atomic.Int64
	var all sync.WaitGroup
	for range 20 {
		store := open(t, root, aws.Config{})
		all.Go(func() {
			switch _, err := store.Put(t.Context(), "x", []byte("x"), ""); {
			case err == nil:
				won.Add(1)
			case !errors.Is(err, state.ErrConflict):
				t.Error(err)
			}
		})
	}
	all.Wait()
	if won.Load() != 1 {
		t.Errorf("%d have made the same blob", won.Load())
	}
}

func TestFolderKeepsTheOldWhereItCannotWrite(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	store := open(t, root, aws.Config{})
	version, err := store.Put(t.Context(), "x", []byte("old"), "")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(root, ".writing", "in the way"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Put(t.Context(), "x", []byte("new"), version); err == nil || !strings.Contains(err.Error(), root) {
		t.Errorf("Put: %v, want an error with the path", err)
	}
	if data, _, err := store.Get(t.Context(), "x"); string(data) != "old" || err != nil {
		t.Errorf("Get = %q, %v", data, err)
	}
}

func TestFolderErrorsNameThePath(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	store := open(t, file, aws.Config{})
	_, _, getErr := store.Get(t.Context(), "x")
	_, putErr := store.Put(t.Context(), "x", nil, "")
	for verb, err := range map[string]error{"Get": getErr, "Put": putErr} {
		if err == nil || errors.Is(err, state.ErrNotFound) || !strings.Contains(err.Error(), file) {
			t.Errorf("%s in a file: %v, want an error with its path", verb, err)
		}
	}
	if _, err := open(t, t.TempDir(), aws.Config{}).List(cancelled(t), ""); !errors.Is(err, context.Canceled) {
		t.Errorf("List: %v, want context.Canceled", err)
	}
}

func cancelled(t *testing.T) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}

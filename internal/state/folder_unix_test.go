//go:build unix

package state_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"portolan/internal/state"
)

// TestAFolderFollowsNothing puts every kind of thing in the place of a blob, of the files that the
// folder has for itself, and of the folders of blobs. Nothing outside is read or written, nothing
// hangs, and a later write puts it right.
func TestAFolderFollowsNothing(t *testing.T) {
	t.Parallel()
	things := map[string]func(path, outside string) error{
		"a link":           func(path, outside string) error { return os.Symlink(outside, path) },
		"a hard link":      func(path, outside string) error { return os.Link(outside, path) },
		"a broken link":    func(path, outside string) error { return os.Symlink(outside+"-not-there", path) },
		"a link to a file": func(path, _ string) error { return os.Symlink("other", path) },
		"a link to itself": func(path, _ string) error { return os.Symlink(filepath.Base(path), path) },
		"a pipe":           func(path, _ string) error { return syscall.Mkfifo(path, 0o600) },
		"a folder":         func(path, _ string) error { return os.MkdirAll(filepath.Join(path, "of-somebody"), 0o700) },
		"an empty folder":  func(path, _ string) error { return os.Mkdir(path, 0o700) },
		"a large file": func(path, _ string) error {
			return errors.Join(os.WriteFile(path, nil, 0o600), os.Truncate(path, 1<<40))
		},
	}
	for thing, make := range things {
		for _, place := range []string{"snapshots/1.gz", "snapshots", ".lock", ".writing", "snapshots/.writing", ".clock"} {
			t.Run(thing+"/"+place, func(t *testing.T) {
				t.Parallel()
				outside := filepath.Join(t.TempDir(), "outside")
				root := filepath.Join(t.TempDir(), "state")
				store := open(t, root, aws.Config{})
				put(t, store, "other", []byte("other"))
				put(t, store, "snapshots/2.gz", []byte("before"))
				if err := os.WriteFile(outside, []byte("somebody's"), 0o600); err != nil {
					t.Fatal(err)
				}
				path := filepath.Join(root, place)
				if err := errors.Join(os.RemoveAll(path), make(path, outside)); err != nil {
					t.Fatal(err)
				}
				before, err := os.Stat(outside)
				if err != nil {
					t.Fatal(err)
				}
				data, version, err := store.Get(t.Context(), "snapshots/1.gz")
				if len(data) > 0 && thing != "a hard link" || err == nil && thing != "a hard link" {
					t.Errorf("Get = %q, %q, %v", data, version, err)
				}
				if place == "snapshots/1.gz" && thing != "a hard link" && (!errors.Is(err, state.ErrDamaged) || version == "") {
					t.Errorf("Get = %q, %v", version, err)
				}
				if _, err := store.List(t.Context(), ""); err != nil {
					t.Errorf("List: %v", err)
				}
				_, err = store.Put(t.Context(), "snapshots/1.gz", []byte("new"), version)
				refused := place == ".lock" && thing != "a hard link" && thing != "a large file" || // there is no other lock
					strings.HasSuffix(place, ".writing") && thing == "a folder" && place == "snapshots/.writing"
				if (err != nil) != refused {
					t.Errorf("Put: %v", err)
				}
				if !refused {
					if got := stored(t, store, "snapshots/1.gz"); string(got) != "new" {
						t.Errorf("after that it is %q", got)
					}
				}
				after, err := os.Stat(outside)
				text, readErr := os.ReadFile(outside)
				if err := errors.Join(err, readErr); err != nil || string(text) != "somebody's" || !after.ModTime().Equal(before.ModTime()) {
					t.Errorf("the file outside is %q, of %s; %v", text, after.ModTime(), err)
				}
			})
		}
	}
}

// TestAStateFolderThatIsALink is refused, and what it leads to stays as it is.
func TestAStateFolderThatIsALink(t *testing.T) {
	t.Parallel()
	target, link := t.TempDir(), filepath.Join(t.TempDir(), "state")
	if err := os.Symlink(target, link); err != nil {
		t.Fatal(err)
	}
	store := open(t, link, aws.Config{})
	_, _, getErr := store.Get(t.Context(), "x")
	_, putErr := store.Put(t.Context(), "x", nil, "")
	_, listErr := store.List(t.Context(), "")
	for verb, err := range map[string]error{"Get": getErr, "Put": putErr, "List": listErr} {
		if err == nil || errors.Is(err, state.ErrNotFound) || !strings.Contains(err.Error(), "symbolic link") {
			t.Errorf("%s: %v", verb, err)
		}
	}
	if left, err := os.ReadDir(target); err != nil || len(left) > 0 {
		t.Errorf("the target holds %v, %v", left, err)
	}
}

// TestAFolderDoesNotTouchTheTimeOfOthers although a lease with a time in the future is given a new one.
func TestAFolderDoesNotTouchTheTimeOfOthers(t *testing.T) {
	t.Parallel()
	root, outside := t.TempDir(), filepath.Join(t.TempDir(), "outside")
	ahead := time.Now().Add(time.Hour).Truncate(time.Second)
	text := `{"format":"portolan/lease","version":1,"run":"x","until":"2099-01-01T00:00:00Z"}`
	if err := errors.Join(os.WriteFile(outside, []byte(text), 0o600), os.Chtimes(outside, ahead, ahead), os.Link(outside, filepath.Join(root, "lease.json"))); err != nil {
		t.Fatal(err)
	}
	var held *state.HeldError
	if _, err := state.Acquire(t.Context(), open(t, root, aws.Config{}), holder("next"), ttl, time.Now); !errors.As(err, &held) {
		t.Errorf("Acquire: %v", err)
	}
	if info, err := os.Stat(outside); err != nil || !info.ModTime().Equal(ahead) {
		t.Errorf("the file outside is of %v, %v", info.ModTime(), err)
	}
	if info, err := os.Stat(filepath.Join(root, "lease.json")); err != nil || !info.ModTime().Before(ahead) {
		t.Errorf("the lease is of %v, %v", info.ModTime(), err)
	}
}

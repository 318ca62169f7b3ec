//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package state_test

import (
	"context"
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

// If a process holds the lock and does not continue, others wait only as long as they
// want to.
func TestFolderWaitsForItsLock(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	lock, err := os.Create(filepath.Join(root, ".lock"))
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	store := open(t, root, aws.Config{})
	impatient, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := store.Put(impatient, "x", nil, ""); !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "lock the state folder "+root) {
		t.Errorf("Put: %v, want context.DeadlineExceeded", err)
	}
	if _, _, err := store.Get(t.Context(), "x"); !errors.Is(err, state.ErrNotFound) {
		t.Errorf("Get: %v, want ErrNotFound", err)
	}
	written := make(chan error)
	go func() {
		_, err := store.Put(t.Context(), "x", nil, "")
		written <- err
	}()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_UN); err != nil {
		t.Fatal(err)
	}
	if err := <-written; err != nil {
		t.Errorf("Put after the lock was free: %v", err)
	}
}

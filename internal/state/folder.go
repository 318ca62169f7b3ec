package state

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// folder is a store of files. A blob's version is the hash of its content. A writer holds the
// exclusive lock of the folder, which the system releases when the process ends. A reader
// needs no lock, because files are only replaced whole.
type folder struct {
	root    string
	writing chan struct{} // holds one token while this process wants the lock
}

// Names that begin with a dot are not blobs. Each folder has one temporary file, so that the
// next process overwrites what a killed one left.
const (
	lockFile      = ".lock"
	temporaryFile = ".writing"
)

func newFolder(root string) *folder {
	return &folder{root: root, writing: make(chan struct{}, 1)}
}

func (f *folder) Get(ctx context.Context, name string) ([]byte, string, error) {
	if err := checkName(name); err != nil {
		return nil, "", err
	}
	if err := ctx.Err(); err != nil {
		return nil, "", err
	}
	data, err := os.ReadFile(f.Where(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, "", fmt.Errorf("%s: %w", f.Where(name), ErrNotFound)
	}
	if err != nil {
		return nil, "", fmt.Errorf("state folder: %w", err)
	}
	sum := sha256.Sum256(data)
	return data, hex.EncodeToString(sum[:]), nil
}

func (f *folder) Put(ctx context.Context, name string, data []byte, version string) (string, error) {
	if err := checkName(name); err != nil {
		return "", err
	}
	err := f.exclusively(ctx, func() error {
		if err := f.expect(ctx, name, version); err != nil {
			return err
		}
		return exchange(f.Where(name), data)
	})
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:]), nil
}

func (f *folder) Delete(ctx context.Context, name, version string) error {
	if err := checkName(name); err != nil {
		return err
	}
	return f.exclusively(ctx, func() error {
		if version == "" {
			return fmt.Errorf("%s: %w", f.Where(name), ErrConflict)
		}
		if err := f.expect(ctx, name, version); err != nil {
			return err
		}
		path := f.Where(name)
		return errors.Join(os.Remove(path), syncFolder(filepath.Dir(path)))
	})
}

func (f *folder) List(ctx context.Context, prefix string) ([]string, error) {
	var names []string
	err := filepath.WalkDir(f.root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist): // the folder itself does not exist, or the file is gone since it was listed
			return nil
		case err != nil:
			return err
		case entry.IsDir():
			return ctx.Err()
		}
		relative, err := filepath.Rel(f.root, path)
		if name := filepath.ToSlash(relative); checkName(name) == nil && strings.HasPrefix(name, prefix) {
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("state folder: %w", err)
	}
	slices.Sort(names)
	return names, nil
}

func (f *folder) Where(name string) string { return filepath.Join(f.root, filepath.FromSlash(name)) }

// expect returns nil if the blob has the version, or does not exist and the version is "".
func (f *folder) expect(ctx context.Context, name, version string) error {
	_, present, err := f.Get(ctx, name)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	if present != version {
		return fmt.Errorf("%s: %w", f.Where(name), ErrConflict)
	}
	return nil
}

// exclusively runs change while no other store, in this process or another, changes
// the folder.
func (f *folder) exclusively(ctx context.Context, change func() error) error {
	select {
	case f.writing <- struct{}{}:
		defer func() { <-f.writing }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if err := makeFolder(f.root); err != nil {
		return fmt.Errorf("state folder: %w", err)
	}
	lock, err := os.OpenFile(filepath.Join(f.root, lockFile), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("state folder: %w", err)
	}
	defer func() { _ = lock.Close() }() // which releases the lock
	if err := waitForLock(ctx, lock); err != nil {
		return fmt.Errorf("lock the state folder %s: %w", f.root, err)
	}
	return change()
}

// waitForLock tries again and again: a wait in the kernel would not end with ctx.
func waitForLock(ctx context.Context, file *os.File) error {
	const pause = 2 * time.Millisecond
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		locked, err := tryLock(file)
		if locked || err != nil {
			return err
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
		}
	}
}

// exchange makes data the content of a file. At any instant, and after a loss of power, the
// file has either its old content or the new.
func exchange(path string, data []byte) error {
	dir := filepath.Dir(path)
	if err := makeFolder(dir); err != nil {
		return fmt.Errorf("state folder: %w", err)
	}
	temporary := filepath.Join(dir, temporaryFile)
	if err := writeThrough(temporary, data); err != nil {
		_ = os.Remove(temporary) // which may hold what little space is left
		return fmt.Errorf("state folder: %w", err)
	}
	if err := os.Rename(temporary, path); err != nil {
		return fmt.Errorf("state folder: %w", err)
	}
	return syncFolder(dir)
}

func writeThrough(path string, data []byte) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	if err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}

// makeFolder creates a folder and those above it, and syncs the name of each to disk.
func makeFolder(dir string) error {
	if _, err := os.Stat(dir); err == nil || !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	parent := filepath.Dir(dir)
	if err := makeFolder(parent); err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncFolder(parent)
}

// syncFolder syncs the names in a folder to disk.
func syncFolder(dir string) error {
	opened, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("state folder: %w", err)
	}
	return errors.Join(opened.Sync(), opened.Close())
}

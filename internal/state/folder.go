package state

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"portolan/internal/diag"
)

// folder is a store of files. A blob's version is the hash of its content. A writer holds the
// exclusive lock of the folder, which the system releases when the process ends. A reader
// needs no lock, because files are only replaced whole.
//
// Others may be able to write into the folder. So no link is followed, neither to a file nor to a
// folder, nothing is opened that is not a plain file, and nothing is changed in place.
type folder struct {
	root    string
	writing chan struct{} // holds one token while this process wants the lock
}

// Names that begin with a dot are not blobs. Each folder has one temporary file, so that the
// next process overwrites what a killed one left.
const (
	lockFile      = ".lock"
	temporaryFile = ".writing"
	// clockFile is written to learn the time by the clock of the disk, which may be in another
	// machine.
	clockFile = ".clock"
	// asideFile begins the new name of what has the place of a blob, or of a folder of blobs.
	asideFile = ".aside-"
)

func newFolder(root string) *folder {
	return &folder{root: root, writing: make(chan struct{}, 1)}
}

func (f *folder) Get(ctx context.Context, name string) (data []byte, version string, err error) {
	if err := checkName(name); err != nil {
		return nil, "", err
	}
	if err := ctx.Err(); err != nil {
		return nil, "", err
	}
	root, err := f.open()
	if err == nil {
		defer func() { _ = root.Close() }()
		data, version, err = read(root, name)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, "", fmt.Errorf("%s: %w", f.Where(name), ErrNotFound)
	case errors.Is(err, ErrDamaged):
		return nil, version, fmt.Errorf("%s: %w", f.Where(name), err)
	case err != nil:
		return nil, "", fmt.Errorf("state folder: %s: %w", f.root, err)
	}
	return data, version, nil
}

func (f *folder) Put(ctx context.Context, name string, data []byte, version string) (string, error) {
	if err := checkName(name); err != nil {
		return "", err
	}
	if len(data) > maxBlob {
		return "", fmt.Errorf("%s: %w", f.Where(name), errLarge)
	}
	err := f.exclusively(ctx, func(root *os.Root) error {
		if err := f.expect(ctx, name, version); err != nil {
			return err
		}
		return exchange(root, name, data)
	})
	if err != nil {
		return "", err
	}
	return hashOf(data), nil
}

func (f *folder) Delete(ctx context.Context, name, version string) error {
	if err := checkName(name); err != nil {
		return err
	}
	return f.exclusively(ctx, func(root *os.Root) error {
		if version == "" {
			return fmt.Errorf("%s: %w", f.Where(name), ErrConflict)
		}
		if err := f.expect(ctx, name, version); err != nil {
			return err
		}
		if err := setAside(root, name); err != nil {
			return err
		}
		if err := root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return syncFolder(root, path.Dir(name))
	})
}

func (f *folder) List(ctx context.Context, prefix string) ([]string, error) {
	root, err := f.open()
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("state folder: %s: %w", f.root, err)
	}
	defer func() { _ = root.Close() }()
	var names []string
	seen := 0
	err = fs.WalkDir(root.FS(), ".", func(name string, entry fs.DirEntry, err error) error {
		if seen++; seen > maxNames {
			return errMany
		}
		switch {
		case errors.Is(err, fs.ErrNotExist): // it is gone since it was listed
			return nil
		case err != nil:
			return err
		case entry.IsDir() && name != "." && !within(name, prefix):
			return fs.SkipDir
		case entry.IsDir():
			return ctx.Err()
		}
		if checkName(name) == nil && strings.HasPrefix(name, prefix) {
			names = append(names, name)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("state folder: %s: %w", f.root, err)
	}
	slices.Sort(names)
	return names, nil
}

// within says whether a folder may have blobs with a prefix.
func within(folder, prefix string) bool {
	folder += "/"
	return strings.HasPrefix(folder, prefix) || strings.HasPrefix(prefix, folder)
}

func (f *folder) Where(name string) string { return filepath.Join(f.root, filepath.FromSlash(name)) }

// age treats a file with a time in the future as written now: the disk's clock was set back
// since.
func (f *folder) age(ctx context.Context, name string) (age time.Duration, err error) {
	err = f.exclusively(ctx, func(root *os.Root) error {
		if err := create(root, clockFile, nil); err != nil {
			return err
		}
		now, err := root.Lstat(clockFile)
		if err := errors.Join(err, root.Remove(clockFile)); err != nil {
			return err
		}
		file, err := root.Lstat(name)
		if errors.Is(err, fs.ErrNotExist) {
			return ErrNotFound
		}
		if err != nil {
			return err
		}
		if age = now.ModTime().Sub(file.ModTime()); age >= 0 {
			return nil
		}
		age = 0
		if data, _, err := read(root, name); err == nil {
			return exchange(root, name, data)
		}
		return root.Chtimes(name, now.ModTime(), now.ModTime())
	})
	return age, err
}

var errLink = diag.New(diag.StatePlace, "it is a symbolic link, which somebody may turn to another place; name the folder itself")

// open opens the folder, which must not be a link.
func (f *folder) open() (*os.Root, error) {
	named, err := os.Lstat(f.root)
	if err != nil {
		return nil, err
	}
	if named.Mode()&fs.ModeSymlink != 0 {
		return nil, errLink
	}
	root, err := os.OpenRoot(f.root)
	if err != nil {
		return nil, err
	}
	opened, err := root.Stat(".")
	if err == nil && !os.SameFile(named, opened) {
		err = errLink
	}
	if err != nil {
		_ = root.Close()
		return nil, err
	}
	return root, nil
}

// expect returns nil if the blob has the version, or does not exist and the version is "".
func (f *folder) expect(ctx context.Context, name, version string) error {
	_, present, err := f.Get(ctx, name)
	if err != nil && present == "" && !errors.Is(err, ErrNotFound) {
		return err
	}
	if present != version {
		return fmt.Errorf("%s: %w", f.Where(name), ErrConflict)
	}
	return nil
}

// exclusively runs change while no other store, in this process or another, changes
// the folder.
func (f *folder) exclusively(ctx context.Context, change func(root *os.Root) error) error {
	select {
	case f.writing <- struct{}{}:
		defer func() { <-f.writing }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if err := makeRoot(f.root); err != nil {
		return fmt.Errorf("state folder: %w", err)
	}
	root, err := f.open()
	if err != nil {
		return fmt.Errorf("state folder: %s: %w", f.root, err)
	}
	defer func() { _ = root.Close() }()
	lock, _, err := openPlain(root, lockFile, os.O_RDWR|os.O_CREATE)
	if err != nil {
		return fmt.Errorf("state folder: %s: %w", f.Where(lockFile), err)
	}
	defer func() { _ = lock.Close() }() // which releases the lock
	if err := waitForLock(ctx, lock); err != nil {
		return fmt.Errorf("lock the state folder %s: %w", f.root, err)
	}
	if err := change(root); err != nil {
		if errors.Is(err, ErrConflict) || errors.Is(err, ErrNotFound) {
			return err
		}
		return fmt.Errorf("state folder: %s: %w", f.root, err)
	}
	return nil
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

// errPlain says that something has the name of a file and is none.
var errPlain = fmt.Errorf("%w: it is not a plain file", ErrDamaged)

// openPlain opens a file in the folder if it is a plain one, and all folders above it are. If it is
// not, the version stands for what there is.
func openPlain(root *os.Root, name string, flags int) (file *os.File, version string, err error) {
	for at := path.Dir(name); at != "."; at = path.Dir(at) {
		above, err := root.Lstat(at)
		if err != nil {
			return nil, "", err
		}
		if !above.IsDir() {
			return nil, "", fs.ErrNotExist
		}
	}
	named, err := root.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist) && flags&os.O_CREATE != 0:
		file, err := root.OpenFile(name, flags|os.O_EXCL, 0o600)
		if errors.Is(err, fs.ErrExist) { // another process was faster
			return openPlain(root, name, flags&^os.O_CREATE)
		}
		return file, "", err
	case err != nil:
		return nil, "", err
	case !named.Mode().IsRegular():
		return nil, unread(named), errPlain
	}
	// To open a pipe would wait for a writer.
	file, err = root.OpenFile(name, flags&^os.O_CREATE|nonBlocking, 0)
	if err != nil {
		return nil, "", err
	}
	opened, err := file.Stat()
	if err == nil && !os.SameFile(named, opened) {
		version, err = unread(named), errPlain // it was exchanged for a link
		if again, statErr := root.Lstat(name); statErr == nil && os.SameFile(again, opened) {
			version, err = "", nil // it was replaced as a whole
		}
	}
	if err != nil {
		_ = file.Close()
		return nil, version, err
	}
	return file, "", nil
}

// unread is the version of what cannot be read.
func unread(info fs.FileInfo) string {
	return fmt.Sprintf("%s, %d bytes, %d", info.Mode(), info.Size(), info.ModTime().UnixNano())
}

func read(root *os.Root, name string) (data []byte, version string, err error) {
	file, version, err := openPlain(root, name, os.O_RDONLY)
	if err != nil {
		return nil, version, err
	}
	defer func() { _ = file.Close() }()
	if info, err := file.Stat(); err != nil || info.Size() > maxBlob {
		return nil, unread(info), cmp.Or(err, errLarge)
	}
	data, err = io.ReadAll(io.LimitReader(file, maxBlob+1))
	if err != nil {
		return nil, "", err
	}
	return data, hashOf(data), nil
}

func hashOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// exchange makes data the content of a file. At any instant, and after a loss of power, the
// file has either its old content or the new.
func exchange(root *os.Root, name string, data []byte) error {
	dir := path.Dir(name)
	if err := makeFolder(root, dir); err != nil {
		return err
	}
	temporary := path.Join(dir, temporaryFile)
	if err := create(root, temporary, data); err != nil {
		_ = root.Remove(temporary) // which may hold what little space is left
		return err
	}
	if err := setAside(root, name); err != nil {
		return err
	}
	if err := root.Rename(temporary, name); err != nil {
		return err
	}
	return syncFolder(root, dir)
}

// create writes a new file. One that is in its place is removed, and not written to: it may be a
// link to another.
func create(root *os.Root, name string, data []byte) error {
	if err := root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	file, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	if err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}

// setAside renames a folder that has the name of a blob: it may hold what is somebody's.
func setAside(root *os.Root, name string) error {
	if info, err := root.Lstat(name); err == nil && info.IsDir() {
		return root.Rename(name, aside(name))
	}
	return nil
}

func aside(name string) string { return path.Join(path.Dir(name), asideFile+rand.Text()) }

// makeFolder creates a folder within the root, and renames a file or a link in its place.
func makeFolder(root *os.Root, dir string) error {
	if dir == "." {
		return nil
	}
	if err := makeFolder(root, path.Dir(dir)); err != nil {
		return err
	}
	info, err := root.Lstat(dir)
	switch {
	case err == nil && info.IsDir():
		return nil
	case err == nil:
		err = root.Rename(dir, aside(dir))
	case errors.Is(err, fs.ErrNotExist):
		err = nil
	}
	if err != nil {
		return err
	}
	if err := root.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncFolder(root, path.Dir(dir))
}

// makeRoot creates the folder of the state and those above it, and syncs the name of each to disk.
func makeRoot(dir string) error {
	if _, err := os.Stat(dir); err == nil || !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	parent := filepath.Dir(dir)
	if err := makeRoot(parent); err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	opened, err := os.Open(parent)
	if err != nil {
		return err
	}
	return errors.Join(opened.Sync(), opened.Close())
}

// syncFolder syncs the names in a folder to disk.
func syncFolder(root *os.Root, dir string) error {
	opened, err := root.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(opened.Sync(), opened.Close())
}

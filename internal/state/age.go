package state

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// aged is a store that knows how long ago a blob was written, by its own clock. The clock of
// this machine does not matter.
type aged interface {
	age(ctx context.Context, name string) (time.Duration, error)
}

// ageOf returns how long ago a blob was written, if the store can tell.
func ageOf(ctx context.Context, store Store, name string) (time.Duration, bool) {
	s, ok := store.(aged)
	if !ok {
		return 0, false
	}
	age, err := s.age(ctx, name)
	return age, err == nil
}

func (m *memory) age(ctx context.Context, name string) (time.Duration, error) {
	if err := m.check(ctx, name); err != nil {
		return 0, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	blob, ok := m.blobs[name]
	if !ok {
		return 0, ErrNotFound
	}
	return time.Since(blob.at), nil
}

// clockFile is written to learn the time by the clock of the disk, which may be in another
// machine.
const clockFile = ".clock"

// age treats a file with a time in the future as written now: the disk's clock was set back
// since.
func (f *folder) age(ctx context.Context, name string) (age time.Duration, err error) {
	err = f.exclusively(ctx, func() error {
		clock := filepath.Join(f.root, clockFile)
		if err := writeThrough(clock, nil); err != nil {
			return err
		}
		now, err := os.Stat(clock)
		if err := errors.Join(err, os.Remove(clock)); err != nil {
			return err
		}
		file, err := os.Stat(f.Where(name))
		if errors.Is(err, fs.ErrNotExist) {
			return ErrNotFound
		}
		if err != nil {
			return err
		}
		if age = now.ModTime().Sub(file.ModTime()); age < 0 {
			age = 0
			return os.Chtimes(f.Where(name), now.ModTime(), now.ModTime())
		}
		return nil
	})
	return age, err
}

func (b *bucket) age(ctx context.Context, name string) (time.Duration, error) {
	object, err := b.client.GetObject(ctx, &s3.GetObjectInput{Bucket: &b.name, Key: b.key(name)})
	if err != nil {
		return 0, b.refused("s3:GetObject", name, err)
	}
	defer func() { _ = object.Body.Close() }()
	now, ok := awsmiddleware.GetServerTime(object.ResultMetadata)
	if !ok || object.LastModified == nil {
		return 0, errors.New("the answer has no time")
	}
	return now.Sub(*object.LastModified), nil
}

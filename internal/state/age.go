package state

import (
	"context"
	"errors"
	"time"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
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

func (b *bucket) age(ctx context.Context, name string) (time.Duration, error) {
	object, _, err := b.fetch(ctx, name)
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

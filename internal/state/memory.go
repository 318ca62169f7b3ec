package state

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// memory is a store that ends with the process.
type memory struct {
	mu    sync.Mutex
	blobs map[string]memoryBlob
	puts  int
}

type memoryBlob struct {
	data    []byte
	version string
	at      time.Time
}

// NewMemory returns an empty store in memory.
func NewMemory() Store { return &memory{blobs: make(map[string]memoryBlob)} }

func (m *memory) Get(ctx context.Context, name string) ([]byte, string, error) {
	if err := m.check(ctx, name); err != nil {
		return nil, "", err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	blob, ok := m.blobs[name]
	if !ok {
		return nil, "", fmt.Errorf("%s: %w", m.Where(name), ErrNotFound)
	}
	return bytes.Clone(blob.data), blob.version, nil
}

func (m *memory) Put(ctx context.Context, name string, data []byte, version string) (string, error) {
	if err := m.check(ctx, name); err != nil {
		return "", err
	}
	if len(data) > maxBlob {
		return "", fmt.Errorf("%s: %w", m.Where(name), errLarge)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.blobs[name].version != version {
		return "", fmt.Errorf("%s: %w", m.Where(name), ErrConflict)
	}
	m.puts++
	blob := memoryBlob{data: bytes.Clone(data), version: strconv.Itoa(m.puts), at: time.Now()}
	m.blobs[name] = blob
	return blob.version, nil
}

func (m *memory) Delete(ctx context.Context, name, version string) error {
	if err := m.check(ctx, name); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if blob, ok := m.blobs[name]; !ok || blob.version != version {
		return fmt.Errorf("%s: %w", m.Where(name), ErrConflict)
	}
	delete(m.blobs, name)
	return nil
}

func (m *memory) List(ctx context.Context, prefix string) ([]string, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	var names []string
	for name := range m.blobs {
		if strings.HasPrefix(name, prefix) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}

func (m *memory) Where(name string) string { return "memory:" + name }

func (m *memory) check(ctx context.Context, name string) error {
	if err := checkName(name); err != nil {
		return err
	}
	return ctx.Err()
}

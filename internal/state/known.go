package state

import (
	"context"
	"sync"
)

// known is a store for who has the lease.
type known struct {
	Store
	mu    sync.Mutex
	blobs map[string]knownBlob
}

type knownBlob struct {
	data    []byte
	version string
}

// Known returns a store that reads some records once: those which only the holder of the lease
// writes. As long as it has the lease, nobody else changes them. Writes stay conditional, so that one that has
// lost the lease notices.
func Known(store Store) Store { return &known{Store: store, blobs: map[string]knownBlob{}} }

// ofHolder says whether only the holder of the lease writes a record, and it is small.
func ofHolder(name string) bool { return name == lastForm.Name || name == "looks.json.gz" }

// Get returns what was last read or written.
func (k *known) Get(ctx context.Context, name string) ([]byte, string, error) {
	if !ofHolder(name) {
		return k.Store.Get(ctx, name)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if b, ok := k.blobs[name]; ok {
		return b.data, b.version, ctx.Err()
	}
	data, version, err := k.Store.Get(ctx, name)
	if err == nil {
		k.blobs[name] = knownBlob{data, version}
	}
	return data, version, err
}

// Put knows what it wrote, and nothing if that failed.
func (k *known) Put(ctx context.Context, name string, data []byte, version string) (string, error) {
	after, err := k.Store.Put(ctx, name, data, version)
	if ofHolder(name) {
		k.mu.Lock()
		defer k.mu.Unlock()
		if k.blobs[name] = (knownBlob{data, after}); err != nil {
			delete(k.blobs, name)
		}
	}
	return after, err
}

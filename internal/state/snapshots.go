package state

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
)

// Snapshots are the snapshots of all accounts. They may be used by many at once, for one
// account by one at a time.
type Snapshots struct {
	store Store
	lease *Lease

	mu    sync.Mutex
	known map[string]present
}

// present is what the store holds for an account, as far as it was seen.
type present struct {
	version    string // "" if there is no snapshot
	generation uint64
	foreign    error // not nil if it is something else, which is left alone
}

// NewSnapshots returns the snapshots in a store. The lease is that of the run, or nil for
// one that only reads.
func NewSnapshots(store Store, lease *Lease) *Snapshots {
	return &Snapshots{store: store, lease: lease, known: make(map[string]present)}
}

const snapshotFolder, snapshotEnding = "snapshots/", ".gz"

func snapshotName(account string) string { return snapshotFolder + account + snapshotEnding }

// Load returns the snapshot of an account. ErrNotFound says that there is none;
// ErrDamaged, ErrForeign and ErrNewer that there is one and nothing is known of it.
func (c *Snapshots) Load(ctx context.Context, account string) (*Snapshot, error) {
	name := snapshotName(account)
	data, version, err := c.store.Get(ctx, name)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return nil, err
	}
	c.remember(account, seen(data, version, account))
	if err != nil {
		return nil, err
	}
	snapshot, err := decodeSnapshot(data, account)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.store.Where(name), err)
	}
	return snapshot, nil
}

// Save writes the snapshot of the account that its header names, under the lease's
// generation. It replaces what is damaged or of a newer form, so that a snapshot comes
// back by itself, but nothing foreign (ErrForeign), and nothing that a run wrote
// which took over the lease (ErrFenced). Without a valid lease it is ErrLost.
func (c *Snapshots) Save(ctx context.Context, snapshot *Snapshot) error {
	if c.lease == nil {
		return errors.New("save a snapshot: a run that only reads has no lease")
	}
	header := snapshot.Header
	header.Generation = c.lease.Generation()
	data, err := Encode(header, snapshot.All())
	if err != nil {
		return err
	}
	return c.change(ctx, header.Account, func(name, version string) (string, error) {
		return c.store.Put(ctx, name, data, version)
	})
}

// Delete removes the snapshot of an account, if there is one, as Save would replace it.
func (c *Snapshots) Delete(ctx context.Context, account string) error {
	if c.lease == nil {
		return errors.New("delete a snapshot: a run that only reads has no lease")
	}
	return c.change(ctx, account, func(name, version string) (string, error) {
		if version == "" {
			return "", nil
		}
		return "", c.store.Delete(ctx, name, version)
	})
}

// Accounts returns the accounts that have a snapshot, in ascending order.
func (c *Snapshots) Accounts(ctx context.Context) ([]string, error) {
	names, err := c.store.List(ctx, snapshotFolder)
	if err != nil {
		return nil, err
	}
	var accounts []string
	for _, name := range names {
		if account, ok := strings.CutSuffix(strings.TrimPrefix(name, snapshotFolder), snapshotEnding); ok {
			accounts = append(accounts, account)
		}
	}
	return accounts, nil
}

// change makes a write that depends on what is present, and looks again where that
// has changed: an older run, which lost its lease while it wrote, may be the cause.
func (c *Snapshots) change(ctx context.Context, account string, write func(name, version string) (string, error)) error {
	const tries = 3
	name := snapshotName(account)
	var err error
	for range tries {
		var now present
		if now, err = c.look(ctx, account); err != nil {
			return err
		}
		if err = c.allowed(now); err != nil {
			return fmt.Errorf("%s: %w", c.store.Where(name), err)
		}
		var version string
		version, err = write(name, now.version)
		if err == nil {
			c.remember(account, present{version: version, generation: c.lease.Generation()})
			return nil
		}
		c.forget(account)
		if !errors.Is(err, ErrConflict) {
			return err
		}
	}
	return err
}

func (c *Snapshots) allowed(now present) error {
	if now.foreign != nil {
		return fmt.Errorf("%w; remove it, or keep the state elsewhere", now.foreign)
	}
	return c.lease.allows(now.generation)
}

// look returns what the store holds, without asking it twice.
func (c *Snapshots) look(ctx context.Context, account string) (present, error) {
	c.mu.Lock()
	now, known := c.known[account]
	c.mu.Unlock()
	if known {
		return now, nil
	}
	data, version, err := c.store.Get(ctx, snapshotName(account))
	if err != nil && !errors.Is(err, ErrNotFound) {
		return present{}, err
	}
	return seen(data, version, account), nil
}

func seen(data []byte, version, account string) present {
	if version == "" {
		return present{}
	}
	header, _, err := decodeHeader(data, account)
	now := present{version: version, generation: header.Generation}
	if errors.Is(err, ErrForeign) {
		now.foreign = err
	}
	return now
}

func (c *Snapshots) remember(account string, now present) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.known[account] = now
}

func (c *Snapshots) forget(account string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.known, account)
}

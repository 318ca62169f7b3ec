package snapshot

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"portolan/internal/resync/cell"
	"portolan/internal/state"
)

// Set is the snapshots of all accounts. It is safe for concurrent use with different accounts.
type Set struct {
	store state.Store
	lease *state.Lease

	mu    sync.Mutex
	known map[string]present
}

// present is what the store was last seen to hold for an account.
type present struct {
	version    string // "" if there is no snapshot
	generation uint64
	foreign    error // not nil if it is a foreign file, which is not changed
}

// NewSet returns the snapshots in a store. The lease is the run's, or nil for a run that only
// reads.
func NewSet(store state.Store, lease *state.Lease) *Set {
	return &Set{store: store, lease: lease, known: make(map[string]present)}
}

const folder, ending = "snapshots/", ".gz"

func nameOf(account string) string { return folder + account + ending }

// Load returns the snapshot of an account, or state.ErrNotFound; state.ErrDamaged,
// state.ErrForeign or state.ErrNewer if it cannot be used.
func (s *Set) Load(ctx context.Context, account string) (*Snapshot, error) {
	_, snapshot, err := s.load(ctx, account)
	return snapshot, err
}

// load is Load, and returns the stored form too.
func (s *Set) load(ctx context.Context, account string) ([]byte, *Snapshot, error) {
	name := nameOf(account)
	data, version, err := s.store.Get(ctx, name)
	if err != nil && version == "" && !errors.Is(err, state.ErrNotFound) {
		return nil, nil, err
	}
	now := seen(data, version, account, err)
	s.remember(account, now)
	if err != nil {
		return nil, nil, cmp.Or(now.foreign, err)
	}
	snapshot, err := decode(data, account)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", s.store.Where(name), err)
	}
	return data, snapshot, nil
}

// Save writes the snapshot of the account that its header names, under the lease's generation.
// It replaces a damaged or newer snapshot, so that the account has one again, but not a foreign
// file (state.ErrForeign), and not the snapshot of a run that took over the lease
// (state.ErrFenced). It returns state.ErrLost if the lease is not valid.
func (s *Set) Save(ctx context.Context, snapshot *Snapshot) error {
	if s.lease == nil {
		return errors.New("save a snapshot: a run that only reads has no lease")
	}
	header := snapshot.Header
	header.Generation = s.lease.Generation()
	data, err := snapshot.encode(header)
	if err != nil {
		return err
	}
	return s.change(ctx, header.Account, func(name, version string) (string, error) {
		return s.store.Put(ctx, name, data, version)
	})
}

// Delete removes the snapshot of an account, if there is one, on the same conditions as Save.
func (s *Set) Delete(ctx context.Context, account string) error {
	if s.lease == nil {
		return errors.New("delete a snapshot: a run that only reads has no lease")
	}
	return s.change(ctx, account, func(name, version string) (string, error) {
		if version == "" {
			return "", nil
		}
		return "", s.store.Delete(ctx, name, version)
	})
}

// Accounts returns the accounts that have a snapshot, in ascending order.
func (s *Set) Accounts(ctx context.Context) ([]string, error) {
	names, err := s.store.List(ctx, folder)
	if err != nil {
		return nil, err
	}
	var accounts []string
	for _, name := range names {
		if account, ok := strings.CutSuffix(strings.TrimPrefix(name, folder), ending); ok && isAccount(account) {
			accounts = append(accounts, account)
		}
	}
	return accounts, nil
}

// isAccount says whether a snapshot can be of an account, which has twelve digits.
func isAccount(name string) bool {
	return name == cell.Organization || len(name) == 12 && strings.Trim(name, "0123456789") == ""
}

// generations returns the generation of each account's snapshot, 0 if the account has none, of those
// accounts that were looked at.
func (s *Set) generations() map[string]uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	of := make(map[string]uint64, len(s.known))
	for account, now := range s.known {
		of[account] = 0
		if now.version != "" {
			of[account] = now.generation
		}
	}
	return of
}

// change makes a write that depends on what the store holds, and looks again if that has changed:
// an older run may have written after it lost its lease.
func (s *Set) change(ctx context.Context, account string, write func(name, version string) (string, error)) error {
	const tries = 3
	name := nameOf(account)
	var err error
	for range tries {
		var now present
		if now, err = s.look(ctx, account); err != nil {
			return err
		}
		if err = s.allowed(now); err != nil {
			return fmt.Errorf("%s: %w", s.store.Where(name), err)
		}
		var version string
		version, err = write(name, now.version)
		if err == nil {
			s.remember(account, present{version: version, generation: s.lease.Generation()})
			return nil
		}
		s.forget(account)
		if !errors.Is(err, state.ErrConflict) {
			return err
		}
	}
	return err
}

func (s *Set) allowed(now present) error {
	if now.foreign != nil {
		return fmt.Errorf("%w; remove it, or keep the state elsewhere", now.foreign)
	}
	return s.lease.Allows(now.generation)
}

// look returns what the store holds, and reads it only once.
func (s *Set) look(ctx context.Context, account string) (present, error) {
	s.mu.Lock()
	now, known := s.known[account]
	s.mu.Unlock()
	if known {
		return now, nil
	}
	data, version, err := s.store.Get(ctx, nameOf(account))
	if err != nil && version == "" && !errors.Is(err, state.ErrNotFound) {
		return present{}, err
	}
	return seen(data, version, account, err), nil
}

// seen says what a store holds by what its Get returned. Of bytes that were damaged it only asks
// whether they are foreign.
func seen(data []byte, version, account string, damaged error) present {
	now := present{version: version}
	if version == "" || damaged != nil && !errors.Is(damaged, state.ErrUnsealed) {
		return now
	}
	header, _, err := decodeHeader(data, account)
	if damaged == nil {
		now.generation = header.Generation
	}
	if errors.Is(err, state.ErrForeign) {
		now.foreign = fmt.Errorf("%s: %w", nameOf(account), err)
	}
	return now
}

func (s *Set) remember(account string, now present) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.known[account] = now
}

func (s *Set) forget(account string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.known, account)
}

// Owner returns the name of a snapshot in a store and the integration that it names, for
// [state.Belongs]. It returns "" if there is no readable snapshot.
func Owner(ctx context.Context, store state.Store) (blob, integration string) {
	all := NewSet(store, nil)
	accounts, _ := all.Accounts(ctx) // the run itself says that the state cannot be listed
	if len(accounts) == 0 {
		return "", ""
	}
	name := nameOf(accounts[0])
	data, _, err := store.Get(ctx, name)
	if err != nil && !errors.Is(err, state.ErrDamaged) { // another integration has another seal
		return "", ""
	}
	header, _, err := decodeHeader(data, accounts[0])
	if err != nil {
		return "", ""
	}
	return name, header.Integration
}

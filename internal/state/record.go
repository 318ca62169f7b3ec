package state

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// head is what every version of every record has.
type head struct {
	Format  string `json:"format"`
	Version int    `json:"version"`
}

// form says of the records of a type R where they are and what they are. R has the
// members of head. A name that ends in .gz is that of a compressed record.
type form[R any] struct {
	name string
	head head
	what string         // for people, as "a request"
	lack func(R) string // what a record lacks that is of no use; "" if nothing. It may be nil.
}

// found is what a store holds under the name of a record, also of one that cannot be used.
type found struct {
	version    string // "" if nothing is known of it, or if there is none
	generation uint64 // of the lease under which it was written; 0 if it names none
}

// load returns a record, or ErrNotFound; ErrDamaged, ErrForeign or ErrNewer if it cannot
// be used.
func (f form[R]) load(ctx context.Context, store Store) (R, found, error) {
	var record, none R
	data, version, err := store.Get(ctx, f.name)
	if err != nil {
		return none, found{}, err
	}
	at := found{version: version}
	if at.generation, err = f.decode(data, &record); err != nil {
		return none, at, fmt.Errorf("%s: %w", store.Where(f.name), err)
	}
	return record, at, nil
}

// decode judges by what every version has first: a newer one may have members of other
// types.
func (f form[R]) decode(data []byte, record *R) (generation uint64, err error) {
	text := data
	if strings.HasSuffix(f.name, ".gz") {
		if text, err = unpackText(data); err != nil {
			return 0, fmt.Errorf("%w: %w", ErrDamaged, err)
		}
	}
	var lasting struct {
		head
		Generation uint64 `json:"generation"`
	}
	err = json.Unmarshal(text, &lasting)
	switch {
	case err != nil:
		return 0, fmt.Errorf("%w: it is no JSON", ErrDamaged)
	case lasting.Format != f.head.Format:
		return 0, fmt.Errorf("%w: it is not %s", ErrForeign, f.what)
	case lasting.Version > f.head.Version:
		return lasting.Generation, fmt.Errorf("%w: it has version %d, and this program knows %d", ErrNewer, lasting.Version, f.head.Version)
	case lasting.Version < 1:
		return lasting.Generation, fmt.Errorf("%w: version %d makes no sense", ErrDamaged, lasting.Version)
	}
	if err = json.Unmarshal(text, record); err != nil {
		return lasting.Generation, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if f.lack != nil {
		if lack := f.lack(*record); lack != "" {
			return lasting.Generation, fmt.Errorf("%w: it names no %s", ErrDamaged, lack)
		}
	}
	return lasting.Generation, nil
}

// save replaces a record, also one that is damaged or newer, but nothing that is foreign,
// and nothing that a present record says is to stay. Under a lease it replaces nothing of a
// run that took it over (ErrFenced); the lease may be nil.
func (f form[R]) save(ctx context.Context, store Store, lease *Lease, record R, stays func(present R) bool) error {
	encode := json.Marshal
	if strings.HasSuffix(f.name, ".gz") {
		encode = pack
	}
	data, err := encode(record)
	if err != nil {
		return err
	}
	return unlessRaced(func() error {
		present, at, err := f.load(ctx, store)
		switch {
		case err != nil && at.version == "" && !errors.Is(err, ErrNotFound), errors.Is(err, ErrForeign):
			return err
		case err == nil && stays != nil && stays(present):
			return nil
		}
		if err := lease.allows(at.generation); err != nil {
			return fmt.Errorf("%s: %w", store.Where(f.name), err)
		}
		_, err = store.Put(ctx, f.name, data, at.version)
		return err
	})
}

// unlessRaced makes a change on condition, and makes it again if somebody else changed the
// same thing in the meantime.
func unlessRaced(change func() error) (err error) {
	const tries = 5
	for range tries {
		if err = change(); !errors.Is(err, ErrConflict) {
			break
		}
	}
	return err
}

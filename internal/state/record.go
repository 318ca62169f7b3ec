package state

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Head begins every record, in every version of its form.
type Head struct {
	Format  string `json:"format"`
	Version int    `json:"version"`
}

// Form says where the records of a type R are kept, and what they are. R embeds a Head. A
// record whose name ends in .gz is compressed. A record that was written under a lease has
// the lease's generation in its member "generation".
type Form[R any] struct {
	Name string
	Head Head
	What string         // for people, as "a request"
	Lack func(R) string // what a useless record lacks; "" if nothing. It may be nil.
}

// found is what a store holds under the name of a record, even of one that cannot be used.
type found struct {
	version    string // "" if it is not known, or if there is no record
	generation uint64 // of the lease under which it was written; 0 is none
}

// Load returns the record, or ErrNotFound; ErrDamaged, ErrForeign or ErrNewer if it cannot
// be used.
func (f Form[R]) Load(ctx context.Context, store Store) (R, error) {
	record, _, err := f.load(ctx, store)
	return record, err
}

func (f Form[R]) load(ctx context.Context, store Store) (R, found, error) {
	var record, none R
	data, version, err := store.Get(ctx, f.Name)
	at := found{version: version}
	if err != nil {
		if errors.Is(err, ErrUnsealed) && f.foreign(data) {
			err = fmt.Errorf("%s: %w: it is not %s", store.Where(f.Name), ErrForeign, f.What)
		}
		return none, at, err
	}
	if at.generation, err = f.decode(data, &record); err != nil {
		return none, at, fmt.Errorf("%s: %w", store.Where(f.Name), err)
	}
	return record, at, nil
}

// maxForeign is how much is unpacked of a blob to find out what it is.
const maxForeign = 1 << 20

// foreign says whether bytes are JSON of something else, which is not to be replaced.
func (f Form[R]) foreign(data []byte) bool {
	var head Head
	text, err := f.text(data, maxForeign)
	return err == nil && json.Unmarshal(text, &head) == nil && head.Format != f.Head.Format
}

// text returns the JSON of a record.
func (f Form[R]) text(data []byte, most int64) ([]byte, error) {
	if !strings.HasSuffix(f.Name, ".gz") {
		return data, nil
	}
	return unpackText(data, most)
}

// decode first looks at what every version has: a newer one may have members of other types.
func (f Form[R]) decode(data []byte, record *R) (generation uint64, err error) {
	text, err := f.text(data, maxUnpacked)
	if err != nil {
		return 0, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	var lasting struct {
		Head
		Generation uint64 `json:"generation"`
	}
	err = json.Unmarshal(text, &lasting)
	switch {
	case err != nil:
		return 0, fmt.Errorf("%w: it is not JSON", ErrDamaged)
	case lasting.Format != f.Head.Format:
		return 0, fmt.Errorf("%w: it is not %s", ErrForeign, f.What)
	case lasting.Version > f.Head.Version:
		return lasting.Generation, fmt.Errorf("%w: it has version %d, and this program knows %d", ErrNewer, lasting.Version, f.Head.Version)
	case lasting.Version < 1:
		return lasting.Generation, fmt.Errorf("%w: version %d makes no sense", ErrDamaged, lasting.Version)
	}
	if err = json.Unmarshal(text, record); err != nil {
		return lasting.Generation, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if f.Lack != nil {
		if lack := f.Lack(*record); lack != "" {
			return lasting.Generation, fmt.Errorf("%w: it names no %s", ErrDamaged, lack)
		}
	}
	return lasting.Generation, nil
}

// Save replaces the record, even a damaged or newer one, but not a foreign one (ErrForeign), and
// not one for which stays returns true. With a lease it does not replace the record of a run
// that took the lease over (ErrFenced). The lease and stays may be nil.
func (f Form[R]) Save(ctx context.Context, store Store, lease *Lease, record R, stays func(present R) bool) error {
	encode := json.Marshal
	if strings.HasSuffix(f.Name, ".gz") {
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
		if err := lease.Allows(at.generation); err != nil {
			return fmt.Errorf("%s: %w", store.Where(f.Name), err)
		}
		_, err = store.Put(ctx, f.Name, data, at.version)
		return err
	})
}

// unlessRaced makes a conditional change, and repeats it if somebody else changed the same thing
// in the meantime.
func unlessRaced(change func() error) (err error) {
	const tries = 5
	for range tries {
		if err = change(); !errors.Is(err, ErrConflict) {
			break
		}
	}
	return err
}

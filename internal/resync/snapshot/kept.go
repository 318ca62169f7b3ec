package snapshot

import (
	"iter"
	"sync"
	"sync/atomic"
)

// kept is the snapshot of an account as it lies in the state, in half the memory that it takes
// unpacked. It was unpacked and checked as a whole when it was read, so it can be unpacked again
// without an error, whatever has become of the state.
type kept struct {
	account string
	data    []byte
	entries int

	opening  sync.Mutex
	unpacked atomic.Pointer[Snapshot] // nil unless the account is being read
}

// open returns the snapshot, and keeps it unpacked.
func (k *kept) open() *Snapshot {
	if s := k.unpacked.Load(); s != nil {
		return s
	}
	k.opening.Lock()
	defer k.opening.Unlock()
	if s := k.unpacked.Load(); s != nil {
		return s
	}
	s, err := decode(k.data, k.account)
	if err != nil {
		panic("a snapshot that was checked cannot be unpacked: " + err.Error())
	}
	k.unpacked.Store(s)
	return s
}

// close drops what open has unpacked.
func (k *kept) close() { k.unpacked.Store(nil) }

// all returns the entries in the order of their keys, without keeping them.
func (k *kept) all() iter.Seq[Entry] {
	if s := k.unpacked.Load(); s != nil {
		return s.All()
	}
	return func(yield func(Entry) bool) {
		header, rest, err := decodeHeader(k.data, k.account)
		second := rest
		if err == nil {
			second, _, err = header.members(rest)
		}
		if err != nil {
			panic("a snapshot that was checked cannot be unpacked: " + err.Error())
		}
		for e, err := range decodeEntries(second, header.Entries) {
			if err != nil {
				panic("a snapshot that was checked cannot be unpacked: " + err.Error())
			}
			if !yield(e) {
				return
			}
		}
	}
}

package snapshot

import (
	"bytes"
	"maps"
	"slices"
	"sync"
	"time"

	"portolan/internal/resync/cell"
	"portolan/internal/resync/entity"
)

// fresh gathers what a run produces, as small as it can be kept until the end.
type fresh struct {
	mu       sync.Mutex
	accounts map[string]*gathered
	doubtful *entity.Set // what is not to be remembered
}

// packing is how many entities an account gathers before they are packed as they would lie in a
// snapshot: then they take a third of the memory.
const packing = 4096

// gathered is what a run produced in an account.
type gathered struct {
	batch
	packed  []packed
	refused error // why some of it cannot be kept
	settled map[settledKey]string
}

// batch is entities that are not packed.
type batch struct {
	names   map[string]uint32 // blueprints
	cells   map[cell.Name]uint32
	entries []freshEntry
	from    map[uint32]entity.Resources // of entries by their index, of those that have any
}

func newBatch() batch { return batch{names: map[string]uint32{}, cells: map[cell.Name]uint32{}} }

// packed is entities as they lie in a snapshot, without the time when they were seen.
type packed struct {
	data  []byte
	count int
}

type freshEntry struct {
	identifier string
	blueprint  uint32
	cell       uint32
	content    entity.Content
	written    uint32 // seconds since 1970; 0 if Port did not take it
}

func (f *fresh) add(c cell.Name, ref entity.Ref, content entity.Content, from entity.Resources, written time.Time) {
	if f.doubtful.Size() > 0 && f.doubtful.Has(ref) {
		return
	}
	f.mu.Lock()
	g := f.of(c)
	g.add(c, ref, content, from, written)
	var full batch
	if len(g.entries) >= packing {
		full, g.batch = g.batch, newBatch()
	}
	f.mu.Unlock()
	if len(full.entries) > 0 {
		f.pack(g, full)
	}
}

func (b *batch) add(c cell.Name, ref entity.Ref, content entity.Content, from entity.Resources, written time.Time) {
	e := freshEntry{identifier: ref.Identifier, blueprint: number(b.names, ref.Blueprint), cell: number(b.cells, c)}
	if !written.IsZero() {
		e.content, e.written = content, uint32(written.Unix())
	}
	if from != "" {
		if b.from == nil {
			b.from = map[uint32]entity.Resources{}
		}
		b.from[uint32(len(b.entries))] = from
	}
	b.entries = append(b.entries, e)
}

// pack adds a batch to what is gathered in an account. Whoever gathers meanwhile does not wait.
func (f *fresh) pack(g *gathered, full batch) {
	entries := make(map[entity.Ref]Entry, len(full.entries))
	full.into(entries, time.Time{})
	var data bytes.Buffer
	count, err := encodeEntries(&data, slices.Values(slices.SortedFunc(maps.Values(entries), compareEntries)))
	f.mu.Lock()
	defer f.mu.Unlock()
	if err != nil {
		g.refused = err // no snapshot can hold it
		return
	}
	g.packed = append(g.packed, packed{bytes.Clone(data.Bytes()), count})
}

// of returns what is gathered in the account of a cell.
func (f *fresh) of(c cell.Name) *gathered {
	g := f.accounts[c.Key()]
	if g == nil {
		g = &gathered{batch: newBatch(), settled: map[settledKey]string{}}
		f.accounts[c.Key()] = g
	}
	return g
}

// settle remembers what is settled. If it comes twice, the latter counts.
func (f *fresh) settle(c cell.Name, key settledKey, text string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.of(c).settled[key] = text
}

func number[K comparable](numbers map[K]uint32, key K) uint32 {
	n, known := numbers[key]
	if !known {
		n = uint32(len(numbers))
		numbers[key] = n
	}
	return n
}

// size is how many entries there are, before those of one entity are joined.
func (g *gathered) size() int {
	n := len(g.entries)
	for _, p := range g.packed {
		n += p.count
	}
	return n
}

// merged returns one entry for each entity. If several entries of the mapping wrote an
// entity, the content in Port is unknown; if it came from several cells, its cell is.
func (g *gathered) merged(seenAt time.Time) (map[entity.Ref]Entry, error) {
	entries := make(map[entity.Ref]Entry, g.size())
	for _, p := range g.packed {
		for e, err := range decodeEntries(p.data, p.count) {
			if err != nil {
				return nil, err
			}
			e.Seen = seenAt
			join(entries, e)
		}
	}
	g.into(entries, seenAt)
	return entries, g.refused
}

// into joins the batch to entries.
func (b *batch) into(entries map[entity.Ref]Entry, seenAt time.Time) {
	names, cells := inOrder(b.names), inOrder(b.cells)
	for i, f := range b.entries {
		c := cells[f.cell]
		e := Entry{
			Blueprint: names[f.blueprint], Identifier: f.identifier, Region: c.Region, Kind: c.Kind, Content: f.content, Seen: seenAt,
			Resources: b.from[uint32(i)],
		}
		if f.written > 0 {
			e.Written = time.Unix(int64(f.written), 0).UTC()
		}
		join(entries, e)
	}
}

// join adds an entry to those there are. One that was made of several resources may still exist if
// any of them does.
func join(entries map[entity.Ref]Entry, e Entry) {
	if other, twice := entries[e.Ref()]; twice {
		if other.Hash != e.Hash {
			e.Content = entity.Content{}
		}
		e.Resources = e.Resources.Join(other.Resources)
		if other.Region != e.Region || other.Kind != e.Kind {
			e.displace()
		}
	}
	entries[e.Ref()] = e
}

// displace makes the cell of an entry unknown, and all that is known only together with it.
func (e *Entry) displace() {
	e.Region, e.Kind, e.Content, e.Resources = "", "", entity.Content{}, ""
}

func inOrder[K comparable](numbers map[K]uint32) []K {
	keys := make([]K, len(numbers))
	for key, n := range numbers {
		keys[n] = key
	}
	return keys
}

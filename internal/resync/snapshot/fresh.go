package snapshot

import (
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

// gathered is what a run produced in an account.
type gathered struct {
	names   map[string]uint32 // blueprints
	cells   map[cell.Name]uint32
	entries []freshEntry
	from    map[uint32]entity.Resources // of entries by their index, of those that have any
	settled map[settledKey]string
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
	defer f.mu.Unlock()
	g := f.of(c)
	e := freshEntry{identifier: ref.Identifier, blueprint: number(g.names, ref.Blueprint), cell: number(g.cells, c)}
	if !written.IsZero() {
		e.content, e.written = content, uint32(written.Unix())
	}
	if from != "" {
		if g.from == nil {
			g.from = map[uint32]entity.Resources{}
		}
		g.from[uint32(len(g.entries))] = from
	}
	g.entries = append(g.entries, e)
}

// of returns what is gathered in the account of a cell.
func (f *fresh) of(c cell.Name) *gathered {
	g := f.accounts[c.Key()]
	if g == nil {
		g = &gathered{names: map[string]uint32{}, cells: map[cell.Name]uint32{}, settled: map[settledKey]string{}}
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

// merged returns one entry for each entity. If several entries of the mapping wrote an
// entity, the content in Port is unknown; if it came from several cells, its cell is.
func (g *gathered) merged(seenAt time.Time) map[entity.Ref]Entry {
	names, cells := inOrder(g.names), inOrder(g.cells)
	entries := make(map[entity.Ref]Entry, len(g.entries))
	for i, f := range g.entries {
		c := cells[f.cell]
		e := Entry{
			Blueprint: names[f.blueprint], Identifier: f.identifier, Region: c.Region, Kind: c.Kind, Content: f.content, Seen: seenAt,
			Resources: g.from[uint32(i)],
		}
		if f.written > 0 {
			e.Written = time.Unix(int64(f.written), 0).UTC()
		}
		join(entries, e)
	}
	return entries
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

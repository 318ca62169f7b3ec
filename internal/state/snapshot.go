package state

import (
	"cmp"
	"fmt"
	"iter"
	"math"
	"slices"
	"sort"
	"strings"
	"time"
)

// Header says of which account a snapshot is and what it was made with.
type Header struct {
	Account    string    `json:"account"`
	Run        string    `json:"run"`
	Generation uint64    `json:"generation"` // of the lease under which it was written
	Started    time.Time `json:"started"`    // of the run, by Portolan's clock
	Ended      time.Time `json:"ended"`
	Mapping    string    `json:"mapping"`    // hash of the mapping
	Blueprints string    `json:"blueprints"` // hash of the blueprints
	Program    string    `json:"program"`    // version of Portolan
	// Integration is whose snapshot it is, "aws-v3/my-aws"; "" of older versions.
	Integration string `json:"integration,omitempty"`
}

// Hash is what is compared to tell whether an entity has changed.
type Hash [16]byte

// Entry is one entity that Portolan put into Port. (Blueprint, Identifier) is its key.
type Entry struct {
	Blueprint, Identifier string
	Region, Kind          string // the cell that gave it; Region is "" for a global kind
	Hash                  Hash   // of the content as Port took it
	// Seen is when the last run that produced it began, Written when it was last
	// sent. Both are kept in whole seconds; zero means never.
	Seen, Written time.Time
	// Absences counts the runs that read the cell to its end and did not find it.
	Absences int
}

// Snapshot is what Portolan knows of its own entities in one account after a run. It
// does not change, and may be read by many at once. An entry takes 36 bytes beside
// its identifier.
type Snapshot struct {
	Header Header

	blueprints []section // in order of their names
	cells      []cell
	text       string // all identifiers, one after the other
	rows       []row
}

// section are the rows of one blueprint: they end before end, and begin where those
// of the section before end.
type section struct {
	blueprint string
	end       int
}

type cell struct{ region, kind string }

// row is an entry. Its identifier begins in the text where that of the row before ends.
type row struct {
	end           uint32
	cell          uint32
	hash          Hash
	seen, written uint32 // seconds since 1970
	absences      uint32
}

// NewSnapshot makes a snapshot of entries in any order. It refuses two with one key, and
// one without.
func NewSnapshot(header Header, entries iter.Seq[Entry]) (*Snapshot, error) {
	all := slices.SortedFunc(entries, compareEntries)
	b := newBuilder(header, len(all))
	for _, e := range all {
		if err := b.add(e); err != nil {
			return nil, fmt.Errorf("snapshot of account %s: %w", header.Account, err)
		}
	}
	return b.snapshot(), nil
}

func compareEntries(a, b Entry) int {
	return cmp.Or(strings.Compare(a.Blueprint, b.Blueprint), strings.Compare(a.Identifier, b.Identifier))
}

// Len returns the number of entries.
func (c *Snapshot) Len() int { return len(c.rows) }

// All returns the entries in the order of their keys.
func (c *Snapshot) All() iter.Seq[Entry] {
	return func(yield func(Entry) bool) {
		i := 0
		for _, s := range c.blueprints {
			for ; i < s.end; i++ {
				if !yield(c.entry(s.blueprint, i)) {
					return
				}
			}
		}
	}
}

// Find returns the entry with a key.
func (c *Snapshot) Find(blueprint, identifier string) (Entry, bool) {
	s, found := slices.BinarySearchFunc(c.blueprints, blueprint, func(s section, name string) int { return strings.Compare(s.blueprint, name) })
	if !found {
		return Entry{}, false
	}
	first := 0
	if s > 0 {
		first = c.blueprints[s-1].end
	}
	count := c.blueprints[s].end - first
	i, found := sort.Find(count, func(i int) int { return strings.Compare(identifier, c.identifier(first+i)) })
	if !found {
		return Entry{}, false
	}
	return c.entry(blueprint, first+i), true
}

func (c *Snapshot) identifier(i int) string {
	var start uint32
	if i > 0 {
		start = c.rows[i-1].end
	}
	return c.text[start:c.rows[i].end]
}

func (c *Snapshot) entry(blueprint string, i int) Entry {
	r := &c.rows[i]
	return Entry{
		Blueprint: blueprint, Identifier: c.identifier(i),
		Region: c.cells[r.cell].region, Kind: c.cells[r.cell].kind, Hash: r.hash,
		Seen: fromSeconds(r.seen), Written: fromSeconds(r.written), Absences: int(r.absences),
	}
}

// builder makes a snapshot of entries in the order of their keys.
type builder struct {
	c     *Snapshot
	cells map[cell]uint32
	text  []byte
	last  Entry
}

func newBuilder(header Header, size int) *builder {
	return &builder{c: &Snapshot{Header: header, rows: make([]row, 0, size)}, cells: make(map[cell]uint32)}
}

func (b *builder) add(e Entry) error {
	if err := checkEntry(e); err != nil {
		return err
	}
	if len(b.c.rows) > 0 && compareEntries(b.last, e) >= 0 {
		return fmt.Errorf("%s/%s comes twice or out of order", e.Blueprint, e.Identifier)
	}
	if len(b.text)+len(e.Identifier) > math.MaxUint32 {
		return fmt.Errorf("the identifiers have more than %d bytes", math.MaxUint32)
	}
	in := cell{e.Region, e.Kind}
	at, known := b.cells[in]
	if !known {
		in = cell{strings.Clone(in.region), strings.Clone(in.kind)}
		at = uint32(len(b.c.cells))
		b.cells[in] = at
		b.c.cells = append(b.c.cells, in)
	}
	if last := len(b.c.blueprints) - 1; last < 0 || b.c.blueprints[last].blueprint != e.Blueprint {
		b.c.blueprints = append(b.c.blueprints, section{blueprint: strings.Clone(e.Blueprint)})
	}
	b.text = append(b.text, e.Identifier...)
	b.c.rows = append(b.c.rows, row{
		end: uint32(len(b.text)), cell: at, hash: e.Hash,
		seen: toSeconds(e.Seen), written: toSeconds(e.Written), absences: uint32(e.Absences),
	})
	b.c.blueprints[len(b.c.blueprints)-1].end = len(b.c.rows)
	b.last = e
	return nil
}

func (b *builder) snapshot() *Snapshot {
	b.c.text = string(b.text)
	b.c.rows = slices.Clip(b.c.rows)
	return b.c
}

func checkEntry(e Entry) error {
	switch {
	case e.Blueprint == "" || e.Identifier == "":
		return fmt.Errorf("an entry without blueprint or identifier: %q, %q", e.Blueprint, e.Identifier)
	case len(e.Blueprint)+len(e.Identifier)+len(e.Region)+len(e.Kind) > maxRecord/2:
		return fmt.Errorf("an entry of blueprint %.100q has a key or a cell of more than %d bytes", e.Blueprint, maxRecord/2)
	case e.Absences < 0 || e.Absences > math.MaxInt32:
		return fmt.Errorf("%s/%s has %d absences", e.Blueprint, e.Identifier, e.Absences)
	case !inRange(e.Seen) || !inRange(e.Written):
		return fmt.Errorf("%s/%s was seen %v and written %v, which is no time between 1970 and 2106", e.Blueprint, e.Identifier, e.Seen, e.Written)
	}
	return nil
}

func inRange(t time.Time) bool { return t.IsZero() || t.Unix() > 0 && t.Unix() <= math.MaxUint32 }

func toSeconds(t time.Time) uint32 {
	if t.IsZero() {
		return 0
	}
	return uint32(t.Unix())
}

func fromSeconds(s uint32) time.Time {
	if s == 0 {
		return time.Time{}
	}
	return time.Unix(int64(s), 0).UTC()
}

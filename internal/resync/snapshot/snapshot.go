package snapshot

import (
	"cmp"
	"fmt"
	"iter"
	"math"
	"slices"
	"sort"
	"strings"
	"time"

	"portolan/internal/resync/cell"
	"portolan/internal/resync/entity"
)

// Header says which account a snapshot is of, and what it was made with.
type Header struct {
	Account    string    `json:"account"`
	Run        string    `json:"run"`
	Generation uint64    `json:"generation"` // of the lease under which it was written
	Started    time.Time `json:"started"`    // of the run, by Portolan's clock
	Ended      time.Time `json:"ended"`
	Mapping    string    `json:"mapping"`    // hash of the mapping
	Blueprints string    `json:"blueprints"` // hash of the blueprints
	Program    string    `json:"program"`    // version of Portolan
	// Integration owns the snapshot, "aws-v3/my-aws"; older versions left it "".
	Integration string `json:"integration,omitempty"`
}

// Entry is one entity that Portolan put into Port. (Blueprint, Identifier) is its key.
type Entry struct {
	Blueprint, Identifier string
	Region                cell.Region // of the cell that it came from; "" for a global kind
	Kind                  cell.Kind
	entity.Content        // that Port took
	// Resources are what it was made of; "" if its kind needs none.
	Resources entity.Resources
	// Seen is the start of the last run that produced it, Written the time when it was last
	// sent. Both are kept in whole seconds; zero is never.
	Seen, Written time.Time
	// Absences counts the runs that read the cell to the end and did not find it.
	Absences int
}

// Snapshot is what Portolan knows about its own entities in one account after a run. It is
// immutable. An entry takes 64 bytes in addition to its identifier, and one with resources 8 bytes
// more in addition to these.
type Snapshot struct {
	Header Header

	blueprints []section // in order of their names
	cells      []held
	text       string // all identifiers, one after the other
	rows       []row
	made       made
	settled    map[settledKey]string // as JSON
}

// section is the rows of one blueprint: they end before end, and begin where the previous section
// ends.
type section struct {
	blueprint string
	end       int
}

type place struct {
	region cell.Region
	kind   cell.Kind
}

// held is a cell, and how many entries it has.
type held struct {
	place
	entries int
}

// row is an entry. Its identifier begins in the text where that of the previous row ends.
type row struct {
	end           uint32
	cell          uint32
	content       entity.Content
	seen, written uint32 // seconds since 1970
	absences      uint32
}

// made is what entries were made of, of those that have resources. Most kinds need none, and their
// entries take no room here.
type made struct {
	text string // of all resources, one after the other
	ends []resourcesEnd
}

// resourcesEnd says where the resources of a row end in the text. They begin where those of the
// element before it end.
type resourcesEnd struct{ row, end uint32 }

// of returns the resources of a row.
func (m *made) of(row int) entity.Resources {
	at, found := slices.BinarySearchFunc(m.ends, uint32(row), func(e resourcesEnd, row uint32) int { return cmp.Compare(e.row, row) })
	if !found {
		return ""
	}
	var start uint32
	if at > 0 {
		start = m.ends[at-1].end
	}
	return entity.Resources(m.text[start:m.ends[at].end])
}

// New returns a snapshot of entries in any order. It returns an error if two have the same key,
// or one has none.
func New(header Header, entries iter.Seq[Entry]) (*Snapshot, error) {
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

// All returns the entries in the order of their keys.
func (s *Snapshot) All() iter.Seq[Entry] {
	return func(yield func(Entry) bool) {
		i := 0
		for _, of := range s.blueprints {
			for ; i < of.end; i++ {
				if !yield(s.entry(of.blueprint, i)) {
					return
				}
			}
		}
	}
}

// Find returns the entry with a key.
func (s *Snapshot) Find(blueprint, identifier string) (Entry, bool) {
	at, found := slices.BinarySearchFunc(s.blueprints, blueprint, func(of section, name string) int { return strings.Compare(of.blueprint, name) })
	if !found {
		return Entry{}, false
	}
	first := 0
	if at > 0 {
		first = s.blueprints[at-1].end
	}
	count := s.blueprints[at].end - first
	i, found := sort.Find(count, func(i int) int { return strings.Compare(identifier, s.identifier(first+i)) })
	if !found {
		return Entry{}, false
	}
	return s.entry(blueprint, first+i), true
}

// Count returns how many entries a cell has.
func (s *Snapshot) Count(region cell.Region, kind cell.Kind) int {
	for _, of := range s.cells {
		if of.region == region && of.kind == kind {
			return of.entries
		}
	}
	return 0
}

func (s *Snapshot) identifier(i int) string {
	var start uint32
	if i > 0 {
		start = s.rows[i-1].end
	}
	return s.text[start:s.rows[i].end]
}

func (s *Snapshot) entry(blueprint string, i int) Entry {
	r := &s.rows[i]
	return Entry{
		Blueprint: blueprint, Identifier: s.identifier(i),
		Region: s.cells[r.cell].region, Kind: s.cells[r.cell].kind, Content: r.content,
		Seen: fromSeconds(r.seen), Written: fromSeconds(r.written), Absences: int(r.absences), Resources: s.made.of(i),
	}
}

// builder makes a snapshot of entries in the order of their keys.
type builder struct {
	made  *Snapshot
	cells map[place]uint32
	text  []byte
	from  []byte // resources
	last  Entry
}

func newBuilder(header Header, size int) *builder {
	return &builder{made: &Snapshot{Header: header, rows: make([]row, 0, size)}, cells: make(map[place]uint32)}
}

func (b *builder) add(e Entry) error {
	if err := checkEntry(e); err != nil {
		return err
	}
	if len(b.made.rows) > 0 && compareEntries(b.last, e) >= 0 {
		return fmt.Errorf("%s/%s comes twice or out of order", e.Blueprint, e.Identifier)
	}
	if len(b.text)+len(e.Identifier) > math.MaxUint32 || len(b.from)+len(e.Resources) > math.MaxUint32 {
		return fmt.Errorf("the identifiers have more than %d bytes", math.MaxUint32)
	}
	in := place{e.Region, e.Kind}
	at, known := b.cells[in]
	if !known {
		in = place{cell.Region(strings.Clone(string(in.region))), cell.Kind(strings.Clone(string(in.kind)))}
		at = uint32(len(b.made.cells))
		b.cells[in] = at
		b.made.cells = append(b.made.cells, held{place: in})
	}
	b.made.cells[at].entries++
	if last := len(b.made.blueprints) - 1; last < 0 || b.made.blueprints[last].blueprint != e.Blueprint {
		b.made.blueprints = append(b.made.blueprints, section{blueprint: strings.Clone(e.Blueprint)})
	}
	b.text = append(b.text, e.Identifier...)
	b.made.rows = append(b.made.rows, row{
		end: uint32(len(b.text)), cell: at, content: e.Content,
		seen: toSeconds(e.Seen), written: toSeconds(e.Written), absences: uint32(e.Absences),
	})
	if e.Resources != "" {
		b.from = append(b.from, e.Resources...)
		b.made.made.ends = append(b.made.made.ends, resourcesEnd{uint32(len(b.made.rows) - 1), uint32(len(b.from))})
	}
	b.made.blueprints[len(b.made.blueprints)-1].end = len(b.made.rows)
	b.last = e
	return nil
}

func (b *builder) snapshot() *Snapshot {
	b.made.text = string(b.text)
	b.made.rows = slices.Clip(b.made.rows)
	b.made.made.text, b.made.made.ends = string(b.from), slices.Clip(b.made.made.ends)
	return b.made
}

func checkEntry(e Entry) error {
	switch {
	case e.Blueprint == "" || e.Identifier == "":
		return fmt.Errorf("an entry without blueprint or identifier: %q, %q", e.Blueprint, e.Identifier)
	case len(e.Blueprint)+len(e.Identifier)+len(e.Region)+len(e.Kind) > maxRecord/2:
		return fmt.Errorf("an entry of blueprint %.100q has a key or a cell of more than %d bytes", e.Blueprint, maxRecord/2)
	case len(e.Resources) > entity.MaxResources:
		return fmt.Errorf("%s/%s has resources of more than %d bytes", e.Blueprint, e.Identifier, entity.MaxResources)
	case e.Absences < 0 || e.Absences > math.MaxInt32:
		return fmt.Errorf("%s/%s has %d absences", e.Blueprint, e.Identifier, e.Absences)
	case !inRange(e.Seen) || !inRange(e.Written):
		return fmt.Errorf("%s/%s was seen %v and written %v, which is not between 1970 and 2106", e.Blueprint, e.Identifier, e.Seen, e.Written)
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

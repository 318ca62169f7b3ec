package chart

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"iter"
	"slices"
	"time"
)

// Cell is where an entity comes from. Region is empty for kinds that are read once
// in an account; for kinds that are read once in an Organization, so is Account.
type Cell struct{ Account, Region, Kind string }

// Key stands for an entity: a hash of its blueprint and identifier.
type Key [16]byte

// KeyOf gives the key of an entity.
func KeyOf(blueprint, identifier string) Key {
	h := sha256.New()
	h.Write([]byte(blueprint))
	h.Write([]byte{0})
	h.Write([]byte(identifier))
	return Key(h.Sum(nil)[:16])
}

// Content stands for what an entity holds: a hash of its body as Port took it. The
// zero Content equals no other: it is of an entity of which that is not known.
type Content [16]byte

// ContentOf gives the content of a body.
func ContentOf(body []byte) Content {
	sum := sha256.Sum256(body)
	return Content(sum[:16])
}

// Entry is an entity as a cell gave it. An entity that several resources of the
// mapping write has an entry for each of its contents.
type Entry struct {
	Key     Key
	Cell    Cell
	Content Content
	// Written is when Port took it, in whole seconds.
	Written time.Time
	// Absent counts the runs that read its cell to the end without it, at most 255.
	Absent int
}

// Head is what holds for all entities of a chart.
type Head struct {
	Account string
	// Run is the run that wrote the chart, Ended when it was over by Port's clock.
	Run   string
	Ended time.Time
	// Signature stands for everything but AWS that makes entities what they are: the
	// mapping, the blueprints, the form in which they are written.
	Signature string
}

// Chart is the chart of an account. It does not change.
type Chart struct {
	Head
	cells   []Cell
	records []record // by key, then cell, then content
}

// record is an entry with its cell by number.
type record struct {
	key     Key
	content Content
	written uint32 // seconds since 1970
	cell    uint32
	absent  uint8
}

func (a record) compare(b record) int {
	return cmp.Or(bytes.Compare(a.key[:], b.key[:]), cmp.Compare(a.cell, b.cell), bytes.Compare(a.content[:], b.content[:]))
}

// New makes a chart of entries, in any order. Of two that differ in nothing but
// time, the later one stays.
func New(head Head, entries iter.Seq[Entry]) *Chart {
	c := &Chart{Head: head}
	numbers := make(map[Cell]uint32)
	for e := range entries {
		number, known := numbers[e.Cell]
		if !known {
			number = uint32(len(c.cells))
			numbers[e.Cell] = number
			c.cells = append(c.cells, e.Cell)
		}
		c.records = append(c.records, record{
			key: e.Key, content: e.Content, cell: number,
			written: uint32(max(e.Written.Unix(), 0)), absent: uint8(min(max(e.Absent, 0), 255)),
		})
	}
	slices.SortFunc(c.records, func(a, b record) int { return cmp.Or(a.compare(b), cmp.Compare(b.written, a.written)) })
	c.records = slices.CompactFunc(c.records, func(a, b record) bool { return a.compare(b) == 0 })
	c.records = slices.Clip(c.records)
	return c
}

// Len is the number of entries.
func (c *Chart) Len() int { return len(c.records) }

// All gives every entry, in the order of the keys.
func (c *Chart) All() iter.Seq[Entry] { return c.entries(0, len(c.records)) }

// Of gives the entries of an entity.
func (c *Chart) Of(key Key) iter.Seq[Entry] {
	from, to := c.span(key)
	return c.entries(from, to)
}

// Holds says whether Port took an entity from a cell with just this content, not
// before a time.
func (c *Chart) Holds(key Key, cell Cell, content Content, since time.Time) bool {
	if content == (Content{}) {
		return false
	}
	for e := range c.Of(key) {
		if e.Cell == cell && e.Content == content {
			return !e.Written.Before(since)
		}
	}
	return false
}

func (c *Chart) span(key Key) (from, to int) {
	from, _ = slices.BinarySearchFunc(c.records, key, func(r record, key Key) int { return bytes.Compare(r.key[:], key[:]) })
	for to = from; to < len(c.records) && c.records[to].key == key; to++ {
	}
	return from, to
}

func (c *Chart) entries(from, to int) iter.Seq[Entry] {
	return func(yield func(Entry) bool) {
		for _, r := range c.records[from:to] {
			if !yield(Entry{r.key, c.cells[r.cell], r.content, time.Unix(int64(r.written), 0).UTC(), int(r.absent)}) {
				return
			}
		}
	}
}

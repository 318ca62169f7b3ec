// Package catalog is a software catalog in memory, and the page that shows it: blueprints, their
// entities, and how these relate. It is what Port would hold, for those who have no Port: portolan
// try fills it by a run, the demo from its simulator.
//
// The package decides what of a catalog is found and shown. It judges no entity and knows nothing of
// AWS; only [Port] knows what a run sends. It keeps nothing on a disk and calls nobody.
package catalog

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"portolan/internal/plain"
)

// Catalog holds blueprints and entities. It is safe for concurrent use.
type Catalog struct {
	mu         sync.RWMutex
	blueprints map[string]*blueprint
	entities   map[string]map[string]*entity // by blueprint and identifier
	inbound    map[key]map[source]bool       // who relates to an entity, whether that exists or not
	changed    time.Time
}

// key names an entity in the whole catalog.
type key struct{ blueprint, identifier string }

// source is an entity and its relation that leads to another.
type source struct {
	key
	relation string
}

// blueprint is what is known of the entities of one sort. Its parts are as the page gets them.
type blueprint struct {
	Identifier  string     `json:"identifier"`
	Title       string     `json:"title"`
	Description string     `json:"description,omitempty"`
	Properties  []property `json:"properties"`
	Relations   []relation `json:"relations"`
	Entities    int        `json:"entities"` // how many there are; set for an answer
}

type property struct {
	Name   string `json:"name"`
	Title  string `json:"title"`
	Type   string `json:"type"`
	Format string `json:"format,omitempty"`
}

type relation struct {
	Name   string `json:"name"`
	Title  string `json:"title"`
	Target string `json:"target"`
}

// entity is never changed, only replaced.
type entity struct {
	key
	title      string
	properties map[string]any
	relations  map[string][]string
	updated    time.Time
	text       string // in which a search looks: every name and value, in lower case
}

// New returns a catalog with blueprints, each as Port's API takes it, and no entities.
func New(blueprints []json.RawMessage) (*Catalog, error) {
	c := &Catalog{
		blueprints: map[string]*blueprint{}, entities: map[string]map[string]*entity{}, inbound: map[key]map[source]bool{},
		changed: time.Now(),
	}
	for _, raw := range blueprints {
		b, err := newBlueprint(raw)
		if err != nil {
			return nil, err
		}
		c.blueprints[b.Identifier] = b
		c.entities[b.Identifier] = map[string]*entity{}
	}
	return c, nil
}

func newBlueprint(raw json.RawMessage) (*blueprint, error) {
	var form struct {
		Identifier, Title, Description string
		Schema                         struct{ Properties map[string]property }
		Relations                      map[string]relation
	}
	if err := json.Unmarshal(raw, &form); err != nil {
		return nil, fmt.Errorf("the blueprint cannot be read: %w", err)
	}
	if form.Identifier == "" {
		return nil, fmt.Errorf("a blueprint has no identifier")
	}
	b := &blueprint{
		Identifier: form.Identifier, Title: cmp.Or(form.Title, form.Identifier), Description: form.Description,
		Properties: []property{}, Relations: []relation{},
	}
	for _, name := range slices.Sorted(maps.Keys(form.Schema.Properties)) {
		p := form.Schema.Properties[name]
		p.Name, p.Title = name, cmp.Or(p.Title, name)
		b.Properties = append(b.Properties, p)
	}
	for _, name := range slices.Sorted(maps.Keys(form.Relations)) {
		r := form.Relations[name]
		r.Name, r.Title = name, cmp.Or(r.Title, name)
		b.Relations = append(b.Relations, r)
	}
	return b, nil
}

// target is the blueprint to which a relation leads, "" if there is no such relation.
func (b *blueprint) target(name string) string {
	for _, r := range b.Relations {
		if r.Name == name {
			return r.Target
		}
	}
	return ""
}

// Count returns how many entities there are, and how many blueprints have some.
func (c *Catalog) Count() (entities, blueprints int) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	for _, of := range c.entities {
		if entities += len(of); len(of) > 0 {
			blueprints++
		}
	}
	return entities, blueprints
}

// longestText is how many characters of a text are kept.
const longestText = 100_000

// Put takes an entity, as Port's API does, in place of the one with its identifier. If it is to be
// merged, what it does not mention stays. Created says that there was none. Of its texts, which
// strangers write, only what may be shown is kept.
func (c *Catalog) Put(blueprint string, body json.RawMessage, merge bool) (identifier string, created bool, err error) {
	var form struct {
		Identifier, Title     any
		Properties, Relations map[string]any
	}
	decoder := json.NewDecoder(strings.NewReader(string(body)))
	decoder.UseNumber()
	if err := decoder.Decode(&form); err != nil {
		return "", false, fmt.Errorf("the entity cannot be read: %w", err)
	}
	identifier, _ = form.Identifier.(string)
	form = plain.Each(form, func(_, text string) string { return plain.Lines(text, longestText, "") })
	id, _ := form.Identifier.(string)
	if id == "" {
		return "", false, fmt.Errorf("the entity has no identifier, or a search in place of one")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	b := c.blueprints[blueprint]
	if b == nil {
		return "", false, fmt.Errorf("there is no blueprint %s", blueprint)
	}
	e := &entity{key: key{blueprint, id}, properties: map[string]any{}, relations: map[string][]string{}, updated: time.Now()}
	old := c.entities[blueprint][id]
	if old != nil && merge {
		e.title = old.title
		maps.Copy(e.properties, old.properties)
		maps.Copy(e.relations, old.relations)
	}
	if title, ok := form.Title.(string); ok {
		e.title = strings.TrimSpace(title) // a blank name is none: nobody could see it, or click on it
	}
	maps.Copy(e.properties, form.Properties)
	for name, value := range form.Relations {
		if b.target(name) != "" {
			e.relations[name] = targets(value)
		}
	}
	e.text = textOf(e)
	c.link(old, false)
	c.link(e, true)
	c.entities[blueprint][id] = e
	c.changed = e.updated
	return identifier, old == nil, nil
}

// targets are the identifiers in a relation's value. A search leads nowhere.
func targets(value any) []string {
	switch value := value.(type) {
	case string:
		return []string{value}
	case []any:
		var all []string
		for _, one := range value {
			if id, ok := one.(string); ok {
				all = append(all, id)
			}
		}
		return all
	}
	return nil
}

// link notes where the relations of an entity lead, or forgets it.
func (c *Catalog) link(e *entity, there bool) {
	if e == nil {
		return
	}
	for name, ids := range e.relations {
		for _, id := range ids {
			to := key{c.blueprints[e.blueprint].target(name), id}
			if !there {
				delete(c.inbound[to], source{e.key, name})
				continue
			}
			if c.inbound[to] == nil {
				c.inbound[to] = map[source]bool{}
			}
			c.inbound[to][source{e.key, name}] = true
		}
	}
}

// textOf writes what a search finds, each name and value on a line.
func textOf(e *entity) string {
	var all strings.Builder
	all.WriteString(e.identifier + "\n" + e.title + "\n")
	write(&all, e.properties)
	for _, ids := range e.relations {
		all.WriteString(strings.Join(ids, "\n") + "\n")
	}
	return strings.ToLower(all.String())
}

func write(to *strings.Builder, value any) {
	switch value := value.(type) {
	case nil:
	case map[string]any:
		for name, of := range value {
			to.WriteString(name + "\n")
			write(to, of)
		}
	case []any:
		for _, of := range value {
			write(to, of)
		}
	default:
		fmt.Fprintln(to, value)
	}
}

// found returns the entities in which every one of the words, in lower case, is somewhere, by title, and
// those whose title has them all before the others: those of a blueprint, or all if it is "".
func (c *Catalog) found(blueprint string, words []string) []*entity {
	var named, all []*entity
	lack := func(text string) bool {
		return slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(text, word) })
	}
	for name, of := range c.entities {
		if blueprint != "" && name != blueprint {
			continue
		}
		for _, e := range of {
			switch {
			case lack(e.text):
			case lack(strings.ToLower(e.name())):
				all = append(all, e)
			default:
				named = append(named, e)
			}
		}
	}
	slices.SortFunc(named, byName)
	slices.SortFunc(all, byName)
	return append(named, all...)
}

func byName(a, b *entity) int {
	return cmp.Or(cmp.Compare(a.name(), b.name()), cmp.Compare(a.identifier, b.identifier), cmp.Compare(a.blueprint, b.blueprint))
}

func (e *entity) name() string { return cmp.Or(e.title, e.identifier) }

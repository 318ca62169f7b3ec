package kind

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// Lasting says which answers about the resources of a kind cannot change any more. Nothing is
// asked again about a resource if the caller remembers what it gave ([Options.Settled]), and what
// is listed of it is the same as then. A kind with it has no optional follow-ups.
type Lasting struct {
	// Final says of a complete resource whether AWS changes nothing of it any more, unless what
	// is listed of it changes too, and apart from its tags.
	Final func(r *Resource, now time.Time) bool
	// Listed are the properties in the listing that tell whether something has changed. Without
	// one of them nothing lasts.
	Listed []string
	// For is how long the answers are believed.
	For time.Duration
	// Beneath says that what lasts is all that is beneath a parent of the listing, and if all of
	// it is final. The listing is opened with [BeneathLasting].
	Beneath bool
	// Tags, unless it is nil, are the tags that a resource has when it is complete. They change
	// at any time, and so are asked for each time.
	Tags *LastingTags
}

// LastingTags says how the tags of a resource are asked for of which all else lasts.
type LastingTags struct {
	// Form is how the complete resource has them, in a list.
	Form TagForm
	// Call asks about one resource, and answers as Form says. In bulk it is asked about a few
	// resources only; unless InBulk is set, about all.
	Call   Call
	InBulk bool
}

// Proof stands for all that is listed of a resource, and its tags. The zero Proof stands for
// nothing.
type Proof [16]byte

// with returns the proof that stands for tags too, whatever their order.
func (p Proof) with(tags Object) Proof {
	text, err := json.Marshal(tags) // in the order of the keys
	if err != nil {
		return Proof{}
	}
	sum := sha256.Sum256(append(p[:], text...))
	return Proof(sum[:16])
}

// proofOf returns the proof that stands for what is listed; zero if that proves nothing.
func (l *Lasting) proofOf(listed Object) Proof {
	for _, name := range l.Listed {
		if listed[name] == nil {
			return Proof{}
		}
	}
	return Proof{}.with(listed)
}

// Key names the resource in its cell: its ID, and that of its parent.
func (r *Resource) Key() string {
	if r.Parent == "" {
		return r.ID
	}
	return r.Parent + "\n" + r.ID
}

// standing is what is known of a resource, or of all beneath a parent, because it lasts.
type standing int

const (
	// asked resources are described as always.
	asked standing = iota
	// settled says that nothing is asked about the resource, or beneath it.
	settled
	// ended is no resource: it stands behind the last one beneath a parent.
	ended
	// endedEarly is ended for a parent of which not everything could be listed.
	endedEarly
)

// tagsOf returns the tags of a complete resource as a map.
func (l *LastingTags) tagsOf(properties Object) Object {
	list, _ := properties[l.Form.Property].([]any)
	tags := Object{}
	for _, item := range list {
		tag, _ := item.(Object)
		if key, ok := tag[l.Form.Key].(string); ok {
			tags[key] = tag[l.Form.Value]
		}
	}
	return tags
}

// mapped returns the form and the call with which the tags are a map, so that their order does
// not matter.
func (l *LastingTags) mapped() (TagForm, Call) {
	form := TagForm{ARN: l.Form.ARN, Property: l.Form.Property}
	return form, func(ctx context.Context, t Target, batch []*Resource) (map[string]Object, error) {
		answers, err := l.Call(ctx, t, batch)
		for id, answer := range answers {
			answers[id] = Object{form.Property: l.tagsOf(answer)}
		}
		return answers, err
	}
}

// remembering is how a reading leaves out what lasts.
type remembering struct {
	*Lasting
	settled func(key string) (Proof, bool)

	opening sync.Once
	bulk    TagAnswers
	asking  sync.Mutex // the tagging API is asked about one chunk at a time
}

// rememberingOf returns nil if nothing that the kind reads lasts, or nobody remembers it.
func (k *Kind) rememberingOf(o Options) *remembering {
	if k.Lasting == nil || o.Settled == nil || len(o.Actions) > 0 {
		return nil
	}
	return &remembering{Lasting: k.Lasting, settled: o.Settled}
}

// recall notes what is listed of resources, and which of them need not be asked about.
func (m *remembering) recall(ctx context.Context, t Target, resources []*Resource, parallel int) {
	if m == nil || m.Beneath {
		return
	}
	known := make(map[*Resource]Proof)
	for _, one := range resources {
		if one.standing != asked {
			continue
		}
		one.listed = m.proofOf(one.Properties)
		if proof, ok := m.settled(one.Key()); ok {
			known[one] = proof
		}
	}
	if len(known) == 0 {
		return
	}
	candidates := slices.DeleteFunc(slices.Clone(resources), func(one *Resource) bool { return known[one] == Proof{} })
	tags, told := m.tags(ctx, t, candidates, parallel)
	for i, one := range candidates {
		if proof := m.proof(one, tags[i]); told[i] && proof != (Proof{}) && proof == known[one] {
			one.standing = settled
		}
	}
}

// proof returns the proof that stands for a resource with these tags.
func (m *remembering) proof(one *Resource, tags Object) Proof {
	if m.Tags == nil || one.listed == (Proof{}) {
		return one.listed
	}
	return one.listed.with(tags)
}

// tags returns the tags of resources, and of which they are known.
func (m *remembering) tags(ctx context.Context, t Target, resources []*Resource, parallel int) (tags []Object, told []bool) {
	tags, told = make([]Object, len(resources)), make([]bool, len(resources))
	switch {
	case m.Tags == nil:
		for i := range told {
			told[i] = true
		}
	case m.Tags.InBulk:
		m.inBulk(ctx, t, resources, tags, told)
	default:
		form, call := m.Tags.mapped()
		var calls errgroup.Group
		calls.SetLimit(parallel)
		for i, one := range resources {
			calls.Go(func() error {
				answers, err := call(ctx, t, []*Resource{one})
				tags[i], told[i] = answers[one.ID][form.Property].(Object)
				told[i] = told[i] && err == nil // whatever it is, the follow-up meets it again
				return nil
			})
		}
		_ = calls.Wait()
	}
	return tags, told
}

// inBulk asks the tagging API. What it leaves out has no tags that it knows of: this is believed
// of a resource that had none when it was asked about alone, for as long as the answers last.
func (m *remembering) inBulk(ctx context.Context, t Target, resources []*Resource, tags []Object, told []bool) {
	if t.Tags == nil {
		return
	}
	form, call := m.Tags.mapped()
	m.opening.Do(func() { m.bulk = t.Tags.Open(t, form, call) })
	m.asking.Lock()
	defer m.asking.Unlock()
	answers, all := m.bulk(ctx, resources)
	for i, one := range resources {
		tags[i], told[i] = Object{}, all
		if of, named := answers[one.ID][form.Property].(Object); named {
			tags[i] = of
		}
	}
}

// lasts returns the proof with which a resource that was asked about need not be asked about
// again; zero if it has to be.
func (m *remembering) lasts(one *Resource) Proof {
	if m == nil || m.Beneath || one.standing != asked || !m.Final(one, time.Now()) {
		return Proof{}
	}
	if m.Tags == nil {
		return one.listed
	}
	if _, told := one.Properties[m.Tags.Form.Property]; !told {
		return Proof{}
	}
	return m.proof(one, m.Tags.tagsOf(one.Properties))
}

// BeneathLasting is [Beneath] for a kind of which all that is beneath a parent may last.
func BeneathLasting(t Target, outer Pages, inner func(parent *Resource) Pages, nothing ...string) Pages {
	return beneath(t.remembers, outer, inner, nothing)
}

// parent says whether a parent's listing is left out, and otherwise notes what is listed of it.
func (m *remembering) parent(one *Resource) bool {
	one.listed = m.proofOf(one.Properties)
	proof, known := m.settled(one.ID)
	return known && proof == one.listed && proof != Proof{}
}

// group follows what is beneath a parent, in the order of the listing.
type group struct {
	spoilt bool // something could not be read, or is not final
	some   bool
}

// add takes a resource into account.
func (g *group) add(m *remembering, one *Resource) {
	if m == nil || !m.Beneath {
		return
	}
	g.some = true
	g.spoilt = g.spoilt || !m.Final(one, time.Now())
}

// end returns the proof with which nothing beneath the parent needs to be asked about again; zero
// if it has to be. It begins with the next parent.
func (g *group) end(one *Resource) Proof {
	lasts := g.some && !g.spoilt && one.standing == ended
	*g = group{}
	if !lasts {
		return Proof{}
	}
	return one.listed
}

package awssim

import "time"

// The vocabulary of made-up resources.
var (
	teams = []string{
		"checkout", "orders", "payments", "catalog", "search", "pricing", "shipping", "identity",
		"ledger", "billing", "returns", "loyalty", "inventory", "reporting", "platform", "mobile",
	}
	stages      = []string{"prod", "prod", "prod", "staging", "dev"}
	costCenters = []string{"cc-1010", "cc-1140", "cc-2230", "cc-3075", "cc-4410"}
)

// firstCreated is when the oldest made-up resources appeared.
var firstCreated = time.Date(2021, time.March, 1, 6, 0, 0, 0, time.UTC)

// reach is how far a population's history goes back; AWS keeps some for a year.
const reach = 300 * 24 * time.Hour

// lineage is what a population needs to know of its account beyond its own place.
type lineage struct {
	began time.Time
	count int
	// owner is the place of the owners, owners their number, at least one.
	owner  origin
	owners int
}

// trace finds the lineages of all populations that belong to something.
func (h *holding) trace(began time.Time) map[shelfKey]*lineage {
	lineages := map[shelfKey]*lineage{}
	for i := range h.Populations {
		p := &h.Populations[i]
		for _, region := range p.Regions {
			if l := h.lineage(p.Kind, region, began); l != nil {
				lineages[shelfKey{p.Kind, region}] = l
			}
		}
	}
	return lineages
}

func (h *holding) lineage(kind, region string, began time.Time) *lineage {
	owner := kindNamed(kind).owner
	if owner == "" {
		return nil
	}
	return &lineage{
		began: began, count: h.population(kind, region),
		owner:  origin{h.ID, region, kindNamed(owner), h.lineage(owner, region, began)},
		owners: max(h.population(owner, region), 1),
	}
}

// resource makes the resource with an index.
func (o origin) resource(index int) Resource {
	r := Resource{Kind: o.kind.name, Region: o.region, ID: o.id(index)}
	if o.kind.history {
		r.Created = o.happened(index)
		return r
	}
	d := o.die(index)
	name := pick(d, teams)
	r.Tags = map[string]string{"Name": name + "-" + pick(d, o.kind.things), "Team": name}
	d.next()
	years := 5
	if o.kind.old {
		years = 2
	}
	r.Created = firstCreated.Add(time.Duration(d.below(years*365*24)) * time.Hour).Add(time.Duration(d.below(3600)) * time.Second)
	r.Tags["Environment"] = pick(d, stages)
	r.Tags["CostCenter"] = pick(d, costCenters)
	if o.kind.tie != "" {
		r.Attributes = map[string]any{o.kind.tie: o.ownerID(index)}
	}
	return r
}

// happened is when the event with an index took place: many of late, fewer the
// longer ago, and each before the one with the index below.
func (o origin) happened(index int) time.Time {
	part := (float64(index) + float64(o.die(index).below(900))/1000) / float64(o.lineage.count)
	return o.lineage.began.Add(-time.Duration(part * part * float64(reach))).Truncate(time.Millisecond)
}

// sometime is a made-up time for an event that has none.
func (w *world) sometime(id string) time.Time {
	return w.began.Add(-time.Duration(dieOf("happened", id).below(int(reach/time.Second))) * time.Second)
}

// late says whether an event may still be under way.
func (c *call) late(r *Resource) bool {
	return created(r).After(c.server.world.began.Add(-8 * time.Hour))
}

// created is when a resource came into being, made up if it was not said.
func created(r *Resource) time.Time {
	if !r.Created.IsZero() {
		return r.Created
	}
	return firstCreated.Add(time.Duration(dieOf("created", r.ID).below(5*365*24*3600)) * time.Second)
}

// given is the value of a text attribute, otherwise the made-up one.
func given(r *Resource, name, otherwise string) string {
	if text, said := r.Attributes[name].(string); said {
		return text
	}
	return otherwise
}

// twin is the ID of the resource of another kind that has the same index as a
// resource, nothing if either is of no population.
func (w *world) twin(account, kind string, r *Resource) string {
	w.mu.RLock()
	defer w.mu.RUnlock()
	h := w.accounts[account]
	slot, there := h.slot(r.Kind, r.Region, r.ID)
	if !there || slot >= min(h.population(r.Kind, r.Region), h.population(kind, r.Region)) {
		return ""
	}
	return h.origin(kind, r.Region).id(slot)
}

// neighbour is the ID of some resource of an independent kind in the same account
// and region; a made-up one if the kind has no population there.
func (c *call) neighbour(kind string, d *die) string {
	c.server.world.mu.RLock()
	defer c.server.world.mu.RUnlock()
	return c.server.world.accounts[c.caller.account].any(kind, c.signature.region, d)
}

func (h *holding) any(kind, region string, d *die) string {
	n := h.population(kind, region)
	if n == 0 {
		n = 100
	}
	return h.origin(kind, region).id(d.below(n))
}

package awssim

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// world is the estate while it is being served: looked up by many, changed now
// and then. Values that leave it are never changed afterwards.
type world struct {
	mu           sync.RWMutex
	began        time.Time // the day of the start, which histories lead up to
	partition    string
	organization *Organization
	owner        string // the management account's id
	policies     []Policy
	notOffered   map[Offering]bool
	unresolved   map[Offering]bool   // names that do not resolve although the service is offered
	listed       map[string][]string // what AWS's list says about a service, if that differs from the truth
	services     []string            // the names of all that are simulated, sorted
	proxy        int                 // the status of a proxy for names that do not resolve; 0 if there is none
	accounts     map[string]*holding
	order        []string // account ids as the estate lists them
	keys         map[string]userRef
	buckets      map[string]place // the buckets that are not of a population
	units        *unitTree
	tagging      taggingTold
}

type userRef struct {
	account string
	user    *User
}

type place struct{ account, region string }

// holding is an account and what has been put on its shelves.
type holding struct {
	*Account // replaced when it changes, so that it can be handed out
	shelves  map[shelfKey]*shelf
	lineages map[shelfKey]*lineage
	// expired is when the account's sessions were revoked last.
	expired time.Time
}

type shelfKey struct{ kind, region string }

// shelf holds what is known of one kind in one region beyond its population.
// Slots number everything that ever was on it: the population first, then the
// listed resources. A slot never moves, so a page token stays good while the
// shelf changes.
type shelf struct {
	changed map[int]Resource // members of the population that were given other contents
	gone    map[int]bool
	listed  []Resource
	byID    map[string]int // slots of listed and changed resources
}

func newWorld(e Estate, began time.Time) *world {
	w := &world{
		began:     began.UTC().Truncate(24 * time.Hour),
		partition: e.partition(), policies: e.Policies, notOffered: map[Offering]bool{},
		listed: map[string][]string{}, services: slices.Sorted(maps.Keys(services)),
		accounts: map[string]*holding{}, keys: map[string]userRef{}, buckets: map[string]place{},
	}
	for _, offering := range e.NotOffered {
		w.notOffered[offering] = true
	}
	for _, account := range e.Accounts {
		w.admit(account)
	}
	if e.Organization != nil {
		organization := *e.Organization
		w.organization = &organization
		w.units = newUnitTree(w.organization, e.Accounts)
	}
	return w
}

func (w *world) admit(account Account) {
	resources := account.Resources
	account.Resources = nil
	if account.State == "" {
		account.State = AccountActive
	}
	h := &holding{Account: &account, shelves: map[shelfKey]*shelf{}}
	h.lineages = h.trace(w.began)
	if account.Management {
		w.owner = account.ID
	}
	w.accounts[account.ID] = h
	w.order = append(w.order, account.ID)
	for i := range account.Users {
		user := account.Users[i]
		w.keys[user.AccessKeyID] = userRef{account.ID, &user}
	}
	for i := range account.Populations {
		for _, region := range account.Populations[i].Regions {
			w.stock(h, account.Populations[i].Kind, region)
		}
	}
	for _, resource := range resources {
		w.put(h, resource)
	}
}

// stock puts what AWS itself keeps of a type on the shelf of an account that comes to have
// resources of it.
func (w *world) stock(h *holding, kind, region string) {
	t := registry()[kind]
	if t == nil || len(t.schema.Managed) == 0 || h.shelves[shelfKey{kind, region}] != nil {
		return
	}
	h.shelf(kind, region)
	for _, id := range t.schema.Managed {
		w.put(h, Resource{Kind: kind, Region: region, Created: firstCreated, ID: strings.ReplaceAll(id, "{partition}", w.partition)})
	}
}

// population is how many resources of a kind and region exist by index alone.
func (h *holding) population(kind, region string) int {
	total := 0
	for i := range h.Populations {
		p := &h.Populations[i]
		if p.Kind == kind && slices.Contains(p.Regions, region) {
			total += p.Count
		}
	}
	return total
}

func (h *holding) origin(kind, region string) origin {
	return origin{h.ID, region, kindNamed(kind), h.lineages[shelfKey{kind, region}]}
}

func (h *holding) shelf(kind, region string) *shelf {
	key := shelfKey{kind, region}
	s := h.shelves[key]
	if s == nil {
		s = &shelf{changed: map[int]Resource{}, gone: map[int]bool{}, byID: map[string]int{}}
		h.shelves[key] = s
	}
	return s
}

// slot finds the slot of a resource that exists.
func (h *holding) slot(kind, region, id string) (int, bool) {
	s := h.shelves[shelfKey{kind, region}]
	if s != nil {
		if slot, found := s.byID[id]; found {
			return slot, true
		}
	}
	count := h.population(kind, region)
	if count == 0 {
		return 0, false
	}
	slot, found := h.origin(kind, region).index(id)
	return slot, found && slot < count && (s == nil || !s.gone[slot])
}

// at is the resource in a slot; it is not there if it was removed.
func (h *holding) at(kind, region string, slot, population int) (Resource, bool) {
	s := h.shelves[shelfKey{kind, region}]
	if slot >= population {
		r := s.listed[slot-population]
		return r, r.ID != ""
	}
	if s != nil {
		if r, changed := s.changed[slot]; changed {
			return r, true
		}
		if s.gone[slot] {
			return Resource{}, false
		}
	}
	return h.origin(kind, region).resource(slot), true
}

// slots is the number of slots of a kind and region, and how many of them are
// its population.
func (h *holding) slots(kind, region string) (total, population int) {
	population = h.population(kind, region)
	total = population
	if s := h.shelves[shelfKey{kind, region}]; s != nil {
		total += len(s.listed)
	}
	return total, population
}

// list gathers the resources of a selection from a position on, at most size of them, and
// the position of the next page, -1 if there is none.
func (w *world) list(account, region string, s selection, from, size int) ([]Resource, int) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	h := w.accounts[account]
	if kindNamed(s.kind).owner != "" {
		return h.within(s, region, from, size)
	}
	total, population := h.slots(s.kind, region)
	var found []Resource
	for slot := from; slot < total; slot++ {
		r, there := h.at(s.kind, region, slot, population)
		if !there || s.keep != nil && !s.keep(&r) {
			continue
		}
		if len(found) == size {
			return found, slot
		}
		if found == nil {
			found = make([]Resource, 0, min(size, total-slot))
		}
		found = append(found, r)
	}
	return found, -1
}

// orphaned says whether a resource is gone because its owner is.
func (h *holding) orphaned(r *Resource) bool {
	k := kindNamed(r.Kind)
	if !k.inseparable || k.owner == "" {
		return false
	}
	_, there := h.slot(k.owner, r.Region, ownerOf(r))
	return !there
}

// find looks one resource up by its identifier.
func (w *world) find(account, kind, region, id string) (Resource, bool) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	h := w.accounts[account]
	if h == nil {
		return Resource{}, false
	}
	slot, found := h.slot(kind, region, id)
	if !found {
		return Resource{}, false
	}
	r, found := h.at(kind, region, slot, h.population(kind, region))
	return r, found && !h.orphaned(&r)
}

// bucket finds out where a bucket lies, whoever owns it.
func (w *world) bucket(name string) (place, bool) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if p, listed := w.buckets[name]; listed {
		return p, true
	}
	for _, part := range strings.Split(name, "-") {
		h := w.accounts[part]
		if h == nil {
			continue
		}
		for i := range h.Populations {
			for _, region := range h.Populations[i].Regions {
				if _, found := h.slot(Bucket, region, name); found {
					return place{h.ID, region}, true
				}
			}
		}
	}
	return place{}, false
}

// account returns an account as it is now, nil if there is none.
func (w *world) account(id string) *Account {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if h := w.accounts[id]; h != nil {
		return h.Account
	}
	return nil
}

// inOrder returns every account as it is now, as the estate lists them.
func (w *world) inOrder() []*Account {
	w.mu.RLock()
	defer w.mu.RUnlock()
	accounts := make([]*Account, 0, len(w.order))
	for _, id := range w.order {
		accounts = append(accounts, w.accounts[id].Account)
	}
	return accounts
}

// usable says whether a region may be used in an account.
func (w *world) usable(account, region string) bool {
	w.mu.RLock()
	defer w.mu.RUnlock()
	h := w.accounts[account]
	return h != nil && regionUsable(regionState(w.partition, region, h.Regions))
}

func (w *world) offered(service, region string) bool {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return !w.notOffered[Offering{service, region}]
}

// tree returns the organizational units as they are now, nil without an Organization.
func (w *world) tree() *unitTree {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.units
}

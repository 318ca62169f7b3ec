package awssim

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// owners are the kinds whose resources each belong to one of another kind. Those
// of a population belong to the owners' population in turn.
var owners = map[string]string{
	BuildRun:          Project,
	DeploymentGroup:   Application,
	Deployment:        DeploymentGroup,
	PipelineExecution: Pipeline,
	Service:           Cluster,
}

// histories are the kinds whose resources happened at some time. The population
// of a history is in order of time, the newest first.
var histories = map[string]bool{BuildRun: true, Deployment: true, PipelineExecution: true}

// inseparable are the kinds whose resources are gone as soon as their owner is.
var inseparable = map[string]bool{DeploymentGroup: true, PipelineExecution: true, Service: true}

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
	owner := owners[kind]
	if owner == "" {
		return nil
	}
	return &lineage{
		began: began, count: h.population(kind, region),
		owner:  origin{h.ID, region, owner, h.lineage(owner, region, began)},
		owners: max(h.population(owner, region), 1),
	}
}

// ownerID names what the resource with an index belongs to.
func (o origin) ownerID(index int) string {
	return o.lineage.owner.id(index % o.lineage.owners)
}

func (o origin) seed() uint64 { return uint64(*dieOf(o.kind, o.account, o.region)) }

// heirID names the resource with an index of a kind that belongs to something.
func (o origin) heirID(index int) string {
	switch o.kind {
	case Deployment:
		return "d-" + shortID(index, o.seed())
	case DeploymentGroup, Service:
		return fmt.Sprintf("%s/%s-%03d", o.ownerID(index), pick(o.die(index), things[o.kind]), index+1)
	case BuildRun:
		return o.ownerID(index) + ":" + longID(index, o.seed())
	}
	return o.ownerID(index) + "/" + longID(index, o.seed())
}

// heirIndex undoes heirID as [origin.index] does.
func (o origin) heirIndex(id string) (int, bool) {
	var index int
	var ok bool
	switch o.kind {
	case Deployment:
		index, ok = shortIndex(strings.TrimPrefix(id, "d-"), o.seed())
	case DeploymentGroup, Service:
		number, err := strconv.Atoi(id[strings.LastIndexByte(id, '-')+1:])
		index, ok = number-1, err == nil && number > 0 && number < 1<<31
	default:
		index, ok = longIndex(id[max(len(id)-uuidLength, 0):], o.seed())
	}
	return index, ok && o.id(index) == id
}

// years is how many years resources take to appear. What has a history is older
// than the history.
func (o origin) years() int {
	switch o.kind {
	case Project, Application, DeploymentGroup, Pipeline:
		return 2
	}
	return 5
}

// happened is when the event with an index took place: many of late, fewer the
// longer ago, and each before the one with the index below.
func (o origin) happened(index int) time.Time {
	part := (float64(index) + float64(o.die(index).below(900))/1000) / float64(o.lineage.count)
	return o.lineage.began.Add(-time.Duration(part * part * float64(reach))).Truncate(time.Millisecond)
}

// sometime is when an event took place of which it is not said when.
func (w *world) sometime(id string) time.Time {
	return w.began.Add(-time.Duration(dieOf("happened", id).below(int(reach/time.Second))) * time.Second)
}

// ownerOf is the ID of what a resource belongs to, as far as its own ID and
// attributes tell.
func ownerOf(r *Resource) string {
	switch r.Kind {
	case BuildRun:
		return r.ID[:max(strings.LastIndexByte(r.ID, ':'), 0)]
	case Deployment:
		application, _ := r.Attributes["applicationName"].(string)
		group, _ := r.Attributes["deploymentGroupName"].(string)
		if application == "" || group == "" {
			return ""
		}
		return application + "/" + group
	}
	return r.ID[:max(strings.LastIndexByte(r.ID, '/'), 0)]
}

// orphaned says whether a resource is gone because its owner is.
func (h *holding) orphaned(r *Resource) bool {
	if !inseparable[r.Kind] {
		return false
	}
	_, there := h.slot(owners[r.Kind], r.Region, ownerOf(r))
	return !there
}

// deploymentGroup is the ID of the group of a deployment: the one it names, the
// one of its index, or any if it is neither of a population nor says whose it is.
func (w *world) deploymentGroup(account string, r *Resource) string {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if said := ownerOf(r); said != "" {
		return said
	}
	h := w.accounts[account]
	if slot, there := h.slot(Deployment, r.Region, r.ID); there && slot < h.population(Deployment, r.Region) {
		return h.origin(Deployment, r.Region).ownerID(slot)
	}
	return h.anyDeploymentGroup(r.Region, dieOf("group", r.ID))
}

// someDeploymentGroup is neighbour for a group and its application.
func (w *world) someDeploymentGroup(account, region string, d *die) (application, group string) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	application, group, _ = strings.Cut(w.accounts[account].anyDeploymentGroup(region, d), "/")
	return application, group
}

func (h *holding) anyDeploymentGroup(region string, d *die) string {
	if n := h.population(DeploymentGroup, region); n > 0 {
		return h.origin(DeploymentGroup, region).id(d.below(n))
	}
	return h.any(Application, region, d) + "/" + pick(d, things[DeploymentGroup])
}

// buildNumber counts the builds of a project up to a build, as far as they are of
// a population; listed builds come after those.
func (w *world) buildNumber(account string, r *Resource) int {
	w.mu.RLock()
	defer w.mu.RUnlock()
	h := w.accounts[account]
	slot, there := h.slot(BuildRun, r.Region, r.ID)
	population := h.population(BuildRun, r.Region)
	if !there || population == 0 {
		return slot + 1
	}
	l := h.origin(BuildRun, r.Region).lineage
	owner, known := l.owner.index(ownerOf(r))
	if !known || owner >= l.owners {
		return slot - population + 1
	}
	total := (population - owner + l.owners - 1) / l.owners
	if slot >= population {
		return total + slot - population + 1
	}
	return total - slot/l.owners
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
// and region, of a made-up one if there is no population of it.
func (w *world) neighbour(account, kind, region string, d *die) string {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.accounts[account].any(kind, region, d)
}

func (h *holding) any(kind, region string, d *die) string {
	n := h.population(kind, region)
	if n == 0 {
		n = 100
	}
	return h.origin(kind, region).id(d.below(n))
}

package mapping

import (
	"slices"
	"sync/atomic"

	"portolan/internal/mapping/jq"
)

// Resource is one entry of the mapping: a kind to read, which of its items are
// taken, and the entities that they become. It is safe for concurrent use.
type Resource struct {
	Index    int // position in the mapping
	Kind     string
	Selector Selector
	// Blueprint is the expression of the first entity mapping's blueprint, as
	// it is written.
	Blueprint string

	// timeless says that the resource makes the same of a document at any time.
	timeless bool

	expressions []string // all of them, as they are written

	selector  *jq.Expression
	items     *expansion // nil without itemsToParse
	templates []*template
	late      atomic.Int32 // items whose programs took too long
}

// Selector says what is read, and which items are taken.
type Selector struct {
	// Query is the expression that must return true for an item.
	Query        string
	RegionPolicy RegionPolicy
	// IncludeActions are the optional actions of the kind to run, at most 3.
	IncludeActions []string
	// MaxConcurrentAccounts is how many accounts may be read at a time, at
	// least 1; it defaults to 5.
	MaxConcurrentAccounts int
	// CloudControl says whether documents are to have the form of Cloud Control, also for a
	// kind that has a form of its own; nil leaves it to what the entry names.
	CloudControl *bool
	// UseGetResourceAPI says whether each resource that Cloud Control lists is read as well;
	// nil: where its listing is known or found to be too little.
	UseGetResourceAPI *bool
	// ListGroupResources says that documents of resource groups have the groups' resources.
	ListGroupResources bool
	// IncludeSecrets names members that hold, or may hold, secrets and are to be in documents
	// all the same.
	IncludeSecrets []string
}

// Names says whether an expression of the resource names a member of the document itself, such
// as Properties or __Kind.
func (r *Resource) Names(member string) bool {
	return slices.ContainsFunc(r.expressions, func(text string) bool { return jq.Names(text, member) })
}

// RegionPolicy says which regions are read. Without any names, all are.
type RegionPolicy struct{ Allow, Deny []string }

// AllowsRegion says whether the resource is read in a region. A denied region
// is not read, even if it is allowed too; an allowed one is; any other is read
// only if nothing is allowed by name.
func (r *Resource) AllowsRegion(region string) bool {
	policy := r.Selector.RegionPolicy
	switch {
	case slices.Contains(policy.Deny, region):
		return false
	case slices.Contains(policy.Allow, region):
		return true
	default:
		return len(policy.Allow) == 0
	}
}

// Blueprints returns the blueprints that the resource's entities can have. all
// says that a blueprint is computed from the document, so that it can be any.
func (r *Resource) Blueprints() (blueprints []string, all bool) {
	for _, t := range r.templates {
		switch name := t.fixedBlueprint(); {
		case name == "":
			all = true
		case !slices.Contains(blueprints, name):
			blueprints = append(blueprints, name)
		}
	}
	return blueprints, all
}

// Paths returns the paths into the document that the resource's expressions certainly ask for,
// each once. What itemsToParse adds to the document is not among them.
func (r *Resource) Paths() []jq.Path {
	var all []jq.Path
	for _, text := range r.expressions {
		for _, path := range jq.Paths(text) {
			at := slices.IndexFunc(all, func(other jq.Path) bool { return slices.Equal(other.Names, path.Names) })
			switch {
			case r.items != nil && path.Names[0] == r.items.name:
			case at < 0:
				all = append(all, path)
			default:
				all[at].Spare = all[at].Spare && path.Spare
			}
		}
	}
	return all
}

package scope

import (
	"slices"

	"portolan/internal/aws/kind"
	"portolan/internal/mapping"
)

// Unit is a kind as the mapping wants it read: the entries of the mapping that are about
// one kind share one reading, with the follow-ups for which any of them asks. Each gets the
// documents of a reading with its own ones only.
type Unit struct {
	Kind    *kind.Kind
	Entries []*mapping.Resource
	Expect  kind.Expectation
	actions []string // of all its entries, in the kind's order
}

// Wish is an entry of the mapping, and the optional follow-ups for which it asks.
type Wish struct {
	Entry   *mapping.Resource
	Actions []string
}

// Wishes returns what is to be made of what the unit reads in a region, and the optional
// follow-ups of all.
func (u *Unit) Wishes(region string) (wishes []Wish, actions []string) {
	var wanted []string
	for _, entry := range u.Entries {
		if u.Kind.Scope == kind.Regional && !entry.AllowsRegion(region) {
			continue
		}
		wishes = append(wishes, Wish{entry, optionalActions(u.Kind, entry.Selector.IncludeActions)})
		wanted = append(wanted, entry.Selector.IncludeActions...)
	}
	return wishes, optionalActions(u.Kind, wanted)
}

// Actions returns the IAM actions of the unit's calls.
func (u *Unit) Actions() []string { return u.Kind.AllActions(append([]string{}, u.actions...)) }

// Allows says whether any of the unit's entries wants the region.
func (u *Unit) Allows(region string) bool {
	return slices.ContainsFunc(u.Entries, func(entry *mapping.Resource) bool { return entry.AllowsRegion(region) })
}

// Writes says whether any of the unit's entries can make entities of a blueprint.
func (u *Unit) Writes(blueprint string) bool {
	return slices.ContainsFunc(u.Entries, func(entry *mapping.Resource) bool { return Writes(entry, blueprint) })
}

// Writes says whether an entry of the mapping can make entities of a blueprint.
func Writes(entry *mapping.Resource, blueprint string) bool {
	blueprints, all := entry.Blueprints()
	return all || slices.Contains(blueprints, blueprint)
}

// unitsOf groups the entries of a mapping by kind, in the mapping's order.
func unitsOf(entries []*mapping.Resource, kinds []*kind.Kind) []*Unit {
	var units []*Unit
	known := make(map[string]*Unit)
	for _, entry := range entries {
		at := slices.IndexFunc(kinds, func(k *kind.Kind) bool { return k.Type == entry.Kind })
		if at < 0 {
			continue
		}
		u, ok := known[entry.Kind]
		if !ok {
			u = &Unit{Kind: kinds[at]}
			known[entry.Kind] = u
			units = append(units, u)
		}
		u.Entries = append(u.Entries, entry)
	}
	for _, u := range units {
		var wanted []string
		for _, entry := range u.Entries {
			wanted = append(wanted, entry.Selector.IncludeActions...)
		}
		u.actions = optionalActions(u.Kind, wanted)
	}
	return units
}

// optionalActions returns those of the wanted actions that change the reading.
func optionalActions(k *kind.Kind, wanted []string) []string {
	var actions []string
	for _, name := range k.OptionalNames() {
		if slices.Contains(wanted, name) {
			actions = append(actions, name)
		}
	}
	return actions
}

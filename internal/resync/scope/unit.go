package scope

import (
	"slices"

	"portolan/internal/aws/cloudcontrol"
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
	wishes  []Wish // of its entries
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
	for _, w := range u.wishes {
		if u.Kind.Scope == kind.Regional && !w.Entry.AllowsRegion(region) {
			continue
		}
		wishes = append(wishes, w)
		wanted = append(wanted, w.Actions...)
	}
	return wishes, optionalActions(u.Kind, wanted)
}

// FollowUps returns the names of the optional follow-ups for which the unit's entries ask, wherever
// they are read.
func (u *Unit) FollowUps() []string {
	var names []string
	for _, w := range u.wishes {
		names = append(names, w.Actions...)
	}
	return optionalActions(u.Kind, names)
}

// Questions returns what the unit's calls ask that those of other units may ask as well.
func (u *Unit) Questions() []string {
	actions := []string{}
	for _, w := range u.wishes {
		actions = append(actions, w.Actions...)
	}
	return u.Kind.Questions(actions)
}

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
func unitsOf(entries []*mapping.Resource, find Finder) []*Unit {
	var units []*Unit
	known := make(map[string]*Unit)
	for _, entry := range entries {
		u, ok := known[entry.Kind]
		if !ok {
			k := find(entry.Kind)
			if k == nil {
				continue
			}
			u = &Unit{Kind: k}
			known[entry.Kind] = u
			units = append(units, u)
		}
		u.Entries = append(u.Entries, entry)
	}
	for _, u := range units {
		wants := make([]cloudcontrol.Want, len(u.Entries))
		for i, entry := range u.Entries {
			wants[i] = WantOf(entry)
		}
		var forms [][]string
		u.Kind, forms = cloudcontrol.Shape(u.Kind, wants)
		for i, entry := range u.Entries {
			u.wishes = append(u.wishes, Wish{entry, optionalActions(u.Kind, slices.Concat(entry.Selector.IncludeActions, forms[i]))})
		}
	}
	return units
}

// WantOf returns how an entry of a mapping wants documents.
func WantOf(entry *mapping.Resource) cloudcontrol.Want {
	return cloudcontrol.Want{
		CloudControl: entry.Selector.CloudControl, Read: entry.Selector.UseGetResourceAPI,
		GroupResources: entry.Selector.ListGroupResources, Secrets: entry.Selector.IncludeSecrets, Names: entry.Names,
	}
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

package entity

import (
	"slices"
	"strings"
)

// Resources are the identifiers of the resources of one cell that an entity was made of, by
// which AWS can be asked whether they exist. They are kept for kinds whose listings may end
// short. "" says that none is remembered.
type Resources string

// MaxResources is the most bytes that the resources of an entity may take.
const MaxResources = 1024

const (
	// between stands between two identifiers; none of AWS's has it.
	between = "\x00"
	// tooMany are resources that are not remembered, because they take too much room or cannot
	// be told apart.
	tooMany Resources = between
)

// ResourceOf returns the resources of an entity that was made of one.
func ResourceOf(id string) Resources {
	if id == "" || strings.Contains(id, between) || len(id) > MaxResources {
		return tooMany
	}
	return Resources(id)
}

// IDs returns the identifiers, sorted; nil if they are not known.
func (r Resources) IDs() []string {
	if r == "" || r == tooMany {
		return nil
	}
	return strings.Split(string(r), between)
}

// Join returns the resources of an entity that was made of both.
func (r Resources) Join(other Resources) Resources {
	switch {
	case r == other || other == "":
		return r
	case r == "":
		return other
	case r == tooMany || other == tooMany:
		return tooMany
	}
	ids := append(r.IDs(), other.IDs()...)
	slices.Sort(ids)
	joined := Resources(strings.Join(slices.Compact(ids), between))
	if len(joined) > MaxResources {
		return tooMany
	}
	return joined
}

// Without returns the resources that are not done with. What is not known stays so.
func (r Resources) Without(done func(id string) bool) Resources {
	ids := r.IDs()
	if ids == nil {
		return r
	}
	return Resources(strings.Join(slices.DeleteFunc(ids, done), between))
}

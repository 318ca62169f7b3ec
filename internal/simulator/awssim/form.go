package awssim

import (
	"maps"
	"time"
)

// created is when a resource came into being, made up if it was not said.
func created(r *Resource) time.Time {
	if !r.Created.IsZero() {
		return r.Created
	}
	return firstCreated.Add(time.Duration(dieOf("created", r.ID).below(5*365*24*3600)) * time.Second)
}

// without is the attributes but those that are not members of the answer itself.
func without(attributes map[string]any, names ...string) map[string]any {
	some := false
	for _, name := range names {
		_, there := attributes[name]
		some = some || there
	}
	if !some {
		return attributes
	}
	rest := maps.Clone(attributes)
	for _, name := range names {
		delete(rest, name)
	}
	return rest
}

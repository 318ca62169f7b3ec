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

// given is the value of a text attribute, otherwise the made-up one.
func given(r *Resource, name, otherwise string) string {
	if text, said := r.Attributes[name].(string); said {
		return text
	}
	return otherwise
}

// ids are the IDs of resources.
func ids(resources []Resource) []string {
	list := make([]string, len(resources))
	for i := range resources {
		list[i] = resources[i].ID
	}
	return list
}

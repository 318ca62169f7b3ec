package reconcile

import "slices"

// PointingFirst orders blueprints so that a blueprint with a relation to another comes
// before it: an entity can be deleted when no other points at it. The targets
// are where the relations of a blueprint lead. Blueprints that point at each other keep
// their order.
func PointingFirst(blueprints []string, targets map[string][]string) []string {
	var ordered []string
	rest := slices.Clone(blueprints)
	for len(rest) > 0 {
		pointedAt := func(name string) bool {
			return slices.ContainsFunc(rest, func(other string) bool { return other != name && slices.Contains(targets[other], name) })
		}
		next := slices.IndexFunc(rest, func(name string) bool { return !pointedAt(name) })
		next = max(next, 0)
		ordered = append(ordered, rest[next])
		rest = slices.Delete(rest, next, next+1)
	}
	return ordered
}

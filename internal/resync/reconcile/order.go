package reconcile

import "slices"

// PointingFirst orders blueprints so that those whose relations lead to another of
// them come before it: an entity at which nothing points can be deleted. The targets
// are where the relations of a blueprint lead. Those that point at each other come as
// they are.
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

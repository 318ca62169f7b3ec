package awssim

import (
	"maps"
	"slices"
	"strings"
)

// unitTree knows the organizational units by path and by id. The root has the
// path "". It does not change once it is made; see [Server.MoveAccount].
type unitTree struct {
	ids   map[string]string
	paths map[string]string
}

// newUnitTree completes the organization's ids and gathers its units.
func newUnitTree(o *Organization, accounts []Account) *unitTree {
	seed := ""
	for i := range accounts {
		if accounts[i].Management {
			seed = accounts[i].ID
		}
	}
	if o.ID == "" {
		o.ID = "o-" + dieOf("organization", seed).text(10, lowerDigits)
	}
	if o.RootID == "" {
		o.RootID = "r-" + dieOf("root", seed).text(4, lowerDigits)
	}
	t := &unitTree{ids: map[string]string{"": o.RootID}, paths: map[string]string{o.RootID: ""}}
	for _, unit := range o.Units {
		t.add(unit.Path, unit.ID)
	}
	for i := range accounts {
		t.add(accounts[i].OU, "")
	}
	return t
}

// add makes sure that a unit and those above it exist.
func (t *unitTree) add(path, id string) {
	if _, known := t.ids[path]; known {
		return
	}
	if cut := strings.LastIndexByte(path, '/'); cut >= 0 {
		t.add(path[:cut], "")
	}
	if id == "" {
		root := strings.TrimPrefix(t.ids[""], "r-")
		id = "ou-" + root + "-" + dieOf("unit", root, path).text(8, lowerDigits)
	}
	t.ids[path] = id
	t.paths[id] = path
}

// children returns the paths of the units right below one, sorted.
func (t *unitTree) children(path string) []string {
	var below []string
	for _, candidate := range slices.Sorted(maps.Keys(t.ids)) {
		if candidate != "" && parentPath(candidate) == path {
			below = append(below, candidate)
		}
	}
	return below
}

// holds says whether a policy's target covers an account in a unit.
func (t *unitTree) holds(target string, account *Account) bool {
	if target == account.ID {
		return true
	}
	path, isID := t.paths[target]
	switch {
	case isID:
	case target == "root":
		path = ""
	default:
		if _, isPath := t.ids[target]; !isPath {
			return false
		}
		path = target
	}
	return path == "" || account.OU == path || strings.HasPrefix(account.OU, path+"/")
}

func parentPath(path string) string {
	return path[:max(strings.LastIndexByte(path, '/'), 0)]
}

func baseName(path string) string {
	return path[strings.LastIndexByte(path, '/')+1:]
}

package resync

import (
	"cmp"
	"slices"

	"portolan/internal/aws/account"
	"portolan/internal/aws/call"
	"portolan/internal/aws/kind"
	"portolan/internal/mapping"
	"portolan/internal/resync/cell"
)

// unit is a kind as the mapping wants it read: the resources of the mapping that are
// about one kind share one reading, with the follow-ups that any of them asks for. Each
// gets the documents of a reading with its own ones only.
type unit struct {
	kind      *kind.Kind
	actions   []string // of all its resources, in the kind's order
	resources []*mapping.Resource
	expect    kind.Expectation
}

// wish is a resource of the mapping, and the optional follow-ups that it asks for.
type wish struct {
	resource *mapping.Resource
	actions  []string
}

// wishes returns what is to be made of what the unit reads in a region, and the optional
// follow-ups of all.
func (u *unit) wishes(region string) (wishes []wish, actions []string) {
	var wanted []string
	for _, r := range u.resources {
		if u.kind.Scope == kind.Regional && !r.AllowsRegion(region) {
			continue
		}
		wishes = append(wishes, wish{r, optionalActions(u.kind, r.Selector.IncludeActions)})
		wanted = append(wanted, r.Selector.IncludeActions...)
	}
	return wishes, optionalActions(u.kind, wanted)
}

// allActions are the IAM actions of the unit's calls.
func (u *unit) allActions() []string { return u.kind.AllActions(append([]string{}, u.actions...)) }

// allows says whether any of the unit's resources wants the region.
func (u *unit) allows(region string) bool {
	return slices.ContainsFunc(u.resources, func(r *mapping.Resource) bool { return r.AllowsRegion(region) })
}

// unitsOf groups the resources of a mapping, in the mapping's order.
func unitsOf(resources []*mapping.Resource, kinds []*kind.Kind) []*unit {
	var units []*unit
	known := make(map[string]*unit)
	for _, r := range resources {
		at := slices.IndexFunc(kinds, func(k *kind.Kind) bool { return k.Type == r.Kind })
		if at < 0 {
			continue
		}
		u, ok := known[r.Kind]
		if !ok {
			u = &unit{kind: kinds[at]}
			known[r.Kind] = u
			units = append(units, u)
		}
		u.resources = append(u.resources, r)
	}
	for _, u := range units {
		var wanted []string
		for _, r := range u.resources {
			wanted = append(wanted, r.Selector.IncludeActions...)
		}
		u.actions = optionalActions(u.kind, wanted)
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

// place is where a cell can be read. Its desk is nil if the reading shares nothing.
type place struct {
	session *account.Session
	region  string
	desk    *call.Desk
}

// task is the unit of reading: a unit in a place. A regional task has one place.
// A global or a management task has several, of which one is enough, the
// likeliest first.
type task struct {
	unit   *unit
	places []place
}

// done says that the cell will not be read (again).
func (c task) done() {
	for _, p := range c.places {
		if p.desk != nil {
			p.desk.Leave()
		}
	}
}

// name names the cell, wherever it is read.
func (c task) name() cell.Name {
	name := cell.Name{Kind: c.unit.kind.Type}
	switch c.unit.kind.Scope {
	case kind.Regional:
		name.Account, name.Region = c.places[0].session.Account.ID, c.places[0].region
	case kind.Global:
		name.Account = c.places[0].session.Account.ID
	}
	return name
}

func (c task) origin() cell.Coverage {
	return cell.Coverage{Account: c.places[0].session.Account.ID, Kind: c.unit.kind.Type}
}

// maxGlobalPlaces bounds how many regions a global kind is asked for in turn.
const maxGlobalPlaces = 3

// cellsOf returns the cells of units in an account, region by region, so that those
// which share answers follow each other. Management units have none here.
func cellsOf(units []*unit, s *account.Session, regions []string, sharing *call.Sharing) []task {
	var cells []task
	for _, u := range units {
		if u.kind.Scope == kind.Global {
			cells = append(cells, globalCell(u, s, regions)...)
		}
	}
	for _, region := range regions {
		d := sharing.NewDesk()
		for _, u := range units {
			if u.kind.Scope != kind.Regional || !u.allows(region) {
				continue
			}
			p := place{session: s, region: region}
			if sharing.Wants(u.allActions()) {
				p.desk = d
				d.Seat()
			}
			cells = append(cells, task{u, []place{p}})
		}
	}
	return cells
}

func globalCell(u *unit, s *account.Session, regions []string) []task {
	var places []place
	for _, region := range regions {
		if u.allows(region) {
			places = append(places, place{session: s, region: region})
		}
	}
	if len(places) == 0 {
		return nil
	}
	slices.SortStableFunc(places, func(a, b place) int { return mainFirst(s, a.region, b.region) })
	return []task{{u, places[:min(len(places), maxGlobalPlaces)]}}
}

func mainFirst(s *account.Session, a, b string) int {
	rank := func(region string) int {
		if region == s.Config.Region {
			return 0
		}
		return 1
	}
	return cmp.Compare(rank(a), rank(b))
}

// managementCell returns the one cell of a management unit: any account may
// answer, the first that does is enough.
func managementCell(u *unit, sessions []*account.Session) task {
	places := make([]place, len(sessions))
	for i, s := range sessions {
		places[i] = place{session: s, region: s.Config.Region}
	}
	return task{u, places}
}

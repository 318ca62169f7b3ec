package resync

import (
	"cmp"
	"slices"

	"portolan/internal/aws/account"
	"portolan/internal/aws/call"
	"portolan/internal/aws/kind"
	"portolan/internal/resync/cell"
	"portolan/internal/resync/scope"
)

// task is a cell to be read, with the places where it can be read. A regional cell has
// one place. A global or a management cell has several, the likeliest first; one of them is
// enough.
type task struct {
	unit   *scope.Unit
	places []place
	last   func() // not nil: is told that the task is done
}

// place is where a cell can be read. Its desk is nil if the reading shares nothing.
type place struct {
	session *account.Session
	region  string
	desk    *call.Desk
}

// done says that the cell will not be read (again).
func (t task) done() {
	for _, p := range t.places {
		if p.desk != nil {
			p.desk.Leave()
		}
	}
	if t.last != nil {
		t.last()
	}
}

// name names the cell, wherever it is read.
func (t task) name() cell.Name {
	name := cell.Name{Kind: cell.Kind(t.unit.Kind.Type)}
	switch t.unit.Kind.Scope {
	case kind.Regional:
		name.Account, name.Region = cell.Account(t.places[0].session.Account.ID), cell.Region(t.places[0].region)
	case kind.Global:
		name.Account = cell.Account(t.places[0].session.Account.ID)
	}
	return name
}

// coverage is the kind in the account that is asked first.
func (t task) coverage() cell.Coverage { return t.coverageIn(t.places[0]) }

// coverageIn is the kind in the account of a place.
func (t task) coverageIn(p place) cell.Coverage {
	return cell.Coverage{Account: cell.Account(p.session.Account.ID), Kind: cell.Kind(t.unit.Kind.Type)}
}

// maxGlobalPlaces bounds how many regions a global kind is asked for in turn.
const maxGlobalPlaces = 3

// tasksOf returns the cells of units in an account, region by region, so that those which
// share answers follow each other. Management units have none here.
func tasksOf(units []*scope.Unit, s *account.Session, regions []string, sharing *call.Sharing) []task {
	var tasks []task
	for _, u := range units {
		if u.Kind.Scope == kind.Global {
			tasks = append(tasks, globalTask(u, s, regions)...)
		}
	}
	for _, region := range regions {
		desk := sharing.NewDesk()
		for _, u := range units {
			if u.Kind.Scope != kind.Regional || !u.Allows(region) {
				continue
			}
			p := place{session: s, region: region}
			if sharing.Wants(u.Questions()) {
				p.desk = desk
				desk.Seat()
			}
			tasks = append(tasks, task{unit: u, places: []place{p}})
		}
	}
	return tasks
}

func globalTask(u *scope.Unit, s *account.Session, regions []string) []task {
	var places []place
	for _, region := range regions {
		if u.Allows(region) {
			places = append(places, place{session: s, region: region})
		}
	}
	if len(places) == 0 {
		return nil
	}
	home := s.Config.Region
	if u.Kind.Home != nil {
		home = u.Kind.Home(s.Partition)
	}
	slices.SortStableFunc(places, func(a, b place) int { return homeFirst(home, a.region, b.region) })
	return []task{{unit: u, places: places[:min(len(places), maxGlobalPlaces)]}}
}

func homeFirst(home, a, b string) int {
	rank := func(region string) int {
		if region == home {
			return 0
		}
		return 1
	}
	return cmp.Compare(rank(a), rank(b))
}

// managementTask returns the one cell of a management unit: any account may answer, the
// first that does is enough.
func managementTask(u *scope.Unit, sessions []*account.Session) task {
	places := make([]place, len(sessions))
	for i, s := range sessions {
		places[i] = place{session: s, region: s.Config.Region}
	}
	return task{unit: u, places: places}
}

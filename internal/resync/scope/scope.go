// Package scope decides what a run is to read: the accounts, regions and kinds that
// settings, mapping and request allow. It also decides what it means if something is left
// out: whether somebody took it out by names that all exist, or whether a name that does
// not exist makes that doubtful.
//
// The package does no I/O and does not know what became of a cell. It refuses requests
// that name something that does not exist. It never assumes that something missing was
// left out on purpose.
package scope

import (
	"slices"

	"portolan/internal/aws/account"
	"portolan/internal/aws/kind"
	"portolan/internal/invocation"
	"portolan/internal/mapping"
	"portolan/internal/resync/cell"
	"portolan/internal/resync/reconcile"
)

// Scope is what a run is to read. It is complete once the accounts are listed and the
// newer regions are known; from then on it does not change, except for UnknownBlueprints.
type Scope struct {
	Request invocation.Request
	// Regions are those of PORTOLAN_REGIONS; none for all.
	Regions []string
	Mapping *mapping.Config
	// Mapped are the units of the mapping, Units those of them that the request leaves.
	Mapped, Units []*Unit
	// Listing are the accounts.
	Listing account.Listing
	// Newer are the regions that settings, mapping or request name, that AWS's SDK does not
	// know, and that an account lists all the same.
	Newer []string
	// UnknownBlueprints are those that the run's entities have and Port has not.
	UnknownBlueprints []string

	cells   map[cell.Name]bool    // those that the request names; nil if it names none
	touched map[cell.Account]bool // their accounts
}

// Finder returns the kind of a name; nil if there is none.
type Finder = func(name string) *kind.Kind

// New returns the scope of a request, before the accounts are listed.
func New(request invocation.Request, regions []string, m *mapping.Config, find Finder) *Scope {
	s := &Scope{Request: request, Regions: regions, Mapping: m, Mapped: unitsOf(m.Resources, find)}
	s.Units = s.Mapped
	if len(request.Kinds) > 0 {
		s.Units = slices.DeleteFunc(slices.Clone(s.Mapped), func(u *Unit) bool { return !slices.Contains(request.Kinds, u.Kind.Type) })
	}
	if len(request.Cells) > 0 {
		s.cells, s.touched = make(map[cell.Name]bool, len(request.Cells)), make(map[cell.Account]bool)
		kinds := make(map[string]bool)
		for _, c := range request.Cells {
			s.cells[c], s.touched[c.Account], kinds[string(c.Kind)] = true, true, true
		}
		s.Units = slices.DeleteFunc(slices.Clone(s.Units), func(u *Unit) bool { return !kinds[u.Kind.Type] })
	}
	return s
}

// Accounts returns the listed accounts that the request does not leave out.
func (s *Scope) Accounts() []account.Account {
	return slices.DeleteFunc(slices.Clone(s.Listing.Accounts), func(a account.Account) bool {
		return len(s.Request.Accounts) > 0 && !slices.Contains(s.Request.Accounts, a.ID) || !s.asksFor(a.ID)
	})
}

// asksFor says whether a request for single cells has some that may be read in an account. What is
// read once in an Organization is read in the account that listed it, if one did.
func (s *Scope) asksFor(account string) bool {
	return s.cells == nil || s.touched[cell.Account(account)] || s.touched[""] && s.Listing.Lister == nil
}

// Wants says whether the request allows a cell: all of them, unless it names single ones.
func (s *Scope) Wants(c cell.Name) bool { return s.cells == nil || s.cells[c] }

// WantedOf returns the cells of a kind in an account that a request for single cells names. All says
// that it is not such a request.
func (s *Scope) WantedOf(account cell.Account, kind cell.Kind) (cells []cell.Name, all bool) {
	if s.cells == nil {
		return nil, true
	}
	for _, c := range s.Request.Cells {
		if c.Account == account && c.Kind == kind {
			cells = append(cells, c)
		}
	}
	return cells, false
}

// Listed says whether an account is among those to read.
func (s *Scope) Listed(id string) bool {
	return slices.ContainsFunc(s.Listing.Accounts, func(a account.Account) bool { return a.ID == id })
}

// LeftRegions returns the regions that neither settings nor request leave out.
func (s *Scope) LeftRegions(of []string) []string {
	return slices.DeleteFunc(slices.Clone(of), func(region string) bool {
		return len(s.Regions) > 0 && !slices.Contains(s.Regions, region) ||
			len(s.Request.Regions) > 0 && !slices.Contains(s.Request.Regions, region)
	})
}

// unit returns the unit of a kind that the mapping has; nil if it has not.
func (s *Scope) unit(kind string) *Unit {
	at := slices.IndexFunc(s.Mapped, func(u *Unit) bool { return u.Kind.Type == kind })
	if at < 0 {
		return nil
	}
	return s.Mapped[at]
}

// MayWrite says whether the mapping can make entities of a blueprint from resources of a
// kind.
func (s *Scope) MayWrite(kind, blueprint string) bool {
	u := s.unit(kind)
	return u != nil && u.Writes(blueprint)
}

// Confirms says whether a complete listing of a kind of the mapping does not prove alone that a
// resource is gone.
func (s *Scope) Confirms(name string) bool {
	return slices.ContainsFunc(s.Mapped, func(u *Unit) bool { return u.Kind.Type == name && u.Kind.Confirm != nil })
}

// ScopeOf returns where a kind of the mapping is read.
func (s *Scope) ScopeOf(name string) kind.Scope { return s.unit(name).Kind.Scope }

// LeavesOut says whether the request leaves a cell out, or may: what is read once in an
// account is read through some region, which the request has to leave, and what is read
// once in an Organization through some account.
func (s *Scope) LeavesOut(c cell.Name) bool {
	out := func(wanted []string, name string) bool { return len(wanted) > 0 && !slices.Contains(wanted, name) }
	return !s.Wants(c) || out(s.Request.Kinds, string(c.Kind)) || out(s.Request.Accounts, string(c.Account)) || out(s.Request.Regions, string(c.Region))
}

// Account says what is known of an account; "" is the Organization itself. Entered says
// whether an account could be entered.
func (s *Scope) Account(id string, entered func(id string) bool) reconcile.Account {
	if id == "" || s.Listed(id) {
		return reconcile.Present
	}
	for _, skipped := range s.Listing.Skipped {
		switch {
		case skipped.ID != id:
		case skipped.Excluded():
			return reconcile.Absent
		default:
			return reconcile.Inactive
		}
	}
	if !s.takenOut(entered) {
		return reconcile.Unknown
	}
	return reconcile.Absent
}

// takenOut says whether an account that is not listed was taken out: a complete list of
// the Organization lacks it, or the settings name others, and each of them exists. A role
// that cannot be assumed may be a misspelling of the missing one. Settings without roles do
// not take out accounts.
func (s *Scope) takenOut(entered func(id string) bool) bool {
	switch s.Listing.Strategy {
	case account.ByIdentity:
		return false
	case account.ByList:
		return s.Listing.Proven() && !slices.ContainsFunc(s.Listing.Accounts, func(a account.Account) bool { return !entered(a.ID) })
	default:
		return s.Listing.Proven()
	}
}

// Inactive says whether an account, or any if the id is empty, is suspended or being
// closed.
func (s *Scope) Inactive(id string) bool {
	return slices.ContainsFunc(s.Listing.Skipped, func(skipped account.Skipped) bool {
		return !skipped.Excluded() && (id == "" || skipped.ID == id)
	})
}

package awssim

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"
)

// put places a resource on its shelf, in place of the one with its identifier.
func (w *world) put(h *holding, r Resource) {
	if kindNamed(r.Kind).history && r.Created.IsZero() {
		r.Created = w.sometime(r.ID)
	}
	w.stock(h, r.Kind, r.Region)
	s := h.shelf(r.Kind, r.Region)
	population := h.population(r.Kind, r.Region)
	slot, there := h.slot(r.Kind, r.Region, r.ID)
	switch {
	case there && slot < population:
		s.changed[slot] = r
	case there:
		s.listed[slot-population] = r
	default:
		slot = population + len(s.listed)
		s.listed = append(s.listed, r)
		if r.Kind == Bucket {
			w.buckets[r.ID] = place{h.ID, r.Region}
		}
	}
	s.byID[r.ID] = slot
}

// take removes a resource and says whether it was there.
func (w *world) take(h *holding, kind, region, id string) bool {
	slot, there := h.slot(kind, region, id)
	if !there {
		return false
	}
	s := h.shelf(kind, region)
	delete(s.byID, id)
	if population := h.population(kind, region); slot >= population {
		s.listed[slot-population] = Resource{Created: created(&s.listed[slot-population])} // its place in a history
		delete(w.buckets, id)
	} else {
		delete(s.changed, slot)
		s.gone[slot] = true
	}
	return true
}

// edit changes an account under the lock: change gets a copy of it.
func (w *world) edit(id string, change func(*Account) error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	h := w.accounts[id]
	if h == nil {
		return fmt.Errorf("account %s is not in the estate", id)
	}
	account := *h.Account
	if err := change(&account); err != nil {
		return fmt.Errorf("account %s: %w", id, err)
	}
	h.Account = &account
	return nil
}

// Put adds a resource to an account, or replaces the one with its identifier. A
// bucket's name must not be in use anywhere else.
func (s *Server) Put(account string, r Resource) error {
	if err := checkResource(s.world.partition, r); err != nil {
		return err
	}
	if r.Kind == Bucket {
		if p, taken := s.world.bucket(r.ID); taken && p != (place{account, r.Region}) {
			return fmt.Errorf("bucket %s is in account %s, %s", r.ID, p.account, p.region)
		}
	}
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	h := s.world.accounts[account]
	if h == nil {
		return fmt.Errorf("account %s is not in the estate", account)
	}
	_, there := h.slot(r.Kind, r.Region, r.ID)
	s.world.put(h, r)
	s.logCall(account, r.Kind, r.Region, func(of calls) string {
		if there {
			return of.change
		}
		return of.create
	})
	return nil
}

// Remove removes a resource and says whether it was there.
func (s *Server) Remove(account, kind, region, id string) bool {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	h := s.world.accounts[account]
	if h == nil || !s.world.take(h, kind, region, id) {
		return false
	}
	s.logCall(account, kind, region, func(of calls) string { return of.remove })
	return true
}

// Resources returns the resources of a kind that an account has in a region, in the
// order of the service's listing. It makes up whole populations: use it in tests.
func (s *Server) Resources(account, kind, region string) []Resource {
	if s.world.account(account) == nil {
		return nil
	}
	found, _ := s.world.list(account, region, selection{kind: kind}, 0, math.MaxInt)
	return found
}

// Accounts returns every account as it is now, without its listed resources.
func (s *Server) Accounts() []Account {
	accounts := s.world.inOrder()
	list := make([]Account, len(accounts))
	for i, account := range accounts {
		list[i] = *account
	}
	return list
}

// AddAccount adds an account to the estate.
func (s *Server) AddAccount(account Account) error {
	if account.Management {
		return errors.New("an organization has one management account; add a member")
	}
	lone := Estate{Partition: s.world.partition, Accounts: []Account{account}}
	if err := lone.Validate(); err != nil {
		return err
	}
	if s.world.account(account.ID) != nil {
		return fmt.Errorf("account %s is in the estate already", account.ID)
	}
	for _, r := range account.Resources {
		if p, taken := s.world.bucket(r.ID); taken && r.Kind == Bucket {
			return fmt.Errorf("bucket %s is in account %s, %s", r.ID, p.account, p.region)
		}
	}
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	s.world.admit(account)
	s.world.grow(account.OU)
	s.logOrganization("CreateAccount")
	return nil
}

// grow replaces the tree of units by one that has a path.
func (w *world) grow(path string) {
	if w.units == nil {
		return
	}
	tree := &unitTree{maps.Clone(w.units.ids), maps.Clone(w.units.paths)}
	tree.add(path, "")
	w.units = tree
}

// MoveAccount puts an account into the unit at the path, which is created if it does
// not exist. The empty path is the root.
func (s *Server) MoveAccount(account, path string) error {
	return s.world.edit(account, func(a *Account) error {
		a.OU = path
		s.world.grow(path)
		s.logOrganization("MoveAccount")
		return nil
	})
}

// SetAccountState closes, suspends or revives an account: see the Account constants.
// In an account that is not active nothing answers and no role can be assumed.
func (s *Server) SetAccountState(account, state string) error {
	if state == "" || !slices.Contains(accountStates, state) {
		return fmt.Errorf("%q is not the state of an account", state)
	}
	return s.world.edit(account, func(a *Account) error {
		a.State = state
		return nil
	})
}

// SetRole adds a role to an account or replaces the one with its name. Sessions
// of the role keep going, with its new permissions.
func (s *Server) SetRole(account string, role Role) error {
	return s.world.edit(account, func(a *Account) error {
		a.Roles = slices.Clone(a.Roles)
		if at := roleAt(a.Roles, role.Name); at >= 0 {
			a.Roles[at] = role
		} else {
			a.Roles = append(a.Roles, role)
		}
		lone := Estate{Partition: s.world.partition, Accounts: []Account{{ID: a.ID, Name: a.Name, Roles: a.Roles}}}
		return lone.Validate()
	})
}

// RemoveRole removes a role; its sessions are invalid from then on.
func (s *Server) RemoveRole(account, name string) error {
	return s.world.edit(account, func(a *Account) error {
		at := roleAt(a.Roles, name)
		if at < 0 {
			return fmt.Errorf("there is no role %s", name)
		}
		a.Roles = slices.Delete(slices.Clone(a.Roles), at, at+1)
		return nil
	})
}

func roleAt(roles []Role, name string) int {
	return slices.IndexFunc(roles, func(r Role) bool { return r.Name == name })
}

// SetRegion sets the state of a region in an account: see the Region constants.
func (s *Server) SetRegion(account, region, state string) error {
	if regionState(s.world.partition, region, nil) == "" {
		return fmt.Errorf("partition %s has no region %q", s.world.partition, region)
	}
	return s.world.edit(account, func(a *Account) error {
		a.Regions = maps.Clone(a.Regions)
		if a.Regions == nil {
			a.Regions = map[string]string{}
		}
		a.Regions[region] = state
		return nil
	})
}

// SetSecret stores a value under a name, as a rotation does.
func (s *Server) SetSecret(account string, secret Secret) error {
	return s.world.edit(account, func(a *Account) error {
		a.Secrets = slices.DeleteFunc(slices.Clone(a.Secrets), func(old Secret) bool {
			return old.Name == secret.Name && old.Region == secret.Region
		})
		a.Secrets = append(a.Secrets, secret)
		return nil
	})
}

// SetPolicies replaces all service control policies.
func (s *Server) SetPolicies(policies []Policy) {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	s.world.policies = slices.Clone(policies)
}

// ExpireSessions ends every session that was opened in an account so far, as if
// its time were over.
func (s *Server) ExpireSessions(account string) {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	if h := s.world.accounts[account]; h != nil {
		h.expired = s.options.Now()
	}
}

// sessionsExpired is when the sessions of an account were ended last.
func (w *world) sessionsExpired(account string) time.Time {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if h := w.accounts[account]; h != nil {
		return h.expired
	}
	return time.Time{}
}

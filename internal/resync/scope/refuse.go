package scope

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"portolan/internal/aws/account"
	"portolan/internal/aws/awsname"
	"portolan/internal/aws/kind"
	"portolan/internal/diag"
	"portolan/internal/mapping"
	"portolan/internal/nearest"
)

// Refuse says why the request cannot be served: it names what does not exist, or leaves
// nothing to read; nil if it can. Whether the accounts are known is for the caller to say.
func (s *Scope) Refuse(listed bool) []error {
	problems := s.unknownKinds()
	if listed {
		problems = slices.Concat(problems, s.unknownAccounts(), s.unknownRegions(), s.unreadRegions())
	}
	return problems
}

// unknownKinds says which of the kinds that are asked for the mapping does not have.
func (s *Scope) unknownKinds() (problems []error) {
	var mapped []string
	for _, u := range s.Mapped {
		mapped = append(mapped, u.Kind.Type)
	}
	for _, name := range s.Request.Kinds {
		if slices.Contains(mapped, name) {
			continue
		}
		lost := slices.IndexFunc(s.Mapping.Lost, func(l mapping.Lost) bool { return l.Kind == name })
		switch {
		case lost >= 0:
			problems = append(problems, fmt.Errorf("the mapping's entry of the kind %s, resources[%d], does not work; `portolan doctor` says why",
				name, s.Mapping.Lost[lost].Resource))
		case len(mapped) == 0:
			problems = append(problems, fmt.Errorf("the mapping has no kind %s: it has no resources", name))
		default:
			problems = append(problems, fmt.Errorf("the mapping has no kind %s%s", name, nearest.Hint(name, mapped)))
		}
	}
	return problems
}

// unknownAccounts says why none of the accounts that are asked for is to be read. If
// some are, the run reads those, and its report names the others.
func (s *Scope) unknownAccounts() (problems []error) {
	if len(s.Request.Accounts) == 0 || len(s.Accounts()) > 0 {
		return nil
	}
	for _, id := range s.Request.Accounts {
		problems = append(problems, errors.New(s.Unlisted(id)))
	}
	return problems
}

// Unlisted says why an account is not among those to read.
func (s *Scope) Unlisted(id string) string {
	known := make([]string, len(s.Listing.Accounts))
	for i, a := range s.Listing.Accounts {
		known[i] = a.ID
	}
	at := slices.IndexFunc(s.Listing.Skipped, func(skipped account.Skipped) bool { return skipped.ID == id })
	switch {
	case at >= 0 && s.Listing.Skipped[at].Reason == "excluded":
		return "the account " + id + " is not read: PORTOLAN_ACCOUNTS_EXCLUDE leaves it out"
	case at >= 0:
		return "the account " + id + " is not read: it is " + strings.ToLower(s.Listing.Skipped[at].Reason)
	case !s.Listing.Complete:
		return "the account " + id + " is not among those that could be listed" + nearest.Hint(id, known)
	case s.Listing.Strategy == account.ByOrganization:
		return "the account " + id + " is not in the Organization" + nearest.Hint(id, known)
	default:
		return "the account " + id + " is not among those that the settings name" + nearest.Hint(id, known)
	}
}

// unknownRegions says which of the regions that are asked for do not exist, or are left
// out by the settings.
func (s *Scope) unknownRegions() (problems []error) {
	wrong := s.UnknownRegions(s.Request.Regions)
	for _, name := range s.Request.Regions {
		switch {
		case slices.Contains(wrong, name):
			problems = append(problems, fmt.Errorf("%s is not a region of AWS%s", name, nearest.Hint(name, awsname.Regions(""))))
		case len(s.Regions) > 0 && !slices.Contains(s.Regions, name):
			problems = append(problems, fmt.Errorf("the region %s is not read: PORTOLAN_REGIONS leaves it out", name))
		}
	}
	return problems
}

// unreadRegions reports requested regions in which the mapping reads none of the requested
// kinds.
func (s *Scope) unreadRegions() (problems []error) {
	if len(s.Request.Regions) == 0 || len(s.Units) == 0 {
		return nil
	}
	for _, u := range s.Units {
		if u.Kind.Scope == kind.Management || slices.ContainsFunc(s.Request.Regions, u.Allows) {
			return nil
		}
	}
	return []error{fmt.Errorf("the mapping reads nothing of this in %s: regionPolicy leaves it out", strings.Join(s.Request.Regions, ", "))}
}

// NothingLeft says why settings, mapping and request leave nothing to read. That is known
// only when the accounts' regions are known.
func (s *Scope) NothingLeft() error {
	if len(s.Request.Regions) == 0 {
		return errors.New("nothing is to be read: settings, mapping and request leave no region")
	}
	return fmt.Errorf("nothing is to be read: no account of those to read has enabled %s, or settings and mapping leave it out",
		strings.Join(s.Request.Regions, " or "))
}

// UnlistedDiagnostics reports the requested accounts that are not read.
func (s *Scope) UnlistedDiagnostics() (found []diag.Diagnostic) {
	if s.Listing.Strategy == "" { // the run ended before anybody knew them
		return nil
	}
	for _, id := range s.Request.Accounts {
		if !s.Listed(id) {
			found = append(found, diag.Diagnostic{
				Code: diag.AccountNotListed, Severity: diag.Error,
				Title: "Account " + id + " is not among those to read",
				Cause: s.Unlisted(id),
				Fix:   "check the id, the Organization, and PORTOLAN_ACCOUNTS_EXCLUDE",
			})
		}
	}
	return found
}

package resync

import (
	"context"
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

// list opens the accounts and lists them, once.
func (r *run) list(ctx context.Context) (Directory, error) {
	if r.opened != nil {
		return r.opened, nil
	}
	directory, err := r.open(ctx)
	if err != nil {
		return nil, err
	}
	if r.listing, err = directory.List(ctx); err != nil {
		return nil, err
	}
	r.judgeNames(ctx, directory)
	r.opened = directory
	return directory, nil
}

// refuseUnknown refuses a request that names what does not exist, or that leaves nothing
// to read. Nothing was done then, and Port was told nothing. That the accounts cannot be
// listed is not the request's fault, and is for the run to tell.
func (r *run) refuseUnknown(ctx context.Context) error {
	if !r.request.Narrowed() {
		return nil
	}
	problems := r.unknownKinds()
	if len(r.request.Accounts)+len(r.request.Regions) > 0 {
		if _, err := r.list(ctx); err == nil {
			problems = slices.Concat(problems, r.unknownAccounts(), r.unknownRegions(), r.unreadRegions())
		}
	}
	return r.request.Refuse(errors.Join(problems...))
}

// unknownKinds says which of the kinds that are asked for the mapping does not have.
func (r *run) unknownKinds() (problems []error) {
	var mapped []string
	for _, u := range r.allUnits {
		mapped = append(mapped, u.kind.Type)
	}
	for _, name := range r.request.Kinds {
		if slices.Contains(mapped, name) {
			continue
		}
		lost := slices.IndexFunc(r.mapping.Lost, func(l mapping.Lost) bool { return l.Kind == name })
		switch {
		case lost >= 0:
			problems = append(problems, fmt.Errorf("the mapping's entry of the kind %s, resources[%d], does not work; `portolan doctor` says why",
				name, r.mapping.Lost[lost].Resource))
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
func (r *run) unknownAccounts() (problems []error) {
	if len(r.request.Accounts) == 0 || len(r.wantedAccounts()) > 0 {
		return nil
	}
	for _, id := range r.request.Accounts {
		problems = append(problems, errors.New(r.unlisted(id)))
	}
	return problems
}

// unlisted says why an account is not among those to read.
func (r *run) unlisted(id string) string {
	known := make([]string, len(r.listing.Accounts))
	for i, a := range r.listing.Accounts {
		known[i] = a.ID
	}
	at := slices.IndexFunc(r.listing.Skipped, func(s account.Skipped) bool { return s.ID == id })
	switch {
	case at >= 0 && r.listing.Skipped[at].Reason == "excluded":
		return "the account " + id + " is not read: PORTOLAN_ACCOUNTS_EXCLUDE leaves it out"
	case at >= 0:
		return "the account " + id + " is not read: it is " + strings.ToLower(r.listing.Skipped[at].Reason)
	case !r.listing.Complete:
		return "the account " + id + " is not among those that could be listed" + nearest.Hint(id, known)
	case r.listing.Strategy == account.ByOrganization:
		return "the account " + id + " is not in the Organization" + nearest.Hint(id, known)
	default:
		return "the account " + id + " is not among those that the settings name" + nearest.Hint(id, known)
	}
}

// unknownRegions says which of the regions that are asked for do not exist, or are left
// out by the settings.
func (r *run) unknownRegions() (problems []error) {
	wrong := r.names.regions(r.request.Regions)
	for _, name := range r.request.Regions {
		switch {
		case slices.Contains(wrong, name):
			problems = append(problems, fmt.Errorf("%s is not a region of AWS%s", name, nearest.Hint(name, awsname.Regions(""))))
		case len(r.Regions) > 0 && !slices.Contains(r.Regions, name):
			problems = append(problems, fmt.Errorf("the region %s is not read: PORTOLAN_REGIONS leaves it out", name))
		}
	}
	return problems
}

// unreadRegions says that the mapping reads nothing of what is asked for in the regions
// that are asked for.
func (r *run) unreadRegions() (problems []error) {
	if len(r.request.Regions) == 0 || len(r.units) == 0 {
		return nil
	}
	for _, u := range r.units {
		if u.kind.Scope == kind.Management || slices.ContainsFunc(r.request.Regions, u.allows) {
			return nil
		}
	}
	return []error{fmt.Errorf("the mapping reads nothing of this in %s: regionPolicy leaves it out", strings.Join(r.request.Regions, ", "))}
}

// nothingLeft refuses a request that left nothing to read, which shows only when the
// accounts have told which regions they have.
func (r *run) nothingLeft() error {
	if !r.request.Narrowed() || r.ledger.unread() > 0 || !r.ledger.onlySkipped() {
		return nil
	}
	if len(r.request.Regions) == 0 {
		return r.request.Refuse(errors.New("nothing is to be read: settings, mapping and request leave no region"))
	}
	return r.request.Refuse(fmt.Errorf("nothing is to be read: no account of those to read has enabled %s, or settings and mapping leave it out",
		strings.Join(r.request.Regions, " or ")))
}

// notEnabled returns the regions that are asked for and that no account has enabled, as
// far as all accounts have told which they have.
func (r *run) notEnabled() []string {
	enabled := map[string]bool{}
	r.view.mu.Lock()
	defer r.view.mu.Unlock()
	for _, a := range r.wantedAccounts() {
		regions, known := r.view.enabled[a.ID]
		if !known {
			return nil
		}
		for _, region := range regions {
			enabled[region] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(r.request.Regions), func(region string) bool { return enabled[region] })
}

// tellNotEnabled tells of the regions that are asked for and that no account has enabled.
func (r *run) tellNotEnabled() {
	for _, region := range r.notEnabled() {
		r.report.Diagnostics = append(r.report.Diagnostics, diag.Diagnostic{
			Code:  diag.LeftOut,
			Title: "No account has enabled " + region,
			Cause: "the run was narrowed to it, and none of the accounts that it entered has it",
			Fix:   "leave the region out, or enable it in the accounts that are to have it",
		})
	}
}

// tellUnlisted tells of the accounts that are asked for and not read.
func (r *run) tellUnlisted() {
	if r.listing.Strategy == "" { // the run ended before anybody knew them
		return
	}
	for _, id := range r.request.Accounts {
		if !r.listed(id) {
			r.report.Diagnostics = append(r.report.Diagnostics, diag.Diagnostic{
				Code:  diag.AccountNotListed,
				Title: "Account " + id + " is not among those to read",
				Cause: r.unlisted(id),
				Fix:   "check the id, the Organization, and PORTOLAN_ACCOUNTS_EXCLUDE",
			})
		}
	}
}

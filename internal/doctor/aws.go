package doctor

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"portolan/internal/aws/account"
	"portolan/internal/aws/awserr"
	"portolan/internal/diag"
	"portolan/internal/plain"
)

// identity looks at the credentials that everything begins with.
func (e *examination) identity(ctx context.Context) {
	c := e.open("identity")
	directory, err := e.Directory(ctx, "doctor", e.gate.Base())
	if err != nil {
		e.hopeless = true
		c.fail(diag.With(diag.BaseIdentity, err))
		return
	}
	caller, err := directory.Caller(ctx)
	if err != nil {
		e.hopeless = true
		c.fail(err)
		return
	}
	e.directory = directory
	c.Said = cmp.Or(caller, "the credentials work; a policy denies the call that shows their identity")
}

// accounts looks at which accounts a run would read.
func (e *examination) accounts(ctx context.Context) {
	c := e.open("accounts")
	if e.directory == nil {
		c.skip("there are no credentials to ask with")
		return
	}
	var err error
	if e.listing, err = e.directory.List(ctx); err != nil {
		e.hopeless = true
		c.fail(err)
		return
	}
	for _, d := range e.listing.Diagnostics {
		c.add(d)
	}
	for _, id := range e.request.Accounts {
		if !slices.ContainsFunc(e.listing.Accounts, func(a account.Account) bool { return a.ID == id }) {
			c.add(diag.Diagnostic{Severity: diag.Warning, Code: diag.AccountNotListed, Cause: "the settings do not include the account " + id})
		}
	}
	c.Said = fmt.Sprintf("%s, by %s", plain.Count(len(e.listing.Accounts), "account", "accounts"), strategies[e.listing.Strategy])
	if n := len(e.listing.Skipped); n > 0 {
		c.Said += "; " + plain.Count(n, "more is", "more are") + " excluded or not active"
	}
}

var strategies = map[string]string{
	account.ByOrganization: "the Organization",
	account.ByList:         "the list of roles",
	account.ByIdentity:     "the identity itself",
}

// enter enters every account and asks for its regions.
func (e *examination) enter(ctx context.Context) {
	c := e.open("roles")
	accounts := slices.DeleteFunc(slices.Clone(e.listing.Accounts), func(a account.Account) bool {
		return len(e.request.Accounts) > 0 && !slices.Contains(e.request.Accounts, a.ID)
	})
	if len(accounts) == 0 {
		c.skip("no accounts are known")
		return
	}
	e.progress.Accounts.Store(int64(len(accounts)))
	e.admissions = make([]*admission, len(accounts))
	var (
		group     errgroup.Group
		mu        sync.Mutex
		refusals  grouping
		unregions grouping
	)
	group.SetLimit(e.Limits.Entering)
	for i, a := range accounts {
		group.Go(func() error {
			defer e.progress.AccountsEntered.Add(1)
			admitted, notEntered, noRegions := e.admit(ctx, a)
			mu.Lock()
			defer mu.Unlock()
			e.admissions[i] = admitted
			refusals.add(a.ID, notEntered)
			unregions.add(a.ID, noRegions)
			return nil
		})
	}
	_ = group.Wait() // what goes wrong is a diagnostic
	entered := 0
	for _, a := range e.admissions {
		e.diagnosis.Accounts = append(e.diagnosis.Accounts, a.account)
		if a.session != nil {
			entered++
		}
	}
	refusals.tell(c)
	unregions.tell(c)
	c.Said = fmt.Sprintf("%d of %s can be entered", entered, plain.Count(len(accounts), "account", "accounts"))
	if entered == 0 {
		e.hopeless = true
	}
}

// admit enters one account.
func (e *examination) admit(ctx context.Context, a account.Account) (admitted *admission, notEntered, noRegions error) {
	admitted = &admission{account: &Account{ID: a.ID, Name: a.Name}}
	session, err := e.directory.Enter(ctx, a)
	if err != nil {
		return admitted, reached(ctx, err), nil
	}
	session.Account.Name = cmp.Or(session.Account.Name, a.Name)
	admitted.session = session
	admitted.account.Name, admitted.account.Entered = session.Account.Name, true
	regions, err := e.directory.Regions(ctx, session)
	if err != nil {
		return admitted, nil, reached(ctx, err)
	}
	admitted.regions = slices.DeleteFunc(regions, func(region string) bool {
		return len(e.Regions) > 0 && !slices.Contains(e.Regions, region)
	})
	admitted.account.Regions = admitted.regions
	return admitted, nil, nil
}

// reached replaces an error at the end of the time by one that says so.
func reached(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return diag.New(diag.NotReached, "there was no time left to check it; allow more with --timeout, or narrow it with --accounts")
	}
	return err
}

// grouping gathers the errors of accounts that say the same.
type grouping map[groupKey]*group

type groupKey struct {
	code diag.Code
	text string
}

type group struct {
	err      error
	accounts []string
}

// add adds the error of an account; nil is none.
func (g *grouping) add(id string, err error) {
	if err == nil {
		return
	}
	if *g == nil {
		*g = grouping{}
	}
	key := groupKey{awserr.CodeOf(err), strings.ReplaceAll(err.Error(), id, "…")}
	if (*g)[key] == nil {
		(*g)[key] = &group{err: err}
	}
	(*g)[key].accounts = append((*g)[key].accounts, id)
}

// tell adds the diagnostics to a check, ordered by account.
func (g grouping) tell(c *Check) {
	groups := slices.Collect(maps.Values(g))
	for _, of := range groups {
		slices.Sort(of.accounts)
	}
	slices.SortFunc(groups, func(a, b *group) int { return slices.Compare(a.accounts, b.accounts) })
	for _, of := range groups {
		cause, fix := Explain(of.err)
		c.add(diag.Diagnostic{Severity: diag.Error, Code: awserr.CodeOf(of.err), Cause: cause, Fix: fix}, of.accounts...)
	}
}

// sorted returns the keys of a map in order.
func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

package account

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"

	"portolan/internal/aws/answer"
	"portolan/internal/aws/awserr"
	"portolan/internal/aws/awsname"
	"portolan/internal/diag"
)

// organization lists the accounts of the Organization that RoleARN belongs to.
func (d *Directory) organization(ctx context.Context) (Listing, error) {
	r, err := parseRole(d.options.RoleARN)
	if err != nil {
		return Listing{}, err
	}
	lister := Account{ID: r.Account, Name: nameless(r.Account), RoleARN: r.String()}
	provider, err := d.credentials(ctx, lister)
	if err != nil {
		return Listing{}, err
	}
	c := census{client: organizations.NewFromConfig(d.as(provider, organizationsRegion(d.partition))), as: r, seen: make(map[string]bool)}
	err = c.take(ctx, d.options.OUIDs)
	l := Listing{Strategy: ByOrganization, Accounts: c.accounts, Skipped: c.skipped, Lister: &lister, Complete: len(c.missing)+len(c.odd) == 0}
	for _, unit := range c.missing {
		l.Diagnostics = append(l.Diagnostics, missingUnit(unit, slices.Sorted(maps.Keys(c.seen))))
	}
	if len(c.odd) > 0 {
		l.Diagnostics = append(l.Diagnostics, oddNames(c.odd))
	}
	for _, a := range c.accounts {
		if a.ID == lister.ID {
			lister = a
		}
	}
	switch class := awserr.ClassOf(err); {
	case err == nil && len(c.accounts)+len(c.skipped) == 0 && len(c.odd) > 0:
		return Listing{}, d.failedListing(diag.New(diag.NameOdd, "the answers name no account, but "+quoted(c.odd)))
	case err == nil:
	case notInUse(err):
		l.Diagnostics = append(l.Diagnostics, alone(r))
		l.Accounts, l.Lister, l.Alone = []Account{lister}, nil, true
	case class == awserr.Denied || class == awserr.Closed:
		l.Complete = false
		l.Diagnostics = append(l.Diagnostics, d.deniedListing(r, len(c.accounts), err))
		if len(c.accounts) == 0 {
			l.Accounts = []Account{lister}
		}
	default:
		return Listing{}, d.failedListing(err)
	}
	return l, nil
}

// census gathers accounts, none twice, however the units overlap.
type census struct {
	client   *organizations.Client
	as       role
	seen     map[string]bool // ids of accounts and of units
	accounts []Account
	skipped  []Skipped
	missing  []string // units that were asked for and do not exist
	odd      []string // what the answers have in place of the id of an account or a unit
}

// take lists the whole Organization or, if units are given, these and all units
// below them. That a unit does not exist is an error only if none of them does.
func (c *census) take(ctx context.Context, units []string) error {
	if len(units) == 0 {
		return c.everything(ctx)
	}
	// An account that is moved from a unit that is still to be listed into one that was
	// is in neither list. The second time it is at its place.
	for range 2 {
		if err := c.walk(ctx, units); err != nil {
			return err
		}
	}
	return nil
}

// walk lists the units and all below them once.
func (c *census) walk(ctx context.Context, units []string) error {
	walked := map[string]bool{}
	for queue := slices.Clone(units); len(queue) > 0; queue = queue[1:] {
		unit := queue[0]
		if walked[unit] || slices.Contains(c.missing, unit) {
			continue
		}
		walked[unit], c.seen[unit] = true, true
		err := c.members(ctx, unit)
		if awserr.Code(err) == "ParentNotFoundException" && slices.Contains(units, unit) {
			c.missing = append(c.missing, unit)
			delete(c.seen, unit)
			if len(c.missing) == len(units) {
				return err
			}
			continue
		}
		if err != nil {
			return err
		}
		children, err := c.children(ctx, unit)
		if err != nil {
			return err
		}
		queue = append(queue, children...)
	}
	return nil
}

func (c *census) everything(ctx context.Context) error {
	pages := organizations.NewListAccountsPaginator(c.client, &organizations.ListAccountsInput{})
	for page, err := range answer.Pages(ctx, pages, 0, func(page *organizations.ListAccountsOutput) (answer.Page[[]types.Account], error) {
		return answer.List(page.Accounts, accountID), nil
	}) {
		if err != nil {
			return awserr.New("organizations:ListAccounts", err)
		}
		c.add(page)
	}
	return nil
}

func (c *census) members(ctx context.Context, unit string) error {
	pages := organizations.NewListAccountsForParentPaginator(c.client, &organizations.ListAccountsForParentInput{ParentId: &unit})
	for page, err := range answer.Pages(ctx, pages, 0, func(page *organizations.ListAccountsForParentOutput) (answer.Page[[]types.Account], error) {
		return answer.List(page.Accounts, accountID), nil
	}) {
		if err != nil {
			return awserr.New("organizations:ListAccountsForParent of "+unit, err)
		}
		c.add(page)
	}
	return nil
}

func (c *census) children(ctx context.Context, unit string) ([]string, error) {
	var children []string
	pages := organizations.NewListOrganizationalUnitsForParentPaginator(c.client,
		&organizations.ListOrganizationalUnitsForParentInput{ParentId: &unit})
	for page, err := range answer.Pages(ctx, pages, 0,
		func(page *organizations.ListOrganizationalUnitsForParentOutput) (answer.Page[[]types.OrganizationalUnit], error) {
			return answer.List(page.OrganizationalUnits, func(u types.OrganizationalUnit) string { return aws.ToString(u.Id) }), nil
		}) {
		if err != nil {
			return nil, awserr.New("organizations:ListOrganizationalUnitsForParent of "+unit, err)
		}
		for _, child := range page {
			if id := aws.ToString(child.Id); awsname.IsOrganizationalUnit(id) {
				children = append(children, id)
			} else {
				c.oddly(id)
			}
		}
	}
	return children, nil
}

func (c *census) add(accounts []types.Account) {
	for _, a := range accounts {
		id := aws.ToString(a.Id)
		if !awsname.IsAccountID(id) {
			c.oddly(id)
			continue
		}
		if c.seen[id] {
			continue
		}
		c.seen[id] = true
		name := aws.ToString(a.Name)
		if name == "" {
			name = nameless(id)
		}
		if state := stateOf(a); state != string(types.AccountStateActive) {
			c.skipped = append(c.skipped, Skipped{ID: id, Name: name, Reason: state})
			continue
		}
		c.accounts = append(c.accounts, Account{
			ID: id, Name: name, RoleARN: c.as.in(id).String(), Management: owns(aws.ToString(a.Arn), id),
		})
	}
}

// oddly notes an id that is none. It would become part of a role's ARN or of another call.
func (c *census) oddly(id string) {
	if !slices.Contains(c.odd, id) {
		c.odd = append(c.odd, id)
	}
}

// stateOf prefers State to Status, which AWS has announced to retire.
func stateOf(a types.Account) string {
	if a.State != "" {
		return string(a.State)
	}
	return string(a.Status)
}

// owns reads the ARN of an account in an Organization: the account that it names
// as its owner is the management account.
func owns(arn, id string) bool {
	parts := strings.SplitN(arn, ":", 6)
	return len(parts) == 6 && parts[2] == "organizations" && parts[4] == id
}

func notInUse(err error) bool {
	return awserr.Code(err) == "AWSOrganizationsNotInUseException"
}

func accountID(a types.Account) string { return aws.ToString(a.Id) }

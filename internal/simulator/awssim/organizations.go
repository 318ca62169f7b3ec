package awssim

import (
	"slices"
	"strings"
	"time"
)

func init() {
	organizations := service{
		name: "organizations", wire: &jsonWire{target: "AWSOrganizationsV20161128", version: "1.1", message: "Message"},
		dialect: jsonDialect.with(func(d *dialect) {
			d.throttled = refuse(400, "TooManyRequestsException", "You have sent too many requests in too short a period of time.")
			d.failed = refuse(500, "ServiceException", "AWS Organizations can't complete your request because of an internal service error. Try again later.")
			d.badToken = refuse(400, "InvalidInputException", "The nextToken value is not valid.").with(object{{"Reason", "INVALID_NEXT_TOKEN"}})
		}),
		scope: everything,
		limits: []Limit{
			{Operation: "ListAccounts", Rate: 8, Burst: 12},
			{Operation: "ListTagsForResource", Rate: 10, Burst: 15},
			{Operation: "List*", Rate: 5, Burst: 8},
		},
	}
	list := func(items string, of func(*call) (source, error)) *listing {
		return &listing{items: items, of: of, size: bounds{"MaxResults", 1, 20, 20}, token: "NextToken"}
	}
	organizations.serve(
		operation{name: "DescribeOrganization", answer: describeOrganization},
		operation{name: "ListAccounts", list: list("Accounts", allAccounts)},
		operation{name: "ListAccountsForParent", takes: members{"ParentId": isText}, list: list("Accounts", accountsOfParent)},
		operation{name: "ListOrganizationalUnitsForParent", takes: members{"ParentId": isText}, list: list("OrganizationalUnits", unitsOfParent)},
		operation{name: "ListParents", takes: members{"ChildId": isText}, answer: parents},
		operation{name: "ListRoots", answer: roots},
		operation{name: "ListTagsForResource", takes: members{"ResourceId": isText}, answer: organizationTags},
	)
}

// ownOrganization is that of the caller.
func ownOrganization(c *call) (*Organization, error) {
	organization := c.server.world.organization
	if organization == nil {
		return nil, refuse(400, "AWSOrganizationsNotInUseException", "Your account is not a member of an organization.").plain()
	}
	return organization, nil
}

// privileged is ownOrganization for calls that only the management account and delegated
// administrators may make.
func privileged(c *call) (*Organization, error) {
	organization, err := ownOrganization(c)
	if err != nil {
		return nil, err
	}
	if !c.server.world.account(c.caller.account).Management && !slices.Contains(organization.DelegatedAdministrators, c.caller.account) {
		return nil, c.service.dialect.denied.saying("You don't have permissions to access this resource.")
	}
	return organization, nil
}

func (s *Server) organizationARN(resource string) string {
	return s.arn("organizations", "", s.world.owner, resource)
}

func describeOrganization(c *call) (object, error) {
	organization, err := ownOrganization(c)
	if err != nil {
		return nil, err
	}
	owner := c.server.world.account(c.server.world.owner)
	return object{{"Organization", object{
		{"Id", organization.ID},
		{"Arn", c.server.organizationARN("organization/" + organization.ID)},
		{"FeatureSet", "ALL"},
		{"MasterAccountArn", c.server.organizationARN("account/" + organization.ID + "/" + owner.ID)},
		{"MasterAccountId", owner.ID},
		{"MasterAccountEmail", owner.email()},
		{"AvailablePolicyTypes", []object{{{"Type", "SERVICE_CONTROL_POLICY"}, {"Status", "ENABLED"}}}},
	}}}, nil
}

func allAccounts(c *call) (source, error) {
	organization, err := privileged(c)
	if err != nil {
		return nil, err
	}
	return accountRows(c, organization, c.server.world.inOrder()), nil
}

func accountsOfParent(c *call) (source, error) {
	organization, path, err := parent(c)
	if err != nil {
		return nil, err
	}
	within := slices.DeleteFunc(c.server.world.inOrder(), func(a *Account) bool { return a.OU != path })
	return accountRows(c, organization, within), nil
}

func accountRows(c *call, o *Organization, accounts []*Account) source {
	list := make([]object, len(accounts))
	for i, account := range accounts {
		list[i] = c.server.accountForm(o, account)
	}
	return rows(list)
}

// accountForm is an account as ListAccounts returns it. Status is the older field,
// which has fewer states.
func (s *Server) accountForm(o *Organization, a *Account) object {
	status := a.State
	switch a.State {
	case AccountPendingActivation:
		status = AccountActive
	case AccountClosed:
		status = AccountSuspended
	}
	method := "CREATED"
	if a.Management {
		method = "INVITED"
	}
	return object{
		{"Id", a.ID},
		{"Arn", s.organizationARN("account/" + o.ID + "/" + a.ID)},
		{"Email", a.email()},
		{"Name", a.Name},
		{"Status", status},
		{"State", a.State},
		{"JoinedMethod", method},
		{"JoinedTimestamp", epoch(a.joined())},
	}
}

func (a *Account) email() string {
	if a.Email != "" {
		return a.Email
	}
	return "aws+" + strings.ToLower(strings.ReplaceAll(a.Name, " ", "-")) + "@example.com"
}

func (a *Account) joined() time.Time {
	if !a.Joined.IsZero() {
		return a.Joined
	}
	return firstCreated.Add(-time.Duration(dieOf("joined", a.ID).below(700*24*3600)) * time.Second)
}

// parent returns the path of the unit of a call that lists a unit's children.
func parent(c *call) (*Organization, string, error) {
	organization, err := privileged(c)
	if err != nil {
		return nil, "", err
	}
	id := c.text("ParentId")
	if path, known := c.server.world.tree().paths[id]; known {
		return organization, path, nil
	}
	if !rootIDForm.MatchString(id) && !unitIDForm.MatchString(id) {
		return nil, "", refuse(400, "InvalidInputException", "You specified an invalid value: ParentId").with(object{{"Reason", "INVALID_PATTERN_TARGET_ID"}}).plain()
	}
	return nil, "", refuse(400, "ParentNotFoundException", "You specified a parent that doesn't exist.").plain()
}

func unitsOfParent(c *call) (source, error) {
	organization, path, err := parent(c)
	if err != nil {
		return nil, err
	}
	tree := c.server.world.tree()
	var list []object
	for _, child := range tree.children(path) {
		id := tree.ids[child]
		list = append(list, object{{"Id", id}, {"Arn", c.server.organizationARN("ou/" + organization.ID + "/" + id)}, {"Name", baseName(child)}})
	}
	return rows(list), nil
}

func roots(c *call) (object, error) {
	organization, err := privileged(c)
	if err != nil {
		return nil, err
	}
	return object{{"Roots", []object{{
		{"Id", organization.RootID},
		{"Arn", c.server.organizationARN("root/" + organization.ID + "/" + organization.RootID)},
		{"Name", "Root"},
		{"PolicyTypes", []object{{{"Type", "SERVICE_CONTROL_POLICY"}, {"Status", "ENABLED"}}}},
	}}}}, nil
}

func parents(c *call) (object, error) {
	if _, err := privileged(c); err != nil {
		return nil, err
	}
	id := c.text("ChildId")
	c.call.Resource = id
	tree := c.server.world.tree()
	var path string
	if account := c.organizationAccount(id); account != nil {
		path = account.OU
	} else if unit, known := tree.paths[id]; known && unit != "" {
		path = parentPath(unit)
	} else {
		return nil, refuse(400, "ChildNotFoundException", "We can't find an organizational unit (OU) or Amazon Web Services account with the ChildId that you specified.").plain()
	}
	kind := "ORGANIZATIONAL_UNIT"
	if path == "" {
		kind = "ROOT"
	}
	return object{{"Parents", []object{{{"Id", tree.ids[path]}, {"Type", kind}}}}}, nil
}

// organizationAccount finds an account that is asked for, unless it vanishes.
func (c *call) organizationAccount(id string) *Account {
	if c.meets(Vanish) {
		return nil
	}
	return c.server.world.account(id)
}

func organizationTags(c *call) (object, error) {
	if _, err := privileged(c); err != nil {
		return nil, err
	}
	id := c.text("ResourceId")
	c.call.Resource = id
	var tags map[string]string
	if account := c.organizationAccount(id); account != nil {
		tags = account.Tags
	} else if _, known := c.server.world.tree().paths[id]; !known {
		return nil, refuse(400, "TargetNotFoundException", "We can't find a root, OU, account, or policy with the TargetId that you specified.").plain()
	}
	return object{{"Tags", tagList(tags, "Key", "Value")}}, nil
}

package awssim

import (
	"slices"
	"strings"
	"time"
)

var organizationsService = func() *service {
	d := jsonDialect
	d.throttled = refusal{status: 400, code: "TooManyRequestsException", message: "You have sent too many requests in too short a period of time."}
	d.failed = refusal{status: 500, code: "ServiceException", message: "AWS Organizations can't complete your request because of an internal service error. Try again later."}
	return &service{
		name:    "organizations",
		wire:    &jsonWire{target: "AWSOrganizationsV20161128", version: "1.1", message: "Message"},
		dialect: d,
		scopeOf: everything,
		operations: operations(
			operation{name: "DescribeOrganization", action: "organizations:DescribeOrganization", serve: describeOrganization},
			operation{name: "ListAccounts", action: "organizations:ListAccounts", serve: listAccounts},
			operation{name: "ListAccountsForParent", action: "organizations:ListAccountsForParent", serve: listAccountsForParent},
			operation{name: "ListOrganizationalUnitsForParent", action: "organizations:ListOrganizationalUnitsForParent", serve: listUnitsForParent},
			operation{name: "ListParents", action: "organizations:ListParents", serve: listParents},
			operation{name: "ListRoots", action: "organizations:ListRoots", serve: listRoots},
			operation{name: "ListTagsForResource", action: "organizations:ListTagsForResource", serve: listOrganizationTags},
		),
	}
}()

// organizationsPage is the greatest and the usual number of results of a page.
const organizationsPage = 20

type organizationsInput struct {
	MaxResults *int
	NextToken  string
	ParentID   string `json:"ParentId"`
	ChildID    string `json:"ChildId"`
	ResourceID string `json:"ResourceId"`
}

// member of the caller's organization: who is asked, and what they ask.
func organizationsCall(c *call) (*Organization, organizationsInput, int, error) {
	input, err := decode[organizationsInput](c)
	if err != nil {
		return nil, input, 0, err
	}
	organization := c.server.world.organization
	if organization == nil {
		return nil, input, 0, refusal{status: 400, code: "AWSOrganizationsNotInUseException"}.saying("Your account is not a member of an organization.")
	}
	size, err := c.between("maxResults", input.MaxResults, 1, organizationsPage, organizationsPage)
	return organization, input, size, err
}

// privileged is organizationsCall for what only the management account and
// delegated administrators may ask.
func privileged(c *call) (*Organization, organizationsInput, int, error) {
	organization, input, size, err := organizationsCall(c)
	if err != nil {
		return nil, input, 0, err
	}
	if !c.server.world.account(c.caller.account).Management && !slices.Contains(organization.DelegatedAdministrators, c.caller.account) {
		return nil, input, 0, c.service.dialect.denied.saying("You don't have permissions to access this resource.")
	}
	return organization, input, size, nil
}

func badToken() error {
	r := refusal{status: 400, code: "InvalidInputException", extra: object{{"Reason", "INVALID_NEXT_TOKEN"}}}
	return r.saying("The nextToken value is not valid.")
}

func (s *Server) organizationARN(resource string) string {
	return s.arn("organizations", "", s.world.owner, resource)
}

func describeOrganization(c *call) error {
	organization, _, _, err := organizationsCall(c)
	if err != nil {
		return err
	}
	owner := c.server.world.account(c.server.world.owner)
	return c.reply(object{{"Organization", object{
		{"Id", organization.ID},
		{"Arn", c.server.organizationARN("organization/" + organization.ID)},
		{"FeatureSet", "ALL"},
		{"MasterAccountArn", c.server.organizationARN("account/" + organization.ID + "/" + owner.ID)},
		{"MasterAccountId", owner.ID},
		{"MasterAccountEmail", owner.email()},
		{"AvailablePolicyTypes", []object{{{"Type", "SERVICE_CONTROL_POLICY"}, {"Status", "ENABLED"}}}},
	}}})
}

func listAccounts(c *call) error {
	organization, input, size, err := privileged(c)
	if err != nil {
		return err
	}
	return accountsPage(c, organization, c.server.world.inOrder(), size, input.NextToken, "")
}

func listAccountsForParent(c *call) error {
	organization, input, size, err := privileged(c)
	if err != nil {
		return err
	}
	path, err := parent(c, input.ParentID)
	if err != nil {
		return err
	}
	within := slices.DeleteFunc(c.server.world.inOrder(), func(a *Account) bool { return a.OU != path })
	return accountsPage(c, organization, within, size, input.NextToken, input.ParentID)
}

func accountsPage(c *call, o *Organization, accounts []*Account, size int, token, question string) error {
	part, next, ok := pageOf(c, accounts, size, token, question)
	if !ok {
		return badToken()
	}
	list := make([]object, len(part))
	for i, account := range part {
		list[i] = c.server.accountForm(o, account)
	}
	return c.reply(object{{"Accounts", list}}.optional("NextToken", next))
}

// accountForm tells of an account. Status is the older field, which knows fewer
// states.
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

func parent(c *call, id string) (string, error) {
	path, known := c.server.world.tree().paths[id]
	if known {
		return path, nil
	}
	if !rootIDForm.MatchString(id) && !unitIDForm.MatchString(id) {
		r := refusal{status: 400, code: "InvalidInputException", extra: object{{"Reason", "INVALID_PATTERN_TARGET_ID"}}}
		return "", r.saying("You specified an invalid value: ParentId")
	}
	return "", refusal{status: 400, code: "ParentNotFoundException"}.saying("You specified a parent that doesn't exist.")
}

func listUnitsForParent(c *call) error {
	organization, input, size, err := privileged(c)
	if err != nil {
		return err
	}
	path, err := parent(c, input.ParentID)
	if err != nil {
		return err
	}
	tree := c.server.world.tree()
	part, next, ok := pageOf(c, tree.children(path), size, input.NextToken, input.ParentID)
	if !ok {
		return badToken()
	}
	list := make([]object, len(part))
	for i, child := range part {
		id := tree.ids[child]
		list[i] = object{{"Id", id}, {"Arn", c.server.organizationARN("ou/" + organization.ID + "/" + id)}, {"Name", baseName(child)}}
	}
	return c.reply(object{{"OrganizationalUnits", list}}.optional("NextToken", next))
}

func listRoots(c *call) error {
	organization, _, _, err := privileged(c)
	if err != nil {
		return err
	}
	return c.reply(object{{"Roots", []object{{
		{"Id", organization.RootID},
		{"Arn", c.server.organizationARN("root/" + organization.ID + "/" + organization.RootID)},
		{"Name", "Root"},
		{"PolicyTypes", []object{{{"Type", "SERVICE_CONTROL_POLICY"}, {"Status", "ENABLED"}}}},
	}}}})
}

func listParents(c *call) error {
	_, input, _, err := privileged(c)
	if err != nil {
		return err
	}
	c.call.Resource = input.ChildID
	tree := c.server.world.tree()
	var path string
	if account := c.organizationAccount(input.ChildID); account != nil {
		path = account.OU
	} else if unit, known := tree.paths[input.ChildID]; known && unit != "" {
		path = parentPath(unit)
	} else {
		return refusal{status: 400, code: "ChildNotFoundException"}.saying("We can't find an organizational unit (OU) or Amazon Web Services account with the ChildId that you specified.")
	}
	kind := "ORGANIZATIONAL_UNIT"
	if path == "" {
		kind = "ROOT"
	}
	return c.reply(object{{"Parents", []object{{{"Id", tree.ids[path]}, {"Type", kind}}}}})
}

// organizationAccount finds an account that is asked for, unless it vanishes.
func (c *call) organizationAccount(id string) *Account {
	if c.meets(Vanish) {
		return nil
	}
	return c.server.world.account(id)
}

func listOrganizationTags(c *call) error {
	_, input, _, err := privileged(c)
	if err != nil {
		return err
	}
	c.call.Resource = input.ResourceID
	var tags map[string]string
	if account := c.organizationAccount(input.ResourceID); account != nil {
		tags = account.Tags
	} else if _, known := c.server.world.tree().paths[input.ResourceID]; !known {
		return refusal{status: 400, code: "TargetNotFoundException"}.saying("We can't find a root, OU, account, or policy with the TargetId that you specified.")
	}
	return c.reply(object{{"Tags", tagList(tags, "Key", "Value")}})
}

package awssim

import (
	"net/http"
	"slices"
	"time"
)

var accountService = func() *service {
	d := restDialect
	d.failed = refusal{status: 500, code: "InternalServerException", message: "The operation failed because of an error internal to AWS. Try your operation again later."}
	d.badParameter = refusal{status: 400, code: "ValidationException"}
	return &service{
		name:    "account",
		wire:    &restWire{route: accountRoute, message: "message"},
		dialect: d,
		scopeOf: func(c *call) string { return c.server.arn("account", "", c.caller.account, "account") },
		operations: operations(
			operation{name: "ListRegions", action: "account:ListRegions", serve: listRegions},
			operation{name: "GetAccountInformation", action: "account:GetAccountInformation", serve: getAccountInformation},
		),
	}
}()

func accountRoute(c *call) string {
	if c.request.Method == http.MethodPost {
		switch c.request.URL.Path {
		case "/listRegions":
			return "ListRegions"
		case "/getAccountInformation":
			return "GetAccountInformation"
		}
	}
	return c.request.Method + " " + c.request.URL.Path
}

// listRegionsPage is the greatest number of regions of a page.
const listRegionsPage = 50

// accountAsked is the caller's account, or the member that the management account
// asks about.
func accountAsked(c *call, id string) (*Account, error) {
	own := c.server.world.account(c.caller.account)
	if id == "" {
		return own, nil
	}
	other := c.server.world.account(id)
	if !own.Management || other == nil || id == own.ID {
		return nil, c.service.dialect.denied.saying(
			"User: %s is not authorized to perform: %s (The request was denied because the account ID is not a member of your organization.)",
			c.caller.arn, c.operation.action)
	}
	return other, nil
}

func listRegions(c *call) error {
	input, err := decode[struct {
		AccountID               string `json:"AccountId"`
		MaxResults              *int
		NextToken               string
		RegionOptStatusContains []string
	}](c)
	if err != nil {
		return err
	}
	size, err := c.between("maxResults", input.MaxResults, 1, listRegionsPage, listRegionsPage)
	if err != nil {
		return err
	}
	account, err := accountAsked(c, input.AccountID)
	if err != nil {
		return err
	}
	var list []object
	for _, region := range AllRegions(c.server.world.partition) {
		state := regionState(c.server.world.partition, region, account.Regions)
		if len(input.RegionOptStatusContains) == 0 || slices.Contains(input.RegionOptStatusContains, state) {
			list = append(list, object{{"RegionName", region}, {"RegionOptStatus", state}})
		}
	}
	part, next, ok := pageOf(c, list, size, input.NextToken, account.ID)
	if !ok {
		return c.service.dialect.badParameter.saying("The provided next token is invalid.")
	}
	return c.reply(object{{"Regions", part}}.optional("NextToken", next))
}

func getAccountInformation(c *call) error {
	input, err := decode[struct {
		AccountID string `json:"AccountId"`
	}](c)
	if err != nil {
		return err
	}
	account, err := accountAsked(c, input.AccountID)
	if err != nil {
		return err
	}
	return c.reply(object{
		{"AccountId", account.ID},
		{"AccountName", account.Name},
		{"AccountState", account.State},
		{"AccountCreatedDate", account.joined().UTC().Format(time.RFC3339)},
	})
}

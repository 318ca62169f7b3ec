package awssim

import (
	"slices"
	"time"
)

func init() {
	account := service{
		name: "account", wire: &restWire{},
		dialect: restDialect.with(func(d *dialect) {
			d.failed = refuse(500, "InternalServerException", "The operation failed because of an error internal to AWS. Try your operation again later.")
			d.badParameter = refuse(400, "ValidationException", "")
			d.badToken = refuse(400, "ValidationException", "The provided next token is invalid.")
		}),
		scope:  func(c *call) string { return c.server.arn("account", "", c.caller.account, "account") },
		limits: []Limit{{Operation: "ListRegions", Rate: 5, Burst: 5}, {Operation: "GetAccountInformation", Rate: 3, Burst: 3}},
	}
	account.serve(
		operation{name: "ListRegions", http: "POST /listRegions", takes: members{"AccountId": isText, "RegionOptStatusContains": isList}, list: &listing{
			of: listedRegions, items: "Regions", size: bounds{"MaxResults", 1, 50, 50}, token: "NextToken",
		}},
		operation{name: "GetAccountInformation", http: "POST /getAccountInformation", takes: members{"AccountId": isText}, answer: accountInformation},
	)
}

// accountAsked is the caller's account, or the member that the management account
// asks about.
func accountAsked(c *call) (*Account, error) {
	own, id := c.server.world.account(c.caller.account), c.text("AccountId")
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

// listedRegions are the regions in the states that a call asks for.
func listedRegions(c *call) (source, error) {
	account, err := accountAsked(c)
	if err != nil {
		return nil, err
	}
	var list []object
	wanted := c.texts("RegionOptStatusContains")
	for _, region := range AllRegions(c.server.world.partition) {
		state := regionState(c.server.world.partition, region, account.Regions)
		if len(wanted) == 0 || slices.Contains(wanted, state) {
			list = append(list, object{{"RegionName", region}, {"RegionOptStatus", state}})
		}
	}
	return rows(list), nil
}

func accountInformation(c *call) (object, error) {
	account, err := accountAsked(c)
	if err != nil {
		return nil, err
	}
	return object{
		{"AccountId", account.ID},
		{"AccountName", account.Name},
		{"AccountState", account.State},
		{"AccountCreatedDate", account.joined().UTC().Format(time.RFC3339)},
	}, nil
}

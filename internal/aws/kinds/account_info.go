package kinds

import (
	"context"

	"portolan/internal/aws/kind"
)

// AccountInfo is AWS::Account::Info: the accounts of the run themselves. It makes no calls,
// because a run knows what the document says when it has entered the account.
var AccountInfo = &kind.Kind{
	Type:    "AWS::Account::Info",
	Service: kind.Service{Prefix: "sts"},
	Scope:   kind.Global,
	List: kind.Listing{
		Name: "ListAccountsAction",
		Pages: func(_ context.Context, t kind.Target) kind.Pages {
			account := &kind.Resource{ID: t.Account, Properties: kind.Object{"Id": t.Account, "Name": t.AccountName}}
			return func(yield func([]*kind.Resource, error) bool) { yield([]*kind.Resource{account}, nil) }
		},
	},
	Events: kind.Events{
		From: "organizations.amazonaws.com",
		Calls: `CreateAccount CreateGovCloudAccount AcceptHandshake CreateAccountResult
		AccountJoinedOrganization account.amazonaws.com:PutAccountName CloseAccount LeaveOrganization
		RemoveAccountFromOrganization CloseAccountResult AccountDepartedOrganization`,
		Named: true,
	},
	Document: kind.Form{Properties: `Id Name`},
}

package kinds

import (
	"context"

	"portolan/internal/kind"
)

// AccountInfo is AWS::Account::Info: the accounts of the run themselves. It makes
// no call: entering the account has told all that its document says.
var AccountInfo = &kind.Kind{
	Type:    "AWS::Account::Info",
	Service: "sts",
	Scope:   kind.Global,
	List: kind.Listing{
		Name: "ListAccountsAction",
		Pages: func(_ context.Context, t kind.Target) kind.Pages {
			return func(yield func(kind.Object, error) bool) {
				account := kind.Object{"Id": t.Account, "Name": t.AccountName}
				yield(kind.Object{"Accounts": []any{account}}, nil)
			}
		},
		Items: kind.Objects("Accounts", "Id"),
	},
	Document: kind.Form{Properties: `Id Name`},
}

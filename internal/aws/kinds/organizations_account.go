package kinds

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"

	"portolan/internal/aws/kind"
)

// OrganizationsAccount is AWS::Organizations::Account: every account of the Organization,
// whatever its status, as the management account or a delegated administrator sees it.
var OrganizationsAccount = &kind.Kind{
	Type:    "AWS::Organizations::Account",
	Service: kind.Service{Prefix: "organizations", OfferedAs: "organizations", Client: kind.Client(organizations.NewFromConfig)},
	Scope:   kind.Management,
	List: kind.Listing{
		Name:    "ListAccountsAction",
		Actions: []string{"organizations:ListAccounts"},
		Pages: kind.Paged(func(c *organizations.Client) *organizations.ListAccountsPaginator {
			return organizations.NewListAccountsPaginator(c, &organizations.ListAccountsInput{})
		}, kind.Objects("Accounts", "Id")),
		Nothing: []string{"AWSOrganizationsNotInUseException"},
	},
	Optional: []kind.FollowUp{{
		Name:    "ListParentsAction",
		Actions: []string{"organizations:ListParents"},
		Call: kind.One((*organizations.Client).ListParents, func(r *kind.Resource) *organizations.ListParentsInput {
			return &organizations.ListParentsInput{ChildId: aws.String(r.ID)}
		}, kind.Property("Parents", "Parents")),
		Bulk: parentsInBulk,
	}, {
		Name:    "ListTagsForResourceAction",
		Actions: []string{"organizations:ListTagsForResource"},
		Call: kind.Gathered(func(c *organizations.Client, _ kind.Target, r *kind.Resource) *organizations.ListTagsForResourcePaginator {
			return organizations.NewListTagsForResourcePaginator(c, &organizations.ListTagsForResourceInput{ResourceId: aws.String(r.ID)})
		}, "Tags", "Tags"),
	}},
	Events: kind.Events{Calls: `CreateAccount CreateGovCloudAccount AcceptHandshake CreateAccountResult
		AccountJoinedOrganization MoveAccount TagResource UntagResource account.amazonaws.com:PutAccountName
		CloseAccount LeaveOrganization RemoveAccountFromOrganization CloseAccountResult
		AccountDepartedOrganization`},
	Document: kind.Form{Open: true, Properties: `Id Arn Name Email Parents Tags Status State JoinedTimestamp JoinedMethod`},
}

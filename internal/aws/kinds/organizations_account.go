package kinds

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"

	"portolan/internal/aws/kind"
)

// OrganizationsAccount is AWS::Organizations::Account: every account of the
// Organization, whatever its status, as the management account or a delegated
// administrator sees it.
var OrganizationsAccount = &kind.Kind{
	Type:      "AWS::Organizations::Account",
	Service:   "organizations",
	OfferedAs: "organizations",
	Scope:     kind.Management,
	List: kind.Listing{
		Name:    "ListAccountsAction",
		Actions: []string{"organizations:ListAccounts"},
		Pages: func(ctx context.Context, t kind.Target) kind.Pages {
			return kind.Walk(ctx, organizations.NewListAccountsPaginator(
				organizations.NewFromConfig(t.Config), &organizations.ListAccountsInput{}), kind.Objects("Accounts", "Id"))
		},
		Nothing: []string{"AWSOrganizationsNotInUseException"},
	},
	Optional: []kind.FollowUp{{
		Name:    "ListParentsAction",
		Actions: []string{"organizations:ListParents"},
		Call: kind.Each(func(ctx context.Context, t kind.Target, r *kind.Resource) (kind.Object, error) {
			answer, err := kind.Answer(organizations.NewFromConfig(t.Config).ListParents(ctx,
				&organizations.ListParentsInput{ChildId: aws.String(r.ID)}))
			return kind.Take(answer, "Parents", "Parents"), err
		}),
	}, {
		Name:    "ListTagsForResourceAction",
		Actions: []string{"organizations:ListTagsForResource"},
		Call: kind.Each(func(ctx context.Context, t kind.Target, r *kind.Resource) (kind.Object, error) {
			pager := organizations.NewListTagsForResourcePaginator(organizations.NewFromConfig(t.Config),
				&organizations.ListTagsForResourceInput{ResourceId: aws.String(r.ID)})
			return kind.Gather(kind.Answers(ctx, pager), "Tags", "Tags")
		}),
	}},
	Document: kind.Form{Open: true, Properties: `Id Arn Name Email Parents Tags Status State JoinedTimestamp JoinedMethod`},
}

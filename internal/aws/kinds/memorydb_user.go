package kinds

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/memorydb"

	"portolan/internal/aws/kind"
)

// MemoryDBUser is AWS::MemoryDB::User.
var MemoryDBUser = &kind.Kind{
	Type:      "AWS::MemoryDB::User",
	Service:   "memorydb",
	OfferedAs: "memorydb",
	List: kind.Listing{
		Name:    "DescribeUsersAction",
		Actions: []string{"memorydb:DescribeUsers"},
		Pages: func(ctx context.Context, t kind.Target) kind.Pages {
			// MaxResults has no documented bounds: MemoryDB chooses the size of a page.
			return kind.Walk(ctx, memorydb.NewDescribeUsersPaginator(memorydb.NewFromConfig(t.Config),
				&memorydb.DescribeUsersInput{}), kind.Objects("Users", "ARN"))
		},
	},
	Optional: []kind.FollowUp{{
		Name:    "ListTagsForMemoryDbUserAction",
		Actions: []string{"memorydb:ListTags"},
		Call: kind.Each(func(ctx context.Context, t kind.Target, r *kind.Resource) (kind.Object, error) {
			answer, err := kind.Answer(memorydb.NewFromConfig(t.Config).ListTags(ctx, &memorydb.ListTagsInput{ResourceArn: aws.String(r.ID)}))
			return kind.Take(answer, "TagList", "TagList"), err
		}),
	}},
	Document: kind.Form{Open: true, Properties: `Name Status AccessString ACLNames MinimumEngineVersion ARN Authentication TagList`},
}

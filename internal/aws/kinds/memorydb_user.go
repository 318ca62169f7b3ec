package kinds

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/memorydb"

	"portolan/internal/aws/kind"
)

// MemoryDBUser is AWS::MemoryDB::User.
var MemoryDBUser = &kind.Kind{
	Type:    "AWS::MemoryDB::User",
	Service: kind.Service{Prefix: "memorydb", OfferedAs: "memorydb", Client: kind.Client(memorydb.NewFromConfig)},
	List: kind.Listing{
		Name:    "DescribeUsersAction",
		Actions: []string{"memorydb:DescribeUsers"},
		// MaxResults has no documented bounds: MemoryDB chooses the size of a page.
		Pages: kind.Paged(func(c *memorydb.Client) *memorydb.DescribeUsersPaginator {
			return memorydb.NewDescribeUsersPaginator(c, &memorydb.DescribeUsersInput{})
		}, kind.Objects("Users", "ARN")),
	},
	Optional: []kind.FollowUp{{
		Name:    "ListTagsForMemoryDbUserAction",
		Actions: []string{"memorydb:ListTags"},
		Call: kind.One((*memorydb.Client).ListTags, func(r *kind.Resource) *memorydb.ListTagsInput {
			return &memorydb.ListTagsInput{ResourceArn: aws.String(r.ID)}
		}, kind.Property("TagList", "TagList")),
	}},
	Events:   kind.Events{Calls: `CreateUser UpdateUser CreateACL UpdateACL DeleteACL TagResource UntagResource DeleteUser`},
	Document: kind.Form{Open: true, Properties: `Name Status AccessString ACLNames MinimumEngineVersion ARN Authentication TagList`},
}

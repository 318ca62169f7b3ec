package kinds

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"

	"portolan/internal/aws/kind"
)

// ECRRepository is AWS::ECR::Repository: the repositories of the account's private
// registry.
var ECRRepository = &kind.Kind{
	Type:    "AWS::ECR::Repository",
	Service: kind.Service{Prefix: "ecr", OfferedAs: "ecr", Client: kind.Client(ecr.NewFromConfig)},
	List: kind.Listing{
		Name:     "DescribeRepositoriesAction",
		Actions:  []string{"ecr:DescribeRepositories"},
		PageSize: 1000, NamesOnly: true,
		// https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeRepositories.html
		Pages: kind.Paged(func(c *ecr.Client) *ecr.DescribeRepositoriesPaginator {
			return ecr.NewDescribeRepositoriesPaginator(c, &ecr.DescribeRepositoriesInput{MaxResults: aws.Int32(1000)})
		}, kind.Objects("repositories", "repositoryArn")),
	},
	Optional: []kind.FollowUp{{
		Name:    "GetRepositoryPolicyAction",
		Actions: []string{"ecr:GetRepositoryPolicy"},
		Absent:  []string{"RepositoryPolicyNotFoundException"},
		Call: kind.One((*ecr.Client).GetRepositoryPolicy, func(r *kind.Resource) *ecr.GetRepositoryPolicyInput {
			return &ecr.GetRepositoryPolicyInput{RepositoryName: aws.String(r.Str("repositoryName"))}
		}, kind.Property("policyText", "repositoryPolicyText")),
	}, {
		Name:    "GetLifecyclePolicyAction",
		Actions: []string{"ecr:GetLifecyclePolicy"},
		Absent:  []string{"LifecyclePolicyNotFoundException"},
		Call: kind.One((*ecr.Client).GetLifecyclePolicy, func(r *kind.Resource) *ecr.GetLifecyclePolicyInput {
			return &ecr.GetLifecyclePolicyInput{RepositoryName: aws.String(r.Str("repositoryName"))}
		}, func(_ *kind.Resource, answer kind.Object) (kind.Object, error) {
			return kind.Object{"lifecyclePolicy": answer}, nil
		}),
	}, {
		Name:    "ListTagsForResourceAction",
		Actions: []string{"ecr:ListTagsForResource"},
		Call: kind.One((*ecr.Client).ListTagsForResource, func(r *kind.Resource) *ecr.ListTagsForResourceInput {
			return &ecr.ListTagsForResourceInput{ResourceArn: aws.String(r.ID)}
		}, kind.Property("tags", "tags")),
		Bulk: kind.Tagged(kind.TagForm{Property: "tags", Key: "Key", Value: "Value", Made: "createdAt"}),
	}},
	Events: kind.Events{Calls: `CreateRepository PutImageScanningConfiguration PutImageTagMutability SetRepositoryPolicy
		DeleteRepositoryPolicy PutLifecyclePolicy DeleteLifecyclePolicy TagResource UntagResource
		DeleteRepository`},
	Document: kind.Form{Properties: `RepositoryName RepositoryArn RepositoryUri RegistryId CreatedAt ImageTagMutability
		ImageScanningConfiguration EncryptionConfiguration LifecyclePolicy RepositoryPolicyText Tags`},
}

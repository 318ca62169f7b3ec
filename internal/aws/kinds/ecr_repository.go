package kinds

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"

	"portolan/internal/aws/kind"
)

// ECRRepository is AWS::ECR::Repository: the repositories of the account's private
// registry.
var ECRRepository = &kind.Kind{
	Type:      "AWS::ECR::Repository",
	Service:   "ecr",
	OfferedAs: "ecr",
	List: kind.Listing{
		Name:     "DescribeRepositoriesAction",
		Actions:  []string{"ecr:DescribeRepositories"},
		PageSize: 1000, NamesOnly: true,
		Pages: func(ctx context.Context, t kind.Target) kind.Pages {
			// https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeRepositories.html
			return kind.Walk(ctx, ecr.NewDescribeRepositoriesPaginator(ecr.NewFromConfig(t.Config),
				&ecr.DescribeRepositoriesInput{MaxResults: aws.Int32(1000)}), kind.Objects("repositories", "repositoryArn"))
		},
	},
	Optional: []kind.FollowUp{{
		Name:    "GetRepositoryPolicyAction",
		Actions: []string{"ecr:GetRepositoryPolicy"},
		Absent:  []string{"RepositoryPolicyNotFoundException"},
		Call: kind.Each(func(ctx context.Context, t kind.Target, r *kind.Resource) (kind.Object, error) {
			answer, err := kind.Answer(ecr.NewFromConfig(t.Config).GetRepositoryPolicy(ctx,
				&ecr.GetRepositoryPolicyInput{RepositoryName: aws.String(r.Str("repositoryName"))}))
			return kind.Take(answer, "policyText", "repositoryPolicyText"), err
		}),
	}, {
		Name:    "GetLifecyclePolicyAction",
		Actions: []string{"ecr:GetLifecyclePolicy"},
		Absent:  []string{"LifecyclePolicyNotFoundException"},
		Call: kind.Each(func(ctx context.Context, t kind.Target, r *kind.Resource) (kind.Object, error) {
			answer, err := kind.Answer(ecr.NewFromConfig(t.Config).GetLifecyclePolicy(ctx,
				&ecr.GetLifecyclePolicyInput{RepositoryName: aws.String(r.Str("repositoryName"))}))
			return kind.Object{"lifecyclePolicy": answer}, err
		}),
	}, {
		Name:    "ListTagsForResourceAction",
		Actions: []string{"ecr:ListTagsForResource"},
		Call: kind.Each(func(ctx context.Context, t kind.Target, r *kind.Resource) (kind.Object, error) {
			answer, err := kind.Answer(ecr.NewFromConfig(t.Config).ListTagsForResource(ctx,
				&ecr.ListTagsForResourceInput{ResourceArn: aws.String(r.ID)}))
			return kind.Take(answer, "tags", "tags"), err
		}),
	}},
	Document: kind.Form{Properties: `RepositoryName RepositoryArn RepositoryUri RegistryId CreatedAt ImageTagMutability
		ImageScanningConfiguration EncryptionConfiguration LifecyclePolicy RepositoryPolicyText Tags`},
}

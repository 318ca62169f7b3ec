package kinds

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eks"

	"portolan/internal/aws/kind"
)

// EKSCluster is AWS::EKS::Cluster.
var EKSCluster = &kind.Kind{
	Type:      "AWS::EKS::Cluster",
	Service:   "eks",
	OfferedAs: "eks",
	List: kind.Listing{
		Name:      "ListClustersAction",
		Actions:   []string{"eks:ListClusters"},
		NamesOnly: true,
		Pages: func(ctx context.Context, t kind.Target) kind.Pages {
			// https://docs.aws.amazon.com/eks/latest/APIReference/API_ListClusters.html
			return kind.Walk(ctx, eks.NewListClustersPaginator(eks.NewFromConfig(t.Config),
				&eks.ListClustersInput{MaxResults: aws.Int32(100)}), kind.Names("clusters", "name"))
		},
	},
	Default: []kind.FollowUp{{
		Name:      "DescribeClusterAction",
		Actions:   []string{"eks:DescribeCluster"},
		Essential: true,
		Gone:      []string{"ResourceNotFoundException"},
		Call: kind.Each(func(ctx context.Context, t kind.Target, r *kind.Resource) (kind.Object, error) {
			answer, err := kind.Answer(eks.NewFromConfig(t.Config).DescribeCluster(ctx, &eks.DescribeClusterInput{Name: aws.String(r.ID)}))
			cluster, _ := answer["cluster"].(kind.Object)
			return cluster, err
		}),
	}},
	Document: kind.Form{Properties: `AccessConfig Arn CertificateAuthority ComputeConfig CreatedAt Endpoint Identity
		KubernetesNetworkConfig Logging Name PlatformVersion ResourcesVpcConfig RoleArn Status StorageConfig Tags
		UpgradePolicy Version ZonalShiftConfig`},
}

package kinds

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eks"

	"portolan/internal/aws/kind"
)

// EKSCluster is AWS::EKS::Cluster.
var EKSCluster = &kind.Kind{
	Type:    "AWS::EKS::Cluster",
	Service: kind.Service{Prefix: "eks", OfferedAs: "eks", Client: kind.Client(eks.NewFromConfig)},
	List: kind.Listing{
		Name:      "ListClustersAction",
		Actions:   []string{"eks:ListClusters"},
		NamesOnly: true,
		// https://docs.aws.amazon.com/eks/latest/APIReference/API_ListClusters.html
		Pages: kind.Paged(func(c *eks.Client) *eks.ListClustersPaginator {
			return eks.NewListClustersPaginator(c, &eks.ListClustersInput{MaxResults: aws.Int32(100)})
		}, kind.Names("clusters", "name")),
	},
	Default: []kind.FollowUp{{
		Name:      "DescribeClusterAction",
		Actions:   []string{"eks:DescribeCluster"},
		Essential: true,
		Gone:      []string{"ResourceNotFoundException"},
		Call: kind.One((*eks.Client).DescribeCluster, func(r *kind.Resource) *eks.DescribeClusterInput {
			return &eks.DescribeClusterInput{Name: aws.String(r.ID)}
		}, kind.Member("cluster")),
	}},
	Events: kind.Events{Calls: `CreateCluster RegisterCluster UpdateClusterConfig UpdateClusterVersion AssociateEncryptionConfig
		TagResource UntagResource DeleteCluster DeregisterCluster`},
	Document: kind.Form{Properties: `AccessConfig Arn CertificateAuthority ComputeConfig CreatedAt Endpoint Identity
		KubernetesNetworkConfig Logging Name PlatformVersion ResourcesVpcConfig RoleArn Status StorageConfig Tags
		UpgradePolicy Version ZonalShiftConfig`},
}

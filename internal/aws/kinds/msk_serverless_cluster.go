package kinds

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kafka"

	"portolan/internal/aws/kind"
)

// MSKServerlessCluster is AWS::MSK::ServerlessCluster.
var MSKServerlessCluster = &kind.Kind{
	Type:    "AWS::MSK::ServerlessCluster",
	Service: kind.Service{Prefix: "kafka", OfferedAs: "kafka", Client: kind.Client(kafka.NewFromConfig)},
	List: kind.Listing{
		Name:    "ListClustersV2Action",
		Actions: []string{"kafka:ListClustersV2"},
		// https://docs.aws.amazon.com/MSK/2.0/APIReference/v2-clusters.html
		Pages: kind.Paged(func(c *kafka.Client) *kafka.ListClustersV2Paginator {
			return kafka.NewListClustersV2Paginator(c, &kafka.ListClustersV2Input{ClusterTypeFilter: aws.String("SERVERLESS"), MaxResults: aws.Int32(100)})
		}, kind.Objects("ClusterInfoList", "ClusterArn")),
	},
	Events: kind.Events{Calls: `CreateClusterV2 UpdateConnectivity TagResource UntagResource DeleteCluster`},
	Document: kind.Form{Open: true, Properties: `ActiveOperationArn ClusterArn ClusterName ClusterType CreationTime
		CurrentVersion State StateInfo Tags Serverless`},
}

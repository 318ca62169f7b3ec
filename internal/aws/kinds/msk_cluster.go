package kinds

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kafka"

	"portolan/internal/aws/kind"
)

// MSKCluster is AWS::MSK::Cluster: the clusters with brokers of their own.
var MSKCluster = &kind.Kind{
	Type:      "AWS::MSK::Cluster",
	Service:   "kafka",
	OfferedAs: "kafka",
	List: kind.Listing{
		Name:    "ListClustersAction",
		Actions: []string{"kafka:ListClusters"},
		Pages: func(ctx context.Context, t kind.Target) kind.Pages {
			// https://docs.aws.amazon.com/msk/1.0/apireference/clusters.html
			return kind.Walk(ctx, kafka.NewListClustersPaginator(kafka.NewFromConfig(t.Config),
				&kafka.ListClustersInput{MaxResults: aws.Int32(100)}),
				kind.Objects("ClusterInfoList", "ClusterArn"))
		},
	},
	Document: kind.Form{Open: true, Properties: `ClusterArn ClusterName State CreationTime CurrentVersion BrokerNodeGroupInfo
		ClientAuthentication EncryptionInfo CurrentBrokerSoftwareInfo LoggingInfo OpenMonitoring NumberOfBrokerNodes
		EnhancedMonitoring StorageMode ZookeeperConnectString ZookeeperConnectStringTls Tags`},
}

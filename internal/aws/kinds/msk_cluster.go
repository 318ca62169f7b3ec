package kinds

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kafka"

	"portolan/internal/aws/kind"
)

// MSKCluster is AWS::MSK::Cluster: the provisioned clusters.
var MSKCluster = &kind.Kind{
	Type:    "AWS::MSK::Cluster",
	Service: kind.Service{Prefix: "kafka", OfferedAs: "kafka", Client: kind.Client(kafka.NewFromConfig)},
	List: kind.Listing{
		Name:    "ListClustersAction",
		Actions: []string{"kafka:ListClusters"},
		// https://docs.aws.amazon.com/msk/1.0/apireference/clusters.html
		Pages: kind.Paged(func(c *kafka.Client) *kafka.ListClustersPaginator {
			return kafka.NewListClustersPaginator(c, &kafka.ListClustersInput{MaxResults: aws.Int32(100)})
		}, kind.Objects("ClusterInfoList", "ClusterArn")),
	},
	Events: kind.Events{Calls: `CreateCluster CreateClusterV2 UpdateBrokerCount UpdateBrokerStorage UpdateBrokerType
		UpdateClusterConfiguration UpdateClusterKafkaVersion UpdateConnectivity UpdateMonitoring
		UpdateRebalancing UpdateSecurity UpdateStorage RebootBroker TagResource UntagResource DeleteCluster`},
	Document: kind.Form{Open: true, Properties: `ClusterArn ClusterName State CreationTime CurrentVersion BrokerNodeGroupInfo
		ClientAuthentication EncryptionInfo CurrentBrokerSoftwareInfo LoggingInfo OpenMonitoring NumberOfBrokerNodes
		EnhancedMonitoring StorageMode ZookeeperConnectString ZookeeperConnectStringTls Tags`},
}

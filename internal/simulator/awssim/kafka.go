package awssim

import (
	"cmp"
	"regexp"
	"slices"
)

// The kinds of MSK.
const (
	KafkaCluster    = "AWS::MSK::Cluster"
	ServerlessKafka = "AWS::MSK::ServerlessCluster"
)

func init() {
	kafka := service{
		name: "kafka", wire: &restWire{},
		dialect: restDialect.with(func(d *dialect) {
			d.failed = refuse(500, "InternalServerErrorException", "Internal server error")
			d.badParameter = refuse(400, "BadRequestException", "")
			d.badToken = refuse(400, "BadRequestException", "The nextToken is invalid.")
		}),
		scope: everything,
	}
	form := regexp.MustCompile(`^[A-Za-z0-9-]{1,64}$`)
	page := bounds{"maxResults", 1, 100, 100}
	kafka.simulate(
		kind{name: KafkaCluster, form: form, arn: "cluster/", things: []string{"events", "logs", "streams"}},
		operation{name: "ListClusters", http: "GET /v1/clusters", list: &listing{
			kind: KafkaCluster, items: "clusterInfoList", size: page, token: "nextToken",
			item: func(c *call, r *Resource) object { return append(c.kafkaHead(r), c.brokers(r)...).with(r.Attributes) },
		}},
	)
	kafka.simulate(
		kind{name: ServerlessKafka, form: form, arn: "cluster/", things: []string{"ingest", "audit", "telemetry"}},
		operation{name: "ListClustersV2", http: "GET /api/v2/clusters", takes: members{"clusterTypeFilter": isText}, list: &listing{
			of: kafkaClusters, items: "clusterInfoList", size: page, token: "nextToken",
		}},
	)
}

// kafkaClusters are the clusters of one type; without a filter both would be mixed.
func kafkaClusters(c *call) (source, error) {
	switch wanted := c.text("clusterTypeFilter"); wanted {
	case "PROVISIONED":
		return resources(c, selection{kind: KafkaCluster}, func(c *call, r *Resource) object {
			return append(c.kafkaHead(r), member{"clusterType", wanted}, member{"provisioned", c.brokers(r)}).with(r.Attributes)
		}), nil
	case "SERVERLESS":
		return resources(c, selection{kind: ServerlessKafka}, func(c *call, r *Resource) object {
			d := dieOf("serverless", c.caller.account, r.Region, r.ID)
			return append(c.kafkaHead(r), member{"clusterType", wanted}, member{"serverless", object{
				{"vpcConfigs", []object{{{"subnetIds", []string{c.some("AWS::EC2::Subnet", "subnet-0"+d.hex(16))}}, {"securityGroupIds", []string{c.some("AWS::EC2::SecurityGroup", "sg-0"+d.hex(16))}}}}},
				{"clientAuthentication", object{{"sasl", object{{"iam", object{{"enabled", true}}}}}}},
			}}).with(r.Attributes)
		}), nil
	default:
		return nil, c.service.dialect.badParameter.saying("The clusterTypeFilter must be PROVISIONED or SERVERLESS, not %s.", cmp.Or(wanted, "empty"))
	}
}

// kafkaHead is what all clusters have in common.
func (c *call) kafkaHead(r *Resource) object {
	return object{
		{"clusterArn", c.arn(r.Kind, r.ID+"/"+dieOf("kafka", c.caller.account, r.Region, r.ID).uuid()+"-7")},
		{"clusterName", r.ID},
		{"creationTime", stamp(created(r))},
		{"currentVersion", "K" + dieOf("version", r.ID).text(13, upperDigits)},
		{"state", "ACTIVE"},
		{"tags", r.Tags},
	}
}

// brokers is what a cluster with brokers has in addition to its head.
func (c *call) brokers(r *Resource) object {
	d := dieOf("brokers", c.caller.account, r.Region, r.ID)
	host := "." + r.ID + "." + d.text(6, lowerDigits) + ".c7.kafka." + r.Region + "." + domain(c.server.world.partition)
	zookeepers := func(port string) string {
		hosts := []string{"z-1" + host + ":" + port, "z-2" + host + ":" + port, "z-3" + host + ":" + port}
		slices.Reverse(hosts)
		return hosts[0] + "," + hosts[1] + "," + hosts[2]
	}
	return object{
		{"brokerNodeGroupInfo", object{
			{"brokerAZDistribution", "DEFAULT"}, {"clientSubnets", []string{c.some("AWS::EC2::Subnet", "subnet-0"+d.hex(16)), c.some("AWS::EC2::Subnet", "subnet-0"+d.hex(16)), c.some("AWS::EC2::Subnet", "subnet-0"+d.hex(16))}},
			{"instanceType", "kafka.m7g.large"}, {"securityGroups", []string{c.some("AWS::EC2::SecurityGroup", "sg-0"+d.hex(16))}},
			{"storageInfo", object{{"ebsStorageInfo", object{{"volumeSize", pick(d, []int{100, 1000})}}}}},
			{"zoneIds", []string{zoneID(r.Region, 0), zoneID(r.Region, 1), zoneID(r.Region, 2)}},
		}},
		{"clientAuthentication", object{{"sasl", object{{"iam", object{{"enabled", true}}}, {"scram", object{{"enabled", false}}}}}}},
		{"currentBrokerSoftwareInfo", object{{"kafkaVersion", "3.8.x"}}},
		{"encryptionInfo", object{
			{"encryptionAtRest", object{{"dataVolumeKMSKeyId", c.server.arn("kms", r.Region, c.caller.account, "key/"+d.uuid())}}},
			{"encryptionInTransit", object{{"clientBroker", "TLS"}, {"inCluster", true}}},
		}},
		{"enhancedMonitoring", "DEFAULT"},
		{"numberOfBrokerNodes", 3},
		{"openMonitoring", object{{"prometheus", object{
			{"jmxExporter", object{{"enabledInBroker", false}}}, {"nodeExporter", object{{"enabledInBroker", false}}},
		}}}},
		{"storageMode", "LOCAL"},
		{"zookeeperConnectString", zookeepers("2181")},
		{"zookeeperConnectStringTls", zookeepers("2182")},
	}
}

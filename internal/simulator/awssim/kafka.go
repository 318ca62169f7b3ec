package awssim

import (
	"cmp"
	"net/http"
	"slices"
)

var kafkaService = func() *service {
	d := restDialect
	d.throttled = refusal{status: 429, code: "TooManyRequestsException", message: "Rate exceeded"}
	d.failed = refusal{status: 500, code: "InternalServerErrorException", message: "Internal server error"}
	d.badParameter = refusal{status: 400, code: "BadRequestException"}
	return &service{
		name: "kafka",
		wire: &restWire{message: "message", route: func(c *call) string {
			switch c.request.Method + " " + c.request.URL.Path {
			case http.MethodGet + " /v1/clusters":
				return "ListClusters"
			case http.MethodGet + " /api/v2/clusters":
				return "ListClustersV2"
			}
			return c.request.Method + " " + c.request.URL.Path
		}},
		dialect: d,
		scopeOf: everything,
		operations: operations(
			operation{
				name: "ListClusters", action: "kafka:ListClusters", serve: listKafkaClusters,
				parameters: []string{"maxResults", "nextToken"},
			},
			operation{
				name: "ListClustersV2", action: "kafka:ListClustersV2", serve: listKafkaClustersV2,
				parameters: []string{"maxResults", "nextToken", "clusterTypeFilter"},
			},
		),
	}
}()

// kafkaPage is the greatest page, which is also the usual one.
const kafkaPage = 100

func (c *call) kafkaARN(id string) string {
	return c.server.arn("kafka", c.signature.region, c.caller.account, "cluster/"+id+"/"+dieOf("kafka", c.caller.account, c.signature.region, id).uuid()+"-7")
}

// kafkaList serves a page of one kind of cluster.
func kafkaList(c *call, kind string, form func(*Resource) object) error {
	query := c.request.URL.Query()
	size, err := c.asked("maxResults", 1, kafkaPage, kafkaPage)
	if err != nil {
		return err
	}
	found, next, ok := c.page(kind, size, query.Get("nextToken"), query.Get("clusterTypeFilter"), nil)
	if !ok {
		return c.service.dialect.badParameter.saying("The nextToken is invalid.")
	}
	list := make([]object, len(found))
	for i := range found {
		list[i] = form(&found[i])
	}
	return c.reply(object{{"clusterInfoList", list}}.optional("nextToken", next))
}

func listKafkaClusters(c *call) error {
	return kafkaList(c, KafkaCluster, func(r *Resource) object {
		return append(c.kafkaHead(r), c.brokers(r)...).with(r.Attributes)
	})
}

// listKafkaClustersV2 serves one type at a time; without a filter it would have to
// mix both.
func listKafkaClustersV2(c *call) error {
	wanted := c.request.URL.Query().Get("clusterTypeFilter")
	switch kind := map[string]string{"PROVISIONED": KafkaCluster, "SERVERLESS": ServerlessKafka}[wanted]; kind {
	case KafkaCluster:
		return kafkaList(c, kind, func(r *Resource) object {
			return append(c.kafkaHead(r), member{"clusterType", wanted}, member{"provisioned", c.brokers(r)}).with(r.Attributes)
		})
	case ServerlessKafka:
		return kafkaList(c, kind, func(r *Resource) object {
			d := dieOf("serverless", c.caller.account, r.Region, r.ID)
			return append(c.kafkaHead(r), member{"clusterType", wanted}, member{"serverless", object{
				{"vpcConfigs", []object{{{"subnetIds", []string{"subnet-0" + d.hex(16)}}, {"securityGroupIds", []string{"sg-0" + d.hex(16)}}}}},
				{"clientAuthentication", object{{"sasl", object{{"iam", object{{"enabled", true}}}}}}},
			}}).with(r.Attributes)
		})
	}
	return c.service.dialect.badParameter.saying("The clusterTypeFilter must be PROVISIONED or SERVERLESS, not %s.", cmp.Or(wanted, "empty"))
}

// kafkaHead is what all clusters have in common.
func (c *call) kafkaHead(r *Resource) object {
	return object{
		{"clusterArn", c.kafkaARN(r.ID)},
		{"clusterName", r.ID},
		{"creationTime", stamp(created(r))},
		{"currentVersion", "K" + dieOf("version", r.ID).text(13, upperDigits)},
		{"state", "ACTIVE"},
		{"tags", r.Tags},
	}
}

// brokers is what a cluster with brokers has beside its head.
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
			{"brokerAZDistribution", "DEFAULT"}, {"clientSubnets", []string{"subnet-0" + d.hex(16), "subnet-0" + d.hex(16), "subnet-0" + d.hex(16)}},
			{"instanceType", "kafka.m7g.large"}, {"securityGroups", []string{"sg-0" + d.hex(16)}},
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

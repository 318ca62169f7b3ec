package awssim

import (
	"cmp"
	"regexp"
)

// KubernetesCluster is a cluster of EKS.
const KubernetesCluster = "AWS::EKS::Cluster"

func init() {
	eks := service{
		name: "eks", wire: &restWire{},
		dialect: restDialect.with(func(d *dialect) {
			d.throttled = refuse(429, "ThrottlingException", "Rate exceeded")
			d.failed = refuse(500, "ServerException", "Internal server error")
			d.badParameter = refuse(400, "InvalidParameterException", "")
			d.badToken = refuse(400, "InvalidParameterException", "The nextToken is invalid")
		}),
		scope: func(c *call) string { return c.arn(KubernetesCluster, cmp.Or(c.text("name"), "*")) },
	}
	eks.simulate(
		kind{
			name: KubernetesCluster, form: regexp.MustCompile(`^[0-9A-Za-z][A-Za-z0-9_-]{0,99}$`), arn: "cluster/",
			things: []string{"apps", "platform", "data", "edge"},
		},
		operation{name: "ListClusters", http: "GET /clusters", list: &listing{
			kind: KubernetesCluster, items: "clusters", size: bounds{"maxResults", 1, 100, 100}, token: "nextToken",
		}},
		operation{name: "DescribeCluster", http: "GET /clusters/{name}", detail: &detail{
			kind: KubernetesCluster, by: "name",
			missing: refuse(404, "ResourceNotFoundException", "No cluster found for name: {id}.").with(object{{"clusterName", "{id}"}}),
			reply:   func(c *call, r *Resource) (object, error) { return object{{"cluster", kubernetesForm(c, r)}}, nil },
		}},
	)
}

// kubernetesForm is a cluster as DescribeCluster returns it.
func kubernetesForm(c *call, r *Resource) object {
	d := dieOf("eks", c.caller.account, r.Region, r.ID)
	id := d.text(32, upperDigits)
	host := id + ".gr7." + r.Region + ".eks." + domain(c.server.world.partition)
	return object{
		{"name", r.ID},
		{"arn", c.arn(KubernetesCluster, r.ID)},
		{"createdAt", epoch(created(r))},
		{"version", pick(d, []string{"1.31", "1.32", "1.33"})},
		{"endpoint", "https://" + host},
		{"roleArn", c.role("eks-" + r.ID)},
		{"resourcesVpcConfig", object{
			{"subnetIds", []string{c.some("AWS::EC2::Subnet", "subnet-0"+d.hex(16)), c.some("AWS::EC2::Subnet", "subnet-0"+d.hex(16))}}, {"securityGroupIds", []string{}},
			{"clusterSecurityGroupId", c.some("AWS::EC2::SecurityGroup", "sg-0"+d.hex(16))}, {"vpcId", c.some("AWS::EC2::VPC", "vpc-0"+dieOf("vpc", c.caller.account, r.Region).hex(16))},
			{"endpointPublicAccess", d.oneIn(2)}, {"endpointPrivateAccess", true}, {"publicAccessCidrs", []string{"0.0.0.0/0"}},
		}},
		{"kubernetesNetworkConfig", object{{"serviceIpv4Cidr", "172.20.0.0/16"}, {"ipFamily", "ipv4"}, {"elasticLoadBalancing", object{{"enabled", false}}}}},
		{"logging", object{{"clusterLogging", []object{
			{{"types", []string{"api", "audit"}}, {"enabled", true}},
			{{"types", []string{"authenticator", "controllerManager", "scheduler"}}, {"enabled", false}},
		}}}},
		{"identity", object{{"oidc", object{{"issuer", "https://oidc.eks." + r.Region + "." + domain(c.server.world.partition) + "/id/" + id}}}}},
		{"status", "ACTIVE"},
		{"certificateAuthority", object{{"data", d.text(64, lowerDigits)}}},
		{"platformVersion", "eks.9"},
		{"tags", r.Tags},
		{"accessConfig", object{{"authenticationMode", "API_AND_CONFIG_MAP"}}},
		{"upgradePolicy", object{{"supportType", "EXTENDED"}}},
		{"deletionProtection", false},
	}.with(r.Attributes)
}

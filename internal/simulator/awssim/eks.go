package awssim

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

var eksService = func() *service {
	d := restDialect
	d.throttled = refusal{status: 429, code: "ThrottlingException", message: "Rate exceeded"}
	d.failed = refusal{status: 500, code: "ServerException", message: "Internal server error"}
	d.badParameter = refusal{status: 400, code: "InvalidParameterException"}
	return &service{
		name:    "eks",
		wire:    &restWire{route: eksRoute, message: "message"},
		dialect: d,
		scopeOf: func(c *call) string {
			name, _ := eksNamed(c)
			if name == "" {
				return c.kubernetesARN("*")
			}
			return c.kubernetesARN(name)
		},
		operations: operations(
			operation{
				name: "ListClusters", action: "eks:ListClusters", serve: listKubernetesClusters,
				parameters: []string{"maxResults", "nextToken"},
			},
			operation{name: "DescribeCluster", action: "eks:DescribeCluster", serve: describeKubernetesCluster},
		),
	}
}()

// eksPage is the greatest page, which is also the usual one.
const eksPage = 100

func eksRoute(c *call) string {
	if c.request.Method == http.MethodGet {
		if c.request.URL.Path == "/clusters" {
			return "ListClusters"
		}
		if _, ok := eksNamed(c); ok {
			return "DescribeCluster"
		}
	}
	return c.request.Method + " " + c.request.URL.Path
}

func eksNamed(c *call) (string, bool) { return c.lastSegment("/clusters/") }

// lastSegment is what comes after a prefix of the path, if that is one segment.
func (c *call) lastSegment(prefix string) (string, bool) {
	escaped, ok := strings.CutPrefix(c.request.URL.EscapedPath(), prefix)
	if !ok || escaped == "" || strings.Contains(escaped, "/") {
		return "", false
	}
	name, err := url.PathUnescape(escaped)
	return name, err == nil
}

// asked reads a number of the query, as [call.between] does.
func (c *call) asked(name string, low, high, otherwise int) (int, error) {
	text := c.request.URL.Query().Get(name)
	if text == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0, c.service.dialect.badParameter.saying("Value (%s) for parameter %s is invalid. It must be an integer.", text, name)
	}
	return c.between(name, &n, low, high, otherwise)
}

func (c *call) kubernetesARN(name string) string {
	return c.server.arn("eks", c.signature.region, c.caller.account, "cluster/"+name)
}

func listKubernetesClusters(c *call) error {
	size, err := c.asked("maxResults", 1, eksPage, eksPage)
	if err != nil {
		return err
	}
	found, next, ok := c.page(KubernetesCluster, size, c.request.URL.Query().Get("nextToken"), "", nil)
	if !ok {
		return c.service.dialect.badParameter.saying("The nextToken is invalid")
	}
	return c.reply(object{{"clusters", ids(found)}}.optional("nextToken", next))
}

func describeKubernetesCluster(c *call) error {
	name, _ := eksNamed(c)
	c.call.Resource = name
	r, there := c.find(KubernetesCluster, name)
	if !there {
		return refusal{status: 404, code: "ResourceNotFoundException", extra: object{{"clusterName", name}}}.saying("No cluster found for name: %s.", name)
	}
	return c.reply(object{{"cluster", c.kubernetesForm(&r)}})
}

// kubernetesForm is a cluster as DescribeCluster tells of it.
func (c *call) kubernetesForm(r *Resource) object {
	d := dieOf("eks", c.caller.account, r.Region, r.ID)
	id := d.text(32, upperDigits)
	host := id + ".gr7." + r.Region + ".eks." + domain(c.server.world.partition)
	return object{
		{"name", r.ID},
		{"arn", c.kubernetesARN(r.ID)},
		{"createdAt", epoch(created(r))},
		{"version", pick(d, []string{"1.31", "1.32", "1.33"})},
		{"endpoint", "https://" + host},
		{"roleArn", c.server.arn("iam", "", c.caller.account, "role/eks-"+r.ID)},
		{"resourcesVpcConfig", object{
			{"subnetIds", []string{"subnet-0" + d.hex(16), "subnet-0" + d.hex(16)}}, {"securityGroupIds", []string{}},
			{"clusterSecurityGroupId", "sg-0" + d.hex(16)}, {"vpcId", "vpc-0" + dieOf("vpc", c.caller.account, r.Region).hex(16)},
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

package awssim

import "time"

// Of Elastic Load Balancing the list of load balancers is simulated, which are those that Cloud
// Control reads as AWS::ElasticLoadBalancingV2::LoadBalancer.
func init() {
	elb := service{
		name: "elasticloadbalancing", wire: &queryWire{
			version: "2015-12-01", namespace: "http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/", items: itemNames{"": "member"},
		},
		dialect: queryDialect, scope: everything,
	}
	elb.serve(operation{name: "DescribeLoadBalancers", list: &listing{
		kind: "AWS::ElasticLoadBalancingV2::LoadBalancer", items: "LoadBalancers", item: loadBalancer,
		size: bounds{"PageSize", 1, 400, 400}, token: "Marker", next: "NextMarker",
	}})
}

// loadBalancer is a load balancer as DescribeLoadBalancers returns it.
func loadBalancer(c *call, r *Resource) object {
	model := c.model(r)
	answer := object{{"LoadBalancerArn", r.ID}}
	for _, of := range [][2]string{
		{"LoadBalancerName", "Name"}, {"DNSName", "DNSName"}, {"CanonicalHostedZoneId", "CanonicalHostedZoneID"},
		{"Type", "Type"}, {"Scheme", "Scheme"}, {"IpAddressType", "IpAddressType"}, {"SecurityGroups", "SecurityGroups"},
	} {
		answer = append(answer, member{of[0], model[of[1]]})
	}
	return answer.including("State", object{{"Code", "active"}}).including("CreatedTime", created(r).UTC().Format(time.RFC3339))
}

package awssim

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
)

// Service is a service of ECS. Its ID is "cluster/name", and it is gone as soon as its
// cluster is.
const Service = "AWS::ECS::Service"

func init() {
	ecs.simulate(
		kind{
			name: Service, form: regexp.MustCompile(`^[A-Za-z0-9_-]{1,255}/[A-Za-z0-9_-]{1,255}$`), arn: "service/",
			owner: Cluster, joint: "/", inseparable: true,
			things: []string{"web", "api", "worker", "consumer", "gateway", "scheduler"},
		},
		operation{name: "ListServices", takes: members{"cluster": isText}, list: &listing{
			items: "serviceArns", size: bounds{"maxResults", 1, 100, ecsServices}, token: "nextToken",
			of: func(c *call) (source, error) {
				cluster, err := c.ownCluster()
				return resources(c, selection{kind: Service, owner: cluster.ID}, arnOf), err
			},
		}},
		operation{name: "DescribeServices", takes: members{"cluster": isText, "services": isList, "include": isList}, answer: describeServices},
	)
}

// ecsServices is the greatest number of services that can be described at once,
// and the number on a page that does not say its size.
const ecsServices = 10

// ownCluster finds the cluster that a call names by name or ARN; "default" if it
// names none.
func (c *call) ownCluster() (Resource, error) {
	asked := cmp.Or(c.text("cluster"), "default")
	r, there := c.known(Cluster, strings.TrimPrefix(asked, c.arn(Cluster, "")))
	if !there {
		return Resource{}, refuse(400, "ClusterNotFoundException", "Cluster not found.").plain()
	}
	return r, nil
}

func describeServices(c *call) (object, error) {
	include, err := c.includes("service", "TAGS")
	if err != nil {
		return nil, err
	}
	services := c.texts("services")
	switch {
	case len(services) == 0:
		return nil, c.service.dialect.badParameter.saying("Services cannot be empty.")
	case len(services) > ecsServices:
		return nil, c.service.dialect.badParameter.saying("Services can not have more than %d elements.", ecsServices)
	}
	cluster, err := c.ownCluster()
	if err != nil {
		return nil, err
	}
	described, failures := []object{}, []object{}
	for _, asked := range slices.Backward(services) {
		id := strings.TrimPrefix(asked, c.arn(Service, ""))
		if owner, _, qualified := strings.Cut(id, "/"); !qualified {
			id = cluster.ID + "/" + id
		} else if owner != cluster.ID {
			return nil, c.service.dialect.badParameter.saying("Identifier is for %s. Your cluster is %s", owner, cluster.ID)
		}
		r, there := c.find(Service, id)
		if !there {
			failures = append(failures, object{{"arn", c.arn(Service, id)}, {"reason", "MISSING"}})
			continue
		}
		form := serviceForm(c, &r)
		if len(include) > 0 {
			form = append(form, member{"tags", tagList(r.Tags, "key", "value")})
		}
		described = append(described, form.with(r.Attributes))
	}
	return object{{"services", described}, {"failures", failures}}, nil
}

// serviceForm is a service as DescribeServices returns it, without its tags.
func serviceForm(c *call, r *Resource) object {
	d := dieOf("service", c.caller.account, r.Region, r.ID)
	cluster, name, _ := strings.Cut(r.ID, "/")
	desired, made := 1+d.below(6), epoch(created(r))
	definition := c.arn(TaskDefinition, c.neighbour(TaskDefinition, d))
	network := object{{"awsvpcConfiguration", object{
		{"subnets", []string{c.some("AWS::EC2::Subnet", "subnet-0"+d.hex(16))}}, {"securityGroups", []string{c.some("AWS::EC2::SecurityGroup", "sg-0"+d.hex(16))}}, {"assignPublicIp", "DISABLED"},
	}}}
	return object{
		{"serviceArn", c.arn(Service, r.ID)},
		{"serviceName", name},
		{"clusterArn", c.arn(Cluster, cluster)},
		{"loadBalancers", []object{}},
		{"serviceRegistries", []object{}},
		{"status", "ACTIVE"},
		{"desiredCount", desired},
		{"runningCount", desired},
		{"pendingCount", 0},
		{"launchType", "FARGATE"},
		{"platformVersion", "LATEST"},
		{"platformFamily", "Linux"},
		{"taskDefinition", definition},
		{"deploymentConfiguration", object{
			{"deploymentCircuitBreaker", object{{"enable", true}, {"rollback", true}}}, {"maximumPercent", 200}, {"minimumHealthyPercent", 100},
		}},
		{"deployments", []object{{
			{"id", "ecs-svc/" + d.text(19, "0123456789")}, {"status", "PRIMARY"}, {"taskDefinition", definition}, {"desiredCount", desired},
			{"pendingCount", 0}, {"runningCount", desired}, {"failedTasks", 0}, {"createdAt", made}, {"updatedAt", made},
			{"launchType", "FARGATE"}, {"networkConfiguration", network}, {"rolloutState", "COMPLETED"},
		}}},
		{"roleArn", c.role("aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS")},
		{"events", []object{{
			{"id", d.uuid()}, {"createdAt", made}, {"message", "(service " + name + ") has reached a steady state."},
		}}},
		{"createdAt", made},
		{"placementConstraints", []object{}},
		{"placementStrategy", []object{}},
		{"networkConfiguration", network},
		{"healthCheckGracePeriodSeconds", 0},
		{"schedulingStrategy", "REPLICA"},
		{"deploymentController", object{{"type", "ECS"}}},
		{"createdBy", c.role("deploy")},
		{"enableECSManagedTags", true},
		{"propagateTags", "NONE"},
		{"enableExecuteCommand", false},
		{"availabilityZoneRebalancing", "ENABLED"},
	}
}

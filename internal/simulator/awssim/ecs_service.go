package awssim

import (
	"slices"
	"strings"
)

// ecsServices is the greatest number of services that can be described at once,
// and the number on a page that does not say its size.
const ecsServices = 10

// ownCluster finds the cluster that a call names by name or ARN; "default" if it
// names none.
func (c *call) ownCluster(asked string) (Resource, error) {
	if asked == "" {
		asked = "default"
	}
	r, there := c.known(Cluster, strings.TrimPrefix(asked, c.clusterARN("")))
	if !there {
		return Resource{}, refusal{status: 400, code: "ClusterNotFoundException"}.saying("Cluster not found.")
	}
	return r, nil
}

func (c *call) serviceARN(id string) string {
	return c.server.arn("ecs", c.signature.region, c.caller.account, "service/"+id)
}

func listServices(c *call) error {
	input, err := decode[struct {
		Cluster, NextToken string
		MaxResults         *int
	}](c)
	if err != nil {
		return err
	}
	size, err := c.between("maxResults", input.MaxResults, 1, ecsPage, ecsServices)
	if err != nil {
		return err
	}
	cluster, err := c.ownCluster(input.Cluster)
	if err != nil {
		return err
	}
	found, next, ok := c.branch(branch{kind: Service, owner: cluster.ID}, size, input.NextToken, cluster.ID, nil)
	if !ok {
		return c.service.dialect.badParameter.saying("Invalid token.")
	}
	arns := make([]string, len(found))
	for i := range found {
		arns[i] = c.serviceARN(found[i].ID)
	}
	return c.reply(object{{"serviceArns", arns}}.optional("nextToken", next))
}

func describeServices(c *call) error {
	input, err := decode[struct {
		Cluster           string
		Services, Include []string
	}](c)
	if err != nil {
		return err
	}
	for _, field := range input.Include {
		if field != "TAGS" {
			return c.service.dialect.badParameter.saying("Unrecognized service field %s; expected TAGS.", field)
		}
	}
	switch {
	case len(input.Services) == 0:
		return c.service.dialect.badParameter.saying("Services cannot be empty.")
	case len(input.Services) > ecsServices:
		return c.service.dialect.badParameter.saying("Services can not have more than %d elements.", ecsServices)
	}
	cluster, err := c.ownCluster(input.Cluster)
	if err != nil {
		return err
	}
	described, failures := []object{}, []object{}
	for _, asked := range slices.Backward(input.Services) {
		id := strings.TrimPrefix(asked, c.serviceARN(""))
		if owner, _, qualified := strings.Cut(id, "/"); !qualified {
			id = cluster.ID + "/" + id
		} else if owner != cluster.ID {
			return c.service.dialect.badParameter.saying("Identifier is for %s. Your cluster is %s", owner, cluster.ID)
		}
		r, there := c.find(Service, id)
		if !there {
			failures = append(failures, object{{"arn", c.serviceARN(id)}, {"reason", "MISSING"}})
			continue
		}
		form := c.serviceForm(&r)
		if len(input.Include) > 0 {
			form = append(form, member{"tags", tagList(r.Tags, "key", "value")})
		}
		described = append(described, form.with(r.Attributes))
	}
	return c.reply(object{{"services", described}, {"failures", failures}})
}

// serviceForm is a service as DescribeServices tells of it, without its tags.
func (c *call) serviceForm(r *Resource) object {
	d := dieOf("service", c.caller.account, r.Region, r.ID)
	cluster, name, _ := strings.Cut(r.ID, "/")
	desired, made := 1+d.below(6), epoch(created(r))
	definition := c.taskDefinitionARN(c.server.world.neighbour(c.caller.account, TaskDefinition, r.Region, d))
	network := object{{"awsvpcConfiguration", object{
		{"subnets", []string{"subnet-0" + d.hex(16)}}, {"securityGroups", []string{"sg-0" + d.hex(16)}}, {"assignPublicIp", "DISABLED"},
	}}}
	return object{
		{"serviceArn", c.serviceARN(r.ID)},
		{"serviceName", name},
		{"clusterArn", c.clusterARN(cluster)},
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
		{"roleArn", c.server.arn("iam", "", c.caller.account, "role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS")},
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
		{"createdBy", c.server.arn("iam", "", c.caller.account, "role/deploy")},
		{"enableECSManagedTags", true},
		{"propagateTags", "NONE"},
		{"enableExecuteCommand", false},
		{"availabilityZoneRebalancing", "ENABLED"},
	}
}

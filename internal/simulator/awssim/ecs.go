package awssim

import (
	"slices"
	"strings"
)

var ecsService = func() *service {
	d := jsonDialect
	d.failed = refusal{status: 500, code: "ServerException", message: "Service Unavailable. Please try again later."}
	d.badParameter = refusal{status: 400, code: "InvalidParameterException"}
	return &service{
		name:    "ecs",
		wire:    &jsonWire{target: "AmazonEC2ContainerServiceV20141113", version: "1.1", message: "message"},
		dialect: d,
		scopeOf: everything,
		operations: operations(
			operation{name: "ListClusters", action: "ecs:ListClusters", serve: listClusters},
			operation{name: "DescribeClusters", action: "ecs:DescribeClusters", serve: describeClusters},
			operation{name: "ListServices", action: "ecs:ListServices", serve: listServices},
			operation{name: "DescribeServices", action: "ecs:DescribeServices", serve: describeServices},
			operation{name: "ListTaskDefinitions", action: "ecs:ListTaskDefinitions", serve: listTaskDefinitions},
			operation{name: "DescribeTaskDefinition", action: "ecs:DescribeTaskDefinition", serve: describeTaskDefinition},
		),
	}
}()

// ecsPage is the greatest page, and the greatest number of clusters that can be
// described at once.
const ecsPage = 100

func (c *call) clusterARN(name string) string {
	return c.server.arn("ecs", c.signature.region, c.caller.account, "cluster/"+name)
}

func listClusters(c *call) error {
	input, err := decode[struct {
		MaxResults *int
		NextToken  string
	}](c)
	if err != nil {
		return err
	}
	size, err := c.between("maxResults", input.MaxResults, 1, ecsPage, ecsPage)
	if err != nil {
		return err
	}
	found, next, ok := c.page(Cluster, size, input.NextToken, "", nil)
	if !ok {
		return c.service.dialect.badParameter.saying("Invalid token.")
	}
	arns := make([]string, len(found))
	for i := range found {
		arns[i] = c.clusterARN(found[i].ID)
	}
	return c.reply(object{{"clusterArns", arns}}.optional("nextToken", next))
}

var clusterFields = []string{"ATTACHMENTS", "CONFIGURATIONS", "SETTINGS", "STATISTICS", "TAGS"}

func describeClusters(c *call) error {
	input, err := decode[struct{ Clusters, Include []string }](c)
	if err != nil {
		return err
	}
	if len(input.Clusters) > ecsPage {
		return c.service.dialect.badParameter.saying("Clusters can not have more than %d elements.", ecsPage)
	}
	for _, field := range input.Include {
		if !slices.Contains(clusterFields, field) {
			return c.service.dialect.badParameter.saying("Unrecognized cluster field %s; expected one of %s.", field, strings.Join(clusterFields, ", "))
		}
	}
	if len(input.Clusters) == 0 {
		input.Clusters = []string{"default"}
	}
	clusters, failures := []object{}, []object{}
	for _, asked := range input.Clusters {
		name, own := asked, true
		if strings.HasPrefix(asked, "arn:") {
			name = baseName(asked)
			own = asked == c.clusterARN(name)
		}
		r, there := c.find(Cluster, name)
		if !there || !own {
			failures = append(failures, object{{"arn", c.clusterARN(name)}, {"reason", "MISSING"}})
			continue
		}
		clusters = append(clusters, clusterForm(c.clusterARN(name), &r, input.Include))
	}
	return c.reply(object{{"clusters", clusters}, {"failures", failures}})
}

// clusterForm is a cluster as DescribeClusters tells of it. What has to be asked
// for with include is empty or absent otherwise.
func clusterForm(arn string, r *Resource, include []string) object {
	d := dieOf(arn)
	services := d.below(12)
	form := object{
		{"clusterArn", arn},
		{"clusterName", r.ID},
		{"status", "ACTIVE"},
		{"registeredContainerInstancesCount", 0},
		{"runningTasksCount", services * 2},
		{"pendingTasksCount", 0},
		{"activeServicesCount", services},
		{"capacityProviders", []string{"FARGATE", "FARGATE_SPOT"}},
		{"defaultCapacityProviderStrategy", []object{{{"capacityProvider", "FARGATE"}, {"weight", 1}, {"base", 0}}}},
		{"attachments", []object{}},
		{"attachmentsStatus", "UPDATE_COMPLETE"},
		{"configuration", object{{"executeCommandConfiguration", object{{"logging", "DEFAULT"}}}}},
		{"settings", []object{{{"name", "containerInsights"}, {"value", "enabled"}}}},
		{"statistics", []object{{{"name", "runningFargateTasksCount"}, {"value", string(appendPlain(nil, services*2))}}}},
		{"tags", tagList(r.Tags, "key", "value")},
	}.with(r.Attributes)
	hide := func(field string, empty any, names ...string) {
		if slices.Contains(include, field) {
			return
		}
		for i := range form {
			if slices.Contains(names, form[i].name) {
				form[i].value = empty
			}
		}
	}
	hide("TAGS", []object{}, "tags")
	hide("SETTINGS", []object{}, "settings")
	hide("STATISTICS", []object{}, "statistics")
	hide("CONFIGURATIONS", nil, "configuration")
	hide("ATTACHMENTS", nil, "attachments", "attachmentsStatus")
	return slices.DeleteFunc(form, func(m member) bool { return m.value == nil })
}

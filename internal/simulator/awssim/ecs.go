package awssim

import (
	"regexp"
	"slices"
	"strings"
)

// Cluster is a cluster of ECS.
const Cluster = "AWS::ECS::Cluster"

var ecs = service{
	name: "ecs", wire: &jsonWire{target: "AmazonEC2ContainerServiceV20141113", version: "1.1"},
	dialect: jsonDialect.with(func(d *dialect) {
		d.failed = refuse(500, "ServerException", "Service Unavailable. Please try again later.")
		d.badParameter = refuse(400, "InvalidParameterException", "")
		d.badToken = refuse(400, "InvalidParameterException", "Invalid token.")
	}),
	scope: everything,
	limits: []Limit{
		{Operation: "*Clusters", Rate: 20, Burst: 50},
		{Operation: "*Services", Rate: 20, Burst: 100},
		{Operation: "*TaskDefinition*", Rate: 20, Burst: 50},
	},
}

func init() {
	ecs.simulate(
		kind{
			name: Cluster, form: regexp.MustCompile(`^[A-Za-z0-9_-]{1,255}$`), arn: "cluster/",
			things: []string{"services", "workers", "batch", "edge", "internal", "jobs"},
		},
		operation{name: "ListClusters", list: &listing{
			items: "clusterArns", size: bounds{"maxResults", 1, 100, 100}, token: "nextToken",
			of: func(c *call) (source, error) { return resources(c, selection{kind: Cluster}, arnOf), nil },
		}},
		operation{name: "DescribeClusters", takes: members{"clusters": isList, "include": isList}, answer: describeClusters},
	)
}

// includes checks the further fields that a call asks for.
func (c *call) includes(noun string, known ...string) ([]string, error) {
	fields := c.texts("include")
	for _, field := range fields {
		if !slices.Contains(known, field) {
			return nil, c.service.dialect.badParameter.saying("Unrecognized %s field %s; expected one of %s.", noun, field, strings.Join(known, ", "))
		}
	}
	return fields, nil
}

func describeClusters(c *call) (object, error) {
	asked := c.texts("clusters")
	if len(asked) > 100 {
		return nil, c.service.dialect.badParameter.saying("Clusters can not have more than 100 elements.")
	}
	include, err := c.includes("cluster", "ATTACHMENTS", "CONFIGURATIONS", "SETTINGS", "STATISTICS", "TAGS")
	if err != nil {
		return nil, err
	}
	if len(asked) == 0 {
		asked = []string{"default"}
	}
	clusters, failures := []object{}, []object{}
	for _, asked := range asked {
		name, own := asked, true
		if strings.HasPrefix(asked, "arn:") {
			name = baseName(asked)
			own = asked == c.arn(Cluster, name)
		}
		r, there := c.find(Cluster, name)
		if !there || !own {
			failures = append(failures, object{{"arn", c.arn(Cluster, name)}, {"reason", "MISSING"}})
			continue
		}
		clusters = append(clusters, clusterForm(c.arn(Cluster, name), &r, include))
	}
	return object{{"clusters", clusters}, {"failures", failures}}, nil
}

// clusterForm is a cluster as DescribeClusters returns it. What has to be asked
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

package awssim

import (
	"slices"
	"strconv"
	"strings"
)

func (c *call) taskDefinitionARN(id string) string {
	return c.server.arn("ecs", c.signature.region, c.caller.account, "task-definition/"+id)
}

// taskDefinitionStatuses are those that can be asked for. No estate holds inactive
// ones, unless an attribute says so.
var taskDefinitionStatuses = []string{"ACTIVE", "INACTIVE", "DELETE_IN_PROGRESS"}

func listTaskDefinitions(c *call) error {
	input, err := decode[struct {
		Status, NextToken string
		MaxResults        *int
	}](c)
	if err != nil {
		return err
	}
	size, err := c.between("maxResults", input.MaxResults, 1, ecsPage, ecsPage)
	if err != nil {
		return err
	}
	status := input.Status
	if status == "" {
		status = taskDefinitionStatuses[0]
	}
	if !slices.Contains(taskDefinitionStatuses, status) {
		return c.service.dialect.badParameter.saying("Status should be one of %s.", strings.Join(taskDefinitionStatuses, ", "))
	}
	found, next, ok := c.page(TaskDefinition, size, input.NextToken, status, func(r *Resource) bool {
		return given(r, "status", taskDefinitionStatuses[0]) == status
	})
	if !ok {
		return c.service.dialect.badParameter.saying("Invalid token.")
	}
	arns := make([]string, len(found))
	for i := range found {
		arns[i] = c.taskDefinitionARN(found[i].ID)
	}
	return c.reply(object{{"taskDefinitionArns", arns}}.optional("nextToken", next))
}

func describeTaskDefinition(c *call) error {
	input, err := decode[struct {
		TaskDefinition string
		Include        []string
	}](c)
	if err != nil {
		return err
	}
	for _, field := range input.Include {
		if field != "TAGS" {
			return c.service.dialect.badParameter.saying("Unrecognized task definition field %s; expected TAGS.", field)
		}
	}
	id := strings.TrimPrefix(input.TaskDefinition, c.taskDefinitionARN(""))
	r, there := c.find(TaskDefinition, id)
	if !there {
		return refusal{status: 400, code: "ClientException"}.saying("Unable to describe task definition.")
	}
	answer := object{{"taskDefinition", c.taskDefinitionForm(&r)}}
	if len(input.Include) > 0 {
		answer = append(answer, member{"tags", tagList(r.Tags, "key", "value")})
	}
	return c.reply(answer)
}

// taskDefinitionForm is a revision as DescribeTaskDefinition tells of it.
func (c *call) taskDefinitionForm(r *Resource) object {
	d := dieOf("task", c.caller.account, r.Region, r.ID)
	family, revision, _ := strings.Cut(r.ID, ":")
	number, _ := strconv.Atoi(revision)
	image := c.server.world.neighbour(c.caller.account, Repository, r.Region, d)
	return object{
		{"taskDefinitionArn", c.taskDefinitionARN(r.ID)},
		{"containerDefinitions", []object{{
			{"name", "main"}, {"image", c.repositoryURI(image) + ":" + revision}, {"cpu", 0}, {"portMappings", []object{{
				{"containerPort", 8080}, {"hostPort", 8080}, {"protocol", "tcp"},
			}}},
			{"essential", true}, {"environment", []object{{{"name", "STAGE"}, {"value", "prod"}}}}, {"mountPoints", []object{}}, {"volumesFrom", []object{}},
			{"logConfiguration", object{{"logDriver", "awslogs"}, {"options", map[string]string{
				"awslogs-group": "/ecs/" + family, "awslogs-region": r.Region, "awslogs-stream-prefix": "ecs",
			}}}},
		}}},
		{"family", family},
		{"taskRoleArn", c.server.arn("iam", "", c.caller.account, "role/"+family)},
		{"executionRoleArn", c.server.arn("iam", "", c.caller.account, "role/ecsTaskExecutionRole")},
		{"networkMode", "awsvpc"},
		{"revision", number},
		{"volumes", []object{}},
		{"status", taskDefinitionStatuses[0]},
		{"requiresAttributes", []object{{{"name", "ecs.capability.task-eni"}}}},
		{"placementConstraints", []object{}},
		{"compatibilities", []string{"EC2", "FARGATE"}},
		{"requiresCompatibilities", []string{"FARGATE"}},
		{"cpu", pick(d, []string{"256", "512", "1024"})},
		{"memory", pick(d, []string{"512", "1024", "2048"})},
		{"registeredAt", epoch(created(r))},
		{"registeredBy", c.server.arn("iam", "", c.caller.account, "role/deploy")},
	}.with(r.Attributes)
}

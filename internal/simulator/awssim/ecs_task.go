package awssim

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// TaskDefinition is a revision of a task definition of ECS. Its ID is "family:revision".
const TaskDefinition = "AWS::ECS::TaskDefinition"

func init() {
	ecs.simulate(
		kind{
			name: TaskDefinition, form: regexp.MustCompile(`^[A-Za-z0-9_-]{1,255}:[1-9][0-9]*$`), arn: "task-definition/",
			things: []string{"web", "api", "worker", "consumer", "migration", "report"},
			ids: names(func(_ origin, d *die, name, number string) string {
				return name + "-" + number + ":" + strconv.Itoa(1+d.below(60))
			}),
		},
		operation{name: "ListTaskDefinitions", takes: members{"status": isText}, list: &listing{
			of: taskDefinitions, items: "taskDefinitionArns", size: bounds{"maxResults", 1, 100, 100}, token: "nextToken",
		}},
		operation{name: "DescribeTaskDefinition", takes: members{"include": isList}, detail: &detail{
			kind: TaskDefinition, by: "taskDefinition", named: byEither, reply: describeTaskDefinition,
			missing: refuse(400, "ClientException", "Unable to describe task definition."),
		}},
	)
}

// taskDefinitionStatuses are those that can be asked for. No estate holds inactive
// ones, unless an attribute says so.
var taskDefinitionStatuses = []string{"ACTIVE", "INACTIVE", "DELETE_IN_PROGRESS"}

func taskDefinitions(c *call) (source, error) {
	active := taskDefinitionStatuses[0]
	status := cmp.Or(c.text("status"), active)
	if !slices.Contains(taskDefinitionStatuses, status) {
		return nil, c.service.dialect.badParameter.saying("Status should be one of %s.", strings.Join(taskDefinitionStatuses, ", "))
	}
	return resources(c, selection{kind: TaskDefinition, keep: func(r *Resource) bool { return given(r, "status", active) == status }}, arnOf), nil
}

func describeTaskDefinition(c *call, r *Resource) (object, error) {
	include, err := c.includes("task definition", "TAGS")
	answer := object{{"taskDefinition", taskDefinitionForm(c, r)}}
	if len(include) > 0 {
		answer = append(answer, member{"tags", tagList(r.Tags, "key", "value")})
	}
	return answer, err
}

// taskDefinitionForm is a revision as DescribeTaskDefinition returns it.
func taskDefinitionForm(c *call, r *Resource) object {
	d := dieOf("task", c.caller.account, r.Region, r.ID)
	family, revision, _ := strings.Cut(r.ID, ":")
	number, _ := strconv.Atoi(revision)
	image := c.neighbour(Repository, d)
	return object{
		{"taskDefinitionArn", c.arn(TaskDefinition, r.ID)},
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
		{"taskRoleArn", c.role("" + family)},
		{"executionRoleArn", c.role("ecsTaskExecutionRole")},
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
		{"registeredBy", c.role("deploy")},
	}.with(r.Attributes)
}

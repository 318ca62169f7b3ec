package kinds

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"portolan/internal/aws/kind"
)

// ECSTaskDefinition is AWS::ECS::TaskDefinition: the active revisions.
var ECSTaskDefinition = &kind.Kind{
	Type:    "AWS::ECS::TaskDefinition",
	Service: kind.Service{Prefix: "ecs", OfferedAs: "ecs", Client: kind.Client(ecs.NewFromConfig)},
	List: kind.Listing{
		Name:      "ListTaskDefinitionsAction",
		Actions:   []string{"ecs:ListTaskDefinitions"},
		NamesOnly: true,
		// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListTaskDefinitions.html
		Pages: kind.Paged(func(c *ecs.Client) *ecs.ListTaskDefinitionsPaginator {
			return ecs.NewListTaskDefinitionsPaginator(c, &ecs.ListTaskDefinitionsInput{Status: types.TaskDefinitionStatusActive, MaxResults: aws.Int32(100)})
		}, kind.Names("taskDefinitionArns", "taskDefinitionArn")),
	},
	Default: []kind.FollowUp{{
		Name:      "DescribeTaskDefinitionAction",
		Actions:   []string{"ecs:DescribeTaskDefinition"},
		Essential: true,
		// ECS answers a ClientException for what does not exist and for anything else, so it
		// proves nothing.
		Call: describeTaskDefinition,
	}},
	// A revision is never edited: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/update-task-definition-console-v2.html.
	// Only active ones are listed, so that the status is not another one.
	Lasting: &kind.Lasting{Final: always, For: aDay, Tags: &kind.LastingTags{
		Form: kind.TagForm{Property: "tags", Key: "key", Value: "value"}, Call: describeTaskDefinition, InBulk: true,
	}},
	Events: kind.Events{Calls: `RegisterTaskDefinition TagResource UntagResource DeregisterTaskDefinition DeleteTaskDefinitions`},
	Document: kind.Form{Properties: `TaskDefinitionArn Family Revision Status ContainerDefinitions Cpu Memory NetworkMode
		RequiresCompatibilities TaskRoleArn ExecutionRoleArn Volumes PlacementConstraints Tags RegisteredAt`},
}

var describeTaskDefinition = kind.One((*ecs.Client).DescribeTaskDefinition, func(r *kind.Resource) *ecs.DescribeTaskDefinitionInput {
	return &ecs.DescribeTaskDefinitionInput{
		TaskDefinition: aws.String(r.ID), Include: []types.TaskDefinitionField{types.TaskDefinitionFieldTags},
	}
}, func(_ *kind.Resource, answer kind.Object) (kind.Object, error) {
	definition, _ := answer["taskDefinition"].(kind.Object)
	if tags, answered := answer["tags"]; answered && definition != nil {
		definition["tags"] = tags
	}
	return definition, nil
})

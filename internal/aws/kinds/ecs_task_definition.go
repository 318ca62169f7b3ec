package kinds

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"portolan/internal/aws/kind"
)

// ECSTaskDefinition is AWS::ECS::TaskDefinition: the active revisions.
var ECSTaskDefinition = &kind.Kind{
	Type:      "AWS::ECS::TaskDefinition",
	Service:   "ecs",
	OfferedAs: "ecs",
	List: kind.Listing{
		Name:      "ListTaskDefinitionsAction",
		Actions:   []string{"ecs:ListTaskDefinitions"},
		NamesOnly: true,
		Pages: func(ctx context.Context, t kind.Target) kind.Pages {
			// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListTaskDefinitions.html
			return kind.Walk(ctx, ecs.NewListTaskDefinitionsPaginator(ecs.NewFromConfig(t.Config),
				&ecs.ListTaskDefinitionsInput{Status: types.TaskDefinitionStatusActive, MaxResults: aws.Int32(100)}),
				kind.Names("taskDefinitionArns", "taskDefinitionArn"))
		},
	},
	Default: []kind.FollowUp{{
		Name:      "DescribeTaskDefinitionAction",
		Actions:   []string{"ecs:DescribeTaskDefinition"},
		Essential: true,
		// What does not exist is a ClientException like anything else, which proves nothing.
		Call: kind.Each(func(ctx context.Context, t kind.Target, r *kind.Resource) (kind.Object, error) {
			answer, err := kind.Answer(ecs.NewFromConfig(t.Config).DescribeTaskDefinition(ctx, &ecs.DescribeTaskDefinitionInput{
				TaskDefinition: aws.String(r.ID), Include: []types.TaskDefinitionField{types.TaskDefinitionFieldTags},
			}))
			definition, _ := answer["taskDefinition"].(kind.Object)
			if tags, answered := answer["tags"]; answered && definition != nil {
				definition["tags"] = tags
			}
			return definition, err
		}),
	}},
	Document: kind.Form{Properties: `TaskDefinitionArn Family Revision Status ContainerDefinitions Cpu Memory NetworkMode
		RequiresCompatibilities TaskRoleArn ExecutionRoleArn Volumes PlacementConstraints Tags RegisteredAt`},
}

package kinds

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"

	"portolan/internal/fault"
	"portolan/internal/kind"
)

// ecsClusters lists the clusters of ECS by ARN.
func ecsClusters(ctx context.Context, t kind.Target) kind.Pages {
	return kind.Walk(ctx, ecs.NewListClustersPaginator(ecs.NewFromConfig(t.Config),
		&ecs.ListClustersInput{MaxResults: aws.Int32(100)}), kind.Names("clusterArns", "clusterArn"))
}

// ecsFailure gives the error that a Describe operation of ECS tells in its answer
// and not by a code. MISSING is none: the resource vanished after it was listed.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/api_failures_messages.html
func ecsFailure(operation string, answer kind.Object) error {
	for _, failure := range kind.Objects("failures", "arn")(answer) {
		reason := failure.Str("reason")
		if reason == "MISSING" {
			continue
		}
		class := fault.Failed
		if reason == "ACCESS_DENIED" {
			class = fault.Denied
		}
		return &fault.Error{Op: operation, Class: class, Err: fmt.Errorf("ECS answered %s for %s", reason, failure.ID)}
	}
	return nil
}

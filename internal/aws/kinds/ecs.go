package kinds

import (
	"context"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"

	"portolan/internal/aws/awserr"
	"portolan/internal/aws/kind"
)

// ecsClusters lists the clusters of ECS by ARN.
func ecsClusters(ctx context.Context, t kind.Target) kind.Pages {
	return kind.Walk(ctx, ecs.NewListClustersPaginator(ecs.NewFromConfig(t.Config),
		&ecs.ListClustersInput{MaxResults: aws.Int32(100)}), kind.Names("clusterArns", "clusterArn"))
}

// ecsFailures returns what a Describe operation of ECS tells in its answer and not by a
// code, about each of a batch. MISSING says that a resource does not exist. A failure
// of something else, like the cluster of services, is one of all that have no answer.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/api_failures_messages.html
func ecsFailures(operation string, answer kind.Object, answers map[string]kind.Object, batch []*kind.Resource) error {
	failures := kind.Failures{}
	asked := kind.IDs(batch)
	for _, failure := range kind.Objects("failures", "arn")(answer) {
		reason, class := failure.Str("reason"), awserr.Failed
		if reason == "ACCESS_DENIED" {
			class = awserr.Denied
		}
		err := &awserr.Error{Op: operation, Class: class, Err: fmt.Errorf("ECS answered %s for %s", reason, failure.ID)}
		switch {
		case !slices.Contains(asked, failure.ID):
			for _, id := range asked {
				if answers[id] == nil && failures[id] == nil {
					failures[id] = err
				}
			}
		case reason == "MISSING":
			failures[failure.ID] = kind.ErrMissing
		default:
			failures[failure.ID] = err
		}
	}
	if len(failures) == 0 {
		return nil
	}
	return failures
}

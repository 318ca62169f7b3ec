package kinds

import (
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"

	"portolan/internal/aws/awserr"
	"portolan/internal/aws/kind"
)

// ecsClusters lists the clusters of ECS by ARN.
var ecsClusters = kind.Paged(func(c *ecs.Client) *ecs.ListClustersPaginator {
	return ecs.NewListClustersPaginator(c, &ecs.ListClustersInput{MaxResults: aws.Int32(100)})
}, kind.Names("clusterArns", "clusterArn"))

// ecsDescribed takes the resources out of the answer to a Describe operation of ECS, which
// has its failures in the answer instead of a code. MISSING says that a resource does not
// exist. A failure of something else, like the services' cluster, is the failure of every
// resource without an answer.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/api_failures_messages.html
func ecsDescribed(action, member, id string) func([]*kind.Resource, kind.Object) (map[string]kind.Object, error) {
	return func(batch []*kind.Resource, answer kind.Object) (map[string]kind.Object, error) {
		answers, _ := kind.ByID(member, id)(batch, answer)
		failures := kind.Failures{}
		asked := kind.IDs(batch)
		for _, failure := range kind.Objects("failures", "arn")(answer) {
			reason, class := failure.Str("reason"), awserr.Failed
			if reason == "ACCESS_DENIED" {
				class = awserr.Denied
			}
			err := &awserr.Error{Op: action, Class: class, Err: fmt.Errorf("ECS answered %s for %s", reason, failure.ID)}
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
			return answers, nil
		}
		return answers, failures
	}
}

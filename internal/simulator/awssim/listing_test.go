package awssim_test

import (
	"context"
	"testing"

	"portolan/internal/simulator/awssim"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	ecrtypes "github.com/aws/aws-sdk-go-v2/service/ecr/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/eks"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	elasticachetypes "github.com/aws/aws-sdk-go-v2/service/elasticache/types"
	"github.com/aws/aws-sdk-go-v2/service/kafka"
	kafkatypes "github.com/aws/aws-sdk-go-v2/service/kafka/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/memorydb"
	memorydbtypes "github.com/aws/aws-sdk-go-v2/service/memorydb/types"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	rdstypes "github.com/aws/aws-sdk-go-v2/service/rds/types"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	sesv2types "github.com/aws/aws-sdk-go-v2/service/sesv2/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/google/go-cmp/cmp"
)

// listing is a paged operation: list returns a page's identifiers and the token of
// the next, for a size (0 leaves it to the service) and a token.
type listing struct {
	kind string
	// count is how many there are, and want the sizes of the pages of that size.
	count, size int
	want        []int
	list        func(context.Context, aws.Config, int32, *string) ([]string, *string, error)
	// tooMany is a size that is refused, 0 if the operation takes none.
	tooMany      int
	refusal, bad string
	status       int
}

// names returns one member of each item.
func names[T any](items []T, name func(T) *string) []string {
	list := make([]string, len(items))
	for i, item := range items {
		list[i] = *name(item)
	}
	return list
}

func size(n int32) *int32 {
	if n == 0 {
		return nil
	}
	return &n
}

var listings = []listing{
	{
		kind: awssim.Volume, count: 12, size: 5, want: []int{5, 5, 2}, tooMany: 1001, refusal: "InvalidParameterValue", status: 400,
		list: func(ctx context.Context, c aws.Config, n int32, token *string) ([]string, *string, error) {
			out, err := ec2.NewFromConfig(c).DescribeVolumes(ctx, &ec2.DescribeVolumesInput{MaxResults: size(n), NextToken: token})
			if err != nil {
				return nil, nil, err
			}
			return names(out.Volumes, func(v ec2types.Volume) *string { return v.VolumeId }), out.NextToken, nil
		},
	},
	{
		kind: awssim.TaskDefinition, count: 120, size: 0, want: []int{100, 20}, tooMany: 101, refusal: "InvalidParameterException", status: 400,
		list: func(ctx context.Context, c aws.Config, n int32, token *string) ([]string, *string, error) {
			out, err := ecs.NewFromConfig(c).ListTaskDefinitions(ctx, &ecs.ListTaskDefinitionsInput{MaxResults: size(n), NextToken: token})
			if err != nil {
				return nil, nil, err
			}
			return out.TaskDefinitionArns, out.NextToken, nil
		},
	},
	{
		kind: awssim.KubernetesCluster, count: 120, size: 0, want: []int{100, 20}, tooMany: 101, refusal: "InvalidParameterException", status: 400,
		list: func(ctx context.Context, c aws.Config, n int32, token *string) ([]string, *string, error) {
			out, err := eks.NewFromConfig(c).ListClusters(ctx, &eks.ListClustersInput{MaxResults: size(n), NextToken: token})
			if err != nil {
				return nil, nil, err
			}
			return out.Clusters, out.NextToken, nil
		},
	},
	{
		kind: awssim.Repository, count: 120, size: 0, want: []int{100, 20}, tooMany: 1001, refusal: "InvalidParameterException", status: 400,
		list: func(ctx context.Context, c aws.Config, n int32, token *string) ([]string, *string, error) {
			out, err := ecr.NewFromConfig(c).DescribeRepositories(ctx, &ecr.DescribeRepositoriesInput{MaxResults: size(n), NextToken: token})
			if err != nil {
				return nil, nil, err
			}
			return names(out.Repositories, func(r ecrtypes.Repository) *string { return r.RepositoryArn }), out.NextToken, nil
		},
	},
	{
		kind: awssim.Table, count: 120, size: 0, want: []int{100, 20}, tooMany: 101, refusal: "ValidationException", bad: "x!", status: 400,
		list: func(ctx context.Context, c aws.Config, n int32, token *string) ([]string, *string, error) {
			out, err := dynamodb.NewFromConfig(c).ListTables(ctx, &dynamodb.ListTablesInput{Limit: size(n), ExclusiveStartTableName: token})
			if err != nil {
				return nil, nil, err
			}
			return out.TableNames, out.LastEvaluatedTableName, nil
		},
	},
	{
		kind: awssim.Topic, count: 120, size: 0, want: []int{100, 20}, refusal: "InvalidParameter", status: 400,
		list: func(ctx context.Context, c aws.Config, _ int32, token *string) ([]string, *string, error) {
			out, err := sns.NewFromConfig(c).ListTopics(ctx, &sns.ListTopicsInput{NextToken: token})
			if err != nil {
				return nil, nil, err
			}
			return names(out.Topics, func(t snstypes.Topic) *string { return t.TopicArn }), out.NextToken, nil
		},
	},
	{
		kind: awssim.DBCluster, count: 50, size: 20, want: []int{20, 20, 10}, tooMany: 101, refusal: "InvalidParameterValue", status: 400,
		list: func(ctx context.Context, c aws.Config, n int32, token *string) ([]string, *string, error) {
			out, err := rds.NewFromConfig(c).DescribeDBClusters(ctx, &rds.DescribeDBClustersInput{MaxRecords: size(n), Marker: token})
			if err != nil {
				return nil, nil, err
			}
			return names(out.DBClusters, func(c rdstypes.DBCluster) *string { return c.DBClusterArn }), out.Marker, nil
		},
	},
	{
		kind: awssim.CacheCluster, count: 50, size: 20, want: []int{20, 20, 10}, tooMany: 101, refusal: "InvalidParameterValue", status: 400,
		list: func(ctx context.Context, c aws.Config, n int32, token *string) ([]string, *string, error) {
			out, err := elasticache.NewFromConfig(c).DescribeCacheClusters(ctx, &elasticache.DescribeCacheClustersInput{MaxRecords: size(n), Marker: token})
			if err != nil {
				return nil, nil, err
			}
			return names(out.CacheClusters, func(c elasticachetypes.CacheCluster) *string { return c.ARN }), out.Marker, nil
		},
	},
	{
		kind: awssim.CacheUser, count: 120, size: 0, want: []int{100, 20}, tooMany: 101, refusal: "InvalidParameterValueException", status: 400,
		list: func(ctx context.Context, c aws.Config, n int32, token *string) ([]string, *string, error) {
			out, err := memorydb.NewFromConfig(c).DescribeUsers(ctx, &memorydb.DescribeUsersInput{MaxResults: size(n), NextToken: token})
			if err != nil {
				return nil, nil, err
			}
			return names(out.Users, func(u memorydbtypes.User) *string { return u.ARN }), out.NextToken, nil
		},
	},
	{
		kind: awssim.KafkaCluster, count: 120, size: 0, want: []int{100, 20}, tooMany: 101, refusal: "BadRequestException", status: 400,
		list: func(ctx context.Context, c aws.Config, n int32, token *string) ([]string, *string, error) {
			out, err := kafka.NewFromConfig(c).ListClusters(ctx, &kafka.ListClustersInput{MaxResults: size(n), NextToken: token})
			if err != nil {
				return nil, nil, err
			}
			return names(out.ClusterInfoList, func(c kafkatypes.ClusterInfo) *string { return c.ClusterArn }), out.NextToken, nil
		},
	},
	{
		kind: awssim.ServerlessKafka, count: 120, size: 0, want: []int{100, 20}, tooMany: 101, refusal: "BadRequestException", status: 400,
		list: func(ctx context.Context, c aws.Config, n int32, token *string) ([]string, *string, error) {
			out, err := kafka.NewFromConfig(c).ListClustersV2(ctx, &kafka.ListClustersV2Input{
				MaxResults: size(n), NextToken: token, ClusterTypeFilter: aws.String("SERVERLESS"),
			})
			if err != nil {
				return nil, nil, err
			}
			return names(out.ClusterInfoList, func(c kafkatypes.Cluster) *string { return c.ClusterArn }), out.NextToken, nil
		},
	},
	{
		kind: awssim.EmailIdentity, count: 120, size: 0, want: []int{100, 20}, tooMany: 1001, refusal: "BadRequestException", status: 400,
		list: func(ctx context.Context, c aws.Config, n int32, token *string) ([]string, *string, error) {
			out, err := sesv2.NewFromConfig(c).ListEmailIdentities(ctx, &sesv2.ListEmailIdentitiesInput{PageSize: size(n), NextToken: token})
			if err != nil {
				return nil, nil, err
			}
			return names(out.EmailIdentities, func(i sesv2types.IdentityInfo) *string { return i.IdentityName }), out.NextToken, nil
		},
	},
	{
		kind: awssim.EmailConfiguration, count: 120, size: 0, want: []int{100, 20}, tooMany: 1001, refusal: "BadRequestException", status: 400,
		list: func(ctx context.Context, c aws.Config, n int32, token *string) ([]string, *string, error) {
			out, err := sesv2.NewFromConfig(c).ListConfigurationSets(ctx, &sesv2.ListConfigurationSetsInput{PageSize: size(n), NextToken: token})
			if err != nil {
				return nil, nil, err
			}
			return out.ConfigurationSets, out.NextToken, nil
		},
	},
	{
		kind: awssim.Key, count: 120, size: 0, want: []int{100, 20}, tooMany: 1001, refusal: "ValidationException", status: 400,
		list: func(ctx context.Context, c aws.Config, n int32, token *string) ([]string, *string, error) {
			out, err := kms.NewFromConfig(c).ListKeys(ctx, &kms.ListKeysInput{Limit: size(n), Marker: token})
			if err != nil {
				return nil, nil, err
			}
			return names(out.Keys, func(k kmstypes.KeyListEntry) *string { return k.KeyId }), out.NextMarker, nil
		},
	},
}

func TestListings(t *testing.T) {
	t.Parallel()
	badTokens := map[string]string{
		"AWS::SES::EmailIdentity": "InvalidNextTokenException", "AWS::SES::ConfigurationSet": "InvalidNextTokenException",
		"AWS::KMS::Key": "InvalidMarkerException",
	}
	for _, l := range listings {
		t.Run(l.kind, func(t *testing.T) {
			t.Parallel()
			s := start(t, population(smallEstate(), l.kind, ireland, l.count), awssim.Options{})
			config := inside(t, s, member, ireland)
			var sizes []int
			seen := map[string]bool{}
			for token, more := (*string)(nil), true; more; more = token != nil {
				page, next, err := l.list(t.Context(), config, int32(l.size), token)
				wantCode(t, err, "", 0)
				sizes, token = append(sizes, len(page)), next
				for _, id := range page {
					seen[id] = true
				}
			}
			if diff := cmp.Diff(l.want, sizes); diff != "" {
				t.Errorf("pages (-want +got):\n%s", diff)
			}
			if len(seen) != l.count {
				t.Errorf("%d different ones, want %d", len(seen), l.count)
			}
			if l.tooMany > 0 {
				_, _, err := l.list(t.Context(), config, int32(l.tooMany), nil)
				wantCode(t, err, l.refusal, l.status)
			}
			bad, code := "x", l.refusal
			if l.bad != "" {
				bad = l.bad
			}
			if other := badTokens[l.kind]; other != "" {
				code = other
			}
			_, _, err := l.list(t.Context(), config, 0, &bad)
			wantCode(t, err, code, l.status)
			elsewhere, _, err := l.list(t.Context(), inside(t, s, member, ohio), 0, nil)
			wantCode(t, err, "", 0)
			if len(elsewhere) > 0 {
				t.Errorf("another region lists %d", len(elsewhere))
			}
		})
	}
}

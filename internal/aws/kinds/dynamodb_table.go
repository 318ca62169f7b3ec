package kinds

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"portolan/internal/aws/kind"
)

// DynamoDBTable is AWS::DynamoDB::Table.
var DynamoDBTable = &kind.Kind{
	Type:      "AWS::DynamoDB::Table",
	Service:   "dynamodb",
	OfferedAs: "dynamodb",
	List: kind.Listing{
		Name:      "ListTablesAction",
		Actions:   []string{"dynamodb:ListTables"},
		NamesOnly: true,
		Pages: func(ctx context.Context, t kind.Target) kind.Pages {
			// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ListTables.html
			return kind.Walk(ctx, dynamodb.NewListTablesPaginator(dynamodb.NewFromConfig(t.Config),
				&dynamodb.ListTablesInput{Limit: aws.Int32(100)}), kind.Names("TableNames", "TableName"))
		},
	},
	Default: []kind.FollowUp{{
		Name:      "DescribeTableAction",
		Actions:   []string{"dynamodb:DescribeTable"},
		Essential: true,
		Gone:      []string{"ResourceNotFoundException"},
		Call: kind.Each(func(ctx context.Context, t kind.Target, r *kind.Resource) (kind.Object, error) {
			answer, err := kind.Answer(dynamodb.NewFromConfig(t.Config).DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: aws.String(r.ID)}))
			table, _ := answer["Table"].(kind.Object)
			return table, err
		}),
	}},
	Optional: []kind.FollowUp{{
		Name:    "GetTableTagsAction",
		Actions: []string{"dynamodb:ListTagsOfResource"},
		Call: kind.Each(func(ctx context.Context, t kind.Target, r *kind.Resource) (kind.Object, error) {
			client := dynamodb.NewFromConfig(t.Config)
			return kind.Gather(kind.Answers(ctx, kind.Tokens(
				func(ctx context.Context, token *string) (*dynamodb.ListTagsOfResourceOutput, error) {
					return client.ListTagsOfResource(ctx, &dynamodb.ListTagsOfResourceInput{
						ResourceArn: aws.String(r.Str("TableArn")), NextToken: token,
					})
				},
				func(page *dynamodb.ListTagsOfResourceOutput) *string { return page.NextToken },
			)), "Tags", "Tags")
		}),
	}, {
		Name:    "GetTableBackupStatusAction",
		Actions: []string{"dynamodb:DescribeContinuousBackups"},
		Call: kind.Each(func(ctx context.Context, t kind.Target, r *kind.Resource) (kind.Object, error) {
			answer, err := kind.Answer(dynamodb.NewFromConfig(t.Config).DescribeContinuousBackups(ctx,
				&dynamodb.DescribeContinuousBackupsInput{TableName: aws.String(r.ID)}))
			return kind.Take(answer, "ContinuousBackupsDescription", "ContinuousBackupsDescription"), err
		}),
	}},
	Document: kind.Form{Open: true, Properties: `TableName TableArn TableId TableStatus CreationDateTime ProvisionedThroughput
		TableSizeBytes ItemCount BillingModeSummary KeySchema AttributeDefinitions GlobalSecondaryIndexes
		LocalSecondaryIndexes StreamSpecification LatestStreamArn LatestStreamLabel SSEDescription RestoreSummary
		ArchivalSummary TableClassSummary DeletionProtectionEnabled Replicas GlobalTableVersion GlobalTableWitnesses
		GlobalTableSettingsReplicationMode OnDemandThroughput WarmThroughput MultiRegionConsistency Tags
		ContinuousBackupsDescription`},
}

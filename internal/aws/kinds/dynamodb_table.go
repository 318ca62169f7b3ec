package kinds

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"portolan/internal/aws/kind"
)

// DynamoDBTable is AWS::DynamoDB::Table.
var DynamoDBTable = &kind.Kind{
	Type:    "AWS::DynamoDB::Table",
	Service: kind.Service{Prefix: "dynamodb", OfferedAs: "dynamodb", Client: kind.Client(dynamodb.NewFromConfig)},
	List: kind.Listing{
		Name:      "ListTablesAction",
		Actions:   []string{"dynamodb:ListTables"},
		NamesOnly: true,
		// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ListTables.html
		Pages: kind.Paged(func(c *dynamodb.Client) *dynamodb.ListTablesPaginator {
			return dynamodb.NewListTablesPaginator(c, &dynamodb.ListTablesInput{Limit: aws.Int32(100)})
		}, kind.Names("TableNames", "TableName")),
	},
	Default: []kind.FollowUp{{
		Name:      "DescribeTableAction",
		Actions:   []string{"dynamodb:DescribeTable"},
		Essential: true,
		Gone:      []string{"ResourceNotFoundException"},
		Call: kind.One((*dynamodb.Client).DescribeTable, func(r *kind.Resource) *dynamodb.DescribeTableInput {
			return &dynamodb.DescribeTableInput{TableName: aws.String(r.ID)}
		}, kind.Member("Table")),
	}},
	Optional: []kind.FollowUp{{
		Name:    "GetTableTagsAction",
		Actions: []string{"dynamodb:ListTagsOfResource"},
		Call: kind.Gathered(func(c *dynamodb.Client, _ kind.Target, r *kind.Resource) kind.Pager[dynamodb.Options, *dynamodb.ListTagsOfResourceOutput] {
			return kind.Tokens(c.ListTagsOfResource,
				func(token *string) *dynamodb.ListTagsOfResourceInput {
					return &dynamodb.ListTagsOfResourceInput{ResourceArn: aws.String(r.Str("TableArn")), NextToken: token}
				},
				func(page *dynamodb.ListTagsOfResourceOutput) *string { return page.NextToken },
			)
		}, "Tags", "Tags"),
		Bulk: kind.Tagged(kind.TagForm{ARN: "TableArn", Property: "Tags", Key: "Key", Value: "Value", Made: "CreationDateTime"}),
	}, {
		Name:    "GetTableBackupStatusAction",
		Actions: []string{"dynamodb:DescribeContinuousBackups"},
		Call: kind.One((*dynamodb.Client).DescribeContinuousBackups, func(r *kind.Resource) *dynamodb.DescribeContinuousBackupsInput {
			return &dynamodb.DescribeContinuousBackupsInput{TableName: aws.String(r.ID)}
		}, kind.Property("ContinuousBackupsDescription", "ContinuousBackupsDescription")),
	}},
	Events: kind.Events{Calls: `CreateTable RestoreTableFromBackup RestoreTableToPointInTime ImportTable CreateGlobalTable
		UpdateTable UpdateGlobalTable UpdateGlobalTableSettings UpdateTableReplicaAutoScaling
		UpdateContinuousBackups TagResource UntagResource DeleteTable`},
	Document: kind.Form{Open: true, Properties: `TableName TableArn TableId TableStatus CreationDateTime ProvisionedThroughput
		TableSizeBytes ItemCount BillingModeSummary KeySchema AttributeDefinitions GlobalSecondaryIndexes
		LocalSecondaryIndexes StreamSpecification LatestStreamArn LatestStreamLabel SSEDescription RestoreSummary
		ArchivalSummary TableClassSummary DeletionProtectionEnabled Replicas GlobalTableVersion GlobalTableWitnesses
		GlobalTableSettingsReplicationMode OnDemandThroughput WarmThroughput MultiRegionConsistency Tags
		ContinuousBackupsDescription`},
}

package kinds

import "portolan/internal/aws/kind"

// The pages of AWS's documentation that have rates.
const (
	accountQuotas       = "https://docs.aws.amazon.com/accounts/latest/reference/quotas.html"
	dynamoDBConstraints = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-api"
	ec2Throttling       = "https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html"
	ecsThrottling       = "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/request-throttling.html"
	kmsQuotas           = "https://docs.aws.amazon.com/kms/latest/developerguide/requests-per-second.html"
	lambdaQuotas        = "https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html#api-requests"
	organizationsQuotas = "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html#throttling-limits"
	sesQuotas           = "https://docs.aws.amazon.com/ses/latest/dg/quotas.html"
	snsQuotas           = "https://docs.aws.amazon.com/general/latest/gr/sns.html"
	sqsQuotas           = "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-queues.html"
	stsQuotas           = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"
)

// Rates are AWS's default rates of the operations that a run calls, without a margin. AWS
// documents none for CodeBuild, CodeDeploy, CodePipeline, ECR's repositories, EKS,
// ElastiCache, MemoryDB, MSK, RDS and S3's buckets. The burst is 1 where the page has only a
// rate: calls at even intervals never exceed it.
var Rates = []kind.Rate{
	{Service: "Account", Operations: []string{"GetAccountInformation"}, PerSecond: 3, Burst: 3, Source: accountQuotas},
	{Service: "Account", Operations: []string{"ListRegions"}, PerSecond: 5, Burst: 5, Source: accountQuotas},

	{Service: "DynamoDB", Operations: []string{"DescribeTable", "ListTables"}, PerSecond: 2500, Burst: 1, Source: dynamoDBConstraints},
	{
		Service: "DynamoDB", Operations: []string{"DescribeContinuousBackups"}, PerSecond: 10, Burst: 1,
		Source: "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeContinuousBackups.html",
	},
	{
		Service: "DynamoDB", Operations: []string{"ListTagsOfResource"}, PerSecond: 10, Burst: 1,
		Source: "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ListTagsOfResource.html",
	},

	// Each action of EC2 has its own bucket. DescribeInstances and DescribeVolumes have the
	// large one because their requests ask for pages; those of DescribeInstanceStatus have
	// IDs and neither pages nor a filter, so it has the small one.
	{Service: "EC2", Operations: []string{"DescribeInstanceStatus"}, PerSecond: 10, Burst: 50, Source: ec2Throttling},
	{Service: "EC2", Operations: []string{"DescribeInstances"}, PerSecond: 20, Burst: 100, Source: ec2Throttling},
	{Service: "EC2", Operations: []string{"DescribeRegions"}, PerSecond: 20, Burst: 100, Source: ec2Throttling},
	{Service: "EC2", Operations: []string{"DescribeVolumeAttribute"}, PerSecond: 20, Burst: 100, Source: ec2Throttling},
	{Service: "EC2", Operations: []string{"DescribeVolumes"}, PerSecond: 20, Burst: 100, Source: ec2Throttling},

	{Service: "ECS", Operations: []string{"DescribeClusters", "ListClusters"}, PerSecond: 20, Burst: 50, Source: ecsThrottling},
	{Service: "ECS", Operations: []string{"DescribeServices", "ListServices"}, PerSecond: 20, Burst: 100, Source: ecsThrottling},
	{
		Service: "ECS", Operations: []string{"DescribeTaskDefinition", "ListTaskDefinitions"}, PerSecond: 20, Burst: 50,
		Source: ecsThrottling,
	},

	{Service: "KMS", Operations: []string{"DescribeKey"}, PerSecond: 2000, Burst: 1, Source: kmsQuotas},
	{Service: "KMS", Operations: []string{"GetKeyRotationStatus"}, PerSecond: 1000, Burst: 1, Source: kmsQuotas},
	{Service: "KMS", Operations: []string{"ListKeys"}, PerSecond: 500, Burst: 1, Source: kmsQuotas},
	{Service: "KMS", Operations: []string{"ListResourceTags"}, PerSecond: 2000, Burst: 1, Source: kmsQuotas},

	{Service: "Lambda", PerSecond: 15, Burst: 1, Source: lambdaQuotas},

	// The operations in one row of AWS's table are assumed to share a bucket. The figures
	// are for one account; the whole Organization may call a little more often.
	{Service: "Organizations", Operations: []string{"ListAccounts"}, PerSecond: 8, Burst: 12, Source: organizationsQuotas},
	{
		Service:    "Organizations",
		Operations: []string{"ListAccountsForParent", "ListOrganizationalUnitsForParent", "ListParents"},
		PerSecond:  5, Burst: 8, Source: organizationsQuotas,
	},
	{Service: "Organizations", Operations: []string{"ListTagsForResource"}, PerSecond: 10, Burst: 15, Source: organizationsQuotas},

	{
		Service: "Resource Groups Tagging API", Operations: []string{"GetResources"}, PerSecond: 15, Burst: 1,
		Source: "https://docs.aws.amazon.com/tag-editor/latest/userguide/reference.html",
	},

	// SES throttles every action separately, except those that send.
	{Service: "SESv2", Operations: []string{"GetConfigurationSet"}, PerSecond: 1, Burst: 1, Source: sesQuotas},
	{Service: "SESv2", Operations: []string{"GetEmailIdentity"}, PerSecond: 1, Burst: 1, Source: sesQuotas},
	{Service: "SESv2", Operations: []string{"ListConfigurationSets"}, PerSecond: 1, Burst: 1, Source: sesQuotas},
	{Service: "SESv2", Operations: []string{"ListEmailIdentities"}, PerSecond: 1, Burst: 1, Source: sesQuotas},

	{
		Service: "SNS", Operations: []string{"GetTopicAttributes"}, PerSecond: 30, Burst: 1, Source: snsQuotas,
		Regions: map[string]float64{
			"us-east-1": 3000,
			"us-west-2": 900, "eu-west-1": 900,
			"us-east-2": 150, "us-west-1": 150, "ap-south-1": 150, "ap-northeast-1": 150, "ap-northeast-2": 150,
			"ap-southeast-1": 150, "ap-southeast-2": 150, "eu-central-1": 150,
		},
	},
	{Service: "SNS", Operations: []string{"ListTagsForResource"}, PerSecond: 10, Burst: 1, Source: snsQuotas},
	{Service: "SNS", Operations: []string{"ListTopics"}, PerSecond: 30, Burst: 1, Source: snsQuotas},

	{Service: "SQS", Operations: []string{"ListQueueTags"}, PerSecond: 30, Burst: 1, Source: sqsQuotas},

	// The calls count for the account that assumes a role, not for the account of the role.
	{Service: "STS", Operations: []string{"AssumeRole", "GetCallerIdentity"}, PerSecond: 600, Burst: 1, Source: stsQuotas},
}

package kinds

import "portolan/internal/kind"

// The pages of AWS's documentation that tell rates.
const (
	accountQuotas = "https://docs.aws.amazon.com/accounts/latest/reference/quotas.html"
	ec2Throttling = "https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html"
	ecsThrottling = "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/request-throttling.html"
	kmsQuotas     = "https://docs.aws.amazon.com/kms/latest/developerguide/requests-per-second.html"
	lambdaQuotas  = "https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"
)

// Rates are what AWS documents of how often the operations may be called that runs
// make, for each account and region. Most services document none; where the page
// tells no burst, it is what a second allows.
var Rates = []kind.Rate{
	{Service: "Account", Operations: []string{"ListRegions"}, PerSecond: 5, Burst: 5, Source: accountQuotas},
	{Service: "Account", Operations: []string{"GetAccountInformation"}, PerSecond: 3, Burst: 3, Source: accountQuotas},

	{Service: "DynamoDB", Operations: []string{"DescribeContinuousBackups"}, PerSecond: 10, Burst: 10,
		Source: "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeContinuousBackups.html"},

	// Each operation that changes nothing has a bucket of its own.
	{Service: "EC2", Operations: []string{"DescribeInstances"}, PerSecond: 20, Burst: 100, Source: ec2Throttling},
	{Service: "EC2", Operations: []string{"DescribeInstanceStatus"}, PerSecond: 20, Burst: 100, Source: ec2Throttling},
	{Service: "EC2", Operations: []string{"DescribeRegions"}, PerSecond: 20, Burst: 100, Source: ec2Throttling},
	{Service: "EC2", Operations: []string{"DescribeVolumeAttribute"}, PerSecond: 20, Burst: 100, Source: ec2Throttling},
	{Service: "EC2", Operations: []string{"DescribeVolumes"}, PerSecond: 20, Burst: 100, Source: ec2Throttling},

	{Service: "ECS", Operations: []string{"DescribeClusters", "ListClusters"}, PerSecond: 20, Burst: 50, Source: ecsThrottling},
	{Service: "ECS", Operations: []string{"DescribeServices", "ListServices"}, PerSecond: 20, Burst: 100, Source: ecsThrottling},
	{Service: "ECS", Operations: []string{"DescribeTaskDefinition", "ListTaskDefinitions"}, PerSecond: 20, Burst: 50, Source: ecsThrottling},

	{Service: "KMS", Operations: []string{"ListKeys"}, PerSecond: 500, Burst: 500, Source: kmsQuotas},
	{Service: "KMS", Operations: []string{"GetKeyRotationStatus"}, PerSecond: 1000, Burst: 1000, Source: kmsQuotas},

	// Fifteen for all operations together, but those that call or get a function.
	{Service: "Lambda", PerSecond: 15, Burst: 15, Source: lambdaQuotas},

	{Service: "SNS", Operations: []string{"ListTopics"}, PerSecond: 30, Burst: 30,
		Source: "https://docs.aws.amazon.com/sns/latest/api/API_ListTopics.html"},
}

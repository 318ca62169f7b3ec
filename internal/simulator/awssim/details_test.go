package awssim_test

import (
	"testing"

	"portolan/internal/simulator/awssim"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/aws-sdk-go-v2/service/eks"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	"github.com/aws/aws-sdk-go-v2/service/kafka"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/memorydb"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sns"
)

// own is a resource of the member in Ireland with one tag.
func own(kind, id string, attributes map[string]any) awssim.Resource {
	return awssim.Resource{Kind: kind, Region: ireland, ID: id, Tags: map[string]string{"team": "shop"}, Attributes: attributes}
}

func arnOf(service, resource string) *string {
	return aws.String("arn:aws:" + service + ":" + ireland + ":" + member + ":" + resource)
}

func TestVolumes(t *testing.T) {
	t.Parallel()
	e := population(population(smallEstate(own(awssim.Volume, "vol-0a1b2c3d", map[string]any{"autoEnableIO": true, "volumeType": "io2"})),
		awssim.Volume, ireland, 3), awssim.Instance, ireland, 2)
	s := start(t, e, awssim.Options{})
	client := ec2.NewFromConfig(inside(t, s, member, ireland))
	out, err := client.DescribeVolumes(t.Context(), &ec2.DescribeVolumesInput{})
	wantCode(t, err, "", 0)
	instances, err := client.DescribeInstances(t.Context(), &ec2.DescribeInstancesInput{})
	wantCode(t, err, "", 0)
	first := instances.Reservations[0].Instances[0]
	if got := out.Volumes[0]; *got.Attachments[0].InstanceId != *first.InstanceId || *got.VolumeId != *first.BlockDeviceMappings[0].Ebs.VolumeId ||
		*got.AvailabilityZone != *first.Placement.AvailabilityZone || got.State != "in-use" {
		t.Errorf("the first volume %+v is not that of the first instance", got)
	}
	if free := out.Volumes[2]; len(free.Attachments) != 0 || free.State != "available" {
		t.Errorf("got %+v, want it attached to nothing", free)
	}
	if given := out.Volumes[3]; given.VolumeType != "io2" || *given.Tags[0].Value != "shop" {
		t.Errorf("got %+v", given)
	}
	attribute, err := client.DescribeVolumeAttribute(t.Context(), &ec2.DescribeVolumeAttributeInput{
		VolumeId: aws.String("vol-0a1b2c3d"), Attribute: "autoEnableIO",
	})
	wantCode(t, err, "", 0)
	if !*attribute.AutoEnableIO.Value {
		t.Error("autoEnableIO is false")
	}
	for id, code := range map[string]string{"vol-00000000": "InvalidVolume.NotFound", "vol-x": "InvalidVolumeID.Malformed"} {
		_, err = client.DescribeVolumeAttribute(t.Context(), &ec2.DescribeVolumeAttributeInput{VolumeId: &id, Attribute: "autoEnableIO"})
		wantCode(t, err, code, 400)
		_, err = client.DescribeVolumes(t.Context(), &ec2.DescribeVolumesInput{VolumeIds: []string{id}})
		wantCode(t, err, code, 400)
	}
	_, err = client.DescribeVolumeAttribute(t.Context(), &ec2.DescribeVolumeAttributeInput{VolumeId: aws.String("vol-0a1b2c3d"), Attribute: "colour"})
	wantCode(t, err, "InvalidParameterValue", 400)
}

func TestServices(t *testing.T) {
	t.Parallel()
	e := population(population(smallEstate(), awssim.Cluster, ireland, 2), awssim.Service, ireland, 25)
	s := start(t, e, awssim.Options{})
	client := ecs.NewFromConfig(inside(t, s, member, ireland))
	clusters := s.Resources(member, awssim.Cluster, ireland)
	total := 0
	for _, cluster := range clusters {
		listed, err := client.ListServices(t.Context(), &ecs.ListServicesInput{Cluster: &cluster.ID, MaxResults: aws.Int32(100)})
		wantCode(t, err, "", 0)
		total += len(listed.ServiceArns)
		out, err := client.DescribeServices(t.Context(), &ecs.DescribeServicesInput{Cluster: &cluster.ID, Services: listed.ServiceArns[:10]})
		wantCode(t, err, "", 0)
		if len(out.Services) != 10 || *out.Services[9].ServiceArn != listed.ServiceArns[0] || len(out.Services[0].Tags) != 0 {
			t.Errorf("got %d services, the last %s", len(out.Services), *out.Services[9].ServiceArn)
		}
		_, err = client.DescribeServices(t.Context(), &ecs.DescribeServicesInput{Cluster: &cluster.ID, Services: listed.ServiceArns[:11]})
		wantCode(t, err, "InvalidParameterException", 400)
	}
	if total != 25 {
		t.Errorf("%d services in all, want 25", total)
	}
	_, err := client.ListServices(t.Context(), &ecs.ListServicesInput{Cluster: aws.String("gone")})
	wantCode(t, err, "ClusterNotFoundException", 400)
	for _, in := range []*ecs.DescribeServicesInput{
		{Cluster: &clusters[0].ID, Services: []string{}},
		{Cluster: &clusters[0].ID, Services: []string{"x"}, Include: []ecstypes.ServiceField{"COLOUR"}},
		{Cluster: &clusters[0].ID, Services: []string{*arnOf("ecs", "service/"+clusters[1].ID+"/x")}},
	} {
		_, err = client.DescribeServices(t.Context(), in)
		wantCode(t, err, "InvalidParameterException", 400)
	}
	out, err := client.DescribeServices(t.Context(), &ecs.DescribeServicesInput{Cluster: &clusters[0].ID, Services: []string{"x"}})
	wantCode(t, err, "", 0)
	if len(out.Failures) != 1 || *out.Failures[0].Reason != "MISSING" {
		t.Errorf("got %+v", out.Failures)
	}
	s.Remove(member, awssim.Cluster, ireland, clusters[0].ID)
	if rest := s.Resources(member, awssim.Service, ireland); len(rest) >= 25 || len(rest) == 0 {
		t.Errorf("%d services are left without their cluster", len(rest))
	}
}

func TestTaskDefinitions(t *testing.T) {
	t.Parallel()
	s := start(t, smallEstate(own(awssim.TaskDefinition, "web:7", nil), own(awssim.TaskDefinition, "old:1", map[string]any{"status": "INACTIVE"})), awssim.Options{})
	client := ecs.NewFromConfig(inside(t, s, member, ireland))
	active, err := client.ListTaskDefinitions(t.Context(), &ecs.ListTaskDefinitionsInput{})
	wantCode(t, err, "", 0)
	if len(active.TaskDefinitionArns) != 1 || active.TaskDefinitionArns[0] != *arnOf("ecs", "task-definition/web:7") {
		t.Errorf("active: %v", active.TaskDefinitionArns)
	}
	_, err = client.ListTaskDefinitions(t.Context(), &ecs.ListTaskDefinitionsInput{Status: "GONE"})
	wantCode(t, err, "InvalidParameterException", 400)
	out, err := client.DescribeTaskDefinition(t.Context(), &ecs.DescribeTaskDefinitionInput{
		TaskDefinition: arnOf("ecs", "task-definition/web:7"), Include: []ecstypes.TaskDefinitionField{"TAGS"},
	})
	wantCode(t, err, "", 0)
	if *out.TaskDefinition.Family != "web" || out.TaskDefinition.Revision != 7 || *out.Tags[0].Value != "shop" {
		t.Errorf("got %+v, tags %+v", out.TaskDefinition, out.Tags)
	}
	_, err = client.DescribeTaskDefinition(t.Context(), &ecs.DescribeTaskDefinitionInput{TaskDefinition: aws.String("gone:1")})
	wantCode(t, err, "ClientException", 400)
	_, err = client.DescribeTaskDefinition(t.Context(), &ecs.DescribeTaskDefinitionInput{
		TaskDefinition: aws.String("web:7"), Include: []ecstypes.TaskDefinitionField{"COLOUR"},
	})
	wantCode(t, err, "InvalidParameterException", 400)
}

func TestTopics(t *testing.T) {
	t.Parallel()
	s := start(t, smallEstate(own(awssim.Topic, "orders.fifo", map[string]any{"DisplayName": "Orders"})), awssim.Options{})
	client := sns.NewFromConfig(inside(t, s, member, ireland))
	arn := arnOf("sns", "orders.fifo")
	out, err := client.GetTopicAttributes(t.Context(), &sns.GetTopicAttributesInput{TopicArn: arn})
	wantCode(t, err, "", 0)
	if got := out.Attributes; got["TopicArn"] != *arn || got["DisplayName"] != "Orders" || got["FifoTopic"] != "true" {
		t.Errorf("got %v", got)
	}
	tags, err := client.ListTagsForResource(t.Context(), &sns.ListTagsForResourceInput{ResourceArn: arn})
	wantCode(t, err, "", 0)
	if *tags.Tags[0].Value != "shop" {
		t.Errorf("got %+v", tags.Tags)
	}
	_, err = client.GetTopicAttributes(t.Context(), &sns.GetTopicAttributesInput{TopicArn: arnOf("sns", "gone")})
	wantCode(t, err, "NotFound", 404)
	_, err = client.ListTagsForResource(t.Context(), &sns.ListTagsForResourceInput{ResourceArn: arnOf("sns", "gone")})
	wantCode(t, err, "ResourceNotFound", 404)
	_, err = client.GetTopicAttributes(t.Context(), &sns.GetTopicAttributesInput{TopicArn: aws.String("orders.fifo")})
	wantCode(t, err, "InvalidParameter", 400)
	s.Inject(awssim.Fault{Service: "sns", Effect: awssim.Deny})
	_, err = client.ListTopics(t.Context(), &sns.ListTopicsInput{})
	wantCode(t, err, "AuthorizationError", 403)
}

func TestTables(t *testing.T) {
	t.Parallel()
	tags := map[string]string{}
	for _, letter := range "abcdefghijkl" {
		tags[string(letter)] = "x"
	}
	s := start(t, smallEstate(awssim.Resource{Kind: awssim.Table, Region: ireland, ID: "orders", Tags: tags, Attributes: map[string]any{
		"TableStatus": "UPDATING", "ContinuousBackupsDescription": map[string]any{"ContinuousBackupsStatus": "DISABLED"},
	}}), awssim.Options{})
	client := dynamodb.NewFromConfig(inside(t, s, member, ireland))
	out, err := client.DescribeTable(t.Context(), &dynamodb.DescribeTableInput{TableName: aws.String("orders")})
	wantCode(t, err, "", 0)
	if out.Table.TableStatus != "UPDATING" || *out.Table.TableArn != *arnOf("dynamodb", "table/orders") {
		t.Errorf("got %+v", out.Table)
	}
	page, err := client.ListTagsOfResource(t.Context(), &dynamodb.ListTagsOfResourceInput{ResourceArn: out.Table.TableArn})
	wantCode(t, err, "", 0)
	rest, err := client.ListTagsOfResource(t.Context(), &dynamodb.ListTagsOfResourceInput{ResourceArn: out.Table.TableArn, NextToken: page.NextToken})
	wantCode(t, err, "", 0)
	if len(page.Tags) != 10 || len(rest.Tags) != 2 || rest.NextToken != nil {
		t.Errorf("%d and %d tags", len(page.Tags), len(rest.Tags))
	}
	backups, err := client.DescribeContinuousBackups(t.Context(), &dynamodb.DescribeContinuousBackupsInput{TableName: aws.String("orders")})
	wantCode(t, err, "", 0)
	if backups.ContinuousBackupsDescription.ContinuousBackupsStatus != "DISABLED" {
		t.Errorf("got %+v", backups.ContinuousBackupsDescription)
	}
	_, err = client.DescribeTable(t.Context(), &dynamodb.DescribeTableInput{TableName: aws.String("gone")})
	wantCode(t, err, "ResourceNotFoundException", 400)
	_, err = client.DescribeContinuousBackups(t.Context(), &dynamodb.DescribeContinuousBackupsInput{TableName: aws.String("gone")})
	wantCode(t, err, "TableNotFoundException", 400)
	_, err = client.ListTagsOfResource(t.Context(), &dynamodb.ListTagsOfResourceInput{ResourceArn: aws.String("orders")})
	wantCode(t, err, "ValidationException", 400)
}

func TestRepositories(t *testing.T) {
	t.Parallel()
	s := start(t, smallEstate(own(awssim.Repository, "shop/web", map[string]any{"policyText": "{}"}), own(awssim.Repository, "jobs", nil)), awssim.Options{})
	client := ecr.NewFromConfig(inside(t, s, member, ireland))
	policy, err := client.GetRepositoryPolicy(t.Context(), &ecr.GetRepositoryPolicyInput{RepositoryName: aws.String("shop/web")})
	wantCode(t, err, "", 0)
	if *policy.PolicyText != "{}" {
		t.Errorf("got %s", *policy.PolicyText)
	}
	for name, code := range map[string]string{
		"jobs": "RepositoryPolicyNotFoundException", "gone": "RepositoryNotFoundException", "No": "InvalidParameterException",
	} {
		_, err = client.GetRepositoryPolicy(t.Context(), &ecr.GetRepositoryPolicyInput{RepositoryName: &name})
		wantCode(t, err, code, 400)
	}
	_, err = client.GetLifecyclePolicy(t.Context(), &ecr.GetLifecyclePolicyInput{RepositoryName: aws.String("jobs")})
	wantCode(t, err, "LifecyclePolicyNotFoundException", 400)
	tags, err := client.ListTagsForResource(t.Context(), &ecr.ListTagsForResourceInput{ResourceArn: arnOf("ecr", "repository/jobs")})
	wantCode(t, err, "", 0)
	if *tags.Tags[0].Value != "shop" {
		t.Errorf("got %+v", tags.Tags)
	}
	_, err = client.ListTagsForResource(t.Context(), &ecr.ListTagsForResourceInput{ResourceArn: arnOf("ecr", "jobs")})
	wantCode(t, err, "InvalidParameterException", 400)
}

func TestDataClusters(t *testing.T) {
	t.Parallel()
	s := start(t, smallEstate(
		own(awssim.KubernetesCluster, "apps", map[string]any{"version": "1.34"}),
		own(awssim.DBCluster, "ledger", map[string]any{"Status": "backing-up", "DBClusterMembers": []any{
			map[string]any{"DBInstanceIdentifier": "ledger-1", "IsClusterWriter": true},
		}}),
		own(awssim.CacheCluster, "sessions", nil), own(awssim.CacheUser, "reader", nil),
		own(awssim.KafkaCluster, "events", map[string]any{"state": "UPDATING"}), own(awssim.ServerlessKafka, "audit", nil),
	), awssim.Options{})
	c := inside(t, s, member, ireland)

	cluster, err := eks.NewFromConfig(c).DescribeCluster(t.Context(), &eks.DescribeClusterInput{Name: aws.String("apps")})
	wantCode(t, err, "", 0)
	if *cluster.Cluster.Version != "1.34" || cluster.Cluster.Tags["team"] != "shop" || *cluster.Cluster.Arn != *arnOf("eks", "cluster/apps") {
		t.Errorf("EKS: got %+v", cluster.Cluster)
	}
	_, err = eks.NewFromConfig(c).DescribeCluster(t.Context(), &eks.DescribeClusterInput{Name: aws.String("gone")})
	wantCode(t, err, "ResourceNotFoundException", 404)

	databases, err := rds.NewFromConfig(c).DescribeDBClusters(t.Context(), &rds.DescribeDBClustersInput{})
	wantCode(t, err, "", 0)
	if got := databases.DBClusters[0]; *got.Status != "backing-up" || len(got.AvailabilityZones) != 3 || !*got.DBClusterMembers[0].IsClusterWriter || *got.TagList[0].Value != "shop" {
		t.Errorf("RDS: got %+v", got)
	}

	cache := elasticache.NewFromConfig(c)
	for _, nodes := range []bool{true, false} {
		caches, err := cache.DescribeCacheClusters(t.Context(), &elasticache.DescribeCacheClustersInput{ShowCacheNodeInfo: &nodes})
		wantCode(t, err, "", 0)
		if got := len(caches.CacheClusters[0].CacheNodes) > 0; got != nodes {
			t.Errorf("ElastiCache: nodes are there: %t, want %t", got, nodes)
		}
	}
	tags, err := cache.ListTagsForResource(t.Context(), &elasticache.ListTagsForResourceInput{ResourceName: arnOf("elasticache", "cluster:sessions")})
	wantCode(t, err, "", 0)
	if *tags.TagList[0].Value != "shop" {
		t.Errorf("ElastiCache: got %+v", tags.TagList)
	}
	_, err = cache.ListTagsForResource(t.Context(), &elasticache.ListTagsForResourceInput{ResourceName: arnOf("elasticache", "cluster:gone")})
	wantCode(t, err, "CacheClusterNotFound", 404)
	_, err = cache.ListTagsForResource(t.Context(), &elasticache.ListTagsForResourceInput{ResourceName: aws.String("sessions")})
	wantCode(t, err, "InvalidARN", 400)

	users := memorydb.NewFromConfig(c)
	userTags, err := users.ListTags(t.Context(), &memorydb.ListTagsInput{ResourceArn: arnOf("memorydb", "user/reader")})
	wantCode(t, err, "", 0)
	if *userTags.TagList[0].Value != "shop" {
		t.Errorf("MemoryDB: got %+v", userTags.TagList)
	}
	_, err = users.ListTags(t.Context(), &memorydb.ListTagsInput{ResourceArn: arnOf("memorydb", "user/gone")})
	wantCode(t, err, "UserNotFoundFault", 400)
	_, err = users.ListTags(t.Context(), &memorydb.ListTagsInput{ResourceArn: aws.String("reader")})
	wantCode(t, err, "InvalidARNFault", 400)

	msk := kafka.NewFromConfig(c)
	provisioned, err := msk.ListClusters(t.Context(), &kafka.ListClustersInput{})
	wantCode(t, err, "", 0)
	if got := provisioned.ClusterInfoList; len(got) != 1 || got[0].State != "UPDATING" || *got[0].BrokerNodeGroupInfo.InstanceType == "" {
		t.Errorf("MSK: got %+v", got)
	}
	second, err := msk.ListClustersV2(t.Context(), &kafka.ListClustersV2Input{ClusterTypeFilter: aws.String("PROVISIONED")})
	wantCode(t, err, "", 0)
	if got := second.ClusterInfoList; len(got) != 1 || *got[0].Provisioned.NumberOfBrokerNodes != 3 || *got[0].ClusterArn != *provisioned.ClusterInfoList[0].ClusterArn {
		t.Errorf("MSK: got %+v", got)
	}
	_, err = msk.ListClustersV2(t.Context(), &kafka.ListClustersV2Input{ClusterTypeFilter: aws.String("OTHER")})
	wantCode(t, err, "BadRequestException", 400)
}

func TestEmail(t *testing.T) {
	t.Parallel()
	s := start(t, smallEstate(
		own(awssim.EmailIdentity, "ops@example.com", map[string]any{"VerificationStatus": "PENDING"}), own(awssim.EmailConfiguration, "news", nil),
	), awssim.Options{})
	client := sesv2.NewFromConfig(inside(t, s, member, ireland))
	identity, err := client.GetEmailIdentity(t.Context(), &sesv2.GetEmailIdentityInput{EmailIdentity: aws.String("ops@example.com")})
	wantCode(t, err, "", 0)
	if identity.IdentityType != "EMAIL_ADDRESS" || identity.VerificationStatus != "PENDING" || *identity.Tags[0].Value != "shop" {
		t.Errorf("got %+v", identity)
	}
	_, err = client.GetEmailIdentity(t.Context(), &sesv2.GetEmailIdentityInput{EmailIdentity: aws.String("gone@example.com")})
	wantCode(t, err, "NotFoundException", 404)
	set, err := client.GetConfigurationSet(t.Context(), &sesv2.GetConfigurationSetInput{ConfigurationSetName: aws.String("news")})
	wantCode(t, err, "", 0)
	if *set.ConfigurationSetName != "news" || *set.Tags[0].Value != "shop" {
		t.Errorf("got %+v", set)
	}
	_, err = client.GetConfigurationSet(t.Context(), &sesv2.GetConfigurationSetInput{ConfigurationSetName: aws.String("gone")})
	wantCode(t, err, "NotFoundException", 404)
}

func TestKeys(t *testing.T) {
	t.Parallel()
	const id, other = "0a1b2c3d-0a1b-4a1b-8a1b-0a1b2c3d4e5f", "1a1b2c3d-0a1b-4a1b-8a1b-0a1b2c3d4e5f"
	s := start(t, smallEstate(own(awssim.Key, id, map[string]any{"KeyRotationEnabled": true, "KeyState": "Disabled"}),
		own(awssim.Key, other, map[string]any{"KeySpec": "RSA_2048"})), awssim.Options{})
	client := kms.NewFromConfig(inside(t, s, member, ireland))
	key, err := client.DescribeKey(t.Context(), &kms.DescribeKeyInput{KeyId: arnOf("kms", "key/"+id)})
	wantCode(t, err, "", 0)
	if *key.KeyMetadata.KeyId != id || key.KeyMetadata.KeyState != "Disabled" {
		t.Errorf("got %+v", key.KeyMetadata)
	}
	rotation, err := client.GetKeyRotationStatus(t.Context(), &kms.GetKeyRotationStatusInput{KeyId: aws.String(id)})
	wantCode(t, err, "", 0)
	if !rotation.KeyRotationEnabled || *rotation.RotationPeriodInDays != 365 {
		t.Errorf("got %+v", rotation)
	}
	_, err = client.GetKeyRotationStatus(t.Context(), &kms.GetKeyRotationStatusInput{KeyId: aws.String(other)})
	wantCode(t, err, "UnsupportedOperationException", 400)
	tags, err := client.ListResourceTags(t.Context(), &kms.ListResourceTagsInput{KeyId: aws.String(id)})
	wantCode(t, err, "", 0)
	if *tags.Tags[0].TagValue != "shop" || tags.Truncated {
		t.Errorf("got %+v", tags)
	}
	_, err = client.ListResourceTags(t.Context(), &kms.ListResourceTagsInput{KeyId: aws.String(id), Limit: aws.Int32(51)})
	wantCode(t, err, "ValidationException", 400)
	_, err = client.DescribeKey(t.Context(), &kms.DescribeKeyInput{KeyId: aws.String("2a1b2c3d-0a1b-4a1b-8a1b-0a1b2c3d4e5f")})
	wantCode(t, err, "NotFoundException", 400)
}

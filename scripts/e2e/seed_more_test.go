//go:build e2e

package e2e

import (
	"errors"
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codebuild"
	codebuildtypes "github.com/aws/aws-sdk-go-v2/service/codebuild/types"
	"github.com/aws/aws-sdk-go-v2/service/codedeploy"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline"
	pipelinetypes "github.com/aws/aws-sdk-go-v2/service/codepipeline/types"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	dynamotypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/aws-sdk-go-v2/service/eks"
	ekstypes "github.com/aws/aws-sdk-go-v2/service/eks/types"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	"github.com/aws/aws-sdk-go-v2/service/kafka"
	kafkatypes "github.com/aws/aws-sdk-go-v2/service/kafka/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/smithy-go"
)

// seeded gathers the identifiers that Port must have, by blueprint, as moto returned
// them when it created the resources.
type seeded map[string][]string

func (s seeded) add(blueprint string, identifiers ...string) {
	s[blueprint] = append(s[blueprint], identifiers...)
}

// seedServices makes resources of the kinds that have their ARN in the answer of the
// create call.
func (s seeded) seedServices(t *testing.T, config aws.Config, account string) {
	t.Helper()
	name := account + "-" + config.Region
	ctx := t.Context()
	containers := ecs.NewFromConfig(config)
	task := must[*ecs.RegisterTaskDefinitionOutput](t)(containers.RegisterTaskDefinition(ctx, &ecs.RegisterTaskDefinitionInput{
		Family: aws.String("task-" + name), Tags: []ecstypes.Tag{{Key: aws.String("team"), Value: aws.String("e2e")}},
		ContainerDefinitions: []ecstypes.ContainerDefinition{{
			Name: aws.String("web"), Image: aws.String("web:1"), Memory: aws.Int32(128), Cpu: 64,
		}},
	}))
	s.add("ecsTaskDefinition", *task.TaskDefinition.TaskDefinitionArn)
	service := must[*ecs.CreateServiceOutput](t)(containers.CreateService(ctx, &ecs.CreateServiceInput{
		Cluster: aws.String(name), ServiceName: aws.String("web"), DesiredCount: aws.Int32(1),
		TaskDefinition: task.TaskDefinition.TaskDefinitionArn, LaunchType: ecstypes.LaunchTypeEc2,
	}))
	s.add("ecsService", *service.Service.ServiceArn)
	cluster := must[*eks.CreateClusterOutput](t)(eks.NewFromConfig(config).CreateCluster(ctx, &eks.CreateClusterInput{
		Name: aws.String("eks-" + name), RoleArn: aws.String("arn:aws:iam::" + account + ":role/eks"),
		ResourcesVpcConfig: &ekstypes.VpcConfigRequest{SubnetIds: []string{"subnet-1"}}, Tags: map[string]string{"team": "e2e"},
	}))
	s.add("eksCluster", *cluster.Cluster.Arn)
	repository := must[*ecr.CreateRepositoryOutput](t)(ecr.NewFromConfig(config).CreateRepository(ctx, &ecr.CreateRepositoryInput{
		RepositoryName: aws.String("e2e/" + name),
	}))
	s.add("ecrRepository", *repository.Repository.RepositoryArn)
	for i := range 3 {
		topic := must[*sns.CreateTopicOutput](t)(sns.NewFromConfig(config).CreateTopic(ctx, &sns.CreateTopicInput{
			Name: aws.String(fmt.Sprintf("%s-%d", name, i)),
		}))
		s.add("snsTopic", *topic.TopicArn)
	}
	table := must[*dynamodb.CreateTableOutput](t)(dynamodb.NewFromConfig(config).CreateTable(ctx, &dynamodb.CreateTableInput{
		TableName: aws.String(name), BillingMode: dynamotypes.BillingModePayPerRequest,
		AttributeDefinitions: []dynamotypes.AttributeDefinition{{AttributeName: aws.String("id"), AttributeType: "S"}},
		KeySchema:            []dynamotypes.KeySchemaElement{{AttributeName: aws.String("id"), KeyType: "HASH"}},
	}))
	s.add("dynamodbTable", *table.TableDescription.TableArn)
	key := must[*kms.CreateKeyOutput](t)(kms.NewFromConfig(config).CreateKey(ctx, &kms.CreateKeyInput{Description: aws.String(name)}))
	s.add("kmsKey", *key.KeyMetadata.Arn)
}

// addVolumes notes the disks of the instances. Moto's own listing has others too,
// which AWS would not show.
func (s seeded) addVolumes(t *testing.T, config aws.Config) {
	t.Helper()
	disks := must[*ec2.DescribeVolumesOutput](t)(ec2.NewFromConfig(config).DescribeVolumes(t.Context(), &ec2.DescribeVolumesInput{}))
	for _, disk := range disks.Volumes {
		s.add("ebsVolume", *disk.VolumeId)
	}
}

// seedData makes clusters of data, and what sends mail.
func (s seeded) seedData(t *testing.T, config aws.Config, account string) {
	t.Helper()
	name := account + "-" + config.Region
	ctx := t.Context()
	cache := must[*elasticache.CreateCacheClusterOutput](t)(elasticache.NewFromConfig(config).CreateCacheCluster(ctx, &elasticache.CreateCacheClusterInput{
		CacheClusterId: aws.String("cache-" + name), Engine: aws.String("redis"), CacheNodeType: aws.String("cache.t4g.micro"), NumCacheNodes: aws.Int32(1),
	}))
	s.add("elasticacheCluster", *cache.CacheCluster.ARN)
	brokers := must[*kafka.CreateClusterV2Output](t)(kafka.NewFromConfig(config).CreateClusterV2(ctx, &kafka.CreateClusterV2Input{
		ClusterName: aws.String("msk-" + name), Serverless: &kafkatypes.ServerlessRequest{
			VpcConfigs: []kafkatypes.VpcConfig{{SubnetIds: []string{"subnet-1"}}},
		},
	}))
	s.add("mskServerlessCluster", *brokers.ClusterArn)
	provisioned := must[*kafka.CreateClusterOutput](t)(kafka.NewFromConfig(config).CreateCluster(ctx, &kafka.CreateClusterInput{
		ClusterName: aws.String("msk-own-" + name), KafkaVersion: aws.String("3.8.x"), NumberOfBrokerNodes: aws.Int32(3),
		BrokerNodeGroupInfo: &kafkatypes.BrokerNodeGroupInfo{ClientSubnets: []string{"subnet-1"}, InstanceType: aws.String("kafka.m7g.large")},
	}))
	s.add("mskCluster", *provisioned.ClusterArn)
	mail := sesv2.NewFromConfig(config)
	must[*sesv2.CreateEmailIdentityOutput](t)(mail.CreateEmailIdentity(ctx, &sesv2.CreateEmailIdentityInput{EmailIdentity: aws.String("ops@" + name + ".example.com")}))
	s.add("sesEmailIdentity", "ops@"+name+".example.com")
	must[*sesv2.CreateConfigurationSetOutput](t)(mail.CreateConfigurationSet(ctx, &sesv2.CreateConfigurationSetInput{ConfigurationSetName: aws.String("set-" + name)}))
	s.add("sesConfigurationSet", account+"/"+config.Region+"/set-"+name)
}

// seedCode makes what builds and deploys. The role is trusted by CodePipeline.
func (s seeded) seedCode(t *testing.T, config aws.Config, account, role string) {
	t.Helper()
	name := account + "-" + config.Region
	ctx := t.Context()
	builds := codebuild.NewFromConfig(config)
	project := must[*codebuild.CreateProjectOutput](t)(builds.CreateProject(ctx, &codebuild.CreateProjectInput{
		Name: aws.String("build-" + name), ServiceRole: aws.String(role),
		Source:    &codebuildtypes.ProjectSource{Type: codebuildtypes.SourceTypeS3, Location: aws.String("bucket/path")},
		Artifacts: &codebuildtypes.ProjectArtifacts{Type: codebuildtypes.ArtifactsTypeNoArtifacts},
		Environment: &codebuildtypes.ProjectEnvironment{
			Type: codebuildtypes.EnvironmentTypeLinuxContainer, Image: aws.String("image"), ComputeType: codebuildtypes.ComputeTypeBuildGeneral1Small,
		},
	}))
	s.add("codeBuildProject", *project.Project.Arn)
	// Moto makes the build, and answers in a form that only other languages' SDKs read.
	_, err := builds.StartBuild(ctx, &codebuild.StartBuildInput{ProjectName: project.Project.Name})
	if unreadable := (*smithy.DeserializationError)(nil); err != nil && !errors.As(err, &unreadable) {
		t.Fatal(err)
	}

	deploys := codedeploy.NewFromConfig(config)
	application := "app-" + name
	created := must[*codedeploy.CreateApplicationOutput](t)(deploys.CreateApplication(ctx, &codedeploy.CreateApplicationInput{ApplicationName: &application}))
	s.add("codeDeployApplication", *created.ApplicationId)
	must[*codedeploy.CreateDeploymentGroupOutput](t)(deploys.CreateDeploymentGroup(ctx, &codedeploy.CreateDeploymentGroupInput{
		ApplicationName: &application, DeploymentGroupName: aws.String("production"), ServiceRoleArn: aws.String(role),
	}))
	deployment := must[*codedeploy.CreateDeploymentOutput](t)(deploys.CreateDeployment(ctx, &codedeploy.CreateDeploymentInput{
		ApplicationName: &application, DeploymentGroupName: aws.String("production"),
	}))
	s.add("codeDeployDeployment", account+"/"+config.Region+"/"+*deployment.DeploymentId)

	stage := func(name, action string, id pipelinetypes.ActionTypeId) pipelinetypes.StageDeclaration {
		id.Owner, id.Version = pipelinetypes.ActionOwnerAws, aws.String("1")
		return pipelinetypes.StageDeclaration{Name: &name, Actions: []pipelinetypes.ActionDeclaration{{Name: &action, ActionTypeId: &id}}}
	}
	pipeline := "pipeline-" + name
	must[*codepipeline.CreatePipelineOutput](t)(codepipeline.NewFromConfig(config).CreatePipeline(ctx, &codepipeline.CreatePipelineInput{
		Pipeline: &pipelinetypes.PipelineDeclaration{
			Name: &pipeline, RoleArn: aws.String(role),
			ArtifactStore: &pipelinetypes.ArtifactStore{Type: pipelinetypes.ArtifactStoreTypeS3, Location: aws.String("bucket")},
			Stages: []pipelinetypes.StageDeclaration{
				stage("Source", "Fetch", pipelinetypes.ActionTypeId{Category: pipelinetypes.ActionCategorySource, Provider: aws.String("S3")}),
				stage("Deploy", "Ship", pipelinetypes.ActionTypeId{Category: pipelinetypes.ActionCategoryDeploy, Provider: aws.String("S3")}),
			},
		},
	}))
	arn := "arn:aws:codepipeline:" + config.Region + ":" + account + ":" + pipeline
	s.add("codePipeline", arn)
	s.add("codePipelineStage", arn+"/Source", arn+"/Deploy")
	s.add("codePipelineAction", arn+"/Source/Fetch", arn+"/Deploy/Ship")
}

// seedDatabaseCluster makes a cluster of RDS.
func (s seeded) seedDatabaseCluster(t *testing.T, config aws.Config, account string) {
	t.Helper()
	cluster := must[*rds.CreateDBClusterOutput](t)(rds.NewFromConfig(config).CreateDBCluster(t.Context(), &rds.CreateDBClusterInput{
		DBClusterIdentifier: aws.String("cluster-" + account + "-" + config.Region), Engine: aws.String("aurora-postgresql"),
		MasterUsername: aws.String("app"), MasterUserPassword: aws.String("not-a-secret"),
	}))
	s.add("rdsDbCluster", *cluster.DBCluster.DBClusterArn)
}

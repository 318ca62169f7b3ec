// Package kinds declares the AWS resource types that Portolan knows, one small file for
// each, and the list of them, All.
//
// A file says which calls AWS offers for the type, which permissions they need and what the
// documents look like. Package kind decides how documents are made, how calls are bounded,
// and what errors mean. Nothing here knows Port, logs, or starts a goroutine.
package kinds

import "portolan/internal/aws/kind"

// All has every kind: first those that all others relate to, then the others by name.
var All = []*kind.Kind{
	AccountInfo,
	OrganizationsAccount,
	CodeBuildBuildRun,
	CodeBuildProject,
	CodeDeployApplication,
	CodeDeployDeployment,
	CodeDeployDeploymentGroup,
	CodeDeployDeploymentTarget,
	CodePipelineAction,
	CodePipelineActionExecution,
	CodePipelinePipeline,
	CodePipelinePipelineExecution,
	CodePipelineStage,
	DynamoDBTable,
	EC2Instance,
	EC2Volume,
	ECRRepository,
	ECSCluster,
	ECSService,
	ECSTaskDefinition,
	EKSCluster,
	ElastiCacheCluster,
	KMSKey,
	LambdaFunction,
	MSKCluster,
	MSKServerlessCluster,
	MemoryDBUser,
	RDSDBCluster,
	RDSDBInstance,
	S3Bucket,
	SESConfigurationSet,
	SESEmailIdentity,
	SNSTopic,
	SQSQueue,
}

// ByType returns the kind of a type; nil if there is none.
func ByType(name string) *kind.Kind {
	for _, k := range All {
		if k.Type == name {
			return k
		}
	}
	return nil
}

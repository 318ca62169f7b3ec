// Package kinds declares the AWS resource types that Portolan knows, one small
// file for each, and the one list of them, All.
//
// A file says which calls AWS offers for the type, which permissions they take
// and what the document looks like; how documents are made, how calls are
// bounded, and what errors mean is package kind's. Nothing here knows Port, logs,
// or starts a goroutine.
package kinds

import "portolan/internal/kind"

// All lists every kind, in the order of its documentation.
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
	ElastiCacheCluster,
	MSKCluster,
	MSKServerlessCluster,
	MemoryDBUser,
	SESConfigurationSet,
	SESEmailIdentity,
	S3Bucket,
	EC2Instance,
	ECSCluster,
	LambdaFunction,
	RDSDBInstance,
	SQSQueue,
}

// ByType gives the kind of a type, nil if there is none.
func ByType(name string) *kind.Kind {
	for _, k := range All {
		if k.Type == name {
			return k
		}
	}
	return nil
}

package awssim

// services are all that is simulated, by the name that requests are signed with.
var services = map[string]*service{
	"account":        accountService,
	"codebuild":      codebuildService,
	"codedeploy":     codedeployService,
	"codepipeline":   codepipelineService,
	"ec2":            ec2Service,
	"ecs":            ecsService,
	"lambda":         lambdaService,
	"organizations":  organizationsService,
	"rds":            rdsService,
	"s3":             s3Service,
	"secretsmanager": secretsService,
	"sqs":            sqsService,
	"sts":            stsService,
}

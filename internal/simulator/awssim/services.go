package awssim

// services are all that is simulated, by the name that requests are signed with.
var services = map[string]*service{
	"account":        accountService,
	"codebuild":      codebuildService,
	"codedeploy":     codedeployService,
	"codepipeline":   codepipelineService,
	"dynamodb":       dynamodbService,
	"ec2":            ec2Service,
	"ecr":            ecrService,
	"ecs":            ecsService,
	"eks":            eksService,
	"elasticache":    elasticacheService,
	"kafka":          kafkaService,
	"kms":            kmsService,
	"lambda":         lambdaService,
	"memorydb":       memorydbService,
	"organizations":  organizationsService,
	"rds":            rdsService,
	"s3":             s3Service,
	"secretsmanager": secretsService,
	"ses":            sesService,
	"sns":            snsService,
	"sqs":            sqsService,
	"ssm":            ssmService,
	"sts":            stsService,
}

package awssim

import (
	"regexp"
	"slices"
	"strings"
)

// Project is a project of CodeBuild.
const Project = "AWS::CodeBuild::Project"

var codebuild = service{
	name: "codebuild", wire: &jsonWire{target: "CodeBuild_20161006", version: "1.1"},
	dialect: jsonDialect.with(func(d *dialect) {
		d.badParameter = refuse(400, "InvalidInputException", "")
		d.badToken = refuse(400, "InvalidInputException", "Invalid nextToken")
	}),
	scope: func(c *call) string {
		if c.operation.list != nil {
			return ""
		}
		return c.arn(Project, "*")
	},
}

func init() {
	codebuild.simulate(
		kind{
			name: Project, form: regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{1,254}$`), arn: "project/", old: true,
			things: []string{"build", "unit-tests", "image", "integration-tests", "lint", "release", "docs", "migrations"},
		},
		operation{name: "ListProjects", list: &listing{kind: Project, items: "projects", size: bounds{usual: 100}, token: "nextToken"}},
		operation{name: "BatchGetProjects", takes: members{"names": isList}, answer: batchGetProjects},
	)
}

// codebuildBatch returns what is asked about, if its number is right.
func (c *call) codebuildBatch(member string) ([]string, error) {
	asked := c.texts(member)
	constraint := ""
	switch {
	case len(asked) == 0:
		constraint = "greater than or equal to 1"
	case len(asked) > 100:
		constraint = "less than or equal to 100"
	default:
		return asked, nil
	}
	return nil, c.service.dialect.badParameter.saying("1 validation error detected: Value '[%s]' at '%s' failed to satisfy constraint: Member must have length %s",
		strings.Join(asked, ", "), member, constraint)
}

// batchGetProjects describes projects by name or ARN. The service promises no
// order, so it is not the one that was asked in.
func batchGetProjects(c *call) (object, error) {
	names, err := c.codebuildBatch("names")
	if err != nil {
		return nil, err
	}
	projects, missing := []object{}, []string{}
	for _, asked := range slices.Backward(names) {
		r, there := c.find(Project, strings.TrimPrefix(asked, c.arn(Project, "")))
		if !there {
			missing = append(missing, asked)
			continue
		}
		projects = append(projects, projectForm(c, &r).with(r.Attributes))
	}
	return object{{"projects", projects}, {"projectsNotFound", missing}}, nil
}

// projectForm is a project as BatchGetProjects returns it.
func projectForm(c *call, r *Resource) object {
	d := dieOf("project", c.caller.account, c.signature.region, r.ID)
	made := created(r)
	form := object{
		{"name", r.ID},
		{"arn", c.arn(Project, r.ID)},
		{"description", "Builds " + r.ID},
		{"source", c.projectSource(r.ID, d)},
		{"secondarySources", []object{}},
		{"sourceVersion", pick(d, []string{"main", "main", "develop", "refs/heads/release"})},
		{"secondarySourceVersions", []object{}},
		{"artifacts", c.projectArtifacts(r.ID, d)},
		{"secondaryArtifacts", []object{}},
		{"cache", c.projectCache(r.ID, d)},
		{"environment", projectEnvironment(r.ID, d)},
		{"serviceRole", c.role("service-role/codebuild-" + r.ID)},
		{"timeoutInMinutes", pick(d, []int{15, 30, 60, 60, 120})},
		{"queuedTimeoutInMinutes", 480},
		{"encryptionKey", c.server.arn("kms", c.signature.region, c.caller.account, "alias/aws/s3")},
		{"tags", tagList(r.Tags, "key", "value")},
		{"created", epoch(made)},
		{"lastModified", epoch(made.AddDate(0, 0, d.below(100)))},
		{"badge", object{{"badgeEnabled", false}}},
		{"logsConfig", object{
			{"cloudWatchLogs", object{{"status", "ENABLED"}, {"groupName", "/aws/codebuild/" + r.ID}}},
			{"s3Logs", object{{"status", "DISABLED"}, {"encryptionDisabled", false}}},
		}},
		{"fileSystemLocations", []object{}},
		{"projectVisibility", "PRIVATE"},
	}
	return append(form, c.projectExtras(r, d)...)
}

// projectExtras are the members that not every project has.
func (c *call) projectExtras(r *Resource, d *die) object {
	var form object
	role := c.role("service-role/codebuild-" + r.ID)
	if d.oneIn(3) {
		form = append(form, member{"vpcConfig", object{
			{"vpcId", c.some("AWS::EC2::VPC", "vpc-0"+dieOf("vpc", c.caller.account, c.signature.region).hex(16))},
			{"subnets", []string{c.some("AWS::EC2::Subnet", "subnet-0"+d.hex(16)), c.some("AWS::EC2::Subnet", "subnet-0"+d.hex(16))}},
			{"securityGroupIds", []string{c.some("AWS::EC2::SecurityGroup", "sg-0"+d.hex(16))}},
		}})
	}
	if d.oneIn(3) {
		form = append(form, member{"webhook", projectWebhook(r.ID, c.signature.region, epoch(created(r)))})
	}
	if d.oneIn(4) {
		form = append(form, object{
			{"concurrentBuildLimit", 1 + d.below(5)},
			{"autoRetryLimit", 1 + d.below(2)},
			{"buildBatchConfig", object{
				{"serviceRole", role + "-batch"},
				{"combineArtifacts", false},
				{"restrictions", object{{"maximumBuildsAllowed", 10}, {"computeTypesAllowed", []string{"BUILD_GENERAL1_SMALL"}}}},
				{"timeoutInMins", 480},
			}},
		}...)
	}
	if d.oneIn(8) {
		form = append(form, object{{"publicProjectAlias", d.text(43, lowerDigits)}, {"resourceAccessRole", role + "-public"}}...)
	}
	return form
}

// repository is where the source of something lies.
func repository(name string) string {
	team, _, _ := strings.Cut(name, "-")
	return "https://github.com/example/" + team
}

func (c *call) projectSource(name string, d *die) object {
	if d.oneIn(4) {
		return object{{"type", "CODEPIPELINE"}, {"buildspec", "buildspec.yml"}, {"insecureSsl", false}}
	}
	return object{
		{"type", "GITHUB"},
		{"location", repository(name) + ".git"},
		{"gitCloneDepth", 1},
		{"gitSubmodulesConfig", object{{"fetchSubmodules", false}}},
		{"buildspec", "ci/" + pick(d, []string{"build", "test", "package"}) + ".yml"},
		{"auth", object{
			{"type", "CODECONNECTIONS"},
			{"resource", c.server.arn("codeconnections", c.signature.region, c.caller.account, "connection/"+dieOf("connection", c.caller.account).uuid())},
		}},
		{"reportBuildStatus", true},
		{"insecureSsl", false},
	}
}

func (c *call) artifactBucket() string {
	return "codepipeline-" + c.signature.region + "-" + c.caller.account
}

func (c *call) projectArtifacts(name string, d *die) object {
	if d.oneIn(2) {
		return object{{"type", "NO_ARTIFACTS"}}
	}
	return object{
		{"type", "S3"},
		{"location", c.artifactBucket()},
		{"path", "builds"},
		{"namespaceType", "BUILD_ID"},
		{"name", name + ".zip"},
		{"packaging", "ZIP"},
		{"overrideArtifactName", false},
		{"encryptionDisabled", false},
	}
}

func (c *call) projectCache(name string, d *die) object {
	switch d.below(3) {
	case 0:
		return object{{"type", "LOCAL"}, {"modes", []string{"LOCAL_SOURCE_CACHE", "LOCAL_DOCKER_LAYER_CACHE"}}}
	case 1:
		return object{{"type", "S3"}, {"location", c.artifactBucket() + "/cache/" + name}}
	}
	return object{{"type", "NO_CACHE"}}
}

func projectEnvironment(name string, d *die) object {
	kind, image := "LINUX_CONTAINER", "aws/codebuild/amazonlinux2-x86_64-standard:5.0"
	if d.oneIn(3) {
		kind, image = "ARM_CONTAINER", "aws/codebuild/amazonlinux2-aarch64-standard:3.0"
	}
	return object{
		{"type", kind},
		{"image", image},
		{"computeType", pick(d, []string{"BUILD_GENERAL1_SMALL", "BUILD_GENERAL1_MEDIUM", "BUILD_GENERAL1_LARGE"})},
		{"environmentVariables", []object{
			{{"name", "STAGE"}, {"value", pick(d, stages)}, {"type", "PLAINTEXT"}},
			{{"name", "REGISTRY_TOKEN"}, {"value", "/" + name + "/registry-token"}, {"type", "PARAMETER_STORE"}},
		}},
		{"privilegedMode", d.oneIn(3)},
		{"imagePullCredentialsType", "CODEBUILD"},
	}
}

func projectWebhook(name, region string, since any) object {
	return object{
		{"url", "https://api.github.com/repos/example/" + baseName(repository(name)) + "/hooks/" + dieOf("hook", region, name).text(9, "123456789")},
		{"payloadUrl", "https://codebuild." + region + ".amazonaws.com/webhooks?t=" + dieOf("payload", region, name).hex(32)},
		{"filterGroups", []any{[]object{
			{{"type", "EVENT"}, {"pattern", "PUSH"}, {"excludeMatchedPattern", false}},
			{{"type", "HEAD_REF"}, {"pattern", "^refs/heads/main$"}, {"excludeMatchedPattern", false}},
		}}},
		{"buildType", "BUILD"},
		{"manualCreation", false},
		{"status", "ACTIVE"},
		{"lastModifiedSecret", since},
	}
}

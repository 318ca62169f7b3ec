package awssim

import (
	"cmp"
	"regexp"
)

// Pipeline is a pipeline of CodePipeline.
const Pipeline = "AWS::CodePipeline::Pipeline"

var codepipeline = service{
	name: "codepipeline", wire: &jsonWire{target: "CodePipeline_20150709", version: "1.1"},
	dialect: jsonDialect.with(func(d *dialect) {
		d.badToken = refuse(400, "InvalidNextTokenException", "The next token is not one that a previous call returned.")
	}),
	scope: func(c *call) string {
		return cmp.Or(c.text("resourceArn"), c.arn(Pipeline, cmp.Or(c.text("name"), c.text("pipelineName"), "*")))
	},
}

func init() {
	codepipeline.simulate(
		kind{
			name: Pipeline, form: regexp.MustCompile(`^[A-Za-z0-9.@_-]{1,100}$`), old: true,
			things: []string{"delivery", "release", "nightly", "hotfix", "infrastructure", "mainline"},
		},
		operation{name: "ListPipelines", list: &listing{
			kind: Pipeline, items: "pipelines", item: pipelineSummary, size: bounds{"maxResults", 1, 1000, 1000}, token: "nextToken",
		}},
		operation{name: "GetPipeline", detail: pipelineBy("name").with(func(c *call, r *Resource) (object, error) {
			declared, metadata := pipelineForm(c, r)
			return object{{"pipeline", declared}, {"metadata", metadata}}, nil
		})},
		operation{name: "ListTagsForResource", detail: &detail{
			kind: Pipeline, by: "resourceArn", named: byARN, reply: tags("tags", "key", "value"),
			malformed: refuse(400, "InvalidArnException", "{id} is not the ARN of a pipeline of this account and region."),
			missing:   refuse(400, "ResourceNotFoundException", "The account with id '{account}' does not include a pipeline with the name '{id}'"),
		}},
	)
}

// pipelineBy is a detail of the pipeline that a member names.
func pipelineBy(member string) *detail {
	return &detail{
		kind: Pipeline, by: member, malformed: refuse(400, "ValidationException", pattern(member, `[A-Za-z0-9.@\-_]+`)),
		missing: refuse(400, "PipelineNotFoundException", "Account '{account}' does not have a pipeline with name '{id}'"),
	}
}

func pipelineSummary(c *call, r *Resource) object {
	var item object
	declared, metadata := pipelineForm(c, r)
	for _, name := range []string{"name", "version", "pipelineType", "executionMode"} {
		item = append(item, member{name, declared.get(name)})
	}
	return append(item, member{"created", metadata.get("created")}, member{"updated", metadata.get("updated")})
}

// pipelineForm is a pipeline as GetPipeline returns it, in its two parts.
func pipelineForm(c *call, r *Resource) (declared, metadata object) {
	d := dieOf("pipeline", c.caller.account, r.Region, r.ID)
	made := created(r)
	metadata = object{
		{"pipelineArn", c.arn(Pipeline, r.ID)},
		{"created", epoch(made)},
		{"updated", epoch(made.AddDate(0, 0, d.below(100)))},
	}
	if d.oneIn(10) {
		metadata = append(metadata, member{"pollingDisabledAt", epoch(made.AddDate(0, 0, 100))})
	}
	declared = object{
		{"name", r.ID},
		{"roleArn", c.role("service-role/pipeline-" + r.ID)},
	}
	store := object{{"type", "S3"}, {"location", c.artifactBucket()}, {"encryptionKey", object{
		{"id", c.server.arn("kms", r.Region, c.caller.account, "key/"+dieOf("key", c.caller.account, r.Region).uuid())}, {"type", "KMS"},
	}}}
	if d.oneIn(6) {
		declared = append(declared, member{"artifactStores", object{{r.Region, store}}})
	} else {
		declared = append(declared, member{"artifactStore", store})
	}
	modern := !d.oneIn(4)
	declared = append(declared, member{"stages", c.pipelineStages(r, d, modern)}, member{"version", 1 + d.below(40)})
	if modern {
		declared = append(declared, object{
			{"executionMode", pick(d, []string{"SUPERSEDED", "QUEUED", "PARALLEL"})},
			{"pipelineType", "V2"},
			{"variables", []object{{{"name", "RELEASE"}, {"defaultValue", "main"}, {"description", "What to release"}}}},
			{"triggers", []object{{
				{"providerType", "CodeStarSourceConnection"},
				{"gitConfiguration", object{
					{"sourceActionName", "Checkout"},
					{"push", []object{{{"branches", object{{"includes", []string{"main"}}}}}}},
				}},
			}}},
		}...)
	} else {
		declared = append(declared, member{"executionMode", "SUPERSEDED"}, member{"pipelineType", "V1"})
	}
	parts := []string{"pipelineArn", "created", "updated", "pollingDisabledAt"}
	for _, name := range parts {
		if value, said := r.Attributes[name]; said {
			metadata = metadata.with(map[string]any{name: value})
		}
	}
	return declared.with(without(r.Attributes, parts...)), metadata
}

// pipelineStages are three to five stages: what is checked out gets built, perhaps
// tested and approved, and deployed.
func (c *call) pipelineStages(r *Resource, d *die, modern bool) []object {
	stages := []object{
		stage("Source", c.action("Checkout", "Source", "CodeStarSourceConnection", object{
			{"BranchName", "main"},
			{"ConnectionArn", c.server.arn("codestar-connections", r.Region, c.caller.account, "connection/"+dieOf("connection", c.caller.account).uuid())},
			{"FullRepositoryId", "example/" + baseName(repository(r.ID))},
			{"OutputArtifactFormat", "CODE_ZIP"},
		}, "", "SourceOutput").including("namespace", "SourceVariables")),
		stage("Build", c.action("Build", "Build", "CodeBuild", object{{"ProjectName", c.neighbour(Project, d)}},
			"SourceOutput", "BuildOutput").including("namespace", "BuildVariables")),
	}
	if d.oneIn(2) {
		tests := []object{c.action("IntegrationTests", "Test", "CodeBuild", object{
			{"ProjectName", c.neighbour(Project, d)}, {"BatchEnabled", "false"},
		}, "BuildOutput", "")}
		if modern {
			tests = append(tests, c.commands())
		}
		stages = append(stages, stage("Test", tests...))
	}
	if d.oneIn(3) {
		stages = append(stages, stage("Approve", c.action("Release", "Approval", "Manual", object{{"CustomData", "Release " + r.ID}},
			"", "").including("timeoutInMinutes", 1440)))
	}
	stages = append(stages, stage("Deploy", c.deployAction(r, d)))
	if last := len(stages) - 1; modern {
		stages[last] = append(stages[last], object{
			{"onFailure", object{{"result", "ROLLBACK"}}},
			{"onSuccess", object{{"conditions", []object{condition("FAIL", c.rule(r.ID))}}}},
			{"beforeEntry", object{{"conditions", []object{condition("FAIL", c.rule(r.ID))}}}},
		}...)
	}
	return stages
}

func stage(name string, actions ...object) object {
	return object{{"name", name}, {"blockers", []object{}}, {"actions", actions}}
}

func (c *call) action(name, category, provider string, configuration object, input, output string) object {
	return object{
		{"name", name},
		{"actionTypeId", object{{"category", category}, {"owner", "AWS"}, {"provider", provider}, {"version", "1"}}},
		{"runOrder", 1},
		{"configuration", configuration},
		{"outputArtifacts", artifactNames(output)},
		{"inputArtifacts", artifactNames(input)},
		{"region", c.signature.region},
	}
}

func artifactNames(name string) []object {
	if name == "" {
		return []object{}
	}
	return []object{{{"name", name}}}
}

// commands is an action that runs commands without a project.
func (c *call) commands() object {
	return append(c.action("SmokeTest", "Compute", "Commands", nil, "SourceOutput", ""), object{
		{"commands", []string{"make smoke"}},
		{"environmentVariables", []object{{{"name", "STAGE"}, {"value", "staging"}, {"type", "PLAINTEXT"}}}},
		{"outputVariables", []string{"RESULT"}},
		{"timeoutInMinutes", 15},
	}...)
}

func (c *call) deployAction(r *Resource, d *die) object {
	switch d.below(3) {
	case 0:
		return c.action("Deploy", "Deploy", "CloudFormation", object{
			{"ActionMode", "CREATE_UPDATE"}, {"Capabilities", "CAPABILITY_IAM"}, {"StackName", r.ID},
			{"RoleArn", c.role("service-role/stack-" + r.ID)}, {"TemplatePath", "BuildOutput::template.yml"},
		}, "BuildOutput", "")
	case 1:
		return c.action("Migrate", "Invoke", "Lambda", object{
			{"FunctionName", c.neighbour(Function, d)}, {"UserParameters", "{}"},
		}, "BuildOutput", "").including("roleArn", c.role("service-role/invoke-"+r.ID))
	}
	application, group := c.someDeploymentGroup(d)
	return c.action("Deploy", "Deploy", "CodeDeploy", object{{"ApplicationName", application}, {"DeploymentGroupName", group}}, "BuildOutput", "")
}

func condition(result string, rules ...object) object {
	return object{{"result", result}, {"rules", rules}}
}

func (c *call) rule(name string) object {
	return object{
		{"name", "Quiet"},
		{"ruleTypeId", object{{"category", "Rule"}, {"owner", "AWS"}, {"provider", "CloudWatchAlarm"}, {"version", "1"}}},
		{"configuration", object{{"AlarmName", name + "-errors"}, {"WaitTime", "1"}}},
		{"inputArtifacts", []object{}},
		{"region", c.signature.region},
	}
}

package awssim

import (
	"cmp"
	"slices"
)

// mostActions is more than the actions that a pipeline can have; a place in the
// list of action executions is that of an execution times this, plus the action's.
const mostActions = 1000

// listActionExecutions lists what the executions of a pipeline did, the newest
// first.
func listActionExecutions(c *call) error {
	input, size, of, err := executionsAsked(c)
	if err != nil {
		return err
	}
	from, ok := c.slot(input.NextToken, of.ID)
	if !ok {
		return codepipelineToken()
	}
	astray, empty := c.astray(from, of.ID)
	if empty {
		return c.reply(object{{"actionExecutionDetails", []object{}}, {"nextToken", astray}})
	}
	list, place := c.actionsFrom(&of, size, from)
	next := ""
	if place > 0 {
		next = c.token(place, of.ID)
	}
	return c.reply(object{{"actionExecutionDetails", list}}.optional("nextToken", cmp.Or(astray, next)))
}

// actionsFrom gathers the actions of a pipeline from a place in the list on, and
// the place that the next page starts with, 0 if there is none.
func (c *call) actionsFrom(of *Resource, size, from int) ([]object, int) {
	history := branch{kind: PipelineExecution, region: c.signature.region, owner: of.ID}
	list := []object{}
	position, skip := from/mostActions, from%mostActions
	for {
		_, at := c.server.world.within(c.caller.account, history, position, 0, nil)
		if at == 0 {
			return list, 0
		}
		if at != position {
			skip = 0
		}
		found, after := c.server.world.within(c.caller.account, history, at, 1, nil)
		for i := range found {
			details := c.actionDetails(c.execution(of, &found[i]))
			for n := skip; n < len(details); n++ {
				if len(list) == size {
					return list, at*mostActions + n
				}
				list = append(list, details[n])
			}
		}
		if after == 0 {
			return list, 0
		}
		position, skip = after, 0
	}
}

// actionDetails are the actions of an execution as ListActionExecutions tells of
// them, the last first.
func (c *call) actionDetails(e execution) []object {
	details := make([]object, len(e.steps))
	for i := range e.steps {
		details[i] = c.actionDetail(&e, &e.steps[i])
	}
	slices.Reverse(details)
	return details
}

func (c *call) actionDetail(e *execution, s *step) object {
	name, _ := s.action.get("name").(string)
	d := dieOf("action", c.caller.account, e.id, s.stage, name)
	input := object{}
	for _, member := range s.action {
		if slices.Contains([]string{"actionTypeId", "configuration", "region", "namespace", "roleArn"}, member.name) {
			input = append(input, member)
		}
	}
	input = append(input, member{"resolvedConfiguration", s.action.get("configuration")},
		member{"inputArtifacts", c.artifacts(e, s.action.get("inputArtifacts"))})
	form := object{
		{"pipelineExecutionId", e.id},
		{"actionExecutionId", d.uuid()},
		{"pipelineVersion", e.declared.get("version")},
		{"stageName", s.stage},
		{"actionName", name},
		{"startTime", epoch(s.started)},
		{"lastUpdateTime", epoch(s.ended)},
		{"status", s.status},
		{"input", input},
		{"output", c.actionOutput(e, s, d)},
	}
	if kind, _ := fields(s.action.get("actionTypeId")); kind.get("category") == "Approval" || s.status == "Abandoned" {
		form = append(form, member{"updatedBy", c.server.arn("iam", "", c.caller.account, "user/deployer")})
	}
	return form
}

func (c *call) actionOutput(e *execution, s *step, d *die) object {
	id := d.uuid()
	kind, _ := fields(s.action.get("actionTypeId"))
	result := object{{"externalExecutionId", id}}
	switch kind.get("provider") {
	case "CodeStarSourceConnection":
		result = object{{"externalExecutionId", e.commit}, {"externalExecutionSummary", "Release " + e.released}, {"externalExecutionUrl", e.commitURL()}}
	case "CodeBuild":
		configuration, _ := fields(s.action.get("configuration"))
		project, _ := configuration.get("ProjectName").(string)
		result[0].value = project + ":" + id
		result = append(result, member{"externalExecutionUrl",
			"https://console.aws.amazon.com/codebuild/home?region=" + c.signature.region + "#/builds/" + project + ":" + id + "/view/new"})
	case "CodeDeploy":
		result[0].value = "d-" + d.text(shortLength, upperDigits)
	case "Commands":
		stream := "log-group:/aws/codepipeline/" + ownerOf(e.resource) + ":log-stream:" + id
		result = append(result, member{"logStreamARN", c.server.arn("logs", c.signature.region, c.caller.account, stream)})
	}
	if s.status == "Failed" {
		result = append(result, member{"errorDetails", object{{"code", "JobFailed"}, {"message", "The action did not succeed."}}})
	}
	output := object{{"executionResult", result}}
	if s.status != "Succeeded" {
		return append(output, member{"outputArtifacts", []object{}})
	}
	output = append(output, member{"outputArtifacts", c.artifacts(e, s.action.get("outputArtifacts"))})
	if s.action.get("namespace") != nil {
		output = append(output, member{"outputVariables", object{{"CommitId", e.commit}, {"BranchName", e.released}}})
	}
	return output
}

// artifacts says where in the store the artifacts of an execution lie.
func (c *call) artifacts(e *execution, names any) []object {
	declared, _ := elements(names)
	list := make([]object, len(declared))
	for i := range declared {
		artifact, _ := fields(declared[i])
		name, _ := artifact.get("name").(string)
		list[i] = object{{"name", name}, {"s3location", object{
			{"bucket", c.artifactBucket()}, {"key", ownerOf(e.resource) + "/" + name + "/" + dieOf(e.id, name).text(7, lowerDigits)},
		}}}
	}
	return list
}

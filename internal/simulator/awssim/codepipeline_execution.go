package awssim

import (
	"regexp"
	"slices"
	"time"
)

// PipelineExecution is an execution of a pipeline. Its ID is "pipeline/uuid", and it is gone
// as soon as its pipeline is.
const PipelineExecution = "AWS::CodePipeline::PipelineExecution"

func init() {
	pipeline := pipelineBy("pipelineName")
	list := func(items string, of func(*call, *Resource) source) *listing {
		return &listing{items: items, size: bounds{"maxResults", 1, 100, 100}, token: "nextToken", of: func(c *call) (source, error) {
			r, err := pipeline.find(c)
			return of(c, &r), err
		}}
	}
	codepipeline.simulate(
		kind{
			name: PipelineExecution, form: regexp.MustCompile(`^[A-Za-z0-9.@_-]{1,100}/` + uuidForm + `$`),
			ids: uuids, owner: Pipeline, joint: "/", history: true, inseparable: true,
		},
		operation{name: "ListPipelineExecutions", takes: members{"pipelineName": isText}, list: list("pipelineExecutionSummaries", executions)},
		operation{name: "GetPipelineExecution", takes: members{"pipelineName": isText, "pipelineExecutionId": isText}, answer: getPipelineExecution},
		operation{name: "ListActionExecutions", takes: members{"pipelineName": isText}, list: list("actionExecutionDetails", actions)},
	)
}

func executions(c *call, of *Resource) source {
	return resources(c, selection{kind: PipelineExecution, owner: of.ID}, func(c *call, r *Resource) object {
		return c.executionSummary(c.execution(of, r))
	})
}

func getPipelineExecution(c *call) (object, error) {
	of, err := pipelineBy("pipelineName").owner(c)
	if err != nil {
		return nil, err
	}
	id := c.text("pipelineExecutionId")
	r, there := c.find(PipelineExecution, of.ID+"/"+id)
	if !there {
		return nil, refuse(400, "PipelineExecutionNotFoundException", "").saying("Pipeline '%s' does not have an execution with id '%s'", of.ID, id)
	}
	return object{{"pipelineExecution", c.executionDetail(c.execution(&of, &r))}}, nil
}

// execution is what the answers about an execution and its actions agree on.
type execution struct {
	resource         *Resource
	declared         object // the pipeline
	id, status, mode string
	commit, released string
	steps            []step
}

// step is an action that an execution has come to.
type step struct {
	stage, status  string
	action         object
	started, ended time.Time
}

func (c *call) execution(of, r *Resource) execution {
	d := dieOf("execution", c.caller.account, r.Region, r.ID)
	status := pick(d, []string{
		"Succeeded", "Succeeded", "Succeeded", "Succeeded", "Succeeded", "Succeeded", "Failed", "Failed", "Stopped", "Superseded", "Cancelled",
	})
	if c.late(r) && d.oneIn(3) {
		status = "InProgress"
	}
	e := execution{
		resource: r, id: baseName(r.ID), status: given(r, "status", status),
		commit: d.hex(40), released: pick(d, []string{"main", "main", "v2", "hotfix"}),
	}
	e.declared, _ = pipelineForm(c, of)
	e.mode, _ = e.declared.get("executionMode").(string)
	e.steps = steps(e.declared, created(r), d)
	if e.status == "Succeeded" {
		return e
	}
	e.steps = e.steps[:min(1+d.below(max(len(e.steps), 1)), len(e.steps))]
	last := map[string]string{"Failed": "Failed", "Stopped": "Abandoned", "InProgress": "InProgress", "Stopping": "InProgress"}[e.status]
	if n := len(e.steps); n > 0 && last != "" {
		e.steps[n-1].status = last
	}
	return e
}

// steps runs all actions of a pipeline, one after the other.
func steps(declared object, at time.Time, d *die) []step {
	var list []step
	stages, _ := elements(declared.get("stages"))
	for _, stage := range stages {
		stage, _ := fields(stage)
		name, _ := stage.get("name").(string)
		actions, _ := elements(stage.get("actions"))
		for _, action := range actions {
			action, _ := fields(action)
			started := at.Add(time.Duration(1+d.below(3)) * time.Second)
			at = started.Add(time.Duration(5+d.below(120)) * time.Second)
			list = append(list, step{stage: name, status: "Succeeded", action: action, started: started, ended: at})
		}
	}
	return list
}

// ended is when an execution did its last step.
func (e *execution) ended() time.Time {
	if n := len(e.steps); n > 0 {
		return e.steps[n-1].ended
	}
	return created(e.resource)
}

// common are the members that both answers about an execution have.
func (c *call) common(e *execution) object {
	d := dieOf("trigger", c.caller.account, e.id)
	trigger := object{
		{"triggerType", pick(d, []string{"WebhookV2", "WebhookV2", "CloudWatchEvent", "StartPipelineExecution"})},
		{"triggerDetail", c.server.arn("iam", "", c.caller.account, "role/deployer")},
	}
	form := object{
		{"pipelineExecutionId", e.id},
		{"status", e.status},
		{"executionMode", e.mode},
	}
	if d.oneIn(12) {
		trigger[0].value = "ManualRollback"
		form = append(form, member{"executionType", "ROLLBACK"}, member{"rollbackMetadata", object{{"rollbackTargetPipelineExecutionId", d.uuid()}}})
	} else {
		form = append(form, member{"executionType", "STANDARD"})
	}
	if e.status == "Cancelled" {
		form = append(form, member{"statusSummary", "The pipeline was changed before the execution was complete."})
	}
	return append(form, member{"trigger", trigger})
}

// The members that only one of the answers about an execution has.
var (
	summaryOnly = []string{"startTime", "lastUpdateTime", "sourceRevisions", "stopTrigger"}
	detailOnly  = []string{"pipelineName", "pipelineVersion", "artifactRevisions", "variables"}
)

func (c *call) executionSummary(e execution) object {
	form := append(c.common(&e), object{
		{"startTime", epoch(created(e.resource))},
		{"lastUpdateTime", epoch(e.ended())},
		{"sourceRevisions", []object{{
			{"actionName", "Checkout"}, {"revisionId", e.commit}, {"revisionSummary", "Release " + e.released}, {"revisionUrl", e.commitURL()},
		}}},
	}...)
	if e.status == "Stopped" {
		form = append(form, member{"stopTrigger", object{{"reason", "Stopped by hand."}}})
	}
	return form.with(without(e.resource.Attributes, detailOnly...))
}

func (c *call) executionDetail(e execution) object {
	form := append(c.common(&e), object{
		{"pipelineName", ownerOf(e.resource)},
		{"pipelineVersion", e.declared.get("version")},
		{"artifactRevisions", []object{{
			{"name", "SourceOutput"}, {"revisionId", e.commit}, {"revisionChangeIdentifier", e.released},
			{"revisionSummary", "Release " + e.released}, {"created", epoch(created(e.resource))}, {"revisionUrl", e.commitURL()},
		}}},
	}...)
	if e.declared.get("variables") != nil {
		form = append(form, member{"variables", []object{{{"name", "RELEASE"}, {"resolvedValue", e.released}}}})
	}
	return form.with(without(e.resource.Attributes, summaryOnly...))
}

func (e *execution) commitURL() string {
	return repository(ownerOf(e.resource)) + "/commit/" + e.commit
}

// mostActions is more than the actions that a pipeline can have; a place in the
// list of action executions is that of an execution times this, plus the action's.
const mostActions = 1000

// actions pages through what the executions of a pipeline did, the newest first.
func actions(c *call, of *Resource) source {
	history := selection{kind: PipelineExecution, owner: of.ID}
	execution := func(from, size int) ([]Resource, int) {
		return c.server.world.list(c.caller.account, c.signature.region, history, from, size)
	}
	return func(from, size int) ([]any, int) {
		list := []any{}
		position, skip := from/mostActions, from%mostActions
		for {
			_, at := execution(position, 0)
			if at < 0 {
				return list, -1
			}
			if at != position {
				skip = 0
			}
			found, after := execution(at, 1)
			details := c.actionDetails(c.execution(of, &found[0]))
			for n := skip; n < len(details); n++ {
				if len(list) == size {
					return list, at*mostActions + n
				}
				list = append(list, details[n])
			}
			if after < 0 {
				return list, -1
			}
			position, skip = after, 0
		}
	}
}

// actionDetails are the actions of an execution as ListActionExecutions returns
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

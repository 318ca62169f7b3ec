package awssim

import "time"

func listPipelineExecutions(c *call) error {
	input, size, r, err := executionsAsked(c)
	if err != nil {
		return err
	}
	found, next, ok := c.branch(branch{kind: PipelineExecution, owner: r.ID}, size, input.NextToken, r.ID, nil)
	if !ok {
		return codepipelineToken()
	}
	list := make([]object, len(found))
	for i := range found {
		list[i] = c.executionSummary(c.execution(&r, &found[i]))
	}
	return c.reply(object{{"pipelineExecutionSummaries", list}}.optional("nextToken", next))
}

type executionsInput struct {
	PipelineName string
	MaxResults   *int
	NextToken    string
}

// executionsAsked reads whose history is asked for, and how much of it at once.
func executionsAsked(c *call) (executionsInput, int, Resource, error) {
	input, err := decode[executionsInput](c)
	if err != nil {
		return input, 0, Resource{}, err
	}
	size, err := c.between("maxResults", input.MaxResults, 1, executionsPage, executionsPage)
	if err != nil {
		return input, 0, Resource{}, err
	}
	r, err := pipeline(c, "pipelineName", input.PipelineName, c.find)
	return input, size, r, err
}

func getPipelineExecution(c *call) error {
	input, err := decode[struct{ PipelineName, PipelineExecutionID string }](c)
	if err != nil {
		return err
	}
	of, err := pipeline(c, "pipelineName", input.PipelineName, c.known)
	if err != nil {
		return err
	}
	r, there := c.find(PipelineExecution, of.ID+"/"+input.PipelineExecutionID)
	if !there {
		return codepipelineRefusal("PipelineExecutionNotFound").saying(
			"Pipeline '%s' does not have an execution with id '%s'", of.ID, input.PipelineExecutionID)
	}
	return c.reply(object{{"pipelineExecution", c.executionDetail(c.execution(&of, &r))}})
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
	e.declared, _ = c.pipelineForm(of)
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

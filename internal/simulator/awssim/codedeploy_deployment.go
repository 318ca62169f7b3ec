package awssim

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// timeRange is a range of times in epoch seconds; either end may be open.
type timeRange struct{ Start, End *json.Number }

// bounds reads the range: the zero time where an end is open.
func (t *timeRange) bounds() (start, end time.Time, err error) {
	if t == nil {
		return start, end, nil
	}
	for _, bound := range []struct {
		given *json.Number
		at    *time.Time
	}{{t.Start, &start}, {t.End, &end}} {
		if bound.given == nil {
			continue
		}
		seconds, notNumber := bound.given.Float64()
		if notNumber != nil {
			return start, end, codedeployRefusal("InvalidTimeRange").saying("%s is not a time in seconds.", *bound.given)
		}
		*bound.at = time.UnixMilli(int64(seconds * 1000))
	}
	if !start.IsZero() && !end.IsZero() && start.After(end) {
		return start, end, codedeployRefusal("InvalidTimeRange").saying("The start of the time range is after its end.")
	}
	return start, end, nil
}

// listDeployments knows no filter but the time range.
func listDeployments(c *call) error {
	input, err := decode[struct {
		CreateTimeRange *timeRange
		NextToken       string
	}](c)
	if err != nil {
		return err
	}
	start, end, err := input.CreateTimeRange.bounds()
	if err != nil {
		return err
	}
	question := start.String() + end.String()
	found, next, ok := c.branch(branch{kind: Deployment}, codedeployPage, input.NextToken, question, func(r *Resource) bool {
		at := created(r)
		return (start.IsZero() || !at.Before(start)) && (end.IsZero() || !at.After(end))
	})
	if !ok {
		return codedeployToken()
	}
	return c.reply(object{{"deployments", ids(found)}}.optional("nextToken", next))
}

func checkDeploymentID(id string) error {
	switch {
	case id == "":
		return codedeployRefusal("DeploymentIdRequired").saying("A deployment ID is required.")
	case !idForms[Deployment].MatchString(id):
		return codedeployRefusal("InvalidDeploymentId").saying("The deployment ID %s is not valid.", id)
	}
	return nil
}

// deploymentOf finds the deployment that a call is about.
func deploymentOf(c *call, id string) (Resource, error) {
	c.call.Resource = id
	if err := checkDeploymentID(id); err != nil {
		return Resource{}, err
	}
	r, there := c.find(Deployment, id)
	if !there {
		return Resource{}, codedeployRefusal("DeploymentDoesNotExist").saying("The deployment %s could not be found", id)
	}
	return r, nil
}

func getDeployment(c *call) error {
	input, err := decode[struct{ DeploymentID string }](c)
	if err != nil {
		return err
	}
	r, err := deploymentOf(c, input.DeploymentID)
	if err != nil {
		return err
	}
	return c.reply(object{{"deploymentInfo", c.deploymentForm(&r).with(r.Attributes)}})
}

// batchGetDeployments leaves out the deployments that do not exist. It promises
// no order, so it is not the one that was asked in.
func batchGetDeployments(c *call) error {
	input, err := decode[struct{ DeploymentIDs []string }](c)
	if err != nil {
		return err
	}
	if len(input.DeploymentIDs) == 0 {
		return checkDeploymentID("")
	}
	if err := batchLimit(len(input.DeploymentIDs), deploymentBatch); err != nil {
		return err
	}
	infos := []object{}
	for _, id := range slices.Backward(input.DeploymentIDs) {
		if err := checkDeploymentID(id); err != nil {
			return err
		}
		if r, there := c.find(Deployment, id); there {
			infos = append(infos, c.deploymentForm(&r).with(r.Attributes))
		}
	}
	return c.reply(object{{"deploymentsInfo", infos}})
}

// deployment is what the answers about a deployment and its targets agree on.
type deployment struct {
	application, group, platform, status, creator string
	// started and completed are zero if that has not happened.
	started, completed time.Time
}

func (c *call) deployment(r *Resource) deployment {
	group := c.server.world.deploymentGroup(c.caller.account, r)
	application, _, _ := strings.Cut(group, "/")
	run := deployment{
		application: application, group: group, status: c.deploymentStatus(r),
		platform: given(r, "computePlatform", c.platform(application)),
	}
	d := dieOf("deployment", r.ID)
	run.creator = pick(d, []string{"user", "user", "user", "codeDeployRollback"})
	switch {
	case run.platform == "ECS" && d.oneIn(3):
		run.creator = "CloudFormation"
	case run.platform == "Server" && d.oneIn(4):
		run.creator = "autoscaling"
	}
	run.creator = given(r, "creator", run.creator)
	if notStarted(run.status) {
		return run
	}
	run.started = created(r).Add(time.Duration(1+d.below(20)) * time.Second)
	if slices.Contains([]string{"Succeeded", "Failed", "Stopped"}, run.status) {
		run.completed = run.started.Add(time.Duration(30+d.below(900)) * time.Second)
	}
	return run
}

func notStarted(status string) bool { return status == "Created" || status == "Queued" }

// deploymentStatus is made up too, but that of a late deployment may be that it is
// still going on.
func (c *call) deploymentStatus(r *Resource) string {
	d := dieOf("status", c.caller.account, r.ID)
	status := pick(d, []string{
		"Succeeded", "Succeeded", "Succeeded", "Succeeded", "Succeeded", "Succeeded", "Failed", "Failed", "Stopped", "Created", "Queued",
	})
	if c.late(r) && d.oneIn(3) {
		status = pick(d, []string{"InProgress", "Ready", "Baking"})
	}
	return given(r, "status", status)
}

// deploymentForm is a deployment as GetDeployment tells of it.
func (c *call) deploymentForm(r *Resource) object {
	run := c.deployment(r)
	d := dieOf("deployment info", c.caller.account, r.ID)
	form := object{
		{"applicationName", run.application},
		{"deploymentGroupName", baseName(run.group)},
		{"deploymentConfigName", deploymentConfig(run.group, run.platform)},
		{"deploymentId", r.ID},
		{"previousRevision", c.revision(run.group, run.platform, d)},
		{"revision", c.revision(run.group, run.platform, d)},
		{"status", run.status},
		{"createTime", epoch(created(r))},
		{"deploymentOverview", overview(c.targets(r, run))},
		{"description", pick(d, []string{"Scheduled release", "Requested by the pipeline", "Manual release"})},
		{"creator", run.creator},
		{"ignoreApplicationStopFailures", false},
		{"autoRollbackConfiguration", autoRollback},
		{"updateOutdatedInstancesOnly", false},
		{"instanceTerminationWaitTimeStarted", false},
		{"fileExistsBehavior", "DISALLOW"},
		{"deploymentStatusMessages", []string{}},
		{"computePlatform", run.platform},
	}
	form = append(form, c.deploymentStyle(run.group, run.platform)...)
	form = append(form, optionalTime("startTime", run.started)...)
	form = append(form, optionalTime("completeTime", run.completed)...)
	switch run.status {
	case "Failed":
		form = append(form, member{"errorInformation", object{
			{"code", "HEALTH_CONSTRAINTS"},
			{"message", "The overall deployment failed because too many individual instances failed deployment, or too few healthy instances are available."},
		}})
	case "Stopped":
		form = append(form, member{"errorInformation", object{{"code", "MANUAL_STOP"}, {"message", "The deployment was stopped by a user."}}})
	case "Ready":
		form = append(form, member{"additionalDeploymentStatusInfo", "Waiting for traffic to be rerouted."})
	}
	switch run.creator {
	case "codeDeployRollback":
		form = append(form, member{"rollbackInfo", object{
			{"rollbackTriggeringDeploymentId", "d-" + d.text(shortLength, upperDigits)}, {"rollbackMessage", "Deployment rolled back because it failed."},
		}})
	case "CloudFormation":
		form = append(form, member{"externalId", c.stack(run.application)})
	case "autoscaling":
		form = append(form, member{"targetInstances", object{{"autoScalingGroups", []string{run.application + "-fleet"}}}})
	}
	if d.oneIn(6) {
		form = append(form, member{"overrideAlarmConfiguration", object{{"enabled", false}, {"ignorePollAlarmFailure", false}, {"alarms", []object{}}}})
	}
	return append(form, member{"relatedDeployments", object{{"autoUpdateOutdatedInstancesDeploymentIds", []string{}}}})
}

// stack is the ID of the CloudFormation stack that keeps an application.
func (c *call) stack(application string) string {
	return c.server.arn("cloudformation", c.signature.region, c.caller.account, "stack/"+application+"/"+dieOf("stack", c.caller.account, application).uuid())
}

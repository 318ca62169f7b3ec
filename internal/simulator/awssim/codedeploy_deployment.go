package awssim

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Deployment is a deployment of CodeDeploy: "d-A1B2C3D4E". Its attributes applicationName and
// deploymentGroupName name its group.
const Deployment = "AWS::CodeDeploy::Deployment"

func init() {
	codedeploy.simulate(
		kind{
			name: Deployment, form: regexp.MustCompile(`^d-[A-Z0-9]{9}$`), ids: deploymentIDs, owner: DeploymentGroup, history: true,
			belongs: func(r *Resource) string {
				application, group := given(r, "applicationName", ""), given(r, "deploymentGroupName", "")
				if application == "" || group == "" {
					return ""
				}
				return application + "/" + group
			},
		},
		operation{name: "ListDeployments", takes: members{"createTimeRange": isObject}, list: &listing{
			of: deployments, items: "deployments", size: bounds{usual: codedeployPage}, token: "nextToken",
		}},
		operation{name: "GetDeployment", takes: members{"deploymentId": isText}, answer: getDeployment},
		operation{name: "BatchGetDeployments", takes: members{"deploymentIds": isList}, answer: batchGetDeployments},
		operation{name: "ListDeploymentTargets", takes: members{"deploymentId": isText}, list: &listing{
			of: deploymentTargets, items: "targetIds", size: bounds{usual: codedeployPage}, token: "nextToken",
		}},
		operation{name: "BatchGetDeploymentTargets", takes: members{"deploymentId": isText, "targetIds": isList}, answer: batchGetDeploymentTargets},
	)
}

var deploymentIDs = ids{
	id:    func(o origin, index int) string { return "d-" + shortID(index, o.seed()) },
	index: func(o origin, id string) (int, bool) { return shortIndex(strings.TrimPrefix(id, "d-"), o.seed()) },
}

// deployments are those created in a range of time, which is the only filter.
func deployments(c *call) (source, error) {
	var bounds [2]time.Time // zero where an end is open
	asked, _ := c.input["createTimeRange"].(map[string]any)
	for name, value := range asked {
		at := slices.Index([]string{"start", "end"}, name)
		if at < 0 {
			return nil, c.service.dialect.badParameter.saying("The parameter createTimeRange.%s is not recognized", name)
		}
		number, _ := value.(json.Number)
		seconds, err := number.Float64()
		if err != nil {
			return nil, codedeployRefusal("InvalidTimeRange").saying("%v is not a time in seconds.", value)
		}
		bounds[at] = time.UnixMilli(int64(seconds * 1000))
	}
	start, end := bounds[0], bounds[1]
	if !start.IsZero() && !end.IsZero() && start.After(end) {
		return nil, codedeployRefusal("InvalidTimeRange").saying("The start of the time range is after its end.")
	}
	return resources(c, selection{kind: Deployment, keep: func(r *Resource) bool {
		at := created(r)
		return (start.IsZero() || !at.Before(start)) && (end.IsZero() || !at.After(end))
	}}, idOf), nil
}

func checkDeploymentID(id string) error {
	switch {
	case id == "":
		return codedeployRefusal("DeploymentIdRequired").saying("A deployment ID is required.")
	case !kinds[Deployment].form.MatchString(id):
		return codedeployRefusal("InvalidDeploymentId").saying("The deployment ID %s is not valid.", id)
	}
	return nil
}

// deploymentOf finds the deployment that a call is about.
func deploymentOf(c *call) (Resource, error) {
	id := c.text("deploymentId")
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

func getDeployment(c *call) (object, error) {
	r, err := deploymentOf(c)
	if err != nil {
		return nil, err
	}
	return object{{"deploymentInfo", deploymentForm(c, &r).with(r.Attributes)}}, nil
}

// batchGetDeployments leaves out the deployments that do not exist. It promises
// no order, so it is not the one that was asked in.
func batchGetDeployments(c *call) (object, error) {
	ids := c.texts("deploymentIds")
	if len(ids) == 0 {
		return nil, checkDeploymentID("")
	}
	if err := batchLimit(len(ids), deploymentBatch); err != nil {
		return nil, err
	}
	infos := []object{}
	for _, id := range slices.Backward(ids) {
		if err := checkDeploymentID(id); err != nil {
			return nil, err
		}
		if r, there := c.find(Deployment, id); there {
			infos = append(infos, deploymentForm(c, &r).with(r.Attributes))
		}
	}
	return object{{"deploymentsInfo", infos}}, nil
}

// deployment is what the answers about a deployment and its targets agree on.
type deployment struct {
	application, group, platform, status, creator string
	// started and completed are zero if that has not happened.
	started, completed time.Time
}

func (c *call) deployment(r *Resource) deployment {
	group := c.server.world.groupOf(c.caller.account, r)
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

// deploymentForm is a deployment as GetDeployment returns it.
func deploymentForm(c *call, r *Resource) object {
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

// groupOf is the ID of the group of a deployment: the one it names, the
// one of its index, or any if it is not in a population and does not name one.
func (w *world) groupOf(account string, r *Resource) string {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if said := ownerOf(r); said != "" {
		return said
	}
	h := w.accounts[account]
	if slot, there := h.slot(Deployment, r.Region, r.ID); there && slot < h.population(Deployment, r.Region) {
		return h.origin(Deployment, r.Region).ownerID(slot)
	}
	return h.anyDeploymentGroup(r.Region, dieOf("group", r.ID))
}

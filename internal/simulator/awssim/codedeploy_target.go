package awssim

import (
	"slices"
	"time"
)

// target is where a deployment puts what it deploys.
type target struct{ id, status string }

// targets are the targets of a deployment: one to three instances, or the one
// function, service or stack.
func (c *call) targets(r *Resource, run deployment) []target {
	d := dieOf("targets", c.caller.account, r.Region, r.ID)
	status := map[string]string{
		"Created": "Pending", "Queued": "Pending", "InProgress": "InProgress", "Baking": "InProgress", "Ready": "Ready",
		"Succeeded": "Succeeded", "Failed": "Failed", "Stopped": "Skipped",
	}[run.status]
	switch {
	case run.creator == "CloudFormation":
		return []target{{c.stack(run.application), status}}
	case run.platform == "ECS":
		cluster, service := c.ecsService(run.group)
		return []target{{cluster + ":" + service, status}}
	case run.platform == "Lambda":
		return []target{{c.neighbour(Function, dieOf("function", run.group)), status}}
	}
	var targets []target
	for range 1 + d.below(3) {
		id := c.neighbour(Instance, d)
		if !slices.ContainsFunc(targets, func(t target) bool { return t.id == id }) {
			targets = append(targets, target{id, status})
		}
	}
	return targets
}

// overview counts targets by status.
func overview(targets []target) object {
	counts := map[string]int{}
	for _, t := range targets {
		counts[t.status]++
	}
	var form object
	for _, status := range []string{"Pending", "InProgress", "Succeeded", "Failed", "Skipped", "Ready"} {
		form = append(form, member{status, counts[status]})
	}
	return form
}

// startedDeployment finds a deployment that has targets already.
func startedDeployment(c *call) (Resource, deployment, error) {
	r, err := deploymentOf(c)
	if err != nil {
		return Resource{}, deployment{}, err
	}
	run := c.deployment(&r)
	if notStarted(run.status) {
		return Resource{}, run, codedeployRefusal("DeploymentNotStarted").saying("The deployment %s has not started.", r.ID)
	}
	return r, run, nil
}

func deploymentTargets(c *call) (source, error) {
	r, run, err := startedDeployment(c)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, target := range c.targets(&r, run) {
		ids = append(ids, target.id)
	}
	return rows(ids), nil
}

// batchGetDeploymentTargets fails as a whole if one target is not the deployment's.
// It promises no order, so it is not the one that was asked in.
func batchGetDeploymentTargets(c *call) (object, error) {
	ids := c.texts("targetIds")
	r, run, err := startedDeployment(c)
	if err != nil {
		return nil, err
	}
	switch {
	case len(ids) == 0:
		return nil, codedeployRefusal("DeploymentTargetIdRequired").saying("At least one target ID is required.")
	case len(ids) > 1 && run.platform != "Server":
		return nil, codedeployRefusal("DeploymentTargetListSizeExceeded").saying("A deployment to %s has one target.", run.platform)
	}
	if err := batchLimit(len(ids), deploymentBatch); err != nil {
		return nil, err
	}
	forms := []object{}
	targets := c.targets(&r, run)
	for _, id := range slices.Backward(ids) {
		at := slices.IndexFunc(targets, func(t target) bool { return t.id == id })
		if at < 0 {
			return nil, codedeployRefusal("DeploymentTargetDoesNotExist").saying("The deployment %s has no target %s.", r.ID, id)
		}
		forms = append(forms, c.targetForm(&r, run, targets[at]))
	}
	return object{{"deploymentTargets", forms}}, nil
}

// targetForm is a target as BatchGetDeploymentTargets returns it.
func (c *call) targetForm(r *Resource, run deployment, t target) object {
	d := dieOf("target", c.caller.account, r.ID, t.id)
	events, updated := lifecycle(d, run, t)
	form := object{
		{"deploymentId", r.ID},
		{"targetId", t.id},
		{"lastUpdatedAt", epoch(updated)},
		{"lifecycleEvents", events},
		{"status", t.status},
	}
	switch {
	case run.creator == "CloudFormation":
		form = append(form, member{"resourceType", "AWS::ECS::Service"}, member{"targetVersionWeight", 100})
		return object{{"deploymentTargetType", "CloudFormationTarget"}, {"cloudFormationTarget", form}}
	case run.platform == "ECS":
		cluster, service := c.ecsService(run.group)
		form = append(form, member{"targetArn", c.server.arn("ecs", r.Region, c.caller.account, "service/"+cluster+"/"+service)},
			member{"taskSetsInfo", []object{taskSet(d, "Blue", "ACTIVE", 0), taskSet(d, "Green", "PRIMARY", 100)}})
		return object{{"deploymentTargetType", "ECSTarget"}, {"ecsTarget", form}}
	case run.platform == "Lambda":
		version := 1 + d.below(80)
		form = append(form, member{"targetArn", c.arn(Function, t.id)}, member{"lambdaFunctionInfo", object{
			{"functionName", t.id}, {"functionAlias", "live"}, {"currentVersion", string(appendPlain(nil, version))},
			{"targetVersion", string(appendPlain(nil, version+1))}, {"targetVersionWeight", 100},
		}})
		return object{{"deploymentTargetType", "LambdaTarget"}, {"lambdaTarget", form}}
	}
	form = append(form, member{"targetArn", c.server.arn("ec2", r.Region, c.caller.account, "instance/"+t.id)}, member{"instanceLabel", "Green"})
	return object{{"deploymentTargetType", "InstanceTarget"}, {"instanceTarget", form}}
}

// taskSet is one side of a deployment to ECS. The misspelled member is AWS's.
func taskSet(d *die, label, status string, weight int) object {
	return object{
		{"identifer", "ecs-svc/" + d.text(19, "1234567890")}, //nolint:misspell // so spelled by AWS
		{"desiredCount", 2}, {"pendingCount", 0}, {"runningCount", 2},
		{"status", status}, {"trafficWeight", weight},
		{"targetGroup", object{{"name", "tg-" + d.hex(8)}}}, {"taskSetLabel", label},
	}
}

// lifecycleEvents are the events of a deployment on each platform, from the page
// https://docs.aws.amazon.com/codedeploy/latest/userguide/reference-appspec-file-structure-hooks.html
var lifecycleEvents = map[string][]string{
	"Server": {"ApplicationStop", "DownloadBundle", "BeforeInstall", "Install", "AfterInstall", "ApplicationStart", "ValidateService"},
	"Lambda": {"BeforeAllowTraffic", "AllowTraffic", "AfterAllowTraffic"},
	"ECS":    {"BeforeInstall", "Install", "AfterInstall", "BeforeAllowTraffic", "AllowTraffic", "AfterAllowTraffic"},
}

// lifecycle is what happened on a target, and when the last of it did. What did
// not succeed came to its end, or has come so far, in one of the events.
func lifecycle(d *die, run deployment, t target) ([]object, time.Time) {
	names := lifecycleEvents[run.platform]
	reached, after := len(names), "Pending"
	if t.status != "Succeeded" {
		reached = d.below(len(names))
	}
	if t.status == "Failed" || t.status == "Skipped" {
		after = "Skipped"
	}
	at := run.started
	events := make([]object, len(names))
	for i, name := range names {
		event := object{{"lifecycleEventName", name}}
		switch {
		case i > reached:
			events[i] = append(event, member{"status", after})
			continue
		case i < reached:
			event = append(event, member{"status", "Succeeded"}, member{"diagnostics", diagnostics("Success", "Succeeded")})
		case t.status == "Failed":
			event = append(event, member{"status", "Failed"}, member{"diagnostics", diagnostics("ScriptFailed", "Script exited with code 1")})
		case t.status == "Skipped":
			event = append(event, member{"status", "Skipped"})
		default:
			event = append(event, member{"status", "InProgress"})
		}
		event = append(event, member{"startTime", epoch(at)})
		if i < reached || after == "Skipped" {
			at = at.Add(time.Duration(1+d.below(4)) * time.Second)
			event = append(event, member{"endTime", epoch(at)})
		}
		events[i] = event
	}
	return events, at
}

func diagnostics(code, message string) object {
	return object{{"errorCode", code}, {"scriptName", ""}, {"message", message}, {"logTail", ""}}
}

package awssim

import "time"

// buildForm is a build as BatchGetBuilds tells of it. Much of it is its project's.
func (c *call) buildForm(r *Resource) object {
	name := ownerOf(r)
	project, there := c.known(Project, name)
	if !there {
		project = Resource{Kind: Project, Region: r.Region, ID: name}
	}
	of := c.projectForm(&project).with(project.Attributes)
	d := dieOf("build", c.caller.account, r.ID)
	status := c.buildStatus(r, d)
	phases, end := buildPhases(d, created(r), status)
	commit := d.hex(40)
	form := object{
		{"id", r.ID},
		{"arn", c.buildARN(r.ID)},
		{"buildNumber", c.server.world.buildNumber(c.caller.account, r)},
		{"startTime", epoch(created(r))},
		{"currentPhase", phases[len(phases)-1].get("phaseType")},
		{"buildStatus", status},
		{"sourceVersion", commit},
		{"resolvedSourceVersion", commit},
		{"projectName", name},
		{"phases", phases},
		{"source", of.get("source")},
		{"secondarySources", []object{}},
		{"secondarySourceVersions", []object{}},
		{"artifacts", c.buildArtifacts(r, of, d)},
		{"secondaryArtifacts", []object{}},
		{"cache", of.get("cache")},
		{"environment", of.get("environment")},
		{"serviceRole", of.get("serviceRole")},
		{"logs", c.buildLogs(r)},
		{"timeoutInMinutes", of.get("timeoutInMinutes")},
		{"queuedTimeoutInMinutes", of.get("queuedTimeoutInMinutes")},
		{"buildComplete", status != "IN_PROGRESS"},
		{"initiator", c.initiator(r, d)},
		{"encryptionKey", of.get("encryptionKey")},
		{"exportedEnvironmentVariables", []object{{{"name", "VERSION"}, {"value", "1." + commit[:6]}}}},
		{"reportArns", []string{}},
		{"fileSystemLocations", []object{}},
		{"debugSession", object{{"sessionEnabled", false}}},
	}
	if status != "IN_PROGRESS" {
		form = append(form, member{"endTime", epoch(end)})
	}
	if vpc, some := fields(of.get("vpcConfig")); some {
		form = append(form, member{"vpcConfig", vpc}, member{"networkInterface", object{
			{"subnetId", "subnet-0" + d.hex(16)}, {"networkInterfaceId", "eni-0" + d.hex(16)},
		}})
	}
	if limit := of.get("autoRetryLimit"); limit != nil {
		form = append(form, member{"autoRetryConfig", object{{"autoRetryLimit", limit}, {"autoRetryNumber", 0}}})
	}
	if d.oneIn(12) {
		form = append(form, member{"buildBatchArn", c.server.arn("codebuild", r.Region, c.caller.account, "build-batch/"+name+":"+d.uuid())})
	}
	return form
}

// buildStatus is made up too, but that of a late build may be that it is still
// going on.
func (c *call) buildStatus(r *Resource, d *die) string {
	status := pick(d, []string{
		"SUCCEEDED", "SUCCEEDED", "SUCCEEDED", "SUCCEEDED", "SUCCEEDED", "SUCCEEDED", "FAILED", "FAILED", "STOPPED", "TIMED_OUT", "FAULT",
	})
	if c.late(r) && d.oneIn(3) {
		status = "IN_PROGRESS"
	}
	return given(r, "buildStatus", status)
}

func (c *call) buildArtifacts(r *Resource, project object, d *die) object {
	artifacts, _ := fields(project.get("artifacts"))
	if artifacts.get("type") != "S3" {
		return object{{"location", ""}}
	}
	return object{
		{"location", "arn:" + c.server.world.partition + ":s3:::" + c.artifactBucket() + "/builds/" + r.ID[len(r.ID)-uuidLength:] + "/" + ownerOf(r) + ".zip"},
		{"sha256sum", d.hex(64)},
		{"md5sum", d.hex(32)},
		{"overrideArtifactName", false},
		{"encryptionDisabled", false},
	}
}

func (c *call) initiator(r *Resource, d *die) string {
	pipeline := c.server.world.neighbour(c.caller.account, Pipeline, r.Region, d)
	return pick(d, []string{"GitHub-Hookshot/1a2b3c4", "codepipeline/" + pipeline, "deployer"})
}

func (c *call) buildLogs(r *Resource) object {
	group, stream := "/aws/codebuild/"+ownerOf(r), r.ID[len(r.ID)-uuidLength:]
	return object{
		{"groupName", group},
		{"streamName", stream},
		{"deepLink", "https://console.aws.amazon.com/cloudwatch/home?region=" + r.Region + "#logsV2:log-groups/log-group/" + group + "/log-events/" + stream},
		{"cloudWatchLogsArn", c.server.arn("logs", r.Region, c.caller.account, "log-group:"+group+":log-stream:"+stream)},
		{"cloudWatchLogs", object{{"status", "ENABLED"}, {"groupName", group}}},
		{"s3Logs", object{{"status", "DISABLED"}, {"encryptionDisabled", false}}},
	}
}

// phasesOfBuild are the phases of a build in order, with the longest time that a
// made-up one takes, in seconds.
var phasesOfBuild = []struct {
	name    string
	longest int
}{
	{"SUBMITTED", 1}, {"QUEUED", 20}, {"PROVISIONING", 30}, {"DOWNLOAD_SOURCE", 20}, {"INSTALL", 60}, {"PRE_BUILD", 60},
	{"BUILD", 600}, {"POST_BUILD", 60}, {"UPLOAD_ARTIFACTS", 20}, {"FINALIZING", 5},
}

// buildPhases are the phases that a build went through, and when it ended. One
// that did not succeed came to grief in its phase BUILD and skipped the next.
func buildPhases(d *die, start time.Time, status string) ([]object, time.Time) {
	var phases []object
	at := start
	for _, phase := range phasesOfBuild {
		seconds := d.below(phase.longest + 1)
		troubled := phase.name == "BUILD" && status != "SUCCEEDED"
		if status != "SUCCEEDED" && phase.name == "POST_BUILD" {
			continue
		}
		form := object{{"phaseType", phase.name}}
		if troubled && status == "IN_PROGRESS" {
			return append(phases, append(form, member{"startTime", epoch(at)})), at
		}
		form = append(form, member{"phaseStatus", "SUCCEEDED"}, member{"startTime", epoch(at)})
		at = at.Add(time.Duration(seconds) * time.Second)
		form = append(form, member{"endTime", epoch(at)}, member{"durationInSeconds", seconds})
		context := object{{"statusCode", ""}, {"message", ""}}
		if troubled {
			form[1].value = status
		}
		if troubled && status == "FAILED" {
			context = object{{"statusCode", "COMMAND_EXECUTION_ERROR"}, {"message", "Error while executing command: make build. Reason: exit status 2"}}
		}
		phases = append(phases, append(form, member{"contexts", []object{context}}))
	}
	return append(phases, object{{"phaseType", "COMPLETED"}, {"startTime", epoch(at)}}), at
}

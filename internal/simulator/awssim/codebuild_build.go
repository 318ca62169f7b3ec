package awssim

import (
	"regexp"
	"slices"
	"strings"
	"time"
)

// BuildRun is a build of CodeBuild. Its ID is "project:uuid".
const BuildRun = "AWS::CodeBuild::BuildRun"

func init() {
	codebuild.simulate(
		kind{
			name: BuildRun, form: regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{1,254}:` + uuidForm + `$`), arn: "build/",
			ids: uuids, owner: Project, joint: ":", history: true,
		},
		operation{name: "ListBuilds", takes: members{"sortOrder": isText}, list: &listing{
			of: builds, items: "ids", size: bounds{usual: 100}, token: "nextToken", first: "sortOrder",
		}},
		operation{name: "BatchGetBuilds", takes: members{"ids": isList}, answer: batchGetBuilds},
	)
}

// oldestFirst marks the tokens of a list whose order was turned around. Only the first page
// takes an order, and its token keeps it.
const oldestFirst = 1 << 40

func builds(c *call) (source, error) {
	order, token := c.text("sortOrder"), c.text("nextToken")
	switch {
	case !slices.Contains([]string{"", "ASCENDING", "DESCENDING"}, order):
		return nil, c.service.dialect.badParameter.saying("1 validation error detected: Value '%s' at 'sortOrder' failed to satisfy constraint: "+
			"Member must satisfy enum value set: [ASCENDING, DESCENDING]", order)
	case order != "" && token != "":
		return nil, c.service.dialect.badParameter.saying("Sort order can't be specified when passing a nextToken")
	}
	return func(from, size int) ([]any, int) {
		if order != "ASCENDING" && from < oldestFirst {
			return resources(c, selection{kind: BuildRun}, idOf)(from, size)
		}
		found, next := resources(c, selection{kind: BuildRun, oldestFirst: true}, idOf)(from&^oldestFirst, size)
		if next >= 0 {
			next |= oldestFirst
		}
		return found, next
	}, nil
}

// batchGetBuilds describes builds by ID or ARN, in no promised order either.
func batchGetBuilds(c *call) (object, error) {
	ids, err := c.codebuildBatch("ids")
	if err != nil {
		return nil, err
	}
	builds, missing := []object{}, []string{}
	for _, asked := range slices.Backward(ids) {
		id := strings.TrimPrefix(asked, c.arn(BuildRun, ""))
		if !kinds[BuildRun].form.MatchString(id) {
			return nil, c.service.dialect.badParameter.saying("Invalid build ID provided: %s", asked)
		}
		r, there := c.find(BuildRun, id)
		if !there {
			missing = append(missing, asked)
			continue
		}
		builds = append(builds, buildForm(c, &r).with(r.Attributes))
	}
	return object{{"builds", builds}, {"buildsNotFound", missing}}, nil
}

// buildForm is a build as BatchGetBuilds returns it. Much of it is its project's.
func buildForm(c *call, r *Resource) object {
	name := ownerOf(r)
	project, there := c.known(Project, name)
	if !there {
		project = Resource{Kind: Project, Region: r.Region, ID: name}
	}
	of := projectForm(c, &project).with(project.Attributes)
	d := dieOf("build", c.caller.account, r.ID)
	status := c.buildStatus(r, d)
	phases, end := buildPhases(d, created(r), status)
	commit := d.hex(40)
	form := object{
		{"id", r.ID},
		{"arn", c.arn(BuildRun, r.ID)},
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
			{"subnetId", c.some("AWS::EC2::Subnet", "subnet-0"+d.hex(16))}, {"networkInterfaceId", "eni-0" + d.hex(16)},
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
	pipeline := c.neighbour(Pipeline, d)
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

// buildNumber counts the builds of a project up to a build, as far as they are of
// a population; listed builds come after those.
func (w *world) buildNumber(account string, r *Resource) int {
	w.mu.RLock()
	defer w.mu.RUnlock()
	h := w.accounts[account]
	slot, there := h.slot(BuildRun, r.Region, r.ID)
	population := h.population(BuildRun, r.Region)
	if !there || population == 0 {
		return slot + 1
	}
	l := h.origin(BuildRun, r.Region).lineage
	owner, known := l.owner.index(ownerOf(r))
	if !known || owner >= l.owners {
		return slot - population + 1
	}
	total := (population - owner + l.owners - 1) / l.owners
	if slot >= population {
		return total + slot - population + 1
	}
	return total - slot/l.owners
}

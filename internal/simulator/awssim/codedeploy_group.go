package awssim

import (
	"regexp"
	"slices"
	"strings"
)

// DeploymentGroup is a deployment group of CodeDeploy. Its ID is "application/group", and it
// is gone as soon as its application is.
const DeploymentGroup = "AWS::CodeDeploy::DeploymentGroup"

func init() {
	codedeploy.simulate(
		kind{
			name: DeploymentGroup, form: regexp.MustCompile(`^[^/]{1,100}/[^/]{1,100}$`), arn: "deploymentgroup:",
			owner: Application, joint: "/", inseparable: true, old: true,
			things: []string{"production", "canary", "staging", "blue-green", "fleet"},
		},
		operation{name: "ListDeploymentGroups", takes: members{"applicationName": isText}, list: &listing{
			items: "deploymentGroups", size: bounds{usual: codedeployPage}, token: "nextToken",
			of: func(c *call) (source, error) {
				of, err := application(c, c.text("applicationName"), c.find)
				name := func(_ *call, r *Resource) string { return baseName(r.ID) }
				return resources(c, selection{kind: DeploymentGroup, owner: of.ID}, name), err
			},
			more: func(c *call, _ string) object { return object{{"applicationName", c.text("applicationName")}} },
		}},
		operation{
			name: "BatchGetDeploymentGroups", takes: members{"applicationName": isText, "deploymentGroupNames": isList}, answer: batchGetDeploymentGroups,
		},
	)
}

// deploymentGroup finds a group by "application/group".
func deploymentGroup(c *call, id string) (Resource, error) {
	name, group, _ := strings.Cut(id, "/")
	if _, err := application(c, name, c.known); err != nil {
		return Resource{}, err
	}
	r, there := c.find(DeploymentGroup, id)
	if !there {
		return Resource{}, codedeployRefusal("DeploymentGroupDoesNotExist").saying("No Deployment Group found for name: %s", group)
	}
	return r, nil
}

// batchGetDeploymentGroups leaves out the groups that do not exist and says so. It
// promises no order, so it is not the one that was asked in.
func batchGetDeploymentGroups(c *call) (object, error) {
	of, names := c.text("applicationName"), c.texts("deploymentGroupNames")
	if _, err := application(c, of, c.known); err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, codedeployRefusal("DeploymentGroupNameRequired").saying("At least one deployment group name is required.")
	}
	if err := batchLimit(len(names), codedeployBatch); err != nil {
		return nil, err
	}
	infos, missing := []object{}, []string(nil)
	for _, name := range slices.Backward(names) {
		r, there := c.find(DeploymentGroup, of+"/"+name)
		if !there {
			missing = append(missing, name)
			continue
		}
		infos = append(infos, deploymentGroupForm(c, &r).with(r.Attributes))
	}
	answer := object{{"deploymentGroupsInfo", infos}}
	if len(missing) > 0 {
		answer = append(answer, member{"errorMessage", "No Deployment Group found for name: " + strings.Join(missing, ", ")})
	}
	return answer, nil
}

// deploymentGroupForm is a group as BatchGetDeploymentGroups returns it.
func deploymentGroupForm(c *call, r *Resource) object {
	d := dieOf("deployment group", c.caller.account, r.Region, r.ID)
	name := ownerOf(r)
	platform := c.platform(name)
	form := object{
		{"applicationName", name},
		{"deploymentGroupId", d.uuid()},
		{"deploymentGroupName", baseName(r.ID)},
		{"deploymentConfigName", deploymentConfig(r.ID, platform)},
		{"onPremisesInstanceTagFilters", []object{}},
		{"serviceRoleArn", c.role("service-role/codedeploy-" + name)},
		{"targetRevision", c.revision(r.ID, platform, d)},
		{"triggerConfigurations", []object{{
			{"triggerName", "failures"},
			{"triggerTargetArn", c.server.arn("sns", r.Region, c.caller.account, name+"-deployments")},
			{"triggerEvents", []string{"DeploymentFailure", "DeploymentStop"}},
		}}},
		{"alarmConfiguration", object{
			{"enabled", true}, {"ignorePollAlarmFailure", false}, {"alarms", []object{{{"name", name + "-errors"}}}},
		}},
		{"autoRollbackConfiguration", autoRollback},
		{"outdatedInstancesStrategy", "UPDATE"},
		{"computePlatform", platform},
		{"terminationHookEnabled", false},
	}
	form = append(form, c.deploymentStyle(r.ID, platform)...)
	form = append(form, c.deploymentPlace(r.ID, platform, d)...)
	newest := selection{kind: Deployment, owner: r.ID}
	attempted, _ := c.server.world.list(c.caller.account, r.Region, newest, 0, 1)
	for i := range attempted {
		form = append(form, member{"lastAttemptedDeployment", c.lastDeployment(&attempted[i])})
	}
	newest.keep = func(r *Resource) bool { return c.deploymentStatus(r) == "Succeeded" }
	successful, _ := c.server.world.list(c.caller.account, r.Region, newest, 0, 1)
	for i := range successful {
		form = append(form, member{"lastSuccessfulDeployment", c.lastDeployment(&successful[i])})
	}
	return form
}

var autoRollback = object{{"enabled", true}, {"events", []string{"DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM"}}}

func deploymentConfig(group, platform string) string {
	return "CodeDeployDefault." + pick(dieOf("config", group), map[string][]string{
		"Server": {"OneAtATime", "HalfAtATime", "AllAtOnce"},
		"Lambda": {"LambdaCanary10Percent5Minutes", "LambdaLinear10PercentEvery1Minute", "LambdaAllAtOnce"},
		"ECS":    {"ECSCanary10Percent5Minutes", "ECSAllAtOnce"},
	}[platform])
}

// deploymentStyle is how deployments to a group go, with the balancers they use.
func (c *call) deploymentStyle(group, platform string) object {
	d := dieOf("style", c.caller.account, group)
	if platform == "Server" && !d.oneIn(3) {
		return object{
			{"deploymentStyle", object{{"deploymentType", "IN_PLACE"}, {"deploymentOption", "WITH_TRAFFIC_CONTROL"}}},
			{"loadBalancerInfo", object{{"targetGroupInfoList", []object{{{"name", "tg-" + d.hex(8)}}}}}},
		}
	}
	form := object{
		{"deploymentStyle", object{{"deploymentType", "BLUE_GREEN"}, {"deploymentOption", "WITH_TRAFFIC_CONTROL"}}},
		{"blueGreenDeploymentConfiguration", object{
			{"terminateBlueInstancesOnDeploymentSuccess", object{{"action", "TERMINATE"}, {"terminationWaitTimeInMinutes", 5}}},
			{"deploymentReadyOption", object{{"actionOnTimeout", "CONTINUE_DEPLOYMENT"}, {"waitTimeInMinutes", 0}}},
		}},
	}
	if platform == "ECS" {
		listener := c.server.arn("elasticloadbalancing", c.signature.region, c.caller.account, "listener/app/"+baseName(group)+"/"+d.hex(16)+"/"+d.hex(16))
		form = append(form, member{"loadBalancerInfo", object{{"targetGroupPairInfoList", []object{{
			{"targetGroups", []object{{{"name", "tg-" + d.hex(8)}}, {{"name", "tg-" + d.hex(8)}}}},
			{"prodTrafficRoute", object{{"listenerArns", []string{listener}}}},
		}}}}})
	}
	return form
}

// deploymentPlace says what a group deploys to.
func (c *call) deploymentPlace(group, platform string, d *die) object {
	if platform != "Server" {
		form := object{{"autoScalingGroups", []object{}}}
		if platform == "ECS" {
			cluster, service := c.ecsService(group)
			form = append(form, member{"ecsServices", []object{{{"serviceName", service}, {"clusterName", cluster}}}})
		}
		return form
	}
	filters := []object{{{"Key", "Environment"}, {"Value", pick(d, stages)}, {"Type", "KEY_AND_VALUE"}}}
	fleet := strings.ReplaceAll(group, "/", "-")
	switch d.below(3) {
	case 0:
		return object{{"autoScalingGroups", []object{}}, {"ec2TagFilters", filters}}
	case 1:
		return object{
			{"autoScalingGroups", []object{}},
			{"ec2TagSet", object{{"ec2TagSetList", []any{filters}}}},
			{"onPremisesTagSet", object{{"onPremisesTagSetList", []any{}}}},
		}
	}
	return object{{"autoScalingGroups", []object{{{"name", fleet}, {"hook", "codedeploy-" + fleet}}}}}
}

// ecsService is the service that a group of the platform ECS deploys.
func (c *call) ecsService(group string) (cluster, service string) {
	d := dieOf("service", c.caller.account, c.signature.region, group)
	return c.neighbour(Cluster, d), pick(d, teams) + "-service"
}

// revision is what a deployment to a group deploys.
func (c *call) revision(group, platform string, d *die) object {
	name, _, _ := strings.Cut(group, "/")
	switch {
	case platform != "Server":
		return object{{"revisionType", "AppSpecContent"}, {"appSpecContent", object{{"sha256", d.hex(64)}}}}
	case d.oneIn(4):
		return object{{"revisionType", "GitHub"}, {"gitHubLocation", object{
			{"repository", strings.TrimPrefix(repository(name), "https://github.com/")}, {"commitId", d.hex(40)},
		}}}
	}
	return object{{"revisionType", "S3"}, {"s3Location", object{
		{"bucket", c.artifactBucket()}, {"key", name + "/" + d.hex(8) + ".zip"}, {"bundleType", "zip"}, {"eTag", d.hex(32)},
	}}}
}

func (c *call) lastDeployment(r *Resource) object {
	run := c.deployment(r)
	form := object{{"deploymentId", r.ID}, {"status", run.status}}
	form = append(form, optionalTime("endTime", run.completed)...)
	return append(form, optionalTime("createTime", created(r))...)
}

// someDeploymentGroup is [call.neighbour] for a group and its application.
func (c *call) someDeploymentGroup(d *die) (application, group string) {
	w := c.server.world
	w.mu.RLock()
	defer w.mu.RUnlock()
	application, group, _ = strings.Cut(w.accounts[c.caller.account].anyDeploymentGroup(c.signature.region, d), "/")
	return application, group
}

func (h *holding) anyDeploymentGroup(region string, d *die) string {
	if n := h.population(DeploymentGroup, region); n > 0 {
		return h.origin(DeploymentGroup, region).id(d.below(n))
	}
	return h.any(Application, region, d) + "/" + pick(d, kinds[DeploymentGroup].things)
}

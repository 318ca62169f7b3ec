package awssim

import (
	"slices"
	"strings"
)

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

func listDeploymentGroups(c *call) error {
	input, err := decode[struct{ ApplicationName, NextToken string }](c)
	if err != nil {
		return err
	}
	if _, err := application(c, input.ApplicationName, c.find); err != nil {
		return err
	}
	b := branch{kind: DeploymentGroup, owner: input.ApplicationName}
	found, next, ok := c.branch(b, codedeployPage, input.NextToken, b.owner, nil)
	if !ok {
		return codedeployToken()
	}
	names := ids(found)
	for i := range names {
		names[i] = baseName(names[i])
	}
	return c.reply(object{{"applicationName", input.ApplicationName}, {"deploymentGroups", names}}.optional("nextToken", next))
}

// batchGetDeploymentGroups leaves out the groups that do not exist and says so. It
// promises no order, so it is not the one that was asked in.
func batchGetDeploymentGroups(c *call) error {
	input, err := decode[struct {
		ApplicationName      string
		DeploymentGroupNames []string
	}](c)
	if err != nil {
		return err
	}
	if _, err := application(c, input.ApplicationName, c.known); err != nil {
		return err
	}
	if len(input.DeploymentGroupNames) == 0 {
		return codedeployRefusal("DeploymentGroupNameRequired").saying("At least one deployment group name is required.")
	}
	if err := batchLimit(len(input.DeploymentGroupNames), codedeployBatch); err != nil {
		return err
	}
	infos, missing := []object{}, []string(nil)
	for _, name := range slices.Backward(input.DeploymentGroupNames) {
		r, there := c.find(DeploymentGroup, input.ApplicationName+"/"+name)
		if !there {
			missing = append(missing, name)
			continue
		}
		infos = append(infos, c.deploymentGroupForm(&r).with(r.Attributes))
	}
	answer := object{{"deploymentGroupsInfo", infos}}
	if len(missing) > 0 {
		answer = append(answer, member{"errorMessage", "No Deployment Group found for name: " + strings.Join(missing, ", ")})
	}
	return c.reply(answer)
}

// deploymentGroupForm is a group as BatchGetDeploymentGroups tells of it.
func (c *call) deploymentGroupForm(r *Resource) object {
	d := dieOf("deployment group", c.caller.account, r.Region, r.ID)
	name := ownerOf(r)
	platform := c.platform(name)
	form := object{
		{"applicationName", name},
		{"deploymentGroupId", d.uuid()},
		{"deploymentGroupName", baseName(r.ID)},
		{"deploymentConfigName", deploymentConfig(r.ID, platform)},
		{"onPremisesInstanceTagFilters", []object{}},
		{"serviceRoleArn", c.server.arn("iam", "", c.caller.account, "role/service-role/codedeploy-"+name)},
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
	newest := branch{kind: Deployment, region: r.Region, owner: r.ID}
	attempted, _ := c.server.world.within(c.caller.account, newest, 0, 1, nil)
	for i := range attempted {
		form = append(form, member{"lastAttemptedDeployment", c.lastDeployment(&attempted[i])})
	}
	successful, _ := c.server.world.within(c.caller.account, newest, 0, 1, func(r *Resource) bool {
		return c.deploymentStatus(r) == "Succeeded"
	})
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
	return c.server.world.neighbour(c.caller.account, Cluster, c.signature.region, d), pick(d, teams) + "-service"
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

package awssim

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
)

var codedeployService = &service{
	name:    "codedeploy",
	wire:    &jsonWire{target: "CodeDeploy_20141006", version: "1.1", message: "message"},
	dialect: jsonDialect,
	scopeOf: codedeployScope,
	operations: operations(
		operation{name: "ListApplications", action: "codedeploy:ListApplications", serve: listApplications},
		operation{name: "BatchGetApplications", action: "codedeploy:BatchGetApplications", serve: batchGetApplications},
		operation{name: "ListTagsForResource", action: "codedeploy:ListTagsForResource", serve: listCodedeployTags},
		operation{name: "ListDeploymentGroups", action: "codedeploy:ListDeploymentGroups", serve: listDeploymentGroups},
		operation{name: "BatchGetDeploymentGroups", action: "codedeploy:BatchGetDeploymentGroups", serve: batchGetDeploymentGroups},
		operation{name: "ListDeployments", action: "codedeploy:ListDeployments", serve: listDeployments},
		operation{name: "GetDeployment", action: "codedeploy:GetDeployment", serve: getDeployment},
		operation{name: "BatchGetDeployments", action: "codedeploy:BatchGetDeployments", serve: batchGetDeployments},
		operation{name: "ListDeploymentTargets", action: "codedeploy:ListDeploymentTargets", serve: listDeploymentTargets},
		operation{name: "BatchGetDeploymentTargets", action: "codedeploy:BatchGetDeploymentTargets", serve: batchGetDeploymentTargets},
	),
}

// The sizes of CodeDeploy's pages, which AWS does not document, and the greatest
// numbers of names and of deployments or targets that it can be asked about. A
// page of tags is short so that a client has to turn it.
const (
	codedeployPage  = 100
	codedeployTags  = 10
	codedeployBatch = 100
	deploymentBatch = 25
)

func (c *call) codedeployARN(resource string) string {
	return c.server.arn("codedeploy", c.signature.region, c.caller.account, resource)
}

func codedeployScope(c *call) string {
	var asked struct{ ApplicationName, ResourceArn string }
	_ = json.Unmarshal(c.body, &asked)
	name := asked.ApplicationName
	if name == "" {
		name = "*"
	}
	switch {
	case asked.ResourceArn != "":
		return asked.ResourceArn
	case c.operation.name == "BatchGetDeploymentGroups" || c.operation.name == "ListDeploymentGroups":
		return c.codedeployARN("deploymentgroup:" + name + "/*")
	case strings.Contains(c.operation.name, "Deployment"):
		return c.codedeployARN("deploymentgroup:*")
	}
	return c.codedeployARN("application:" + name)
}

func codedeployRefusal(code string) refusal { return refusal{status: 400, code: code + "Exception"} }

func codedeployToken() error {
	return codedeployRefusal("InvalidNextToken").saying("The next token is not valid.")
}

// lookup is [call.find] for what a call is about, [call.known] for its owner.
type lookup func(kind, id string) (Resource, bool)

// application finds the application that a call names.
func application(c *call, name string, find lookup) (Resource, error) {
	c.call.Resource = name
	switch {
	case name == "":
		return Resource{}, codedeployRefusal("ApplicationNameRequired").saying("An application name is required.")
	case !idForms[Application].MatchString(name):
		return Resource{}, codedeployRefusal("InvalidApplicationName").saying("Application name %s is not valid.", name)
	}
	r, there := find(Application, name)
	if !there {
		return Resource{}, codedeployRefusal("ApplicationDoesNotExist").saying("No application found for name: %s", name)
	}
	return r, nil
}

func listApplications(c *call) error {
	input, err := decode[struct{ NextToken string }](c)
	if err != nil {
		return err
	}
	found, next, ok := c.page(Application, codedeployPage, input.NextToken, "", nil)
	if !ok {
		return codedeployToken()
	}
	return c.reply(object{{"applications", ids(found)}}.optional("nextToken", next))
}

// batchGetApplications fails as a whole if one application does not exist. It
// promises no order, so it is not the one that was asked in.
func batchGetApplications(c *call) error {
	input, err := decode[struct{ ApplicationNames []string }](c)
	if err != nil {
		return err
	}
	if len(input.ApplicationNames) == 0 {
		return codedeployRefusal("ApplicationNameRequired").saying("At least one application name is required.")
	}
	if err := batchLimit(len(input.ApplicationNames), codedeployBatch); err != nil {
		return err
	}
	infos := []object{}
	for _, name := range slices.Backward(input.ApplicationNames) {
		r, err := application(c, name, c.find)
		if err != nil {
			return err
		}
		infos = append(infos, c.applicationForm(&r).with(r.Attributes))
	}
	return c.reply(object{{"applicationsInfo", infos}})
}

func batchLimit(asked, limit int) error {
	if asked > limit {
		return codedeployRefusal("BatchLimitExceeded").saying("The request names %d items; the limit is %d.", asked, limit)
	}
	return nil
}

// applicationForm is an application as BatchGetApplications tells of it.
func (c *call) applicationForm(r *Resource) object {
	d := dieOf("application", c.caller.account, r.Region, r.ID)
	form := object{
		{"applicationId", d.uuid()},
		{"applicationName", r.ID},
		{"createTime", epoch(created(r))},
		{"computePlatform", c.platform(r.ID)},
	}
	if d.oneIn(5) {
		return append(form, member{"linkedToGitHub", true}, member{"gitHubAccountName", "example"})
	}
	return append(form, member{"linkedToGitHub", false})
}

// platform is what an application is deployed to: Server, Lambda or ECS.
func (c *call) platform(application string) string {
	made := pick(dieOf("platform", c.caller.account, c.signature.region, application), []string{"Server", "Server", "Lambda", "ECS"})
	r, _ := c.known(Application, application)
	return given(&r, "computePlatform", made)
}

// listCodedeployTags returns the tags of an application or a deployment group.
func listCodedeployTags(c *call) error {
	input, err := decode[struct{ ResourceArn, NextToken string }](c)
	if err != nil {
		return err
	}
	c.call.Resource = input.ResourceArn
	if input.ResourceArn == "" {
		return codedeployRefusal("ResourceArnRequired").saying("The ARN of a resource is required.")
	}
	resource, ours := strings.CutPrefix(input.ResourceArn, c.codedeployARN(""))
	if !ours {
		return codedeployRefusal("InvalidArn").saying("%s is not the ARN of a resource of this account and region.", input.ResourceArn)
	}
	kind, name, _ := strings.Cut(resource, ":")
	var r Resource
	switch kind {
	case "application":
		r, err = application(c, name, c.find)
	case "deploymentgroup":
		r, err = deploymentGroup(c, name)
	default:
		err = codedeployRefusal("ArnNotSupported").saying("%s has no tags.", input.ResourceArn)
	}
	if err != nil {
		return err
	}
	part, next, ok := pageOf(c, tagList(r.Tags, "Key", "Value"), codedeployTags, input.NextToken, input.ResourceArn)
	if !ok {
		return codedeployToken()
	}
	return c.reply(object{{"Tags", part}}.optional("NextToken", next))
}

// optionalTime is the time as a member, no member at all for no time.
func optionalTime(name string, t time.Time) object {
	if t.IsZero() {
		return nil
	}
	return object{{name, epoch(t)}}
}

package awssim

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Application is an application of CodeDeploy.
const Application = "AWS::CodeDeploy::Application"

var codedeploy = service{
	name: "codedeploy", wire: &jsonWire{target: "CodeDeploy_20141006", version: "1.1"},
	dialect: jsonDialect.with(func(d *dialect) {
		d.badToken = refuse(400, "InvalidNextTokenException", "The next token is not valid.")
	}),
	scope: codedeployScope,
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

func init() {
	codedeploy.simulate(
		kind{
			name: Application, form: regexp.MustCompile(`^[^/]{1,100}$`), arn: "application:", old: true,
			things: []string{"web", "api", "worker", "consumer", "scheduler", "gateway"},
		},
		operation{name: "ListApplications", list: &listing{kind: Application, items: "applications", size: bounds{usual: codedeployPage}, token: "nextToken"}},
		operation{name: "BatchGetApplications", takes: members{"applicationNames": isList}, answer: batchGetApplications},
		operation{name: "ListTagsForResource", takes: members{"ResourceArn": isText}, list: &listing{
			of: codedeployTagged, items: "Tags", size: bounds{usual: codedeployTags}, token: "NextToken",
		}},
	)
}

func codedeployScope(c *call) string {
	name := cmp.Or(c.text("applicationName"), "*")
	switch {
	case c.text("ResourceArn") != "":
		return c.text("ResourceArn")
	case c.operation.name == "BatchGetDeploymentGroups" || c.operation.name == "ListDeploymentGroups":
		return c.arn(DeploymentGroup, name+"/*")
	case strings.Contains(c.operation.name, "Deployment"):
		return c.arn(DeploymentGroup, "*")
	}
	return c.arn(Application, name)
}

func codedeployRefusal(code string) refusal { return refusal{status: 400, code: code + "Exception"} }

// lookup is [call.find] for what a call is about, [call.known] for its owner.
type lookup func(kind, id string) (Resource, bool)

// application finds the application that a call names.
func application(c *call, name string, find lookup) (Resource, error) {
	c.call.Resource = name
	switch {
	case name == "":
		return Resource{}, codedeployRefusal("ApplicationNameRequired").saying("An application name is required.")
	case !kinds[Application].form.MatchString(name):
		return Resource{}, codedeployRefusal("InvalidApplicationName").saying("Application name %s is not valid.", name)
	}
	r, there := find(Application, name)
	if !there {
		return Resource{}, codedeployRefusal("ApplicationDoesNotExist").saying("No application found for name: %s", name)
	}
	return r, nil
}

// batchGetApplications fails as a whole if one application does not exist. It
// promises no order, so it is not the one that was asked in.
func batchGetApplications(c *call) (object, error) {
	names := c.texts("applicationNames")
	if len(names) == 0 {
		return nil, codedeployRefusal("ApplicationNameRequired").saying("At least one application name is required.")
	}
	if err := batchLimit(len(names), codedeployBatch); err != nil {
		return nil, err
	}
	infos := []object{}
	for _, name := range slices.Backward(names) {
		r, err := application(c, name, c.find)
		if err != nil {
			return nil, err
		}
		infos = append(infos, applicationForm(c, &r).with(r.Attributes))
	}
	return object{{"applicationsInfo", infos}}, nil
}

func batchLimit(asked, limit int) error {
	if asked > limit {
		return codedeployRefusal("BatchLimitExceeded").saying("The request names %d items; the limit is %d.", asked, limit)
	}
	return nil
}

// applicationForm is an application as BatchGetApplications returns it.
func applicationForm(c *call, r *Resource) object {
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

// codedeployTagged are the tags of an application or a deployment group.
func codedeployTagged(c *call) (source, error) {
	arn := c.text("ResourceArn")
	c.call.Resource = arn
	if arn == "" {
		return nil, codedeployRefusal("ResourceArnRequired").saying("The ARN of a resource is required.")
	}
	var r Resource
	var err error
	if name, ours := c.cutARN(Application, arn); ours {
		r, err = application(c, name, c.find)
	} else if id, ours := c.cutARN(DeploymentGroup, arn); ours {
		r, err = deploymentGroup(c, id)
	} else if strings.HasPrefix(arn, c.server.arn("codedeploy", c.signature.region, c.caller.account, "")) {
		err = codedeployRefusal("ArnNotSupported").saying("%s has no tags.", arn)
	} else {
		err = codedeployRefusal("InvalidArn").saying("%s is not the ARN of a resource of this account and region.", arn)
	}
	return rows(tagList(r.Tags, "Key", "Value")), err
}

// optionalTime is the time as a member, no member at all for no time.
func optionalTime(name string, t time.Time) object {
	if t.IsZero() {
		return nil
	}
	return object{{name, epoch(t)}}
}

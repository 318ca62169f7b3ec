package awssim

import (
	"encoding/json"
	"strings"
)

var codepipelineService = &service{
	name:    "codepipeline",
	wire:    &jsonWire{target: "CodePipeline_20150709", version: "1.1", message: "message"},
	dialect: jsonDialect,
	scopeOf: func(c *call) string {
		var asked struct{ Name, PipelineName, ResourceArn string }
		_ = json.Unmarshal(c.body, &asked)
		switch name := asked.Name + asked.PipelineName; {
		case asked.ResourceArn != "":
			return asked.ResourceArn
		case name != "":
			return c.pipelineARN(name)
		}
		return c.pipelineARN("*")
	},
	operations: operations(
		operation{name: "ListPipelines", action: "codepipeline:ListPipelines", serve: listPipelines},
		operation{name: "GetPipeline", action: "codepipeline:GetPipeline", serve: getPipeline},
		operation{name: "ListTagsForResource", action: "codepipeline:ListTagsForResource", serve: listPipelineTags},
		operation{name: "ListPipelineExecutions", action: "codepipeline:ListPipelineExecutions", serve: listPipelineExecutions},
		operation{name: "GetPipelineExecution", action: "codepipeline:GetPipelineExecution", serve: getPipelineExecution},
		operation{name: "ListActionExecutions", action: "codepipeline:ListActionExecutions", serve: listActionExecutions},
	),
}

// The greatest pages of CodePipeline, which are also the usual ones.
const (
	pipelinesPage  = 1000
	executionsPage = 100
)

func (c *call) pipelineARN(name string) string {
	return c.server.arn("codepipeline", c.signature.region, c.caller.account, name)
}

func codepipelineRefusal(code string) refusal { return refusal{status: 400, code: code + "Exception"} }

func codepipelineToken() error {
	return codepipelineRefusal("InvalidNextToken").saying("The next token is not one that a previous call returned.")
}

// pipeline finds the pipeline that a call names in a member.
func pipeline(c *call, member, name string, find lookup) (Resource, error) {
	c.call.Resource = name
	if !idForms[Pipeline].MatchString(name) {
		return Resource{}, c.malformed(member, name, `[A-Za-z0-9.@\-_]+`)
	}
	r, there := find(Pipeline, name)
	if !there {
		return Resource{}, codepipelineRefusal("PipelineNotFound").saying("Account '%s' does not have a pipeline with name '%s'", c.caller.account, name)
	}
	return r, nil
}

func listPipelines(c *call) error {
	input, err := decode[struct {
		MaxResults *int
		NextToken  string
	}](c)
	if err != nil {
		return err
	}
	size, err := c.between("maxResults", input.MaxResults, 1, pipelinesPage, pipelinesPage)
	if err != nil {
		return err
	}
	found, next, ok := c.page(Pipeline, size, input.NextToken, "", nil)
	if !ok {
		return codepipelineToken()
	}
	list := make([]object, len(found))
	for i := range found {
		declared, metadata := c.pipelineForm(&found[i])
		for _, name := range []string{"name", "version", "pipelineType", "executionMode"} {
			list[i] = append(list[i], member{name, declared.get(name)})
		}
		list[i] = append(list[i], member{"created", metadata.get("created")}, member{"updated", metadata.get("updated")})
	}
	return c.reply(object{{"pipelines", list}}.optional("nextToken", next))
}

func getPipeline(c *call) error {
	input, err := decode[struct{ Name string }](c)
	if err != nil {
		return err
	}
	r, err := pipeline(c, "name", input.Name, c.find)
	if err != nil {
		return err
	}
	declared, metadata := c.pipelineForm(&r)
	return c.reply(object{{"pipeline", declared}, {"metadata", metadata}})
}

func listPipelineTags(c *call) error {
	input, err := decode[struct{ ResourceArn string }](c)
	if err != nil {
		return err
	}
	c.call.Resource = input.ResourceArn
	name, ours := strings.CutPrefix(input.ResourceArn, c.pipelineARN(""))
	if !ours || !idForms[Pipeline].MatchString(name) {
		return codepipelineRefusal("InvalidArn").saying("%s is not the ARN of a pipeline of this account and region.", input.ResourceArn)
	}
	r, there := c.find(Pipeline, name)
	if !there {
		return codepipelineRefusal("ResourceNotFound").saying("The account with id '%s' does not include a pipeline with the name '%s'", c.caller.account, name)
	}
	return c.reply(object{{"tags", tagList(r.Tags, "key", "value")}})
}

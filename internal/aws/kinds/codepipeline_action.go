package kinds

import (
	"github.com/aws/aws-sdk-go-v2/service/codepipeline"

	"portolan/internal/aws/kind"
)

// CodePipelineAction is AWS::CodePipeline::Action: the actions in every stage of every
// pipeline, as its current version defines them.
var CodePipelineAction = &kind.Kind{
	Type:    "AWS::CodePipeline::Action",
	Service: kind.Service{Prefix: "codepipeline", OfferedAs: "codepipeline", Client: kind.Client(codepipeline.NewFromConfig)},
	List: kind.Listing{
		Name:    "ListPipelinesAction",
		Actions: []string{"codepipeline:ListPipelines", "codepipeline:GetPipeline"},
		Pages:   insidePipelines(pipelineActions),
	},
	Default: []kind.FollowUp{{Name: "GetPipelineAction"}},
	Events:  kind.Events{Calls: `CreatePipeline UpdatePipeline DeletePipeline`},
	Lasting: definitionLasts(true, nil),
	Document: kind.Form{Properties: `ActionTypeId Configuration Commands EnvironmentVariables InputArtifacts Name Namespace
		OutputArtifacts OutputVariables PipelineName PipelineArn PipelineVersion Region RoleArn RunOrder StageName
		TimeoutInMinutes`},
}

// pipelineActions returns the actions of a definition. Their type is the only nested object
// whose members begin with a capital in documents.
func pipelineActions(answer kind.Object) []*kind.Resource {
	pipeline, _ := answer["pipeline"].(kind.Object)
	var all []*kind.Resource
	for _, stage := range pipelineStages(answer) {
		for _, action := range kind.Objects("actions", "name")(stage.Properties) {
			for _, name := range []string{"pipelineName", "pipelineArn"} {
				if value, answered := stage.Properties[name]; answered {
					action.Properties[name] = value
				}
			}
			if version, answered := pipeline["version"]; answered {
				action.Properties["pipelineVersion"] = version
			}
			action.Properties["stageName"] = stage.ID
			if of, ok := action.Properties["actionTypeId"].(kind.Object); ok {
				action.Properties["actionTypeId"] = actionType(of)
			}
			action.ID = stage.ID + "/" + action.ID
			all = append(all, action)
		}
	}
	return all
}

func actionType(answer kind.Object) kind.Object {
	named := kind.Object{}
	for name, wire := range map[string]string{"Category": "category", "Owner": "owner", "Provider": "provider", "Version": "version"} {
		if value, answered := answer[wire]; answered {
			named[name] = value
		}
	}
	return named
}

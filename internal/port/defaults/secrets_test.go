package defaults_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"portolan/internal/port/defaults"
)

// TestNoVariableIsSent maps documents by default that hold a secret wherever AWS answers
// the values of environment variables, or a script in their place. The names stay.
func TestNoVariableIsSent(t *testing.T) {
	t.Parallel()
	const secret = "hunter2-of-the-variables"
	byKind := resources(t)
	for name, test := range map[string]struct{ document, says string }{
		"Lambda": {`{"Type":"AWS::Lambda::Function","Properties":{"FunctionArn":"arn:aws:lambda:eu-west-1:111122223333:function:shop",
			"Environment":{"Variables":{"DB_PASSWORD":"hunter2-of-the-variables","EMPTY":""},"Error":{"ErrorCode":"a","Message":"b"}}}}`,
			`"Environment":{"Error":{"ErrorCode":"a","Message":"b"},"Variables":{"DB_PASSWORD":"***","EMPTY":"***"}}`},
		"Lambda, an error in place of variables": {`{"Type":"AWS::Lambda::Function","Properties":{"FunctionArn":"arn:aws:lambda:eu-west-1:111122223333:function:shop",
			"Environment":{"Error":{"ErrorCode":"a"}}}}`, `"Environment":{"Error":{"ErrorCode":"a"}}`},
		"CodeBuild": {`{"Type":"AWS::CodeBuild::Project","Properties":{"Arn":"arn:aws:codebuild:eu-west-1:111122223333:project/shop",
			"Environment":{"image":"i","environmentVariables":[{"name":"A","value":"hunter2-of-the-variables","type":"PLAINTEXT"},
			{"name":"B","value":"hunter2-of-the-variables"},{"name":"C","value":"/a/parameter","type":"PARAMETER_STORE"}]}}}`,
			`[{"name":"A","type":"PLAINTEXT","value":"***"},{"name":"B","value":"***"},{"name":"C","type":"PARAMETER_STORE","value":"/a/parameter"}]`},
		"CodeBuild, a script": {`{"Type":"AWS::CodeBuild::Project","Properties":{"Arn":"arn:aws:codebuild:eu-west-1:111122223333:project/shop",
			"Source":{"type":"NO_SOURCE","buildspec":"version: 0.2\nenv:\n  variables:\n    A: hunter2-of-the-variables"}}}`, `"buildspec":"***"`},
		"CodeBuild, a script in JSON": {`{"Type":"AWS::CodeBuild::Project","Properties":{"Arn":"arn:aws:codebuild:eu-west-1:111122223333:project/shop",
			"Source":{"type":"NO_SOURCE","buildspec":"{\"env\":{\"variables\":{\"A\":\"hunter2-of-the-variables\"}}}"}}}`, `"buildspec":"***"`},
		"CodeBuild, a script's file": {`{"Type":"AWS::CodeBuild::Project","Properties":{"Arn":"arn:aws:codebuild:eu-west-1:111122223333:project/shop",
			"Source":{"type":"S3","buildspec":"arn:aws:s3:::shop/buildspec.yml","location":"shop/source.zip"}}}`,
			`"source":{"buildspec":"arn:aws:s3:::shop/buildspec.yml","location":"shop/source.zip","type":"S3"}`},
		"CodeBuild, a URL": {`{"Type":"AWS::CodeBuild::Project","Properties":{"Arn":"arn:aws:codebuild:eu-west-1:111122223333:project/shop",
			"Source":{"type":"BITBUCKET","location":"https://ann:hunter2-of-the-variables@bitbucket.org/a/b@c.git"}}}`,
			`"sourceLocation":"https://***@bitbucket.org/a/b@c.git"`},
		"a build": {`{"Type":"AWS::CodeBuild::BuildRun","Properties":{"Arn":"arn:aws:codebuild:eu-west-1:111122223333:build/shop:1","Id":"shop:1","ProjectName":"shop",
			"Environment":{"environmentVariables":[{"name":"A","value":"hunter2-of-the-variables"}]},
			"ExportedEnvironmentVariables":[{"name":"A","value":"hunter2-of-the-variables"}]}}`, `"shop:1"`},
		"a stage": {`{"Type":"AWS::CodePipeline::Stage","Properties":{"PipelineArn":"arn:aws:codepipeline:eu-west-1:111122223333:shop","PipelineName":"shop","Name":"Build",
			"Actions":[{"name":"build","configuration":{"ProjectName":"shop","EnvironmentVariables":"[{\"name\":\"A\",\"value\":\"hunter2-of-the-variables\"}]"}},
			{"name":"run","environmentVariables":[{"name":"A","value":"hunter2-of-the-variables"},{"name":"B","value":"shop/b","type":"SECRETS_MANAGER"}]},{"name":"wait"}]}}`,
			`"actions":[{"configuration":{"EnvironmentVariables":"***","ProjectName":"shop"},"name":"build"},` +
				`{"environmentVariables":[{"name":"A","value":"***"},{"name":"B","type":"SECRETS_MANAGER","value":"shop/b"}],"name":"run"},{"name":"wait"}]`},
		"an action": {`{"Type":"AWS::CodePipeline::Action","Properties":{"PipelineArn":"arn:aws:codepipeline:eu-west-1:111122223333:shop","PipelineName":"shop",
			"StageName":"Build","Name":"run","Configuration":{"EnvironmentVariables":"hunter2-of-the-variables"},
			"EnvironmentVariables":[{"name":"A","value":"hunter2-of-the-variables"}]}}`, `"run"`},
		"a task definition": {`{"Type":"AWS::ECS::TaskDefinition","Properties":{"TaskDefinitionArn":"arn:aws:ecs:eu-west-1:111122223333:task-definition/shop:1","Family":"shop",
			"ContainerDefinitions":[{"name":"shop","image":"i","environment":[{"name":"A","value":"hunter2-of-the-variables"}]}]}}`, `"shop"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var document map[string]any
			if err := json.Unmarshal([]byte(test.document), &document); err != nil {
				t.Fatal(err)
			}
			document["__ExtraContext"] = map[string]any{"AccountId": "111122223333", "Region": "eu-west-1"}
			entity, _, ok := mapOne(t, byKind, document)
			if !ok {
				t.Fatal("no entity")
			}
			text := string(entity.AppendJSON(nil))
			if strings.Contains(text, secret) {
				t.Errorf("it is sent: %s", text)
			}
			if !strings.Contains(text, test.says) {
				t.Errorf("%s\nlacks\n%s", text, test.says)
			}
		})
	}
}

// TestDocumentedMaskIsTheDefault holds the lines that docs/security.md offers against the
// default mapping.
func TestDocumentedMaskIsTheDefault(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../../docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	_, block, _ := strings.Cut(string(page), "```yaml\n")
	block, _, _ = strings.Cut(block, "```")
	var lines map[string]string
	if err := yaml.Unmarshal([]byte(block), &lines); err != nil || len(lines) != 2 {
		t.Fatalf("%d lines, %v", len(lines), err)
	}
	var config struct {
		Resources []struct {
			Kind string
			Port struct {
				Entity struct {
					Mappings struct{ Properties map[string]string }
				}
			}
		}
	}
	if err := json.Unmarshal(defaults.All().Config, &config); err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, resource := range config.Resources {
		for name, line := range lines {
			if expression, ok := resource.Port.Entity.Mappings.Properties[name]; ok {
				found++
				if expression != line {
					t.Errorf("%s: %s is\n%s, documented as\n%s", resource.Kind, name, expression, line)
				}
			}
		}
	}
	if found != len(lines) {
		t.Errorf("%d of the lines are in the default mapping", found)
	}
}

package defaults_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"portolan/internal/mapping"
	"portolan/internal/port/defaults"
	"portolan/internal/port/mask"
)

// TestNoVariableIsSent maps documents by default that hold a secret wherever AWS answers
// the values of environment variables, or a command or script in their place. The names stay.
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
		"a stage with commands": {`{"Type":"AWS::CodePipeline::Stage","Properties":{"PipelineArn":"arn:aws:codepipeline:eu-west-1:111122223333:shop","PipelineName":"shop","Name":"Build",
			"Actions":[{"name":"run","commands":["deploy --password hunter2-of-the-variables"],"configuration":{"FunctionName":"f","UserParameters":"hunter2-of-the-variables"}},
			{"name":"stack","configuration":{"ParameterOverrides":"{\"P\":\"hunter2-of-the-variables\"}","Input":"hunter2-of-the-variables","CustomData":"hunter2-of-the-variables"}}]}}`,
			`"commands":["***"],"configuration":{"FunctionName":"f","UserParameters":"***"}`},
		"Lambda, an image": {`{"Type":"AWS::Lambda::Function","Properties":{"FunctionArn":"arn:aws:lambda:eu-west-1:111122223333:function:shop",
			"ImageConfigResponse":{"ImageConfig":{"Command":["app","--password","hunter2-of-the-variables"],"EntryPoint":["DB=hunter2-of-the-variables"],"WorkingDirectory":"/var/task"}}}}`,
			`"ImageConfigResponse":{"ImageConfig":{"Command":["***","***","***"],"EntryPoint":["***"],"WorkingDirectory":"/var/task"}}`},
		"Lambda, an error in place of an image": {`{"Type":"AWS::Lambda::Function","Properties":{"FunctionArn":"arn:aws:lambda:eu-west-1:111122223333:function:shop",
			"ImageConfigResponse":{"Error":{"ErrorCode":"a"}}}}`, `"ImageConfigResponse":{"Error":{"ErrorCode":"a"}}`},
		"a service": {`{"Type":"AWS::ECS::Service","Properties":{"ServiceArn":"arn:aws:ecs:eu-west-1:111122223333:service/c/shop","ServiceName":"shop",
			"Deployments":[{"id":"d","serviceConnectConfiguration":{"enabled":true,"logConfiguration":{"logDriver":"splunk","options":{"awslogs-group":"g","splunk-token":"hunter2-of-the-variables"}}}},{"id":"e"}]}}`,
			`"options":{"awslogs-group":"g","splunk-token":"***"}`},
		"a database": {`{"Type":"AWS::RDS::DBInstance","Properties":{"DBInstanceArn":"arn:aws:rds:eu-west-1:111122223333:db:shop","DBInstanceIdentifier":"shop",
			"PendingModifiedValues":{"MasterUserPassword":"hunter2-of-the-variables","Port":5432}}}`, `"pendingModifiedValues":{"MasterUserPassword":"***","Port":5432}`},
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

// sentOnPurpose are members that Port gets although an example does not show them: the ARNs and names of
// secrets, how a build gets its source, the file of a build specification, the name of a secret in place
// of a variable, and the configuration of a pipeline's action, but what is free in it.
var sentOnPurpose = regexp.MustCompile(`\.secretOptions\[\]\.|\.registryCredential\.|\.auth\.|\.buildspec$|\.environmentVariables\[\]\.value$|\.configuration\.`)

// TestNoBlankedMemberIsSent maps documents with every member of every kind by default. What an example
// would not show, because it may hold commands, options or a secret, is in no entity either.
func TestNoBlankedMemberIsSent(t *testing.T) {
	t.Parallel()
	byKind, masks := resources(t), mask.New()
	files, err := filepath.Glob("../../aws/kinds/testdata/every/*.golden.json")
	if err != nil || len(files) < 33 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			for _, document := range documents(t, file) {
				wantNoBlankedSent(t, byKind, masks, document, sentOnPurpose)
			}
		})
	}
}

// wantNoBlankedSent maps a document whose texts are all different, and fails if one is sent that an
// example does not show, unless its path is allowed.
func wantNoBlankedSent(t *testing.T, byKind map[string]*mapping.Resource, masks *mask.Mask, document map[string]any, allowed *regexp.Regexp) {
	t.Helper()
	marks := make(map[string]string)
	properties := marked(marks, "", document["Properties"]).(map[string]any)
	example, err := json.Marshal(masks.Document(properties))
	if err != nil {
		t.Fatal(err)
	}
	document["Properties"] = properties
	entity, _, ok := mapOne(t, byKind, document)
	if !ok {
		return
	}
	sent := string(entity.AppendJSON(nil))
	for mark, path := range marks {
		if !strings.Contains(string(example), mark) && strings.Contains(sent, mark) && !allowed.MatchString(path) {
			t.Errorf("%s%s is sent", document["Type"], path)
		}
	}
}

// marked puts a text of its own in the place of each text.
func marked(marks map[string]string, path string, value any) any {
	switch value := value.(type) {
	case string:
		mark := fmt.Sprintf("mark-%05d", len(marks))
		marks[mark] = path
		return mark
	case map[string]any:
		for name, member := range value {
			value[name] = marked(marks, path+"."+name, member)
		}
	case []any:
		for i, member := range value {
			value[i] = marked(marks, path+"[]", member)
		}
	}
	return value
}

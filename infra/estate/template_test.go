package estate_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/settings"
)

// The golden templates are what cfn-lint reads, and what a reviewer sees of a change.
func TestTemplates(t *testing.T) {
	for name, i := range installed {
		golden(t, name, i.text)
		for id, text := range i.template.bodies() {
			if id == "OwnEventRules" {
				if other := i.template.bodies()["EventRules"]; other != "" && other != text {
					t.Errorf("%s: the rules of the stack's own account are others", name)
				}
				id = "EventRules"
			}
			var indented map[string]any
			if err := json.Unmarshal([]byte(text), &indented); err != nil {
				t.Fatal(err)
			}
			lines, err := json.MarshalIndent(indented, "", " ")
			if err != nil {
				t.Fatal(err)
			}
			golden(t, name+map[string]string{"ReadRoles": ".members", "EventRules": ".rules"}[id], string(lines)+"\n")
		}
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".json")
	if *update {
		must(os.MkdirAll("testdata", 0o750))
		must(os.WriteFile(path, []byte(got), 0o600))
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; go test ./infra/estate -update writes it", err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("%s is not as it was (-want +got); -update if that is meant:\n%s", path, diff)
	}
}

// A template that names a partition works in no other.
func TestNoPartitionIsNamed(t *testing.T) {
	for name, i := range installed {
		if name == "everything" || name == "existing" || name == "list" {
			continue // they are given ARNs, which name theirs
		}
		if strings.Contains(i.text, "arn:aws:") {
			t.Errorf("%s names the partition aws", name)
		}
		if strings.Contains(i.text, "amazonaws.com/") {
			t.Errorf("%s names a host of the partition aws", name)
		}
	}
}

func TestNoCodeRunsInADeployment(t *testing.T) {
	for name, i := range installed {
		for id, r := range i.template.Resources {
			if strings.HasPrefix(r.Type, "Custom::") || r.Type == "AWS::CloudFormation::CustomResource" {
				t.Errorf("%s: %s is a custom resource", name, id)
			}
		}
		if n := len(i.template.ofType("AWS::Lambda::Function")); n != 1 {
			t.Errorf("%s has %d functions", name, n)
		}
	}
}

// The function's own code must accept the environment that the stack sets.
func TestTheFunctionTakesItsEnvironment(t *testing.T) {
	known := map[string]bool{}
	for _, row := range settings.Table() {
		known[row.Name] = true
	}
	// What CloudFormation puts in the place of its intrinsic functions.
	deployed := map[string]string{
		"OCEAN__INTEGRATION__CONFIG__ACCOUNT_ROLE_ARN": "arn:aws:iam::111122223333:role/PortOceanReadRole",
		"OCEAN__INTEGRATION__CONFIG__EXTERNAL_ID":      "5b1a0e40-2f0f-11ef-8f4b-0a58a9feac02",
		"PORTOLAN_STATE":        "s3://portolan-state-1c20cc9a/portolan",
		"PORTOLAN_EVENTS_QUEUE": "https://sqs.eu-west-1.amazonaws.com/111122223333/Portolan-Events-1c20cc9a",
		"PORT_SECRET_ARN":       "arn:aws:secretsmanager:eu-west-1:111122223333:secret:Portolan/port-AbCdEf",
	}
	for name, i := range installed {
		environ := []string{"AWS_LAMBDA_RUNTIME_API=127.0.0.1:9001"}
		variables := at(i.template.one(t, "AWS::Lambda::Function").Properties, "Environment", "Variables").(map[string]any)
		for variable, value := range variables {
			text, plain := value.(string)
			if !plain {
				text = deployed[variable]
			}
			if !known[variable] || text == "" {
				t.Errorf("%s: %s is not a setting, or has no value", name, variable)
			}
			environ = append(environ, variable+"="+text)
		}
		for variable, text := range i.config.Lists() {
			environ = append(environ, variable+"="+text)
		}
		loaded, err := settings.Load(environ)
		if err != nil {
			t.Errorf("%s: the function would not start: %v", name, err)
		}
		if len(loaded.Warnings) > 0 {
			t.Errorf("%s: the function would warn: %v", name, loaded.Warnings)
		}
		if loaded.State.Place == "" || loaded.Port.SecretARN == "" {
			t.Errorf("%s: state %q, secret %q", name, loaded.State.Place, loaded.Port.SecretARN)
		}
	}
}

// make secret, make invoke and make logs look for these.
func TestOutputs(t *testing.T) {
	for name, i := range installed {
		for _, want := range []string{"FunctionName", "SecretArn", "LogGroupName", "FunctionRoleArn", "DashboardUrl",
			"SecretCommand", "PlanCommand", "InvokeCommand", "LogsCommand"} {
			if i.template.Outputs[want].Value == nil {
				t.Errorf("%s has no output %s", name, want)
			}
		}
		if _, has := i.template.Outputs["ManagementCommand"]; has != i.config.Members.DelegatedAdmin {
			t.Errorf("%s: output ManagementCommand %v", name, has)
		}
	}
}

// Package examples_test holds the files of this folder against what reads them.
package examples_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"portolan/infra/config"
	"portolan/internal/settings"
)

// secrets are what the examples take from a Secret, an env file or Secrets Manager.
var secrets = []string{"OCEAN__PORT__CLIENT_ID=id", "OCEAN__PORT__CLIENT_SECRET=secret"}

func read(t *testing.T, file string, into any) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err == nil && strings.HasSuffix(file, ".json") {
		err = json.Unmarshal(text, into)
	} else if err == nil {
		err = yaml.Unmarshal(text, into)
	}
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

func TestConfigurations(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("portolan/*.yaml")
	if err != nil || len(files) < 5 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		c, err := config.Load(map[string]any{"config": file, "organizationId": "o-a1b2c3d4e5", "organizationRootId": "r-ab12"}, os.DirFS("."))
		if strings.Contains(file, "single") || strings.Contains(file, "existing") {
			c, err = config.Load(map[string]any{"config": file}, os.DirFS("."))
		}
		if err != nil || c.Environment["OCEAN__INTEGRATION__IDENTIFIER"] == "" {
			t.Errorf("%s: %v", file, err)
		}
	}
}

// variable is a variable of a container, in the words of Kubernetes and of ECS.
type variable struct{ Name, Value string }

// TestContainers has the settings accept the environment of each container.
func TestContainers(t *testing.T) {
	t.Parallel()
	var (
		cron struct {
			Spec struct {
				JobTemplate struct {
					Spec struct {
						Template struct {
							Spec struct{ Containers []struct{ Env []variable } }
						}
					}
				} `yaml:"jobTemplate"`
			}
		}
		compose struct {
			Services map[string]struct{ Environment map[string]string }
		}
		task struct {
			ContainerDefinitions []struct{ Environment, Secrets []variable }
		}
	)
	read(t, "kubernetes/cronjob.yaml", &cron)
	read(t, "compose/compose.yaml", &compose)
	read(t, "ecs/task.json", &task)
	environments := map[string][]variable{
		"kubernetes": cron.Spec.JobTemplate.Spec.Template.Spec.Containers[0].Env,
		"ecs":        task.ContainerDefinitions[0].Environment,
	}
	for name, value := range compose.Services["portolan"].Environment {
		environments["compose"] = append(environments["compose"], variable{name, value})
	}
	for where, environment := range environments {
		environ := secrets
		for _, v := range environment {
			environ = append(environ[:len(environ):len(environ)], v.Name+"="+v.Value)
		}
		s, err := settings.Load(environ)
		if err != nil || len(s.Warnings) > 0 || s.AWS.RoleARN == "" || s.State.Place == "" {
			t.Errorf("%s: %v %v", where, err, s.Warnings)
		}
	}
	for _, secret := range task.ContainerDefinitions[0].Secrets {
		if !slices.ContainsFunc(secrets, func(known string) bool { return strings.HasPrefix(known, secret.Name+"=") }) {
			t.Errorf("ecs: the secret %s is not one of Port's", secret.Name)
		}
	}
}

// TestValues has the settings accept what the chart makes of the integration's values: a variable for
// each, OCEAN__INTEGRATION__CONFIG__ACCOUNT_ROLE_ARN for integration.config.accountRoleArn.
func TestValues(t *testing.T) {
	t.Parallel()
	var values struct {
		Image, ImageRegistry string
		Port                 struct{ BaseURL string }
		Integration          struct {
			Identifier, Type string
			EventListener    struct{ Type string } `yaml:"eventListener"`
			Config           map[string]string
		}
		ExtraEnv []variable `yaml:"extraEnv"`
	}
	read(t, "helm/values.yaml", &values)
	environ := append([]string{
		"OCEAN__INTEGRATION__IDENTIFIER=" + values.Integration.Identifier, "OCEAN__INTEGRATION__TYPE=" + values.Integration.Type,
		"OCEAN__EVENT_LISTENER__TYPE=" + values.Integration.EventListener.Type,
	}, secrets...)
	for name, value := range values.Integration.Config {
		var upper strings.Builder
		for _, r := range name {
			if r >= 'A' && r <= 'Z' {
				upper.WriteByte('_')
			}
			upper.WriteRune(r)
		}
		environ = append(environ, "OCEAN__INTEGRATION__CONFIG__"+strings.ToUpper(upper.String())+"="+value)
	}
	for _, v := range values.ExtraEnv {
		environ = append(environ, v.Name+"="+v.Value)
	}
	if s, err := settings.Load(environ); err != nil || len(s.Warnings) > 0 || s.AWS.RoleARN == "" || s.State.Place == "" {
		t.Errorf("%v %v", err, s.Warnings)
	}
}

// TestReadme names every example, and only those.
func TestReadme(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("*/*")
	if err != nil {
		t.Fatal(err)
	}
	files = slices.DeleteFunc(files, func(file string) bool { return strings.HasPrefix(file, "testdata/") })
	for _, file := range files {
		if !strings.Contains(string(text), "]("+file+")") {
			t.Errorf("README.md does not name %s", file)
		}
	}
	if named := strings.Count(string(text), "| ["); named != len(files) {
		t.Errorf("README.md names %d files, there are %d", named, len(files))
	}
}

package main

import (
	"cmp"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"portolan/internal/settings"
)

// TestManifests loads the settings that the page's other manifests set in a container.
func TestManifests(t *testing.T) {
	t.Parallel()
	type variable struct{ Name, Value, ValueFrom string }
	var job struct {
		Spec struct {
			JobTemplate struct {
				Spec struct {
					Template struct {
						Spec struct {
							Containers []struct {
								Image string
								Env   []variable
							}
						}
					}
				}
			}
		}
	}
	manifest, err := yaml.YAMLToJSON([]byte(fenced(t, "yaml")))
	if err == nil {
		err = json.Unmarshal(manifest, &job)
	}
	if err != nil {
		t.Fatal(err)
	}
	var task struct {
		ContainerDefinitions []struct {
			Image                string
			Environment, Secrets []variable
		}
	}
	if err := json.Unmarshal([]byte(fenced(t, "json")), &task); err != nil {
		t.Fatal(err)
	}
	pod, container := job.Spec.JobTemplate.Spec.Template.Spec.Containers[0], task.ContainerDefinitions[0]
	secret := []variable{{Name: "OCEAN__PORT__CLIENT_ID", Value: "id"}, {Name: "OCEAN__PORT__CLIENT_SECRET", Value: "secret"}}
	for where, given := range map[string][]variable{
		"the CronJob": append(pod.Env, secret...), "the task": append(container.Environment, container.Secrets...),
	} {
		var environ []string
		for _, v := range given {
			environ = append(environ, v.Name+"="+cmp.Or(v.Value, v.ValueFrom))
		}
		got, err := settings.Load(environ)
		if err != nil || len(got.Warnings) > 0 || got.AWS.RoleARN != own || got.State.Place == "" || got.Port.ClientSecret == "" ||
			got.Schedule.Listener != "ONCE" {
			t.Errorf("%s has %+v, %v", where, got, err)
		}
	}
	if pod.Image != image || container.Image != image {
		t.Errorf("the images are %s and %s", pod.Image, container.Image)
	}
}

// fenced returns the one block of the page in a language.
func fenced(t *testing.T, language string) string {
	t.Helper()
	page, err := os.ReadFile("../../docs/containers.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(page), "```"+language+"\n")
	block, _, found := strings.Cut(after, "```")
	if !found {
		t.Fatalf("no block of %s", language)
	}
	return block
}

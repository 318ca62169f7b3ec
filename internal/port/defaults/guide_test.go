package defaults_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/port/defaults"
)

// installedByOcean are the samples of kinds that Ocean itself installs in another form
// than in its guide: identifier or title differ, and these are all the properties.
var installedByOcean = map[string]struct {
	identifier, title string
	properties        []string
}{
	"s3-bucket":    {"arn:aws:s3:::my-production-bucket", "my-production-bucket", []string{"arn", "creationDate", "tags"}},
	"ec2-instance": {"i-0a1b2c3d4e5f67890", "i-0a1b2c3d4e5f67890", []string{"arn", "instanceType", "privateIpAddress", "publicIpAddress", "state", "tags"}},
}

// notSent are the values of environment variables and the commands in the samples, by their paths: the
// one thing in which the default mapping differs from the guide's.
var notSent = map[string][]string{
	"lambda-function": {
		"Environment.Variables.ENV_VAR_1", "Environment.Variables.ENV_VAR_2", "ImageConfigResponse.ImageConfig.Command.0",
		"ImageConfigResponse.ImageConfig.Command.1", "ImageConfigResponse.ImageConfig.EntryPoint.0",
	},
	"codebuild-project": {"environment.environmentVariables.0.value"},
}

// hide replaces the text at a path of objects and lists.
func hide(t *testing.T, value any, path string) {
	t.Helper()
	step, rest, more := strings.Cut(path, ".")
	var member any
	var replace func(any)
	switch value := value.(type) {
	case map[string]any:
		member, replace = value[step], func(v any) { value[step] = v }
	case []any:
		i, err := strconv.Atoi(step)
		if err != nil || i >= len(value) {
			t.Fatalf("the sample has no element %s", step)
		}
		member, replace = value[i], func(v any) { value[i] = v }
	}
	if more {
		hide(t, member, rest)
		return
	}
	if _, text := member.(string); !text {
		t.Fatalf("the sample has no text %s", step)
	}
	replace("***")
}

// TestGuidesEntitiesAreFound maps the samples' documents with the default mapping: users of
// the examples in Ocean's guide find the same entities, with the same properties, except the
// values of environment variables and commands. There may be more properties.
func TestGuidesEntitiesAreFound(t *testing.T) {
	t.Parallel()
	type entity struct {
		Identifier, Title, Blueprint string
		Properties, Relations        map[string]any
	}
	byKind, all := resources(t), blueprints(t, defaults.All())
	folders, err := filepath.Glob("../../mapping/testdata/samples/*")
	if err != nil || len(folders) != 20 {
		t.Fatalf("%d samples, %v", len(folders), err)
	}
	for _, folder := range folders {
		t.Run(filepath.Base(folder), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(filepath.Join(folder, "entity.json"))
			if err != nil {
				t.Fatal(err)
			}
			var want, got entity
			if err := json.Unmarshal(text, &want); err != nil {
				t.Fatal(err)
			}
			mapped, _, ok := mapOne(t, byKind, documents(t, filepath.Join(folder, "document.json"))[0])
			if !ok {
				t.Fatal("no entity")
			}
			if err := json.Unmarshal(mapped.AppendJSON(nil), &got); err != nil {
				t.Fatal(err)
			}
			if installed, ok := installedByOcean[filepath.Base(folder)]; ok {
				want.Identifier, want.Title = installed.identifier, installed.title
				for name := range want.Properties {
					if !slices.Contains(installed.properties, name) {
						delete(want.Properties, name)
					}
				}
				if len(got.Properties) != len(installed.properties) {
					t.Errorf("properties %v, want %v", got.Properties, installed.properties)
				}
			}
			for _, path := range notSent[filepath.Base(folder)] {
				hide(t, want.Properties, path)
			}
			for name := range want.Properties {
				if _, has := all[got.Blueprint].Schema.Properties[name]; !has {
					t.Errorf("the blueprint has no property %s", name)
				}
			}
			for name := range got.Properties {
				if _, asked := want.Properties[name]; !asked {
					delete(got.Properties, name)
				}
			}
			for name := range got.Relations {
				if _, asked := want.Relations[name]; !asked {
					delete(got.Relations, name)
				}
			}
			if want.Relations == nil {
				got.Relations = nil
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("entity (-sample +default):\n%s", diff)
			}
		})
	}
}

// TestGuidesBlueprintsAreFound holds our blueprints against those of the guide's examples:
// their identifiers, properties with their types, and relations. Tags of a function are
// an object, as AWS answers them, and not a list.
func TestGuidesBlueprintsAreFound(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/guide.json")
	if err != nil {
		t.Fatal(err)
	}
	var guide map[string]struct {
		Identifier            string
		Properties, Relations map[string]string
	}
	if err := json.Unmarshal(text, &guide); err != nil || len(guide) != 20 {
		t.Fatalf("%d blueprints, %v", len(guide), err)
	}
	var ours map[string]struct {
		Schema struct {
			Properties map[string]struct {
				Type string
				Enum []any
			}
		}
		Relations map[string]struct{ Target string }
	}
	all := map[string]json.RawMessage{}
	for _, raw := range defaults.All().Blueprints {
		var b struct{ Identifier string }
		if err := json.Unmarshal(raw, &b); err != nil {
			t.Fatal(err)
		}
		all[b.Identifier] = raw
	}
	if joined, err := json.Marshal(all); err != nil || json.Unmarshal(joined, &ours) != nil {
		t.Fatal(err)
	}
	for name, want := range guide {
		got, ok := ours[want.Identifier]
		if !ok {
			t.Errorf("%s: no blueprint %s", name, want.Identifier)
			continue
		}
		installed, byOcean := installedByOcean[name]
		for property, kind := range want.Properties {
			if byOcean && !slices.Contains(installed.properties, property) {
				continue
			}
			if want.Identifier == "lambdaFunction" && property == "Tags" {
				kind = "object"
			}
			if got.Schema.Properties[property].Type != kind {
				t.Errorf("%s: %s is %q, want %q", want.Identifier, property, got.Schema.Properties[property].Type, kind)
			}
		}
		for relation, target := range want.Relations {
			if got.Relations[relation].Target != target {
				t.Errorf("%s: %s leads to %q, want %q", want.Identifier, relation, got.Relations[relation].Target, target)
			}
		}
		if byOcean {
			continue
		}
		for property, schema := range got.Schema.Properties {
			if schema.Enum != nil && property != "joinedMethod" { // of an account: INVITED or CREATED
				t.Errorf("%s: %s lists values, and AWS may add some", want.Identifier, property)
			}
		}
	}
}

// ocean are the default resources of Ocean's aws-v3.
type ocean struct {
	Blueprints []map[string]any
	Config     struct {
		DeleteDependentEntities, CreateMissingRelatedEntities, EnableMergeEntity bool
		EntityDeletionThreshold                                                  float64
		Resources                                                                []map[string]any
	}
}

// TestPeerIsOceans holds what Ocean installs, to the last title and description:
// https://github.com/port-labs/ocean/tree/main/integrations/aws-v3/.port/resources
func TestPeerIsOceans(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/ocean.json")
	if err != nil {
		t.Fatal(err)
	}
	var want, got ocean
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	d := defaults.Ocean()
	if err := json.Unmarshal(d.Config, &got.Config); err != nil {
		t.Fatal(err)
	}
	for _, raw := range d.Blueprints {
		var b map[string]any
		if err := json.Unmarshal(raw, &b); err != nil {
			t.Fatal(err)
		}
		got.Blueprints = append(got.Blueprints, b)
	}
	// Ocean's composes the ARN for one partition. TestARNsOfPartitions holds ours.
	for _, config := range []*ocean{&want, &got} {
		for _, resource := range config.Config.Resources {
			if resource["kind"] == "AWS::EC2::Instance" {
				mappings := resource["port"].(map[string]any)["entity"].(map[string]any)["mappings"].(map[string]any)
				delete(mappings["properties"].(map[string]any), "arn")
			}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("defaults (-Ocean's +ours):\n%s", diff)
	}
}

// TestBlueprintsNameTheirParts wants the parts that Ocean's blueprints have, empty as
// they may be.
func TestBlueprintsNameTheirParts(t *testing.T) {
	t.Parallel()
	for _, raw := range defaults.All().Blueprints {
		var parts map[string]json.RawMessage
		if err := json.Unmarshal(raw, &parts); err != nil {
			t.Fatal(err)
		}
		for _, part := range []string{"mirrorProperties", "calculationProperties", "aggregationProperties", "relations"} {
			if _, ok := parts[part]; !ok {
				t.Errorf("%s has no %s", parts["identifier"], part)
			}
		}
	}
}

package defaults_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/mapping"
	"portolan/internal/port"
	"portolan/internal/port/defaults"
)

// entityIdentifier is what Port takes: letters beyond ASCII too, which no identifier of
// ours needs. https://docs.port.io/api-reference/create-an-entity
var entityIdentifier = regexp.MustCompile(`^[A-Za-z0-9@_.+:\\/='-]{1,1000}$`)

func resources(t testing.TB) map[string]*mapping.Resource {
	t.Helper()
	return resourcesOf(t, defaults.All())
}

func resourcesOf(t testing.TB, d port.Defaults) map[string]*mapping.Resource {
	t.Helper()
	config, err := mapping.Compile(d.Config, known)
	if err != nil {
		t.Fatal(err)
	}
	for _, wrong := range config.Diagnostics {
		t.Error(wrong)
	}
	byKind := make(map[string]*mapping.Resource)
	for _, resource := range config.Resources {
		byKind[resource.Kind] = resource
	}
	return byKind
}

// documents reads a file that holds a document or a list of them.
func documents(t testing.TB, name string) []map[string]any {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(string(text), "[") {
		text = slices.Concat([]byte("["), text, []byte("]"))
	}
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	decoder.UseNumber()
	var list []map[string]any
	if err := decoder.Decode(&list); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return list
}

// estate is one resource of each kind, or more. They belong together: whatever one of them
// relates to is another. A native kind that the file lacks is there with the first document of
// its own test.
func estate(t testing.TB) []map[string]any {
	t.Helper()
	all := slices.Concat(documents(t, "testdata/estate.json"), documents(t, "testdata/cloudcontrol.json"))
	for _, kind := range slices.Sorted(maps.Keys(resources(t))) {
		if !slices.ContainsFunc(all, func(document map[string]any) bool { return document["Type"] == kind }) {
			name := strings.ReplaceAll(kind, "::", "_") + ".golden.json"
			all = append(all, documents(t, filepath.Join("..", "..", "aws", "kinds", "testdata", name))[0])
		}
	}
	return all
}

// mapOne maps a document. An expression that fails is an error of the test. One that
// returns null is not, but without an identifier there is no entity.
func mapOne(t *testing.T, byKind map[string]*mapping.Resource, document map[string]any) (entity mapping.Entity, nulls []string, ok bool) {
	t.Helper()
	resource := byKind[document["Type"].(string)]
	if resource == nil {
		t.Fatalf("%s has no default mapping", document["Type"])
	}
	result := resource.Map(t.Context(), document)
	for _, failure := range result.Errors {
		t.Errorf("%s: %v", resource.Kind, failure)
	}
	for _, drop := range result.Dropped {
		if drop.Reason != "the expression returned null" {
			t.Errorf("%s: %s: %s", resource.Kind, drop.Field, drop.Reason)
		}
	}
	for _, null := range result.Nulls {
		nulls = append(nulls, null.Field)
		if null.Reason != "" {
			t.Errorf("%s: %s: %s", resource.Kind, null.Field, null.Reason)
		}
	}
	if len(result.Entities) == 0 {
		return mapping.Entity{}, nulls, false
	}
	if id := result.Entities[0].Key(); !entityIdentifier.MatchString(id) {
		t.Errorf("%s: Port takes no identifier %q", resource.Kind, id)
	}
	return result.Entities[0], nulls, true
}

func TestEstateIsComplete(t *testing.T) {
	t.Parallel()
	byKind := resources(t)
	never := make(map[string][]string) // what is null in all documents of a kind so far
	for _, document := range estate(t) {
		kind := document["Type"].(string)
		_, nulls, ok := mapOne(t, byKind, document)
		if !ok {
			t.Errorf("%s has no entity", kind)
		}
		if before, seen := never[kind]; seen {
			nulls = slices.DeleteFunc(nulls, func(field string) bool { return !slices.Contains(before, field) })
		}
		never[kind] = nulls
	}
	for kind := range byKind {
		if nulls, seen := never[kind]; !seen || len(nulls) > 0 {
			t.Errorf("the estate has %s: %t, with null for %v", kind, seen, nulls)
		}
	}
}

// TestRelationsMeet wants a relation to compute its target's identifier as the
// target's own mapping does.
func TestRelationsMeet(t *testing.T) {
	t.Parallel()
	for name, d := range map[string]port.Defaults{"native": defaults.Native(), "all": defaults.All()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := documentedRelations(t, name)
			if diff := cmp.Diff(want, relationsMet(t, d)); diff != "" {
				t.Errorf("relations beside account (-want +got):\n%s", diff)
			}
		})
	}
}

// documentedRelations are the relations in testdata/relations.txt that a group installs: those
// of the first lines, and all that the file has.
func documentedRelations(t *testing.T, group string) []string {
	t.Helper()
	text, err := os.ReadFile("testdata/relations.txt")
	if err != nil {
		t.Fatal(err)
	}
	native, beyond, found := strings.Cut(strings.TrimSpace(string(text)), "\n\n")
	if !found {
		t.Fatal("the relations are not in two parts")
	}
	lines := strings.Split(native, "\n")
	if group == "all" {
		lines = slices.Concat(lines, strings.Split(beyond, "\n"))
	}
	slices.Sort(lines)
	return lines
}

// relationsMet maps the estate and follows each relation. It returns those that lead somewhere,
// sorted: "ebsVolume.instance ec2Instance".
func relationsMet(t *testing.T, d port.Defaults) []string {
	t.Helper()
	byKind, all := resourcesOf(t, d), blueprints(t, d)
	made := make(map[string]bool) // blueprint and identifier
	var entities []mapping.Entity
	for _, document := range estate(t) {
		if byKind[document["Type"].(string)] == nil {
			continue
		}
		if entity, _, ok := mapOne(t, byKind, document); ok {
			made[entity.Blueprint+" "+entity.Key()] = true
			entities = append(entities, entity)
		}
	}
	var got []string
	for _, entity := range entities {
		for _, relation := range entity.Relations {
			if relation.Value == nil {
				continue
			}
			target := all[entity.Blueprint].Relations[relation.Name].Target
			identifiers, ok := relation.Targets()
			if !ok || len(identifiers) == 0 || slices.ContainsFunc(identifiers, func(id string) bool { return !made[target+" "+id] }) {
				t.Errorf("%s.%s = %v, which is not a %s of the estate", entity.Blueprint, relation.Name, relation.Value, target)
			}
			if relation.Name != "account" {
				got = append(got, entity.Blueprint+"."+relation.Name+" "+target)
			}
		}
	}
	slices.Sort(got)
	return slices.Compact(got)
}

// TestDocumentsMap maps documents from elsewhere: those of the kinds' own tests, which
// have only what AWS always answers, and public samples, some without a context.
func TestDocumentsMap(t *testing.T) {
	t.Parallel()
	byKind := resources(t)
	var files []string
	for _, pattern := range []string{"../../aws/kinds/testdata/*.golden.json", "../../mapping/testdata/samples/*/document.json"} {
		found, err := filepath.Glob(pattern)
		if err != nil || len(found) == 0 {
			t.Fatalf("%s: %d files, %v", pattern, len(found), err)
		}
		files = append(files, found...)
	}
	for _, file := range files {
		entities := 0
		for _, document := range documents(t, file) {
			if _, _, ok := mapOne(t, byKind, document); ok {
				entities++
			}
		}
		if entities == 0 {
			t.Errorf("%s has no entity", file)
		}
	}
}

// TestWhatIsMissingIsNull takes from each document, in turn, each property and the
// context, and puts null in its place.
func TestWhatIsMissingIsNull(t *testing.T) {
	t.Parallel()
	byKind := resources(t)
	for _, document := range estate(t) {
		for _, part := range []string{"Properties", "__ExtraContext"} {
			members := document[part].(map[string]any)
			for name := range members {
				for _, null := range []bool{false, true} {
					changed := maps.Clone(members)
					delete(changed, name)
					if null {
						changed[name] = nil
					}
					variant := maps.Clone(document)
					variant[part] = changed
					mapOne(t, byKind, variant)
				}
			}
		}
		mapOne(t, byKind, map[string]any{"Type": document["Type"]})
	}
}

func TestIdentifiersOfWhatHasNoARN(t *testing.T) {
	t.Parallel()
	byKind := resources(t)
	type object = map[string]any
	for _, test := range []struct {
		kind       string
		properties map[string]any
		want       string // without account and region
	}{
		{"CodeDeploy::DeploymentGroup", object{"ApplicationName": "web_shop-1.0", "DeploymentGroupName": "c"}, "web_shop-1.0/c"},
		{"CodeDeploy::DeploymentGroup", object{"ApplicationName": "web shop", "DeploymentGroupName": "c"}, "web=20shop/c"},
		{"CodeDeploy::DeploymentGroup", object{"ApplicationName": "web=20shop", "DeploymentGroupName": "c"}, "web=3D20shop/c"},
		{"CodeDeploy::DeploymentGroup", object{"ApplicationName": "a,b+c~d/ü", "DeploymentGroupName": "c"}, "a=2Cb=2Bc=7Ed=2F=C3=BC/c"},
		{"CodeDeploy::DeploymentGroup", object{"ApplicationName": "a/b", "DeploymentGroupName": "c"}, "a=2Fb/c"},
		{"CodeDeploy::DeploymentTarget", object{"DeploymentId": "d-1", "LambdaTarget": object{"targetId": "resize:live"}}, "d-1/resize:live"},
		{"CodeDeploy::DeploymentTarget", object{"DeploymentId": "d-1", "InstanceTarget": nil, "EcsTarget": object{"targetId": "web:shop"}}, "d-1/web:shop"},
		{"CodeDeploy::DeploymentTarget", object{"DeploymentId": "d-1", "CloudFormationTarget": object{"targetId": "arn:aws:x:::stack/s 1"}}, "d-1/arn:aws:x:::stack/s=201"},
	} {
		entity, _, ok := mapOne(t, byKind, map[string]any{
			"Type": "AWS::" + test.kind, "Properties": test.properties,
			"__ExtraContext": object{"AccountId": "111122223333", "Region": "eu-west-1"},
		})
		if want := "111122223333/eu-west-1/" + test.want; !ok || entity.Key() != want {
			t.Errorf("%s %v is %q, want %q", test.kind, test.properties, entity.Key(), want)
		}
	}
}

// TestIdentifiersOfIdentities: the guide's identifier is the name. A mail address may
// hold what Port does not take.
func TestIdentifiersOfIdentities(t *testing.T) {
	t.Parallel()
	byKind := resources(t)
	for name, want := range map[string]string{
		"example.com": "example.com", "first+last@example.com": "first+last@example.com", "a/b=c@example.com": "a/b=c@example.com",
		"o'neil@example.com": "o'neil@example.com", "~o'neil!@example.com": "=7Eo'neil=21@example.com",
	} {
		entity, _, ok := mapOne(t, byKind, map[string]any{
			"Type": "AWS::SES::EmailIdentity", "Properties": map[string]any{"IdentityName": name},
			"__ExtraContext": map[string]any{"AccountId": "111122223333", "Region": "eu-west-1"},
		})
		if !ok || entity.Key() != want {
			t.Errorf("%s is %q, want %q", name, entity.Key(), want)
		}
	}
}

// TestARNsOfPartitions is about the ARNs that mappings compose of a region's name.
func TestARNsOfPartitions(t *testing.T) {
	t.Parallel()
	byKind := resources(t)
	for region, partition := range map[string]string{
		"eu-west-1": "aws", "ap-southeast-2": "aws", "us-gov-west-1": "aws-us-gov", "cn-north-1": "aws-cn",
		"eusc-de-east-1": "aws-eusc", "us-iso-east-1": "aws-iso", "us-isob-east-1": "aws-iso-b",
		"eu-isoe-west-1": "aws-iso-e", "us-isof-south-1": "aws-iso-f",
	} {
		for _, test := range []struct{ kind, property, value, field, rest string }{
			{"AWS::EC2::Instance", "InstanceId", "i-1", "arn", "ec2:*:111122223333:instance/i-1"},
			{"AWS::EC2::Volume", "VolumeId", "vol-1", "arn", "ec2:*:111122223333:volume/vol-1"},
			{"AWS::CodePipeline::PipelineExecution", "PipelineName", "shop", "pipeline", "codepipeline:*:111122223333:shop"},
		} {
			entity, _, _ := mapOne(t, byKind, map[string]any{
				"Type":           test.kind,
				"Properties":     map[string]any{test.property: test.value, "PipelineExecutionId": "e-1"},
				"__ExtraContext": map[string]any{"AccountId": "111122223333", "Region": region},
			})
			var got any
			for _, field := range slices.Concat(entity.Properties, entity.Relations) {
				if field.Name == test.field {
					got = field.Value
				}
			}
			if want := "arn:" + partition + ":" + strings.Replace(test.rest, "*", region, 1); got != want {
				t.Errorf("%s.%s in %s = %v, want %s", test.kind, test.field, region, got, want)
			}
		}
	}
}

package defaults_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/aws/cloudcontrol"
	"portolan/internal/aws/kinds"
	"portolan/internal/mapping"
	"portolan/internal/port"
	"portolan/internal/port/defaults"
)

type blueprint struct {
	Identifier, Title, Icon string
	Schema                  struct {
		Properties map[string]struct{ Type, Title string }
		Required   []string
	}
	Relations map[string]struct{ Target string }
}

func blueprints(t *testing.T, d port.Defaults) map[string]blueprint {
	t.Helper()
	all := make(map[string]blueprint)
	for _, raw := range d.Blueprints {
		var b blueprint
		if err := json.Unmarshal(raw, &b); err != nil {
			t.Fatal(err)
		}
		all[b.Identifier] = b
	}
	return all
}

// known is what a run knows of kinds.
func known(name string) (mapping.Actions, bool) {
	if k, _ := cloudcontrol.Resolve(name); k != nil {
		return mapping.Actions{Default: k.DefaultNames(), Optional: k.OptionalNames()}, true
	}
	return mapping.Actions{}, false
}

func TestDefaultsFitTogether(t *testing.T) {
	t.Parallel()
	for name, d := range map[string]port.Defaults{
		"ocean": defaults.Ocean(), "native": defaults.Native(), "all": defaults.All(), "a kind": defaults.Of("AWS::EC2::Subnet"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			checkBlueprints(t, blueprints(t, d))
			checkMapping(t, d)
		})
	}
}

// Port's limits: https://docs.port.io/api-reference/create-a-blueprint
var identifier = regexp.MustCompile(`^[A-Za-z0-9@_.+:\\/-]{1,100}$`)

func checkBlueprints(t *testing.T, all map[string]blueprint) {
	t.Helper()
	for id, b := range all {
		if !identifier.MatchString(id) || b.Title == "" || len(b.Title) > 100 || b.Icon == "" {
			t.Errorf("blueprint %q: title %q, icon %q", id, b.Title, b.Icon)
		}
		for name, property := range b.Schema.Properties {
			if property.Type == "" || property.Title == "" {
				t.Errorf("%s.%s has type %q and title %q", id, name, property.Type, property.Title)
			}
			if _, ok := b.Relations[name]; ok {
				t.Errorf("%s has a property and a relation %s", id, name)
			}
		}
		for name, relation := range b.Relations {
			if _, ok := all[relation.Target]; !ok {
				t.Errorf("%s.%s points at %q, which is not there", id, name, relation.Target)
			}
		}
	}
}

// unfed are properties of Ocean's blueprints that its mapping leaves alone.
var unfed = []string{"snsTopic.tags", "ecsCluster.title"}

func checkMapping(t *testing.T, d port.Defaults) {
	t.Helper()
	config, err := mapping.Compile(d.Config, known)
	if err != nil {
		t.Fatal(err)
	}
	for _, wrong := range config.Diagnostics {
		t.Error(wrong)
	}
	var raw struct {
		Resources []struct {
			Port struct {
				Entity struct {
					Mappings struct {
						Properties, Relations map[string]string
					}
				}
			}
		}
	}
	if err := json.Unmarshal(d.Config, &raw); err != nil {
		t.Fatal(err)
	}
	all := blueprints(t, d)
	for i, resource := range config.Resources {
		fixed, open := resource.Blueprints()
		if open || len(fixed) != 1 {
			t.Fatalf("%s maps to %v", resource.Kind, fixed)
		}
		b, ok := all[fixed[0]]
		if !ok {
			t.Fatalf("%s maps to %q, which is not there", resource.Kind, fixed[0])
		}
		mappings := raw.Resources[i].Port.Entity.Mappings
		for name := range mappings.Properties {
			if _, ok := b.Schema.Properties[name]; !ok {
				t.Errorf("%s maps the property %s, which %s does not have", resource.Kind, name, b.Identifier)
			}
		}
		for name := range b.Schema.Properties {
			if _, fed := mappings.Properties[name]; !fed && !slices.Contains(unfed, b.Identifier+"."+name) {
				t.Errorf("nothing feeds %s.%s", b.Identifier, name)
			}
		}
		for name := range mappings.Relations {
			if _, ok := b.Relations[name]; !ok {
				t.Errorf("%s maps the relation %s, which %s does not have", resource.Kind, name, b.Identifier)
			}
		}
		for name := range b.Relations {
			if _, fed := mappings.Relations[name]; !fed {
				t.Errorf("nothing feeds the relation %s.%s", b.Identifier, name)
			}
		}
	}
}

func TestAllCoversEveryKind(t *testing.T) {
	t.Parallel()
	config, err := mapping.Compile(defaults.All().Config, known)
	if err != nil {
		t.Fatal(err)
	}
	mapped := make(map[string]bool)
	for _, resource := range config.Resources {
		mapped[resource.Kind] = true
	}
	for _, k := range kinds.All {
		if !mapped[k.Type] {
			t.Errorf("%s has no default mapping", k.Type)
		}
	}
}

func TestFile(t *testing.T) {
	t.Parallel()
	for kind, want := range map[string]string{
		"AWS::Account::Info":                 "account-info",
		"AWS::S3::Bucket":                    "s3-bucket",
		"AWS::RDS::DBInstance":               "rds-db-instance",
		"AWS::DynamoDB::Table":               "dynamodb-table",
		"AWS::MSK::ServerlessCluster":        "msk-serverless-cluster",
		"AWS::CodePipeline::ActionExecution": "codepipeline-action-execution",
		"AWS::EC2::VPCEndpoint":              "ec2-vpc-endpoint",
		"AWS::Route53::HostedZone":           "route53-hosted-zone",
	} {
		if got := defaults.File(kind); got != want {
			t.Errorf("File(%s) = %s, want %s", kind, got, want)
		}
	}
}

// TestFilesAreNamedByKind wants a blueprint and a mapping of each kind in the folder of those
// that are read as it is, no other file, and the accounts before the rest.
func TestFilesAreNamedByKind(t *testing.T) {
	t.Parallel()
	d := defaults.All()
	config, err := mapping.Compile(d.Config, known)
	if err != nil {
		t.Fatal(err)
	}
	var order []string
	want := make(map[string][]string) // by folder
	for _, resource := range config.Resources {
		folder := "cloudcontrol"
		if kinds.ByType(resource.Kind) != nil {
			folder = "."
		}
		order = append(order, defaults.File(resource.Kind))
		want[folder] = append(want[folder], defaults.File(resource.Kind)+".json")
	}
	if first := []string{"account-info", "organizations-account"}; !slices.Equal(order[:2], first) {
		t.Errorf("the mapping begins with %v, want %v", order[:2], first)
	}
	if !slices.IsSorted(order[2:]) {
		t.Errorf("after the accounts the mapping goes by %v, want the alphabet", order[2:])
	}
	for _, folder := range []string{".", "cloudcontrol"} {
		slices.Sort(want[folder])
		for _, part := range []string{"blueprints", "mapping"} {
			entries, err := os.ReadDir(filepath.Join(folder, part))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, entry := range entries {
				got = append(got, entry.Name())
			}
			if diff := cmp.Diff(want[folder], got); diff != "" {
				t.Errorf("%s/%s (-kinds of the mapping +files):\n%s", folder, part, diff)
			}
		}
	}
	if len(d.Blueprints) != len(config.Resources) {
		t.Errorf("there are %d blueprints for %d kinds", len(d.Blueprints), len(config.Resources))
	}
}

// TestOptionalActions limits what a first run costs: an action is a call for each
// resource, except RDS's, because the listing already has the tags.
func TestOptionalActions(t *testing.T) {
	t.Parallel()
	config, err := mapping.Compile(defaults.All().Config, known)
	if err != nil {
		t.Fatal(err)
	}
	got := make(map[string][]string)
	for _, resource := range config.Resources {
		if actions := resource.Selector.IncludeActions; len(actions) > 0 {
			got[resource.Kind] = actions
		}
	}
	want := map[string][]string{
		"AWS::Lambda::Function": {"ListTagsAction"},
		"AWS::RDS::DBInstance":  {"ListTagsForResourceAction"},
		"AWS::SQS::Queue":       {"ListQueueTagsAction"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("included actions (-want +got):\n%s", diff)
	}
}

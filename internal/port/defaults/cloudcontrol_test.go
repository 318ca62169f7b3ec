package defaults_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/aws/cloudcontrol"
	"portolan/internal/fit"
	"portolan/internal/mapping"
	"portolan/internal/port"
	"portolan/internal/port/defaults"
	"portolan/internal/port/mask"
)

// beyond are the documents of the kinds that are read by Cloud Control.
func beyond(t *testing.T) []map[string]any {
	t.Helper()
	return documents(t, "testdata/cloudcontrol.json")
}

// decoded returns the blueprints of defaults as a run reads them from Port.
func decoded(t *testing.T, d port.Defaults) map[string]port.Blueprint {
	t.Helper()
	all := make(map[string]port.Blueprint)
	fit.WithDefaults(all, d.Blueprints)
	return all
}

// TestEntitiesFit holds each entity, as it would be written, against its blueprint.
func TestEntitiesFit(t *testing.T) {
	t.Parallel()
	d := defaults.All()
	byKind, all := resourcesOf(t, d), decoded(t, d)
	for _, resource := range byKind {
		for _, shape := range resource.Shapes() {
			for _, misfit := range fit.Shape(shape, all) {
				t.Errorf("%s: %v", resource.Kind, misfit)
			}
		}
	}
	for _, document := range estate(t) {
		entity, _, ok := mapOne(t, byKind, document)
		if !ok {
			continue
		}
		var written fit.Entity
		if err := json.Unmarshal(entity.AppendJSON(nil), &written); err != nil {
			t.Fatal(err)
		}
		if misfit := written.Values(all); misfit != nil {
			t.Errorf("%s %s: %v", document["Type"], entity.Key(), misfit)
		}
	}
}

// TestIdentifiersAreUnique wants no two resources to be one entity: not of two accounts, nor of two
// regions, nor of two kinds, even if all of them are called alike.
func TestIdentifiersAreUnique(t *testing.T) {
	t.Parallel()
	byKind, made := resources(t), make(map[string]string)
	for _, place := range []struct{ account, region string }{
		{"111122223333", "eu-west-1"}, {"444455556666", "eu-west-1"}, {"111122223333", "eu-central-1"},
	} {
		for _, document := range beyond(t) {
			if document["__ExtraContext"].(map[string]any)["Region"] == "us-east-1" && place.region != "eu-west-1" {
				continue // it is global, or there for what is
			}
			text, err := json.Marshal(document)
			if err != nil {
				t.Fatal(err)
			}
			var moved map[string]any
			there := strings.NewReplacer("111122223333", place.account, "eu-west-1", place.region).Replace(string(text))
			if err := json.Unmarshal([]byte(there), &moved); err != nil {
				t.Fatal(err)
			}
			entity, _, ok := mapOne(t, byKind, moved)
			at := fmt.Sprintf("%s %s in %v", document["Type"], document["Identifier"], place)
			if !ok {
				t.Errorf("%s has no entity", at)
				continue
			}
			key := entity.Blueprint + " " + entity.Key()
			if made[key] != "" {
				t.Errorf("%s is the entity of %s: %s", at, made[key], key)
			}
			made[key] = at
		}
	}
}

// TestNamesThatPortDoesNotTake are about kinds that AWS lets be called almost anything.
func TestNamesThatPortDoesNotTake(t *testing.T) {
	t.Parallel()
	byKind := resources(t)
	for kind, property := range map[string]string{
		"AWS::IAM::Role": "Arn", "AWS::IAM::User": "Arn", "AWS::IAM::ManagedPolicy": "PolicyArn", "AWS::IAM::OIDCProvider": "Arn",
		"AWS::CloudWatch::Alarm": "Arn", "AWS::Logs::LogGroup": "Arn", "AWS::AutoScaling::AutoScalingGroup": "AutoScalingGroupARN",
		"AWS::StepFunctions::StateMachine": "Arn", "AWS::Config::ConfigRule": "Arn", "AWS::Glue::Database": "DatabaseName",
		"AWS::Glue::Job": "Name", "AWS::Glue::Crawler": "Name",
	} {
		seen := make(map[string]string)
		for _, name := range []string{"a", "a b", "a,b", "a=2Cb", "a#b", "a*b", "a~b", "a=7Eb", "ü", "a'b", "(a)", "a%20b", `a\b`, "日本"} {
			entity, _, ok := mapOne(t, byKind, map[string]any{
				"Type": kind, "Identifier": name, "Properties": map[string]any{property: "arn:aws:x:eu-west-1:111122223333:x/" + name},
				"__ExtraContext": map[string]any{"AccountId": "111122223333", "Region": "eu-west-1"},
			})
			if !ok {
				t.Errorf("%s %q has no entity", kind, name)
			}
			if other, twice := seen[entity.Key()]; twice {
				t.Errorf("%s: %q and %q are both %q", kind, name, other, entity.Key())
			}
			seen[entity.Key()] = name
			if name == "a" && !strings.HasSuffix(entity.Key(), "arn:aws:x:eu-west-1:111122223333:x/a") {
				t.Errorf("%s: an ordinary name becomes %q", kind, entity.Key())
			}
		}
	}
}

// TestWhatBelongsToOthers: AWS's own policies and the transit gateways of other accounts are in
// every account's listing, and are not entities of it.
func TestWhatBelongsToOthers(t *testing.T) {
	t.Parallel()
	byKind := resources(t)
	for _, test := range []struct {
		kind, property, arn string
		ours                bool
	}{
		{"AWS::IAM::ManagedPolicy", "PolicyArn", "arn:aws:iam::aws:policy/ReadOnlyAccess", false},
		{"AWS::IAM::ManagedPolicy", "PolicyArn", "arn:aws-cn:iam::aws:policy/job-function/Billing", false},
		{"AWS::IAM::ManagedPolicy", "PolicyArn", "arn:aws:iam::111122223333:policy/aws", true},
		{"AWS::EC2::TransitGateway", "TransitGatewayArn", "arn:aws:ec2:eu-west-1:444455556666:transit-gateway/tgw-1", false},
		{"AWS::EC2::TransitGateway", "TransitGatewayArn", "arn:aws:ec2:eu-west-1:111122223333:transit-gateway/tgw-1", true},
	} {
		_, _, ok := mapOne(t, byKind, map[string]any{
			"Type": test.kind, "Identifier": test.arn, "Properties": map[string]any{test.property: test.arn},
			"__ExtraContext": map[string]any{"AccountId": "111122223333", "Region": "eu-west-1"},
		})
		if ok != test.ours {
			t.Errorf("%s has an entity: %t", test.arn, ok)
		}
	}
}

// TestWhatIsOnlyListed: the calls that read a secret or a parameter hand it out, so no role may make them, and
// a document has what the listing tells.
func TestWhatIsOnlyListed(t *testing.T) {
	t.Parallel()
	byKind := resources(t)
	const arn = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:shop/db-password-AbCdEf"
	for _, test := range []struct{ kind, property, id, identifier, title string }{
		{"AWS::SecretsManager::Secret", "Id", arn, arn, "shop/db-password"},
		{"AWS::SSM::Parameter", "Name", "/shop/url", "111122223333/eu-west-1//shop/url", "/shop/url"},
		{"AWS::SSM::Parameter", "Name", "url", "111122223333/eu-west-1/url", "url"},
	} {
		entity, _, ok := mapOne(t, byKind, map[string]any{
			"Type": test.kind, "Identifier": test.id, "Properties": map[string]any{test.property: test.id},
			"__ExtraContext": map[string]any{"AccountId": "111122223333", "Region": "eu-west-1"},
		})
		var got struct{ Identifier, Title string }
		if ok {
			if err := json.Unmarshal(entity.AppendJSON(nil), &got); err != nil {
				t.Fatal(err)
			}
		}
		if got.Identifier != test.identifier || got.Title != test.title {
			t.Errorf("%s %s is %+v", test.kind, test.id, got)
		}
	}
}

// secretLike are members that hold secrets, or what may: policies, variables, arguments,
// definitions, values.
var secretLike = regexp.MustCompile(`\.(\w*Polic(y|yDocument|ies)|\w*Environment(Variables)?|DefaultArguments|Value|Definition\w*|ContainerDefinitions|` +
	`Parameters|OptionSettings|ConfigurationValues|Input\w*|OriginCustomHeaders|Users|\w*Options|Content|UserData|TemplateBody|Statement|` +
	`\w*Password\w*|\w*Token\w*|Instruction|Secret(String)?)\b`)

// notSecret are the expressions that name such a member all the same: the state of a file system's
// backups and what it keeps how long, which ciphers a listener takes, which launch template a mixture of
// instances has, and the value of the tag Name.
var notSecret = regexp.MustCompile(`^\.Properties\.(BackupPolicy\.Status|LifecyclePolicies|SslPolicy)$|` +
	`\.MixedInstancesPolicy\.LaunchTemplate\.|select\(\.Key == "Name"\) \| \.Value \|`)

// TestNothingSecretIsMapped looks at each expression for a kind that is read by Cloud Control.
func TestNothingSecretIsMapped(t *testing.T) {
	t.Parallel()
	looked := 0
	for kind, resource := range resources(t) {
		if _, source := cloudcontrol.Resolve(kind); source == cloudcontrol.Native {
			continue
		}
		for field, texts := range resource.Expressions() {
			for _, text := range texts {
				looked++
				if secretLike.MatchString(text) && !notSecret.MatchString(text) {
					t.Errorf("%s: %s is %s", kind, field, text)
				}
				if text == ".Properties" || text == "." {
					t.Errorf("%s: %s is the whole document", kind, field)
				}
			}
		}
	}
	if looked < 500 {
		t.Errorf("there are %d expressions", looked)
	}
}

// sentOfModels are members that Port gets although an example does not show them: the ARN of a secret, and
// what sort of command a job runs.
var sentOfModels = regexp.MustCompile(`\.Auth\[\]\.SecretArn$|\.Command\.Name$`)

// TestNoBlankedMemberOfTheModelIsSent is TestNoBlankedMemberIsSent for what CloudFormation's models
// call so.
func TestNoBlankedMemberOfTheModelIsSent(t *testing.T) {
	t.Parallel()
	byKind, masks := resources(t), mask.New()
	for _, document := range beyond(t) {
		wantNoBlankedSent(t, byKind, masks, document, sentOfModels)
	}
}

func TestGroups(t *testing.T) {
	t.Parallel()
	var names []string
	in := make(map[string]string) // group by kind
	for _, group := range defaults.Groups() {
		names = append(names, group.Name)
		if kinds, ok := defaults.Kinds(group.Name); !ok || !slices.Equal(kinds, group.Kinds) || len(kinds) == 0 || group.About == "" {
			t.Errorf("%s is %q with %v, and %t with %v", group.Name, group.About, group.Kinds, ok, kinds)
		}
		for _, kind := range group.Kinds {
			if !defaults.Has(kind) {
				t.Errorf("%s of %s has no blueprint of its own", kind, group.Name)
			}
			if slices.Contains([]string{"ocean", "native", "quick", "all"}, group.Name) {
				continue
			}
			if in[kind] != "" {
				t.Errorf("%s is in %s and in %s", kind, in[kind], group.Name)
			}
			in[kind] = group.Name
		}
	}
	if want := []string{"ocean", "native", "quick", "network", "identity", "compute", "data", "edge", "operations", "all"}; !slices.Equal(names, want) {
		t.Errorf("groups %v, want %v", names, want)
	}
	quick, _ := defaults.Kinds("quick")
	for _, kind := range quick {
		if k, _ := cloudcontrol.Resolve(kind); k.History {
			t.Errorf("%s is in quick and is a history, which takes a walk through everything that has one", kind)
		}
	}
	all, _ := defaults.Kinds("all")
	native, _ := defaults.Kinds("native")
	for _, kind := range all {
		_, source := cloudcontrol.Resolve(kind)
		if slices.Contains(native, kind) != (source == cloudcontrol.Native) || source == cloudcontrol.Unknown {
			t.Errorf("%s is read as %q, and native is %t", kind, source, slices.Contains(native, kind))
		}
		if source != cloudcontrol.Native && in[kind] == "" {
			t.Errorf("%s is in no group", kind)
		}
	}
	if _, ok := defaults.Kinds("AWS::IAM::Role"); ok {
		t.Error("a kind is a group")
	}
}

// kindsIn returns the kinds of a mapping in its order, and the blueprints that it comes with.
func kindsIn(t *testing.T, d port.Defaults) (kinds, identifiers []string) {
	t.Helper()
	config, err := mapping.Compile(d.Config, known)
	if err != nil {
		t.Fatal(err)
	}
	for _, resource := range config.Resources {
		kinds = append(kinds, resource.Kind)
	}
	return kinds, slices.Sorted(maps.Keys(blueprints(t, d)))
}

func TestOf(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		names              []string
		kinds, identifiers []string
	}{
		{nil, []string{"AWS::Account::Info"}, []string{"awsAccount"}},
		{
			[]string{"AWS::EC2::Subnet", "AWS::EC2::VPC", "AWS::EC2::Subnet"},
			[]string{"AWS::Account::Info", "AWS::EC2::Subnet", "AWS::EC2::VPC"}, []string{"awsAccount", "ec2Subnet", "ec2Vpc"},
		},
		{
			[]string{"ocean"},
			[]string{"AWS::Account::Info", "AWS::S3::Bucket", "AWS::EC2::Instance", "AWS::ECS::Cluster"},
			[]string{"awsAccount", "ec2Instance", "ecsCluster", "s3Bucket", "snsTopic"},
		},
		{
			[]string{"ocean", "AWS::SNS::Topic"},
			[]string{"AWS::Account::Info", "AWS::S3::Bucket", "AWS::EC2::Instance", "AWS::ECS::Cluster", "AWS::SNS::Topic"},
			[]string{"awsAccount", "ec2Instance", "ecsCluster", "s3Bucket", "snsTopic"},
		},
		{
			[]string{"AWS::Macie::Session", "AWS::Detective::Graph", "AWS::Organizations::Account"},
			[]string{"AWS::Account::Info", "AWS::Organizations::Account", "AWS::Macie::Session", "AWS::Detective::Graph"},
			[]string{"awsAccount", "awsResource", "organizationsAccount"},
		},
	} {
		kinds, identifiers := kindsIn(t, defaults.Of(test.names...))
		if !slices.Equal(kinds, test.kinds) || !slices.Equal(identifiers, test.identifiers) {
			t.Errorf("Of(%v) has %v and %v, want %v and %v", test.names, kinds, identifiers, test.kinds, test.identifiers)
		}
	}
}

// TestRelationsLeadSomewhere installs each group, and each kind alone: Port refuses a blueprint with a
// relation to one that it does not have, and an entity with a relation that its blueprint has not.
func TestRelationsLeadSomewhere(t *testing.T) {
	t.Parallel()
	var sets [][]string
	for _, group := range defaults.Groups() {
		sets = append(sets, []string{group.Name})
	}
	all, _ := defaults.Kinds("all")
	for _, kind := range all {
		sets = append(sets, []string{kind})
	}
	sets = append(sets, []string{"ocean", "network"}, []string{"AWS::Lambda::Function", "AWS::IAM::Role"}, []string{"AWS::Macie::Session"})
	for _, set := range sets {
		d := defaults.Of(set...)
		there := decoded(t, d)
		for _, resource := range resourcesOf(t, d) {
			for _, shape := range resource.Shapes() {
				for _, misfit := range fit.Shape(shape, there) {
					t.Errorf("%v: %v", set, misfit)
				}
			}
		}
		for _, b := range there {
			for name, relation := range b.Relations {
				if _, leads := there[relation.Target]; !leads {
					t.Errorf("%v: %s.%s leads to %s, which is not there", set, b.Identifier, name, relation.Target)
				}
			}
		}
	}
	if got := blueprints(t, defaults.Of("AWS::Lambda::Function", "AWS::IAM::Role"))["lambdaFunction"].Relations; len(got) != 2 || got["role"].Target != "iamRole" {
		t.Errorf("a function with its role has the relations %v", got)
	}
}

// TestGroupsAreInstalled puts each group into a Port of its own, with what there is of it in the estate.
func TestGroupsAreInstalled(t *testing.T) {
	t.Parallel()
	for _, group := range defaults.Groups() {
		t.Run(group.Name, func(t *testing.T) {
			t.Parallel()
			d := defaults.Of(group.Name)
			client, server := installed(t, d)
			byKind := resourcesOf(t, d)
			for _, document := range estate(t) {
				if byKind[document["Type"].(string)] == nil {
					continue
				}
				if entity, _, ok := mapOne(t, byKind, document); ok {
					upsert(t, client, entity)
				}
			}
			for _, resource := range byKind {
				fixed, _ := resource.Blueprints()
				if len(server.Entities(fixed[0])) == 0 {
					t.Errorf("Port has no entity of %s", fixed[0])
				}
			}
		})
	}
}

// TestFilesLoseNothing wants what is installed to be what the files say, but relations.
func TestFilesLoseNothing(t *testing.T) {
	t.Parallel()
	d := defaults.All()
	var config struct{ Resources []json.RawMessage }
	if err := json.Unmarshal(d.Config, &config); err != nil {
		t.Fatal(err)
	}
	installed := make(map[string]any)
	for _, raw := range slices.Concat(d.Blueprints, config.Resources) {
		var value map[string]any
		if err := json.Unmarshal(raw, &value); err != nil {
			t.Fatal(err)
		}
		if kind, ok := value["kind"].(string); ok {
			installed["mapping "+kind] = value
		} else {
			installed["blueprint "+value["identifier"].(string)] = value
		}
	}
	inFiles := make(map[string]any)
	for _, pattern := range []string{"blueprints/*.json", "mapping/*.json", "cloudcontrol/*/*.json"} {
		found, err := filepath.Glob(pattern)
		if err != nil || len(found) == 0 {
			t.Fatalf("%s: %d files, %v", pattern, len(found), err)
		}
		for _, file := range found {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var value map[string]any
			if err := json.Unmarshal(text, &value); err != nil {
				t.Fatal(err)
			}
			if kind, ok := value["kind"].(string); ok {
				inFiles["mapping "+kind] = value
			} else {
				inFiles["blueprint "+value["identifier"].(string)] = value
			}
		}
	}
	if diff := cmp.Diff(inFiles, installed); diff != "" {
		t.Errorf("installed (-files +installed):\n%s", diff)
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	exists := func(kind string) bool { return kind == "AWS::Macie::Session" }
	for _, test := range []struct {
		names []string
		want  string
	}{
		{[]string{"ocean", "native", "network", "all", "AWS::IAM::Role", "AWS::S3::Bucket", "AWS::Macie::Session"}, ""},
		{[]string{"networks"}, `there is no kind or group "networks"; did you mean "network"?`},
		{[]string{"AWS::IAM::Rol"}, `there is no kind or group "AWS::IAM::Rol"; did you mean "AWS::IAM::Role"?`},
		{[]string{"aws::iam::role"}, `there is no kind or group "aws::iam::role"; did you mean "AWS::IAM::Role"?`},
		{
			[]string{"everything", "data", "AWS::No::Such"},
			"there is no kind or group \"everything\"\nthere is no kind or group \"AWS::No::Such\"",
		},
	} {
		got := ""
		if err := defaults.Check(test.names, exists); err != nil {
			got = err.Error()
		}
		if got != test.want {
			t.Errorf("Check(%v) says %q, want %q", test.names, got, test.want)
		}
	}
}

// TestAnyOtherKind maps documents of kinds without a blueprint by the generic one.
func TestAnyOtherKind(t *testing.T) {
	t.Parallel()
	type object = map[string]any
	var documents []object
	for kind, of := range map[string]struct {
		identifier string
		properties any
	}{
		"AWS::Macie::Session":             {"111122223333", object{"AwsAccountId": "111122223333", "Status": "ENABLED"}},
		"AWS::Detective::Graph":           {"arn:aws:detective:eu-west-1:111122223333:graph:g1", object{"Arn": "arn:aws:detective:eu-west-1:111122223333:graph:g1", "Tags": []any{object{"Key": "Name", "Value": "g"}}}},
		"AWS::APS::Workspace":             {"arn:aws:aps:eu-west-1:111122223333:workspace/ws-1", object{"Name": "", "Tags": object{"team": "shop", "a": "b"}, "AlertManagerDefinition": "secret"}},
		"AWS::ResourceExplorer2::View":    {"v|1, ü", object{"ViewName": "v", "ARN": nil, "ViewTags": []any{object{"Key": "team", "Value": "shop"}}}},
		"AWS::NetworkFirewall::RuleGroup": {"odd", object{"Name": 7.0, "Tags": []any{"none"}, "CopyTags": true}},
		"AWS::Scheduler::ScheduleGroup":   {"null", nil},
	} {
		documents = append(documents, object{
			"Type": kind, "Identifier": of.identifier, "Properties": of.properties,
			"__ExtraContext": object{"AccountId": "111122223333", "Region": "eu-west-1"},
		})
	}
	image := object{"ImageId": "ami-1", "Name": "base", "Tags": []any{}, "Type": "machine"}
	flat := maps.Clone(image)
	maps.Copy(flat, object{
		"Properties": image, "__Kind": "AWS::ImageBuilder::Image", "__ExtraContext": object{"AccountId": "111122223333", "Region": "eu-west-1"},
	})
	var kinds []string
	for _, document := range documents {
		kinds = append(kinds, document["Type"].(string))
	}
	d := defaults.Of(append(kinds, "AWS::ImageBuilder::Image")...)
	byKind, all := resourcesOf(t, d), decoded(t, d)
	result := byKind["AWS::ImageBuilder::Image"].Map(t.Context(), flat)
	if len(result.Entities) != 1 || result.Entities[0].Key() != "AWS::ImageBuilder::Image/111122223333/eu-west-1/ami-1" {
		t.Errorf("a document with its members at the top is %v", result)
	}
	client, _ := installed(t, d)
	got := make(map[string]fit.Entity)
	identifiers := make(map[string]string)
	for _, document := range documents {
		kind := document["Type"].(string)
		entity, _, ok := mapOne(t, byKind, document)
		if !ok {
			t.Fatalf("%s has no entity", kind)
		}
		text := entity.AppendJSON(nil)
		if strings.Contains(string(text), "secret") {
			t.Errorf("%s sends what nobody has looked at: %s", kind, text)
		}
		var written fit.Entity
		if err := json.Unmarshal(text, &written); err != nil {
			t.Fatal(err)
		}
		if misfit := written.Values(all); misfit != nil {
			t.Errorf("%s: %v", kind, misfit)
		}
		upsert(t, client, entity)
		got[kind], identifiers[kind] = written, entity.Key()
	}
	if got, want := identifiers["AWS::ResourceExplorer2::View"], "AWS::ResourceExplorer2::View/111122223333/eu-west-1/v=7C1=2C=20=C3=BC"; got != want {
		t.Errorf("the identifier is %q, want %q", got, want)
	}
	const arn = "arn:aws:detective:eu-west-1:111122223333:graph:g1"
	for kind, want := range map[string]object{
		"AWS::Detective::Graph":           {"kind": "AWS::Detective::Graph", "resourceId": arn, "arn": arn, "region": "eu-west-1", "tags": []any{object{"Key": "Name", "Value": "g"}}},
		"AWS::ResourceExplorer2::View":    {"kind": "AWS::ResourceExplorer2::View", "resourceId": "v|1, ü", "arn": nil, "region": "eu-west-1", "tags": []any{object{"Key": "team", "Value": "shop"}}},
		"AWS::NetworkFirewall::RuleGroup": {"kind": "AWS::NetworkFirewall::RuleGroup", "resourceId": "odd", "arn": nil, "region": "eu-west-1", "tags": []any{}},
	} {
		if diff := cmp.Diff(want, got[kind].Properties); diff != "" {
			t.Errorf("%s (-want +got):\n%s", kind, diff)
		}
	}
	if tags := got["AWS::APS::Workspace"].Properties["tags"]; !cmp.Equal(tags, []any{object{"Key": "a", "Value": "b"}, object{"Key": "team", "Value": "shop"}}) {
		t.Errorf("tags that are an object become %v", tags)
	}
}

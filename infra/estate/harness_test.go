package estate_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"portolan/infra/config"
	"portolan/infra/estate"
)

var update = flag.Bool("update", false, "write the golden templates")

// modes are the installations that the tests look at: each way to find the accounts,
// distributed runs, and one with everything that may be chosen.
var modes = map[string]map[string]any{
	"organization": {"organizationId": "o-a1b2c3d4e5", "organizationRootId": "r-ab12"},
	"delegated": {"organizationId": "o-a1b2c3d4e5", "delegatedAdmin": true, "ouId": "ou-ab12-cdefghij,ou-ab12-klmnopqr",
		"accountsExclude": "111122223333", "scheduledResyncInterval": 10080},
	"existing":    {"accountRoleArn": "arn:aws:iam::111122223333:role/port/Read", "externalId": "given-by-hand", "organizationId": "o-a1b2c3d4e5"},
	"list":        {"pollInterval": 0, "accountRoleArns": []any{"arn:aws:iam::111122223333:role/Read", "arn:aws:iam::444455556666:role/Read"}, "logLevel": "error"},
	"distributed": {"organizationId": "o-a1b2c3d4e5", "organizationRootId": "r-ab12", "scale": "distributed"},
	"kinds": {"organizationId": "o-a1b2c3d4e5", "organizationRootId": "r-ab12", "kinds": []any{
		"native", "AWS::IAM::Role", "AWS::EC2::VPC", "AWS::ElasticLoadBalancingV2::LoadBalancer", "AWS::Route53::HostedZone",
		"AWS::ApiGateway::RestApi", "AWS::SecretsManager::Secret", "AWS::SSM::Parameter", "AWS::VpcLattice::Service",
	}, "cloudControl": true},
	"events": {"organizationId": "o-a1b2c3d4e5", "organizationRootId": "r-ab12", "events": true, "eventRegions": "eu-west-1,us-east-1", "eventsWait": 45},
	"events-delegated": {"organizationId": "o-a1b2c3d4e5", "delegatedAdmin": true, "ouId": "ou-ab12-cdefghij", "accountsExclude": "111122223333",
		"kinds": "native AWS::IAM::Role AWS::Logs::LogGroup", "events": true, "regions": "eu-west-1", "scale": "distributed"},
	"events-single": {"singleAccount": true, "kinds": "AWS::SQS::Queue", "events": true, "eventRegions": "eu-west-1"},
	"single":        {"singleAccount": true, "kinds": "AWS::S3::Bucket", "scheduleEnabled": false, "retainState": false},
	"everything": {"organizationId": "o-a1b2c3d4e5", "organizationRootId": "r-ab12", "stackName": "Charts", "integrationIdentifier": "my-aws",
		"portSecretArn": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:port-AbCdEf",
		"kmsKeyArn":     "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
		"readRoleName":  "Reader", "readRolePath": "/port/", "readAccess": "ReadOnlyAccess",
		"kinds":                    "native AWS::IAM::Role AWS::EKS::Nodegroup",
		"stackSetFailureTolerance": 20, "stackSetConcurrency": 50,
		"scheduleExpression": "cron(0 6 * * ? *)", "scheduleTimezone": "Europe/Berlin", "scheduledResyncInterval": 1440, "scheduleFlexibleWindow": 15,
		"pollInterval": 15, "scale": "distributed", "scaleConcurrency": 20, "scaleTimeout": 6, "scaleFailureTolerance": 50,
		"memorySize": 1024, "timeout": 600, "reservedConcurrency": 26, "tracing": true,
		"events": true, "eventRegions": []any{"eu-west-1", "eu-central-1"}, "eventsWindow": 60, "eventsConcurrency": 5, "eventsWait": 0, "eventsAgain": 600, "eventsPace": 60,
		"logLevel": "debug", "logRetention": 90,
		"alarmEmail": "ops@example.com", "alarmTopicArn": "arn:aws:sns:eu-west-1:111122223333:alarms"},
}

// installation is a mode, synthesized.
type installation struct {
	config   *config.Config
	stack    awscdk.Stack
	text     string // the template, with the code's hash taken out
	template template
	members  template // what the StackSet of the roles brings to each account; empty without one
	rules    template // what the StackSets of the events' rules bring to each account and region; empty without any
}

type template struct {
	Resources map[string]resource
	Outputs   map[string]struct{ Value any }
}

type resource struct {
	Type           string
	Properties     map[string]any
	DeletionPolicy string
	DependsOn      any
}

var installed = map[string]*installation{}

// TestMain makes every installation once: each takes a second in the CDK.
func TestMain(m *testing.M) {
	flag.Parse()
	code := func() int {
		defer jsii.Close()
		folder, err := os.MkdirTemp("", "portolan")
		must(err)
		defer func() { must(os.RemoveAll(folder)) }()
		for name, context := range modes {
			installed[name] = install(filepath.Join(folder, name), context)
		}
		for name, context := range large {
			installedLarge[name] = install(filepath.Join(folder, name), context)
		}
		return m.Run()
	}()
	os.Exit(code)
}

func install(folder string, context map[string]any) *installation {
	code := filepath.Join(folder, "code")
	must(os.MkdirAll(code, 0o750))
	must(os.WriteFile(filepath.Join(code, "bootstrap"), []byte("the function"), 0o600))

	c, err := config.Load(context, fstest.MapFS{})
	must(err)
	app := awscdk.NewApp(&awscdk.AppProps{
		Outdir: jsii.String(filepath.Join(folder, "out")), Context: contextOfTheProject(), AnalyticsReporting: jsii.Bool(false),
	})
	i := &installation{config: c, stack: estate.New(app, c, code)}
	app.Synth(nil)
	text, err := os.ReadFile(filepath.Join(folder, "out", c.StackName+".template.json"))
	must(err)
	i.text = regexp.MustCompile(`[0-9a-f]{64}`).ReplaceAllString(string(text), strings.Repeat("0", 64))
	must(json.Unmarshal([]byte(i.text), &i.template))
	for id, set := range i.template.ofType("AWS::CloudFormation::StackSet") {
		of := map[string]*template{"ReadRoles": &i.members, "EventRules": &i.rules, "OwnEventRules": &i.rules}[id]
		must(json.Unmarshal([]byte(set.Properties["TemplateBody"].(string)), of))
	}
	return i
}

// contextOfTheProject is what cdk.json says, which changes what the CDK makes.
func contextOfTheProject() *map[string]any {
	text, err := os.ReadFile(filepath.Join("..", "..", "cdk.json"))
	must(err)
	var project struct{ Context map[string]any }
	must(json.Unmarshal(text, &project))
	return &project.Context
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func (t template) ofType(name string) map[string]resource {
	found := map[string]resource{}
	for id, r := range t.Resources {
		if r.Type == name {
			found[id] = r
		}
	}
	return found
}

// one returns the only resource of a type.
func (t template) one(test *testing.T, name string) resource {
	test.Helper()
	found := t.ofType(name)
	for _, r := range found {
		if len(found) == 1 {
			return r
		}
	}
	test.Fatalf("%d resources of %s", len(found), name)
	return resource{}
}

// bodies returns the templates of the StackSets, by their ids.
func (t template) bodies() map[string]string {
	bodies := map[string]string{}
	for id, set := range t.ofType("AWS::CloudFormation::StackSet") {
		bodies[id] = set.Properties["TemplateBody"].(string)
	}
	return bodies
}

// at follows a path of keys and indices into a value of JSON; nil if it ends.
func at(value any, path ...any) any {
	for _, step := range path {
		switch s := step.(type) {
		case string:
			object, _ := value.(map[string]any)
			value = object[s]
		case int:
			list, _ := value.([]any)
			if s >= len(list) {
				return nil
			}
			value = list[s]
		}
	}
	return value
}

// statement is one of an IAM policy.
type statement struct {
	where, Sid, Effect string
	Action             []string
	Resource           []any
	Principal          any
	Condition          map[string]any
	NotAction          any
}

// statements returns those of a policy's document.
func statements(where string, document any) []statement {
	var all []statement
	list, _ := at(document, "Statement").([]any)
	for _, entry := range list {
		object := entry.(map[string]any)
		s := statement{where: where, Principal: object["Principal"], NotAction: object["NotAction"]}
		s.Sid, _ = object["Sid"].(string)
		s.Effect, _ = object["Effect"].(string)
		s.Condition, _ = object["Condition"].(map[string]any)
		s.Resource = listed(object["Resource"])
		for _, action := range listed(object["Action"]) {
			s.Action = append(s.Action, action.(string))
		}
		all = append(all, s)
	}
	return all
}

func listed(value any) []any {
	switch v := value.(type) {
	case nil:
		return nil
	case []any:
		return v
	}
	return []any{value}
}

// granted returns every statement that allows a role of the template something.
func (t template) granted() []statement {
	var all []statement
	for id, r := range t.Resources {
		switch r.Type {
		case "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy":
			all = append(all, statements(id, r.Properties["PolicyDocument"])...)
		case "AWS::IAM::Role":
			for _, inline := range listed(r.Properties["Policies"]) {
				all = append(all, statements(id, at(inline, "PolicyDocument"))...)
			}
		}
	}
	return all
}

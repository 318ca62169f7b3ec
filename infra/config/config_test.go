package config_test

import (
	"maps"
	"slices"
	"sort"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"portolan/infra/config"
	"portolan/internal/aws/cloudcontrol"
	"portolan/internal/aws/kind"
	"portolan/internal/aws/kinds"
	"portolan/internal/port/defaults"
	"portolan/internal/settings"
)

// organization is what make bootstrap-org leaves.
func organization() map[string]any {
	return map[string]any{"organizationId": "o-a1b2c3d4e5", "organizationRootId": "r-ab12"}
}

func with(context map[string]any, more map[string]any) map[string]any {
	context = maps.Clone(context)
	maps.Copy(context, more)
	return context
}

func load(t *testing.T, context map[string]any, files fstest.MapFS) *config.Config {
	t.Helper()
	c, err := config.Load(context, files)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestDefaults(t *testing.T) {
	t.Parallel()
	c := load(t, organization(), nil)
	if c.Mode != config.Organization || c.StackName != "Portolan" || c.Members.OrganizationID != "o-a1b2c3d4e5" {
		t.Errorf("mode %s, stack %s, organization %s", c.Mode, c.StackName, c.Members.OrganizationID)
	}
	if diff := cmp.Diff([]string{"r-ab12"}, c.Members.Targets); diff != "" {
		t.Errorf("targets (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(config.Schedule{Expression: "rate(360 minutes)", Timezone: "UTC", Enabled: true, Poll: 5 * time.Minute}, c.Schedule); diff != "" {
		t.Errorf("schedule (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(config.Function{MemoryMB: 1024, Timeout: 15 * time.Minute, LogRetentionDays: 30}, c.Function); diff != "" {
		t.Errorf("function (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(config.Scale{Mode: "single", Timeout: 12 * time.Hour, FailureTolerance: 100}, c.Scale); diff != "" {
		t.Errorf("scale (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(config.Role{Name: "PortOceanReadRole", Path: "/"}, c.Read.Role); diff != "" {
		t.Errorf("read role (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(config.StackSet{FailureTolerance: 100, Concurrency: 100}, c.Members.StackSet); diff != "" {
		t.Errorf("stack set (-want +got):\n%s", diff)
	}
	if len(c.Read.Kinds) != len(kinds.All) || c.Read.Access != "kinds" || !c.Storage.Retain {
		t.Errorf("%d kinds, access %s, state retained %v", len(c.Read.Kinds), c.Read.Access, c.Storage.Retain)
	}
	want := map[string]string{"OCEAN__INTEGRATION__IDENTIFIER": "portolan", "OCEAN__SCHEDULED_RESYNC_INTERVAL": "360"}
	if diff := cmp.Diff(want, c.Environment); diff != "" {
		t.Errorf("environment (-want +got):\n%s", diff)
	}
}

func TestModes(t *testing.T) {
	t.Parallel()
	const role, other = "arn:aws:iam::111122223333:role/port/Read", "arn:aws:iam::444455556666:role/Read"
	tests := []struct {
		name    string
		context map[string]any
		mode    config.Mode
		targets []string
	}{
		{"organizational units", map[string]any{"organizationId": "o-a1b2c3d4e5", "ouId": "ou-ab12-cdefghij,ou-ab12-klmnopqr"}, config.Organization, []string{"ou-ab12-cdefghij", "ou-ab12-klmnopqr"}},
		{"delegated", with(organization(), map[string]any{"delegatedAdmin": true}), config.Organization, []string{"r-ab12"}},
		{"existing", map[string]any{"accountRoleArn": role}, config.Existing, nil},
		{"list as on the command line", map[string]any{"accountRoleArns": `["` + role + `","` + other + `"]`}, config.List, nil},
		{"list as in a file", map[string]any{"accountRoleArns": []any{role, other}}, config.List, nil},
		{"single", map[string]any{"singleAccount": "true"}, config.Single, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := load(t, test.context, nil)
			if c.Mode != test.mode {
				t.Errorf("mode %s, want %s", c.Mode, test.mode)
			}
			if diff := cmp.Diff(test.targets, c.Members.Targets); diff != "" {
				t.Errorf("targets (-want +got):\n%s", diff)
			}
			if c.Mode == config.List && !slices.Equal(c.Settings.AWS.RoleARNs, []string{role, other}) {
				t.Errorf("roles %v", c.Settings.AWS.RoleARNs)
			}
		})
	}
}

// Everything that has a variable reaches it, and the function takes it.
func TestEveryKeyCanBeSet(t *testing.T) {
	t.Parallel()
	file := `
integrationIdentifier: my-aws
integrationType: aws-v3
portBaseUrl: https://api.us.getport.io
portSecretArn: arn:aws:secretsmanager:eu-west-1:111122223333:secret:port-AbCdEf
initializePortResources: false
initialKinds: [native, network, AWS::Macie::Session]
sendRawDataExamples: false
organizationId: o-a1b2c3d4e5
organizationRootId: r-ab12
ouId: [ou-ab12-cdefghij]
accountsExclude: [111122223333, "044455556666"]
regions: eu-west-1, us-east-1
delegatedAdmin: true
externalId: shared-with-nobody
readRoleName: Reader
readRolePath: /port/
readAccess: ReadOnlyAccess
kinds: [AWS::S3::Bucket, AWS::SQS::Queue]
cloudControl: true
stackSetFailureTolerance: 20
stackSetConcurrency: 50
scheduledResyncInterval: 1440
scheduleExpression: cron(0 6 * * ? *)
scheduleTimezone: Europe/Berlin
scheduleFlexibleWindow: 15
scheduleEnabled: false
pollInterval: 0
scale: distributed
scaleConcurrency: 20
scaleTimeout: 24
scaleFailureTolerance: 50
events: true
eventRegions: [eu-west-1]
eventsWindow: 60
eventsConcurrency: 3
eventsWait: 10
eventsAgain: 600
eventsPace: 60
memorySize: 1024
timeout: 600
reservedConcurrency: 24
tracing: true
logLevel: debug
logRetention: 90
bulkTags: false
historyDays: 7
historyOlder: delete
rewriteDays: 14
deleteCount: 100
deleteShare: 0.25
deleteAfter: 2
coverage: true
retainState: false
alarmEmail: ops@example.com
alarmTopicArn: arn:aws:sns:eu-west-1:111122223333:alarms
kmsKeyArn: arn:aws:kms:eu-west-1:111122223333:key/1234abcd
stackName: Charts
`
	c := load(t, nil, fstest.MapFS{"portolan.yaml": {Data: []byte(file)}})
	for _, key := range config.Table() {
		missing := key.Name == "accountRoleArn" || key.Name == "accountRoleArns" // another mode's
		if key.Env != "" && !missing && c.Environment[key.Env] == "" {
			t.Errorf("%s does not reach %s", key.Name, key.Env)
		}
		if !missing && key.Name != "singleAccount" && key.Name != "config" && !strings.Contains(file, "\n"+key.Name+": ") {
			t.Errorf("the test does not set %s", key.Name)
		}
	}
	if diff := cmp.Diff([]string{"111122223333", "044455556666"}, c.Settings.AWS.ExcludedAccounts); diff != "" {
		t.Errorf("excluded (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(config.Schedule{Expression: "cron(0 6 * * ? *)", Timezone: "Europe/Berlin", Window: 15 * time.Minute}, c.Schedule); diff != "" {
		t.Errorf("schedule (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(config.Scale{Mode: config.Distributed, Concurrency: 20, Timeout: 24 * time.Hour, FailureTolerance: 50}, c.Scale); diff != "" {
		t.Errorf("scale (-want +got):\n%s", diff)
	}
	if c.Settings.Schedule.Interval != 24*time.Hour || c.Settings.Deletes.Share != 0.25 || len(c.Read.Kinds) != 2 {
		t.Errorf("interval %s, share %v, kinds %d", c.Settings.Schedule.Interval, c.Settings.Deletes.Share, len(c.Read.Kinds))
	}
}

func TestKinds(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		kinds any
		want  int
		has   string
	}{
		"none":                      {nil, len(kinds.All), "AWS::SQS::Queue"},
		"native":                    {"native", len(kinds.All), "AWS::SQS::Queue"},
		"others alone":              {"AWS::IAM::Role AWS::EC2::VPC", 2, "AWS::EC2::VPC"},
		"others beside native ones": {[]any{"native", "AWS::IAM::Role"}, len(kinds.All) + 1, "AWS::IAM::Role"},
		"a group":                   {"identity", groupOf(t, "identity"), "AWS::IAM::Role"},
		"a group and one of it":     {"identity AWS::IAM::Role", groupOf(t, "identity"), "AWS::IAM::User"},
		"one twice":                 {"AWS::IAM::Role, AWS::S3::Bucket,AWS::IAM::Role\nnative", len(kinds.All) + 1, "AWS::IAM::Role"},
	} {
		c := load(t, with(organization(), map[string]any{"kinds": test.kinds}), nil)
		if len(c.Read.Kinds) != test.want || !slices.ContainsFunc(c.Read.Kinds, func(k *kind.Kind) bool { return k.Type == test.has }) {
			t.Errorf("%s: %d kinds, want %d with %s", name, len(c.Read.Kinds), test.want, test.has)
		}
	}
}

func groupOf(t *testing.T, name string) int {
	t.Helper()
	group, ok := defaults.Kinds(name)
	if !ok || len(group) == 0 {
		t.Fatalf("no group %s", name)
	}
	return len(group)
}

// Every group can be named, and all of them fit.
func TestGroupsOfKinds(t *testing.T) {
	t.Parallel()
	for _, g := range defaults.Groups() {
		c := load(t, with(organization(), map[string]any{"kinds": g.Name, "cloudControl": true}), nil)
		for _, name := range g.Kinds {
			if !slices.ContainsFunc(c.Read.Kinds, func(k *kind.Kind) bool { return k.Type == name }) {
				t.Errorf("the group %s lacks %s", g.Name, name)
			}
		}
	}
}

// The policies have what the kinds need, and ReadOnlyAccess keeps only what is Portolan's own.
func TestPolicies(t *testing.T) {
	t.Parallel()
	actionsOf := func(context map[string]any, lister bool) (actions []string) {
		for _, document := range load(t, with(organization(), context), nil).Policies(lister) {
			for _, s := range document.Statement {
				actions = append(actions, s.Action...)
			}
		}
		return actions
	}
	for name, test := range map[string]struct {
		context    map[string]any
		lister     bool
		has, lacks []string
	}{
		"a type": {map[string]any{"kinds": "AWS::IAM::Role"}, false,
			[]string{"cloudformation:ListResources", "cloudformation:GetResource", "iam:GetRole", "account:ListRegions"}, []string{"sqs:ListQueues", "organizations:ListAccounts"}},
		"a type, with AWS's policy": {map[string]any{"kinds": "native AWS::IAM::Role", "readAccess": "ReadOnlyAccess"}, false,
			[]string{"cloudformation:ListResources", "cloudformation:GetResource", "sqs:ListQueues"}, []string{"iam:GetRole"}},
		"a native kind": {map[string]any{"kinds": "AWS::S3::Bucket"}, true,
			[]string{"s3:ListAllMyBuckets", "organizations:ListAccounts"}, []string{"cloudformation:ListResources", "s3:GetBucketWebsite"}},
		"a native kind in both forms": {map[string]any{"kinds": "AWS::S3::Bucket", "cloudControl": true}, false,
			[]string{"s3:ListAllMyBuckets", "cloudformation:ListResources", "s3:GetBucketWebsite"}, nil},
		"one that only the lister may read": {map[string]any{"kinds": "AWS::Organizations::Account"}, false, nil, []string{"organizations:ListAccounts"}},
	} {
		actions := actionsOf(test.context, test.lister)
		for _, action := range test.has {
			if !slices.Contains(actions, action) {
				t.Errorf("%s: no %s", name, action)
			}
		}
		for _, action := range test.lacks {
			if slices.Contains(actions, action) {
				t.Errorf("%s: %s", name, action)
			}
		}
	}
}

// What no read role can hold is an error before there is a template, and says what to do.
func TestTooManyKinds(t *testing.T) {
	t.Parallel()
	all := strings.Join(cloudcontrol.Names(), ",")
	for name, test := range map[string]struct {
		context map[string]any
		want    string // "" is no error
	}{
		"an Organization":       {with(organization(), map[string]any{"kinds": all}), "managed policies, and a role has 10"},
		"one account":           {map[string]any{"singleAccount": true, "kinds": all}, "managed policies, and a role has 10"},
		"with AWS's own policy": {with(organization(), map[string]any{"kinds": all, "readAccess": "ReadOnlyAccess"}), ""},
		"with existing roles":   {map[string]any{"accountRoleArn": "arn:aws:iam::111122223333:role/Read", "kinds": all}, ""},
	} {
		_, err := config.Load(test.context, fstest.MapFS{})
		switch {
		case test.want == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case test.want == "":
		case err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "set readAccess to ReadOnlyAccess") ||
			!strings.Contains(err.Error(), "most room is taken by those of ec2"):
			t.Errorf("%s: %v", name, err)
		}
	}
	// Less than ten policies can still be too much for the template that a StackSet brings.
	names := cloudcontrol.Names()
	fault := func(n int) error {
		_, err := config.Load(with(organization(), map[string]any{"kinds": strings.Join(names[:n], ",")}), fstest.MapFS{})
		return err
	}
	first := sort.Search(len(names), func(n int) bool { return fault(n+1) != nil }) + 1
	if err := fault(first); err == nil || !strings.Contains(err.Error(), "in the template of the read role, and a StackSet takes 51200") {
		t.Errorf("with %d kinds: %v", first, err)
	}
}

func TestOneInvocationIsToldNoConcurrency(t *testing.T) {
	t.Parallel()
	const variable = "PORTOLAN_SCALE_CONCURRENCY"
	if value, ok := load(t, organization(), nil).Environment[variable]; ok {
		t.Errorf("a single invocation gets %s=%s", variable, value)
	}
	c := load(t, with(organization(), map[string]any{"scale": "distributed"}), nil)
	if c.Environment[variable] != "10" || c.Settings.ScaleConcurrency != 10 || !c.Scale.IsDistributed() {
		t.Errorf("%s=%s, %d", variable, c.Environment[variable], c.Settings.ScaleConcurrency)
	}
}

func TestTheContextWinsOverTheFile(t *testing.T) {
	t.Parallel()
	files := fstest.MapFS{"mine.json": {Data: []byte(`{"memorySize": 256, "timeout": 300}`)}}
	c := load(t, with(organization(), map[string]any{"config": "mine.json", "memorySize": "1024"}), files)
	if c.Function.MemoryMB != 1024 || c.Function.Timeout != 5*time.Minute {
		t.Errorf("memory %d, timeout %s", c.Function.MemoryMB, c.Function.Timeout)
	}
}

func TestKeysOfTheCDKAreLeftAlone(t *testing.T) {
	t.Parallel()
	load(t, with(organization(), map[string]any{
		"aws:cdk:enable-path-metadata": true, "@aws-cdk/core:target-partitions": []any{"aws"},
		"availability-zones:account=1:region=eu-west-1": []any{"a"}, "cli-telemetry": false, "acknowledged-issue-numbers": []any{1.0},
	}), nil)
}

func TestFaults(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		context map[string]any
		file    string
		want    []string
	}{
		{"unknown", map[string]any{"scheduledResyncIntervall": 5.0}, "", []string{`context key "scheduledResyncIntervall" is not known; did you mean "scheduledResyncInterval"?`}},
		{"unknown in the file", nil, "ouid: r-ab12", []string{`portolan.yaml: "ouid" is not known; did you mean "ouId"?`}},
		{"of the older integration", map[string]any{"accountReadRoleName": "Reader"}, "", []string{`context key "accountReadRoleName" is not known: Ocean's older aws integration has it; use accountRoleArn instead: its role's name`}},
		{"of the function's settings", map[string]any{"portBaseUrl": "http://api.getport.io"}, "", []string{`context key portBaseUrl holds "http://api.getport.io"; it should hold a URL that begins with https://`}},
		{"an address with a secret", map[string]any{"portBaseUrl": "https://api.getport.io/?token=t"}, "", []string{"portBaseUrl holds something else (the value is not shown)"}},
		{"number", map[string]any{"memorySize": "lots"}, "", []string{`context key memorySize holds "lots"; it should hold a whole number from 128 to 10240`}},
		{"range", nil, "timeout: 901", []string{`portolan.yaml: timeout holds "901"; it should hold a whole number from 60 to 900`}},
		{"boolean", map[string]any{"tracing": "yes please"}, "", []string{"true or false"}},
		{"object", nil, "kinds: {a: b}", []string{"kinds holds an object; it should hold a text"}},
		{"a type that is not listed", map[string]any{"kinds": "AWS::OpenSearchService::Domain"}, "", []string{"it can only be read by its identifier"}},
		{"a type", map[string]any{"kinds": "native AWS::IAM::Roles"}, "", []string{`"AWS::IAM::Roles", which is not a kind; did you mean "AWS::IAM::Role"?`}},
		{"kind", map[string]any{"kinds": "AWS::S3::Buckets"}, "", []string{`did you mean "AWS::S3::Bucket"?`}},
		{"form of an initial kind", map[string]any{"initialKinds": "native,S3"}, "", []string{`initialKinds holds "native,S3"; it should hold groups and kinds, such as ocean,network,AWS::IAM::Role; item 2 is not one`}},
		{"initial kind", nil, "initialKinds: [ocean, networks, AWS::IAM::Roles]", []string{
			`initialKinds: there is no kind or group "networks"; did you mean "network"?`, `"AWS::IAM::Roles"; did you mean "AWS::IAM::Role"?`,
		}},
		{"zone", map[string]any{"scheduleTimezone": "Berlin"}, "", []string{"Europe/Berlin"}},
		{"cron", map[string]any{"scheduleExpression": "cron(0 6 * *)", "scheduledResyncInterval": "60"}, "", []string{"a cron expression of six fields"}},
		{"no schedule", map[string]any{"scheduledResyncInterval": "0"}, "", []string{"set scheduleEnabled to false"}},
		{"retention", map[string]any{"logRetention": "31"}, "", []string{"1, 3, 5, 7, 14, 30, 60"}},
		{"access", map[string]any{"readAccess": "readonlyaccess"}, "", []string{`did you mean "ReadOnlyAccess"?`}},
		{"all at once", map[string]any{"timeout": "1", "memorySize": "1", "nonsense": "1"}, "", []string{"timeout", "memorySize", `"nonsense"`}},
		{"no Organization", map[string]any{"organizationId": nil, "organizationRootId": ""}, "", []string{"organizationId is not set; run make bootstrap-org", "organizationRootId is not set"}},
		{"two ways", map[string]any{"singleAccount": true, "accountRoleArn": "arn:aws:iam::111122223333:role/R"}, "", []string{"singleAccount and accountRoleArn are both set"}},
		{"delegated and listed", map[string]any{"delegatedAdmin": true, "accountRoleArns": "arn:aws:iam::111122223333:role/R"}, "", []string{"delegatedAdmin is true, though accountRoleArns is set"}},
		{"units of nothing", map[string]any{"singleAccount": true, "ouId": "r-ab12"}, "", []string{"ouId is set, though singleAccount"}},
		{"cron without interval", map[string]any{"scheduleExpression": "cron(0 6 * * ? *)"}, "", []string{"scheduledResyncInterval is not set, though scheduleExpression is"}},
		{"scale", map[string]any{"scale": "distribute"}, "", []string{`it should hold single or distributed; did you mean "distributed"?`}},
		{"scale of one invocation", map[string]any{"scaleConcurrency": "5", "scaleTimeout": "1"}, "", []string{"scaleConcurrency is set, though scale is single", "scaleTimeout is set"}},
		{"events of nowhere", map[string]any{"events": true}, "", []string{"events is true, though neither eventRegions nor regions is set"}},
		{"events of an odd region", map[string]any{"events": true, "eventRegions": "eu_west_1"}, "", []string{`regions, such as eu-west-1,us-east-1; "eu_west_1" is none; did you mean "eu-west-1"?`}},
		{"keys of events without them", map[string]any{"eventRegions": "eu-west-1", "eventsWait": 5}, "", []string{"eventRegions is set, though events is false", "eventsWait is set"}},
		{"events by existing roles", map[string]any{"events": true, "eventRegions": "eu-west-1", "accountRoleArn": "arn:aws:iam::111122223333:role/Read"}, "", []string{"the stack makes no rules there"}},
		{"one batch of events", map[string]any{"events": true, "eventRegions": "eu-west-1", "eventsConcurrency": 1}, "", []string{"a whole number from 2 to 1000"}},
		{"a long wait", map[string]any{"events": true, "eventRegions": "eu-west-1", "eventsWait": 901}, "", []string{"whole seconds from 0 to 900"}},
		{"events and too few executions", map[string]any{"events": true, "eventRegions": "eu-west-1", "reservedConcurrency": 2}, "", []string{"need 3 executions at a time"}},
		{"too few executions", map[string]any{"scale": "distributed", "reservedConcurrency": "10"}, "", []string{"reservedConcurrency is 10, though scaleConcurrency is 10", "at least 11"}},
		{"a day of polls", map[string]any{"pollInterval": "1441"}, "", []string{"a whole number from 0 to 1440"}},
		{"two partitions", map[string]any{"accountRoleArn": "arn:aws-cn:iam::111122223333:role/R", "kmsKeyArn": "arn:aws:kms:eu-west-1:111122223333:key/k"}, "", []string{"two partitions"}},
		{"no YAML", nil, "a: [", []string{"portolan.yaml is not a YAML or JSON object"}},
		{"twice in the file", nil, "timeout: 60\ntimeout: 61", []string{"portolan.yaml"}},
		{"no such file", map[string]any{"config": "absent.yaml"}, "", []string{`config holds "absent.yaml", which cannot be read`}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			files := fstest.MapFS{}
			if test.file != "" {
				files["portolan.yaml"] = &fstest.MapFile{Data: []byte(test.file)}
			}
			_, err := config.Load(with(organization(), test.context), files)
			if err == nil {
				t.Fatal("no error")
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the error lacks %q:\n%v", want, err)
				}
			}
		})
	}
}

func TestWhatMayBeSecretIsNotShown(t *testing.T) {
	t.Parallel()
	_, err := config.Load(with(organization(), map[string]any{"portSecretArn": "hunter2 hunter2", "externalId": "hunter2 hunter2"}), fstest.MapFS{})
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("error: %v", err)
	}
}

func TestEvents(t *testing.T) {
	t.Parallel()
	on := with(organization(), map[string]any{"events": true})
	for name, test := range map[string]struct {
		context map[string]any
		want    config.Events
	}{
		"off":              {organization(), config.Events{}},
		"of what is read":  {with(on, map[string]any{"regions": "eu-west-1,us-east-1"}), config.Events{Enabled: true, Regions: []string{"eu-west-1", "us-east-1"}, Window: 30 * time.Second, Concurrency: 2}},
		"of other regions": {with(on, map[string]any{"regions": "eu-west-1", "eventRegions": "us-east-1 us-east-1", "eventsWindow": 5, "eventsConcurrency": 9}), config.Events{Enabled: true, Regions: []string{"us-east-1"}, Window: 5 * time.Second, Concurrency: 9}},
	} {
		c := load(t, test.context, nil)
		if diff := cmp.Diff(test.want, c.Events); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	c := load(t, with(on, map[string]any{"eventRegions": "eu-west-1", "eventsWait": 0, "eventsAgain": 60}), nil)
	if of := c.Settings.Schedule.Events; of.Wait != 0 || of.Again != time.Minute || of.Pace != 2*time.Minute || c.Environment["PORTOLAN_EVENTS_WAIT"] != "0" {
		t.Errorf("the function's settings are %+v", of)
	}
}

func TestTable(t *testing.T) {
	t.Parallel()
	variables := map[string]bool{}
	for _, row := range settings.Table() {
		variables[row.Name] = true
	}
	seen := map[string]bool{}
	for _, key := range config.Table() {
		if seen[key.Name] {
			t.Errorf("%s is there twice", key.Name)
		}
		seen[key.Name] = true
		if key.Env != "" && !variables[key.Env] {
			t.Errorf("%s sets %s, which is not a setting", key.Name, key.Env)
		}
		if key.Type == "" || !strings.HasSuffix(key.Meaning, ".") {
			t.Errorf("%s lacks a type or a full sentence", key.Name)
		}
		if !strings.Contains(config.Markdown(), "| `"+key.Name+"` |") {
			t.Errorf("the documentation lacks %s", key.Name)
		}
	}
}

func FuzzLoad(f *testing.F) {
	f.Add("scheduledResyncInterval", "5", "ouId: r-ab12")
	f.Add("config", "x", "a: &a [*a]")
	f.Add("kinds", `["AWS::S3::Bucket"]`, "{}")
	f.Fuzz(func(t *testing.T, name, value, file string) {
		c, err := config.Load(with(organization(), map[string]any{name: value}), fstest.MapFS{"portolan.yaml": {Data: []byte(file)}})
		if err == nil && (c.StackName == "" || len(c.Read.Kinds) == 0 || c.Schedule.Expression == "" || c.Function.Timeout == 0) {
			t.Errorf("the configuration is not complete: %+v", c)
		}
	})
}

package estate_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFunction(t *testing.T) {
	p := installed["organization"].template.one(t, "AWS::Lambda::Function").Properties
	for _, want := range []struct {
		value any
		path  []any
	}{
		{"provided.al2023", []any{"Runtime"}}, {"arm64", []any{"Architectures", 0}}, {"bootstrap", []any{"Handler"}},
		{1024.0, []any{"MemorySize"}}, {900.0, []any{"Timeout"}}, {"JSON", []any{"LoggingConfig", "LogFormat"}},
		{"FailedRuns6F7FC7C6", []any{"DeadLetterConfig", "TargetArn", "Fn::GetAtt", 0}}, {"INFO", []any{"LoggingConfig", "ApplicationLogLevel"}},
		{nil, []any{"ReservedConcurrentExecutions"}}, {nil, []any{"TracingConfig"}},
	} {
		if got := at(p, want.path...); got != want.value {
			t.Errorf("%v is %v, want %v", want.path, got, want.value)
		}
	}
	p = installed["everything"].template.one(t, "AWS::Lambda::Function").Properties
	if p["MemorySize"] != 1024.0 || p["Timeout"] != 600.0 || p["ReservedConcurrentExecutions"] != 26.0 ||
		at(p, "TracingConfig", "Mode") != "Active" || at(p, "LoggingConfig", "ApplicationLogLevel") != "DEBUG" {
		t.Errorf("what is chosen does not reach the function: %v", p)
	}
	p = installed["list"].template.one(t, "AWS::Lambda::Function").Properties
	if level := at(p, "LoggingConfig", "ApplicationLogLevel"); level != "INFO" {
		t.Errorf("with logLevel error Lambda's level is %v, which drops the line of the metrics", level)
	}
	for name, i := range installed {
		async := i.template.one(t, "AWS::Lambda::EventInvokeConfig").Properties
		if async["MaximumRetryAttempts"] != 1.0 || async["MaximumEventAgeInSeconds"] != 3600.0 {
			t.Errorf("%s: failed events are repeated by %v", name, async)
		}
	}
}

func TestWhatIsKeptIsEncryptedAndReachedByTLS(t *testing.T) {
	for name, i := range installed {
		bucket := i.template.one(t, "AWS::S3::Bucket")
		own := i.config.Storage.KMSKeyARN
		algorithm := "AES256"
		if own != "" {
			algorithm = "aws:kms"
		}
		rule := at(bucket.Properties, "BucketEncryption", "ServerSideEncryptionConfiguration", 0, "ServerSideEncryptionByDefault")
		if at(rule, "SSEAlgorithm") != algorithm || own != "" && at(rule, "KMSMasterKeyID") != own {
			t.Errorf("%s: the state is encrypted with %v", name, rule)
		}
		block, _ := at(bucket.Properties, "PublicAccessBlockConfiguration").(map[string]any)
		if len(block) != 4 || at(bucket.Properties, "OwnershipControls", "Rules", 0, "ObjectOwnership") != "BucketOwnerEnforced" {
			t.Errorf("%s: the state may be public: %v", name, bucket.Properties)
		}
		for _, blocked := range block {
			if blocked != true {
				t.Errorf("%s: the state may be public: %v", name, block)
			}
		}
		if at(bucket.Properties, "VersioningConfiguration", "Status") != "Enabled" ||
			at(bucket.Properties, "LifecycleConfiguration", "Rules", 0, "NoncurrentVersionExpiration", "NoncurrentDays") != 30.0 {
			t.Errorf("%s: versions of the state: %v", name, bucket.Properties)
		}
		retained := map[bool]string{true: "Retain", false: "Delete"}[i.config.Storage.Retain]
		if bucket.DeletionPolicy != retained {
			t.Errorf("%s: the state is kept: %s, want %s", name, bucket.DeletionPolicy, retained)
		}
		for id, queue := range i.template.ofType("AWS::SQS::Queue") {
			if queue.Properties["SqsManagedSseEnabled"] != true || queue.Properties["MessageRetentionPeriod"] != 1209600.0 {
				t.Errorf("%s: queue %s: %v", name, id, queue.Properties)
			}
		}
		for _, kept := range []struct{ policy, of string }{
			{"AWS::S3::BucketPolicy", "AWS::S3::Bucket"}, {"AWS::SQS::QueuePolicy", "AWS::SQS::Queue"}, {"AWS::SNS::TopicPolicy", "AWS::SNS::Topic"},
		} {
			policies := i.template.ofType(kept.policy)
			if len(policies) != len(i.template.ofType(kept.of)) {
				t.Errorf("%s: not every %s has a policy", name, kept.of)
			}
			for id, p := range policies {
				if !slices.ContainsFunc(statements(id, p.Properties["PolicyDocument"]), refusesPlainHTTP) {
					t.Errorf("%s: %s lets in what is not TLS", name, id)
				}
			}
		}
	}
}

func refusesPlainHTTP(s statement) bool {
	return s.Effect == "Deny" && at(s.Condition["Bool"], "aws:SecureTransport") == "false"
}

// Whoever may write every bucket of the account may not write the state.
func TestOnlyTheFunctionWritesTheState(t *testing.T) {
	writes := []string{"s3:DeleteObject", "s3:DeleteObjectVersion", "s3:PutObject", "s3:ReplicateDelete", "s3:ReplicateObject", "s3:RestoreObject"}
	for name, i := range installed {
		objects := func(s statement) bool { return len(s.Resource) == 1 && at(s.Resource[0], "Fn::Join", 1, 1) == "/*" }
		function := i.template.one(t, "AWS::Lambda::Function").Properties["Role"]
		policy := i.template.one(t, "AWS::S3::BucketPolicy").Properties["PolicyDocument"]
		if !slices.ContainsFunc(statements("State", policy), func(s statement) bool {
			return s.Effect == "Deny" && objects(s) && cmp.Equal(s.Action, writes) && cmp.Equal(s.Principal, map[string]any{"AWS": "*"}) &&
				cmp.Equal(s.Condition, map[string]any{"ArnNotEquals": map[string]any{"aws:PrincipalArn": function}})
		}) {
			t.Errorf("%s: others may write the state: %v", name, policy)
		}
	}
}

func TestTheSecretIsEmpty(t *testing.T) {
	for name, i := range installed {
		for id, secret := range i.template.ofType("AWS::SecretsManager::Secret") {
			if secret.Properties["SecretString"] != nil || secret.Properties["GenerateSecretString"] != nil {
				t.Errorf("%s: %s has a value in the template", name, id)
			}
		}
		if made := len(i.template.ofType("AWS::SecretsManager::Secret")) == 1; made == (i.config.Storage.PortSecretARN != "") {
			t.Errorf("%s: a secret is made: %v", name, made)
		}
		for _, s := range i.template.granted() {
			if slices.Contains(s.Action, "secretsmanager:GetSecretValue") && (len(s.Resource) != 1 || len(s.Action) != 1 || s.Resource[0] == "*") {
				t.Errorf("%s: the function may read %v", name, s.Resource)
			}
		}
	}
}

func TestLogsAreKeptAsLongAsAsked(t *testing.T) {
	for name, i := range installed {
		want := []string{"/aws/lambda/" + i.config.StackName}
		if i.config.Scale.IsDistributed() {
			want = append(want, "/aws/vendedlogs/states/"+i.config.StackName)
		}
		var got []string
		for id, log := range i.template.ofType("AWS::Logs::LogGroup") {
			got = append(got, log.Properties["LogGroupName"].(string))
			if log.Properties["RetentionInDays"] != float64(i.config.Function.LogRetentionDays) {
				t.Errorf("%s: log %s: %v", name, id, log.Properties)
			}
		}
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: logs (-want +got):\n%s", name, diff)
		}
	}
}

func TestSchedule(t *testing.T) {
	for name, want := range map[string]map[string]any{
		"organization": {"ScheduleExpression": "rate(360 minutes)", "ScheduleExpressionTimezone": "UTC", "State": "ENABLED",
			"FlexibleTimeWindow": map[string]any{"Mode": "OFF"}},
		"single": {"State": "DISABLED"},
		"everything": {"ScheduleExpression": "cron(0 6 * * ? *)", "ScheduleExpressionTimezone": "Europe/Berlin",
			"FlexibleTimeWindow": map[string]any{"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 15.0}},
	} {
		schedule := installed[name].template.Resources["Schedule"].Properties
		for key, value := range want {
			if diff := cmp.Diff(value, schedule[key]); diff != "" {
				t.Errorf("%s: %s (-want +got):\n%s", name, key, diff)
			}
		}
		if at(schedule, "Target", "DeadLetterConfig", "Arn") == nil || at(schedule, "Target", "RetryPolicy", "MaximumRetryAttempts") == nil {
			t.Errorf("%s: what cannot be started is lost: %v", name, schedule)
		}
	}
}

func TestStackSet(t *testing.T) {
	for name, want := range map[string]struct {
		callAs    string
		targets   map[string]any
		tolerance float64
	}{
		"organization": {"SELF", map[string]any{"OrganizationalUnitIds": []any{"r-ab12"}}, 100},
		"delegated": {"DELEGATED_ADMIN", map[string]any{
			"OrganizationalUnitIds": []any{"ou-ab12-cdefghij", "ou-ab12-klmnopqr"}, "AccountFilterType": "DIFFERENCE",
			"Accounts": []any{"111122223333", map[string]any{"Ref": "AWS::AccountId"}},
		}, 100},
		"everything": {"SELF", map[string]any{"OrganizationalUnitIds": []any{"r-ab12"}}, 20},
	} {
		set := installed[name].template.Resources["ReadRoles"].Properties
		if diff := cmp.Diff(want.targets, at(set, "StackInstancesGroup", 0, "DeploymentTargets")); diff != "" {
			t.Errorf("%s: targets (-want +got):\n%s", name, diff)
		}
		if set["CallAs"] != want.callAs || set["PermissionModel"] != "SERVICE_MANAGED" || at(set, "ManagedExecution", "Active") != true ||
			at(set, "AutoDeployment", "Enabled") != true || at(set, "AutoDeployment", "RetainStacksOnAccountRemoval") != false ||
			at(set, "OperationPreferences", "FailureTolerancePercentage") != want.tolerance {
			t.Errorf("%s: %v", name, set)
		}
	}
	for _, name := range []string{"existing", "list", "single"} {
		if len(installed[name].template.ofType("AWS::CloudFormation::StackSet")) > 0 {
			t.Errorf("%s has a StackSet", name)
		}
	}
}

func TestAlarms(t *testing.T) {
	for name, i := range installed {
		missing := map[string]any{}
		for _, alarm := range i.template.ofType("AWS::CloudWatch::Alarm") {
			p := alarm.Properties
			missing[strings.TrimPrefix(p["AlarmName"].(string), i.config.StackName+"-")] = p["TreatMissingData"]
			notified := map[string]int{"everything": 2}[name]
			if len(listed(p["AlarmActions"])) != notified || len(listed(p["OKActions"])) != notified {
				t.Errorf("%s: alarm %v tells %v", name, p["AlarmName"], p["AlarmActions"])
			}
		}
		want := map[string]any{"run-failed": "notBreaching", "run-incomplete": "notBreaching", "deletes-withheld": "notBreaching",
			"near-deadline": "notBreaching", "failed-runs-waiting": "notBreaching", "failed-starts-waiting": "notBreaching"}
		if i.config.Scale.IsDistributed() {
			want["run-timed-out"] = "notBreaching"
		}
		if i.config.Events.Enabled {
			want["events-waiting"], want["failed-events-waiting"] = "notBreaching", "notBreaching"
		}
		// Off, there is nothing to wait for; a week apart, more than an alarm looks back.
		if name != "single" && name != "delegated" {
			want["stale"] = "breaching"
		}
		if diff := cmp.Diff(want, missing); diff != "" {
			t.Errorf("%s: alarms (-want +got):\n%s", name, diff)
		}
	}
	stale := installed["organization"].template.Resources["StaleAlarm8980D50D"].Properties
	if stale["Period"] != 3600.0 || stale["EvaluationPeriods"] != 12.0 || stale["ComparisonOperator"] != "LessThanThreshold" {
		t.Errorf("the alarm for two intervals of six hours: %v", stale)
	}
}

// The topic's key must let CloudWatch in, or no alarm is ever mailed.
func TestMailIsEncryptedAndCanBeSent(t *testing.T) {
	in := installed["everything"].template
	key := in.one(t, "AWS::KMS::Key").Properties
	if key["EnableKeyRotation"] != true || in.one(t, "AWS::SNS::Topic").Properties["KmsMasterKeyId"] == nil {
		t.Errorf("key %v", key)
	}
	for _, document := range []any{key["KeyPolicy"], in.one(t, "AWS::SNS::TopicPolicy").Properties["PolicyDocument"]} {
		if !slices.ContainsFunc(statements("", document), func(s statement) bool {
			return s.Effect == "Allow" && at(s.Principal, "Service") == "cloudwatch.amazonaws.com" && at(s.Condition["StringEquals"], "aws:SourceAccount") != nil
		}) {
			t.Errorf("CloudWatch may not use it: %v", document)
		}
	}
}

func TestDashboard(t *testing.T) {
	text, err := json.Marshal(installed["organization"].template.one(t, "AWS::CloudWatch::Dashboard").Properties["DashboardBody"])
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"RunsCompleted", "CellsIncomplete", "AccountsUnreachable", "ResourcesRead", "EntitiesCreated", "DeletesWithheld",
		"AWSThrottles", "PortThrottles", "DeadlineUsed", "PeakMemory", "SOURCE"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the dashboard lacks %s", want)
		}
	}
}

package review_test

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/aws/cloudcontrol"
	"portolan/internal/aws/kinds"
	"portolan/internal/console"
	"portolan/internal/mapping"
	"portolan/internal/review"
)

func compiled(t *testing.T, text string) *mapping.Config {
	t.Helper()
	raw, err := mapping.ParseYAML([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	config, err := mapping.Compile(raw, func(name string) (mapping.Actions, bool) {
		if k, _ := cloudcontrol.Resolve(name); k != nil {
			return mapping.Actions{Default: k.DefaultNames(), Optional: k.OptionalNames()}, true
		}
		return mapping.Actions{}, cloudcontrol.Check(name) == nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return config
}

// entry is a mapping with one entry, of a kind, a selector and the expression of a title.
func entry(kind, selector, title string) string {
	return "resources:\n- kind: " + kind + "\n  selector: {query: 'true'" + selector + "}\n" +
		"  port: {entity: {mappings: {identifier: .__ExtraContext.AccountId, blueprint: '\"thing\"', title: '" + title + "'}}}\n"
}

func TestEntries(t *testing.T) {
	t.Parallel()
	const native, generic, special = cloudcontrol.Native, cloudcontrol.Generic, cloudcontrol.Special
	for name, test := range map[string]struct {
		mapping      string
		source, form cloudcontrol.Source
		works        bool
		never        []string // paths
		unchecked    []string
		says         string // in a problem, a note or why something is never there
		code         int
	}{
		"a native kind":                     {entry("AWS::SNS::Topic", "", ".Properties.TopicArn"), native, native, true, nil, nil, "", 0},
		"a member that no form has":         {entry("AWS::SNS::Topic", "", ".Propertys.TopicArn"), native, native, true, []string{".Propertys"}, nil, `did you mean "Properties"?`, 1},
		"a type":                            {entry("AWS::IAM::Role", "", ".Properties.RoleName + .Properties.Arn + .Properties.Tags[0].Key"), generic, generic, true, nil, nil, "", 0},
		"a property that is not known":      {entry("AWS::IAM::Role", "", ".Properties.MaxSessionDuration"), generic, generic, true, nil, []string{"MaxSessionDuration"}, "", 0},
		"tags that are never answered":      {entry("AWS::AppRunner::Service", "", ".Properties.Tags"), generic, generic, true, []string{".Properties.Tags"}, nil, "it can only be written", 1},
		"a secret":                          {entry("AWS::SSM::Parameter", "", ".Properties.Value"), generic, generic, true, []string{".Properties.Value"}, nil, "includeSecrets", 1},
		"a secret that is asked for":        {entry("AWS::SSM::Parameter", ", includeSecrets: [Value], useGetResourceAPI: true", ".Properties.Value"), generic, generic, true, nil, []string{"Value"}, "", 0},
		"a secret that is not read":         {entry("AWS::SSM::Parameter", ", includeSecrets: [Value]", ".Properties.Value"), generic, generic, true, []string{".Properties.Value"}, nil, "useGetResourceAPI", 1},
		"a secret further down":             {entry("AWS::Amplify::App", "", ".Properties.AutoBranchCreationConfig.EnvironmentVariables"), generic, generic, true, []string{".Properties.AutoBranchCreationConfig.EnvironmentVariables"}, []string{"AutoBranchCreationConfig"}, "includeSecrets", 1},
		"a native kind in the older form":   {entry("AWS::S3::Bucket", "", ".Identifier + .Properties.Arn"), native, generic, true, nil, nil, "", 0},
		"a native kind, by its selector":    {entry("AWS::S3::Bucket", ", cloudControl: true", ".Properties.BucketName"), native, generic, true, nil, nil, "", 0},
		"a special kind":                    {entry("AWS::ELBV2::LoadBalancer", "", ".LoadBalancerName"), special, special, true, nil, nil, "", 0},
		"a member beside another":           {entry("AWS::SNS::Topic", "", ".Properties.Arn // .Properties.TopicArn"), native, native, true, nil, nil, ".Properties.Arn never has a value", 0},
		"a misspelt kind":                   {entry("AWS::IAM::Roles", "", ".Identifier"), "", "", false, nil, nil, `did you mean "AWS::IAM::Role"?`, 1},
		"a type that is not listed":         {entry("AWS::RDS::DBProxyTargetGroups", "", ".Identifier"), "", "", false, nil, nil, "", 1},
		"a type that is newer":              {entry("AWS::Newest::Invention", "", ".Identifier"), "", "", true, nil, nil, "a run asks AWS", 0},
		"a kind beneath a parent":           {entry("AWS::EKS::Nodegroup", "", ".Properties.Arn"), generic, generic, true, nil, nil, "", 0},
		"an expression that does not parse": {entry("AWS::IAM::Role", "", ".Properties."), generic, generic, true, nil, nil, "", 1},
		"an array's elements":               {strings.Replace(entry("AWS::SNS::Topic", "", ".item.x"), "port: {", "port: {itemsToParse: .Properties.Tags, ", 1), native, native, true, nil, nil, "", 0},
	} {
		result := review.Of(compiled(t, test.mapping), nil)
		if len(result.Entries) != 1 {
			t.Fatalf("%s: %d entries", name, len(result.Entries))
		}
		e := result.Entries[0]
		var never, said []string
		for _, path := range e.Never {
			never, said = append(never, path.Path), append(said, path.Why)
		}
		said = slices.Concat(said, e.Problems, e.Notes)
		if e.Works != test.works || e.Source != test.source || e.Form != test.form || result.ExitCode() != test.code {
			t.Errorf("%s: works %v, source %q, form %q, exit code %d: %v", name, e.Works, e.Source, e.Form, result.ExitCode(), said)
		}
		if diff := cmp.Diff(test.never, never); diff != "" {
			t.Errorf("%s: what is never there (-want +got):\n%s", name, diff)
		}
		if diff := cmp.Diff(test.unchecked, e.Unchecked); diff != "" {
			t.Errorf("%s: what is not checked (-want +got):\n%s", name, diff)
		}
		if !strings.Contains(strings.Join(said, "\n"), test.says) {
			t.Errorf("%s: it says %v", name, said)
		}
	}
}

func TestCalls(t *testing.T) {
	t.Parallel()
	for mapping, want := range map[string][]string{
		entry("AWS::SQS::Queue", "", ".Properties.QueueName"): {
			"sqs:ListQueues: 1 for each page, at least 1 in each region of each account", "sqs:GetQueueAttributes: 1 for each resource",
		},
		entry("AWS::SQS::Queue", ", includeActions: [ListQueueTagsAction]", ".Properties.QueueName"): {
			"sqs:ListQueues: 1 for each page, at least 1 in each region of each account", "sqs:GetQueueAttributes: 1 for each resource",
			"sqs:ListQueueTags: 1 for each resource",
		},
		entry("AWS::ECS::Service", "", ".Properties.Name"): {
			"ecs:ListClusters: 1 for each page, at least 1 in each region of each account",
			"ecs:ListServices: at least 1 for each resource of the listing before it", "ecs:DescribeServices: 1 for 10 resources",
		},
		entry("AWS::IAM::Role", "", ".Properties.RoleName"): {
			"cloudformation:ListResources: 1 for each page, at least 1 in each account", "cloudformation:GetResource: 1 for each resource",
		},
		entry("AWS::SSM::Parameter", "", ".Properties.Name"): {
			"cloudformation:ListResources: 1 for each page, at least 1 in each region of each account",
		},
	} {
		if diff := cmp.Diff(want, review.Of(compiled(t, mapping), nil).Entries[0].Calls); diff != "" {
			t.Errorf("%s (-want +got):\n%s", mapping, diff)
		}
	}
	beneath := review.Of(compiled(t, entry("AWS::EKS::Nodegroup", "", ".Properties.Arn")), nil).Entries[0].Beneath
	if len(beneath) != 1 || !strings.Contains(beneath[0], "AWS::EKS::Cluster") {
		t.Errorf("a nodegroup is listed beneath %v", beneath)
	}
}

// AWS's schema decides what the table does not know.
func TestSchemas(t *testing.T) {
	t.Parallel()
	config := compiled(t, entry("AWS::IAM::Role", "", ".Properties.Path + .Properties.Pth + .Properties.Hidden"))
	if diff := cmp.Diff([]string{"AWS::IAM::Role"}, review.Types(config)); diff != "" {
		t.Errorf("types to ask for (-want +got):\n%s", diff)
	}
	e := review.Of(config, review.Schemas{"AWS::IAM::Role": {Properties: []string{"Hidden", "Path", "RoleName"}, WriteOnly: []string{"Hidden"}}}).Entries[0]
	want := []review.Path{
		{Path: ".Properties.Pth", Why: `AWS's schema of the type has no such property; did you mean "Path"?`},
		{Path: ".Properties.Hidden", Why: "AWS never answers it: it can only be written"},
	}
	if diff := cmp.Diff(want, e.Never); diff != "" || e.Unchecked != nil {
		t.Errorf("never (-want +got):\n%s, unchecked %v", diff, e.Unchecked)
	}
}

// The text fits into a terminal of 80 columns, and has the command for the permissions.
func TestText(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	result := review.Of(compiled(t, entry("AWS::AppRunner::Service", "", ".Properties.Tags")+strings.TrimPrefix(entry("AWS::EKS::Nodegroup", "", ".Properties.Nope"), "resources:\n")), nil)
	if err := result.Write(console.Fixed(&b, 1000)); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"resources[0] AWS::AppRunner::Service: works in part", "  never      .Properties.Tags:", "resources[1] AWS::EKS::Nodegroup: works\n",
		"  unchecked  Nope", "2 entries, 1 of them with problems", "portolan policy --cloud-control --kinds 'AWS::AppRunner::Service AWS::EKS::Nodegroup'",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("it does not say %q:\n%s", want, b.String())
		}
	}
	var narrow strings.Builder
	if err := result.Write(console.Fixed(&narrow, 80)); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(narrow.String()) {
		if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); n > 80 && !strings.HasPrefix(line, "  portolan policy ") {
			t.Errorf("a line of %d columns: %s", n, line)
		}
	}
}

// No native kind is found to lack what its own form names.
func TestNativeFormsAreTheirOwn(t *testing.T) {
	t.Parallel()
	for _, k := range kinds.All {
		var title []string
		for _, name := range k.Document.Names() {
			title = append(title, ".Properties."+name)
		}
		text := entry(k.Type, "", `[`+strings.Join(title, ", ")+`] | tostring`)
		result := review.Of(compiled(t, text), nil)
		if e := result.Entries[0]; !e.Works || len(e.Never)+len(e.Problems) > 0 || e.Form != cloudcontrol.Native {
			t.Errorf("%s: %+v", k.Type, e)
		}
	}
}

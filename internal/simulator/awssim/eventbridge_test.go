package awssim_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"portolan/internal/simulator/awssim"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
)

type attributes = map[string]any

func put(t *testing.T, s *awssim.Server, account string, r awssim.Resource) {
	t.Helper()
	if err := s.Put(account, r); err != nil {
		t.Fatal(err)
	}
}

func queueARN(name string) string { return "arn:aws:sqs:" + ireland + ":" + member + ":" + name }

// TestEventsGoThroughRulesIntoQueues puts events on a bus: what an enabled rule lets through comes into
// a queue whose policy names the rule.
func TestEventsGoThroughRulesIntoQueues(t *testing.T) {
	t.Parallel()
	s := start(t, smallEstate(), awssim.Options{})
	client := eventbridge.NewFromConfig(inside(t, s, member, ireland))
	rule := func(name, state, pattern, queue string) {
		put(t, s, member, awssim.Resource{Kind: awssim.EventRule, Region: ireland, ID: "hub/" + name, Attributes: attributes{
			"State": state, "EventPattern": pattern, "Targets": []any{attributes{"Id": "1", "Arn": queueARN(queue)}},
		}})
		put(t, s, member, awssim.Resource{Kind: awssim.Queue, Region: ireland, ID: queue, Attributes: attributes{
			"Policy": `{"Statement":[{"Condition":{"ArnEquals":{"aws:SourceArn":"arn:aws:events:` + ireland + ":" + member + ":rule/hub/" + name + `"}}}]}`,
		}})
	}
	put(t, s, member, awssim.Resource{Kind: awssim.EventBus, Region: ireland, ID: "hub"})
	rule("all", "ENABLED", `{"source":[{"prefix":"com."},"mine"]}`, "all")
	rule("deep", "ENABLED", `{"source":[{"prefix":""}],"detail":{"a":{"b":["x"]}}}`, "deep")
	rule("off", "DISABLED", `{"source":[{"prefix":""}]}`, "off")
	rule("odd", "ENABLED", `{"source":[{"suffix":"mine"}]}`, "odd")
	rule("shut", "ENABLED", `{"source":[{"prefix":""}]}`, "shut")
	put(t, s, member, awssim.Resource{Kind: awssim.Queue, Region: ireland, ID: "shut", Attributes: attributes{"Policy": "{}"}})
	entry := func(bus, source, detail string) types.PutEventsRequestEntry {
		return types.PutEventsRequestEntry{EventBusName: &bus, Source: &source, DetailType: aws.String("Test"), Detail: &detail}
	}
	out, err := client.PutEvents(t.Context(), &eventbridge.PutEventsInput{Entries: []types.PutEventsRequestEntry{
		entry("hub", "mine", `{"a":{"b":"x"}}`), entry("arn:aws:events:"+ireland+":"+member+":event-bus/hub", "com.example", `{}`),
		entry("hub", "aws.sqs", `{}`), entry("hub", "mine", `{`), entry("nowhere", "mine", `{}`), entry("hub", "other", `{}`),
	}})
	if err != nil {
		t.Fatal(err)
	}
	var codes []string
	for _, e := range out.Entries {
		codes = append(codes, aws.ToString(e.ErrorCode))
	}
	if want := []string{"", "", "NotAuthorizedForSourceException", "MalformedDetail", "InvalidArgument", ""}; !slices.Equal(codes, want) || out.FailedEntryCount != 3 {
		t.Errorf("%q, %d failed", codes, out.FailedEntryCount)
	}
	for queue, want := range map[string]int{"all": 2, "deep": 1, "off": 0, "odd": 0, "shut": 0} {
		got := s.TakeDelivered(queue)
		if len(got) != want || len(s.TakeDelivered(queue)) > 0 {
			t.Errorf("%s has %q", queue, got)
		}
		for _, text := range got {
			if !strings.Contains(string(text), `"account":"`+member+`"`) || !strings.Contains(string(text), `"region":"`+ireland+`"`) {
				t.Errorf("%s", text)
			}
		}
	}
	_, err = client.PutEvents(t.Context(), &eventbridge.PutEventsInput{Entries: []types.PutEventsRequestEntry{}})
	wantCode(t, err, "ValidationException", 400)
}

func TestRulesOfABus(t *testing.T) {
	t.Parallel()
	s := start(t, smallEstate(), awssim.Options{})
	client := eventbridge.NewFromConfig(inside(t, s, member, ireland))
	put(t, s, member, awssim.Resource{Kind: awssim.EventBus, Region: ireland, ID: "hub", Attributes: attributes{"Policy": `{"Statement":[]}`}})
	put(t, s, member, awssim.Resource{Kind: awssim.EventRule, Region: ireland, ID: "hub/of-hub"})
	for i := range 120 {
		put(t, s, member, awssim.Resource{Kind: awssim.EventRule, Region: ireland, ID: fmt.Sprintf("of-default-%d", i), Attributes: attributes{
			"EventPattern": `{"source":["aws.ec2"]}`, "Targets": []any{attributes{"Id": "1", "Arn": "arn", "RoleArn": "role"}},
		}})
	}
	list := func(bus, prefix, token *string) (*eventbridge.ListRulesOutput, error) {
		return client.ListRules(t.Context(), &eventbridge.ListRulesInput{EventBusName: bus, NamePrefix: prefix, NextToken: token})
	}
	out, err := list(nil, aws.String("of-"), nil)
	if err != nil || len(out.Rules) != 100 || out.NextToken == nil || out.Rules[0].State != types.RuleStateEnabled || *out.Rules[0].EventPattern != `{"source":["aws.ec2"]}` {
		t.Fatalf("%+v %v", out, err)
	}
	if out, err = list(nil, aws.String("of-"), out.NextToken); err != nil || len(out.Rules) != 20 || out.NextToken != nil {
		t.Errorf("%+v %v", out, err)
	}
	if out, err = list(aws.String("hub"), nil, nil); err != nil || len(out.Rules) != 1 || *out.Rules[0].Name != "of-hub" || *out.Rules[0].EventBusName != "hub" {
		t.Errorf("%+v %v", out, err)
	}
	_, err = list(nil, nil, aws.String("elsewhere"))
	wantCode(t, err, "ValidationException", 400)
	_, err = list(aws.String("nowhere"), nil, nil)
	wantCode(t, err, "ResourceNotFoundException", 400)
	targets, err := client.ListTargetsByRule(t.Context(), &eventbridge.ListTargetsByRuleInput{Rule: aws.String("of-default-7")})
	if err != nil || len(targets.Targets) != 1 || *targets.Targets[0].RoleArn != "role" {
		t.Errorf("%+v %v", targets, err)
	}
	_, err = client.DescribeRule(t.Context(), &eventbridge.DescribeRuleInput{Name: aws.String("of-hub")})
	wantCode(t, err, "ResourceNotFoundException", 400)
	described, err := client.DescribeRule(t.Context(), &eventbridge.DescribeRuleInput{Name: aws.String("of-hub"), EventBusName: aws.String("hub")})
	if err != nil || *described.Arn != "arn:aws:events:"+ireland+":"+member+":rule/hub/of-hub" {
		t.Errorf("%+v %v", described, err)
	}
	bus, err := client.DescribeEventBus(t.Context(), &eventbridge.DescribeEventBusInput{Name: aws.String("hub")})
	if err != nil || *bus.Policy != `{"Statement":[]}` || !strings.HasSuffix(*bus.Arn, ":event-bus/hub") {
		t.Errorf("%+v %v", bus, err)
	}
	if bus, err = client.DescribeEventBus(t.Context(), nil); err != nil || *bus.Name != "default" {
		t.Errorf("%+v %v", bus, err)
	}
}

// TestWhoSeesATrail wants a member to see the Organization's trail in every region, by its ARN alone, and
// no other trail of the management account.
func TestWhoSeesATrail(t *testing.T) {
	t.Parallel()
	s := start(t, smallEstate(), awssim.Options{})
	const of = "arn:aws:cloudtrail:" + virginia + ":" + management + ":trail/"
	put(t, s, management, awssim.Resource{Kind: awssim.LogTrail, Region: virginia, ID: "all", Attributes: attributes{"IsMultiRegionTrail": true, "IsOrganizationTrail": true}})
	put(t, s, management, awssim.Resource{Kind: awssim.LogTrail, Region: virginia, ID: "own", Attributes: attributes{"IsMultiRegionTrail": true}})
	put(t, s, member, awssim.Resource{Kind: awssim.LogTrail, Region: ireland, ID: "here", Attributes: attributes{"IsLogging": false}})
	seen := func(account, region string, shadows *bool) []string {
		t.Helper()
		out, err := cloudtrail.NewFromConfig(inside(t, s, account, region)).DescribeTrails(t.Context(), &cloudtrail.DescribeTrailsInput{IncludeShadowTrails: shadows})
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, trail := range out.TrailList {
			names = append(names, *trail.Name)
		}
		slices.Sort(names)
		return names
	}
	for _, test := range []struct {
		account, region string
		shadows         *bool
		want            []string
	}{
		{management, ohio, nil, []string{"all", "own"}}, {management, ohio, aws.Bool(false), nil}, {management, virginia, aws.Bool(false), []string{"all", "own"}},
		{member, ireland, nil, []string{"all", "here"}}, {member, ohio, aws.Bool(true), []string{"all"}},
	} {
		if got := seen(test.account, test.region, test.shadows); !slices.Equal(got, test.want) {
			t.Errorf("%s in %s sees %q, want %q", test.account, test.region, got, test.want)
		}
	}
	client := cloudtrail.NewFromConfig(inside(t, s, member, ireland))
	status := func(name string) (bool, error) {
		out, err := client.GetTrailStatus(t.Context(), &cloudtrail.GetTrailStatusInput{Name: &name})
		return err == nil && *out.IsLogging, err
	}
	for name, want := range map[string]bool{of + "all": true, "here": false} {
		if on, err := status(name); err != nil || on != want {
			t.Errorf("%s is on: %v %v", name, on, err)
		}
	}
	for _, name := range []string{"all", "own", of + "own"} {
		_, err := status(name)
		wantCode(t, err, "TrailNotFoundException", 400)
	}
	selectors, err := client.GetEventSelectors(t.Context(), &cloudtrail.GetEventSelectorsInput{TrailName: aws.String(of + "all")})
	if err != nil || len(selectors.EventSelectors) != 1 || !*selectors.EventSelectors[0].IncludeManagementEvents {
		t.Errorf("%+v %v", selectors, err)
	}
}

func TestEventSourceMappings(t *testing.T) {
	t.Parallel()
	s := start(t, smallEstate(), awssim.Options{})
	for i, queue := range []string{"one", "two"} {
		put(t, s, member, awssim.Resource{Kind: awssim.EventSource, Region: ireland, ID: fmt.Sprintf("6f1a2b3c-0000-4000-8000-%012d", i), Attributes: attributes{
			"EventSourceArn": queueARN(queue), "FunctionArn": "function", "MaximumBatchingWindowInSeconds": 30,
		}})
	}
	client := lambda.NewFromConfig(inside(t, s, member, ireland))
	out, err := client.ListEventSourceMappings(t.Context(), &lambda.ListEventSourceMappingsInput{EventSourceArn: aws.String(queueARN("two"))})
	if err != nil || len(out.EventSourceMappings) != 1 || *out.EventSourceMappings[0].State != "Enabled" || *out.EventSourceMappings[0].MaximumBatchingWindowInSeconds != 30 {
		t.Errorf("%+v %v", out, err)
	}
	if out, err = client.ListEventSourceMappings(t.Context(), nil); err != nil || len(out.EventSourceMappings) != 2 {
		t.Errorf("%+v %v", out, err)
	}
}

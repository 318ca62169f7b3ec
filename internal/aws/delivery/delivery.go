// Package delivery finds out what brings events of AWS into a queue: the trail that logs calls, the
// rules that pass them on, the bus that takes them, the bus's own rule, and the queue.
//
// It asks and reads; it changes nothing but for one event of its own, which [Send] puts on a bus. It
// decides which trail logs the calls that change something, and whom a policy lets in. It refuses to
// judge whether an installation is well: package doctor does. What cannot be asked is an error, never
// a rule or a trail that is not there.
package delivery

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"portolan/internal/aws/answer"
	"portolan/internal/aws/awserr"
)

// Queue is what SQS says of a queue that events come through.
type Queue struct {
	ARN string
	// Waiting messages can be taken, Taken ones are being dealt with, Delayed ones are to come.
	Waiting, Taken, Delayed int
	// Delay is for how long each message is held back.
	Delay time.Duration
	// Rules are the ARNs of EventBridge's rules that the queue's policy names as senders.
	Rules []string
	// Failed is the ARN of the queue of what was taken too often; "" if there is none.
	Failed string
}

// QueueAt returns what SQS says of the queue with a URL.
func QueueAt(ctx context.Context, config aws.Config, address string) (Queue, error) {
	out, err := sqs.NewFromConfig(config).GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
		QueueUrl: &address, AttributeNames: []sqstypes.QueueAttributeName{sqstypes.QueueAttributeNameAll},
	})
	if err != nil {
		return Queue{}, awserr.New("sqs:GetQueueAttributes", err)
	}
	number := func(name sqstypes.QueueAttributeName) (n int) {
		_, _ = fmt.Sscan(out.Attributes[string(name)], &n) // what SQS does not say is none
		return n
	}
	q := Queue{
		ARN:     out.Attributes[string(sqstypes.QueueAttributeNameQueueArn)],
		Waiting: number(sqstypes.QueueAttributeNameApproximateNumberOfMessages), Taken: number(sqstypes.QueueAttributeNameApproximateNumberOfMessagesNotVisible),
		Delayed: number(sqstypes.QueueAttributeNameApproximateNumberOfMessagesDelayed),
		Delay:   time.Duration(number(sqstypes.QueueAttributeNameDelaySeconds)) * time.Second,
	}
	for _, s := range statements(out.Attributes[string(sqstypes.QueueAttributeNamePolicy)]) {
		if s.allows("sqs:SendMessage") && slices.Contains(s.principals("Service"), "events.amazonaws.com") {
			for _, from := range s.equals("aws:SourceArn") {
				if rule, err := arn.Parse(from); err == nil && rule.Service == "events" {
					q.Rules = append(q.Rules, from)
				}
			}
		}
	}
	var redrive struct{ DeadLetterTargetArn string }
	if json.Unmarshal([]byte(out.Attributes[string(sqstypes.QueueAttributeNameRedrivePolicy)]), &redrive) == nil {
		q.Failed = redrive.DeadLetterTargetArn
	}
	return q, nil
}

// Beside returns the URL of another queue in the account and region of one with a URL. A queue and
// that of its failed messages are in the same place.
func Beside(address, other string) (string, error) {
	at, err := url.Parse(address)
	named, errARN := arn.Parse(other)
	if err = errors.Join(err, errARN); err != nil {
		return "", err
	}
	at.Path = at.Path[:strings.LastIndex(at.Path, "/")+1] + named.Resource
	return at.String(), nil
}

// Rule is a rule of EventBridge.
type Rule struct {
	Name, Pattern string
	Enabled       bool
}

// Target is where a rule sends events, and the role that it uses to do so; "" if it uses none.
type Target struct{ ARN, Role string }

// most is how many rules and targets are read. No deployment of this program has as many.
const most = 100

// Rules returns the rules of the default bus whose names begin with a prefix.
func Rules(ctx context.Context, config aws.Config, prefix string) ([]Rule, error) {
	out, err := eventbridge.NewFromConfig(config).ListRules(ctx, &eventbridge.ListRulesInput{NamePrefix: &prefix, Limit: aws.Int32(most)})
	if err != nil {
		return nil, awserr.New("events:ListRules", err)
	}
	if out.NextToken != nil {
		return nil, fmt.Errorf("events:ListRules: more than %d rules have names that begin with %s", most, prefix)
	}
	rules := make([]Rule, len(out.Rules))
	for i, r := range out.Rules {
		rules[i] = Rule{aws.ToString(r.Name), aws.ToString(r.EventPattern), enabled(r.State)}
	}
	return rules, nil
}

// enabled says whether a rule in a state lets anything through.
func enabled(state types.RuleState) bool {
	return state == types.RuleStateEnabled || state == types.RuleStateEnabledWithAllCloudtrailManagementEvents
}

// RuleOf returns a rule of a bus.
func RuleOf(ctx context.Context, config aws.Config, bus, name string) (Rule, error) {
	out, err := eventbridge.NewFromConfig(config).DescribeRule(ctx, &eventbridge.DescribeRuleInput{Name: &name, EventBusName: &bus})
	if err != nil {
		return Rule{}, awserr.New("events:DescribeRule", err)
	}
	return Rule{name, aws.ToString(out.EventPattern), enabled(out.State)}, nil
}

// Targets returns the targets of a rule of a bus.
func Targets(ctx context.Context, config aws.Config, bus, rule string) ([]Target, error) {
	out, err := eventbridge.NewFromConfig(config).ListTargetsByRule(ctx, &eventbridge.ListTargetsByRuleInput{Rule: &rule, EventBusName: &bus, Limit: aws.Int32(most)})
	if err != nil {
		return nil, awserr.New("events:ListTargetsByRule", err)
	}
	if out.NextToken != nil {
		return nil, fmt.Errorf("events:ListTargetsByRule: the rule %s has more than %d targets", rule, most)
	}
	targets := make([]Target, len(out.Targets))
	for i, t := range out.Targets {
		targets[i] = Target{aws.ToString(t.Arn), aws.ToString(t.RoleArn)}
	}
	return targets, nil
}

// SplitRule returns the bus and the name in the ARN of a rule.
func SplitRule(text string) (bus, name string) {
	parsed, err := arn.Parse(text)
	if err != nil {
		return "", ""
	}
	parts := strings.Split(parsed.Resource, "/")
	switch {
	case len(parts) == 2 && parts[0] == "rule":
		return Default, parts[1]
	case len(parts) == 3 && parts[0] == "rule":
		return parts[1], parts[2]
	}
	return "", ""
}

// Default is the name of the bus on which AWS puts events.
const Default = "default"

// Bus is an event bus, and who may put events on it besides its own account.
type Bus struct {
	ARN string
	// Organizations are those whose accounts may, and Accounts the single ones; Anybody says
	// that the policy asks for neither. Others says that it lets in more under conditions that are not
	// read here.
	Organizations, Accounts []string
	Anybody, Others         bool
}

// BusOf returns a bus.
func BusOf(ctx context.Context, config aws.Config, name string) (Bus, error) {
	out, err := eventbridge.NewFromConfig(config).DescribeEventBus(ctx, &eventbridge.DescribeEventBusInput{Name: &name})
	if err != nil {
		return Bus{}, awserr.New("events:DescribeEventBus", err)
	}
	b := Bus{ARN: aws.ToString(out.Arn)}
	for _, s := range statements(aws.ToString(out.Policy)) {
		if !s.allows("events:PutEvents") {
			continue
		}
		organizations, accounts := s.equals("aws:PrincipalOrgID"), s.equals("aws:PrincipalAccount")
		for _, who := range s.principals("AWS") {
			account, _ := arn.Parse(who)
			switch {
			case who == "*" && len(organizations) > 0:
				b.Organizations = append(b.Organizations, organizations...)
			case who == "*" && len(accounts) > 0:
				b.Accounts = append(b.Accounts, accounts...)
			case who == "*":
				b.Anybody, b.Others = b.Anybody || len(s.Condition) == 0, b.Others || len(s.Condition) > 0
			case account.AccountID != "":
				b.Accounts = append(b.Accounts, account.AccountID)
			default:
				b.Accounts = append(b.Accounts, who)
			}
		}
	}
	return b, nil
}

// Send puts an event on a bus.
func Send(ctx context.Context, config aws.Config, bus, source, typ, detail string) error {
	out, err := eventbridge.NewFromConfig(config).PutEvents(ctx, &eventbridge.PutEventsInput{Entries: []types.PutEventsRequestEntry{
		{EventBusName: &bus, Source: &source, DetailType: &typ, Detail: &detail},
	}})
	if err != nil {
		return awserr.New("events:PutEvents", err)
	}
	for _, entry := range out.Entries {
		if entry.ErrorCode != nil {
			return fmt.Errorf("events:PutEvents: %s: %s", *entry.ErrorCode, aws.ToString(entry.ErrorMessage))
		}
	}
	return nil
}

// Source is what has Lambda invoke a function with the messages of a queue.
type Source struct {
	Function, State string
	Window          time.Duration // for how long messages are gathered
}

// Sources returns what takes the messages of a queue to functions.
func Sources(ctx context.Context, config aws.Config, queue string) ([]Source, error) {
	pager := lambda.NewListEventSourceMappingsPaginator(lambda.NewFromConfig(config), &lambda.ListEventSourceMappingsInput{EventSourceArn: &queue})
	var all []Source
	for page, err := range answer.Pages(ctx, pager, most, func(out *lambda.ListEventSourceMappingsOutput) (answer.Page[[]lambdatypes.EventSourceMappingConfiguration], error) {
		return answer.List(out.EventSourceMappings, func(m lambdatypes.EventSourceMappingConfiguration) string { return aws.ToString(m.UUID) }), nil
	}) {
		if err != nil {
			return nil, awserr.New("lambda:ListEventSourceMappings", err)
		}
		for _, m := range page {
			all = append(all, Source{
				Function: aws.ToString(m.FunctionArn), State: aws.ToString(m.State),
				Window: time.Duration(aws.ToInt32(m.MaximumBatchingWindowInSeconds)) * time.Second,
			})
		}
	}
	return all, nil
}

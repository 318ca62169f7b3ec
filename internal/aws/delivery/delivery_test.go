package delivery

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/google/go-cmp/cmp"
)

// TestStatements reads policies in the forms that AWS writes and takes.
func TestStatements(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		policy, action, of, key string
		allows                  bool
		who, values             []string
	}{
		"one": {`{"Statement":{"Effect":"Allow","Action":"events:PutEvents","Principal":"*"}}`, "events:PutEvents", "AWS", "x", true, []string{"*"}, nil},
		"lists": {`{"Statement":[{"Effect":"Allow","Action":["sqs:GetQueueUrl","SQS:SendMessage"],"Principal":{"Service":["a.amazonaws.com","events.amazonaws.com"]},
			"Condition":{"ArnEquals":{"AWS:SourceArn":["r1","r2"]},"ArnLike":{"aws:SourceArn":"r3"},"StringNotLike":{"aws:SourceArn":"r4"}}}]}`,
			"sqs:SendMessage", "Service", "aws:SourceArn", true, []string{"a.amazonaws.com", "events.amazonaws.com"}, []string{"r1", "r2", "r3"}},
		"all but some": {`{"Statement":{"Effect":"Allow","Action":"events:PutEvents","Principal":"*","Condition":{"StringNotEquals":{"x":"1"},"ArnNotEquals":{"x":"2"},
			"StringEqualsIfExists":{"x":"3"},"ForAnyValue:StringEquals":{"x":"4"},"StringLike":{"x":"5"},"StringEqualsIgnoreCase":{"x":"6"}}}}`, "events:PutEvents", "AWS", "x", true, []string{"*"}, []string{"3", "4", "5", "6"}},
		"every action of a service": {`{"Statement":[{"Effect":"Allow","Action":"events:*","Principal":{"AWS":"1"}}]}`, "events:PutEvents", "AWS", "x", true, []string{"1"}, nil},
		"every action":              {`{"Statement":[{"Effect":"Allow","Action":"*","Principal":{"AWS":"1"}}]}`, "events:PutEvents", "Service", "x", true, nil, nil},
		"another action":            {`{"Statement":[{"Effect":"Allow","Action":"events:PutRule"}]}`, "events:PutEvents", "AWS", "x", false, nil, nil},
		"a denial":                  {`{"Statement":[{"Effect":"Deny","Action":"*","Principal":"*"}]}`, "events:PutEvents", "AWS", "x", false, []string{"*"}, nil},
	} {
		all := statements(test.policy)
		if len(all) != 1 {
			t.Fatalf("%s: %+v", name, all)
		}
		values := all[0].equals(test.key)
		slices.Sort(values)
		if all[0].allows(test.action) != test.allows || !slices.Equal(all[0].principals(test.of), test.who) || !slices.Equal(values, test.values) {
			t.Errorf("%s: allows %v, %v, %v", name, all[0].allows(test.action), all[0].principals(test.of), values)
		}
	}
	for _, odd := range []string{"", "x", "[]", `{"Statement":7}`} {
		if all := statements(odd); len(all) > 0 {
			t.Errorf("%q: %+v", odd, all)
		}
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	for arn, want := range map[string]string{
		"arn:aws:events:eu-west-1:111122223333:rule/Portolan-events/Portolan-events-1": "Portolan-events Portolan-events-1",
		"arn:aws-cn:events:cn-north-1:111122223333:rule/mine":                          "default mine",
		"arn:aws:events:eu-west-1:111122223333:event-bus/Portolan-events":              " ", "mine": " ",
	} {
		if bus, name := SplitRule(arn); bus+" "+name != want {
			t.Errorf("%s: %q %q", arn, bus, name)
		}
	}
	got, err := Beside("https://sqs.eu-west-1.amazonaws.com/111122223333/events", "arn:aws:sqs:eu-west-1:111122223333:failed")
	if err != nil || got != "https://sqs.eu-west-1.amazonaws.com/111122223333/failed" {
		t.Errorf("%s %v", got, err)
	}
	if got, err := Beside("https://sqs.eu-west-1.amazonaws.com/111122223333/events", "failed"); err == nil {
		t.Error(got)
	}
}

// TestAdvancedSelectors wants a selector that asks for more than is known to count as one that leaves
// something out.
func TestAdvancedSelectors(t *testing.T) {
	t.Parallel()
	field := func(name string, equals ...string) types.AdvancedFieldSelector {
		return types.AdvancedFieldSelector{Field: &name, Equals: equals}
	}
	management, kms := field("eventCategory", "Management"), types.AdvancedFieldSelector{Field: aws.String("eventSource"), NotEquals: []string{"kms.amazonaws.com"}}
	for name, test := range map[string]struct {
		fields []types.AdvancedFieldSelector
		want   Logging
	}{
		"all":                 {[]types.AdvancedFieldSelector{management}, Logging{Writes: true}},
		"writes":              {[]types.AdvancedFieldSelector{field("readOnly", "false"), management}, Logging{Writes: true}},
		"reads":               {[]types.AdvancedFieldSelector{management, field("readOnly", "true")}, Logging{}},
		"without KMS":         {[]types.AdvancedFieldSelector{management, kms}, Logging{Writes: true, Without: []string{"kms.amazonaws.com"}}},
		"KMS only":            {[]types.AdvancedFieldSelector{management, field("eventSource", "kms.amazonaws.com")}, Logging{}},
		"data":                {[]types.AdvancedFieldSelector{field("eventCategory", "Data")}, Logging{}},
		"of one type":         {[]types.AdvancedFieldSelector{management, field("eventType", "AwsApiCall")}, Logging{}},
		"of nothing":          {nil, Logging{}},
		"writes of something": {[]types.AdvancedFieldSelector{field("readOnly", "false")}, Logging{}},
	} {
		if diff := cmp.Diff(test.want, advanced(test.fields)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestOddAnswers wants no answer to be taken for one that says that all is well, or that there is
// nothing: a list that goes on, an event that was not taken.
func TestOddAnswers(t *testing.T) {
	t.Parallel()
	bodies := map[string]string{
		"ListRules": `{"Rules":[{"Name":"Portolan-events-1"}],"NextToken":"more"}`, "ListTargetsByRule": `{"Targets":[],"NextToken":"more"}`,
		"PutEvents": `{"FailedEntryCount":1,"Entries":[{"ErrorCode":"InternalFailure","ErrorMessage":"try again"}]}`,
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		_, _ = fmt.Fprint(w, bodies[strings.TrimPrefix(r.Header.Get("X-Amz-Target"), "AWSEvents.")])
	}))
	defer server.Close()
	config := aws.Config{
		Region: "eu-west-1", BaseEndpoint: &server.URL, Credentials: credentials.NewStaticCredentialsProvider("id", "key", ""), HTTPClient: server.Client(),
		Retryer: func() aws.Retryer { return aws.NopRetryer{} },
	}
	for want, call := range map[string]func(context.Context) error{
		"more than 100 rules": func(ctx context.Context) error { _, err := Rules(ctx, config, "Portolan-events-"); return err },
		"more than 100 targets": func(ctx context.Context) error {
			_, err := Targets(ctx, config, Default, "Portolan-events-1")
			return err
		},
		"InternalFailure": func(ctx context.Context) error { return Send(ctx, config, "bus", "source", "type", "{}") },
	} {
		if err := call(t.Context()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

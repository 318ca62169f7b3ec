//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	cloudtrailtypes "github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	eventbridgetypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/google/go-cmp/cmp"

	"portolan/internal/aws/event"
	"portolan/internal/aws/kinds"
	"portolan/internal/doctor"
	"portolan/internal/report"
	"portolan/internal/simulator/portsim"
	"portolan/internal/simulator/runtimesim"
)

// hubRegion is where the stack is.
const hubRegion = "us-east-1"

// onTheWay is the way of events as the templates make it in moto.
type onTheWay struct {
	t        *testing.T
	endpoint string
	accounts []string
	environ  []string // of the function
	queue    string   // its URL
	bus      string   // its ARN
	log      bytes.Buffer
}

// TestEventsOnTheirWay makes the stack, and the rules of its StackSets in every account and region, in
// moto, whose EventBridge passes events on: samples go from each account's default bus into the queue,
// and those that touch nothing do not. The function deals with what arrives, and the doctor finds the
// way in order, by a test event that travels it.
func TestEventsOnTheirWay(t *testing.T) {
	w, simulated := deployEvents(t)
	w.samplesArrive()

	if result := invoke(t, w.environ, 512); result.Status != report.Completed {
		t.Fatalf("%s: %s\n%+v", result.Status, result.Reason, result.Gaps)
	}
	config := baseConfig(w.endpoint, hubRegion)
	must[*sqs.CreateQueueOutput](t)(sqs.NewFromConfig(config).CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: aws.String("made-meanwhile")}))
	w.put(config, sample{Source: "aws.sqs", Type: "AWS API Call via CloudTrail", Detail: json.RawMessage(
		`{"eventSource":"sqs.amazonaws.com","eventName":"CreateQueue","readOnly":false,"requestParameters":{}}`)})
	function := w.function(&w.log)
	made := "arn:aws:sqs:" + hubRegion + ":" + w.accounts[0] + ":made-meanwhile"
	// The function may post the cell into the queue again, to read it a second after the event.
	for end, tick := time.Now().Add(time.Minute), time.NewTicker(100*time.Millisecond); ; <-tick.C {
		if _, ok := simulated.Entity("sqsQueue", made); ok {
			tick.Stop()
			break
		}
		if time.Now().After(end) {
			_ = function.Close() // its log is whole then
			t.Fatalf("a queue that an event tells of is not in Port:\n%s", w.log.String())
		}
		if bodies := w.take(w.accounts[0], hubRegion); len(bodies) > 0 {
			w.handle(function, bodies)
		}
	}
	w.examined(function)
}

// deployEvents makes the way of events.
func deployEvents(t *testing.T) (*onTheWay, *portsim.Server) {
	t.Helper()
	w := &onTheWay{t: t, endpoint: startMoto(t)}
	w.accounts = seedOrganization(t, w.endpoint, 1)
	secret := seedSecret(t, w.endpoint)
	simulated := portsim.New(portsim.Options{ClientID: portID, ClientSecret: portSecret})
	port, stop, err := simulated.Listen("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = stop() })
	template := synthesize(t, map[string]any{
		"organizationId": "o-a1b2c3d4e5", "organizationRootId": "r-ab12", "integrationIdentifier": "e2e", "portSecretArn": secret, "portBaseUrl": port,
		"regions": strings.Join(regions, ","), "events": true, "eventsWait": 0, "eventsAgain": 0, "eventsPace": 0, "eventsWindow": 1,
	})
	resources := maps.Clone(template["Resources"].(map[string]any))
	// Moto's CloudFormation does not know what a reference to a bus means.
	rule := resources["EventBusRule"].(map[string]any)
	rule["DependsOn"], rule["Properties"].(map[string]any)["EventBusName"] = "EventBus", "Portolan-events"
	deploy(t, w.endpoint, w.accounts[0], template)
	w.lookUp(resources)
	for _, account := range w.accounts {
		for _, region := range regions {
			w.makeRules(account, region, resources)
		}
		w.makeTrail(account)
	}
	return w, simulated
}

// lookUp finds what was made, and makes the policies that moto's CloudFormation does not know.
func (w *onTheWay) lookUp(resources map[string]any) {
	w.t.Helper()
	config := baseConfig(w.endpoint, hubRegion)
	deployed := must[*lambda.GetFunctionConfigurationOutput](w.t)(lambda.NewFromConfig(config).GetFunctionConfiguration(w.t.Context(),
		&lambda.GetFunctionConfigurationInput{FunctionName: aws.String("Portolan")}))
	w.environ = []string{"AWS_ENDPOINT_URL=" + w.endpoint, "AWS_REGION=" + hubRegion, "AWS_ACCESS_KEY_ID=" + baseKeyID, "AWS_SECRET_ACCESS_KEY=" + baseSecret}
	for name, value := range deployed.Environment.Variables {
		if name != "PORTOLAN_EVENTS_QUEUE" {
			w.environ = append(w.environ, name+"="+value)
		}
	}
	made := must[*cloudformation.DescribeStackResourcesOutput](w.t)(cloudformation.NewFromConfig(config).DescribeStackResources(w.t.Context(),
		&cloudformation.DescribeStackResourcesInput{StackName: aws.String("Portolan")}))
	arn := func(service, resource string) string {
		return "arn:aws:" + service + ":" + hubRegion + ":" + w.accounts[0] + ":" + resource
	}
	w.bus = arn("events", "event-bus/Portolan-events")
	arns := map[string]string{"EventBus": w.bus, "EventBusRule": arn("events", "rule/Portolan-events/Portolan-events")}
	urls := map[string]string{}
	for _, r := range made.StackResources {
		if aws.ToString(r.ResourceType) == "AWS::SQS::Queue" {
			name := (*r.PhysicalResourceId)[strings.LastIndex(*r.PhysicalResourceId, "/")+1:]
			urls[*r.LogicalResourceId] = "https://sqs." + hubRegion + ".amazonaws.com/" + w.accounts[0] + "/" + name
			arns[*r.LogicalResourceId] = arn("sqs", name)
		}
	}
	for _, r := range resources {
		properties, _ := r.(map[string]any)["Properties"].(map[string]any)
		switch r.(map[string]any)["Type"] {
		case "AWS::SQS::QueuePolicy":
			policy := string(must[[]byte](w.t)(json.Marshal(resolved(properties["PolicyDocument"], arns))))
			queue := properties["Queues"].([]any)[0].(map[string]any)["Ref"].(string)
			must[*sqs.SetQueueAttributesOutput](w.t)(sqs.NewFromConfig(config).SetQueueAttributes(w.t.Context(),
				&sqs.SetQueueAttributesInput{QueueUrl: aws.String(urls[queue]), Attributes: map[string]string{"Policy": policy}}))
		case "AWS::Events::EventBusPolicy":
			policy := map[string]any{"Version": "2012-10-17", "Statement": []any{resolved(properties["Statement"], arns)}}
			must[*eventbridge.PutPermissionOutput](w.t)(eventbridge.NewFromConfig(config).PutPermission(w.t.Context(), &eventbridge.PutPermissionInput{
				EventBusName: aws.String("Portolan-events"), Policy: aws.String(string(must[[]byte](w.t)(json.Marshal(policy)))),
			}))
		case "AWS::Lambda::EventSourceMapping":
			w.queue = urls[properties["EventSourceArn"].(map[string]any)["Fn::GetAtt"].([]any)[0].(string)]
		}
	}
	// Moto's own addresses of queues are not those of AWS.
	told := strings.LastIndex(deployed.Environment.Variables["PORTOLAN_EVENTS_QUEUE"], "/")
	if w.queue == "" || told < 0 || !strings.HasSuffix(w.queue, deployed.Environment.Variables["PORTOLAN_EVENTS_QUEUE"][told:]) {
		w.t.Fatalf("the queue of events is %q; the function has %v", w.queue, w.environ)
	}
	w.environ = append(w.environ, "PORTOLAN_EVENTS_QUEUE="+w.queue, "PORTOLAN_REGIONS="+strings.Join(regions, ","), "PORTOLAN_INITIAL_KINDS=AWS::SQS::Queue") // lists are in a file beside the function
}

// resolved puts ARNs in place of references to the stack's resources.
func resolved(value any, arns map[string]string) any {
	switch v := value.(type) {
	case map[string]any:
		if of, ok := v["Fn::GetAtt"].([]any); ok {
			return arns[of[0].(string)]
		}
		result := map[string]any{}
		for name, member := range v {
			result[name] = resolved(member, arns)
		}
		return result
	case []any:
		var list []any
		for _, one := range v {
			list = append(list, resolved(one, arns))
		}
		return list
	}
	return value
}

// config is that of an account in a region.
func (w *onTheWay) config(account, region string) aws.Config {
	if account == w.accounts[0] {
		return baseConfig(w.endpoint, region)
	}
	return memberConfig(w.t, w.endpoint, region, account)
}

// makeRules does in an account and region what the StackSet that reaches it does.
func (w *onTheWay) makeRules(account, region string, resources map[string]any) {
	w.t.Helper()
	set := "EventRules"
	if account == w.accounts[0] {
		set = "OwnEventRules"
	}
	properties := resources[set].(map[string]any)["Properties"].(map[string]any)
	parameter := properties["Parameters"].([]any)[0].(map[string]any)["ParameterKey"].(string)
	client := cloudformation.NewFromConfig(w.config(account, region))
	body := strings.Replace(properties["TemplateBody"].(string), `"Parameters":{"`+parameter+`":{`, `"Parameters":{"`+parameter+`":{"Default":"`+w.bus+`",`, 1)
	must[*cloudformation.CreateStackOutput](w.t)(client.CreateStack(w.t.Context(), &cloudformation.CreateStackInput{
		StackName: aws.String("StackSet-Portolan-event-rules"), TemplateBody: aws.String(body),
	}))
}

// makeTrail makes a trail for all regions of an account. Moto shows none of the Organization in its
// members.
func (w *onTheWay) makeTrail(account string) {
	w.t.Helper()
	config := w.config(account, hubRegion)
	bucket := aws.String("trail-" + account)
	must[*s3.CreateBucketOutput](w.t)(s3.NewFromConfig(config, func(o *s3.Options) { o.UsePathStyle = true }).CreateBucket(w.t.Context(), &s3.CreateBucketInput{Bucket: bucket}))
	client := cloudtrail.NewFromConfig(config)
	must[*cloudtrail.CreateTrailOutput](w.t)(client.CreateTrail(w.t.Context(), &cloudtrail.CreateTrailInput{
		Name: aws.String("everything"), S3BucketName: bucket, IsMultiRegionTrail: aws.Bool(true),
	}))
	// AWS has these from the beginning.
	must[*cloudtrail.PutEventSelectorsOutput](w.t)(client.PutEventSelectors(w.t.Context(), &cloudtrail.PutEventSelectorsInput{
		TrailName: aws.String("everything"), EventSelectors: []cloudtrailtypes.EventSelector{{IncludeManagementEvents: aws.Bool(true), ReadWriteType: cloudtrailtypes.ReadWriteTypeAll}},
	}))
	must[*cloudtrail.StartLoggingOutput](w.t)(client.StartLogging(w.t.Context(), &cloudtrail.StartLoggingInput{Name: aws.String("everything")}))
}

// sample is an event as it reaches an account's bus.
type sample struct {
	Source string          `json:"source"`
	Type   string          `json:"detail-type"`
	Detail json.RawMessage `json:"detail"`
}

// put puts a sample on the default bus. Moto lets anybody send what AWS alone may.
func (w *onTheWay) put(config aws.Config, s sample) {
	w.t.Helper()
	out := must[*eventbridge.PutEventsOutput](w.t)(eventbridge.NewFromConfig(config).PutEvents(w.t.Context(), &eventbridge.PutEventsInput{
		Entries: []eventbridgetypes.PutEventsRequestEntry{{Source: &s.Source, DetailType: &s.Type, Detail: aws.String(string(s.Detail))}},
	}))
	if out.FailedEntryCount > 0 {
		w.t.Fatalf("%s: %+v", s.Source, out.Entries)
	}
}

// take takes what is in the queue. Moto leaves out the account of an event, and has the bus's region in
// place of its own.
func (w *onTheWay) take(account, region string) []string {
	w.t.Helper()
	client := sqs.NewFromConfig(baseConfig(w.endpoint, hubRegion))
	var bodies []string
	for {
		out := must[*sqs.ReceiveMessageOutput](w.t)(client.ReceiveMessage(w.t.Context(), &sqs.ReceiveMessageInput{QueueUrl: &w.queue, MaxNumberOfMessages: 10}))
		if len(out.Messages) == 0 {
			return bodies
		}
		for _, m := range out.Messages {
			var event map[string]any
			if err := json.Unmarshal([]byte(*m.Body), &event); err != nil {
				w.t.Fatalf("%s: %v", *m.Body, err)
			}
			if event["detail-type"] != nil {
				event["account"], event["region"] = account, region
			}
			bodies = append(bodies, string(must[[]byte](w.t)(json.Marshal(event))))
			must[*sqs.DeleteMessageOutput](w.t)(client.DeleteMessage(w.t.Context(), &sqs.DeleteMessageInput{QueueUrl: &w.queue, ReceiptHandle: m.ReceiptHandle}))
		}
	}
}

// samplesArrive sends every sample from every account and region. What touches a cell arrives.
func (w *onTheWay) samplesArrive() {
	w.t.Helper()
	files, err := filepath.Glob("../../internal/aws/event/testdata/samples/*.json")
	if err != nil || len(files) < 15 {
		w.t.Fatal(files, err)
	}
	table := event.New(kinds.All)
	for _, account := range w.accounts {
		for _, region := range regions {
			config := w.config(account, region)
			var got, want []string
			for _, file := range files {
				text := must[[]byte](w.t)(os.ReadFile(file))
				var s sample
				if err := json.Unmarshal(text, &s); err != nil {
					w.t.Fatal(err)
				}
				w.put(config, s)
				if h := table.Read(text); len(h.Cells) > 0 {
					want = append(want, h.Source+" "+h.Name)
				}
			}
			w.put(config, sample{Source: "com.example", Type: "AWS API Call via CloudTrail", Detail: json.RawMessage(`{"eventSource":"sqs.amazonaws.com","eventName":"CreateQueue"}`)})
			for _, body := range w.take(account, region) {
				h := table.Read([]byte(body))
				got = append(got, h.Source+" "+h.Name)
			}
			slices.Sort(got)
			slices.Sort(want)
			if diff := cmp.Diff(want, got); diff != "" || len(want) < 10 {
				w.t.Errorf("from %s in %s (-want +got):\n%s", account, region, diff)
			}
		}
	}
}

// function is the built function in Lambda, as it was deployed.
func (w *onTheWay) function(log io.Writer) *runtimesim.Runtime {
	w.t.Helper()
	f, err := runtimesim.New(runtimesim.Options{Binary: must[string](w.t)(filepath.Abs(filepath.Join("..", "..", "build", "portolan"))), Env: w.environ, MemoryMB: 512, Stdout: log})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = f.Close() })
	return f
}

// handle hands a batch to the function.
func (w *onTheWay) handle(f *runtimesim.Runtime, bodies []string) {
	w.t.Helper()
	var batch events.SQSEvent
	for i, body := range bodies {
		batch.Records = append(batch.Records, events.SQSMessage{
			MessageId: fmt.Sprint("message-", i), Body: body, EventSource: "aws:sqs", AWSRegion: hubRegion,
			Attributes: map[string]string{"SentTimestamp": fmt.Sprint(time.Now().UnixMilli()), "ApproximateReceiveCount": "1"},
		})
	}
	result, err := f.Invoke(w.t.Context(), must[[]byte](w.t)(json.Marshal(batch)))
	if err != nil || string(result.Payload) != `{"batchItemFailures":[]}` {
		w.t.Errorf("%v %s", err, result.Payload)
	}
}

// examined has the deployed function's doctor look, while another invocation takes what it sends.
func (w *onTheWay) examined(handler *runtimesim.Runtime) {
	w.t.Helper()
	answers := make(chan []byte, 1)
	examiner := w.function(io.Discard)
	go func() {
		result, err := examiner.Invoke(w.t.Context(), []byte(`{"action":"doctor","kinds":["AWS::SQS::Queue"]}`))
		if err != nil || result.FunctionError != "" {
			w.t.Errorf("the doctor: %v %s", err, result.Payload)
		}
		answers <- result.Payload
	}()
	var answer []byte
	for tick := time.NewTicker(100 * time.Millisecond); answer == nil; {
		select {
		case answer = <-answers:
			tick.Stop()
		case <-tick.C:
			if bodies := w.take(w.accounts[0], hubRegion); len(bodies) > 0 {
				w.handle(handler, bodies)
			}
		}
	}
	var d doctor.Diagnosis
	if err := json.Unmarshal(answer, &d); err != nil {
		w.t.Fatal(err)
	}
	levels := map[string]doctor.Level{}
	for _, c := range d.Checks {
		levels[c.Name] = c.Level
		if slices.Contains([]string{"events", "rules", "trails", "arrival"}, c.Name) && c.Level != doctor.OK {
			w.t.Errorf("%s: %s %+v", c.Name, c.Said, c.Diagnostics)
		}
	}
	if levels["arrival"] == "" || levels["rules"] == "" || levels["trails"] == "" {
		w.t.Errorf("looked at %v", levels)
	}
}

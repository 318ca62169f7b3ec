//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	cloudformationtypes "github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"portolan/internal/report"
	"portolan/internal/settings"
	"portolan/internal/simulator/portsim"
	"portolan/internal/simulator/runtimesim"
)

// unknownToMoto are the types of the stack that moto's CloudFormation cannot make.
// Nothing of what is left depends on them. It cannot make a secret either, which is
// why the stack is given one that exists.
var unknownToMoto = []string{
	"AWS::CloudFormation::StackSet", "AWS::CloudWatch::Alarm", "AWS::Events::EventBusPolicy", "AWS::Lambda::EventInvokeConfig", "AWS::S3::BucketPolicy",
	"AWS::SQS::QueuePolicy", "AWS::Scheduler::Schedule",
}

// TestDeployment makes the stack in moto's CloudFormation and runs the function with
// the environment that it has there, as Lambda would.
func TestDeployment(t *testing.T) {
	endpoint := startMoto(t)
	accounts := seedOrganization(t, endpoint, 2)
	secret := seedSecret(t, endpoint)
	simulated := portsim.New(portsim.Options{ClientID: portID, ClientSecret: portSecret})
	port, stop, err := simulated.Listen("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = stop() })

	deploy(t, endpoint, accounts[0], synthesize(t, map[string]any{
		"organizationId": "o-a1b2c3d4e5", "organizationRootId": "r-ab12", "integrationIdentifier": "e2e",
		"portSecretArn": secret, "portBaseUrl": port, "regions": strings.Join(regions, ","),
	}))
	function := must[*lambda.GetFunctionConfigurationOutput](t)(lambda.NewFromConfig(baseConfig(endpoint, "us-east-1")).GetFunctionConfiguration(t.Context(),
		&lambda.GetFunctionConfigurationInput{FunctionName: aws.String("Portolan")}))
	environ := []string{"AWS_ENDPOINT_URL=" + endpoint, "AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=" + baseKeyID, "AWS_SECRET_ACCESS_KEY=" + baseSecret}
	for name, value := range function.Environment.Variables {
		environ = append(environ, name+"="+value)
	}
	if _, err := settings.Load(environ); err != nil {
		t.Fatalf("the deployed function would not start: %v\n%v", err, function.Environment.Variables)
	}
	for _, run := range []string{"first", "second"} {
		result := invoke(t, environ, int(*function.MemorySize))
		if result.Status != report.Completed || len(result.Accounts) != len(accounts) {
			t.Fatalf("%s run: %s with %d accounts: %s\n%+v", run, result.Status, len(result.Accounts), result.Reason, result.Gaps)
		}
		if changed := result.Total.Created + result.Total.Updated; run == "second" && changed > 0 {
			t.Errorf("the second run wrote %d entities, though nothing changed: it found no state", changed)
		}
	}
	if got := len(simulated.Entities("awsAccount")); got != len(accounts) {
		t.Errorf("Port has %d accounts, want %d", got, len(accounts))
	}
}

// synthesize runs the CDK app and returns its template.
func synthesize(t *testing.T, context map[string]any) map[string]any {
	t.Helper()
	text := must[[]byte](t)(json.Marshal(context))
	out := t.TempDir()
	command := exec.CommandContext(t.Context(), "go", "run", "./infra")
	command.Dir = filepath.Join("..", "..")
	command.Env = append(os.Environ(), "CDK_OUTDIR="+out, "CDK_CONTEXT_JSON="+string(text))
	if log, err := command.CombinedOutput(); err != nil {
		t.Fatalf("go run ./infra: %v\n%s", err, log)
	}
	var template map[string]any
	if err := json.Unmarshal(must[[]byte](t)(os.ReadFile(filepath.Join(out, "Portolan.template.json"))), &template); err != nil {
		t.Fatal(err)
	}
	return template
}

// deploy makes the stack, with the code where the CDK would have put it.
func deploy(t *testing.T, endpoint, account string, template map[string]any) {
	t.Helper()
	resources := template["Resources"].(map[string]any)
	for id, r := range resources {
		resource := r.(map[string]any)
		if slices.Contains(unknownToMoto, resource["Type"].(string)) {
			delete(resources, id)
		}
		if code, ok := resource["Properties"].(map[string]any)["Code"].(map[string]any); ok {
			store := s3.NewFromConfig(baseConfig(endpoint, "us-east-1"), func(o *s3.Options) { o.UsePathStyle = true })
			bucket := aws.String("cdk-hnb659fds-assets-" + account + "-us-east-1")
			must[*s3.CreateBucketOutput](t)(store.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: bucket}))
			must[*s3.PutObjectOutput](t)(store.PutObject(t.Context(), &s3.PutObjectInput{
				Bucket: bucket, Key: aws.String(code["S3Key"].(string)), Body: bytes.NewReader(zipped(t)),
			}))
		}
	}
	// The dashboard names the alarms, which are not there.
	delete(resources, onlyOf(t, resources, "AWS::CloudWatch::Dashboard"))
	// The CDK's own check that the account was bootstrapped, which moto's was not.
	delete(template, "Rules")
	delete(template, "Parameters")
	text := must[[]byte](t)(json.Marshal(template))
	client := cloudformation.NewFromConfig(baseConfig(endpoint, "us-east-1"))
	created := must[*cloudformation.CreateStackOutput](t)(client.CreateStack(t.Context(), &cloudformation.CreateStackInput{
		StackName: aws.String("Portolan"), TemplateBody: aws.String(string(text)), Capabilities: []cloudformationtypes.Capability{"CAPABILITY_NAMED_IAM"},
	}))
	stacks := must[*cloudformation.DescribeStacksOutput](t)(client.DescribeStacks(t.Context(), &cloudformation.DescribeStacksInput{StackName: created.StackId}))
	if status := stacks.Stacks[0].StackStatus; status != cloudformationtypes.StackStatusCreateComplete {
		t.Fatalf("the stack is %s", status)
	}
}

func onlyOf(t *testing.T, resources map[string]any, of string) string {
	t.Helper()
	for id, r := range resources {
		if r.(map[string]any)["Type"] == of {
			return id
		}
	}
	t.Fatalf("there is no %s", of)
	return ""
}

// invoke sends the event of the schedule to the function.
func invoke(t *testing.T, environ []string, memory int) report.Report {
	t.Helper()
	var log bytes.Buffer
	function, err := runtimesim.New(runtimesim.Options{
		Binary: must[string](t)(filepath.Abs(filepath.Join("..", "..", "build", "portolan"))), Env: environ, MemoryMB: memory, Stdout: &log,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = function.Close() }()
	result, err := function.Invoke(t.Context(), []byte(`{"version":"0","detail-type":"Scheduled Event","source":"aws.scheduler","detail":{}}`))
	if err != nil || result.FunctionError != "" {
		t.Fatalf("the function: %s %v\n%s\n%s", result.FunctionError, err, result.Payload, log.String())
	}
	if strings.Contains(log.String(), portSecret) {
		t.Error("Port's secret shows in the log")
	}
	var told report.Report
	if err := json.Unmarshal(result.Payload, &told); err != nil {
		t.Fatal(err)
	}
	return told
}

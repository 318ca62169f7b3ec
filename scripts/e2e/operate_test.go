//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	cloudformationtypes "github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"portolan/internal/operate"
)

// template has what of an installation moto makes in a stack, and names the secret,
// which it does not make there.
const template = `{
"Parameters": {"Secret": {"Type": "String"}},
"Resources": {"Log": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/aws/lambda/portolan"}}},
"Outputs": {"SecretArn": {"Value": {"Ref": "Secret"}}, "LogGroupName": {"Value": {"Ref": "Log"}}}
}`

// TestOperate works on a stack that moto made.
func TestOperate(t *testing.T) {
	url := startMoto(t)
	config := baseConfig(url, regions[0])
	run := func(input string, args ...string) (int, string) {
		var out bytes.Buffer
		program := operate.Program{
			Load: func(context.Context) (aws.Config, error) { return config, nil },
			In:   strings.NewReader(input), Out: &out, ErrOut: &out,
		}
		code := program.Run(t.Context(), args)
		return code, out.String()
	}
	if code, said := run("id\nsecret\n", "secret", "--no-check"); code != 1 || !strings.Contains(said, "there is no stack Portolan") {
		t.Errorf("without a stack: %d %s", code, said)
	}
	empty, err := secretsmanager.NewFromConfig(config).CreateSecret(t.Context(), &secretsmanager.CreateSecretInput{Name: aws.String("portolan/port")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := cloudformation.NewFromConfig(config).CreateStack(t.Context(), &cloudformation.CreateStackInput{
		StackName: aws.String("Portolan"), TemplateBody: aws.String(template),
		Parameters: []cloudformationtypes.Parameter{{ParameterKey: aws.String("Secret"), ParameterValue: empty.ARN}},
	}); err != nil {
		t.Fatal(err)
	}
	if code, said := run("id\nsecret\n", "secret", "--no-check"); code != 0 {
		t.Fatalf("secret: %d %s", code, said)
	}
	held, err := secretsmanager.NewFromConfig(config).GetSecretValue(t.Context(), &secretsmanager.GetSecretValueInput{SecretId: aws.String("portolan/port")})
	if err != nil || aws.ToString(held.SecretString) != `{"PORT_CLIENT_ID":"id","PORT_CLIENT_SECRET":"secret"}` {
		t.Errorf("%v: %+v", err, held)
	}
	group, stream := aws.String("/aws/lambda/portolan"), aws.String("stream")
	logs := cloudwatchlogs.NewFromConfig(config)
	if _, err := logs.CreateLogStream(t.Context(), &cloudwatchlogs.CreateLogStreamInput{LogGroupName: group, LogStreamName: stream}); err != nil {
		t.Fatal(err)
	}
	if _, err := logs.PutLogEvents(t.Context(), &cloudwatchlogs.PutLogEventsInput{LogGroupName: group, LogStreamName: stream, LogEvents: []types.InputLogEvent{
		{Timestamp: aws.Int64(time.Now().UnixMilli()), Message: aws.String(`{"level":"INFO","msg":"run ended","status":"completed"}`)},
	}}); err != nil {
		t.Fatal(err)
	}
	if code, said := run("", "logs", "--follow=false"); code != 0 || !strings.Contains(said, "INFO   run ended status=completed") {
		t.Errorf("logs: %d %s", code, said)
	}
}

//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/aws/kinds"
	"portolan/internal/report"
	"portolan/internal/simulator/portsim"
)

const portID, portSecret = "e2e-client", "e2e-port-secret"

var regions = []string{"eu-west-1", "us-east-1"}

// unserved are the kinds that moto does not serve, and how it refuses. The page on
// kinds names them too; the test holds it to that.
var unserved = map[string]string{
	"AWS::CodeBuild::BuildRun":             timesAsTexts,
	"AWS::CodeDeploy::Application":         timesAsTexts,
	"AWS::CodeDeploy::Deployment":          timesAsTexts,
	"AWS::CodeDeploy::DeploymentGroup":     "BatchGetDeploymentGroups answers 500",
	"AWS::CodeDeploy::DeploymentTarget":    "ListDeploymentTargets answers 500",
	"AWS::CodePipeline::Action":            timesAsTexts,
	"AWS::CodePipeline::ActionExecution":   timesAsTexts,
	"AWS::CodePipeline::Pipeline":          timesAsTexts,
	"AWS::CodePipeline::PipelineExecution": timesAsTexts,
	"AWS::CodePipeline::Stage":             timesAsTexts,
	"AWS::MSK::Cluster":                    "its times have no zone, and it lists serverless clusters among them",
	"AWS::MSK::ServerlessCluster":          "its times have no zone",
	"AWS::MemoryDB::User":                  "DescribeUsers answers 500",
	"AWS::SES::ConfigurationSet":           "it knows the listing under its former path only",
	"AWS::SES::EmailIdentity":              "it knows the listing under its former path only",
}

// timesAsTexts is what moto answers where AWS, by its own model, answers numbers:
// some SDKs read both.
const timesAsTexts = "it answers times as texts"

// served are all other kinds.
func served() []string {
	var types []string
	for _, k := range kinds.All {
		if unserved[k.Type] == "" {
			types = append(types, k.Type)
		}
	}
	return types
}

// TestOrganization reads an Organization of three accounts in moto, with nothing
// but the settings that a user has.
func TestOrganization(t *testing.T) {
	aws := startMoto(t)
	accounts := seedOrganization(t, aws, 2)
	secret := seedSecret(t, aws)
	made := seeded{}
	for _, account := range accounts {
		role := seedRole(t, aws, memberConfig(t, aws, regions[0], account), "delivery", "codepipeline")
		for _, region := range regions {
			config := memberConfig(t, aws, region, account)
			seedAccount(t, config, account)
			made.seedServices(t, config, account)
			made.seedData(t, config, account)
			made.seedCode(t, config, account, role)
			made.addVolumes(t, config)
		}
	}
	want := map[string][]string{
		"awsAccount":           held(t, aws, "organizations", "FakeAccount", "id"),
		"organizationsAccount": held(t, aws, "organizations", "FakeAccount", "id"),
		"s3Bucket":             held(t, aws, "s3", "FakeBucket", "arn"),
		"ec2Instance":          held(t, aws, "ec2", "Instance", "id"),
		"ecsCluster":           held(t, aws, "ecs", "Cluster", "arn"),
		"sqsQueue":             held(t, aws, "sqs", "Queue", "queue_arn"),
	}
	for _, account := range accounts {
		for _, region := range regions {
			config := memberConfig(t, aws, region, account)
			keys := must[awsKeys](t)(retrieve(t, config))
			seedLast(t, aws, config, account)
			made.seedDatabaseCluster(t, config, account)
			want["rdsDbInstance"] = append(want["rdsDbInstance"], databases(t, aws, region, keys)...)
			want["lambdaFunction"] = append(want["lambdaFunction"], functions(t, aws, region, keys)...)
		}
	}

	for _, blueprint := range []string{
		"codeDeployApplication", "codeDeployDeployment", "codePipeline", "codePipelineStage", "codePipelineAction",
		"mskCluster", "mskServerlessCluster", "sesEmailIdentity", "sesConfigurationSet",
	} {
		delete(made, blueprint) // see unserved
	}
	maps.Copy(want, made)
	if len(want) != len(served()) {
		t.Errorf("%d kinds are seeded, and %d are served: %v", len(want), len(served()), slices.Sorted(maps.Keys(want)))
	}

	simulated := portsim.New(portsim.Options{ClientID: portID, ClientSecret: portSecret})
	port, stop, err := simulated.Listen("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = stop() })

	for _, run := range []string{"first", "second"} {
		result := portolan(t, aws, port, secret, accounts[0], served()...)
		if result.Status != report.Completed {
			t.Fatalf("%s run: %s: %s\n%+v\n%+v", run, result.Status, result.Reason, result.Gaps, result.Entities)
		}
		for blueprint, identifiers := range want {
			var got []string
			for _, entity := range simulated.Entities(blueprint) {
				got = append(got, entity.Identifier)
			}
			slices.Sort(got)
			slices.Sort(identifiers)
			if diff := cmp.Diff(identifiers, got); diff != "" {
				t.Errorf("%s run: %s in Port is not what moto holds (-moto +Port):\n%s", run, blueprint, diff)
			}
		}
	}
	checkUnserved(t, portolan(t, aws, port, secret, accounts[0], slices.Sorted(maps.Keys(unserved))...))
}

// checkUnserved wants moto to refuse each of the kinds that it is said not to serve,
// or Port what came of it: one that it serves one day is to be tested like the others.
func checkUnserved(t *testing.T, r report.Report) {
	t.Helper()
	for _, k := range r.Kinds {
		if unserved[k.Kind] != "" && k.Cells["failed"] == 0 && k.Counts.Failed == 0 {
			t.Errorf("moto does not refuse %s (%s): %v", k.Kind, unserved[k.Kind], k.Cells)
		}
	}
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "kinds.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(page), "## Tested end to end")
	for _, k := range kinds.All {
		if said := strings.Contains(section, "`"+k.Type+"`"); said != (unserved[k.Type] != "") {
			t.Errorf("docs/kinds.md names %s among the kinds that are not tested end to end: %t", k.Type, said)
		}
	}
}

// portolan runs the built binary as the guide says, with no other environment.
func portolan(t *testing.T, aws, port, secret, management string, types ...string) report.Report {
	t.Helper()
	command := exec.CommandContext(t.Context(), filepath.Join("..", "..", "build", "portolan"), "resync", "--output", "json", "--kinds", strings.Join(types, ","))
	command.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(),
		"AWS_ENDPOINT_URL=" + aws, "AWS_REGION=us-east-1",
		"AWS_ACCESS_KEY_ID=" + baseKeyID, "AWS_SECRET_ACCESS_KEY=" + baseSecret,
		"OCEAN__PORT__BASE_URL=" + port, "PORT_SECRET_ARN=" + secret,
		"OCEAN__INTEGRATION__IDENTIFIER=e2e",
		"OCEAN__INTEGRATION__CONFIG__ACCOUNT_ROLE_ARN=" + roleARN(management),
		"PORTOLAN_REGIONS=" + strings.Join(regions, ","),
		"PORTOLAN_INITIAL_KINDS=native",
	}
	var out, log bytes.Buffer
	command.Stdout, command.Stderr = &out, &log
	err := command.Run()
	t.Logf("log:\n%s", log.String())
	if exit := (*exec.ExitError)(nil); err != nil && !(errors.As(err, &exit) && exit.ExitCode() == 3) {
		t.Fatalf("portolan: %v\n%s", err, out.String())
	}
	if strings.Contains(out.String()+log.String(), portSecret) {
		t.Error("Port's secret shows in what the program prints")
	}
	var result report.Report
	if err := json.Unmarshal(out.Bytes(), &result); err != nil {
		t.Fatalf("the report is not JSON: %v\n%s", err, out.String())
	}
	return result
}

// request asks moto for something without any AWS client.
func request(t *testing.T, method, aws, path, service, region string, keys awsKeys, form url.Values) []byte {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, aws+path, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("X-Amz-Security-Token", keys.token)
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+keys.id+"/20260101/"+region+"/"+service+
		"/aws4_request, SignedHeaders=host, Signature=none")
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("moto answers %s to %s %s: %s %v", response.Status, method, path, body, err)
	}
	return body
}

func databases(t *testing.T, aws, region string, keys awsKeys) []string {
	t.Helper()
	body := request(t, http.MethodPost, aws, "/", "rds", region, keys,
		url.Values{"Action": {"DescribeDBInstances"}, "Version": {"2014-10-31"}})
	var answer struct {
		ARNs []string `xml:"DescribeDBInstancesResult>DBInstances>DBInstance>DBInstanceArn"`
	}
	if err := xml.Unmarshal(body, &answer); err != nil {
		t.Fatal(err)
	}
	return answer.ARNs
}

func functions(t *testing.T, aws, region string, keys awsKeys) []string {
	t.Helper()
	body := request(t, http.MethodGet, aws, "/2015-03-31/functions/", "lambda", region, keys, nil)
	var answer struct {
		Functions []struct{ FunctionArn string }
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		t.Fatal(err)
	}
	var arns []string
	for _, f := range answer.Functions {
		arns = append(arns, f.FunctionArn)
	}
	return arns
}

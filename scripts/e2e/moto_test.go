//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// startMoto runs moto_server on a free port until the test ends. Its environment is that
// of the test and the variables.
func startMoto(t *testing.T, variables ...string) (url string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := fmt.Sprint(listener.Addr().(*net.TCPAddr).Port)
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	command := exec.Command(os.Getenv("MOTO_SERVER"), "-H", "127.0.0.1", "-p", port)
	log, err := os.Create(t.TempDir() + "/moto.log")
	if err != nil {
		t.Fatal(err)
	}
	command.Stdout, command.Stderr = log, log
	command.Env = append(os.Environ(), variables...)
	if err := command.Start(); err != nil {
		t.Fatalf("start moto_server (make e2e sets MOTO_SERVER): %v", err)
	}
	t.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait()
		_ = log.Close()
	})
	url = "http://127.0.0.1:" + port
	awaitAnswer(t, url+"/moto-api/data.json")
	return url
}

func awaitAnswer(t *testing.T, url string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		response, err := http.Get(url)
		if err == nil {
			_ = response.Body.Close()
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("moto_server does not answer: %v", err)
		case <-tick.C:
		}
	}
}

// baseKeys are those of the identity that the binary starts from. Moto takes any.
const baseKeyID, baseSecret = "AKIAIOSFODNN7EXAMPLE", "base-secret"

func baseConfig(url, region string) aws.Config {
	return aws.Config{
		Region: region, BaseEndpoint: aws.String(url),
		Credentials: credentials.NewStaticCredentialsProvider(baseKeyID, baseSecret, ""),
	}
}

// memberConfig returns the configuration to make resources inside an account.
func memberConfig(t *testing.T, url, region, account string) aws.Config {
	t.Helper()
	out, err := sts.NewFromConfig(baseConfig(url, region)).AssumeRole(t.Context(), &sts.AssumeRoleInput{
		RoleArn: aws.String(roleARN(account)), RoleSessionName: aws.String("seed"),
	})
	if err != nil {
		t.Fatal(err)
	}
	c := baseConfig(url, region)
	c.Credentials = credentials.NewStaticCredentialsProvider(
		*out.Credentials.AccessKeyId, *out.Credentials.SecretAccessKey, *out.Credentials.SessionToken)
	return c
}

// awsKeys are what a request needs to show which account it comes from.
type awsKeys struct{ id, token string }

func retrieve(t *testing.T, config aws.Config) (awsKeys, error) {
	t.Helper()
	keys, err := config.Credentials.Retrieve(t.Context())
	return awsKeys{keys.AccessKeyID, keys.SessionToken}, err
}

func roleARN(account string) string { return "arn:aws:iam::" + account + ":role/PortOceanReadRole" }

// held lists what moto holds: of each of its models, one attribute of every object, sorted. An object that was
// asked for twice, because the first answer was late, is in moto's list twice.
func held(t *testing.T, url, service, model, attribute string) []string {
	t.Helper()
	response, err := http.Get(url + "/moto-api/data.json")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var data map[string]map[string][]map[string]any
	if err := json.NewDecoder(response.Body).Decode(&data); err != nil {
		t.Fatal(err)
	}
	var values []string
	for _, object := range data[service][model] {
		value, ok := object[attribute].(string)
		if !ok {
			t.Fatalf("moto's %s %s has no %s: %v", service, model, attribute, object)
		}
		values = append(values, value)
	}
	slices.Sort(values)
	return slices.Compact(values)
}

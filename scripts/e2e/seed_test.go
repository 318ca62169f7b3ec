//go:build e2e

package e2e

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"fmt"
	"net/http"
	neturl "net/url"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

// must returns the answer, and fails the test at an error.
func must[T any](t *testing.T) func(T, error) T {
	return func(value T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

// seedOrganization makes an Organization and returns the ids of its accounts, the
// management account first.
func seedOrganization(t *testing.T, url string, members int) []string {
	t.Helper()
	client := organizations.NewFromConfig(baseConfig(url, "us-east-1"))
	created := must[*organizations.CreateOrganizationOutput](t)(client.CreateOrganization(t.Context(), &organizations.CreateOrganizationInput{}))
	accounts := []string{*created.Organization.MasterAccountId}
	for i := range members {
		out := must[*organizations.CreateAccountOutput](t)(client.CreateAccount(t.Context(), &organizations.CreateAccountInput{
			AccountName: aws.String(fmt.Sprintf("member-%d", i)), Email: aws.String(fmt.Sprintf("member-%d@example.com", i)),
		}))
		accounts = append(accounts, *out.CreateAccountStatus.AccountId)
	}
	return accounts
}

// seedSecret puts Port's credentials into Secrets Manager and returns the secret's ARN.
func seedSecret(t *testing.T, url string) string {
	t.Helper()
	out := must[*secretsmanager.CreateSecretOutput](t)(secretsmanager.NewFromConfig(baseConfig(url, "us-east-1")).CreateSecret(t.Context(),
		&secretsmanager.CreateSecretInput{
			Name:         aws.String("portolan/port"),
			SecretString: aws.String(`{"PORT_CLIENT_ID":"` + portID + `","PORT_CLIENT_SECRET":"` + portSecret + `"}`),
		}))
	return *out.ARN
}

// seedAccount makes resources of every kind but functions in a region of an
// account.
func seedAccount(t *testing.T, config aws.Config, account string) {
	t.Helper()
	name := account + "-" + config.Region
	ctx := t.Context()
	must[*ec2.RunInstancesOutput](t)(ec2.NewFromConfig(config).RunInstances(ctx, &ec2.RunInstancesInput{
		ImageId: aws.String("ami-12c6146b"), InstanceType: ec2types.InstanceTypeT3Micro, MinCount: aws.Int32(3), MaxCount: aws.Int32(3),
		TagSpecifications: []ec2types.TagSpecification{{
			ResourceType: ec2types.ResourceTypeInstance, Tags: []ec2types.Tag{{Key: aws.String("Name"), Value: aws.String(name)}},
		}},
	}))
	bucket := &s3.CreateBucketInput{Bucket: aws.String(name)}
	if config.Region != "us-east-1" {
		bucket.CreateBucketConfiguration = &s3types.CreateBucketConfiguration{LocationConstraint: s3types.BucketLocationConstraint(config.Region)}
	}
	must[*s3.CreateBucketOutput](t)(s3.NewFromConfig(config, func(o *s3.Options) { o.UsePathStyle = true }).CreateBucket(ctx, bucket))
	must[*ecs.CreateClusterOutput](t)(ecs.NewFromConfig(config).CreateCluster(ctx, &ecs.CreateClusterInput{ClusterName: aws.String(name)}))
	for i := range 4 {
		must[*sqs.CreateQueueOutput](t)(sqs.NewFromConfig(config).CreateQueue(ctx, &sqs.CreateQueueInput{
			QueueName: aws.String(fmt.Sprintf("%s-%d", name, i)), Tags: map[string]string{"team": "e2e"},
		}))
	}
}

// seedLast makes what moto's own listing cannot show: as soon as these are there,
// the listing fails.
func seedLast(t *testing.T, url string, config aws.Config, account string) {
	t.Helper()
	name := account + "-" + config.Region
	must[*rds.CreateDBInstanceOutput](t)(rds.NewFromConfig(config).CreateDBInstance(t.Context(), &rds.CreateDBInstanceInput{
		DBInstanceIdentifier: aws.String("db-" + name), DBInstanceClass: aws.String("db.t3.micro"),
		Engine: aws.String("postgres"), AllocatedStorage: aws.Int32(20),
	}))
	role := seedRole(t, url, config, "function-"+config.Region, "lambda")
	must[*lambda.CreateFunctionOutput](t)(lambda.NewFromConfig(config).CreateFunction(t.Context(), &lambda.CreateFunctionInput{
		FunctionName: aws.String("fn-" + name), Role: &role,
		Handler: aws.String("index.handler"), Runtime: lambdatypes.RuntimePython312,
		Code: &lambdatypes.FunctionCode{ZipFile: zipped(t)},
	}))
}

// seedRole makes a role that a service may assume, and returns its ARN. Roles belong to
// the whole account, so the region of the configuration does not matter.
func seedRole(t *testing.T, url string, config aws.Config, name, service string) string {
	t.Helper()
	keys := must[awsKeys](t)(retrieve(t, config))
	body := request(t, http.MethodPost, url, "/", "iam", config.Region, keys, neturl.Values{
		"Action": {"CreateRole"}, "Version": {"2010-05-08"}, "RoleName": {name},
		"AssumeRolePolicyDocument": {`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"` + service +
			`.amazonaws.com"},"Action":"sts:AssumeRole"}]}`},
	})
	var answer struct {
		ARN string `xml:"CreateRoleResult>Role>Arn"`
	}
	if err := xml.Unmarshal(body, &answer); err != nil {
		t.Fatal(err)
	}
	return answer.ARN
}

func zipped(t *testing.T) []byte {
	t.Helper()
	var archive bytes.Buffer
	writer := zip.NewWriter(&archive)
	if _, err := writer.Create("index.py"); err != nil {
		t.Fatal(err)
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	return archive.Bytes()
}

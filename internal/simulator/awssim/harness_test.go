package awssim_test

import (
	"errors"
	"net/http"
	"testing"

	"portolan/internal/aws/answer"
	"portolan/internal/simulator/awssim"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	management = "100000000001"
	member     = "200000000002"
	audit      = "300000000003"
	ireland    = "eu-west-1"
	virginia   = "us-east-1"
	ohio       = "us-east-2"
)

// smallEstate has a management account, a member with the given resources, and a
// member whose role refuses the user.
func smallEstate(resources ...awssim.Resource) awssim.Estate {
	reader := awssim.Role{
		Name: "reader", Path: "/portolan/", Trusts: []string{"arn:aws:iam::" + management + ":user/base"},
		ExternalID: "shibboleth", Permissions: awssim.Permissions{Allow: []string{"*"}},
	}
	closed := reader
	closed.Trusts = []string{"999999999999"}
	return awssim.Estate{
		Organization: &awssim.Organization{Units: []awssim.Unit{{Path: "Empty"}}},
		Accounts: []awssim.Account{
			{
				ID: management, Name: "Root", Management: true, Roles: []awssim.Role{reader},
				Users: []awssim.User{{
					Name: "base", AccessKeyID: "AKIABASE00000000", SecretAccessKey: "base-secret",
					Permissions: awssim.Permissions{Allow: []string{"*"}},
				}},
				Secrets: []awssim.Secret{{Name: "port", Region: ireland, Value: `{"PORT_CLIENT_ID":"a"}`}},
			},
			{
				ID: member, Name: "Shop", OU: "Workloads/Production", Roles: []awssim.Role{reader},
				Tags: map[string]string{"team": "shop"}, Resources: resources,
			},
			{ID: audit, Name: "Audit", OU: "Security", Roles: []awssim.Role{closed}},
		},
	}
}

func start(t *testing.T, e awssim.Estate, o awssim.Options) *awssim.Server {
	t.Helper()
	s, err := awssim.Start(e, "", o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// config is the SDK's configuration of a caller that does not retry.
func config(t *testing.T, s *awssim.Server, region string, provider aws.CredentialsProvider) aws.Config {
	t.Helper()
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return aws.Config{
		Region: region, BaseEndpoint: aws.String(s.URL()), Credentials: provider,
		HTTPClient: answer.Client(&http.Client{Transport: transport}),
		Retryer:    func() aws.Retryer { return aws.NopRetryer{} },
	}
}

func base() aws.CredentialsProvider {
	return credentials.NewStaticCredentialsProvider("AKIABASE00000000", "base-secret", "")
}

// inside is the configuration of the reader's session in an account, without the
// detour of assuming the role.
func inside(t *testing.T, s *awssim.Server, account, region string) aws.Config {
	t.Helper()
	id, err := s.Assume(account, "reader", "test")
	if err != nil {
		t.Fatal(err)
	}
	return config(t, s, region, static(id))
}

// assumed is the configuration of a role that is entered through STS.
func assumed(t *testing.T, s *awssim.Server, role, externalID string) aws.Config {
	t.Helper()
	client := sts.NewFromConfig(config(t, s, ireland, base()))
	return config(t, s, ireland, aws.NewCredentialsCache(stscreds.NewAssumeRoleProvider(client, role, func(o *stscreds.AssumeRoleOptions) {
		o.RoleSessionName = "test"
		o.ExternalID = aws.String(externalID)
	})))
}

// wantCode checks an error's code and status; the code "" wants no error.
func wantCode(t *testing.T, err error, code string, status int) {
	t.Helper()
	if code == "" {
		if err != nil {
			t.Fatalf("want no error, got %v", err)
		}
		return
	}
	var api smithy.APIError
	if !errors.As(err, &api) || api.ErrorCode() != code {
		t.Fatalf("want error %s, got %v", code, err)
	}
	var response *smithyhttp.ResponseError
	if errors.As(err, &response) && response.HTTPStatusCode() != status {
		t.Errorf("want status %d, got %d", status, response.HTTPStatusCode())
	}
}

// population returns the member resources that exist by number.
func population(e awssim.Estate, kind, region string, count int) awssim.Estate {
	e.Accounts[1].Populations = append(e.Accounts[1].Populations, awssim.Population{Kind: kind, Regions: []string{region}, Count: count})
	return e
}

func static(id awssim.Identity) aws.CredentialsProvider {
	return credentials.NewStaticCredentialsProvider(id.AccessKeyID, id.SecretAccessKey, id.SessionToken)
}

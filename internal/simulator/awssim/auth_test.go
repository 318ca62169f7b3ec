package awssim_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"portolan/internal/simulator/awssim"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/account"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
)

// probes calls each service once.
var probes = map[string]func(context.Context, aws.Config) error{
	"account": func(ctx context.Context, c aws.Config) error {
		_, err := account.NewFromConfig(c).ListRegions(ctx, nil)
		return err
	},
	"ec2": func(ctx context.Context, c aws.Config) error {
		_, err := ec2.NewFromConfig(c).DescribeInstances(ctx, nil)
		return err
	},
	"ecs": func(ctx context.Context, c aws.Config) error {
		_, err := ecs.NewFromConfig(c).ListClusters(ctx, nil)
		return err
	},
	"lambda": func(ctx context.Context, c aws.Config) error {
		_, err := lambda.NewFromConfig(c).ListFunctions(ctx, nil)
		return err
	},
	"organizations": func(ctx context.Context, c aws.Config) error {
		_, err := organizations.NewFromConfig(c).ListAccounts(ctx, nil)
		return err
	},
	"rds": func(ctx context.Context, c aws.Config) error {
		_, err := rds.NewFromConfig(c).DescribeDBInstances(ctx, nil)
		return err
	},
	"s3": func(ctx context.Context, c aws.Config) error {
		_, err := s3.NewFromConfig(c).ListBuckets(ctx, nil)
		return err
	},
	"sqs": func(ctx context.Context, c aws.Config) error {
		_, err := sqs.NewFromConfig(c).ListQueues(ctx, &sqs.ListQueuesInput{MaxResults: aws.Int32(1000)})
		return err
	},
	"ssm": func(ctx context.Context, c aws.Config) error {
		_, err := ssm.NewFromConfig(c).GetParametersByPath(ctx, &ssm.GetParametersByPathInput{Path: aws.String(infrastructure + "services/sqs/regions")})
		return err
	},
}

// refusals are the code and status of each service for one kind of refusal.
type refusals map[string]struct {
	code   string
	status int
}

func checkRefusals(t *testing.T, want refusals, config aws.Config, wording string) {
	t.Helper()
	for service, probe := range probes {
		t.Run(service, func(t *testing.T) {
			err := probe(t.Context(), config)
			wantCode(t, err, want[service].code, want[service].status)
			if err != nil && !strings.Contains(err.Error(), wording) {
				t.Errorf("want %q in %v", wording, err)
			}
		})
	}
}

var unknownCaller = refusals{
	"account": {"UnrecognizedClientException", 403}, "ec2": {"AuthFailure", 401}, "ecs": {"UnrecognizedClientException", 400}, "ssm": {"UnrecognizedClientException", 400},
	"lambda": {"UnrecognizedClientException", 403}, "organizations": {"UnrecognizedClientException", 400},
	"rds": {"InvalidClientTokenId", 403}, "s3": {"InvalidAccessKeyId", 403}, "sqs": {"InvalidClientTokenId", 400},
}

func TestUnknownKey(t *testing.T) {
	t.Parallel()
	s := start(t, smallEstate(), awssim.Options{})
	checkRefusals(t, unknownCaller, config(t, s, ireland, credentials.NewStaticCredentialsProvider("AKIANOBODY000000", "x", "")), "")
}

func TestRegionNotEnabled(t *testing.T) {
	t.Parallel()
	s := start(t, smallEstate(), awssim.Options{})
	cfg := inside(t, s, management, "af-south-1")
	checkRefusals(t, unknownCaller, cfg, "")
	if err := s.SetRegion(management, "af-south-1", awssim.RegionEnabled); err != nil {
		t.Fatal(err)
	}
	checkRefusals(t, refusals{}, cfg, "")
}

func TestWrongSecret(t *testing.T) {
	t.Parallel()
	s := start(t, smallEstate(), awssim.Options{})
	checkRefusals(t, refusals{
		"account": {"InvalidSignatureException", 403}, "ec2": {"AuthFailure", 401}, "ecs": {"InvalidSignatureException", 400}, "ssm": {"InvalidSignatureException", 400},
		"lambda": {"InvalidSignatureException", 403}, "organizations": {"InvalidSignatureException", 400},
		"rds": {"SignatureDoesNotMatch", 403}, "s3": {"SignatureDoesNotMatch", 403}, "sqs": {"SignatureDoesNotMatch", 400},
	}, config(t, s, ireland, credentials.NewStaticCredentialsProvider("AKIABASE00000000", "wrong", "")), "")
}

var expired = refusals{
	"account": {"ExpiredTokenException", 403}, "ec2": {"RequestExpired", 400}, "ecs": {"ExpiredTokenException", 400}, "ssm": {"ExpiredTokenException", 400},
	"lambda": {"ExpiredTokenException", 403}, "organizations": {"ExpiredTokenException", 400},
	"rds": {"ExpiredToken", 403}, "s3": {"ExpiredToken", 400}, "sqs": {"ExpiredToken", 400},
}

func TestExpiredSession(t *testing.T) {
	t.Parallel()
	now := time.Now()
	s := start(t, smallEstate(), awssim.Options{Now: func() time.Time { return now }})
	cfg := inside(t, s, management, ireland)
	checkRefusals(t, refusals{}, cfg, "")
	now = now.Add(time.Hour)
	checkRefusals(t, expired, cfg, "")
}

func TestRevokedSession(t *testing.T) {
	t.Parallel()
	s := start(t, smallEstate(), awssim.Options{})
	old := inside(t, s, management, ireland)
	s.ExpireSessions(management)
	checkRefusals(t, expired, old, "")
	checkRefusals(t, refusals{}, inside(t, s, management, ireland), "")
}

func TestNoPermission(t *testing.T) {
	t.Parallel()
	denied := refusals{
		"account": {"AccessDeniedException", 403}, "ec2": {"UnauthorizedOperation", 403}, "ecs": {"AccessDeniedException", 400}, "ssm": {"AccessDeniedException", 400},
		"lambda": {"AccessDeniedException", 403}, "organizations": {"AccessDeniedException", 400},
		"rds": {"AccessDenied", 403}, "s3": {"AccessDenied", 403}, "sqs": {"AccessDenied", 403},
	}
	everyService := []string{"account:*", "ec2:desc?ibe*", "ecs:*", "lambda:*", "organizations:*", "rds:*", "s3:*", "sqs:*", "ssm:*"}
	policy := []awssim.Policy{{Targets: []string{"Workloads"}, Deny: []string{"*"}, ExceptRegions: []string{virginia}}}
	tests := []struct {
		name     string
		role     awssim.Permissions
		policies []awssim.Policy
		wording  string
	}{
		{"nothing allowed", awssim.Permissions{}, nil, "because no identity-based policy allows the "},
		{"denied", awssim.Permissions{Allow: []string{"*"}, Deny: everyService}, nil, "with an explicit deny in an identity-based policy"},
		{"denied by a policy of the organization", awssim.Permissions{Allow: []string{"*"}}, policy, "with an explicit deny in a service control policy"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			e := smallEstate()
			e.Accounts[1].Roles[0].Permissions = test.role
			e.Policies = test.policies
			s := start(t, e, awssim.Options{})
			checkRefusals(t, denied, inside(t, s, member, ireland), test.wording)
		})
	}
}

func TestPolicySparesRegionAndManagement(t *testing.T) {
	t.Parallel()
	e := smallEstate()
	e.Policies = []awssim.Policy{{Targets: []string{"root"}, Deny: []string{"ec2:*"}, Regions: []string{ohio}}}
	s := start(t, e, awssim.Options{})
	wantCode(t, probes["ec2"](t.Context(), inside(t, s, member, ohio)), "UnauthorizedOperation", 403)
	wantCode(t, probes["ec2"](t.Context(), inside(t, s, member, ireland)), "", 0)
	wantCode(t, probes["ec2"](t.Context(), inside(t, s, management, ohio)), "", 0)
}

func TestClosedAccount(t *testing.T) {
	t.Parallel()
	s := start(t, smallEstate(), awssim.Options{})
	cfg := inside(t, s, management, ireland)
	if err := s.SetAccountState(management, awssim.AccountSuspended); err != nil {
		t.Fatal(err)
	}
	checkRefusals(t, unknownCaller, cfg, "")
}

func TestTokenOfAnotherKey(t *testing.T) {
	t.Parallel()
	s := start(t, smallEstate(), awssim.Options{})
	one, _ := s.Assume(member, "reader", "one")
	two, _ := s.Assume(member, "reader", "two")
	for name, provider := range map[string]aws.CredentialsProvider{
		"swapped":  credentials.NewStaticCredentialsProvider(one.AccessKeyID, one.SecretAccessKey, two.SessionToken),
		"missing":  credentials.NewStaticCredentialsProvider(one.AccessKeyID, one.SecretAccessKey, ""),
		"tampered": credentials.NewStaticCredentialsProvider(one.AccessKeyID, one.SecretAccessKey, one.SessionToken[:40]+"AAAA"+one.SessionToken[44:]),
	} {
		t.Run(name, func(t *testing.T) {
			wantCode(t, probes["ecs"](t.Context(), config(t, s, ireland, provider)), "UnrecognizedClientException", 400)
		})
	}
}

func TestClockSkew(t *testing.T) {
	t.Parallel()
	for _, off := range []time.Duration{-20 * time.Minute, 20 * time.Minute} {
		t.Run(fmt.Sprint(off), func(t *testing.T) {
			t.Parallel()
			s := start(t, smallEstate(), awssim.Options{Now: func() time.Time { return time.Now().Add(off) }})
			cfg := config(t, s, ireland, base())
			_, err := sts.NewFromConfig(cfg).GetCallerIdentity(t.Context(), nil)
			wantCode(t, err, "SignatureDoesNotMatch", 403)
			wantCode(t, probes["s3"](t.Context(), cfg), "RequestTimeTooSkewed", 403)
			wantCode(t, probes["ecs"](t.Context(), cfg), "InvalidSignatureException", 400)
		})
	}
}

func TestUnsignedRequest(t *testing.T) {
	t.Parallel()
	s := start(t, smallEstate(), awssim.Options{})
	for name, want := range map[string]int{"": 403, "AmazonSQS.ListQueues": 400} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL(), strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("X-Amz-Target", name)
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		if response.Body.Close(); response.StatusCode != want {
			t.Errorf("target %q: want %d, got %d", name, want, response.StatusCode)
		}
	}
	http.DefaultClient.CloseIdleConnections()
}

func TestUnknownOperation(t *testing.T) {
	t.Parallel()
	s := start(t, smallEstate(), awssim.Options{})
	cfg := inside(t, s, management, ireland)
	_, err := ec2.NewFromConfig(cfg).DescribeVpcs(t.Context(), nil)
	wantCode(t, err, "InvalidAction", 400)
	_, err = rds.NewFromConfig(cfg).DescribeDBSnapshots(t.Context(), nil)
	wantCode(t, err, "InvalidAction", 400)
	_, err = ecs.NewFromConfig(cfg).ListTasks(t.Context(), nil)
	wantCode(t, err, "UnknownOperationException", 400)
	_, err = lambda.NewFromConfig(cfg).ListLayers(t.Context(), nil)
	wantCode(t, err, "UnknownOperationException", 404)
	_, err = s3.NewFromConfig(cfg).GetBucketAcl(t.Context(), &s3.GetBucketAclInput{Bucket: aws.String("bucket")})
	wantCode(t, err, "MethodNotAllowed", 405)
}

func TestServiceNotOffered(t *testing.T) {
	t.Parallel()
	e := smallEstate()
	e.NotOffered = []awssim.Offering{{Service: "ecs", Region: ireland}}
	s := start(t, e, awssim.Options{})
	cfg := inside(t, s, member, ireland)
	if err := probes["ecs"](t.Context(), cfg); err == nil || errors.As(err, new(smithy.APIError)) {
		t.Errorf("want a cut connection, got %v", err)
	}
	cfg.HTTPClient = &http.Client{Transport: s.Transport(cfg.HTTPClient.(*http.Client).Transport)}
	var dns *net.DNSError
	if err := probes["ecs"](t.Context(), cfg); !errors.As(err, &dns) || !dns.IsNotFound || dns.Name != "ecs.eu-west-1.amazonaws.com" {
		t.Errorf("want a name that does not resolve, got %v", err)
	}
	wantCode(t, probes["ec2"](t.Context(), cfg), "", 0)
}

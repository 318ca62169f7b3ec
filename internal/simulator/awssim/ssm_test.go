package awssim_test

import (
	"errors"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"portolan/internal/simulator/awssim"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/google/go-cmp/cmp"
)

const infrastructure = "/aws/service/global-infrastructure/"

// listed returns the values of all pages below a path, and how many pages there were.
func listed(t *testing.T, cfg aws.Config, path string) (values []string, pages int) {
	t.Helper()
	pager := ssm.NewGetParametersByPathPaginator(ssm.NewFromConfig(cfg), &ssm.GetParametersByPathInput{Path: aws.String(path)})
	for pager.HasMorePages() {
		page, err := pager.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		pages++
		for _, p := range page.Parameters {
			values = append(values, *p.Value)
			if name := strings.TrimSuffix(path, "/") + "/" + *p.Value; *p.Name != name || *p.ARN != "arn:aws:ssm:"+cfg.Region+"::parameter"+name {
				t.Errorf("parameter %s, %s", *p.Name, *p.ARN)
			}
		}
	}
	return values, pages
}

func TestListOfServicesByRegion(t *testing.T) {
	t.Parallel()
	e := smallEstate()
	e.NotOffered = []awssim.Offering{{Service: "ecs", Region: ireland}, {Service: "ecs", Region: "ca-west-1"}}
	s := start(t, e, awssim.Options{})
	cfg := inside(t, s, member, ireland)
	every, pages := listed(t, cfg, infrastructure+"services/sqs/regions")
	var want []string
	for _, partition := range []string{awssim.PartitionAWS, awssim.PartitionChina, awssim.PartitionGovCloud} {
		want = append(want, awssim.AllRegions(partition)...)
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, every); diff != "" || pages != (len(want)+9)/10 {
		t.Errorf("%d pages, regions of SQS (-want +got):\n%s", pages, diff)
	}
	some, _ := listed(t, cfg, infrastructure+"services/ecs/regions/")
	if len(some) != len(every)-2 || slices.Contains(some, ireland) || slices.Contains(some, "ca-west-1") {
		t.Errorf("regions of ECS: %v", some)
	}
	services, _ := listed(t, cfg, infrastructure+"regions/"+ireland+"/services")
	if !slices.Contains(services, "sqs") || slices.Contains(services, "ecs") {
		t.Errorf("services in %s: %v", ireland, services)
	}
	for name, path := range map[string]string{
		"a service that the list does not have": infrastructure + "services/quantum/regions",
		"a region that nobody has":              infrastructure + "regions/eu-wset-1/services",
	} {
		if values, _ := listed(t, cfg, path); values != nil {
			t.Errorf("%s: %v", name, values)
		}
	}
	if values, _ := listed(t, inside(t, s, member, "ap-northeast-3"), infrastructure+"services/sqs/regions"); values != nil {
		t.Errorf("a region that does not answer the path has %v", values)
	}
	s.SetListed("sqs", "eu-west-9", "nowhere")
	if values, _ := listed(t, cfg, infrastructure+"services/sqs/regions"); !slices.Equal(values, []string{"eu-west-9", "nowhere"}) {
		t.Errorf("the list that was set: %v", values)
	}
	s.SetListed("sqs")
	if values, _ := listed(t, cfg, infrastructure+"services/sqs/regions"); values != nil {
		t.Errorf("a list without any: %v", values)
	}
}

func TestGetParametersByPathRefuses(t *testing.T) {
	t.Parallel()
	s := start(t, smallEstate(), awssim.Options{})
	client := ssm.NewFromConfig(inside(t, s, member, ireland))
	path := infrastructure + "services/sqs/regions"
	first, err := client.GetParametersByPath(t.Context(), &ssm.GetParametersByPathInput{Path: aws.String(path), MaxResults: aws.Int32(3)})
	wantCode(t, err, "", 0)
	if len(first.Parameters) != 3 || first.NextToken == nil {
		t.Fatalf("a page of %d, token %v", len(first.Parameters), first.NextToken)
	}
	for name, test := range map[string]struct {
		in   ssm.GetParametersByPathInput
		code string
	}{
		"more than ten":        {ssm.GetParametersByPathInput{Path: aws.String(path), MaxResults: aws.Int32(11)}, "ValidationException"},
		"no slash":             {ssm.GetParametersByPathInput{Path: aws.String("aws/service")}, "ValidationException"},
		"another path":         {ssm.GetParametersByPathInput{Path: aws.String("/aws/service/ami-amazon-linux-latest")}, "ValidationException"},
		"another path's token": {ssm.GetParametersByPathInput{Path: aws.String(infrastructure + "services/sns/regions"), NextToken: first.NextToken}, "InvalidNextToken"},
		"no token":             {ssm.GetParametersByPathInput{Path: aws.String(path), NextToken: aws.String("x")}, "InvalidNextToken"},
	} {
		_, err := client.GetParametersByPath(t.Context(), &test.in)
		t.Run(name, func(t *testing.T) { wantCode(t, err, test.code, 400) })
	}
	s.SetPolicies([]awssim.Policy{{Targets: []string{"root"}, Deny: []string{"ssm:*"}}})
	_, err = client.GetParametersByPath(t.Context(), &ssm.GetParametersByPathInput{Path: aws.String(path)})
	wantCode(t, err, "AccessDeniedException", 400)
	if want := "on resource: arn:aws:ssm:eu-west-1::parameter" + path + " with an explicit deny in a service control policy"; !strings.Contains(err.Error(), want) {
		t.Errorf("%v, want %s", err, want)
	}
	s.SetPolicies(nil)
	s.SetLimits(awssim.Limit{Service: "ssm", Operation: "*", Burst: 1})
	_, err = client.GetParametersByPath(t.Context(), &ssm.GetParametersByPathInput{Path: aws.String(path)})
	wantCode(t, err, "", 0)
	_, err = client.GetParametersByPath(t.Context(), &ssm.GetParametersByPathInput{Path: aws.String(path)})
	wantCode(t, err, "ThrottlingException", 400)
}

// TestNamesThatDoNotResolve takes a name away from a service that is offered, and puts a
// proxy in the way.
func TestNamesThatDoNotResolve(t *testing.T) {
	t.Parallel()
	s := start(t, smallEstate(), awssim.Options{})
	cfg := inside(t, s, member, ireland)
	cfg.HTTPClient = &http.Client{Transport: s.Transport(cfg.HTTPClient.(*http.Client).Transport)}
	s.SetUnresolved(awssim.Offering{Service: "ecs", Region: ireland})
	var dns *net.DNSError
	if err := probes["ecs"](t.Context(), cfg); !errors.As(err, &dns) || !dns.IsNotFound {
		t.Errorf("want a name that does not resolve, got %v", err)
	}
	wantCode(t, probes["ec2"](t.Context(), cfg), "", 0)
	for status, says := range map[int]string{502: "Bad Gateway", 503: "Service Unavailable"} {
		s.SetProxy(status)
		var failed *url.Error
		if err := probes["ecs"](t.Context(), cfg); !errors.As(err, &failed) || failed.Err.Error() != says {
			t.Errorf("want what net/http makes of a proxy's %d, got %v", status, err)
		}
		wantCode(t, probes["ec2"](t.Context(), cfg), "", 0)
	}
	s.SetUnresolved()
	wantCode(t, probes["ecs"](t.Context(), cfg), "", 0)
	s.Inject(awssim.Fault{Service: "ecs", Effect: awssim.Unsupport})
	wantCode(t, probes["ecs"](t.Context(), cfg), "UnknownOperationException", 400)
}

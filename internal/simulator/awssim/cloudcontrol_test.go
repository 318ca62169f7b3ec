package awssim_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	table "portolan/internal/aws/cloudcontrol"
	"portolan/internal/simulator/awssim"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	acmtypes "github.com/aws/aws-sdk-go-v2/service/acm/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudcontrol"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	cfntypes "github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroups"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"
)

const (
	role     = "AWS::IAM::Role"
	vpc      = "AWS::EC2::VPC"
	subnet   = "AWS::EC2::Subnet"
	group    = "AWS::EKS::Nodegroup"
	addon    = "AWS::EKS::Addon"
	endpoint = "AWS::EC2::EIP"
)

// described is a resource as Cloud Control describes it.
type described struct {
	identifier string
	properties map[string]any
}

// page asks for a page of a type.
func page(ctx context.Context, cfg aws.Config, name, model string, token *string) ([]described, *string, error) {
	in := &cloudcontrol.ListResourcesInput{TypeName: &name, NextToken: token}
	if model != "" {
		in.ResourceModel = &model
	}
	out, err := cloudcontrol.NewFromConfig(cfg).ListResources(ctx, in)
	if err != nil {
		return nil, nil, err
	}
	list := make([]described, len(out.ResourceDescriptions))
	for i, d := range out.ResourceDescriptions {
		list[i] = described{aws.ToString(d.Identifier), decoded(aws.ToString(d.Properties))}
	}
	return list, out.NextToken, nil
}

// wholeList lists a type from the first page to the last.
func wholeList(t *testing.T, cfg aws.Config, name, model string) []described {
	t.Helper()
	var all []described
	for token, first := (*string)(nil), true; first || token != nil; first = false {
		list, next, err := page(t.Context(), cfg, name, model, token)
		if err != nil {
			t.Fatalf("list %s: %v", name, err)
		}
		all, token = append(all, list...), next
	}
	return all
}

func identifiers(all []described) []string {
	var list []string
	for _, d := range all {
		list = append(list, d.identifier)
	}
	return list
}

// read reads one resource.
func read(ctx context.Context, cfg aws.Config, name, identifier string) (map[string]any, error) {
	out, err := cloudcontrol.NewFromConfig(cfg).GetResource(ctx, &cloudcontrol.GetResourceInput{TypeName: &name, Identifier: &identifier})
	if err != nil {
		return nil, err
	}
	return decoded(aws.ToString(out.ResourceDescription.Properties)), nil
}

// decoded is an object in JSON, nil if it is none.
func decoded(text string) map[string]any {
	var properties map[string]any
	if json.Unmarshal([]byte(text), &properties) != nil {
		return nil
	}
	return properties
}

// wantMessage checks an error's code and some words of its message.
func wantMessage(t *testing.T, err error, code string, status int, words ...string) {
	t.Helper()
	wantCode(t, err, code, status)
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("want %q in %v", word, err)
		}
	}
}

// regionsOf are the regions in which the test looks for a type: where global types live, and
// where few types are.
var regionsOf = []string{ireland, virginia, "us-west-2", "eu-central-1", "ca-central-1", ohio, "ap-northeast-1", "ap-southeast-2"}

var required = regexp.MustCompile(`required key \[(.*)\] not found`)

// TestEveryTypeCanBeRead fills an account with three resources of every type, lists them and
// reads each.
func TestEveryTypeCanBeRead(t *testing.T) {
	t.Parallel()
	e := smallEstate()
	where := map[string]string{}
	for _, name := range awssim.Types() {
		for _, region := range regionsOf {
			tried := awssim.Estate{Accounts: []awssim.Account{{ID: member, Name: "x", Populations: []awssim.Population{{Kind: name, Regions: []string{region}, Count: 3}}}}}
			if tried.Validate() == nil {
				population(e, name, region, 3)
				where[name] = region
				break
			}
		}
	}
	s := start(t, e, awssim.Options{RememberCalls: -1})
	configs := map[string]aws.Config{}
	for _, region := range regionsOf {
		configs[region] = inside(t, s, member, region)
	}
	elsewhere := 0
	for _, name := range awssim.Types() {
		cfg := configs[where[name]]
		_, _, err := page(t.Context(), cfg, name, "", nil)
		if code := codeOf(err); code == "TypeNotFoundException" {
			elsewhere++
			continue
		} else if code == "UnsupportedActionException" {
			if _, err := read(t.Context(), cfg, name, s.Resources(member, name, where[name])[0].ID); err != nil {
				t.Errorf("%s is not listed, and not read: %v", name, err)
			}
			continue
		} else if code != "" && code != "InvalidRequestException" {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if name == "AWS::S3::BucketPolicy" { // its list names buckets; see TestPlaces
			continue
		}
		one := s.Resources(member, name, where[name])[0]
		identifier := s.Identifier(member, one)
		properties, got := read(t.Context(), cfg, name, identifier)
		if got != nil {
			t.Errorf("%s cannot be read by %q: %v", name, identifier, got)
			continue
		}
		model := ""
		if err != nil {
			missing := required.FindStringSubmatch(err.Error())
			if missing == nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			told := map[string]any{}
			for key := range strings.SplitSeq(missing[1], ", ") {
				if told[key] = properties[key]; told[key] == nil { // write-only, as a listener's rule's listener
					told[key] = parentOf[name](one)
				}
			}
			text, _ := json.Marshal(told)
			model = string(text)
		}
		list := identifiers(wholeList(t, cfg, name, model))
		if !slices.Contains(list, identifier) || len(list) != len(slices.Compact(slices.Sorted(slices.Values(list)))) {
			t.Errorf("%s: the list %q of %s lacks %q, or names one twice", name, list, model, identifier)
		}
	}
	if elsewhere > 60 {
		t.Errorf("%d types are in none of the regions", elsewhere)
	}
}

// parentOf is what a listing needs to be told where the document does not say it.
var parentOf = map[string]func(awssim.Resource) string{
	"AWS::ElasticLoadBalancingV2::ListenerRule": func(r awssim.Resource) string {
		rule := strings.Replace(r.ID, ":listener-rule/", ":listener/", 1)
		return rule[:strings.LastIndexByte(rule, '/')]
	},
	"AWS::StepFunctions::StateMachineAlias": func(r awssim.Resource) string { return r.ID[:strings.LastIndexByte(r.ID, ':')] },
}

func codeOf(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	if err != nil {
		return "?"
	}
	return ""
}

// TestDocuments shows what a listing and a read say of a resource: a listing may show only
// identifiers, and what is write-only never comes back, wherever it was said.
func TestDocuments(t *testing.T) {
	t.Parallel()
	secret := "arn:aws:secretsmanager:" + ireland + ":" + member + ":secret:db-a1b2c3"
	s := start(t, smallEstate(
		own(vpc, "vpc-0123456789abcdef0", map[string]any{"CidrBlock": "10.9.0.0/16", "InstanceTenancy": nil}),
		own("AWS::SecretsManager::Secret", secret, map[string]any{"SecretString": "hunter2"}),
		own("AWS::EFS::FileSystem", "fs-0123456789abcdef0", nil),
		own("AWS::Glue::Job", "nightly", nil),
		own("AWS::AppRunner::Service", "arn:aws:apprunner:"+ireland+":"+member+":service/web/0123456789abcdef0123456789abcdef", nil),
	), awssim.Options{})
	cfg := inside(t, s, member, ireland)
	if got := wholeList(t, cfg, vpc, ""); len(got) != 1 || len(got[0].properties) != 1 || got[0].properties["VpcId"] != got[0].identifier {
		t.Errorf("the list shows %v, want the identifier alone", got)
	}
	got, err := read(t.Context(), cfg, vpc, "vpc-0123456789abcdef0")
	wantCode(t, err, "", 0)
	tags := []any{map[string]any{"Key": "team", "Value": "shop"}}
	if got["CidrBlock"] != "10.9.0.0/16" || got["InstanceTenancy"] != nil || got["EnableDnsSupport"] != true || !cmp.Equal(got["Tags"], tags) {
		t.Errorf("got %v", got)
	}
	again, err := read(t.Context(), cfg, vpc, "vpc-0123456789abcdef0")
	wantCode(t, err, "", 0)
	if diff := cmp.Diff(got, again); diff != "" {
		t.Errorf("the document differs the second time:\n%s", diff)
	}
	for name, identifier := range map[string]string{"AWS::SecretsManager::Secret": secret, "AWS::EFS::FileSystem": "fs-0123456789abcdef0"} {
		got, err := read(t.Context(), cfg, name, identifier)
		wantCode(t, err, "", 0)
		if text := fmt.Sprint(got, wholeList(t, cfg, name, "")); strings.Contains(text, "SecretString") || strings.Contains(text, "hunter2") {
			t.Errorf("%s returns what is write-only: %s", name, text)
		}
	}
	if got, _ := read(t.Context(), cfg, "AWS::Glue::Job", "nightly"); !cmp.Equal(got["Tags"], any(map[string]any{"team": "shop"})) {
		t.Errorf("a job's tags are an object, got %v", got["Tags"])
	}
	for _, service := range wholeList(t, cfg, "AWS::AppRunner::Service", "") {
		if got, err := read(t.Context(), cfg, "AWS::AppRunner::Service", service.identifier); err != nil || got["Tags"] != nil || got["ServiceName"] != "web" {
			t.Errorf("tags that are write-only come back: %v, %v", got, err)
		}
	}
}

// TestWriteOnlyNeverComesBack reads every type that a secret is made up for.
func TestWriteOnlyNeverComesBack(t *testing.T) {
	t.Parallel()
	e := smallEstate()
	types := []string{"AWS::Redshift::Cluster", "AWS::AmazonMQ::Broker", "AWS::ElastiCache::ReplicationGroup", "AWS::KinesisFirehose::DeliveryStream", awssim.DBInstance, "AWS::SecretsManager::Secret"}
	for _, name := range types {
		population(e, name, ireland, 2)
	}
	s := start(t, e, awssim.Options{})
	cfg := inside(t, s, member, ireland)
	for _, name := range types {
		for _, d := range wholeList(t, cfg, name, "") {
			got, err := read(t.Context(), cfg, name, d.identifier)
			wantCode(t, err, "", 0)
			if text := fmt.Sprint(got, d.properties); strings.Contains(text, "write-only") {
				t.Errorf("%s returns %s", name, text)
			}
		}
	}
}

// TestNativeKinds are seen by Cloud Control's names.
func TestNativeKinds(t *testing.T) {
	t.Parallel()
	s := start(t, smallEstate(
		own(awssim.Queue, "orders", nil), own(awssim.Topic, "orders", nil), own(awssim.Cluster, "edge", nil), own(awssim.Service, "edge/web", nil),
		own(awssim.TaskDefinition, "web:7", nil), own(awssim.Function, "resize", nil), own(awssim.Bucket, "shop-logs", nil),
		own(awssim.Application, "shop", nil), own(awssim.DeploymentGroup, "shop/blue", nil),
	), awssim.Options{})
	cfg := inside(t, s, member, ireland)
	const account = "arn:aws:ecs:" + ireland + ":" + member
	for name, want := range map[string]string{
		awssim.Queue: "https://sqs.eu-west-1.amazonaws.com/" + member + "/orders", awssim.Topic: "arn:aws:sns:" + ireland + ":" + member + ":orders",
		awssim.Cluster: "edge", awssim.Service: account + ":service/edge/web|" + account + ":cluster/edge",
		awssim.TaskDefinition: account + ":task-definition/web:7", awssim.Function: "resize", awssim.Bucket: "shop-logs",
		awssim.DeploymentGroup: "shop|blue",
	} {
		model := ""
		if name == awssim.DeploymentGroup {
			model = `{"ApplicationName":"shop"}`
		}
		if got := identifiers(wholeList(t, cfg, name, model)); !slices.Equal(got, []string{want}) {
			t.Errorf("%s lists %q, want %q", name, got, want)
		}
		if _, err := read(t.Context(), cfg, name, want); err != nil {
			t.Error(err)
		}
		_, err := read(t.Context(), cfg, name, want[:len(want)-1]+"x")
		wantMessage(t, err, "ResourceNotFoundException", 404, "HandlerErrorCode: NotFound")
	}
}

// TestParents lists beneath a parent, which has to be named and has to exist.
func TestParents(t *testing.T) {
	t.Parallel()
	e := smallEstate()
	for name, count := range map[string]int{
		awssim.KubernetesCluster: 2, group: 4, addon: 3, "AWS::ElasticLoadBalancingV2::LoadBalancer": 2, "AWS::ElasticLoadBalancingV2::Listener": 4,
		"AWS::ElasticLoadBalancingV2::ListenerRule": 8, "AWS::EFS::FileSystem": 2, "AWS::EFS::MountTarget": 5, "AWS::WAFv2::WebACL": 3,
		"AWS::Connect::Queue": 2, awssim.Function: 2, "AWS::Lambda::Version": 4,
	} {
		population(e, name, ireland, count)
	}
	s := start(t, e, awssim.Options{})
	cfg := inside(t, s, member, ireland)
	for _, parent := range []struct{ of, property, child string }{
		{awssim.KubernetesCluster, "ClusterName", group}, {awssim.KubernetesCluster, "ClusterName", addon},
		{"AWS::ElasticLoadBalancingV2::LoadBalancer", "LoadBalancerArn", "AWS::ElasticLoadBalancingV2::Listener"},
		{"AWS::ElasticLoadBalancingV2::Listener", "ListenerArn", "AWS::ElasticLoadBalancingV2::ListenerRule"},
		{"AWS::EFS::FileSystem", "FileSystemId", "AWS::EFS::MountTarget"}, {awssim.Function, "FunctionName", "AWS::Lambda::Version"},
	} {
		var beneath []string
		for _, of := range s.Resources(member, parent.of, ireland) {
			beneath = append(beneath, identifiers(wholeList(t, cfg, parent.child, fmt.Sprintf(`{%q:%q}`, parent.property, of.ID)))...)
		}
		var all []string
		for _, r := range s.Resources(member, parent.child, ireland) {
			all = append(all, r.ID)
		}
		slices.Sort(beneath)
		slices.Sort(all)
		if diff := cmp.Diff(all, beneath); diff != "" || len(all) < 3 {
			t.Errorf("%s beneath its parents (-want +got):\n%s", parent.child, diff)
		}
		_, _, err := page(t.Context(), cfg, parent.child, "", nil)
		wantMessage(t, err, "InvalidRequestException", 400, "Missing or invalid ResourceModel property in "+parent.child+" list handler request input.", "required key ["+parent.property+"] not found")
		_, _, err = page(t.Context(), cfg, parent.child, fmt.Sprintf(`{%q:"nothing"}`, parent.property), nil)
		wantMessage(t, err, "ResourceNotFoundException", 404, "HandlerErrorCode: NotFound")
	}
	if got := wholeList(t, cfg, "AWS::WAFv2::WebACL", `{"Scope":"REGIONAL"}`); len(got) != 3 {
		t.Errorf("got %v", got)
	}
	if got := wholeList(t, inside(t, s, member, virginia), "AWS::WAFv2::WebACL", `{"Scope":"CLOUDFRONT"}`); len(got) != 0 {
		t.Errorf("got %v", got)
	}
	if got := wholeList(t, cfg, "AWS::Connect::Queue", `{"InstanceArn":"instancearn-1"}`); len(got) != 2 {
		t.Errorf("got %v", got)
	}
	for _, test := range []struct{ name, model, code string }{
		{"AWS::WAFv2::WebACL", `{"Scope":"CLOUDFRONT"}`, "InvalidRequestException"}, // outside us-east-1
		{"AWS::WAFv2::WebACL", `{"Scope":"global"}`, "InvalidRequestException"},
		{"AWS::WAFv2::WebACL", `{}`, "InvalidRequestException"},
		{"AWS::Connect::Queue", `{"InstanceArn":"other"}`, "ResourceNotFoundException"},
		{group, `{"ClusterName":5}`, "InvalidRequestException"},
		{group, `{"ClusterName":""}`, "InvalidRequestException"},
		{group, `{"clusterName":"x"}`, "InvalidRequestException"},
		{group, `["ClusterName"]`, "InvalidRequestException"},
		{group, `ClusterName`, "InvalidRequestException"},
		{vpc, `{"VpcId":"vpc-0"}`, "InvalidRequestException"},
	} {
		if _, _, err := page(t.Context(), cfg, test.name, test.model, nil); codeOf(err) != test.code {
			t.Errorf("%s with %s: want %s, got %v", test.name, test.model, test.code, err)
		}
	}
	cluster := s.Resources(member, awssim.KubernetesCluster, ireland)[0].ID
	first := wholeList(t, cfg, group, `{"ClusterName":"`+cluster+`"}`)[0].identifier
	s.Remove(member, awssim.KubernetesCluster, ireland, cluster)
	_, _, err := page(t.Context(), cfg, group, `{"ClusterName":"`+cluster+`"}`, nil)
	wantCode(t, err, "ResourceNotFoundException", 404)
	_, err = read(t.Context(), cfg, group, first)
	wantCode(t, err, "ResourceNotFoundException", 404)
}

// TestIdentifiersOfCloudControl are texts, with | between their parts, or objects.
func TestIdentifiersOfCloudControl(t *testing.T) {
	t.Parallel()
	const principal, resource = `arn:aws:iam::1:role/a|b`, `{"Catalog":{}}`
	permissions := own("AWS::LakeFormation::PrincipalPermissions", principal+"|"+resource, map[string]any{"PrincipalIdentifier": principal, "ResourceIdentifier": resource})
	s := start(t, smallEstate(
		own(awssim.KubernetesCluster, "prod", nil), own(addon, "prod|coredns", nil), own(endpoint, "198.51.100.7|eipalloc-0123456789abcdef0", nil), permissions,
	), awssim.Options{})
	cfg := inside(t, s, member, ireland)
	both, _ := json.Marshal(map[string]string{"PrincipalIdentifier": principal, "ResourceIdentifier": resource})
	for _, test := range []struct{ name, identifier, code string }{
		{addon, "prod|coredns", ""},
		{addon, `{"ClusterName":"prod","AddonName":"coredns"}`, ""},
		{addon, `{"AddonName":"coredns","ClusterName":"prod"}`, ""},
		{addon, `{"AddonName":"coredns"}`, "InvalidRequestException"},
		{addon, `{"ClusterName":"prod","AddonName":"coredns","More":"x"}`, "InvalidRequestException"},
		{addon, "coredns", "InvalidRequestException"},
		{addon, "prod|coredns|x", "InvalidRequestException"},
		{addon, "prod|kube-proxy", "ResourceNotFoundException"},
		{endpoint, "198.51.100.7|eipalloc-0123456789abcdef0", ""},
		{permissions.Kind, permissions.ID, "InvalidRequestException"}, // a part has a | of its own
		{permissions.Kind, string(both), ""},
		{vpc, "", "ValidationException"},
		{vpc, strings.Repeat("x", 1025), "ValidationException"},
		{vpc, strings.Repeat("x", 1024), "ResourceNotFoundException"},
	} {
		got, err := read(t.Context(), cfg, test.name, test.identifier)
		if codeOf(err) != test.code {
			t.Errorf("%s %.60q: want code %q, got %v", test.name, test.identifier, test.code, err)
		}
		if err == nil && test.name == permissions.Kind && got["ResourceIdentifier"] != resource {
			t.Errorf("got %v", got)
		}
	}
	for _, r := range []awssim.Resource{own(addon, "coredns", nil), own(vpc, strings.Repeat("x", 1025), nil), own(role, "reader", nil)} {
		if err := s.Put(member, r); err == nil {
			t.Errorf("%s %.20q was put in %s", r.Kind, r.ID, r.Region)
		}
	}
}

// TestPlaces shows which regions list what: a global type everywhere, buckets everywhere and
// read at home, a trail of all regions everywhere.
func TestPlaces(t *testing.T) {
	t.Parallel()
	local, global := own("AWS::CloudTrail::Trail", "local", nil), own("AWS::CloudTrail::Trail", "global", map[string]any{"IsMultiRegionTrail": true})
	deployer := own(role, "deployer", nil)
	deployer.Region = virginia
	policy := own("AWS::S3::BucketPolicy", "shop-logs", nil)
	s := start(t, smallEstate(local, global, deployer, own(awssim.Bucket, "shop-logs", nil), own(awssim.Bucket, "shop-open", nil), policy), awssim.Options{})
	here, there := inside(t, s, member, ireland), inside(t, s, member, ohio)
	for _, cfg := range []aws.Config{here, there} {
		if got := identifiers(wholeList(t, cfg, role, "")); !slices.Equal(got, []string{"deployer"}) {
			t.Errorf("%s lists the roles %q", cfg.Region, got)
		}
		if got, err := read(t.Context(), cfg, role, "deployer"); err != nil || got["Arn"] != "arn:aws:iam::"+member+":role/deployer" {
			t.Errorf("%v, %v", got, err)
		}
		for _, name := range []string{awssim.Bucket, "AWS::S3::BucketPolicy"} {
			if got := identifiers(wholeList(t, cfg, name, "")); !slices.Equal(got, []string{"shop-logs", "shop-open"}) {
				t.Errorf("%s lists for %s the buckets %q", cfg.Region, name, got)
			}
		}
		got, err := read(t.Context(), cfg, "AWS::CloudTrail::Trail", "global")
		if err != nil || got["Arn"] != "arn:aws:cloudtrail:"+ireland+":"+member+":trail/global" {
			t.Errorf("%v, %v", got, err)
		}
	}
	if got := identifiers(wholeList(t, there, "AWS::CloudTrail::Trail", "")); !slices.Equal(got, []string{"global"}) {
		t.Errorf("another region lists the trails %q", got)
	}
	_, err := read(t.Context(), there, "AWS::CloudTrail::Trail", "local")
	wantCode(t, err, "ResourceNotFoundException", 404)
	for _, name := range []string{awssim.Bucket, "AWS::S3::BucketPolicy"} {
		_, err = read(t.Context(), here, name, "shop-logs")
		wantCode(t, err, "", 0)
		_, err = read(t.Context(), there, name, "shop-logs")
		wantMessage(t, err, "GeneralServiceException", 400, "Status Code: 301", "HandlerErrorCode: GeneralServiceException")
	}
	_, err = read(t.Context(), here, "AWS::S3::BucketPolicy", "shop-open")
	wantCode(t, err, "ResourceNotFoundException", 404)
	_, err = read(t.Context(), inside(t, s, management, ireland), awssim.Bucket, "shop-logs")
	wantMessage(t, err, "AccessDeniedException", 400, "Access Denied")
}

// TestManaged has what AWS keeps itself beside the account's own.
func TestManaged(t *testing.T) {
	t.Parallel()
	mine := own("AWS::Events::EventBus", "orders", nil)
	s := start(t, population(smallEstate(mine), "AWS::IAM::ManagedPolicy", virginia, 1), awssim.Options{})
	if got := identifiers(wholeList(t, inside(t, s, member, ireland), mine.Kind, "")); !slices.Equal(got, []string{"default", "orders"}) {
		t.Errorf("got %q", got)
	}
	policies := identifiers(wholeList(t, inside(t, s, member, ireland), "AWS::IAM::ManagedPolicy", ""))
	if len(policies) != 3 || !slices.Contains(policies, "arn:aws:iam::aws:policy/ReadOnlyAccess") {
		t.Errorf("got %q", policies)
	}
}

// TestTypesThatARegionLacks, and names that no type has.
func TestTypesThatARegionLacks(t *testing.T) {
	t.Parallel()
	e := smallEstate(own(vpc, "vpc-0123456789abcdef0", nil))
	e.NotOffered = []awssim.Offering{{Service: vpc, Region: ohio}}
	s := start(t, e, awssim.Options{})
	here, there := inside(t, s, member, ireland), inside(t, s, member, ohio)
	for _, test := range []struct {
		cfg        aws.Config
		name, code string
	}{
		{here, vpc, ""}, {there, vpc, "TypeNotFoundException"}, {here, "AWS::EC2::Vpc", "TypeNotFoundException"}, {here, "Acme::Own::Thing", "TypeNotFoundException"},
		{here, "AWS::EC2", "ValidationException"}, {here, "AWS::EC2::VPC::", "ValidationException"}, {here, "", "ValidationException"},
		{here, "AWS::OpenSearchService::Domain", "UnsupportedActionException"},
	} {
		_, _, err := page(t.Context(), test.cfg, test.name, "", nil)
		if codeOf(err) != test.code {
			t.Errorf("%q in %s: want code %q, got %v", test.name, test.cfg.Region, test.code, err)
		}
	}
	_, err := read(t.Context(), there, vpc, "vpc-0123456789abcdef0")
	wantMessage(t, err, "TypeNotFoundException", 404, "cannot be found")
	_, _, err = page(t.Context(), here, "AWS::OpenSearchService::Domain", "", nil)
	wantMessage(t, err, "UnsupportedActionException", 405, "does not support LIST action")
}

// TestWhatCloudControlRefuses are members that the simulator does not act upon, and sizes.
func TestWhatCloudControlRefuses(t *testing.T) {
	t.Parallel()
	s := start(t, smallEstate(), awssim.Options{})
	client := cloudcontrol.NewFromConfig(inside(t, s, member, ireland))
	for name, test := range map[string]struct {
		in   cloudcontrol.ListResourcesInput
		code string
	}{
		"a size that has no effect": {cloudcontrol.ListResourcesInput{MaxResults: aws.Int32(1)}, ""},
		"a size out of bounds":      {cloudcontrol.ListResourcesInput{MaxResults: aws.Int32(101)}, "ValidationException"},
		"a role":                    {cloudcontrol.ListResourcesInput{RoleArn: aws.String("arn:aws:iam::" + member + ":role/reader")}, "ValidationException"},
		"a version":                 {cloudcontrol.ListResourcesInput{TypeVersionId: aws.String("1")}, "ValidationException"},
		"a token of nowhere":        {cloudcontrol.ListResourcesInput{NextToken: aws.String("x")}, "InvalidRequestException"},
		"an empty token":            {cloudcontrol.ListResourcesInput{NextToken: aws.String("")}, "ValidationException"},
		"a long token":              {cloudcontrol.ListResourcesInput{NextToken: aws.String(strings.Repeat("x", 4097))}, "ValidationException"},
		"a long model":              {cloudcontrol.ListResourcesInput{ResourceModel: aws.String(strings.Repeat(" ", 262_145))}, "ValidationException"},
	} {
		test.in.TypeName = aws.String(vpc)
		if _, err := client.ListResources(t.Context(), &test.in); codeOf(err) != test.code {
			t.Errorf("%s: want code %q, got %v", name, test.code, err)
		}
	}
}

// TestPagesOfCloudControl has pages of each handler's own size, which MaxResults does not
// change, and tokens that are good for one type only.
func TestPagesOfCloudControl(t *testing.T) {
	t.Parallel()
	s := start(t, population(population(smallEstate(), subnet, ireland, 230), vpc, ireland, 230), awssim.Options{})
	cfg := inside(t, s, member, ireland)
	for _, name := range []string{subnet, vpc} {
		all := wholeList(t, cfg, name, "")
		if got := slices.Compact(slices.Sorted(slices.Values(identifiers(all)))); len(got) != 230 || len(all) != 230 {
			t.Errorf("%s: %d, of which %d differ", name, len(all), len(got))
		}
	}
	first, token, err := page(t.Context(), cfg, subnet, "", nil)
	wantCode(t, err, "", 0)
	if token == nil || len(first) > 100 {
		t.Fatalf("%d on a page", len(first))
	}
	_, _, err = page(t.Context(), cfg, vpc, "", token)
	wantCode(t, err, "InvalidRequestException", 400)
	out, err := cloudcontrol.NewFromConfig(cfg).ListResources(t.Context(), &cloudcontrol.ListResourcesInput{TypeName: aws.String(subnet), MaxResults: aws.Int32(1)})
	wantCode(t, err, "", 0)
	if len(out.ResourceDescriptions) != len(first) {
		t.Errorf("MaxResults changes the page to %d", len(out.ResourceDescriptions))
	}
}

// TestPermissionsOfHandlers denies Cloud Control itself, and each call that a handler makes.
func TestPermissionsOfHandlers(t *testing.T) {
	t.Parallel()
	allowed := awssim.ReadActions(role)
	run := func(t *testing.T, permissions awssim.Permissions, policies ...awssim.Policy) (list, get error) {
		t.Helper()
		e := population(smallEstate(), role, virginia, 1)
		e.Accounts[1].Roles[0].Permissions, e.Policies = permissions, policies
		s := start(t, e, awssim.Options{})
		cfg := inside(t, s, member, virginia)
		_, _, list = page(t.Context(), cfg, role, "", nil)
		_, get = read(t.Context(), cfg, role, s.Resources(member, role, virginia)[0].ID)
		return list, get
	}
	list, get := run(t, awssim.Permissions{Allow: allowed})
	wantCode(t, errors.Join(list, get), "", 0)
	if len(allowed) < 5 {
		t.Fatalf("a role needs only %q", allowed)
	}
	for _, action := range allowed {
		list, get := run(t, awssim.Permissions{Allow: slices.DeleteFunc(slices.Clone(allowed), func(a string) bool { return a == action })})
		own := strings.HasPrefix(action, "cloudformation:")
		for _, err := range []error{list, get} {
			if err == nil {
				continue
			}
			wantMessage(t, err, "AccessDeniedException", 400, "is not authorized to perform: "+action+" on resource: ", "because no identity-based policy allows the "+action+" action")
			if handler := strings.Contains(err.Error(), role+" Handler returned status FAILED: ") && strings.Contains(err.Error(), "(HandlerErrorCode: AccessDenied, RequestToken: "); handler == own {
				t.Errorf("%s: %v", action, err)
			}
		}
		if list == nil && get == nil || list != nil && get != nil {
			t.Errorf("without %s: list %v, get %v", action, list, get)
		}
	}
	_, get = run(t, awssim.Permissions{Allow: []string{"*"}}, awssim.Policy{Targets: []string{"Workloads"}, Deny: []string{"iam:GetRolePolicy"}})
	wantMessage(t, get, "AccessDeniedException", 400, "iam:GetRolePolicy", "with an explicit deny in a service control policy")
	if slices.ContainsFunc(awssim.ReadActions(awssim.Function), func(a string) bool { return strings.HasPrefix(a, "kms:") }) {
		t.Error("reading a function needs a call that is no read")
	}
}

// TestRatesOfCloudControl are shared by all types of an account and a region.
func TestRatesOfCloudControl(t *testing.T) {
	t.Parallel()
	var ahead atomic.Int64
	now := time.Now()
	s := start(t, smallEstate(own(vpc, "vpc-0123456789abcdef0", nil)), awssim.Options{
		Now:    func() time.Time { return now.Add(time.Duration(ahead.Load())) },
		Limits: []awssim.Limit{{Service: "cloudcontrolapi", Operation: "ListResources", Rate: 1, Burst: 2}, {Service: "cloudcontrolapi", Operation: "GetResource", Rate: 5, Burst: 1}},
	})
	cfg := inside(t, s, member, ireland)
	list := func(cfg aws.Config, name, code string) {
		t.Helper()
		_, _, err := page(t.Context(), cfg, name, "", nil)
		if codeOf(err) != code {
			t.Errorf("want code %q, got %v", code, err)
		}
	}
	list(cfg, vpc, "")
	list(cfg, subnet, "")
	list(cfg, role, "ThrottlingException")
	_, err := read(t.Context(), cfg, vpc, "vpc-0123456789abcdef0")
	wantCode(t, err, "", 0)
	_, err = read(t.Context(), cfg, vpc, "vpc-0123456789abcdef0")
	wantMessage(t, err, "ThrottlingException", 429, "Rate exceeded")
	list(inside(t, s, member, ohio), vpc, "")
	ahead.Add(int64(time.Second))
	list(cfg, role, "")
	list(cfg, role, "ThrottlingException")
}

// TestFaultsOfCloudControl strikes calls about a type or a resource.
func TestFaultsOfCloudControl(t *testing.T) {
	t.Parallel()
	e := population(population(smallEstate(), vpc, ireland, 250), subnet, ireland, 3)
	type outcome struct {
		list, get string // codes
		listed    int
		twice     int
	}
	fine := outcome{listed: 250}
	for name, test := range map[string]struct {
		fault awssim.Fault
		want  outcome
	}{
		"none":                     {awssim.Fault{Type: subnet, Times: -1, Effect: awssim.Deny}, fine},
		"cut short":                {awssim.Fault{Type: vpc, Operation: "ListResources", First: 2, Effect: awssim.CutShort}, outcome{listed: 150}},
		"an empty page":            {awssim.Fault{Operation: "ListResources", First: 2, Effect: awssim.EmptyPage}, fine},
		"one on two pages":         {awssim.Fault{Operation: "ListResources", First: 1, Effect: awssim.Overlap}, outcome{listed: 251, twice: 1}},
		"a token that is refused":  {awssim.Fault{Operation: "ListResources", First: 2, Effect: awssim.RefuseToken}, outcome{list: "InvalidRequestException", listed: 100}},
		"what exists is not found": {awssim.Fault{Type: "AWS::EC2::*", Operation: "GetResource", Times: -1, Effect: awssim.Unfound}, outcome{get: "ResourceNotFoundException", listed: 250}},
		"an hour after creation":   {awssim.Fault{Type: vpc, Times: -1, Effect: awssim.Unsettled, Delay: time.Hour}, fine},
		"a century after creation": {awssim.Fault{Type: vpc, Times: -1, Effect: awssim.Unsettled, Delay: 876_000 * time.Hour}, outcome{get: "ResourceNotFoundException", listed: 250}},
		"another resource":         {awssim.Fault{Type: vpc, Resource: "vpc-0", Times: -1, Effect: awssim.Unfound}, fine},
		"an unsupported action":    {awssim.Fault{Type: vpc, Times: -1, Effect: awssim.Unsupport}, outcome{list: "UnsupportedActionException", get: "UnsupportedActionException"}},
		"denied":                   {awssim.Fault{Type: vpc, Operation: "GetResource", Times: -1, Effect: awssim.Deny}, outcome{get: "AccessDeniedException", listed: 250}},
		"a handler that fails":     {awssim.Fault{Type: vpc, Times: -1, Effect: awssim.HandlerFails, Code: "InternalFailure"}, outcome{list: "HandlerInternalFailureException", get: "HandlerInternalFailureException"}},
		"vanished":                 {awssim.Fault{Type: vpc, Operation: "GetResource", Effect: awssim.Vanish}, outcome{get: "ResourceNotFoundException", listed: 250}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, e, awssim.Options{})
			test.fault.Service = "cloudcontrolapi"
			s.Inject(test.fault)
			cfg := inside(t, s, member, ireland)
			id := s.Resources(member, vpc, ireland)[0].ID
			var got outcome
			seen := map[string]int{}
			for token, first := (*string)(nil), true; first || token != nil; first = false {
				list, next, err := page(t.Context(), cfg, vpc, "", token)
				if err != nil {
					got.list = codeOf(err)
					break
				}
				for _, d := range list {
					if seen[d.identifier]++; seen[d.identifier] == 2 {
						got.twice++
					}
				}
				got.listed, token = got.listed+len(list), next
			}
			_, err := read(t.Context(), cfg, vpc, id)
			got.get = codeOf(err)
			if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(outcome{})); diff != "" {
				t.Error(diff)
			}
			vanished := test.fault.Effect == awssim.Vanish
			if there := len(s.Resources(member, vpc, ireland)) == 250; there == vanished {
				t.Errorf("%d are left", len(s.Resources(member, vpc, ireland)))
			}
		})
	}
}

// TestHandlerFailures gives each sort of error its code and its form.
func TestHandlerFailures(t *testing.T) {
	t.Parallel()
	codes := map[string]bool{}
	for _, fault := range awssim.HandlerFailures() {
		s := start(t, smallEstate(own(vpc, "vpc-0123456789abcdef0", nil)), awssim.Options{})
		s.Inject(fault)
		_, err := read(t.Context(), inside(t, s, member, ireland), vpc, "vpc-0123456789abcdef0")
		code := codeOf(err)
		codes[code] = true
		if code == "" || code == "?" || !strings.Contains(err.Error(), fault.Message) {
			t.Errorf("%s: %v", fault.Code, err)
		}
		if fault.Effect == awssim.HandlerFails && !strings.Contains(err.Error(), vpc+" Handler returned status FAILED: "+fault.Message+" (HandlerErrorCode: "+fault.Code+", RequestToken: ") {
			t.Errorf("%s: %v", fault.Code, err)
		}
	}
	for _, code := range []string{
		"GeneralServiceException", "AccessDeniedException", "HandlerInternalFailureException", "HandlerFailureException", "InvalidCredentialsException",
		"InvalidRequestException", "NetworkFailureException", "NotStabilizedException", "ResourceConflictException", "ServiceInternalErrorException",
		"ServiceLimitExceededException", "ThrottlingException", "PrivateTypeException",
	} {
		if !codes[code] {
			t.Errorf("no failure has the code %s, only %q", code, slices.Sorted(maps.Keys(codes)))
		}
	}
}

// TestOddAnswers are what the API's model allows, and nobody expects.
func TestOddAnswers(t *testing.T) {
	t.Parallel()
	for effect, odd := range map[awssim.Effect]func(identifier, properties *string) bool{
		awssim.NoIdentifier:  func(identifier, properties *string) bool { return identifier == nil && properties != nil },
		awssim.NoProperties:  func(identifier, properties *string) bool { return identifier != nil && properties == nil },
		awssim.OddProperties: func(_, properties *string) bool { return properties != nil && decoded(*properties) == nil },
		awssim.Swell: func(_, properties *string) bool {
			return properties != nil && len(*properties) == 262_144 && decoded(*properties) != nil
		},
	} {
		s := start(t, smallEstate(own(vpc, "vpc-0123456789abcdef0", nil)), awssim.Options{})
		s.Inject(awssim.Fault{Type: vpc, Times: 2, Effect: effect})
		client := cloudcontrol.NewFromConfig(inside(t, s, member, ireland))
		list, err := client.ListResources(t.Context(), &cloudcontrol.ListResourcesInput{TypeName: aws.String(vpc)})
		wantCode(t, err, "", 0)
		got, err := client.GetResource(t.Context(), &cloudcontrol.GetResourceInput{TypeName: aws.String(vpc), Identifier: aws.String("vpc-0123456789abcdef0")})
		wantCode(t, err, "", 0)
		if d := list.ResourceDescriptions[0]; !odd(d.Identifier, d.Properties) {
			t.Errorf("%s: the list has %v", effect, aws.ToString(d.Identifier))
		}
		if d := got.ResourceDescription; !odd(d.Identifier, d.Properties) {
			t.Errorf("%s: the read has %v", effect, aws.ToString(d.Identifier))
		}
	}
}

// TestDescribeType answers with what the table says of a type.
func TestDescribeType(t *testing.T) {
	t.Parallel()
	s := start(t, smallEstate(), awssim.Options{})
	client := cloudformation.NewFromConfig(inside(t, s, member, ireland))
	describe := func(name string) (map[string]any, error) {
		out, err := client.DescribeType(t.Context(), &cloudformation.DescribeTypeInput{Type: cfntypes.RegistryTypeResource, TypeName: &name})
		if err != nil {
			return nil, err
		}
		if out.ProvisioningType != cfntypes.ProvisioningTypeFullyMutable {
			t.Errorf("%s is %s", name, out.ProvisioningType)
		}
		return decoded(aws.ToString(out.Schema)), nil
	}
	schema, err := describe(addon)
	wantCode(t, err, "", 0)
	handlers := schema["handlers"].(map[string]any)
	list := handlers["list"].(map[string]any)
	for what, is := range map[string]bool{
		"identifier": cmp.Equal(schema["primaryIdentifier"], any([]any{"/properties/ClusterName", "/properties/AddonName"})),
		"parents":    cmp.Equal(list["handlerSchema"].(map[string]any)["required"], any([]any{"ClusterName"})),
		"read":       cmp.Equal(handlers["read"], any(map[string]any{"permissions": []any{"eks:DescribeAddon"}})),
		"tagging":    cmp.Equal(schema["tagging"], any(map[string]any{"taggable": true, "tagProperty": "/properties/Tags"})),
	} {
		if !is {
			t.Errorf("the schema's %s: %v", what, schema)
		}
	}
	schema, err = describe("AWS::OpenSearchService::Domain")
	wantCode(t, err, "", 0)
	if schema["handlers"].(map[string]any)["list"] != nil {
		t.Error("a type that cannot be listed has a list handler")
	}
	_, err = describe("Acme::Own::Thing")
	wantCode(t, err, "TypeNotFoundException", 404)
	_, err = describe("nonsense")
	wantCode(t, err, "ValidationError", 400)
	s.Inject(awssim.Fault{Service: "cloudformation", Effect: awssim.Deny})
	_, err = describe(vpc)
	wantCode(t, err, "AccessDenied", 403)
}

// TestTypesOfTheProduct compares the simulator's table with the product's: whoever corrects
// one of them has to look at the other.
func TestTypesOfTheProduct(t *testing.T) {
	t.Parallel()
	s := start(t, smallEstate(), awssim.Options{})
	known := awssim.Types()
	if len(known) != len(table.All())+1 || !slices.Contains(known, awssim.LaterType) {
		t.Errorf("%d types here, %d there", len(known), len(table.All()))
	}
	for i, of := range table.All() {
		if !slices.Contains(known, of.Name) {
			t.Errorf("%s is not a type here", of.Name)
		}
		if i%10 > 0 { // a sample: each takes a call
			continue
		}
		region, _, _ := strings.Cut(of.Regions, "/")
		if !strings.Contains(region, "-") {
			region = ireland
		}
		cfg := inside(t, s, management, region)
		out, err := cloudformation.NewFromConfig(cfg).DescribeType(t.Context(), &cloudformation.DescribeTypeInput{Type: cfntypes.RegistryTypeResource, TypeName: &of.Name})
		if err != nil {
			t.Errorf("%s: %v", of.Name, err)
			continue
		}
		var identifier []any
		for _, property := range of.Identifier {
			identifier = append(identifier, "/properties/"+property)
		}
		if got := decoded(aws.ToString(out.Schema))["primaryIdentifier"]; !cmp.Equal(got, any(identifier)) {
			t.Errorf("%s is identified here by %v, there by %q", of.Name, got, of.Identifier)
		}
	}
}

// TestServicesBehind answer about the same resources as Cloud Control.
func TestServicesBehind(t *testing.T) {
	t.Parallel()
	const stack, balancer = "AWS::CloudFormation::Stack", "AWS::ElasticLoadBalancingV2::LoadBalancer"
	certificate, other := own("AWS::CertificateManager::Certificate", "arn:aws:acm:"+ireland+":"+member+":certificate/1", nil), own("AWS::CertificateManager::Certificate", "arn:aws:acm:"+ireland+":"+member+":certificate/2", map[string]any{"KeyAlgorithm": "EC_prime256v1"})
	e := population(population(smallEstate(certificate, other, own("AWS::ResourceGroups::Group", "shop", nil), own(awssim.Queue, "orders", nil)), stack, ireland, 120), awssim.Image, ireland, 3)
	s := start(t, population(e, balancer, ireland, 2), awssim.Options{})
	cfg := inside(t, s, member, ireland)
	var stacks []string
	pages := cloudformation.NewDescribeStacksPaginator(cloudformation.NewFromConfig(cfg), &cloudformation.DescribeStacksInput{})
	for pages.HasMorePages() {
		out, err := pages.NextPage(t.Context())
		wantCode(t, err, "", 0)
		for _, of := range out.Stacks {
			stacks = append(stacks, aws.ToString(of.StackId))
			if of.StackName == nil || of.StackStatus == "" || of.CreationTime == nil || len(of.Tags) == 0 {
				t.Fatalf("got %+v", of)
			}
		}
	}
	if diff := cmp.Diff(identifiers(wholeList(t, cfg, stack, "")), stacks); diff != "" || len(stacks) != 120 {
		t.Errorf("stacks (-Cloud Control +CloudFormation):\n%s", diff)
	}
	images, err := ec2.NewFromConfig(cfg).DescribeImages(t.Context(), &ec2.DescribeImagesInput{Owners: []string{"self"}})
	wantCode(t, err, "", 0)
	if len(images.Images) != 3 || aws.ToString(images.Images[0].OwnerId) != member {
		t.Errorf("got %+v", images.Images)
	}
	balancers, err := elb.NewFromConfig(cfg).DescribeLoadBalancers(t.Context(), &elb.DescribeLoadBalancersInput{PageSize: aws.Int32(400)})
	wantCode(t, err, "", 0)
	for i, id := range identifiers(wholeList(t, cfg, balancer, "")) {
		model, err := read(t.Context(), cfg, balancer, id)
		wantCode(t, err, "", 0)
		if got := balancers.LoadBalancers[i]; *got.LoadBalancerArn != id || *got.DNSName != model["DNSName"] || got.CreatedTime == nil || len(got.SecurityGroups) != 1 {
			t.Errorf("got %+v, want the one of %v", got, model)
		}
	}
	certificates := func(in acm.ListCertificatesInput, want ...string) {
		t.Helper()
		out, err := acm.NewFromConfig(cfg).ListCertificates(t.Context(), &in)
		wantCode(t, err, "", 0)
		var got []string
		for _, c := range out.CertificateSummaryList {
			got = append(got, *c.CertificateArn)
		}
		if !slices.Equal(got, want) {
			t.Errorf("certificates %q, want %q", got, want)
		}
	}
	certificates(acm.ListCertificatesInput{}, certificate.ID)
	certificates(acm.ListCertificatesInput{Includes: &acmtypes.Filters{KeyTypes: acmtypes.KeyAlgorithm("").Values()}}, certificate.ID, other.ID)
	groups, err := resourcegroups.NewFromConfig(cfg).ListGroups(t.Context(), &resourcegroups.ListGroupsInput{MaxResults: aws.Int32(50)})
	wantCode(t, err, "", 0)
	if len(groups.GroupIdentifiers) != 1 || *groups.GroupIdentifiers[0].GroupName != "shop" {
		t.Fatalf("got %+v", groups.GroupIdentifiers)
	}
	within, err := resourcegroups.NewFromConfig(cfg).ListGroupResources(t.Context(), &resourcegroups.ListGroupResourcesInput{Group: groups.GroupIdentifiers[0].GroupArn})
	wantCode(t, err, "", 0)
	if len(within.Resources) != 1 || *within.Resources[0].Identifier.ResourceType != awssim.Queue {
		t.Errorf("got %+v", within.Resources)
	}
	_, err = resourcegroups.NewFromConfig(cfg).ListGroupResources(t.Context(), &resourcegroups.ListGroupResourcesInput{Group: aws.String("other")})
	wantCode(t, err, "NotFoundException", 404)
	_, err = ec2.NewFromConfig(cfg).DescribeImages(t.Context(), &ec2.DescribeImagesInput{})
	wantCode(t, err, "InvalidParameterValue", 400)
	if slices.Contains(awssim.Kinds(), awssim.Image) {
		t.Error("a machine image is a kind")
	}
}

// TestPlanOfTypes gives a generated estate global types in their own region, and a role that
// may read all.
func TestPlanOfTypes(t *testing.T) {
	t.Parallel()
	counts := map[string]int{role: 2, vpc: 3, group: 4, awssim.KubernetesCluster: 1}
	e := awssim.Plan{Accounts: 2, Regions: []string{ireland, ohio}, Counts: counts}.Generate()
	if want := 2 + 2*(3+4+1); e.Count("") != want {
		t.Errorf("%d resources, want %d", e.Count(""), want)
	}
	s := start(t, e, awssim.Options{})
	id, err := s.Assume(e.Accounts[1].ID, "PortolanRead", "test")
	if err != nil {
		t.Fatal(err)
	}
	cfg := config(t, s, ireland, static(id))
	if got := wholeList(t, cfg, role, ""); len(got) != 2 {
		t.Errorf("got %v", got)
	}
	cluster := wholeList(t, cfg, awssim.KubernetesCluster, "")[0].identifier
	for _, d := range wholeList(t, cfg, group, `{"ClusterName":"`+cluster+`"}`) {
		if _, err := read(t.Context(), cfg, group, d.identifier); err != nil {
			t.Error(err)
		}
	}
}

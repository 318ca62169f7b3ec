package cloudcontrol_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/google/go-cmp/cmp"

	"portolan/internal/aws/awserr"
	"portolan/internal/aws/cloudcontrol"
	"portolan/internal/aws/kind"
	"portolan/internal/diag"
	"portolan/internal/simulator/awssim"
)

const (
	account = "111122223333"
	ireland = "eu-west-1"
	virgina = "us-east-1"
)

// inside takes the place of the SDK's HTTP client and hands requests to the simulator.
type inside struct{ handler http.Handler }

func (i inside) Do(r *http.Request) (*http.Response, error) {
	r.RequestURI, r.Host = r.URL.RequestURI(), r.URL.Host
	recorder := httptest.NewRecorder()
	i.handler.ServeHTTP(recorder, r)
	return recorder.Result(), nil
}

// world is a simulated account.
type world struct {
	*testing.T
	*awssim.Server
}

// newWorld returns an account whose role may make these calls, all of them if there are none.
func newWorld(t *testing.T, may []string, resources ...awssim.Resource) *world {
	t.Helper()
	if may == nil {
		may = []string{"*"}
	}
	s, err := awssim.New(awssim.Estate{Accounts: []awssim.Account{{
		ID: account, Name: "shop", Roles: []awssim.Role{{Name: "reader", Permissions: awssim.Permissions{Allow: may}}}, Resources: resources,
	}}}, awssim.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return &world{t, s}
}

func (w *world) target(region string) kind.Target {
	w.Helper()
	id, err := w.Assume(account, "reader", "test")
	if err != nil {
		w.Fatal(err)
	}
	return kind.Target{
		Account: account, AccountName: "shop", Region: region, Partition: "aws",
		Config: aws.Config{
			Region: region, BaseEndpoint: aws.String("http://simulator"), HTTPClient: inside{w.Server},
			Credentials: credentials.NewStaticCredentialsProvider(id.AccessKeyID, id.SecretAccessKey, id.SessionToken),
			Retryer:     func() aws.Retryer { return aws.NopRetryer{} },
		},
	}
}

// read returns the documents of a kind in a region.
func (w *world) read(k *kind.Kind, region string, actions ...string) (documents []kind.Object, errs []error) {
	w.Helper()
	options := kind.Options{Actions: actions, Parallel: 2, Budget: kind.NewRoom(10_000)}
	for document, err := range k.Read(w.Context(), w.target(region), options) {
		if err != nil {
			errs = append(errs, err)
			continue
		}
		documents = append(documents, document)
	}
	return documents, errs
}

// named reads a kind by its name, and wants no error.
func (w *world) named(name, region string) []kind.Object {
	w.Helper()
	documents, errs := w.read(cloudcontrol.Find(name), region)
	if len(errs) > 0 {
		w.Errorf("%s: %v", name, errs)
	}
	return documents
}

// asked counts the calls of an operation.
func (w *world) asked(operation string) (n int) {
	for _, call := range w.Calls() {
		if call.Operation == operation {
			n++
		}
	}
	return n
}

func ids(documents []kind.Object) (ids []string) {
	for _, d := range documents {
		ids = append(ids, d["Identifier"].(string))
	}
	slices.Sort(ids)
	return ids
}

func resource(name, region, id string) awssim.Resource {
	return awssim.Resource{Kind: name, Region: region, ID: id}
}

// TestDocument has the form that mappings of both integrations expect.
func TestDocument(t *testing.T) {
	t.Parallel()
	vpc := resource("AWS::EC2::VPC", ireland, "vpc-0123456789abcdef0")
	w := newWorld(t, nil, vpc)
	documents := w.named("AWS::EC2::VPC", ireland)
	if len(documents) != 1 {
		t.Fatalf("%d documents", len(documents))
	}
	d := documents[0]
	properties := d["Properties"].(kind.Object)
	delete(d, "Properties")
	want := kind.Object{
		"Type": "AWS::EC2::VPC", "Identifier": vpc.ID, "__ExtraContext": kind.Object{"AccountId": account, "Region": ireland},
		"__Kind": "AWS::EC2::VPC", "__AccountId": account, "__Region": ireland,
	}
	if diff := cmp.Diff(want, d); diff != "" {
		t.Errorf("the document (-want +got):\n%s", diff)
	}
	if properties["VpcId"] != vpc.ID || properties["CidrBlock"] == nil {
		t.Errorf("properties %v", properties)
	}
	for name := range properties {
		if strings.ContainsRune(name, 0) {
			t.Errorf("the property %q is not AWS's", name)
		}
	}
	if w.asked("GetResource") != 1 {
		t.Errorf("%d resources were read", w.asked("GetResource"))
	}
}

// TestParentsAreListed reads types beneath their parents: one level and two, with values that
// only some regions have, by a property of the parent that does not identify it, and beneath
// themselves.
func TestParentsAreListed(t *testing.T) {
	t.Parallel()
	const balancers, listeners, rules = "AWS::ElasticLoadBalancingV2::LoadBalancer", "AWS::ElasticLoadBalancingV2::Listener", "AWS::ElasticLoadBalancingV2::ListenerRule"
	const elb = "arn:aws:elasticloadbalancing:" + ireland + ":" + account + ":"
	with := func(r awssim.Resource, attributes map[string]any) awssim.Resource {
		r.Attributes = attributes
		return r
	}
	const units = "AWS::Organizations::OrganizationalUnit"
	for name, test := range map[string]struct {
		of, region string
		resources  []awssim.Resource
		want       []string
	}{
		"nodegroups": {"AWS::EKS::Nodegroup", ireland, []awssim.Resource{
			resource("AWS::EKS::Cluster", ireland, "prod"), resource("AWS::EKS::Cluster", ireland, "test"), resource("AWS::EKS::Cluster", ireland, "empty"),
			resource("AWS::EKS::Nodegroup", ireland, "prod/a"), resource("AWS::EKS::Nodegroup", ireland, "test/b"),
		}, []string{"prod/a", "test/b"}},
		"rules": {rules, ireland, []awssim.Resource{
			resource(balancers, ireland, elb+"loadbalancer/app/shop/50dc6c495c0c9188"),
			resource(listeners, ireland, elb+"listener/app/shop/50dc6c495c0c9188/f2f7dc8efc522ab2"),
			resource(rules, ireland, elb+"listener-rule/app/shop/50dc6c495c0c9188/f2f7dc8efc522ab2/9683b2d02a6cabee"),
		}, []string{elb + "listener-rule/app/shop/50dc6c495c0c9188/f2f7dc8efc522ab2/9683b2d02a6cabee"}},
		"regional web ACLs": {"AWS::WAFv2::WebACL", ireland, []awssim.Resource{
			resource("AWS::WAFv2::WebACL", ireland, "edge|0a1b|REGIONAL"), resource("AWS::WAFv2::WebACL", virgina, "global|0a1c|CLOUDFRONT"),
		}, []string{"edge|0a1b|REGIONAL"}},
		"global web ACLs": {"AWS::WAFv2::WebACL", virgina, []awssim.Resource{
			resource("AWS::WAFv2::WebACL", virgina, "edge|0a1b|REGIONAL"), resource("AWS::WAFv2::WebACL", virgina, "global|0a1c|CLOUDFRONT"),
		}, []string{"edge|0a1b|REGIONAL", "global|0a1c|CLOUDFRONT"}},
		"members of a property": {"AWS::Transfer::User", ireland, []awssim.Resource{
			with(resource("AWS::Transfer::Server", ireland, "arn:aws:transfer:eu-west-1:"+account+":server/s-1"), map[string]any{"ServerId": "s-1"}),
			with(resource("AWS::Transfer::User", ireland, "arn:aws:transfer:eu-west-1:"+account+":user/s-1/kim"), map[string]any{"ServerId": "s-1"}),
		}, []string{"arn:aws:transfer:eu-west-1:" + account + ":user/s-1/kim"}},
		"organizational units": {units, virgina, []awssim.Resource{
			with(resource("AWS::Organizations::Organization", virgina, "o-a1b2c3d4e5"), map[string]any{"RootId": "r-a1b2"}),
			with(resource(units, virgina, "ou-a1b2-00000001"), map[string]any{"ParentId": "r-a1b2"}),
			with(resource(units, virgina, "ou-a1b2-00000002"), map[string]any{"ParentId": "ou-a1b2-00000001"}),
			with(resource(units, virgina, "ou-a1b2-00000003"), map[string]any{"ParentId": "ou-a1b2-00000002"}),
		}, []string{"ou-a1b2-00000001", "ou-a1b2-00000002", "ou-a1b2-00000003"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil, test.resources...)
			if diff := cmp.Diff(test.want, ids(w.named(test.of, test.region))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestParentsThatFail: what could not be listed is said, and the rest is read all the same.
func TestParentsThatFail(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil,
		resource("AWS::EKS::Cluster", ireland, "prod"), resource("AWS::EKS::Cluster", ireland, "test"),
		resource("AWS::EKS::Nodegroup", ireland, "prod/a"), resource("AWS::EKS::Nodegroup", ireland, "test/b"))
	k := cloudcontrol.Find("AWS::EKS::Nodegroup")
	broken := awssim.Fault{Service: "cloudcontrolapi", Operation: "ListResources", Effect: awssim.HandlerFails, Code: "InternalFailure", Message: "no"}
	for of, want := range map[string]int{"AWS::EKS::Cluster": 0, "AWS::EKS::Nodegroup": 1} {
		w.ClearFaults()
		broken.Type = of
		w.Inject(broken)
		documents, errs := w.read(k, ireland)
		if len(documents) != want || len(errs) != 1 || awserr.ClassOf(errs[0]) != awserr.Failed {
			t.Errorf("%s fails: %v, %v", of, ids(documents), errs)
		}
	}
	w.ClearFaults()
	w.Inject(awssim.Fault{Service: "cloudcontrolapi", Operation: "ListResources", Type: "AWS::EKS::Nodegroup", Effect: awssim.Refuse, Code: "ResourceNotFoundException", Message: "no cluster", Status: 404})
	if documents, errs := w.read(k, ireland); len(documents) != 1 || len(errs) != 0 {
		t.Errorf("a parent vanished: %v, %v", ids(documents), errs)
	}
}

// TestListingsAreReadAsNeeded: which resources are read after they are listed.
func TestListingsAreReadAsNeeded(t *testing.T) {
	t.Parallel()
	yes, no := true, false
	for name, test := range map[string]struct {
		of    string
		wants []cloudcontrol.Want
		reads int // of two resources
	}{
		"only names are listed":                {"AWS::EC2::VPC", []cloudcontrol.Want{{}}, 2},
		"all is listed":                        {"AWS::EC2::Subnet", []cloudcontrol.Want{{}}, 0},
		"all is listed, and read all the same": {"AWS::EC2::Subnet", []cloudcontrol.Want{{Read: &yes}}, 2},
		"only names are listed, and not read":  {"AWS::EC2::VPC", []cloudcontrol.Want{{Read: &no}}, 0},
		"two entries share the reads":          {"AWS::EC2::VPC", []cloudcontrol.Want{{}, {Read: &yes}}, 2},
		"one wants names, the other all":       {"AWS::EC2::VPC", []cloudcontrol.Want{{Read: &no}, {}}, 2},
		"a secret is behind the read":          {"AWS::SSM::Parameter", []cloudcontrol.Want{{}}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			of, _ := cloudcontrol.Lookup(test.of)
			prefix := map[string]string{"AWS::EC2::VPC": "vpc-0123456789abcdef", "AWS::EC2::Subnet": "subnet-0123456789abcdef"}[test.of]
			w := newWorld(t, nil, resource(test.of, ireland, prefix+"0"), resource(test.of, ireland, prefix+"1"))
			k, actions := cloudcontrol.Shape(cloudcontrol.Find(test.of), test.wants)
			options := kind.Options{Actions: slices.Concat(actions...), Parallel: 2, Budget: kind.NewRoom(10_000)}
			found := 0
			for one, err := range k.Find(t.Context(), w.target(ireland), options) {
				if err != nil {
					t.Fatal(err)
				}
				found++
				for i := range test.wants {
					d := one.Document(actions[i])
					properties := d["Properties"].(kind.Object)
					small := test.wants[i].Read != nil && !*test.wants[i].Read
					if d["Identifier"] == "" || small != (len(properties) == len(of.Identifier)) && test.of == "AWS::EC2::VPC" {
						t.Errorf("entry %d has %v", i, d)
					}
				}
			}
			if found != 2 || w.asked("GetResource") != test.reads {
				t.Errorf("%d resources, %d reads", found, w.asked("GetResource"))
			}
		})
	}
}

// TestConfirm believes only what AWS says of the resource itself.
func TestConfirm(t *testing.T) {
	t.Parallel()
	k := cloudcontrol.Find("AWS::EC2::VPC")
	w := newWorld(t, nil, resource("AWS::EC2::VPC", ireland, "vpc-0123456789abcdef0"))
	if exists, err := k.Confirming(w.target(ireland))(t.Context(), "vpc-0123456789abcdef0"); !exists || err != nil {
		t.Errorf("%t, %v", exists, err)
	}
	if exists, err := k.Confirming(w.target(ireland))(t.Context(), "vpc-0123456789abcdef1"); exists || err != nil {
		t.Errorf("what does not exist: %t, %v", exists, err)
	}
	for _, fault := range slices.Concat(awssim.HandlerFailures(), []awssim.Fault{
		{Service: "cloudcontrolapi", Effect: awssim.Gateway}, {Service: "cloudcontrolapi", Effect: awssim.Deny},
		{Service: "cloudcontrolapi", Effect: awssim.Refuse, Code: "UnsupportedActionException", Message: "no"},
		{Service: "cloudcontrolapi", Effect: awssim.Refuse, Code: "TypeNotFoundException", Message: "no", Status: 404},
	}) {
		w.ClearFaults()
		fault.Operation = "GetResource"
		w.Inject(fault)
		if exists, err := k.Confirming(w.target(ireland))(t.Context(), "vpc-0123456789abcdef1"); exists || err == nil {
			t.Errorf("%+v: %t, %v", fault, exists, err)
		}
	}
}

// TestConfirmWithoutTheSecret: what Cloud Control reads only together with a secret, the service
// itself tells of, to a role that may not read the secret.
func TestConfirmWithoutTheSecret(t *testing.T) {
	t.Parallel()
	const arn = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:"
	deleted := resource("AWS::SecretsManager::Secret", ireland, arn+"gone-a1b2c3")
	deleted.Attributes = map[string]any{"DeletedDate": 1_760_000_000}
	for name, test := range map[string]struct {
		there, absent string
		service       string
	}{
		"AWS::SSM::Parameter":         {"/shop/url", "/shop/URL", "ssm"},
		"AWS::SecretsManager::Secret": {arn + "db-a1b2c3", arn + "db-a1b2c4", "secretsmanager"},
	} {
		k := cloudcontrol.Find(name)
		w := newWorld(t, cloudcontrol.Permissions(name), resource(name, ireland, test.there), deleted)
		for id, want := range map[string]bool{test.there: true, test.absent: false, deleted.ID: false} {
			if exists, err := k.Confirming(w.target(ireland))(t.Context(), id); exists != want || err != nil {
				t.Errorf("%s %s: %t, %v", name, id, exists, err)
			}
		}
		if listed := w.named(name, ireland); len(listed) != 1 {
			t.Errorf("%s: listed are %v", name, ids(listed))
		}
		for _, fault := range []awssim.Fault{
			{Effect: awssim.Gateway}, {Effect: awssim.Deny}, {Effect: awssim.Fail}, {Effect: awssim.Throttle},
			{Effect: awssim.Refuse, Code: "InvalidRequestException", Message: "the secret does not exist"},
			{Effect: awssim.Refuse, Code: "InvalidFilterValue", Message: "not found"},
			{Effect: awssim.Refuse, Code: "ParameterNotFound", Message: "not found"},
		} {
			w.ClearFaults()
			fault.Service, fault.Times = test.service, -1
			w.Inject(fault)
			if exists, err := k.Confirming(w.target(ireland))(t.Context(), test.absent); exists || err == nil {
				t.Errorf("%s %+v: %t, %v", name, fault, exists, err)
			}
		}
		if name == "AWS::SSM::Parameter" {
			w.ClearFaults()
			w.Inject(awssim.Fault{Service: test.service, Effect: awssim.EmptyPage})
			if exists, err := k.Confirming(w.target(ireland))(t.Context(), test.there); !exists || err != nil {
				t.Errorf("an empty page is not the last: %t, %v", exists, err)
			}
		}
		if w.asked("GetSecretValue")+w.asked("GetParameters")+w.asked("GetResource") > 0 {
			t.Errorf("%s: the secret was asked for", name)
		}
	}
}

// TestContradiction: AWS lists what it then says does not exist. There is no document, and no
// proof.
func TestContradiction(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil, resource("AWS::EC2::VPC", ireland, "vpc-0123456789abcdef0"), resource("AWS::EC2::VPC", ireland, "vpc-0123456789abcdef1"))
	w.Inject(awssim.Fault{Service: "cloudcontrolapi", Operation: "GetResource", Effect: awssim.Refuse, Code: "ResourceNotFoundException", Message: "no", Status: 404})
	documents, errs := w.read(cloudcontrol.Find("AWS::EC2::VPC"), ireland)
	var contradicted *kind.ContradictedError
	if len(documents) != 1 || len(errs) != 1 || !errors.As(errs[0], &contradicted) || !strings.HasPrefix(contradicted.ID, "vpc-") {
		t.Errorf("%d documents, %v", len(documents), errs)
	}
}

// TestSecretsAreAskedFor: what one document withholds, another may have.
func TestSecretsAreAskedFor(t *testing.T) {
	t.Parallel()
	function := resource("AWS::Lambda::Function", ireland, "pay")
	function.Kind = "AWS::AppSync::GraphQLApi"
	function.ID = "arn:aws:appsync:eu-west-1:" + account + ":apis/abc"
	function.Attributes = map[string]any{"EnvironmentVariables": map[string]any{"TOKEN": "hunter2"}, "Name": "pay"}
	w := newWorld(t, nil, function)
	k, actions := cloudcontrol.Shape(cloudcontrol.Find(function.Kind), []cloudcontrol.Want{{}, {Secrets: []string{"EnvironmentVariables"}}})
	options := kind.Options{Actions: slices.Concat(actions...), Parallel: 2, Budget: kind.NewRoom(10_000)}
	found := 0
	for one, err := range k.Find(t.Context(), w.target(ireland), options) {
		if err != nil {
			t.Fatal(err)
		}
		found++
		plain, _ := json.Marshal(one.Document(actions[0]))
		secret, _ := json.Marshal(one.Document(actions[1]))
		if strings.Contains(string(plain), "hunter2") || !strings.Contains(string(secret), "hunter2") {
			t.Errorf("without the name: %s\nwith it: %s", plain, secret)
		}
	}
	if found != 1 {
		t.Errorf("%d resources", found)
	}
}

// TestHandlerFailures: each failure of a handler keeps the cell from being read, with a class.
func TestHandlerFailures(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil, resource("AWS::EC2::VPC", ireland, "vpc-0123456789abcdef0"))
	for _, operation := range []string{"ListResources", "GetResource"} {
		for _, fault := range awssim.HandlerFailures() {
			w.ClearFaults()
			fault.Operation = operation
			w.Inject(fault)
			documents, errs := w.read(cloudcontrol.Find("AWS::EC2::VPC"), ireland)
			if len(documents) != 0 || len(errs) != 1 {
				t.Errorf("%s %s %q: %d documents, %v", operation, fault.Code, fault.Message, len(documents), errs)
				continue
			}
			if class := awserr.ClassOf(errs[0]); class == awserr.None || class == awserr.NotFound {
				t.Errorf("%s %s %q: class %q", operation, fault.Code, fault.Message, class)
			}
		}
	}
}

// TestDenials name the action that is missing.
func TestDenials(t *testing.T) {
	t.Parallel()
	vpc := resource("AWS::EC2::VPC", ireland, "vpc-0123456789abcdef0")
	for name, test := range map[string]struct {
		may  []string
		want string
	}{
		"the API":     {[]string{"ec2:*"}, "cloudformation:ListResources"},
		"the read":    {[]string{"ec2:*", "cloudformation:ListResources"}, "cloudformation:GetResource"},
		"the handler": {[]string{"cloudformation:*"}, "ec2:DescribeVpc"},
	} {
		w := newWorld(t, test.may, vpc)
		_, errs := w.read(cloudcontrol.Find("AWS::EC2::VPC"), ireland)
		if len(errs) != 1 || awserr.ClassOf(errs[0]) != awserr.Denied || !strings.Contains(awserr.Fix(errs[0]), test.want) {
			t.Errorf("%s: %v, fix %q", name, errs, awserr.Fix(errors.Join(errs...)))
		}
	}
	k := cloudcontrol.Find("AWS::EC2::VPC")
	w := newWorld(t, k.Permissions(), vpc)
	if documents, errs := w.read(k, ireland); len(documents) != 1 || len(errs) != 0 {
		t.Errorf("with the kind's permissions: %d documents, %v", len(documents), errs)
	}
}

// TestTypesThatARegionLacks are told apart from failures by their code.
func TestTypesThatARegionLacks(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for code, want := range map[string]diag.Code{"TypeNotFoundException": diag.TypeNotThere, "UnsupportedActionException": diag.TypeUnreadable} {
		w.Inject(awssim.Fault{Service: "cloudcontrolapi", Effect: awssim.Refuse, Code: code, Message: "no", Status: 404})
		_, errs := w.read(cloudcontrol.Find("AWS::EC2::VPC"), ireland)
		if len(errs) != 1 || awserr.CodeOf(errs[0]) != want {
			t.Errorf("%s: %v", code, errs)
		}
	}
}

// TestBucketsInTheFormOfCloudControl are listed by S3 and read where each lives.
func TestBucketsInTheFormOfCloudControl(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil, resource("AWS::S3::Bucket", ireland, "logs-eu"), resource("AWS::S3::Bucket", virgina, "logs-us"))
	names := func(member string) bool { return member == "__Kind" }
	k, actions := cloudcontrol.Shape(cloudcontrol.Find("AWS::S3::Bucket"), []cloudcontrol.Want{{Names: names}})
	documents, errs := w.read(k, virgina, actions[0]...)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	got := map[string]string{}
	for _, d := range documents {
		got[d["Identifier"].(string)] = fmt.Sprint(d["__Region"], " ", d["Properties"].(kind.Object)["BucketName"])
	}
	if diff := cmp.Diff(map[string]string{"logs-eu": "eu-west-1 logs-eu", "logs-us": "us-east-1 logs-us"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestWhichForm: what entries name decides where a selector does not.
func TestWhichForm(t *testing.T) {
	t.Parallel()
	yes, no := true, false
	naming := func(members ...string) func(string) bool {
		return func(member string) bool { return slices.Contains(members, member) }
	}
	const cloudControl, flat = "CloudControlForm", "FlatForm"
	for name, test := range map[string]struct {
		of   string
		want cloudcontrol.Want
		form string
	}{
		"native":                     {"AWS::SQS::Queue", cloudcontrol.Want{Names: naming("Properties")}, ""},
		"asked for":                  {"AWS::SQS::Queue", cloudcontrol.Want{CloudControl: &yes, Names: naming("Properties")}, cloudControl},
		"of the older integration":   {"AWS::SQS::Queue", cloudcontrol.Want{Names: naming("Properties", "__AccountId")}, cloudControl},
		"by its identifier":          {"AWS::EC2::Instance", cloudcontrol.Want{Names: naming("Properties", "Identifier")}, cloudControl},
		"with the older selector":    {"AWS::ECS::Cluster", cloudcontrol.Want{Read: &yes, Names: naming("Properties")}, cloudControl},
		"refused":                    {"AWS::ECS::Cluster", cloudcontrol.Want{CloudControl: &no, Read: &yes, Names: naming("__Kind")}, ""},
		"no such type":               {"AWS::CodeBuild::Project", cloudcontrol.Want{CloudControl: &yes}, ""},
		"account at the top":         {"AWS::Organizations::Account", cloudcontrol.Want{Names: naming("Id")}, flat},
		"account":                    {"AWS::Organizations::Account", cloudcontrol.Want{Names: naming("Properties")}, ""},
		"cache at the top":           {"AWS::ElastiCache::Cluster", cloudcontrol.Want{Names: naming("CacheClusterId", "__Kind")}, flat},
		"cache":                      {"AWS::ElastiCache::Cluster", cloudcontrol.Want{Names: naming("Properties")}, ""},
		"stack at the top":           {"AWS::CloudFormation::Stack", cloudcontrol.Want{Names: naming("StackName", "__Kind")}, ""},
		"stack":                      {"AWS::CloudFormation::Stack", cloudcontrol.Want{Names: naming("Properties")}, cloudControl},
		"group":                      {"AWS::ResourceGroups::Group", cloudcontrol.Want{Names: naming("Properties", "__Kind")}, cloudControl},
		"group with its resources":   {"AWS::ResourceGroups::Group", cloudcontrol.Want{GroupResources: true, Names: naming("__Resources")}, "ListGroupResourcesAction"},
		"load balancer":              {"AWS::ELBV2::LoadBalancer", cloudcontrol.Want{Names: naming("Properties")}, ""},
		"read through Cloud Control": {"AWS::IAM::Role", cloudcontrol.Want{CloudControl: &yes, Names: naming("__Kind")}, ""},
	} {
		_, actions := cloudcontrol.Shape(cloudcontrol.Find(test.of), []cloudcontrol.Want{test.want})
		if got := strings.Join(actions[0], " "); got != test.form {
			t.Errorf("%s: %q, want %q", name, got, test.form)
		}
	}
	native := cloudcontrol.Find("AWS::SQS::Queue")
	if k, _ := cloudcontrol.Shape(native, []cloudcontrol.Want{{Names: naming("Properties")}}); k != native {
		t.Error("who uses native kinds only gets another kind")
	}
}

// TestEveryNativeTypeHasItsForm wants an identifier for each native kind that is a type of the table,
// and a document in the form of Cloud Control where the simulator has the kind.
func TestEveryNativeTypeHasItsForm(t *testing.T) {
	t.Parallel()
	yes := true
	for _, of := range cloudcontrol.All() {
		k, source := cloudcontrol.Resolve(of.Name)
		if source != cloudcontrol.Native {
			continue
		}
		_, actions := cloudcontrol.Shape(k, []cloudcontrol.Want{{CloudControl: &yes}})
		if len(actions[0]) == 0 {
			t.Errorf("%s has no form of Cloud Control", of.Name)
		}
	}
}

// TestFormerKinds have the members of AWS's answer at the top, and Python's times.
func TestFormerKinds(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil, resource("AWS::ElastiCache::Cluster", ireland, "sessions"))
	k, actions := cloudcontrol.Shape(cloudcontrol.Find("AWS::ElastiCache::Cluster"), []cloudcontrol.Want{{Names: func(member string) bool { return member == "__Kind" }}})
	documents, errs := w.read(k, ireland, actions[0]...)
	if len(documents) != 1 || len(errs) > 0 {
		t.Fatalf("%d documents, %v", len(documents), errs)
	}
	d := documents[0]
	created, _ := d["CacheClusterCreateTime"].(string)
	if d["CacheClusterId"] != "sessions" || d["__Kind"] != "AWS::ElastiCache::Cluster" || d["__Region"] != ireland || !strings.HasSuffix(created, "+00:00") || created[10] != ' ' {
		t.Errorf("%v", slices.Sorted(maps.Keys(d)))
	}
	if inside := d["Properties"].(kind.Object)["CacheClusterCreateTime"].(string); !strings.HasSuffix(inside, "Z") {
		t.Errorf("the native form has the time %q", inside)
	}
}

// TestNothingBeneathAParentInOneListing: a parent is asked for several listings, and that there is
// nothing in one of them says nothing about the next.
func TestNothingBeneathAParentInOneListing(t *testing.T) {
	t.Parallel()
	const of = "AWS::AppSync::Resolver"
	resolver := func(typeName string) awssim.Resource {
		r := resource(of, ireland, "arn:aws:appsync:"+ireland+":"+account+":apis/abc/types/"+typeName+"/resolvers/pay")
		r.Attributes = map[string]any{"ApiId": "abc", "TypeName": typeName}
		return r
	}
	api := resource("AWS::AppSync::GraphQLApi", ireland, "abc")
	api.Attributes = map[string]any{"ApiId": "abc"}
	w := newWorld(t, nil, api, resolver("Mutation"), resolver("Subscription"))
	if documents := w.named(of, ireland); len(documents) != 2 {
		t.Fatalf("%d resolvers are read, want 2", len(documents))
	}
	w.Inject(awssim.Fault{Service: "cloudcontrolapi", Operation: "ListResources", Type: of, Effect: awssim.Refuse, Code: "ResourceNotFoundException", Message: "no type Query", Status: 404})
	if documents := w.named(of, ireland); len(documents) != 2 {
		t.Errorf("%d resolvers are read of an API without the first of the types, want 2", len(documents))
	}
}

// TestNamesakes: of two resources with one identifier AWS reads one. That is said, and the cell is not
// read whole; a resource that is listed twice is one.
func TestNamesakes(t *testing.T) {
	t.Parallel()
	const of, first, second = "AWS::Scheduler::Schedule", "schedule/default/nightly", "schedule/shop/nightly"
	schedule := func(path string) string {
		return fmt.Sprintf(`{"Identifier":"nightly","Properties":%q}`, fmt.Sprintf(`{"Name":"nightly","Arn":"arn:aws:scheduler:%s:%s:%s"}`, ireland, account, path))
	}
	for name, test := range map[string]struct {
		listed string
		errs   int
	}{
		"two with one name": {schedule(first) + "," + schedule(second), 1},
		"one listed twice":  {schedule(first) + "," + strings.Replace(schedule(first), `{\"Name`, `{ \"Name`, 1), 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil)
			target := w.target(ireland)
			target.Config.HTTPClient = inside{http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				rw.Header().Set("Content-Type", "application/x-amz-json-1.0")
				if r.Header.Get("X-Amz-Target") == "CloudApiService.ListResources" {
					fmt.Fprintf(rw, `{"TypeName":%q,"ResourceDescriptions":[%s]}`, of, test.listed)
					return
				}
				fmt.Fprintf(rw, `{"TypeName":%q,"ResourceDescription":%s}`, of, schedule(first))
			})}
			var errs []error
			documents := 0
			options := kind.Options{Parallel: 2, Budget: kind.NewRoom(10_000)}
			for _, err := range cloudcontrol.Find(of).Read(t.Context(), target, options) {
				if err != nil {
					errs = append(errs, err)
					continue
				}
				documents++
			}
			if len(errs) != test.errs || documents == 0 {
				t.Fatalf("%d documents, %v", documents, errs)
			}
			if test.errs > 0 && (!strings.Contains(errs[0].Error(), second) || awserr.ClassOf(errs[0]) != awserr.Failed || awserr.Fix(errs[0]) == "") {
				t.Errorf("%v", errs[0])
			}
		})
	}
}

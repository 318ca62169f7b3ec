package cloudcontrol

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	acmtypes "github.com/aws/aws-sdk-go-v2/service/acm/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroups"

	"portolan/internal/aws/kind"
)

const (
	groupsType  = "AWS::ResourceGroups::Group"
	groupsField = "__Resources"
)

// former is a kind that Ocean's older integration reads by the service's own call. Its documents
// have the members of AWS's answer at the top.
type former struct {
	// kind is nil for a native kind, which has a form of its own.
	kind *kind.Kind
	// times are the members that are times.
	times []string
	// identify returns what Cloud Control calls a resource of the kind, if it has the type.
	identify identifier
	behind   sync.Once
}

// complete returns the kind with the permissions of its form in Cloud Control. They are looked
// up only for who names the kind.
func (f *former) complete() *kind.Kind {
	f.behind.Do(func() {
		if of, known := Lookup(f.kind.Type); known && f.identify != nil {
			f.kind.Behind = of.Permissions()
		}
	})
	return f.kind
}

// identifier returns what Cloud Control calls a resource, and the region in which it is read, ""
// for that of the target.
type identifier func(t kind.Target, r *kind.Resource) (id, region string)

// formers are those kinds. The names of the first three are of no resource type of AWS, that of the
// fourth is of another one.
var formers = map[string]*former{
	"AWS::ELBV2::LoadBalancer": {times: []string{"CreatedTime"}, kind: &kind.Kind{
		Service: kind.Service{Prefix: "elasticloadbalancing", OfferedAs: "elb", Client: kind.Client(elasticloadbalancingv2.NewFromConfig)},
		List: kind.Listing{
			Name: "DescribeLoadBalancersAction", Actions: []string{"elasticloadbalancing:DescribeLoadBalancers"}, PageSize: 400,
			// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeLoadBalancers.html
			Pages: kind.Paged(func(c *elasticloadbalancingv2.Client) *elasticloadbalancingv2.DescribeLoadBalancersPaginator {
				return elasticloadbalancingv2.NewDescribeLoadBalancersPaginator(c, &elasticloadbalancingv2.DescribeLoadBalancersInput{PageSize: aws.Int32(400)})
			}, kind.Objects("LoadBalancers", "LoadBalancerArn")),
		},
	}},
	"AWS::ACM::Certificate": {
		times: []string{"CreatedAt", "IssuedAt", "ImportedAt", "NotAfter", "NotBefore", "RevokedAt"},
		kind: &kind.Kind{
			Service: kind.Service{Prefix: "acm", OfferedAs: "acm", Client: kind.Client(acm.NewFromConfig)},
			List: kind.Listing{
				Name: "ListCertificatesAction", Actions: []string{"acm:ListCertificates"}, PageSize: 1000,
				// Without a filter, only certificates with RSA keys are listed:
				// https://docs.aws.amazon.com/acm/latest/APIReference/API_ListCertificates.html
				Pages: kind.Paged(func(c *acm.Client) *acm.ListCertificatesPaginator {
					return acm.NewListCertificatesPaginator(c, &acm.ListCertificatesInput{
						MaxItems: aws.Int32(1000), Includes: &acmtypes.Filters{KeyTypes: acmtypes.KeyAlgorithm("").Values()},
					})
				}, kind.Objects("CertificateSummaryList", "CertificateArn")),
			},
		},
	},
	// These are the account's own machine images, not those of Image Builder.
	"AWS::ImageBuilder::Image": {kind: &kind.Kind{
		Service: kind.Service{Prefix: "ec2", OfferedAs: "ec2", Client: kind.Client(ec2.NewFromConfig)},
		List: kind.Listing{
			Name: "DescribeImagesAction", Actions: []string{"ec2:DescribeImages"}, PageSize: 1000,
			// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeImages.html
			Pages: kind.Paged(func(c *ec2.Client) *ec2.DescribeImagesPaginator {
				return ec2.NewDescribeImagesPaginator(c, &ec2.DescribeImagesInput{Owners: []string{"self"}, MaxResults: aws.Int32(1000)})
			}, kind.Objects("Images", "ImageId")),
		},
	}},
	"AWS::CloudFormation::Stack": {
		times:    []string{"CreationTime", "LastUpdatedTime", "DeletionTime", "LastCheckTimestamp"},
		identify: byID,
		kind: &kind.Kind{
			Service: kind.Service{Prefix: "cloudformation", OfferedAs: "cloudformation", Client: kind.Client(cloudformation.NewFromConfig)},
			List: kind.Listing{
				Name: "DescribeStacksAction", Actions: []string{"cloudformation:DescribeStacks"}, PageSize: 100,
				// https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStacks.html
				Pages: kind.Paged(func(c *cloudformation.Client) *cloudformation.DescribeStacksPaginator {
					return cloudformation.NewDescribeStacksPaginator(c, &cloudformation.DescribeStacksInput{})
				}, kind.Objects("Stacks", "StackId")),
			},
		},
	},
	groupsType: {
		identify: byProperty("Name"),
		kind: &kind.Kind{
			Service: kind.Service{Prefix: "resource-groups", OfferedAs: "resource-groups", Client: kind.Client(resourcegroups.NewFromConfig)},
			List: kind.Listing{
				Name: "ListGroupsAction", Actions: []string{"resource-groups:ListGroups"}, PageSize: 50,
				// https://docs.aws.amazon.com/ARG/latest/APIReference/API_ListGroups.html
				Pages: kind.Paged(func(c *resourcegroups.Client) *resourcegroups.ListGroupsPaginator {
					return resourcegroups.NewListGroupsPaginator(c, &resourcegroups.ListGroupsInput{MaxResults: aws.Int32(50)})
				}, groups),
			},
			Optional: []kind.FollowUp{{
				Name: groupsAction, Actions: []string{"resource-groups:ListGroupResources"},
				// https://docs.aws.amazon.com/ARG/latest/APIReference/API_ListGroupResources.html
				Call: kind.Gathered(func(c *resourcegroups.Client, _ kind.Target, r *kind.Resource) *resourcegroups.ListGroupResourcesPaginator {
					return resourcegroups.NewListGroupResourcesPaginator(c, &resourcegroups.ListGroupResourcesInput{Group: aws.String(r.ID), MaxResults: aws.Int32(50)})
				}, "Resources", groupsField),
			}},
		},
	},
	"AWS::ElastiCache::Cluster": {times: []string{
		"CacheClusterCreateTime", "CacheNodeCreateTime", "AuthTokenLastModifiedDate",
	}},
	"AWS::Organizations::Account": {times: []string{"JoinedTimestamp"}, identify: byID},
}

func init() {
	for name, f := range formers {
		if f.kind != nil {
			f.kind.Type, f.kind.Document = name, f.form()
		}
	}
}

// groups takes the resource groups out of a page, which has their ARNs twice: with the group's
// own members, and with those that identify it.
func groups(page kind.Object) []*kind.Resource {
	resources := kind.Objects("GroupIdentifiers", "GroupArn")(page)
	described := kind.Objects("Groups", "GroupArn")(page)
	for _, r := range resources {
		if name := r.Str("GroupName"); name != "" {
			r.Properties["Name"] = name
		}
		for _, of := range described {
			if of.ID == r.ID {
				for member, value := range of.Properties {
					r.Properties[member] = value
				}
			}
		}
	}
	if len(resources) == 0 {
		return described
	}
	return resources
}

// form is the form of documents with the members at the top. The member Type of some answers
// stands there too; __Kind always has the name of the kind.
func (f *former) form() kind.Form {
	return kind.Form{Open: true, Finish: func(t kind.Target, _ *kind.Resource, document kind.Object) {
		name := document["Type"]
		properties, _ := document["Properties"].(kind.Object)
		for member, value := range properties {
			document[member] = f.formerly(member, value)
		}
		document["Properties"] = properties
		document["__ExtraContext"] = kind.Object{"AccountId": t.Account, "Region": t.Region}
		document["__Kind"], document["__AccountId"], document["__Region"] = name, t.Account, t.Region
	}}
}

var inISO = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$`)

// formerly returns a value as the older integration has it, whose times are Python's:
// 2024-05-01 10:00:00+00:00.
func (f *former) formerly(member string, v any) any {
	switch v := v.(type) {
	case string:
		if slices.Contains(f.times, member) && inISO.MatchString(v) {
			return strings.Replace(strings.TrimSuffix(v, "Z"), "T", " ", 1) + "+00:00"
		}
	case kind.Object:
		object := make(kind.Object, len(v))
		for name, inner := range v {
			object[name] = f.formerly(name, inner)
		}
		return object
	case []any:
		list := make([]any, len(v))
		for i, element := range v {
			list[i] = f.formerly(member, element)
		}
		return list
	}
	return v
}

// identifiers are what Cloud Control calls the resources of native kinds, of which a mapping may
// want its form.
var identifiers = map[string]identifier{
	"AWS::CodeDeploy::Application":     byID,
	"AWS::CodeDeploy::DeploymentGroup": func(_ kind.Target, r *kind.Resource) (string, string) { return r.Parent + "|" + r.ID, "" },
	"AWS::CodePipeline::Pipeline":      byID,
	"AWS::DynamoDB::Table":             byID,
	"AWS::EC2::Instance":               byID,
	"AWS::EC2::Volume":                 byID,
	"AWS::ECR::Repository":             byEnd("repository/"),
	"AWS::ECS::Cluster":                byEnd("cluster/"),
	"AWS::ECS::Service":                func(_ kind.Target, r *kind.Resource) (string, string) { return r.ID + "|" + r.Parent, "" },
	"AWS::ECS::TaskDefinition":         byID,
	"AWS::EKS::Cluster":                byID,
	"AWS::KMS::Key":                    byID,
	"AWS::Lambda::Function":            byProperty("FunctionName"),
	"AWS::MSK::Cluster":                byID,
	"AWS::MSK::ServerlessCluster":      byID,
	"AWS::MemoryDB::User":              byProperty("Name"),
	"AWS::Organizations::Account":      byID,
	"AWS::RDS::DBCluster":              byProperty("DBClusterIdentifier"),
	"AWS::RDS::DBInstance":             byProperty("DBInstanceIdentifier"),
	"AWS::S3::Bucket":                  func(_ kind.Target, r *kind.Resource) (string, string) { return r.ID, r.Str("BucketRegion") },
	"AWS::SES::ConfigurationSet":       byID,
	"AWS::SES::EmailIdentity":          byID,
	"AWS::SNS::Topic":                  byID,
	"AWS::SQS::Queue":                  byID,
}

func byID(_ kind.Target, r *kind.Resource) (id, region string) { return r.ID, "" }

// byProperty is the identifier of what a property names.
func byProperty(name string) identifier {
	return func(_ kind.Target, r *kind.Resource) (string, string) { return r.Str(name), "" }
}

// byEnd is the identifier of what the end of an ARN names, after a word.
func byEnd(word string) identifier {
	return func(_ kind.Target, r *kind.Resource) (string, string) {
		_, name, _ := strings.Cut(r.ID, ":"+word)
		return name, ""
	}
}

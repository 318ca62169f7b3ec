package cloudcontrol

import (
	"regexp"
	"slices"
	"strings"
)

// The actions of Cloud Control itself.
const (
	listAction = "cloudformation:ListResources"
	readAction = "cloudformation:GetResource"
)

// reads matches the names of operations that only read.
var reads = regexp.MustCompile(`^((Batch|Admin)?(Get|List|Describe|Search)[A-Za-z0-9]*|GET)$`)

// withheld are actions whose names say that they read, and which hand out secrets, keys or the
// data of customers, or make something. No type is granted them because its handler declares
// them: what cannot be read without them is not read. A pattern ends with *.
//
// ssm:GetParameters alone opens every SecureString under AWS's own key, whose policy trusts
// whoever may use the parameter.
var withheld = []string{
	"secretsmanager:GetSecretValue", "secretsmanager:BatchGetSecretValue",
	"ssm:GetParameter*", "kms:GetParametersForImport", "ivs:GetStreamKey", "geo:DescribeKey", "route53globalresolver:GetAccessToken",
	"sts:*", "dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:GetRecords", "s3:GetObject*",
}

// expanded are the wildcards that handlers declare, and the actions that stand for them here: a
// policy names what it allows. autoscaling:Describe* would also allow the launch configurations,
// which hold user data. The namespace managed-fleets is not public.
var expanded = map[string][]string{
	"autoscaling:Describe*": {
		"autoscaling:DescribeAutoScalingGroups", "autoscaling:DescribeLifecycleHooks", "autoscaling:DescribeNotificationConfigurations",
		"autoscaling:DescribeTags", "autoscaling:DescribeTrafficSources",
	},
	"managed-fleets:Get*": nil,
	"application-autoscaling:Describe*": {
		"application-autoscaling:DescribeScalableTargets", "application-autoscaling:DescribeScalingPolicies",
	},
	"dynamodb:Describe*": {
		"dynamodb:DescribeContinuousBackups", "dynamodb:DescribeContributorInsights", "dynamodb:DescribeKinesisStreamingDestination",
		"dynamodb:DescribeTable", "dynamodb:DescribeTableReplicaAutoScaling", "dynamodb:DescribeTimeToLive",
	},
	"ec2:Describe*": {"ec2:DescribeNetworkInsightsAnalyses"},
	"securitylake:List*": {
		"securitylake:ListDataLakes", "securitylake:ListLogSources", "securitylake:ListTagsForResource",
	},
	"workspaces-web:List*":      {"workspaces-web:ListPortals", "workspaces-web:ListTagsForResource"},
	"workspaces-web:GetPortal*": {"workspaces-web:GetPortal", "workspaces-web:GetPortalServiceProviderMetadata"},
}

// Grantable says whether a read role may be allowed an action because the handler of a type
// declares it.
func Grantable(action string) bool {
	service, operation, _ := strings.Cut(action, ":")
	return service != "" && reads.MatchString(operation) && !slices.ContainsFunc(withheld, func(pattern string) bool {
		prefix, wild := strings.CutSuffix(pattern, "*")
		return action == pattern || wild && strings.HasPrefix(action, prefix)
	})
}

// Permissions returns the IAM actions that a read role should allow for the type, sorted:
// Cloud Control's own, and those reads that the type's handlers declare.
func (t Type) Permissions() []string {
	granted, _ := t.declared()
	return granted
}

// Permissions returns the IAM actions that a read role should allow so that a kind can be read
// through Cloud Control, whether it is native or not; nil if Cloud Control does not have it.
func Permissions(kind string) []string {
	of, known := Lookup(kind)
	if !known || !of.Listable() {
		return nil
	}
	return of.Permissions()
}

// Own returns those of some actions that are Cloud Control's own, without those of handlers.
func Own(actions []string) []string {
	return slices.DeleteFunc(slices.Clone(actions), func(action string) bool { return action != listAction && action != readAction })
}

// Withheld returns the actions that the type's handlers declare and that no role is granted,
// sorted.
func (t Type) Withheld() []string {
	_, refused := t.declared()
	return refused
}

// declared divides what the handlers declare. Schemas write some services in capitals, and some
// operations without, which IAM takes for the same: s3:getObject is s3:GetObject.
func (t Type) declared() (granted, refused []string) {
	granted = []string{listAction, readAction}
	for _, declared := range slices.Concat(t.ListActions, t.ReadActions) {
		service, operation, _ := strings.Cut(declared, ":")
		action := strings.ToLower(service) + ":" + strings.ToUpper(operation[:min(1, len(operation))]) + operation[min(1, len(operation)):]
		instead, wild := expanded[action]
		switch {
		case wild:
			granted = append(granted, instead...)
		case Grantable(action):
			granted = append(granted, action)
		default:
			refused = append(refused, action)
		}
	}
	slices.Sort(granted)
	slices.Sort(refused)
	return slices.Compact(granted), slices.Compact(refused)
}

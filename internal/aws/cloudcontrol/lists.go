package cloudcontrol

import (
	"slices"
	"strings"

	"portolan/internal/aws/kind"
)

// reading says which of the resources that a listing finds are read as well.
type reading int

const (
	asNeeded reading = iota // those of which the listing does not tell enough
	always
	never
)

// What listings of types are known to hold. AWS's contract asks a listing for identifiers only,
// and leaves the rest to each type; no field says which. The names are without AWS::.
var (
	// onlyNames are types whose listings have been seen to hold identifiers, or little more.
	onlyNames = strings.Fields(`
		S3::Bucket IAM::Role IAM::User IAM::ManagedPolicy KMS::Key EC2::VPC EC2::RouteTable EC2::SecurityGroup EC2::InternetGateway
		EC2::SecurityGroupEgress Backup::BackupPlan Backup::BackupVault SSO::Instance EC2::NetworkAcl CloudTrail::Trail Logs::LogGroup
		Athena::WorkGroup ECS::Cluster DynamoDB::Table SNS::Topic Kinesis::Stream CloudFront::Distribution AutoScaling::AutoScalingGroup
		ElasticBeanstalk::Application Amplify::App Cognito::UserPool Lex::Bot SQS::Queue`)
	// whole are types whose listings have been seen to hold all properties, or nearly.
	whole = strings.Fields(`
		EC2::Subnet EC2::DHCPOptions EC2::KeyPair EC2::SecurityGroupIngress EC2::SubnetCidrBlock IAM::InstanceProfile`)
	// listed are types of which one call hands out the secret itself, so that no role is granted
	// it: they are listed and not read, unless a selector says otherwise.
	listed = strings.Fields(`
		SSM::Parameter SecretsManager::Secret SecretsManager::SecretTargetAttachment IVS::StreamKey Location::APIKey
		Route53GlobalResolver::AccessToken`)
)

// ListedOnly says whether resources of the type are not read, because the call that does hands
// out a secret.
func (t Type) ListedOnly() bool { return !t.Read || slices.Contains(listed, t.short()) }

// ListsAll says whether a listing of the type may be enough, so that not each resource has to be
// read: it has been seen to be, or reading one takes no call that listing does not make. Whether
// it is shows each resource that is listed.
func (t Type) ListsAll() bool {
	if slices.Contains(whole, t.short()) {
		return true
	}
	return !slices.Contains(onlyNames, t.short()) && len(t.ListActions) > 0 &&
		!slices.ContainsFunc(t.ReadActions, func(action string) bool { return !slices.Contains(t.ListActions, action) })
}

func (t Type) short() string { return strings.TrimPrefix(t.Name, "AWS::") }

// reads says whether a resource that was listed is read as well.
func (r *reader) reads(one *kind.Resource) bool {
	switch r.mode {
	case always:
		return true
	case never:
		return false
	}
	if r.of.ListedOnly() || isAWSs(one.ID) {
		return false
	}
	return !r.listsAll || r.namesOnly(one.Properties)
}

// isAWSs says whether an identifier is of one of AWS's own policies, of which each account lists
// more than a thousand. They are the same everywhere.
func isAWSs(id string) bool {
	return strings.HasPrefix(id, "arn:") && strings.Contains(id, ":iam::aws:policy/")
}

// namesOnly says whether properties are no more than what identifies a resource.
func (r *reader) namesOnly(properties kind.Object) bool {
	for name := range properties {
		if name != carriedID && name != carriedRegion && name != r.of.ARN && !slices.Contains(r.of.Identifier, name) {
			return false
		}
	}
	return true
}

package cloudcontrol_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/aws/cloudcontrol"
)

// grantable is what a permission of a type may look like: one plain action that reads.
var grantable = regexp.MustCompile(`^[a-z0-9-]+:((Batch|Admin)?(Get|List|Describe|Search)[A-Za-z0-9]*|GET)$`)

// suspicious matches what may hand out a secret. Whatever matches and is granted was looked at
// and is named in harmless: they answer names, metadata or public keys, or are the resource itself.
var suspicious = regexp.MustCompile(`(?i)(secret|password|credential|token|apikey|key$|keys$|parameters?$|getobject|record|session|userdata|launchconfig|item$|value)`)

// harmless are granted although their names are suspicious.
var harmless = strings.Fields(`
	bedrock-agentcore:GetApiKeyCredentialProvider bedrock-agentcore:GetOauth2CredentialProvider bedrock-agentcore:GetPaymentCredentialProvider
	bedrock-agentcore:ListApiKeyCredentialProviders bedrock-agentcore:ListOauth2CredentialProviders
	bedrock-agentcore:ListPaymentCredentialProviders
	secretsmanager:DescribeSecret secretsmanager:GetResourcePolicy secretsmanager:ListSecrets kafka:ListScramSecrets
	ssm:DescribeParameters ssm:GetOpsItem ssm-guiconnect:GetConnectionRecordingPreferences
	elasticache:DescribeCacheParameters rds:DescribeDBClusterParameters rds:DescribeDBParameters rds:DescribeEngineDefaultParameters
	redshift:DescribeClusterParameters
	kms:DescribeKey kms:ListKeys kms:GetPublicKey cloudfront:GetPublicKey cloudfront:ListPublicKeys ivs:GetPublicKey ivs:ListPublicKeys
	payment-cryptography:GetKey payment-cryptography:ListKeys connect:ListSecurityKeys
	geo:ListKeys ivs:ListStreamKeys route53globalresolver:ListAccessTokens
	cloudfront:DescribeKeyValueStore cloudfront:ListKeyValueStores connect:ListDataTablePrimaryValues connect:ListDataTableValues
	ivs:GetRecordingConfiguration ivs:ListRecordingConfigurations
	ec2:DescribeTrafficMirrorSessions elasticmapreduce:GetStudioSessionMapping elasticmapreduce:ListStudioSessionMappings
	gamelift:DescribeGameSessionQueues macie2:GetMacieSession workspaces-web:GetSessionLogger workspaces-web:ListSessionLoggers
	billingconductor:ListResourcesAssociatedToCustomLineItem autoscaling:DescribeLaunchConfigurations
`)

func TestPermissionsOnlyRead(t *testing.T) {
	t.Parallel()
	granted := map[string]bool{}
	for _, of := range cloudcontrol.All() {
		permissions := of.Permissions()
		for _, action := range permissions {
			granted[action] = true
			if !grantable.MatchString(action) {
				t.Errorf("%s would be granted %s", of.Name, action)
			}
		}
		if !slices.Contains(permissions, "cloudformation:ListResources") || !slices.Contains(permissions, "cloudformation:GetResource") {
			t.Errorf("%s lacks Cloud Control's own actions: %v", of.Name, permissions)
		}
		for _, action := range of.Withheld() {
			if slices.Contains(permissions, action) {
				t.Errorf("%s both has and lacks %s", of.Name, action)
			}
		}
	}
	for action := range granted {
		if suspicious.MatchString(action) && !slices.Contains(harmless, action) {
			t.Errorf("%s is granted; does it hand out secrets? Then withhold it, else name it in the test", action)
		}
	}
	for _, action := range harmless {
		if !granted[action] {
			t.Errorf("%s is named in the test, and no type has it", action)
		}
	}
}

// TestOperationsInSmallLetters are granted, or withheld, as those in IAM's own letters are.
func TestOperationsInSmallLetters(t *testing.T) {
	t.Parallel()
	for name, action := range map[string]string{"AWS::IAM::User": "iam:ListUsers", "AWS::WAFv2::WebACL": "wafv2:ListWebACLs"} {
		of, _ := cloudcontrol.Lookup(name)
		if !slices.Contains(of.Permissions(), action) {
			t.Errorf("%s lacks %s: %q", name, action, of.Permissions())
		}
	}
	for _, of := range cloudcontrol.All() {
		if slices.Contains(of.Permissions(), "s3:GetObject") {
			t.Errorf("%s is granted the contents of buckets", of.Name)
		}
	}
}

func TestWhatIsWithheld(t *testing.T) {
	t.Parallel()
	for name, want := range map[string][]string{
		"AWS::SecretsManager::Secret":          {"secretsmanager:GetSecretValue"},
		"AWS::SSM::Parameter":                  {"ssm:GetParameters"},
		"AWS::IVS::StreamKey":                  {"ivs:GetStreamKey"},
		"AWS::WorkSpacesWeb::Portal":           {"kms:Decrypt"},
		"AWS::IAM::Role":                       nil,
		"AWS::AutoScaling::AutoScalingGroup":   nil,
		"AWS::DynamoDB::GlobalTable":           {"cloudwatch:PutMetricData"},
		"AWS::EC2::NetworkInsightsAnalysis":    nil,
		"AWS::AWSExternalAnthropic::Workspace": {"sts:GetWebIdentityToken", "sts:TagGetWebIdentityToken"},
	} {
		of, ok := cloudcontrol.Lookup(name)
		if !ok {
			t.Fatalf("no %s", name)
		}
		if diff := cmp.Diff(want, of.Withheld()); diff != "" {
			t.Errorf("%s withholds (-want +got):\n%s", name, diff)
		}
	}
}

// A kind has the actions of the handlers behind it, so that whoever asks a kind for its permissions
// needs not know how it is read.
func TestKindsHaveTheirHandlersPermissions(t *testing.T) {
	t.Parallel()
	k, source := cloudcontrol.Resolve("AWS::IAM::Role")
	if k == nil || source != cloudcontrol.Generic {
		t.Fatalf("AWS::IAM::Role is %s", source)
	}
	for _, action := range []string{"cloudformation:ListResources", "cloudformation:GetResource", "iam:ListRoles", "iam:GetRole", "iam:ListRolePolicies"} {
		if !slices.Contains(k.Permissions(), action) {
			t.Errorf("the kind lacks %s: %v", action, k.Permissions())
		}
	}
}

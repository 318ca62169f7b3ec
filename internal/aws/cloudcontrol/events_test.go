package cloudcontrol_test

import (
	"regexp"
	"testing"

	"portolan/internal/aws/cloudcontrol"
)

// TestEvents wants each type to be woken by its own service.
func TestEvents(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"AWS::IAM::Role": "iam", "AWS::EC2::VPC": "ec2", "AWS::Logs::LogGroup": "logs", "AWS::CloudWatch::Alarm": "monitoring",
		"AWS::ElasticLoadBalancingV2::LoadBalancer": "elasticloadbalancing", "AWS::StepFunctions::StateMachine": "states",
		"AWS::SecretsManager::Secret": "secretsmanager", "AWS::EFS::FileSystem": "elasticfilesystem", "AWS::CertificateManager::Certificate": "acm",
		"AWS::Lambda::Alias": "lambda", "AWS::KMS::Alias": "kms", "AWS::ApiGateway::RestApi": "apigateway", "AWS::Cognito::UserPool": "cognito-idp",
		"AWS::Route53::HostedZone": "route53", "AWS::AutoScaling::AutoScalingGroup": "autoscaling", "AWS::CloudTrail::Trail": "cloudtrail",
	} {
		k := cloudcontrol.Kind(name)
		if k == nil {
			t.Errorf("no %s", name)
			continue
		}
		if k.EventSource() != want+".amazonaws.com" || !k.Events.Writes {
			t.Errorf("%s is woken by %s, want %s", name, k.EventSource(), want)
		}
	}
	form := regexp.MustCompile(`^[a-z0-9-]+\.amazonaws\.com$`)
	for _, of := range cloudcontrol.All() {
		k := cloudcontrol.Kind(of.Name)
		switch {
		case k == nil:
		case !k.Events.Writes:
			t.Errorf("%s is woken by nothing", of.Name)
		case !form.MatchString(k.Events.From):
			t.Errorf("%s is woken by %q", of.Name, k.Events.From)
		}
	}
}

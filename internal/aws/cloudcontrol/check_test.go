package cloudcontrol_test

import (
	"strings"
	"testing"

	"portolan/internal/aws/cloudcontrol"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"AWS::SQS::Queue":                "",
		"AWS::IAM::Role":                 "",
		"AWS::Newest::Invention":         "", // AWS may have it by now
		"AWS::IAM::Roles":                `did you mean "AWS::IAM::Role"?`,
		"AWS::OpenSearchService::Domain": "AWS::OpenSearchService::Domain",
		"queues":                         `"queues", which is not a kind`,
		"AWS::SQS":                       "is not a kind",
		"":                               "is not a kind",
	} {
		err := cloudcontrol.Check(name)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: %v, want %q", name, err, want)
		}
	}
}

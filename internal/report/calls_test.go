package report_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"portolan/internal/console"
	"portolan/internal/report"
)

// TestCallsToCloudControl adds up what Cloud Control was asked, and names the types that cost most.
func TestCallsToCloudControl(t *testing.T) {
	t.Parallel()
	r := &report.Report{}
	r.AWS = map[string]report.Calls{"SQS": {Calls: 5}, "CloudControl AWS::IAM::Role": {Calls: 1200, Retries: 2, Throttled: 1}}
	for i := range 11 {
		r.AWS[fmt.Sprintf("CloudControl AWS::EC2::T%02d", i)] = report.Calls{Calls: i + 1}
	}
	var b bytes.Buffer
	if err := r.Write(console.Fixed(&b, 1000)); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"AWS calls: 1,271 (CloudControl 1,266, SQS 5), 2 retries, 1 throttled\n",
		"Cloud Control calls: AWS::IAM::Role 1,200, AWS::EC2::T10 11, ", "AWS::EC2::T02 3, 2 more types\n",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("want %q in\n%s", want, b.String())
		}
	}
	r.AWS = map[string]report.Calls{"SQS": {Calls: 5}}
	b.Reset()
	if err := r.Write(console.Fixed(&b, 1000)); err != nil || strings.Contains(b.String(), "Cloud Control") {
		t.Errorf("%v\n%s", err, b.String())
	}
}

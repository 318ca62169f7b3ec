package policy_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/policy"
)

func TestReadGroupsByService(t *testing.T) {
	t.Parallel()
	got := policy.Read([]string{"sqs:ListQueues", "ec2:DescribeInstances", "sqs:GetQueueAttributes", "sqs:ListQueues"})
	want := policy.Document{Version: "2012-10-17", Statement: []policy.Statement{
		{Sid: "ReadEc2", Effect: "Allow", Action: []string{"ec2:DescribeInstances"}, Resource: "*"},
		{Sid: "ReadSqs", Effect: "Allow", Action: []string{"sqs:GetQueueAttributes", "sqs:ListQueues"}, Resource: "*"},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Read (-want +got):\n%s", diff)
	}
}

func TestJSONIsAPolicy(t *testing.T) {
	t.Parallel()
	text := policy.Read(policy.Entering).JSON()
	var back policy.Document
	if err := json.Unmarshal([]byte(text), &back); err != nil {
		t.Fatalf("the policy is no JSON: %v", err)
	}
	if diff := cmp.Diff(policy.Read(policy.Entering), back); diff != "" {
		t.Errorf("the text says something else (-want +got):\n%s", diff)
	}
}

func TestNothingIsGrantedByWildcard(t *testing.T) {
	t.Parallel()
	for _, actions := range [][]string{policy.Entering, policy.Discovery, policy.Naming} {
		for _, action := range actions {
			if service, name, ok := strings.Cut(action, ":"); !ok || service == "" || strings.Contains(name, "*") {
				t.Errorf("action %q is not one plain action", action)
			}
		}
	}
}

package policy_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/aws/policy"
)

func TestReadGroupsByService(t *testing.T) {
	t.Parallel()
	got := policy.Read("aws", []string{"sqs:ListQueues", "ec2:DescribeInstances", "sqs:GetQueueAttributes", "sqs:ListQueues"})
	want := policy.Document{Version: "2012-10-17", Statement: []policy.Statement{
		{Sid: "ReadEc2", Effect: "Allow", Action: []string{"ec2:DescribeInstances"}, Resource: "*"},
		{Sid: "ReadSqs", Effect: "Allow", Action: []string{"sqs:GetQueueAttributes", "sqs:ListQueues"}, Resource: "*"},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Read (-want +got):\n%s", diff)
	}
}

// IAM takes letters and digits as the id of a statement:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_sid.html
func TestStatementsHaveValidIDs(t *testing.T) {
	t.Parallel()
	got := policy.Read("aws", []string{"vpc-lattice:GetService", "acm-pca:ListTags", "s3:ListAllMyBuckets", "execute-api.v2:Get"})
	var ids []string
	for _, s := range got.Statement {
		ids = append(ids, s.Sid)
	}
	if diff := cmp.Diff([]string{"ReadAcmPca", "ReadExecuteApiV2", "ReadS3", "ReadVpcLattice"}, ids); diff != "" {
		t.Errorf("ids (-want +got):\n%s", diff)
	}
}

// TestListOfServicesIsItsOwnStatement shows that the list's actions do not open other
// parameters, and that none of them shares its service with another action.
func TestListOfServicesIsItsOwnStatement(t *testing.T) {
	t.Parallel()
	for _, partition := range []string{"aws", "aws-us-gov", "aws-cn", "${AWS::Partition}"} {
		others := []string{"ssm:DescribeParameters", "ssm:ListTagsForResource"} // before and after it in order
		got := policy.Read(partition, slices.Concat(others, policy.Offers, policy.Entering, policy.Naming, policy.Discovery))
		at := slices.IndexFunc(got.Statement, func(s policy.Statement) bool { return s.Sid == "ReadOffers" })
		if at < 0 {
			t.Fatalf("no statement for the list: %+v", got)
		}
		if and := slices.IndexFunc(got.Statement, func(s policy.Statement) bool { return s.Sid == "ReadSsm" }); and < 0 ||
			!slices.Equal(got.Statement[and].Action, others) {
			t.Errorf("the other actions of the service: %+v", got)
		}
		want := policy.Statement{
			Sid: "ReadOffers", Effect: "Allow", Action: policy.Offers,
			Resource: "arn:" + partition + ":ssm:*::parameter/aws/service/global-infrastructure/*",
		}
		if diff := cmp.Diff(want, got.Statement[at]); diff != "" {
			t.Errorf("the list's statement (-want +got):\n%s", diff)
		}
	}
}

func TestJSONIsAPolicy(t *testing.T) {
	t.Parallel()
	text := policy.Read("aws", policy.Entering).JSON()
	var back policy.Document
	if err := json.Unmarshal([]byte(text), &back); err != nil {
		t.Fatalf("the policy is not JSON: %v", err)
	}
	if diff := cmp.Diff(policy.Read("aws", policy.Entering), back); diff != "" {
		t.Errorf("the text says something else (-want +got):\n%s", diff)
	}
}

func TestNothingIsGrantedByWildcard(t *testing.T) {
	t.Parallel()
	for _, actions := range [][]string{policy.Entering, policy.Discovery, policy.Naming, policy.Offers, policy.Events} {
		for _, action := range actions {
			if service, name, ok := strings.Cut(action, ":"); !ok || service == "" || strings.Contains(name, "*") {
				t.Errorf("action %q is not one plain action", action)
			}
		}
	}
}

package awssim_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"portolan/internal/simulator/awssim"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/google/go-cmp/cmp"
)

func TestPutAndRemove(t *testing.T) {
	t.Parallel()
	listed := awssim.Resource{Kind: awssim.Cluster, Region: ireland, ID: "edge"}
	s := start(t, population(smallEstate(listed), awssim.Cluster, ireland, 4), awssim.Options{})
	client := ecs.NewFromConfig(inside(t, s, member, ireland))
	generated := s.Resources(member, awssim.Cluster, ireland)[1]
	names := func() []string {
		var names []string
		for _, r := range s.Resources(member, awssim.Cluster, ireland) {
			names = append(names, r.ID)
		}
		return names
	}
	before := names()
	page, err := client.ListClusters(t.Context(), &ecs.ListClustersInput{MaxResults: aws.Int32(3)})
	wantCode(t, err, "", 0)

	for _, gone := range []awssim.Resource{listed, generated} {
		if !s.Remove(member, gone.Kind, gone.Region, gone.ID) || s.Remove(member, gone.Kind, gone.Region, gone.ID) {
			t.Errorf("%s has to go once", gone.ID)
		}
	}
	rest, err := client.ListClusters(t.Context(), &ecs.ListClustersInput{NextToken: page.NextToken})
	wantCode(t, err, "", 0)
	if len(rest.ClusterArns) != 1 {
		t.Errorf("a token stays good while the shelf changes: %v", rest.ClusterArns)
	}
	generated.Attributes = map[string]any{"status": "INACTIVE"}
	for _, r := range []awssim.Resource{generated, listed} {
		if err := s.Put(member, r); err != nil {
			t.Fatal(err)
		}
	}
	after := names()
	slices.Sort(before)
	slices.Sort(after)
	if diff := cmp.Diff(before, after); diff != "" {
		t.Error(diff)
	}
	out, err := client.DescribeClusters(t.Context(), &ecs.DescribeClustersInput{Clusters: []string{generated.ID}})
	wantCode(t, err, "", 0)
	if len(out.Clusters) != 1 || *out.Clusters[0].Status != "INACTIVE" {
		t.Errorf("got %+v", out)
	}
	if err := s.Put(member, awssim.Resource{Kind: awssim.Cluster, Region: ireland, ID: "a b"}); err == nil {
		t.Error("an ill-formed name was taken")
	}
	if err := s.Put("999999999999", listed); err == nil {
		t.Error("an unknown account was taken")
	}
}

func TestBucketNamesAreTakenOnce(t *testing.T) {
	t.Parallel()
	s := start(t, population(smallEstate(logs), awssim.Bucket, ireland, 1), awssim.Options{})
	generated := s.Resources(member, awssim.Bucket, ireland)[0]
	for _, r := range []awssim.Resource{logs, generated} {
		if err := s.Put(audit, r); err == nil {
			t.Errorf("%s was taken twice", r.ID)
		}
	}
	if !s.Remove(member, awssim.Bucket, ireland, logs.ID) {
		t.Fatal("the bucket was not there")
	}
	if err := s.Put(management, logs); err != nil {
		t.Fatal(err)
	}
	_, err := s3.NewFromConfig(inside(t, s, management, ireland)).GetBucketTagging(t.Context(), &s3.GetBucketTaggingInput{Bucket: &logs.ID})
	wantCode(t, err, "", 0)
}

func TestRolesAndPolicies(t *testing.T) {
	t.Parallel()
	s := start(t, smallEstate(), awssim.Options{})
	client := sts.NewFromConfig(config(t, s, ireland, base()))
	enter := func(account string) error {
		_, err := client.AssumeRole(t.Context(), &sts.AssumeRoleInput{
			RoleArn: aws.String("arn:aws:iam::" + account + ":role/portolan/reader"), RoleSessionName: aws.String("test"), ExternalId: aws.String("shibboleth"),
		})
		return err
	}
	wantCode(t, enter(audit), "AccessDenied", 403)
	role := smallEstate().Accounts[1].Roles[0]
	if err := s.SetRole(audit, role); err != nil {
		t.Fatal(err)
	}
	wantCode(t, enter(audit), "", 0)
	cfg := inside(t, s, audit, ireland)
	wantCode(t, probes["ecs"](t.Context(), cfg), "", 0)
	s.SetPolicies([]awssim.Policy{{Targets: []string{"Security"}, Deny: []string{"ecs:*"}}})
	wantCode(t, probes["ecs"](t.Context(), cfg), "AccessDeniedException", 400)
	if err := s.MoveAccount(audit, "Workloads/Audit"); err != nil {
		t.Fatal(err)
	}
	wantCode(t, probes["ecs"](t.Context(), cfg), "", 0)
	if err := s.RemoveRole(audit, role.Name); err != nil {
		t.Fatal(err)
	}
	wantCode(t, probes["ecs"](t.Context(), cfg), "UnrecognizedClientException", 400)
	if err := s.SetAccountState(member, awssim.AccountClosed); err != nil {
		t.Fatal(err)
	}
	wantCode(t, enter(member), "AccessDenied", 403)
	role.Name = "a b"
	for name, err := range map[string]error{
		"role": s.SetRole(audit, role), "missing role": s.RemoveRole(audit, "nobody"), "region": s.SetRegion(audit, "eu-moon-1", awssim.RegionEnabled),
		"state": s.SetAccountState(audit, "ASLEEP"), "account": s.MoveAccount("999999999999", ""),
	} {
		if err == nil {
			t.Errorf("a wrong %s was taken", name)
		}
	}
}

func TestAddAccount(t *testing.T) {
	t.Parallel()
	s := start(t, smallEstate(), awssim.Options{})
	added := awssim.Account{ID: "400000000004", Name: "New", OU: "Workloads/New", Resources: []awssim.Resource{logs}}
	if err := s.AddAccount(added); err != nil {
		t.Fatal(err)
	}
	if err := s.AddAccount(added); err == nil {
		t.Error("an account was added twice")
	}
	out, err := organizations.NewFromConfig(inside(t, s, management, virginia)).ListAccountsForParent(t.Context(),
		&organizations.ListAccountsForParentInput{ParentId: aws.String(s.UnitID("Workloads/New"))})
	wantCode(t, err, "", 0)
	if len(out.Accounts) != 1 || *out.Accounts[0].Id != added.ID {
		t.Errorf("got %+v", out.Accounts)
	}
}

func TestChangesWhileServing(t *testing.T) {
	t.Parallel()
	s := start(t, population(smallEstate(), awssim.Cluster, ireland, 50), awssim.Options{})
	client := ecs.NewFromConfig(inside(t, s, member, ireland))
	var work sync.WaitGroup
	for worker := range 4 {
		work.Go(func() {
			for i := range 20 {
				id := fmt.Sprintf("extra-%d-%d", worker, i)
				_ = s.Put(member, awssim.Resource{Kind: awssim.Cluster, Region: ireland, ID: id})
				if _, err := client.ListClusters(t.Context(), nil); err != nil {
					t.Error(err)
				}
				s.Remove(member, awssim.Cluster, ireland, id)
				_ = s.SetRegion(member, "af-south-1", awssim.RegionEnabled)
				_ = s.MoveAccount(member, "Workloads")
			}
		})
	}
	work.Wait()
	if left := len(s.Resources(member, awssim.Cluster, ireland)); left != 50 {
		t.Errorf("want 50 clusters, got %d", left)
	}
}

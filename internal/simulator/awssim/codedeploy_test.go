package awssim_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"portolan/internal/simulator/awssim"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codedeploy"
	"github.com/aws/aws-sdk-go-v2/service/codedeploy/types"
	"github.com/google/go-cmp/cmp"
)

func TestListApplications(t *testing.T) {
	t.Parallel()
	s := start(t, population(smallEstate(), awssim.Application, ireland, 250), awssim.Options{})
	client := codedeploy.NewFromConfig(inside(t, s, member, ireland))
	var sizes []int
	pages := codedeploy.NewListApplicationsPaginator(client, &codedeploy.ListApplicationsInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		wantCode(t, err, "", 0)
		sizes = append(sizes, len(page.Applications))
		out, err := client.BatchGetApplications(t.Context(), &codedeploy.BatchGetApplicationsInput{ApplicationNames: page.Applications})
		wantCode(t, err, "", 0)
		if len(out.ApplicationsInfo) != len(page.Applications) {
			t.Errorf("got %d applications", len(out.ApplicationsInfo))
		}
	}
	if diff := cmp.Diff([]int{100, 100, 50}, sizes); diff != "" {
		t.Error(diff)
	}
	_, err := client.ListApplications(t.Context(), &codedeploy.ListApplicationsInput{NextToken: aws.String("x")})
	wantCode(t, err, "InvalidNextTokenException", 400)
	for code, names := range map[string][]string{
		"ApplicationNameRequiredException": {}, "BatchLimitExceededException": slices.Repeat([]string{"a"}, 101),
		"ApplicationDoesNotExistException": {"gone"}, "InvalidApplicationNameException": {strings.Repeat("a", 101)},
	} {
		_, err := client.BatchGetApplications(t.Context(), &codedeploy.BatchGetApplicationsInput{ApplicationNames: names})
		wantCode(t, err, code, 400)
	}
}

func TestApplication(t *testing.T) {
	t.Parallel()
	tags := map[string]string{}
	for i := range 25 {
		tags[fmt.Sprintf("key-%02d", i)] = "value"
	}
	s := start(t, smallEstate(
		awssim.Resource{Kind: awssim.Application, Region: ireland, ID: "shop", Tags: tags, Attributes: map[string]any{"computePlatform": "ECS"}},
		awssim.Resource{Kind: awssim.DeploymentGroup, Region: ireland, ID: "shop/live", Tags: map[string]string{"team": "shop"}, Attributes: map[string]any{"terminationHookEnabled": true}},
	), awssim.Options{})
	client := codedeploy.NewFromConfig(inside(t, s, member, ireland))
	out, err := client.BatchGetApplications(t.Context(), &codedeploy.BatchGetApplicationsInput{ApplicationNames: []string{"shop"}})
	wantCode(t, err, "", 0)
	if got := out.ApplicationsInfo[0]; *got.ApplicationName != "shop" || got.ComputePlatform != types.ComputePlatformEcs || got.CreateTime == nil {
		t.Errorf("got %+v", got)
	}
	groups, err := client.BatchGetDeploymentGroups(t.Context(), &codedeploy.BatchGetDeploymentGroupsInput{
		ApplicationName: aws.String("shop"), DeploymentGroupNames: []string{"live", "gone"},
	})
	wantCode(t, err, "", 0)
	if got := groups.DeploymentGroupsInfo[0]; len(groups.DeploymentGroupsInfo) != 1 || got.ComputePlatform != types.ComputePlatformEcs ||
		len(got.EcsServices) != 1 || !got.TerminationHookEnabled || got.LastAttemptedDeployment != nil || !strings.Contains(*groups.ErrorMessage, "gone") {
		t.Errorf("got %+v", groups)
	}

	arn := "arn:aws:codedeploy:eu-west-1:" + member + ":"
	var sizes []int
	in := &codedeploy.ListTagsForResourceInput{ResourceArn: aws.String(arn + "application:shop")}
	for in.NextToken = nil; len(sizes) == 0 || in.NextToken != nil; {
		page, err := client.ListTagsForResource(t.Context(), in)
		wantCode(t, err, "", 0)
		sizes = append(sizes, len(page.Tags))
		in.NextToken = page.NextToken
	}
	if diff := cmp.Diff([]int{10, 10, 5}, sizes); diff != "" {
		t.Error(diff)
	}
	for resource, code := range map[string]string{
		"deploymentgroup:shop/live": "", "application:gone": "ApplicationDoesNotExistException", "deploymentgroup:shop/gone": "DeploymentGroupDoesNotExistException",
		"deploymentconfig:x": "ArnNotSupportedException",
	} {
		_, err := client.ListTagsForResource(t.Context(), &codedeploy.ListTagsForResourceInput{ResourceArn: aws.String(arn + resource)})
		wantCode(t, err, code, 400)
	}
	_, err = client.ListTagsForResource(t.Context(), &codedeploy.ListTagsForResourceInput{ResourceArn: aws.String("shop")})
	wantCode(t, err, "InvalidArnException", 400)
	refuseAction(t, s, "codedeploy:ListTagsForResource")
	_, err = client.ListTagsForResource(t.Context(), in)
	wantCode(t, err, "AccessDeniedException", 400)
	if !strings.Contains(err.Error(), "on resource: "+arn+"application:shop") {
		t.Error(err)
	}
}

func TestListDeploymentGroups(t *testing.T) {
	t.Parallel()
	e := population(population(smallEstate(), awssim.Application, ireland, 3), awssim.DeploymentGroup, ireland, 500)
	s := start(t, population(e, awssim.Deployment, ireland, 400), awssim.Options{})
	client := codedeploy.NewFromConfig(inside(t, s, member, ireland))
	var names []string
	sizes := map[int]int{}
	for _, application := range s.Resources(member, awssim.Application, ireland) {
		pages := codedeploy.NewListDeploymentGroupsPaginator(client, &codedeploy.ListDeploymentGroupsInput{ApplicationName: &application.ID})
		for pages.HasMorePages() {
			page, err := pages.NextPage(t.Context())
			wantCode(t, err, "", 0)
			sizes[len(page.DeploymentGroups)]++
			out, err := client.BatchGetDeploymentGroups(t.Context(), &codedeploy.BatchGetDeploymentGroupsInput{
				ApplicationName: page.ApplicationName, DeploymentGroupNames: page.DeploymentGroups,
			})
			wantCode(t, err, "", 0)
			if len(out.DeploymentGroupsInfo) != len(page.DeploymentGroups) || out.ErrorMessage != nil {
				t.Errorf("got %d groups: %v", len(out.DeploymentGroupsInfo), out.ErrorMessage)
			}
			for _, group := range out.DeploymentGroupsInfo {
				names = append(names, *group.ApplicationName+"/"+*group.DeploymentGroupName)
				checkLastDeployment(t, client, group)
			}
		}
	}
	if diff := cmp.Diff(map[int]int{100: 3, 67: 2, 66: 1}, sizes); diff != "" {
		t.Error(diff)
	}
	want := idsOf(s.Resources(member, awssim.DeploymentGroup, ireland))
	slices.Sort(want)
	slices.Sort(names)
	if diff := cmp.Diff(want, names); diff != "" {
		t.Error(diff)
	}
	application, _, _ := strings.Cut(want[0], "/")
	_, err := client.ListDeploymentGroups(t.Context(), &codedeploy.ListDeploymentGroupsInput{ApplicationName: aws.String("gone")})
	wantCode(t, err, "ApplicationDoesNotExistException", 400)
	_, err = client.ListDeploymentGroups(t.Context(), &codedeploy.ListDeploymentGroupsInput{ApplicationName: &application, NextToken: aws.String("x")})
	wantCode(t, err, "InvalidNextTokenException", 400)
	for code, groups := range map[string][]string{"DeploymentGroupNameRequiredException": {}, "BatchLimitExceededException": make([]string, 101)} {
		_, err := client.BatchGetDeploymentGroups(t.Context(), &codedeploy.BatchGetDeploymentGroupsInput{ApplicationName: &application, DeploymentGroupNames: groups})
		wantCode(t, err, code, 400)
	}
}

// checkLastDeployment compares what a group says of its last deployment with what
// that says of itself.
func checkLastDeployment(t *testing.T, client *codedeploy.Client, group types.DeploymentGroupInfo) {
	t.Helper()
	last := group.LastAttemptedDeployment
	if last == nil {
		return
	}
	out, err := client.GetDeployment(t.Context(), &codedeploy.GetDeploymentInput{DeploymentId: last.DeploymentId})
	wantCode(t, err, "", 0)
	if got := out.DeploymentInfo; *got.DeploymentGroupName != *group.DeploymentGroupName || *got.ApplicationName != *group.ApplicationName ||
		got.ComputePlatform != group.ComputePlatform || got.Status != last.Status || !got.CreateTime.Equal(*last.CreateTime) {
		t.Errorf("%s is the last of %s/%s, but of %s/%s", *last.DeploymentId, *group.ApplicationName, *group.DeploymentGroupName, *got.ApplicationName, *got.DeploymentGroupName)
	}
}

package awssim_test

import (
	"slices"
	"testing"
	"time"

	"portolan/internal/simulator/awssim"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codedeploy"
	"github.com/aws/aws-sdk-go-v2/service/codedeploy/types"
	"github.com/google/go-cmp/cmp"
)

func TestListDeployments(t *testing.T) {
	t.Parallel()
	s := start(t, codeEstate(250), awssim.Options{})
	client := codedeploy.NewFromConfig(inside(t, s, member, ireland))
	list := func(within *types.TimeRange) (ids []string, sizes []int) {
		pages := codedeploy.NewListDeploymentsPaginator(client, &codedeploy.ListDeploymentsInput{CreateTimeRange: within})
		for pages.HasMorePages() {
			page, err := pages.NextPage(t.Context())
			wantCode(t, err, "", 0)
			ids, sizes = append(ids, page.Deployments...), append(sizes, len(page.Deployments))
		}
		return ids, sizes
	}
	all := s.Resources(member, awssim.Deployment, ireland)
	ids, sizes := list(nil)
	if diff := cmp.Diff([]int{100, 100, 50}, sizes); diff != "" || !slices.Equal(ids, idsOf(all)) {
		t.Errorf("not all of them, the newest first: %s", diff)
	}
	from, to := all[180].Created, all[20].Created
	for name, test := range map[string]struct {
		within *types.TimeRange
		want   []awssim.Resource
	}{
		"since": {&types.TimeRange{Start: &from}, all[:181]},
		"until": {&types.TimeRange{End: &to}, all[20:]},
		"both":  {&types.TimeRange{Start: &from, End: &to}, all[20:181]},
		"none":  {&types.TimeRange{Start: aws.Time(time.Now().AddDate(1, 0, 0))}, nil},
	} {
		if got, _ := list(test.within); !slices.Equal(got, idsOf(test.want)) {
			t.Errorf("%s: want %d, got %d", name, len(test.want), len(got))
		}
	}
	first, err := client.ListDeployments(t.Context(), nil)
	wantCode(t, err, "", 0)
	for _, test := range []struct {
		in   codedeploy.ListDeploymentsInput
		code string
	}{
		{codedeploy.ListDeploymentsInput{NextToken: aws.String("x")}, "InvalidNextTokenException"},
		{codedeploy.ListDeploymentsInput{NextToken: first.NextToken, CreateTimeRange: &types.TimeRange{Start: &from}}, "InvalidNextTokenException"},
		{codedeploy.ListDeploymentsInput{CreateTimeRange: &types.TimeRange{Start: &to, End: &from}}, "InvalidTimeRangeException"},
		{codedeploy.ListDeploymentsInput{ApplicationName: aws.String("a"), DeploymentGroupName: aws.String("b")}, "ValidationException"},
		{codedeploy.ListDeploymentsInput{IncludeOnlyStatuses: []types.DeploymentStatus{types.DeploymentStatusFailed}}, "ValidationException"},
	} {
		_, err := client.ListDeployments(t.Context(), &test.in)
		wantCode(t, err, test.code, 400)
	}
}

func TestDeployments(t *testing.T) {
	t.Parallel()
	s := start(t, codeEstate(100), awssim.Options{})
	client := codedeploy.NewFromConfig(inside(t, s, member, ireland))
	groups := idsOf(s.Resources(member, awssim.DeploymentGroup, ireland))
	all := s.Resources(member, awssim.Deployment, ireland)
	statuses, targets := map[types.DeploymentStatus]int{}, map[types.DeploymentTargetType]int{}
	for part := range slices.Chunk(idsOf(all), 25) {
		out, err := client.BatchGetDeployments(t.Context(), &codedeploy.BatchGetDeploymentsInput{DeploymentIds: part})
		wantCode(t, err, "", 0)
		if len(out.DeploymentsInfo) != len(part) {
			t.Errorf("want %d deployments, got %d", len(part), len(out.DeploymentsInfo))
		}
		for _, info := range out.DeploymentsInfo {
			at := slices.IndexFunc(all, func(r awssim.Resource) bool { return r.ID == *info.DeploymentId })
			if group := *info.ApplicationName + "/" + *info.DeploymentGroupName; !slices.Contains(groups, group) || !info.CreateTime.Equal(all[at].Created) {
				t.Errorf("%s of %s to %s", *info.DeploymentId, info.CreateTime, group)
			}
			statuses[info.Status]++
			for _, target := range targetsOf(t, client, info) {
				targets[target.DeploymentTargetType]++
			}
		}
	}
	if statuses[types.DeploymentStatusCreated] == 0 || statuses[types.DeploymentStatusFailed] == 0 || statuses[types.DeploymentStatusSucceeded] < 40 {
		t.Errorf("got %v", statuses)
	}
	if targets[types.DeploymentTargetTypeInstanceTarget] == 0 || targets[types.DeploymentTargetTypeLambdaTarget]+targets[types.DeploymentTargetTypeEcsTarget] == 0 {
		t.Errorf("got %v", targets)
	}
}

// targetsOf returns the targets of a deployment, none if it has not started.
func targetsOf(t *testing.T, client *codedeploy.Client, info types.DeploymentInfo) []types.DeploymentTarget {
	t.Helper()
	list, err := client.ListDeploymentTargets(t.Context(), &codedeploy.ListDeploymentTargetsInput{DeploymentId: info.DeploymentId})
	if info.StartTime == nil {
		wantCode(t, err, "DeploymentNotStartedException", 400)
		_, err = client.BatchGetDeploymentTargets(t.Context(), &codedeploy.BatchGetDeploymentTargetsInput{DeploymentId: info.DeploymentId, TargetIds: []string{"i-1"}})
		wantCode(t, err, "DeploymentNotStartedException", 400)
		return nil
	}
	wantCode(t, err, "", 0)
	if n := len(list.TargetIds); n < 1 || n > 3 || info.ComputePlatform != types.ComputePlatformServer && n != 1 {
		t.Errorf("a deployment to %s has %d targets", info.ComputePlatform, n)
	}
	out, err := client.BatchGetDeploymentTargets(t.Context(), &codedeploy.BatchGetDeploymentTargetsInput{DeploymentId: info.DeploymentId, TargetIds: list.TargetIds})
	wantCode(t, err, "", 0)
	if len(out.DeploymentTargets) != len(list.TargetIds) {
		t.Errorf("want %d targets, got %d", len(list.TargetIds), len(out.DeploymentTargets))
	}
	return out.DeploymentTargets
}

func TestDeployment(t *testing.T) {
	t.Parallel()
	failed := awssim.Resource{Kind: awssim.Deployment, Region: ireland, ID: "d-FAILED001", Attributes: map[string]any{
		"applicationName": "shop", "deploymentGroupName": "live", "computePlatform": "Lambda", "status": "Failed", "creator": "user",
	}}
	queued := failed
	queued.ID, queued.Attributes = "d-QUEUED001", map[string]any{"status": "Queued"}
	s := start(t, smallEstate(failed, queued), awssim.Options{})
	client := codedeploy.NewFromConfig(inside(t, s, member, ireland))
	out, err := client.GetDeployment(t.Context(), &codedeploy.GetDeploymentInput{DeploymentId: &failed.ID})
	wantCode(t, err, "", 0)
	if got := out.DeploymentInfo; *got.ApplicationName != "shop" || got.Status != types.DeploymentStatusFailed || got.ErrorInformation == nil || got.CompleteTime == nil {
		t.Errorf("got %+v", got)
	}
	targets := targetsOf(t, client, *out.DeploymentInfo)
	if got := targets[0].LambdaTarget; got == nil || got.Status != types.TargetStatusFailed || *got.DeploymentId != failed.ID {
		t.Errorf("got %+v", targets)
	}
	out, err = client.GetDeployment(t.Context(), &codedeploy.GetDeploymentInput{DeploymentId: &queued.ID})
	wantCode(t, err, "", 0)
	if got := out.DeploymentInfo; got.StartTime != nil || got.CompleteTime != nil || len(targetsOf(t, client, *got)) != 0 {
		t.Errorf("got %+v", got)
	}
	for id, code := range map[string]string{"": "DeploymentIdRequiredException", "shop": "InvalidDeploymentIdException", "d-ABSENT001": "DeploymentDoesNotExistException"} {
		_, err := client.GetDeployment(t.Context(), &codedeploy.GetDeploymentInput{DeploymentId: &id})
		wantCode(t, err, code, 400)
		_, err = client.ListDeploymentTargets(t.Context(), &codedeploy.ListDeploymentTargetsInput{DeploymentId: &id})
		wantCode(t, err, code, 400)
	}
	batch, err := client.BatchGetDeployments(t.Context(), &codedeploy.BatchGetDeploymentsInput{DeploymentIds: []string{failed.ID, "d-ABSENT001"}})
	wantCode(t, err, "", 0)
	if len(batch.DeploymentsInfo) != 1 {
		t.Errorf("what does not exist is left out; got %d", len(batch.DeploymentsInfo))
	}
	for code, ids := range map[string][]string{"DeploymentIdRequiredException": {}, "BatchLimitExceededException": slices.Repeat([]string{failed.ID}, 26)} {
		_, err := client.BatchGetDeployments(t.Context(), &codedeploy.BatchGetDeploymentsInput{DeploymentIds: ids})
		wantCode(t, err, code, 400)
	}
	for code, ids := range map[string][]string{
		"DeploymentTargetIdRequiredException": {}, "DeploymentTargetListSizeExceededException": {"a", "b"}, "DeploymentTargetDoesNotExistException": {"a"},
	} {
		_, err := client.BatchGetDeploymentTargets(t.Context(), &codedeploy.BatchGetDeploymentTargetsInput{DeploymentId: &failed.ID, TargetIds: ids})
		wantCode(t, err, code, 400)
	}
	_, err = client.ListDeploymentTargets(t.Context(), &codedeploy.ListDeploymentTargetsInput{
		DeploymentId: &failed.ID, TargetFilters: map[string][]string{"TargetStatus": {"Failed"}},
	})
	wantCode(t, err, "ValidationException", 400)
	refuseAction(t, s, "codedeploy:BatchGetDeploymentTargets")
	_, err = client.BatchGetDeploymentTargets(t.Context(), &codedeploy.BatchGetDeploymentTargetsInput{DeploymentId: &failed.ID, TargetIds: []string{"a"}})
	wantCode(t, err, "AccessDeniedException", 400)
}

func TestServerDeploymentTargetLimit(t *testing.T) {
	t.Parallel()
	r := awssim.Resource{Kind: awssim.Deployment, Region: ireland, ID: "d-SERVER001", Attributes: map[string]any{"computePlatform": "Server", "status": "Succeeded"}}
	s := start(t, smallEstate(r), awssim.Options{})
	client := codedeploy.NewFromConfig(inside(t, s, member, ireland))
	_, err := client.BatchGetDeploymentTargets(t.Context(), &codedeploy.BatchGetDeploymentTargetsInput{DeploymentId: &r.ID, TargetIds: make([]string, 26)})
	wantCode(t, err, "BatchLimitExceededException", 400)
}

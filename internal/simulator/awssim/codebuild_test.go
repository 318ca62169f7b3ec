package awssim_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"portolan/internal/simulator/awssim"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codebuild"
	"github.com/aws/aws-sdk-go-v2/service/codebuild/types"
	"github.com/google/go-cmp/cmp"
)

func TestListProjects(t *testing.T) {
	t.Parallel()
	s := start(t, population(smallEstate(), awssim.Project, ireland, 250), awssim.Options{})
	client := codebuild.NewFromConfig(inside(t, s, member, ireland))
	var sizes []int
	pages := codebuild.NewListProjectsPaginator(client, &codebuild.ListProjectsInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		wantCode(t, err, "", 0)
		sizes = append(sizes, len(page.Projects))
		out, err := client.BatchGetProjects(t.Context(), &codebuild.BatchGetProjectsInput{Names: page.Projects})
		wantCode(t, err, "", 0)
		if len(out.Projects) != len(page.Projects) || len(out.ProjectsNotFound) != 0 {
			t.Errorf("got %d projects without %d", len(out.Projects), len(out.ProjectsNotFound))
		}
	}
	if diff := cmp.Diff([]int{100, 100, 50}, sizes); diff != "" {
		t.Error(diff)
	}
	for _, in := range []*codebuild.ListProjectsInput{
		{NextToken: aws.String("x")}, {SortBy: types.ProjectSortByTypeName}, {SortOrder: types.SortOrderTypeAscending},
	} {
		_, err := client.ListProjects(t.Context(), in)
		wantCode(t, err, "InvalidInputException", 400)
	}
	for _, names := range [][]string{{}, make([]string, 101)} {
		_, err := client.BatchGetProjects(t.Context(), &codebuild.BatchGetProjectsInput{Names: names})
		wantCode(t, err, "InvalidInputException", 400)
	}
}

func TestProject(t *testing.T) {
	t.Parallel()
	s := start(t, smallEstate(awssim.Resource{
		Kind: awssim.Project, Region: ireland, ID: "shop", Tags: map[string]string{"team": "shop"},
		Created:    time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC),
		Attributes: map[string]any{"description": "Ours", "cache": nil, "autoRetryLimit": 2},
	}), awssim.Options{})
	client := codebuild.NewFromConfig(inside(t, s, member, ireland))
	arn := "arn:aws:codebuild:eu-west-1:" + member + ":project/"
	out, err := client.BatchGetProjects(t.Context(), &codebuild.BatchGetProjectsInput{Names: []string{arn + "shop", "gone", arn + "too"}})
	wantCode(t, err, "", 0)
	if got := out.Projects[0]; len(out.Projects) != 1 || *got.Arn != arn+"shop" || *got.Description != "Ours" || got.Cache != nil || *got.AutoRetryLimit != 2 ||
		*got.Tags[0].Value != "shop" || got.Created.Unix() != 1714979289 || got.LastModified.Before(*got.Created) || got.Environment.Image == nil ||
		*got.LogsConfig.CloudWatchLogs.GroupName != "/aws/codebuild/shop" {
		t.Errorf("got %+v", out.Projects)
	}
	missing := slices.Sorted(slices.Values(out.ProjectsNotFound))
	if diff := cmp.Diff([]string{arn + "too", "gone"}, missing); diff != "" {
		t.Error(diff)
	}
}

func TestListBuilds(t *testing.T) {
	t.Parallel()
	s := start(t, codeEstate(250), awssim.Options{})
	client := codebuild.NewFromConfig(inside(t, s, member, ireland))
	list := func(order types.SortOrderType) (ids []string, sizes []int) {
		in := &codebuild.ListBuildsInput{SortOrder: order}
		for {
			page, err := client.ListBuilds(t.Context(), in)
			wantCode(t, err, "", 0)
			ids, sizes = append(ids, page.Ids...), append(sizes, len(page.Ids))
			if page.NextToken == nil {
				return ids, sizes
			}
			in = &codebuild.ListBuildsInput{NextToken: page.NextToken}
		}
	}
	ids, sizes := list("")
	if diff := cmp.Diff([]int{100, 100, 50}, sizes); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(idsOf(s.Resources(member, awssim.BuildRun, ireland)), ids); diff != "" {
		t.Error(diff)
	}
	descending, _ := list(types.SortOrderTypeDescending)
	ascending, _ := list(types.SortOrderTypeAscending)
	slices.Reverse(ascending)
	if !slices.Equal(ids, descending) || !slices.Equal(ids, ascending) {
		t.Error("the order is not what was asked for")
	}
	first, err := client.ListBuilds(t.Context(), nil)
	wantCode(t, err, "", 0)
	for _, in := range []*codebuild.ListBuildsInput{
		{NextToken: aws.String("x")}, {SortOrder: "UPWARDS"}, {NextToken: first.NextToken, SortOrder: types.SortOrderTypeAscending},
		{NextToken: first.NextToken, SortOrder: types.SortOrderTypeDescending},
	} {
		_, err := client.ListBuilds(t.Context(), in)
		wantCode(t, err, "InvalidInputException", 400)
	}
}

func TestBuilds(t *testing.T) {
	t.Parallel()
	s := start(t, codeEstate(90), awssim.Options{})
	client := codebuild.NewFromConfig(inside(t, s, member, ireland))
	projects := idsOf(s.Resources(member, awssim.Project, ireland))
	all := s.Resources(member, awssim.BuildRun, ireland)
	out, err := client.BatchGetBuilds(t.Context(), &codebuild.BatchGetBuildsInput{Ids: idsOf(all)})
	wantCode(t, err, "", 0)
	builds := map[string]types.Build{}
	for _, build := range out.Builds {
		builds[*build.Id] = build
	}
	last := map[string]int64{}
	for _, r := range all {
		build, there := builds[r.ID]
		if !there {
			t.Fatalf("%s is not there", r.ID)
		}
		name := *build.ProjectName
		if !slices.Contains(projects, name) || !strings.HasPrefix(r.ID, name+":") {
			t.Errorf("build %s belongs to %s, which is not a project", r.ID, name)
		}
		if last[name] != 0 && *build.BuildNumber != last[name]-1 {
			t.Errorf("build %s has number %d; the next newer one has %d", r.ID, *build.BuildNumber, last[name])
		}
		last[name] = *build.BuildNumber
		if !build.StartTime.Equal(r.Created) || build.BuildComplete != (build.EndTime != nil) || build.BuildComplete == (build.BuildStatus == types.StatusTypeInProgress) {
			t.Errorf("build %s is %s from %s to %s", r.ID, build.BuildStatus, build.StartTime, build.EndTime)
		}
	}
	for name, number := range last {
		if number != 1 {
			t.Errorf("the first build of %s has number %d", name, number)
		}
	}
}

func TestBuild(t *testing.T) {
	t.Parallel()
	build := awssim.Resource{
		Kind: awssim.BuildRun, Region: ireland, ID: "shop:00000000-0000-4000-a000-000000000001",
		Attributes: map[string]any{"buildStatus": "FAILED", "initiator": "me"},
	}
	running := build
	running.ID, running.Attributes = "shop:00000000-0000-4000-a000-000000000002", map[string]any{"buildStatus": "IN_PROGRESS"}
	project := awssim.Resource{Kind: awssim.Project, Region: ireland, ID: "shop", Attributes: map[string]any{"timeoutInMinutes": 77}}
	s := start(t, smallEstate(project, build, running), awssim.Options{})
	client := codebuild.NewFromConfig(inside(t, s, member, ireland))
	ask := func(ids ...string) (*codebuild.BatchGetBuildsOutput, error) {
		return client.BatchGetBuilds(t.Context(), &codebuild.BatchGetBuildsInput{Ids: ids})
	}
	absent := "shop:00000000-0000-4000-a000-000000000009"
	out, err := ask("arn:aws:codebuild:eu-west-1:"+member+":build/"+build.ID, absent, running.ID)
	wantCode(t, err, "", 0)
	if diff := cmp.Diff([]string{absent}, out.BuildsNotFound); diff != "" || len(out.Builds) != 2 {
		t.Fatalf("got %d builds; %s", len(out.Builds), diff)
	}
	slices.SortFunc(out.Builds, func(a, b types.Build) int { return strings.Compare(*a.Id, *b.Id) })
	if got := out.Builds[0]; got.BuildStatus != types.StatusTypeFailed || *got.Initiator != "me" || *got.TimeoutInMinutes != 77 || got.EndTime == nil ||
		!slices.ContainsFunc(got.Phases, func(p types.BuildPhase) bool { return p.PhaseStatus == types.StatusTypeFailed }) || *got.CurrentPhase != "COMPLETED" {
		t.Errorf("got %+v", got)
	}
	if got := out.Builds[1]; got.BuildComplete || got.EndTime != nil || *got.CurrentPhase != "BUILD" {
		t.Errorf("got %+v", got)
	}
	for _, ids := range [][]string{{}, slices.Repeat([]string{absent}, 101), {"shop"}} {
		_, err := ask(ids...)
		wantCode(t, err, "InvalidInputException", 400)
	}
	refuseAction(t, s, "codebuild:BatchGetBuilds")
	_, err = ask(build.ID)
	wantCode(t, err, "AccessDeniedException", 400)
	_, err = client.ListBuilds(t.Context(), nil)
	wantCode(t, err, "", 0)
	refuseAction(t, s, "codebuild:List*")
	_, err = client.ListProjects(t.Context(), nil)
	wantCode(t, err, "AccessDeniedException", 400)
	if strings.Contains(err.Error(), "on resource") {
		t.Errorf("no resource can be named: %v", err)
	}
}

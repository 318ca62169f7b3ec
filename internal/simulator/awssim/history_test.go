package awssim_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"portolan/internal/simulator/awssim"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codebuild"
	"github.com/aws/aws-sdk-go-v2/service/codedeploy"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline"
	"github.com/google/go-cmp/cmp"
)

var noon = time.Date(2026, time.May, 4, 12, 0, 0, 0, time.UTC)

// codeEstate has some of what owns histories and as many events of each as asked
// for.
func codeEstate(events int, resources ...awssim.Resource) awssim.Estate {
	e := smallEstate(resources...)
	for kind, count := range map[string]int{
		awssim.Project: 7, awssim.Application: 4, awssim.DeploymentGroup: 9, awssim.Pipeline: 3,
		awssim.BuildRun: events, awssim.Deployment: events, awssim.PipelineExecution: events,
	} {
		population(e, kind, ireland, count)
	}
	return e
}

// refuseAction takes an action away from the member's role.
func refuseAction(t *testing.T, s *awssim.Server, action string) {
	t.Helper()
	role := smallEstate().Accounts[1].Roles[0]
	role.Deny = []string{action}
	if err := s.SetRole(member, role); err != nil {
		t.Fatal(err)
	}
}

var histories = []string{awssim.BuildRun, awssim.Deployment, awssim.PipelineExecution}

func TestHistoryIsSpreadOverTime(t *testing.T) {
	t.Parallel()
	for _, events := range []int{3, 10, 400} {
		s := start(t, codeEstate(events), awssim.Options{Now: func() time.Time { return noon }})
		for _, kind := range histories {
			all := s.Resources(member, kind, ireland)
			if len(all) != events || !slices.IsSortedFunc(all, func(a, b awssim.Resource) int { return b.Created.Compare(a.Created) }) {
				t.Errorf("%s: %d events are %d, or not the newest first", kind, events, len(all))
			}
			late, old := 0, 0
			for _, r := range all {
				switch age := noon.Sub(r.Created); {
				case age < 0 || age > 365*24*time.Hour:
					t.Errorf("%s %s has the age %s", kind, r.ID, age)
				case age < 30*24*time.Hour:
					late++
				case age > 90*24*time.Hour:
					old++
				}
			}
			if late < events/5 || late == 0 || old < events/5 || old == 0 {
				t.Errorf("%s: of %d events %d are of the last 30 days, %d older than 90", kind, events, late, old)
			}
		}
	}
}

func TestHistoryIsTheSameOnTheSameDay(t *testing.T) {
	t.Parallel()
	now := noon
	one := start(t, codeEstate(20), awssim.Options{Now: func() time.Time { return now }})
	later := start(t, codeEstate(20), awssim.Options{Now: func() time.Time { return noon.Add(time.Hour) }})
	for _, kind := range histories {
		before := one.Resources(member, kind, ireland)
		now = now.Add(100 * time.Hour)
		if diff := cmp.Diff(before, one.Resources(member, kind, ireland)); diff != "" {
			t.Errorf("time went by: %s", diff)
		}
		if diff := cmp.Diff(before, later.Resources(member, kind, ireland)); diff != "" {
			t.Errorf("another server: %s", diff)
		}
	}
}

func TestHistoryTakesInWhatIsPut(t *testing.T) {
	t.Parallel()
	s := start(t, codeEstate(150), awssim.Options{})
	client := codebuild.NewFromConfig(inside(t, s, member, ireland))
	first, err := client.ListBuilds(t.Context(), nil)
	wantCode(t, err, "", 0)
	all := s.Resources(member, awssim.BuildRun, ireland)
	newest := awssim.Resource{Kind: awssim.BuildRun, Region: ireland, ID: "shop:00000000-0000-4000-a000-000000000001", Created: all[0].Created.Add(2 * time.Hour)}
	oldest := newest
	oldest.ID, oldest.Created = "shop:00000000-0000-4000-a000-000000000002", all[149].Created.Add(-time.Hour)
	moved := all[3]
	moved.Created = all[0].Created.Add(time.Hour)
	for _, r := range []awssim.Resource{oldest, moved, newest} {
		if err := s.Put(member, r); err != nil {
			t.Fatal(err)
		}
	}
	ids := idsOf(s.Resources(member, awssim.BuildRun, ireland))
	want := slices.Concat([]string{newest.ID, moved.ID}, idsOf(all[:3]), idsOf(all[4:]), []string{oldest.ID})
	if diff := cmp.Diff(want, ids); diff != "" {
		t.Error(diff)
	}
	rest, err := client.ListBuilds(t.Context(), &codebuild.ListBuildsInput{NextToken: first.NextToken})
	wantCode(t, err, "", 0)
	if diff := cmp.Diff(append(idsOf(all[100:]), oldest.ID), rest.Ids); diff != "" {
		t.Errorf("a token stays good while the history changes: %s", diff)
	}
}

// The build at the start of the next page is deleted in the meantime: one that
// was added, and one of a population.
func TestHistoryGoesOnBehindWhatIsGone(t *testing.T) {
	t.Parallel()
	s := start(t, codeEstate(150), awssim.Options{})
	client := codebuild.NewFromConfig(inside(t, s, member, ireland))
	all := s.Resources(member, awssim.BuildRun, ireland)
	put := awssim.Resource{Kind: awssim.BuildRun, Region: ireland, ID: "shop:00000000-0000-4000-a000-000000000001", Created: all[99].Created.Add(-time.Second)}
	for _, gone := range []awssim.Resource{all[100], put} {
		if gone.ID == put.ID {
			if err := s.Put(member, put); err != nil {
				t.Fatal(err)
			}
		}
		first, err := client.ListBuilds(t.Context(), nil)
		wantCode(t, err, "", 0)
		if !s.Remove(member, awssim.BuildRun, ireland, gone.ID) {
			t.Fatalf("%s was not there", gone.ID)
		}
		rest, err := client.ListBuilds(t.Context(), &codebuild.ListBuildsInput{NextToken: first.NextToken})
		wantCode(t, err, "", 0)
		if diff := cmp.Diff(idsOf(all[101:]), rest.Ids); diff != "" {
			t.Errorf("without %s: %s", gone.ID, diff)
		}
	}
}

func TestOwnersTakeTheirOwnWithThem(t *testing.T) {
	t.Parallel()
	s := start(t, codeEstate(30), awssim.Options{})
	for kind, owned := range map[string]string{awssim.Pipeline: awssim.PipelineExecution, awssim.Application: awssim.DeploymentGroup} {
		before := len(s.Resources(member, owned, ireland))
		gone := s.Resources(member, kind, ireland)[1]
		s.Remove(member, kind, ireland, gone.ID)
		left := s.Resources(member, owned, ireland)
		if len(left) == 0 || len(left) >= before {
			t.Errorf("%d of %d %s are left without %s", len(left), before, owned, gone.ID)
		}
		if err := s.Put(member, gone); err != nil {
			t.Fatal(err)
		}
		if left := s.Resources(member, owned, ireland); len(left) != before {
			t.Errorf("%d of %d %s came back with %s", len(left), before, owned, gone.ID)
		}
	}
}

func TestEmptyPageOfAHistory(t *testing.T) {
	t.Parallel()
	s := start(t, codeEstate(9), awssim.Options{})
	cfg := inside(t, s, member, ireland)
	s.Inject(awssim.Fault{Service: "codebuild", Effect: awssim.EmptyPage}, awssim.Fault{Operation: "ListActionExecutions", Effect: awssim.EmptyPage})
	empty, err := codebuild.NewFromConfig(cfg).ListBuilds(t.Context(), nil)
	wantCode(t, err, "", 0)
	full, err := codebuild.NewFromConfig(cfg).ListBuilds(t.Context(), &codebuild.ListBuildsInput{NextToken: empty.NextToken})
	wantCode(t, err, "", 0)
	if len(empty.Ids) != 0 || len(full.Ids) != 9 {
		t.Errorf("got %d, then %d builds", len(empty.Ids), len(full.Ids))
	}
	in := &codepipeline.ListActionExecutionsInput{PipelineName: aws.String(s.Resources(member, awssim.Pipeline, ireland)[0].ID)}
	none, err := codepipeline.NewFromConfig(cfg).ListActionExecutions(t.Context(), in)
	wantCode(t, err, "", 0)
	if len(none.ActionExecutionDetails) != 0 || none.NextToken == nil {
		t.Errorf("got %d actions", len(none.ActionExecutionDetails))
	}
	in.NextToken = none.NextToken
	some, err := codepipeline.NewFromConfig(cfg).ListActionExecutions(t.Context(), in)
	wantCode(t, err, "", 0)
	if len(some.ActionExecutionDetails) == 0 {
		t.Error("the token led nowhere")
	}
}

func idsOf(resources []awssim.Resource) []string {
	ids := make([]string, len(resources))
	for i := range resources {
		ids[i] = resources[i].ID
	}
	return ids
}

// What vanishes is what a call is about, not what that belongs to.
func TestVanishFromAHistory(t *testing.T) {
	t.Parallel()
	s := start(t, codeEstate(9), awssim.Options{})
	cfg, ctx := inside(t, s, member, ireland), t.Context()
	build := s.Resources(member, awssim.BuildRun, ireland)[4]
	application, group, _ := strings.Cut(s.Resources(member, awssim.DeploymentGroup, ireland)[4].ID, "/")
	pipeline, execution, _ := strings.Cut(s.Resources(member, awssim.PipelineExecution, ireland)[4].ID, "/")
	deployment := s.Resources(member, awssim.Deployment, ireland)[4]
	before := map[string]int{}
	for _, kind := range awssim.Kinds() {
		before[kind] = len(s.Resources(member, kind, ireland))
	}
	for _, operation := range []string{"BatchGetBuilds", "BatchGetDeploymentGroups", "GetDeployment", "GetPipelineExecution"} {
		s.Inject(awssim.Fault{Operation: operation, Effect: awssim.Vanish})
	}
	builds, err := codebuild.NewFromConfig(cfg).BatchGetBuilds(ctx, &codebuild.BatchGetBuildsInput{Ids: []string{build.ID}})
	wantCode(t, err, "", 0)
	if diff := cmp.Diff([]string{build.ID}, builds.BuildsNotFound); diff != "" {
		t.Error(diff)
	}
	client := codedeploy.NewFromConfig(cfg)
	groups, err := client.BatchGetDeploymentGroups(ctx, &codedeploy.BatchGetDeploymentGroupsInput{ApplicationName: &application, DeploymentGroupNames: []string{group}})
	wantCode(t, err, "", 0)
	if len(groups.DeploymentGroupsInfo) != 0 || groups.ErrorMessage == nil {
		t.Errorf("got %+v", groups)
	}
	_, err = client.GetDeployment(ctx, &codedeploy.GetDeploymentInput{DeploymentId: &deployment.ID})
	wantCode(t, err, "DeploymentDoesNotExistException", 400)
	_, err = codepipeline.NewFromConfig(cfg).GetPipelineExecution(ctx, &codepipeline.GetPipelineExecutionInput{PipelineName: &pipeline, PipelineExecutionId: &execution})
	wantCode(t, err, "PipelineExecutionNotFoundException", 400)
	for _, kind := range awssim.Kinds() {
		want := before[kind]
		switch kind {
		case awssim.BuildRun, awssim.DeploymentGroup, awssim.Deployment, awssim.PipelineExecution:
			want--
		}
		if left := len(s.Resources(member, kind, ireland)); left != want {
			t.Errorf("%s: want %d, got %d", kind, want, left)
		}
	}
}

package awssim_test

import (
	"slices"
	"testing"

	"portolan/internal/simulator/awssim"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"
	"github.com/google/go-cmp/cmp"
)

func TestListAccounts(t *testing.T) {
	t.Parallel()
	s := start(t, awssim.Plan{Accounts: 47}.Generate(), awssim.Options{})
	client := organizations.NewFromConfig(managementOf(t, s))
	if err := s.SetAccountState(accountIDs(t, client)[46], awssim.AccountClosed); err != nil {
		t.Fatal(err)
	}
	pages := organizations.NewListAccountsPaginator(client, &organizations.ListAccountsInput{})
	var sizes []int
	var last types.Account
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		wantCode(t, err, "", 0)
		sizes = append(sizes, len(page.Accounts))
		last = page.Accounts[len(page.Accounts)-1]
	}
	if diff := cmp.Diff([]int{20, 20, 7}, sizes); diff != "" {
		t.Errorf("page sizes: %s", diff)
	}
	if last.State != types.AccountStateClosed || last.Status != types.AccountStatusSuspended || last.JoinedTimestamp == nil || last.Email == nil {
		t.Errorf("got %+v", last)
	}
}

// managementOf is the configuration of the management account of a generated estate.
func managementOf(t *testing.T, s *awssim.Server) aws.Config {
	t.Helper()
	for _, account := range s.Accounts() {
		if account.Management {
			id, err := s.Assume(account.ID, "PortolanRead", "test")
			if err != nil {
				t.Fatal(err)
			}
			return config(t, s, virginia, static(id))
		}
	}
	t.Fatal("no management account")
	return aws.Config{}
}

func accountIDs(t *testing.T, client *organizations.Client) []string {
	t.Helper()
	var ids []string
	pages := organizations.NewListAccountsPaginator(client, &organizations.ListAccountsInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		wantCode(t, err, "", 0)
		for _, account := range page.Accounts {
			ids = append(ids, *account.Id)
		}
	}
	return ids
}

func TestUnits(t *testing.T) {
	t.Parallel()
	s := start(t, smallEstate(), awssim.Options{})
	client := organizations.NewFromConfig(inside(t, s, management, virginia))
	roots, err := client.ListRoots(t.Context(), nil)
	wantCode(t, err, "", 0)
	// The whole tree, depth first: a unit's name before its accounts and units.
	var walk func(id string) []string
	walk = func(id string) []string {
		accounts, err := client.ListAccountsForParent(t.Context(), &organizations.ListAccountsForParentInput{ParentId: &id})
		wantCode(t, err, "", 0)
		var names []string
		for _, account := range accounts.Accounts {
			names = append(names, *account.Name)
		}
		units, err := client.ListOrganizationalUnitsForParent(t.Context(), &organizations.ListOrganizationalUnitsForParentInput{ParentId: &id})
		wantCode(t, err, "", 0)
		for _, unit := range units.OrganizationalUnits {
			names = append(append(names, *unit.Name+"/"), walk(*unit.Id)...)
		}
		return names
	}
	want := []string{"Root", "Empty/", "Security/", "Audit", "Workloads/", "Production/", "Shop"}
	if diff := cmp.Diff(want, walk(*roots.Roots[0].Id)); diff != "" {
		t.Error(diff)
	}
}

func TestParentsAndTags(t *testing.T) {
	t.Parallel()
	s := start(t, smallEstate(), awssim.Options{})
	client := organizations.NewFromConfig(inside(t, s, management, virginia))
	for child, want := range map[string]types.Parent{
		member:                {Id: aws.String(s.UnitID("Workloads/Production")), Type: types.ParentTypeOrganizationalUnit},
		management:            {Id: aws.String(s.UnitID("")), Type: types.ParentTypeRoot},
		s.UnitID("Workloads"): {Id: aws.String(s.UnitID("")), Type: types.ParentTypeRoot},
	} {
		out, err := client.ListParents(t.Context(), &organizations.ListParentsInput{ChildId: &child})
		wantCode(t, err, "", 0)
		if len(out.Parents) != 1 || *out.Parents[0].Id != *want.Id || out.Parents[0].Type != want.Type {
			t.Errorf("parents of %s: %+v", child, out.Parents)
		}
	}
	out, err := client.ListTagsForResource(t.Context(), &organizations.ListTagsForResourceInput{ResourceId: aws.String(member)})
	wantCode(t, err, "", 0)
	if len(out.Tags) != 1 || *out.Tags[0].Key != "team" || *out.Tags[0].Value != "shop" {
		t.Errorf("got %+v", out.Tags)
	}
}

func TestOrganizationRefusals(t *testing.T) {
	t.Parallel()
	s := start(t, smallEstate(), awssim.Options{})
	client := organizations.NewFromConfig(inside(t, s, management, virginia))
	ctx := t.Context()
	_, err := client.ListAccounts(ctx, &organizations.ListAccountsInput{MaxResults: aws.Int32(21)})
	wantCode(t, err, "ValidationException", 400)
	_, err = client.ListAccounts(ctx, &organizations.ListAccountsInput{NextToken: aws.String("made up")})
	wantCode(t, err, "InvalidInputException", 400)
	_, err = client.ListAccountsForParent(ctx, &organizations.ListAccountsForParentInput{ParentId: aws.String("ou-none-aaaaaaaa")})
	wantCode(t, err, "ParentNotFoundException", 400)
	_, err = client.ListAccountsForParent(ctx, &organizations.ListAccountsForParentInput{ParentId: aws.String("Workloads")})
	wantCode(t, err, "InvalidInputException", 400)
	_, err = client.ListParents(ctx, &organizations.ListParentsInput{ChildId: aws.String("999999999999")})
	wantCode(t, err, "ChildNotFoundException", 400)
	_, err = client.ListTagsForResource(ctx, &organizations.ListTagsForResourceInput{ResourceId: aws.String("999999999999")})
	wantCode(t, err, "TargetNotFoundException", 400)
}

func TestOrganizationIsNotForMembers(t *testing.T) {
	t.Parallel()
	e := smallEstate()
	s := start(t, e, awssim.Options{})
	client := organizations.NewFromConfig(inside(t, s, member, virginia))
	_, err := client.ListAccounts(t.Context(), nil)
	wantCode(t, err, "AccessDeniedException", 400)
	out, err := client.DescribeOrganization(t.Context(), nil)
	wantCode(t, err, "", 0)
	if *out.Organization.MasterAccountId != management {
		t.Errorf("got %+v", out.Organization)
	}

	e.Organization.DelegatedAdministrators = []string{member}
	s = start(t, e, awssim.Options{})
	ids := accountIDs(t, organizations.NewFromConfig(inside(t, s, member, virginia)))
	if !slices.Equal(ids, []string{management, member, audit}) {
		t.Errorf("got %v", ids)
	}

	e.Organization = nil
	s = start(t, e, awssim.Options{})
	_, err = organizations.NewFromConfig(inside(t, s, management, virginia)).ListAccounts(t.Context(), nil)
	wantCode(t, err, "AWSOrganizationsNotInUseException", 400)
}

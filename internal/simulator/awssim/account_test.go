package awssim_test

import (
	"testing"

	"portolan/internal/simulator/awssim"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/account"
	"github.com/aws/aws-sdk-go-v2/service/account/types"
	"github.com/google/go-cmp/cmp"
)

func TestListRegions(t *testing.T) {
	t.Parallel()
	e := smallEstate()
	e.Accounts[1].Regions = map[string]string{"af-south-1": awssim.RegionEnabled, "me-south-1": awssim.RegionEnabling}
	s := start(t, e, awssim.Options{})
	client := account.NewFromConfig(inside(t, s, member, virginia))
	statuses := map[types.RegionOptStatus]int{}
	pages := account.NewListRegionsPaginator(client, &account.ListRegionsInput{MaxResults: aws.Int32(10)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		wantCode(t, err, "", 0)
		for _, region := range page.Regions {
			statuses[region.RegionOptStatus]++
		}
	}
	want := map[types.RegionOptStatus]int{"ENABLED": 1, "ENABLED_BY_DEFAULT": 17, "DISABLED": 14, "ENABLING": 1}
	if diff := cmp.Diff(want, statuses); diff != "" {
		t.Error(diff)
	}
	out, err := client.ListRegions(t.Context(), &account.ListRegionsInput{RegionOptStatusContains: []types.RegionOptStatus{types.RegionOptStatusEnabled}})
	wantCode(t, err, "", 0)
	if len(out.Regions) != 1 || *out.Regions[0].RegionName != "af-south-1" {
		t.Errorf("got %+v", out.Regions)
	}
	_, err = client.ListRegions(t.Context(), &account.ListRegionsInput{MaxResults: aws.Int32(51)})
	wantCode(t, err, "ValidationException", 400)
	_, err = client.ListRegions(t.Context(), &account.ListRegionsInput{AccountId: aws.String(audit)})
	wantCode(t, err, "AccessDeniedException", 403)
}

func TestGetAccountInformation(t *testing.T) {
	t.Parallel()
	s := start(t, smallEstate(), awssim.Options{})
	out, err := account.NewFromConfig(inside(t, s, member, virginia)).GetAccountInformation(t.Context(), nil)
	wantCode(t, err, "", 0)
	if *out.AccountName != "Shop" || *out.AccountId != member || out.AccountCreatedDate == nil {
		t.Errorf("got %+v", out)
	}
	client := account.NewFromConfig(inside(t, s, management, virginia))
	out, err = client.GetAccountInformation(t.Context(), &account.GetAccountInformationInput{AccountId: aws.String(audit)})
	wantCode(t, err, "", 0)
	if *out.AccountName != "Audit" {
		t.Errorf("got %+v", out)
	}
}

package account

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/account"
	accounttypes "github.com/aws/aws-sdk-go-v2/service/account/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"portolan/internal/aws/answer"
	"portolan/internal/aws/awserr"
	"portolan/internal/aws/awsname"
	"portolan/internal/diag"
)

// Regions returns the regions that an entered account has enabled, sorted. It asks
// account:ListRegions in the commercial partition, and ec2:DescribeRegions where
// that is not offered or fails in any way. If both fail, the error carries both
// causes. It never gives an empty list.
func (d *Directory) Regions(ctx context.Context, s *Session) ([]string, error) {
	var first error
	if s.Partition == commercial {
		regions, err := enabledRegions(ctx, s.Config)
		if err == nil {
			return regions, nil
		}
		if ctx.Err() != nil {
			return nil, awserr.New("account:ListRegions", err)
		}
		first = awserr.New("account:ListRegions", err)
	}
	regions, err := describedRegions(ctx, s.Config, false)
	if err == nil {
		return regions, nil
	}
	second := awserr.New("ec2:DescribeRegions", err)
	return nil, &awserr.Error{
		Op: "list regions of account " + s.Account.ID, Class: awserr.ClassOf(second), Code: diag.RegionsUnknown, Err: d.scrub(errors.Join(first, second)),
		Fix: fixRegions(s, first, second),
	}
}

// fixRegions says how the regions of an account come to be known: by a permission
// unless something else is in the way of both calls.
func fixRegions(s *Session, errs ...error) string {
	fix := ""
	for _, err := range errs {
		policy := awserr.PolicyOf(err)
		if awserr.ClassOf(err) == awserr.Denied && (policy == awserr.Unnamed || policy == awserr.IdentityAllows) {
			fix = ""
			break
		}
		fix = cmp.Or(awserr.Fix(err), fix)
	}
	if fix != "" {
		return fix
	}
	return "Add to the policies of " + identityOf(s) + ": " + statement{
		Effect: "Allow", Action: []string{"account:ListRegions", "ec2:DescribeRegions"}, Resource: "*",
	}.String() + ". One of the two is enough."
}

// AllRegions returns every region that AWS has in the partition of an entered account,
// whether the account has enabled it or not, sorted. It asks account:ListRegions in the
// commercial partition, and ec2:DescribeRegions where that is not offered or fails.
// https://docs.aws.amazon.com/accounts/latest/reference/API_ListRegions.html
func (d *Directory) AllRegions(ctx context.Context, s *Session) ([]string, error) {
	if s.Partition == commercial {
		regions, err := listedRegions(ctx, s.Config)
		if err == nil || ctx.Err() != nil {
			return regions, err
		}
	}
	regions, err := describedRegions(ctx, s.Config, true)
	if err != nil {
		return nil, awserr.New("ec2:DescribeRegions", d.scrub(err))
	}
	return regions, nil
}

func identityOf(s *Session) string {
	if s.Account.RoleARN == "" {
		return "the base identity"
	}
	return s.Account.RoleARN
}

var errNoRegions = errors.New("the answer names no region")

func enabledRegions(ctx context.Context, cfg aws.Config) ([]string, error) {
	return listedRegions(ctx, cfg, accounttypes.RegionOptStatusEnabled, accounttypes.RegionOptStatusEnabledByDefault)
}

// maxRegionPages is far more pages than the regions of a partition take up.
const maxRegionPages = 100

// listedRegions lists the regions in one of the states, or in any if none is given.
func listedRegions(ctx context.Context, cfg aws.Config, states ...accounttypes.RegionOptStatus) ([]string, error) {
	pages := account.NewListRegionsPaginator(account.NewFromConfig(cfg), &account.ListRegionsInput{RegionOptStatusContains: states})
	var regions []string
	for page, err := range answer.Pages(ctx, pages, maxRegionPages, func(page *account.ListRegionsOutput) (answer.Page[[]accounttypes.Region], error) {
		return answer.List(page.Regions, func(r accounttypes.Region) string { return aws.ToString(r.RegionName) }), nil
	}) {
		if err != nil {
			return nil, err
		}
		for _, r := range page {
			if len(states) == 0 || slices.Contains(states, r.RegionOptStatus) {
				regions = append(regions, aws.ToString(r.RegionName))
			}
		}
	}
	return ordered(regions)
}

func describedRegions(ctx context.Context, cfg aws.Config, all bool) ([]string, error) {
	answer, err := ec2.NewFromConfig(cfg).DescribeRegions(ctx, &ec2.DescribeRegionsInput{AllRegions: aws.Bool(all)})
	if err != nil {
		return nil, err
	}
	var regions []string
	for _, r := range answer.Regions {
		regions = append(regions, aws.ToString(r.RegionName))
	}
	return ordered(regions)
}

// ordered returns the regions of an answer. One with a name that no region can have is not
// believed: the names become those of hosts.
func ordered(regions []string) ([]string, error) {
	if len(regions) == 0 {
		return nil, errNoRegions
	}
	for _, name := range regions {
		if !awsname.IsRegion(name) {
			return nil, &awserr.Unanswered{Class: awserr.Failed, Why: "the answer names " + quoted([]string{name}) + ", which is not a region"}
		}
	}
	slices.Sort(regions)
	return slices.Compact(regions), nil
}

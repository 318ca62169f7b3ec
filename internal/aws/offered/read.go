package offered

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"portolan/internal/aws/account"
	"portolan/internal/aws/answer"
	"portolan/internal/aws/awserr"
	"portolan/internal/aws/awsname"
	"portolan/internal/aws/policy"
	"portolan/internal/diag"
)

// The bounds of one reading. AWS has some forty regions, ten on a page, and may answer empty
// pages.
const (
	maxPages = 30
	attempts = 3
)

const operation = "ssm:GetParametersByPath"

// pathOf returns the path under which the list has the regions of a service.
func pathOf(service string) string {
	return "/aws/service/global-infrastructure/services/" + service + "/regions"
}

// read reads the regions of a service in the configuration's region, to the last page.
func read(ctx context.Context, config aws.Config, service string) ([]string, error) {
	client := ssm.NewFromConfig(config, func(o *ssm.Options) { o.RetryMaxAttempts = attempts })
	path := pathOf(service)
	pages := ssm.NewGetParametersByPathPaginator(client, &ssm.GetParametersByPathInput{Path: &path})
	var regions []string
	for page, err := range answer.Pages(ctx, pages, maxPages, func(page *ssm.GetParametersByPathOutput) (answer.Page[[]types.Parameter], error) {
		return answer.List(page.Parameters, func(p types.Parameter) string { return aws.ToString(p.Name) }), nil
	}) {
		if err != nil {
			return nil, unread(err, config.Region)
		}
		for _, p := range page {
			region := aws.ToString(p.Value)
			if !awsname.IsRegion(region) || aws.ToString(p.Name) != path+"/"+region {
				return nil, odd("the list for %s has %q under %q, which is not a region", service, region, aws.ToString(p.Name))
			}
			regions = append(regions, region)
		}
	}
	return believed(service, regions, config.Region)
}

// believed returns the regions of a list that was read to its end, unless it cannot be
// right.
func believed(service string, regions []string, askedIn string) ([]string, error) {
	switch {
	case len(regions) == 0:
		return nil, odd("the list has no region for %s", service)
	case !slices.Contains(regions, askedIn):
		return nil, odd("the list for %s lacks %s, which published it", service, askedIn)
	}
	slices.Sort(regions)
	return slices.Compact(regions), nil
}

// errOdd marks what the list says about one service and cannot be true.
var errOdd = errors.New("the answer is odd")

func odd(format string, args ...any) error {
	return unknown(fmt.Errorf("%w: "+format, append([]any{errOdd}, args...)...))
}

// unknown is the error of an answer from which nothing follows.
func unknown(err error) error {
	return &awserr.Error{
		Op: operation, Class: awserr.Failed, Code: diag.ListUnread, Err: err,
		Fix: "Nothing, if the next run passes. What AWS says of its regions is at https://aws.amazon.com/about-aws/global-infrastructure/regional-product-services/.",
	}
}

// unread is the error of a list that could not be read in a region.
func unread(err error, region string) error {
	class := awserr.ClassOf(err)
	e := &awserr.Error{Op: operation, Class: class, Code: diag.ListUnread, Err: err}
	switch class {
	case awserr.Denied:
		e.Fix = "Add to the policies of the identity that runs Portolan, or of the role that reads the account:\n" +
			policy.Read(account.PartitionOfRegion(region), policy.Offers).JSON()
	case awserr.Closed:
		e.Fix = "Ask the owner of the policy that the message names to let Portolan call " + operation + " in " + region + "."
	case awserr.Unreachable, awserr.Timeout:
		e.Fix = "Let the endpoint of Systems Manager in " + region + " be reached: a VPC endpoint (com.amazonaws." + region + ".ssm), NAT gateway, proxy, DNS."
	default:
		e.Fix = "Nothing, if the next run passes."
	}
	return e
}

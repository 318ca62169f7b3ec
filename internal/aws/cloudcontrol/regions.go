package cloudcontrol

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"portolan/internal/aws/awserr"
	"portolan/internal/aws/awsname"
	"portolan/internal/aws/kind"
)

// homes are the regions of partitions other than aws that answer for global types.
// https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/global-services.html
var homes = map[string]string{
	"aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1", "aws-eusc": "eusc-de-east-1",
	"aws-iso": "us-iso-east-1", "aws-iso-b": "us-isob-east-1", "aws-iso-e": "eu-isoe-west-1", "aws-iso-f": "us-isof-south-1",
}

// Home returns the region of a partition in which a global type is asked, "" for any other type.
func (t Type) Home(partition string) string {
	if !t.Global() {
		return ""
	}
	if home, other := homes[partition]; other {
		return home
	}
	if _, region, found := strings.Cut(t.Scope, ":"); found {
		return region
	}
	return "us-east-1"
}

// Global says whether a type is asked once in an account, not in each region.
func (t Type) Global() bool { return strings.HasPrefix(t.Scope, "global") }

// place sets where a kind is asked: a global type in one region of an account; what exists once
// in an Organization, in the first account that may tell.
func (r *reader) place(k *kind.Kind) {
	switch {
	case strings.HasPrefix(r.of.Name, "AWS::Organizations::"):
		k.Scope = kind.Management
	case r.of.Global():
		k.Scope = kind.Global
		k.Home = r.of.Home
	}
	if r.of.inBuckets() {
		k.List.Actions = append(k.List.Actions, bucketsAction)
	}
}

// inBuckets says whether a type is listed in any region and read in that of its bucket.
func (t Type) inBuckets() bool { return t.Scope == "global-list" }

const bucketsAction = "s3:ListAllMyBuckets"

// placed adds to what a listing finds the region in which it has to be read.
func (r *reader) placed(ctx context.Context, t kind.Target, pages kind.Pages) kind.Pages {
	if !r.of.inBuckets() {
		return pages
	}
	return func(yield func([]*kind.Resource, error) bool) {
		var regions map[string]string
		for page, err := range pages {
			if len(page) > 0 && regions == nil {
				var unread error
				if regions, unread = bucketRegions(ctx, t, ""); unread != nil {
					yield(nil, unread)
					return
				}
			}
			for _, one := range page {
				if region := regions[one.ID]; region != "" {
					one.Properties[carriedRegion] = region
				}
			}
			if !yield(page, err) {
				return
			}
		}
	}
}

// regionOf is the region in which a resource has to be read; "" for that of the target.
func regionOf(one *kind.Resource) string {
	if region := one.Str(carriedRegion); awsname.IsRegion(region) {
		return region
	}
	return ""
}

// regionFor is regionOf for a resource of which only the id is known.
func (r *reader) regionFor(ctx context.Context, t kind.Target, id string) (string, error) {
	if !r.of.inBuckets() {
		return "", nil
	}
	regions, err := bucketRegions(ctx, t, id)
	return regions[id], err
}

// bucketRegions returns the regions of the buckets whose names begin with a prefix, by name.
func bucketRegions(ctx context.Context, t kind.Target, prefix string) (map[string]string, error) {
	client := s3.NewFromConfig(t.Config, func(o *s3.Options) { o.UsePathStyle = o.BaseEndpoint != nil })
	input := &s3.ListBucketsInput{MaxBuckets: aws.Int32(1000)}
	if prefix != "" {
		input.Prefix = aws.String(prefix)
	}
	regions := map[string]string{}
	for page, err := range kind.Walk(ctx, s3.NewListBucketsPaginator(client, input), kind.Objects("Buckets", "Name")) {
		if err != nil {
			return nil, awserr.New(bucketsAction, fmt.Errorf("the regions of the buckets: %w", err))
		}
		for _, bucket := range page {
			if region := bucket.Str("BucketRegion"); awsname.IsRegion(region) {
				regions[bucket.ID] = region
			}
		}
	}
	return regions, nil
}

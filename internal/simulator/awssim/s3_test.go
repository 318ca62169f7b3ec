package awssim_test

import (
	"errors"
	"net/http"
	"testing"

	"portolan/internal/simulator/awssim"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/google/go-cmp/cmp"
)

var (
	logs = awssim.Resource{
		Kind: awssim.Bucket, Region: ireland, ID: "shop-logs", Tags: map[string]string{"team": "shop"},
		Attributes: map[string]any{"PublicAccessBlockConfiguration": map[string]any{"BlockPublicAcls": true, "BlockPublicPolicy": false}},
	}
	bare = awssim.Resource{
		Kind: awssim.Bucket, Region: virginia, ID: "shop-bare",
		Attributes: map[string]any{
			"PublicAccessBlockConfiguration": nil, "OwnershipControls": nil, "ServerSideEncryptionConfiguration": nil,
		},
	}
)

func TestListBuckets(t *testing.T) {
	t.Parallel()
	e := population(smallEstate(logs, bare), awssim.Bucket, ohio, 7)
	s := start(t, population(e, awssim.Bucket, ireland, 5), awssim.Options{})
	client := s3.NewFromConfig(inside(t, s, member, ireland))
	regions, sizes := map[string]int{}, []int{}
	pages := s3.NewListBucketsPaginator(client, &s3.ListBucketsInput{MaxBuckets: aws.Int32(5)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		wantCode(t, err, "", 0)
		for _, bucket := range page.Buckets {
			regions[aws.ToString(bucket.BucketRegion)]++
		}
		sizes = append(sizes, len(page.Buckets))
	}
	if diff := cmp.Diff([]int{5, 5, 4}, sizes); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]int{ireland: 6, virginia: 1, ohio: 7}, regions); diff != "" {
		t.Error(diff)
	}
	out, err := client.ListBuckets(t.Context(), nil)
	wantCode(t, err, "", 0)
	if len(out.Buckets) != 14 || out.Buckets[0].BucketRegion != nil || out.Buckets[0].CreationDate == nil || out.ContinuationToken != nil {
		t.Errorf("without parameters all buckets are listed and no region: %d, %+v", len(out.Buckets), out.Buckets[0])
	}
	out, err = client.ListBuckets(t.Context(), &s3.ListBucketsInput{Prefix: aws.String("shop-"), BucketRegion: aws.String(ireland)})
	wantCode(t, err, "", 0)
	if len(out.Buckets) != 1 || *out.Buckets[0].Name != logs.ID {
		t.Errorf("got %+v", out.Buckets)
	}
	for name, in := range map[string]*s3.ListBucketsInput{
		"page too large": {MaxBuckets: aws.Int32(10_001)}, "page too small": {MaxBuckets: aws.Int32(0)},
		"token": {ContinuationToken: aws.String("x")}, "region": {BucketRegion: aws.String("eu-moon-1")},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := client.ListBuckets(t.Context(), in)
			wantCode(t, err, "InvalidArgument", 400)
		})
	}
}

func TestBucketConfiguration(t *testing.T) {
	t.Parallel()
	s := start(t, smallEstate(logs, bare), awssim.Options{})
	client := s3.NewFromConfig(inside(t, s, member, ireland))
	name := aws.String(logs.ID)
	tags, err := client.GetBucketTagging(t.Context(), &s3.GetBucketTaggingInput{Bucket: name, ExpectedBucketOwner: aws.String(member)})
	wantCode(t, err, "", 0)
	if *tags.TagSet[0].Key != "team" || *tags.TagSet[0].Value != "shop" {
		t.Errorf("got %+v", tags.TagSet)
	}
	access, err := client.GetPublicAccessBlock(t.Context(), &s3.GetPublicAccessBlockInput{Bucket: name})
	wantCode(t, err, "", 0)
	if got := access.PublicAccessBlockConfiguration; !*got.BlockPublicAcls || *got.BlockPublicPolicy || got.IgnorePublicAcls != nil {
		t.Errorf("got %+v", got)
	}
	controls, err := client.GetBucketOwnershipControls(t.Context(), &s3.GetBucketOwnershipControlsInput{Bucket: name})
	wantCode(t, err, "", 0)
	if controls.OwnershipControls.Rules[0].ObjectOwnership != types.ObjectOwnershipBucketOwnerEnforced {
		t.Errorf("got %+v", controls.OwnershipControls)
	}
	encryption, err := client.GetBucketEncryption(t.Context(), &s3.GetBucketEncryptionInput{Bucket: name})
	wantCode(t, err, "", 0)
	if encryption.ServerSideEncryptionConfiguration.Rules[0].ApplyServerSideEncryptionByDefault.SSEAlgorithm != types.ServerSideEncryptionAes256 {
		t.Errorf("got %+v", encryption.ServerSideEncryptionConfiguration)
	}
	location, err := client.GetBucketLocation(t.Context(), &s3.GetBucketLocationInput{Bucket: name})
	wantCode(t, err, "", 0)
	if location.LocationConstraint != types.BucketLocationConstraint(ireland) {
		t.Errorf("got %q", location.LocationConstraint)
	}
}

func TestBucketWithoutConfiguration(t *testing.T) {
	t.Parallel()
	s := start(t, smallEstate(logs, bare), awssim.Options{})
	client := s3.NewFromConfig(inside(t, s, member, virginia))
	ctx, name := t.Context(), aws.String(bare.ID)
	_, err := client.GetBucketTagging(ctx, &s3.GetBucketTaggingInput{Bucket: name})
	wantCode(t, err, "NoSuchTagSet", 404)
	_, err = client.GetPublicAccessBlock(ctx, &s3.GetPublicAccessBlockInput{Bucket: name})
	wantCode(t, err, "NoSuchPublicAccessBlockConfiguration", 404)
	_, err = client.GetBucketOwnershipControls(ctx, &s3.GetBucketOwnershipControlsInput{Bucket: name})
	wantCode(t, err, "OwnershipControlsNotFoundError", 404)
	_, err = client.GetBucketEncryption(ctx, &s3.GetBucketEncryptionInput{Bucket: name})
	wantCode(t, err, "ServerSideEncryptionConfigurationNotFoundError", 404)
	location, err := client.GetBucketLocation(ctx, &s3.GetBucketLocationInput{Bucket: name})
	wantCode(t, err, "", 0)
	if location.LocationConstraint != "" {
		t.Errorf("us-east-1 is told by nothing, got %q", location.LocationConstraint)
	}
}

func TestBucketElsewhere(t *testing.T) {
	t.Parallel()
	s := start(t, smallEstate(logs, bare), awssim.Options{})
	tests := []struct {
		name, account, region, bucket string
		code                          string
		status                        int
		header                        string
	}{
		{"from another region", member, ohio, logs.ID, "PermanentRedirect", http.StatusMovedPermanently, ireland},
		{"from us-east-1", member, virginia, logs.ID, "AuthorizationHeaderMalformed", http.StatusBadRequest, ireland},
		{"to us-east-1", member, ireland, bare.ID, "PermanentRedirect", http.StatusMovedPermanently, virginia},
		{"missing", member, ireland, "nobodys", "NoSuchBucket", http.StatusNotFound, ""},
		{"somebody else's", management, ireland, logs.ID, "AccessDenied", http.StatusForbidden, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			client := s3.NewFromConfig(inside(t, s, test.account, test.region))
			_, err := client.GetBucketTagging(t.Context(), &s3.GetBucketTaggingInput{Bucket: &test.bucket})
			wantCode(t, err, test.code, test.status)
			var response *smithyhttp.ResponseError
			if errors.As(err, &response); response.Response.Header.Get("X-Amz-Bucket-Region") != test.header {
				t.Errorf("want region %q, got %q", test.header, response.Response.Header.Get("X-Amz-Bucket-Region"))
			}
		})
	}
	location, err := s3.NewFromConfig(inside(t, s, member, virginia)).GetBucketLocation(t.Context(), &s3.GetBucketLocationInput{Bucket: &logs.ID})
	wantCode(t, err, "", 0)
	if location.LocationConstraint != types.BucketLocationConstraint(ireland) {
		t.Errorf("us-east-1 knows the location of every bucket, got %q", location.LocationConstraint)
	}
}

package kinds

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"portolan/internal/aws/awsname"
	"portolan/internal/aws/kind"
)

// S3Bucket is AWS::S3::Bucket. One listing has the buckets of all regions; every other call
// goes to the bucket's own region.
var S3Bucket = &kind.Kind{
	Type:    "AWS::S3::Bucket",
	Service: kind.Service{Prefix: "s3", OfferedAs: "s3", Client: kind.Client(s3.NewFromConfig, pathStyle)},
	Scope:   kind.Global,
	List: kind.Listing{
		Name:     "ListBucketsAction",
		Actions:  []string{"s3:ListAllMyBuckets"},
		PageSize: 1000, NamesOnly: true,
		// Only a request with a parameter is paged and answers each bucket's region:
		// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html
		Pages: kind.Paged(func(c *s3.Client) *s3.ListBucketsPaginator {
			return s3.NewListBucketsPaginator(c, &s3.ListBucketsInput{MaxBuckets: aws.Int32(1000)})
		}, kind.Objects("Buckets", "Name")),
	},
	Default: []kind.FollowUp{{
		Call: kind.Each(func(_ context.Context, t kind.Target, r *kind.Resource) (kind.Object, error) {
			return kind.Object{"BucketName": r.ID, "Arn": "arn:" + t.Partition + ":s3:::" + r.ID}, nil
		}),
	}, {
		Name:    "GetBucketTaggingAction",
		Actions: []string{"s3:GetBucketTagging"},
		Absent:  []string{"NoSuchTagSet"},
		Instead: kind.Object{"Tags": []any{}},
		Call: kind.One((*s3.Client).GetBucketTagging, func(r *kind.Resource) *s3.GetBucketTaggingInput {
			return &s3.GetBucketTaggingInput{Bucket: aws.String(r.ID)}
		}, kind.Property("TagSet", "Tags"), inItsRegion),
	}},
	Optional: []kind.FollowUp{{
		Name:    "GetPublicAccessBlockAction",
		Actions: []string{"s3:GetBucketPublicAccessBlock"},
		Absent:  []string{"NoSuchPublicAccessBlockConfiguration"},
		Call: kind.One((*s3.Client).GetPublicAccessBlock, func(r *kind.Resource) *s3.GetPublicAccessBlockInput {
			return &s3.GetPublicAccessBlockInput{Bucket: aws.String(r.ID)}
		}, kind.Whole, inItsRegion),
	}, {
		Name:    "GetBucketOwnershipControlsAction",
		Actions: []string{"s3:GetBucketOwnershipControls"},
		Absent:  []string{"OwnershipControlsNotFoundError"},
		Call: kind.One((*s3.Client).GetBucketOwnershipControls, func(r *kind.Resource) *s3.GetBucketOwnershipControlsInput {
			return &s3.GetBucketOwnershipControlsInput{Bucket: aws.String(r.ID)}
		}, kind.Whole, inItsRegion),
	}, {
		Name:    "GetBucketEncryptionAction",
		Actions: []string{"s3:GetEncryptionConfiguration"},
		Absent:  []string{"ServerSideEncryptionConfigurationNotFoundError"},
		Call: kind.One((*s3.Client).GetBucketEncryption, func(r *kind.Resource) *s3.GetBucketEncryptionInput {
			return &s3.GetBucketEncryptionInput{Bucket: aws.String(r.ID)}
		}, kind.Property("ServerSideEncryptionConfiguration", "BucketEncryption"), inItsRegion),
	}, {
		Name:    "GetBucketLocationAction",
		Actions: []string{"s3:GetBucketLocation"},
		Call: kind.One((*s3.Client).GetBucketLocation, func(r *kind.Resource) *s3.GetBucketLocationInput {
			return &s3.GetBucketLocationInput{Bucket: aws.String(r.ID)}
		}, func(_ *kind.Resource, answer kind.Object) (kind.Object, error) {
			// us-east-1 answers an empty element, which is null in the API.
			return kind.Object{"LocationConstraint": answer["LocationConstraint"]}, nil
		}, inItsRegion),
	}},
	Events: kind.Events{Calls: `CreateBucket PutBucketTagging DeleteBucketTagging PutBucketEncryption DeleteBucketEncryption
		PutBucketPublicAccessBlock DeleteBucketPublicAccessBlock PutBucketOwnershipControls
		DeleteBucketOwnershipControls TagResource UntagResource DeleteBucket`},
	Document: kind.Form{Properties: `BucketName Arn CreationDate LocationConstraint Tags BucketEncryption
		PublicAccessBlockConfiguration OwnershipControls`},
}

// inItsRegion sends a call to the bucket's region, if the listing answered one. What is no
// region does not become a part of a host.
func inItsRegion(bucket *kind.Resource, o *s3.Options) {
	if region := bucket.Str("BucketRegion"); awsname.IsRegion(region) {
		o.Region = region
	}
}

// pathStyle is for custom endpoints (an emulator, a proxy), which rarely have a DNS name for
// each bucket.
func pathStyle(o *s3.Options) { o.UsePathStyle = o.BaseEndpoint != nil }

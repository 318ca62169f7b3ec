package kinds

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"portolan/internal/aws/kind"
)

// S3Bucket is AWS::S3::Bucket. One listing gives the buckets of all regions; each
// of the other calls goes to the bucket's own region.
var S3Bucket = &kind.Kind{
	Type:      "AWS::S3::Bucket",
	Service:   "s3",
	OfferedAs: "s3",
	Scope:     kind.Global,
	List: kind.Listing{
		Name:     "ListBucketsAction",
		Actions:  []string{"s3:ListAllMyBuckets"},
		PageSize: 1000, NamesOnly: true,
		Pages: func(ctx context.Context, t kind.Target) kind.Pages {
			// Only a request with a parameter is paged and answers each bucket's region:
			// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html
			return kind.Walk(ctx, s3.NewListBucketsPaginator(bucketClient(t, t.Region),
				&s3.ListBucketsInput{MaxBuckets: aws.Int32(1000)}), kind.Objects("Buckets", "Name"))
		},
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
		Call: bucketCall(func(ctx context.Context, c *s3.Client, name *string) (kind.Object, error) {
			answer, err := kind.Answer(c.GetBucketTagging(ctx, &s3.GetBucketTaggingInput{Bucket: name}))
			return kind.Take(answer, "TagSet", "Tags"), err
		}),
	}},
	Optional: []kind.FollowUp{{
		Name:    "GetPublicAccessBlockAction",
		Actions: []string{"s3:GetBucketPublicAccessBlock"},
		Absent:  []string{"NoSuchPublicAccessBlockConfiguration"},
		Call: bucketCall(func(ctx context.Context, c *s3.Client, name *string) (kind.Object, error) {
			return kind.Answer(c.GetPublicAccessBlock(ctx, &s3.GetPublicAccessBlockInput{Bucket: name}))
		}),
	}, {
		Name:    "GetBucketOwnershipControlsAction",
		Actions: []string{"s3:GetBucketOwnershipControls"},
		Absent:  []string{"OwnershipControlsNotFoundError"},
		Call: bucketCall(func(ctx context.Context, c *s3.Client, name *string) (kind.Object, error) {
			return kind.Answer(c.GetBucketOwnershipControls(ctx, &s3.GetBucketOwnershipControlsInput{Bucket: name}))
		}),
	}, {
		Name:    "GetBucketEncryptionAction",
		Actions: []string{"s3:GetEncryptionConfiguration"},
		Absent:  []string{"ServerSideEncryptionConfigurationNotFoundError"},
		Call: bucketCall(func(ctx context.Context, c *s3.Client, name *string) (kind.Object, error) {
			answer, err := kind.Answer(c.GetBucketEncryption(ctx, &s3.GetBucketEncryptionInput{Bucket: name}))
			return kind.Take(answer, "ServerSideEncryptionConfiguration", "BucketEncryption"), err
		}),
	}, {
		Name:    "GetBucketLocationAction",
		Actions: []string{"s3:GetBucketLocation"},
		Call: bucketCall(func(ctx context.Context, c *s3.Client, name *string) (kind.Object, error) {
			answer, err := kind.Answer(c.GetBucketLocation(ctx, &s3.GetBucketLocationInput{Bucket: name}))
			// us-east-1 answers an empty element, which the API calls null.
			return kind.Object{"LocationConstraint": answer["LocationConstraint"]}, err
		}),
	}},
	Document: kind.Form{Properties: `BucketName Arn CreationDate LocationConstraint Tags BucketEncryption
		PublicAccessBlockConfiguration OwnershipControls`},
}

// bucketCall makes a follow-up's call of one that asks a bucket in its region.
func bucketCall(call func(context.Context, *s3.Client, *string) (kind.Object, error)) func(context.Context, kind.Target, []*kind.Resource) (map[string]kind.Object, error) {
	return kind.Each(func(ctx context.Context, t kind.Target, r *kind.Resource) (kind.Object, error) {
		region := r.Str("BucketRegion")
		if region == "" {
			region = t.Region
		}
		return call(ctx, bucketClient(t, region), aws.String(r.ID))
	})
}

// An endpoint of one's own (an emulator, a proxy) seldom has a name for each
// bucket in its DNS.
func bucketClient(t kind.Target, region string) *s3.Client {
	return s3.NewFromConfig(t.Config, func(o *s3.Options) {
		o.Region = region
		o.UsePathStyle = o.BaseEndpoint != nil
	})
}

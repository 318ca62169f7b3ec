package kinds

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"portolan/internal/aws/kind"
)

// EC2Volume is AWS::EC2::Volume.
var EC2Volume = &kind.Kind{
	Type:      "AWS::EC2::Volume",
	Service:   "ec2",
	OfferedAs: "ec2",
	List: kind.Listing{
		Name:     "DescribeVolumesAction",
		Actions:  []string{"ec2:DescribeVolumes"},
		PageSize: 500,
		Pages: func(ctx context.Context, t kind.Target) kind.Pages {
			// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVolumes.html
			return kind.Walk(ctx, ec2.NewDescribeVolumesPaginator(ec2.NewFromConfig(t.Config),
				&ec2.DescribeVolumesInput{MaxResults: aws.Int32(500)}), kind.Objects("Volumes", "VolumeId"))
		},
	},
	Optional: []kind.FollowUp{{
		Name:    "DescribeVolumeAttributeAction",
		Actions: []string{"ec2:DescribeVolumeAttribute"},
		Call: kind.Each(func(ctx context.Context, t kind.Target, r *kind.Resource) (kind.Object, error) {
			answer, err := kind.Answer(ec2.NewFromConfig(t.Config).DescribeVolumeAttribute(ctx, &ec2.DescribeVolumeAttributeInput{
				Attribute: types.VolumeAttributeNameAutoEnableIO, VolumeId: aws.String(r.ID),
			}))
			attribute, _ := answer["AutoEnableIO"].(kind.Object)
			return kind.Take(attribute, "Value", "AutoEnableIO"), err
		}),
	}},
	Document: kind.Form{Open: true, Properties: `VolumeId VolumeType Size Iops Throughput AvailabilityZone State CreateTime Tags
		Encrypted SnapshotId Attachments MultiAttachEnabled KmsKeyId AutoEnableIO`},
}

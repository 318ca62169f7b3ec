package kinds

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"portolan/internal/aws/kind"
)

// EC2Volume is AWS::EC2::Volume.
var EC2Volume = &kind.Kind{
	Type:    "AWS::EC2::Volume",
	Service: kind.Service{Prefix: "ec2", OfferedAs: "ec2", Client: kind.Client(ec2.NewFromConfig)},
	List: kind.Listing{
		Name:     "DescribeVolumesAction",
		Actions:  []string{"ec2:DescribeVolumes"},
		PageSize: 500,
		// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVolumes.html
		Pages: kind.Paged(func(c *ec2.Client) *ec2.DescribeVolumesPaginator {
			return ec2.NewDescribeVolumesPaginator(c, &ec2.DescribeVolumesInput{MaxResults: aws.Int32(500)})
		}, kind.Objects("Volumes", "VolumeId")),
	},
	Optional: []kind.FollowUp{{
		Name:    "DescribeVolumeAttributeAction",
		Actions: []string{"ec2:DescribeVolumeAttribute"},
		Call: kind.One((*ec2.Client).DescribeVolumeAttribute, func(r *kind.Resource) *ec2.DescribeVolumeAttributeInput {
			return &ec2.DescribeVolumeAttributeInput{Attribute: types.VolumeAttributeNameAutoEnableIO, VolumeId: aws.String(r.ID)}
		}, func(r *kind.Resource, answer kind.Object) (kind.Object, error) {
			attribute, _ := answer["AutoEnableIO"].(kind.Object)
			return kind.Property("Value", "AutoEnableIO")(r, attribute)
		}),
	}},
	Events: kind.Events{
		Calls: `CreateVolume CopyVolumes ImportVolume RestoreVolumeFromRecycleBin RunInstances
		CreateReplaceRootVolumeTask AttachVolume DetachVolume ModifyVolume ModifyVolumeAttribute
		EnableVolumeIO CreateTags/vol- DeleteTags/vol- DeleteVolume TerminateInstances`,
		Sent: []string{"EBS Volume Notification"},
	},
	Document: kind.Form{Open: true, Properties: `VolumeId VolumeType Size Iops Throughput AvailabilityZone State CreateTime Tags
		Encrypted SnapshotId Attachments MultiAttachEnabled KmsKeyId AutoEnableIO`},
}

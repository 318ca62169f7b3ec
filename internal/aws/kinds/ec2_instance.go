package kinds

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"portolan/internal/aws/kind"
)

// EC2Instance is AWS::EC2::Instance, in every state.
var EC2Instance = &kind.Kind{
	Type:    "AWS::EC2::Instance",
	Service: kind.Service{Prefix: "ec2", OfferedAs: "ec2", Client: kind.Client(ec2.NewFromConfig)},
	List: kind.Listing{
		Name:     "DescribeInstancesAction",
		Actions:  []string{"ec2:DescribeInstances"},
		PageSize: 250,
		Pages: kind.Paged(func(c *ec2.Client) *ec2.DescribeInstancesPaginator {
			return ec2.NewDescribeInstancesPaginator(c, &ec2.DescribeInstancesInput{MaxResults: aws.Int32(250)})
		}, instances),
	},
	Optional: []kind.FollowUp{{
		Name:    "DescribeInstanceStatusAction",
		Actions: []string{"ec2:DescribeInstanceStatus"},
		// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstanceStatus.html
		Size: 100,
		Call: kind.Batch((*ec2.Client).DescribeInstanceStatus, func(batch []*kind.Resource) *ec2.DescribeInstanceStatusInput {
			return &ec2.DescribeInstanceStatusInput{
				IncludeAllInstances: aws.Bool(true),
				InstanceIds:         kind.IDs(batch),
			}
		}, kind.ByID("InstanceStatuses", "InstanceId")),
	}},
	Events: kind.Events{
		Calls: `RunInstances RunScheduledInstances ImportInstance StartInstances StopInstances
		ModifyInstanceAttribute ModifyInstanceMetadataOptions ModifyInstanceMaintenanceOptions
		ModifyInstancePlacement ModifyInstanceCapacityReservationAttributes ModifyInstanceCpuOptions
		ModifyPrivateDnsNameOptions ResetInstanceAttribute MonitorInstances UnmonitorInstances
		AssociateAddress DisassociateAddress AttachNetworkInterface DetachNetworkInterface AttachVolume
		DetachVolume AssociateIamInstanceProfile DisassociateIamInstanceProfile
		ReplaceIamInstanceProfileAssociation CreateTags/i- DeleteTags/i- TerminateInstances`,
		Sent: []string{"EC2 Instance State-change Notification"},
	},
	Document: kind.Form{Open: true, Properties: `AmiLaunchIndex Architecture AvailabilityZone BlockDeviceMappings BootMode
		CapacityReservationSpecification ClientToken CpuOptions CurrentInstanceBootMode EbsOptimized EnclaveOptions
		EnaSupport Events HibernationOptions Hypervisor ImageId InstanceArn InstanceId InstanceStatus InstanceState
		InstanceType KeyName LaunchTime MaintenanceOptions MetadataOptions Monitoring NetworkInterfaces
		NetworkPerformanceOptions Operator Placement Platform PlatformDetails PrivateDnsName PrivateDnsNameOptions
		PrivateIpAddress ProductCodes PublicDnsName PublicIpAddress Reason RootDeviceName RootDeviceType SecurityGroups
		SourceDestCheck State StateReason StateTransitionReason SubnetId SystemStatus Tags UsageOperation
		UsageOperationUpdateTime VirtualizationType VpcId`},
}

// instances takes the instances out of their reservations. What a reservation says about
// itself becomes the context of each.
func instances(page kind.Object) []*kind.Resource {
	var found []*kind.Resource
	reservations, _ := page["Reservations"].([]any)
	for _, item := range reservations {
		reservation, _ := item.(kind.Object)
		about := kind.Object{}
		for _, name := range []string{"ReservationId", "OwnerId", "RequesterId", "Groups"} {
			if value, ok := reservation[name]; ok {
				about[name] = value
			}
		}
		for _, r := range kind.Objects("Instances", "InstanceId")(reservation) {
			r.Context = about
			found = append(found, r)
		}
	}
	return found
}

package awssim_test

import (
	"strings"
	"testing"
	"time"

	"portolan/internal/simulator/awssim"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/google/go-cmp/cmp"
)

var web = awssim.Resource{
	Kind: awssim.Instance, Region: ireland, ID: "i-0123456789abcdef0",
	Created: time.Date(2025, 1, 2, 3, 4, 5, 0, time.UTC),
	Tags:    map[string]string{"Name": `web & "api" <1>`},
	Attributes: map[string]any{
		"instanceType": "m5.large", "instanceState": map[string]any{"name": "stopped", "code": 80}, "keyName": "ops", "hypervisor": nil,
		"reservationId": "r-0aaaaaaaaaaaaaaaa",
	},
}

func TestDescribeInstances(t *testing.T) {
	t.Parallel()
	s := start(t, smallEstate(web), awssim.Options{})
	out, err := ec2.NewFromConfig(inside(t, s, member, ireland)).DescribeInstances(t.Context(), &ec2.DescribeInstancesInput{InstanceIds: []string{web.ID}})
	wantCode(t, err, "", 0)
	reservation := out.Reservations[0]
	got := reservation.Instances[0]
	if *reservation.ReservationId != "r-0aaaaaaaaaaaaaaaa" || *reservation.OwnerId != member {
		t.Errorf("got reservation %s of %s", *reservation.ReservationId, *reservation.OwnerId)
	}
	if *got.Tags[0].Value != web.Tags["Name"] || got.InstanceType != "m5.large" || *got.KeyName != "ops" || got.Hypervisor != "" ||
		got.State.Name != types.InstanceStateNameStopped || !got.LaunchTime.Equal(web.Created) {
		t.Errorf("got %+v", got)
	}
	if !strings.HasPrefix(*got.Placement.AvailabilityZone, ireland) || *got.BlockDeviceMappings[0].Ebs.VolumeId == "" ||
		*got.NetworkInterfaces[0].PrivateIpAddresses[0].PrivateIpAddress != *got.PrivateIpAddress || *got.CpuOptions.CoreCount != 1 {
		t.Errorf("got %+v", got)
	}
}

func TestDescribeInstancesPages(t *testing.T) {
	t.Parallel()
	s := start(t, population(smallEstate(web), awssim.Instance, ireland, 22), awssim.Options{})
	seen, sizes := map[string]bool{}, []int{}
	pages := ec2.NewDescribeInstancesPaginator(ec2.NewFromConfig(inside(t, s, member, ireland)), &ec2.DescribeInstancesInput{MaxResults: aws.Int32(9)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		wantCode(t, err, "", 0)
		size := 0
		for _, reservation := range page.Reservations {
			size += len(reservation.Instances)
			for _, instance := range reservation.Instances {
				seen[*instance.InstanceId] = true
			}
		}
		sizes = append(sizes, size)
	}
	if diff := cmp.Diff([]int{9, 9, 5}, sizes); diff != "" || len(seen) != 23 || !seen[web.ID] {
		t.Errorf("%s (%d instances)", diff, len(seen))
	}
}

func TestDescribeInstanceStatusPages(t *testing.T) {
	t.Parallel()
	s := start(t, population(smallEstate(), awssim.Instance, ireland, 1005), awssim.Options{})
	client := ec2.NewFromConfig(inside(t, s, member, ireland))
	first, err := client.DescribeInstanceStatus(t.Context(), &ec2.DescribeInstanceStatusInput{IncludeAllInstances: aws.Bool(true)})
	wantCode(t, err, "", 0)
	rest, err := client.DescribeInstanceStatus(t.Context(), &ec2.DescribeInstanceStatusInput{IncludeAllInstances: aws.Bool(true), NextToken: first.NextToken})
	wantCode(t, err, "", 0)
	_, err = client.DescribeInstanceStatus(t.Context(), &ec2.DescribeInstanceStatusInput{NextToken: first.NextToken})
	wantCode(t, err, "InvalidParameterValue", 400) // the token of another question
	if len(first.InstanceStatuses) != 1000 || len(rest.InstanceStatuses) != 5 || rest.NextToken != nil {
		t.Errorf("got %d and %d", len(first.InstanceStatuses), len(rest.InstanceStatuses))
	}
}

func TestDescribeInstancesRefusals(t *testing.T) {
	t.Parallel()
	s := start(t, population(smallEstate(web), awssim.Instance, ireland, 12), awssim.Options{})
	client := ec2.NewFromConfig(inside(t, s, member, ireland))
	filter := []types.Filter{{Name: aws.String("instance-state-name"), Values: []string{"running"}}}
	tests := []struct {
		name string
		in   ec2.DescribeInstancesInput
		code string
	}{
		{"page too small", ec2.DescribeInstancesInput{MaxResults: aws.Int32(4)}, "InvalidParameterValue"},
		{"page too large", ec2.DescribeInstancesInput{MaxResults: aws.Int32(1001)}, "InvalidParameterValue"},
		{"ids and page", ec2.DescribeInstancesInput{MaxResults: aws.Int32(5), InstanceIds: []string{web.ID}}, "InvalidParameterCombination"},
		{"missing id", ec2.DescribeInstancesInput{InstanceIds: []string{web.ID, "i-0fffffffffffffff0"}}, "InvalidInstanceID.NotFound"},
		{"ill-formed id", ec2.DescribeInstancesInput{InstanceIds: []string{"web"}}, "InvalidInstanceID.Malformed"},
		{"made-up token", ec2.DescribeInstancesInput{NextToken: aws.String("MTA=")}, "InvalidParameterValue"},
		{"filter", ec2.DescribeInstancesInput{Filters: filter}, "UnknownParameter"},
		{"parameter not simulated", ec2.DescribeInstancesInput{DryRun: aws.Bool(true)}, "UnknownParameter"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := client.DescribeInstances(t.Context(), &test.in)
			wantCode(t, err, test.code, 400)
		})
	}
}

func TestDescribeInstanceStatus(t *testing.T) {
	t.Parallel()
	s := start(t, population(smallEstate(web), awssim.Instance, ireland, 120), awssim.Options{})
	client := ec2.NewFromConfig(inside(t, s, member, ireland))
	in := &ec2.DescribeInstanceStatusInput{InstanceIds: []string{web.ID}}
	out, err := client.DescribeInstanceStatus(t.Context(), in)
	wantCode(t, err, "", 0)
	if len(out.InstanceStatuses) != 0 {
		t.Errorf("a stopped instance has no status unless it is asked for: %+v", out.InstanceStatuses)
	}
	in.IncludeAllInstances = aws.Bool(true)
	out, err = client.DescribeInstanceStatus(t.Context(), in)
	wantCode(t, err, "", 0)
	if got := out.InstanceStatuses[0]; *got.InstanceId != web.ID || got.InstanceState.Name != "stopped" || got.SystemStatus.Status != "not-applicable" {
		t.Errorf("got %+v", got)
	}
	var ids []string
	for _, instance := range s.Resources(member, awssim.Instance, ireland) {
		ids = append(ids, instance.ID)
	}
	in.InstanceIds = ids[:100]
	out, err = client.DescribeInstanceStatus(t.Context(), in)
	wantCode(t, err, "", 0)
	if len(out.InstanceStatuses) != 100 {
		t.Errorf("got %d", len(out.InstanceStatuses))
	}
	in.InstanceIds = ids[:101]
	_, err = client.DescribeInstanceStatus(t.Context(), in)
	wantCode(t, err, "InvalidParameterValue", 400)
}

func TestDescribeRegions(t *testing.T) {
	t.Parallel()
	e := smallEstate()
	e.Accounts[1].Regions = map[string]string{"af-south-1": awssim.RegionEnabled}
	s := start(t, e, awssim.Options{})
	client := ec2.NewFromConfig(inside(t, s, member, ireland))
	for name, test := range map[string]struct {
		in   ec2.DescribeRegionsInput
		want int
	}{
		"enabled": {ec2.DescribeRegionsInput{}, 18},
		"all":     {ec2.DescribeRegionsInput{AllRegions: aws.Bool(true)}, 33},
	} {
		out, err := client.DescribeRegions(t.Context(), &test.in)
		wantCode(t, err, "", 0)
		if len(out.Regions) != test.want {
			t.Errorf("%s: want %d regions, got %d", name, test.want, len(out.Regions))
		}
	}
	_, err := client.DescribeRegions(t.Context(), &ec2.DescribeRegionsInput{RegionNames: []string{"eu-moon-1"}})
	wantCode(t, err, "UnknownParameter", 400)
}

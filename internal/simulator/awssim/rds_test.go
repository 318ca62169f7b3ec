package awssim_test

import (
	"testing"

	"portolan/internal/simulator/awssim"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/google/go-cmp/cmp"
)

func TestDescribeDBInstances(t *testing.T) {
	t.Parallel()
	s := start(t, population(smallEstate(), awssim.DBInstance, ireland, 130), awssim.Options{})
	client := rds.NewFromConfig(inside(t, s, member, ireland))
	for asked, want := range map[int32][]int{100: {100, 30}, 60: {60, 60, 10}} {
		var sizes []int
		pages := rds.NewDescribeDBInstancesPaginator(client, &rds.DescribeDBInstancesInput{MaxRecords: aws.Int32(asked)})
		for pages.HasMorePages() {
			page, err := pages.NextPage(t.Context())
			wantCode(t, err, "", 0)
			sizes = append(sizes, len(page.DBInstances))
		}
		if diff := cmp.Diff(want, sizes); diff != "" {
			t.Errorf("asked for %d: %s", asked, diff)
		}
	}
	for _, in := range []*rds.DescribeDBInstancesInput{{MaxRecords: aws.Int32(19)}, {MaxRecords: aws.Int32(101)}, {Marker: aws.String("x")}} {
		_, err := client.DescribeDBInstances(t.Context(), in)
		wantCode(t, err, "InvalidParameterValue", 400)
	}
	_, err := client.DescribeDBInstances(t.Context(), &rds.DescribeDBInstancesInput{DBInstanceIdentifier: aws.String("gone")})
	wantCode(t, err, "DBInstanceNotFound", 404)
}

func TestDBInstance(t *testing.T) {
	t.Parallel()
	s := start(t, smallEstate(awssim.Resource{
		Kind: awssim.DBInstance, Region: ireland, ID: "ledger", Tags: map[string]string{"team": "shop"},
		Attributes: map[string]any{"DBInstanceClass": "db.r7g.large", "StatusInfos": []any{map[string]any{"Status": "replicating"}}},
	}), awssim.Options{})
	client := rds.NewFromConfig(inside(t, s, member, ireland))
	out, err := client.DescribeDBInstances(t.Context(), &rds.DescribeDBInstancesInput{DBInstanceIdentifier: aws.String("ledger")})
	wantCode(t, err, "", 0)
	got := out.DBInstances[0]
	if *got.DBInstanceClass != "db.r7g.large" || *got.StatusInfos[0].Status != "replicating" || *got.TagList[0].Value != "shop" ||
		*got.DBSubnetGroup.Subnets[0].SubnetAvailabilityZone.Name != *got.AvailabilityZone || len(got.VpcSecurityGroups) != 1 ||
		*got.DBParameterGroups[0].ParameterApplyStatus != "in-sync" || *got.Endpoint.Port != 5432 {
		t.Errorf("got %+v", got)
	}
	tags, err := client.ListTagsForResource(t.Context(), &rds.ListTagsForResourceInput{ResourceName: got.DBInstanceArn})
	wantCode(t, err, "", 0)
	if len(tags.TagList) != 1 || *tags.TagList[0].Key != "team" {
		t.Errorf("got %+v", tags.TagList)
	}
	_, err = client.ListTagsForResource(t.Context(), &rds.ListTagsForResourceInput{ResourceName: aws.String(*got.DBInstanceArn + "s")})
	wantCode(t, err, "DBInstanceNotFound", 404)
	_, err = client.ListTagsForResource(t.Context(), &rds.ListTagsForResourceInput{ResourceName: aws.String("ledger")})
	wantCode(t, err, "InvalidParameterValue", 400)
}

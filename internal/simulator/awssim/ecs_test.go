package awssim_test

import (
	"testing"

	"portolan/internal/simulator/awssim"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/google/go-cmp/cmp"
)

func TestListClusters(t *testing.T) {
	t.Parallel()
	s := start(t, population(smallEstate(), awssim.Cluster, ireland, 250), awssim.Options{})
	client := ecs.NewFromConfig(inside(t, s, member, ireland))
	var sizes []int
	pages := ecs.NewListClustersPaginator(client, &ecs.ListClustersInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		wantCode(t, err, "", 0)
		sizes = append(sizes, len(page.ClusterArns))
		out, err := client.DescribeClusters(t.Context(), &ecs.DescribeClustersInput{Clusters: page.ClusterArns})
		wantCode(t, err, "", 0)
		if len(out.Clusters) != len(page.ClusterArns) || len(out.Failures) != 0 {
			t.Errorf("got %d clusters, %d failures", len(out.Clusters), len(out.Failures))
		}
	}
	if diff := cmp.Diff([]int{100, 100, 50}, sizes); diff != "" {
		t.Error(diff)
	}
	_, err := client.ListClusters(t.Context(), &ecs.ListClustersInput{MaxResults: aws.Int32(101)})
	wantCode(t, err, "InvalidParameterException", 400)
	_, err = client.ListClusters(t.Context(), &ecs.ListClustersInput{NextToken: aws.String("x")})
	wantCode(t, err, "InvalidParameterException", 400)
	_, err = client.DescribeClusters(t.Context(), &ecs.DescribeClustersInput{Clusters: make([]string, 101)})
	wantCode(t, err, "InvalidParameterException", 400)
	_, err = client.DescribeClusters(t.Context(), &ecs.DescribeClustersInput{Include: []types.ClusterField{"COLOUR"}})
	wantCode(t, err, "InvalidParameterException", 400)
}

func TestDescribeClusters(t *testing.T) {
	t.Parallel()
	s := start(t, smallEstate(awssim.Resource{
		Kind: awssim.Cluster, Region: ireland, ID: "edge", Tags: map[string]string{"team": "shop"},
		Attributes: map[string]any{"status": "INACTIVE", "serviceConnectDefaults": map[string]any{"namespace": "ns"}},
	}), awssim.Options{})
	client := ecs.NewFromConfig(inside(t, s, member, ireland))
	elsewhere := "arn:aws:ecs:" + ohio + ":" + member + ":cluster/edge"
	out, err := client.DescribeClusters(t.Context(), &ecs.DescribeClustersInput{Clusters: []string{"edge", "gone", elsewhere}})
	wantCode(t, err, "", 0)
	if got := out.Clusters[0]; len(out.Clusters) != 1 || *got.Status != "INACTIVE" || *got.ServiceConnectDefaults.Namespace != "ns" ||
		len(got.Tags)+len(got.Settings)+len(got.Statistics)+len(got.Attachments) != 0 || got.Configuration != nil {
		t.Errorf("got %+v", out.Clusters)
	}
	if len(out.Failures) != 2 || *out.Failures[0].Reason != "MISSING" || *out.Failures[0].Arn != "arn:aws:ecs:eu-west-1:"+member+":cluster/gone" {
		t.Errorf("got %+v", out.Failures)
	}
	out, err = client.DescribeClusters(t.Context(), &ecs.DescribeClustersInput{
		Clusters: []string{"edge"}, Include: types.ClusterField("").Values(),
	})
	wantCode(t, err, "", 0)
	if got := out.Clusters[0]; *got.Tags[0].Key != "team" || len(got.Settings) == 0 || len(got.Statistics) == 0 || got.Configuration == nil {
		t.Errorf("got %+v", got)
	}
}

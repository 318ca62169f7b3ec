package awssim_test

import (
	"sync/atomic"
	"testing"
	"time"

	"portolan/internal/simulator/awssim"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/configservice"
	"github.com/aws/aws-sdk-go-v2/service/configservice/types"
	"github.com/google/go-cmp/cmp"
)

func TestDiscoveredCounts(t *testing.T) {
	t.Parallel()
	s := start(t, population(smallEstate(), awssim.Queue, ireland, 40), awssim.Options{})
	client := configservice.NewFromConfig(inside(t, s, member, ireland))
	all := func() map[types.ResourceType]int64 {
		t.Helper()
		counts := map[types.ResourceType]int64{}
		last := int64(1 << 40)
		pages := configservice.NewGetDiscoveredResourceCountsPaginator(client, &configservice.GetDiscoveredResourceCountsInput{Limit: 3})
		for pages.HasMorePages() {
			page, err := pages.NextPage(t.Context())
			wantCode(t, err, "", 0)
			for _, c := range page.ResourceCounts {
				if c.Count > last {
					t.Errorf("%s comes after fewer", c.ResourceType)
				}
				counts[c.ResourceType], last = c.Count, c.Count
			}
		}
		return counts
	}
	if counts := all(); len(counts) > 0 {
		t.Errorf("without a recorder there are %v", counts)
	}
	wantSet(t, s.SetRecorder(member, ireland, &awssim.Recorder{AllSupported: true}))
	if counts := all(); counts[awssim.Queue] != 40 || counts["AWS::EC2::VPC"] != 1 || len(counts) != 8 {
		t.Errorf("counts are %v", counts)
	}
	wantSet(t, s.SetRecorder(member, ireland, &awssim.Recorder{AllSupported: true, Stopped: true}))
	if counts := all(); len(counts) > 0 {
		t.Errorf("a recorder that is stopped gives %v", counts)
	}
	_, err := client.GetDiscoveredResourceCounts(t.Context(), &configservice.GetDiscoveredResourceCountsInput{Limit: 101})
	wantCode(t, err, "InvalidLimitException", 400)
	_, err = client.GetDiscoveredResourceCounts(t.Context(), &configservice.GetDiscoveredResourceCountsInput{NextToken: aws.String("x")})
	wantCode(t, err, "InvalidNextTokenException", 400)
	_, err = client.DescribeConfigurationRecorders(t.Context(), &configservice.DescribeConfigurationRecordersInput{ConfigurationRecorderNames: []string{"other"}})
	wantCode(t, err, "NoSuchConfigurationRecorderException", 400)
	if s.SetRecorder("999999999999", ireland, nil) == nil || s.SetRecorder(member, "nowhere", nil) == nil {
		t.Error("a recorder is set where there is nothing")
	}
}

func wantSet(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestConfigLags shows that what comes and goes is counted only after a time.
func TestConfigLags(t *testing.T) {
	t.Parallel()
	var ahead atomic.Int64
	now := time.Now()
	s := start(t, population(smallEstate(), awssim.Queue, ireland, 2), awssim.Options{
		Now: func() time.Time { return now.Add(time.Duration(ahead.Load())) },
	})
	wantSet(t, s.SetRecorder(member, ireland, &awssim.Recorder{AllSupported: true, Lag: time.Minute}))
	client := configservice.NewFromConfig(inside(t, s, member, ireland))
	count := func() (n int64) {
		t.Helper()
		out, err := client.GetDiscoveredResourceCounts(t.Context(), &configservice.GetDiscoveredResourceCountsInput{ResourceTypes: []string{awssim.Queue}})
		wantCode(t, err, "", 0)
		return out.TotalDiscoveredResources
	}
	ahead.Add(int64(time.Second))
	wantSet(t, s.Put(member, awssim.Resource{Kind: awssim.Queue, Region: ireland, ID: "fresh"}))
	got := []int64{count()}
	ahead.Add(int64(61 * time.Second))
	got = append(got, count())
	for _, r := range s.Resources(member, awssim.Queue, ireland) {
		s.Remove(member, awssim.Queue, ireland, r.ID)
	}
	ahead.Add(int64(30 * time.Second))
	got = append(got, count())
	ahead.Add(int64(time.Minute))
	got = append(got, count())
	if diff := cmp.Diff([]int64{2, 3, 3, 0}, got); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
}

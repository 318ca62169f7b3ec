package kinds_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"portolan/internal/aws/awserr"
	"portolan/internal/aws/kind"
	"portolan/internal/aws/kinds"
)

// fleet is an EC2 of so many instances; gone have ended since they were listed.
type fleet struct {
	instances int
	gone      []string

	mu    sync.Mutex
	sizes []int // of the calls for status that were answered
}

func (f *fleet) answer(operation string, _ int, request *http.Request) *reply {
	if operation == "DescribeInstances" {
		var items strings.Builder
		for i := range f.instances {
			fmt.Fprintf(&items, "<item><instanceId>i-%d</instanceId></item>", i)
		}
		return &reply{http.StatusOK, "<DescribeInstancesResponse><reservationSet><item><reservationId>r-1</reservationId><instancesSet>" +
			items.String() + "</instancesSet></item></reservationSet></DescribeInstancesResponse>"}
	}
	form := formOf(request)
	var ids []string
	for name := range form {
		if strings.HasPrefix(name, "InstanceId.") {
			ids = append(ids, form.Get(name))
		}
	}
	if form.Get("IncludeAllInstances") != "true" || len(ids) > 100 {
		return refusal(request, http.StatusBadRequest, "InvalidParameterValue", form.Encode())
	}
	if i := slices.IndexFunc(ids, func(id string) bool { return slices.Contains(f.gone, id) }); i >= 0 {
		return refusal(request, http.StatusBadRequest, "InvalidInstanceID.NotFound", "The instance ID '"+ids[i]+"' does not exist")
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sizes = append(f.sizes, len(ids))
	var items strings.Builder
	for _, id := range ids { // in whatever order the map gave them
		fmt.Fprintf(&items, "<item><instanceId>%s</instanceId><instanceStatus><status>of %s</status></instanceStatus></item>", id, id)
	}
	return &reply{http.StatusOK, "<DescribeInstanceStatusResponse><instanceStatusSet>" + items.String() + "</instanceStatusSet></DescribeInstanceStatusResponse>"}
}

func (f *fleet) read(t *testing.T) (ids []string, r *replay) {
	t.Helper()
	r = newReplay(t, kinds.EC2Instance)
	r.spoil, r.parallel = f.answer, 4
	documents, errs := r.read(kinds.EC2Instance, "DescribeInstanceStatusAction")
	var lacking []string
	for _, err := range errs {
		var lack *kind.LackError
		if !errors.As(err, &lack) {
			t.Error(err)
			continue
		}
		lacking = append(lacking, lack.ID)
	}
	if diff := cmp.Diff(f.gone, lacking, cmpopts.SortSlices(strings.Compare), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("instances without a status (-want +got):\n%s", diff)
	}
	for _, document := range documents {
		properties := document["Properties"].(kind.Object)
		id := properties["InstanceId"].(string)
		if status, _ := properties["InstanceStatus"].(kind.Object); status["Status"] != "of "+id && !slices.Contains(f.gone, id) {
			t.Errorf("%s has the status %v", id, status)
		}
		ids = append(ids, id)
	}
	return ids, r
}

func TestStatusOfInstancesByTheHundred(t *testing.T) {
	t.Parallel()
	f := &fleet{instances: 250}
	ids, _ := f.read(t)
	slices.Sort(f.sizes)
	if len(ids) != 250 || !slices.Equal(f.sizes, []int{50, 100, 100}) {
		t.Errorf("%d instances, calls for %v", len(ids), f.sizes)
	}
}

func TestStatusOfInstancesThatEnded(t *testing.T) {
	t.Parallel()
	f := &fleet{instances: 250, gone: []string{"i-0", "i-99", "i-150", "i-249"}}
	ids, r := f.read(t)
	if len(ids) != 250 {
		t.Errorf("%d instances remain, want all 250", len(ids))
	}
	// Each costs twice the halvings of a hundred at most.
	if calls := r.count["DescribeInstanceStatus"]; calls > 3+4*2*7 {
		t.Errorf("%d calls", calls)
	}
}

// TestInstanceWithoutStatus is kept: the call completes, it does not list.
func TestInstanceWithoutStatus(t *testing.T) {
	t.Parallel()
	r := newReplay(t, kinds.EC2Instance)
	r.spoil = func(operation string, _ int, _ *http.Request) *reply {
		if operation == "DescribeInstanceStatus" {
			return &reply{http.StatusOK, "<DescribeInstanceStatusResponse><instanceStatusSet/></DescribeInstanceStatusResponse>"}
		}
		return nil
	}
	documents, errs := r.read(kinds.EC2Instance, "DescribeInstanceStatusAction")
	if len(documents) != 3 || len(errs) != 3 {
		t.Errorf("%d documents, errors %v", len(documents), errs)
	}
	for _, err := range errs {
		if !errors.As(err, new(*kind.LackError)) {
			t.Errorf("error %v", err)
		}
	}
}

// TestStatusThrottledOnce withholds a hundred instances, not the others.
func TestStatusThrottledOnce(t *testing.T) {
	t.Parallel()
	f := &fleet{instances: 250}
	r := newReplay(t, kinds.EC2Instance)
	r.spoil = func(operation string, n int, request *http.Request) *reply {
		if operation == "DescribeInstanceStatus" && n == 2 {
			return refusal(request, http.StatusServiceUnavailable, "RequestLimitExceeded", "Request limit exceeded.")
		}
		return f.answer(operation, n, request)
	}
	documents, errs := r.read(kinds.EC2Instance, "DescribeInstanceStatusAction")
	if len(documents) != 150 || len(errs) != 1 || awserr.ClassOf(errs[0]) != awserr.Throttled {
		t.Errorf("%d documents, errors %v", len(documents), errs)
	}
}

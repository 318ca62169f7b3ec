package resync_test

import (
	"fmt"
	"testing"
	"time"

	"portolan/internal/invocation"
	"portolan/internal/report"
	"portolan/internal/resync"
	"portolan/internal/simulator/awssim"
	"portolan/internal/state"
)

// usualRegions are those that are enabled in an account from its start.
var usualRegions = []string{
	"ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-southeast-1", "ap-southeast-2", "ca-central-1",
	"eu-central-1", "eu-north-1", "eu-west-1", "eu-west-2", "eu-west-3", "sa-east-1", "us-east-1", "us-east-2", "us-west-1", "us-west-2",
}

// spread is how many resources of each kind an account has in its first region; in
// its second there are as many, and in no other any: 200, and what pipelines consist of.
var spread = map[string]int{
	awssim.Instance: 12, awssim.Volume: 16, awssim.Queue: 14, awssim.Topic: 10, awssim.Function: 20, awssim.Table: 8,
	awssim.DBInstance: 4, awssim.Repository: 6, awssim.Cluster: 2, awssim.Key: 4, awssim.Pipeline: 2, awssim.Project: 2,
}

// BenchmarkInventory shows how many calls AWS Config saves a run over 10 accounts of 17
// regions and 200 resources each, with every kind in the mapping, and what it costs.
func BenchmarkInventory(b *testing.B) {
	e := estate()
	e.Accounts = e.Accounts[:1]
	for i := range 9 {
		e.Accounts = append(e.Accounts, awssim.Account{ID: fmt.Sprintf("3000000000%02d", i), Name: fmt.Sprintf("member-%d", i), Roles: e.Accounts[0].Roles})
	}
	for i := range e.Accounts {
		e.Accounts[i].Populations = nil
		for kind, n := range spread {
			e.Accounts[i].Populations = append(e.Accounts[i].Populations,
				awssim.Population{Kind: kind, Regions: []string{"eu-west-1", "us-east-1"}, Count: n})
		}
	}
	w := newWorldOf(b, defaultsOf(b, allTypes()), e, func(d *resync.Deps) {
		d.State, d.Inventory, d.Interval, d.Regions, d.SendExamples = state.NewMemory(), true, 6*time.Hour, usualRegions, false
	})
	for _, a := range w.aws.Accounts() {
		for _, region := range usualRegions {
			w.must(w.aws.SetRecorder(a.ID, region, &awssim.Recorder{AllSupported: true}))
		}
	}
	calls := func(r *report.Report) (n int) {
		if r.Status != report.Completed {
			b.Fatalf("the run is %s: %s", r.Status, r.Reason)
		}
		for _, c := range r.AWS {
			n += c.Calls
		}
		return n
	}
	for b.Loop() {
		w.lose("timetable")
		whole := w.run(invocation.Request{})
		with := w.run(invocation.Request{})
		b.ReportMetric(float64(whole.Total.Fetched), "resources")
		b.ReportMetric(float64(calls(whole)), "calls/without")
		b.ReportMetric(float64(calls(with)), "calls/with")
		b.ReportMetric(float64(with.Inventory.CallsMade), "config-calls/with")
		b.ReportMetric(float64(calls(with))/float64(calls(whole)), "ratio")
		b.ReportMetric((float64(calls(whole))+3*float64(calls(with)))/(4*float64(calls(whole))), "ratio-of-a-day(6h)")
		b.ReportMetric(float64(with.Cells[report.KnownEmpty]), "cells-passed-over")
		b.ReportMetric(float64(with.Cells[report.Complete]), "cells-read")
	}
}

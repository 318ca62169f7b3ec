package report_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/report"
)

func TestMetricsOfEvents(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 2, 3, 4, 9, 0, time.UTC)
	const (
		counts = `{"Name":"EventsReceived","Unit":"Count"},{"Name":"EventsIgnored","Unit":"Count"},{"Name":"CellsRefreshed","Unit":"Count"}`
		end    = `],"Namespace":"Portolan"}],"Timestamp":1767323049000},"level":"INFO","timestamp":"2026-01-02T03:04:09Z"}` + "\n"
	)
	for want, e := range map[string]report.Events{
		`{"CellsRefreshed":3,"EventLag":41.5,"EventsIgnored":2,"EventsReceived":12,"Integration":"my-aws","_aws":{"CloudWatchMetrics":[{"Dimensions":[["Integration"]],"Metrics":[` +
			counts + `,{"Name":"EventLag","Unit":"Seconds"}` + end: {Integration: "my-aws", At: at, Received: 12, Ignored: 2, Refreshed: 3, Lag: 41500 * time.Millisecond},
		`{"CellsRefreshed":0,"EventsIgnored":1,"EventsReceived":1,"Integration":"my-aws","_aws":{"CloudWatchMetrics":[{"Dimensions":[["Integration"]],"Metrics":[` +
			counts + end: {Integration: "my-aws", At: at, Received: 1, Ignored: 1},
	} {
		var line bytes.Buffer
		if err := e.WriteMetrics(&line); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, line.String()); diff != "" {
			t.Errorf("the line (-want +got):\n%s", diff)
		}
		checkMetrics(t, line.Bytes())
	}
}

package report_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"portolan/internal/diag"
	"portolan/internal/report"
)

// TestWithin shortens the report of ten thousand accounts, and says what it left out.
func TestWithin(t *testing.T) {
	t.Parallel()
	r := &report.Report{Head: report.Head{Run: "r", Status: report.Incomplete}, Reading: report.Reading{Total: report.Counts{Fetched: 7}, Kinds: []report.Kind{{Kind: "AWS::SQS::Queue"}}}}
	for i := range 10_000 {
		cells := map[report.Outcome]int{report.Complete: 500}
		if i < 60 {
			cells["denied"] = 1
		}
		r.Accounts = append(r.Accounts, report.Account{ID: fmt.Sprintf("%012d", i), Name: "member", Cells: cells})
	}
	for i := range 200 {
		r.Gaps = append(r.Gaps, report.Gap{Diagnostic: diag.Diagnostic{Subject: diag.Subject{Account: fmt.Sprintf("%012d", i)}, Cause: strings.Repeat("x", 900)}})
		r.Changes = append(r.Changes, report.Change{Sort: report.Created, Identifier: strings.Repeat("y", 300)})
	}
	for _, limit := range []int{200_000, 60_000, 40_000} {
		short := r.Within(limit)
		text, err := json.Marshal(short)
		if err != nil || len(text) > limit {
			t.Errorf("%d bytes, want at most %d (%v)", len(text), limit, err)
		}
		if short.Run != "r" || short.Status != report.Incomplete || short.Total.Fetched != 7 || len(short.Kinds) != 1 || len(short.Trimmed) == 0 {
			t.Errorf("within %d bytes it says %q of %s", limit, short.Trimmed, short.Status)
		}
		if n := len(short.Gaps) + short.MoreGaps; n != 200 {
			t.Errorf("within %d bytes it tells of %d gaps of 200", limit, n)
		}
	}
	if got := r.Within(200_000); len(got.Accounts) != 60 {
		t.Errorf("%d accounts are left, want the 60 with gaps", len(got.Accounts))
	}
	if len(r.Accounts) != 10_000 || len(r.Gaps) != 200 || r.Trimmed != nil {
		t.Error("the report itself was shortened")
	}
	if small := (&report.Report{Head: report.Head{Run: "r"}}).Within(10_000); small.Trimmed != nil {
		t.Errorf("a small report is said to leave out %q", small.Trimmed)
	}
}

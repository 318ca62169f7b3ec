package report_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/report"
)

func TestCoverageIsShortInJSON(t *testing.T) {
	t.Parallel()
	coverage := report.Coverage{
		Kinds: []string{"AWS::S3::Bucket", "AWS::SNS::Topic", "AWS::SQS::Queue"},
		Accounts: []report.CoverageRow{{Account: "111122223333", Cells: []report.CoverageCell{
			{Outcome: report.Complete, Resources: 12}, {}, {Outcome: "scp-denied", Read: 13, Cells: 17, Resources: 4},
		}}},
		MoreAccounts: 3,
	}
	text, err := json.Marshal(coverage)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"kinds":["AWS::S3::Bucket","AWS::SNS::Topic","AWS::SQS::Queue"],` +
		`"accounts":[{"account":"111122223333","cells":["12","","scp-denied 13/17 4"]}],"moreAccounts":3}`
	if diff := cmp.Diff(want, string(text)); diff != "" {
		t.Error(diff)
	}
	var back report.Coverage
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(coverage, back); diff != "" {
		t.Errorf("what comes back is something else (-want +got):\n%s", diff)
	}
	for _, wrong := range []string{"denied", "denied 1", "denied 1/2", "denied a/b c"} {
		if err := new(report.CoverageCell).UnmarshalText([]byte(wrong)); err == nil {
			t.Errorf("%q is taken for a cell", wrong)
		}
	}
}

func TestWorse(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ a, b, want report.Outcome }{
		{report.Complete, "throttled", "throttled"}, {"denied", report.NotReached, "denied"},
		{report.Complete, "unsupported-region", report.Complete}, {report.Skipped, report.Complete, report.Skipped},
		{"denied", "never heard of", "never heard of"},
	} {
		if got := report.Worse(test.a, test.b); got != test.want {
			t.Errorf("of %q and %q the worse is %q", test.a, test.b, got)
		}
		if got := report.Worse(test.b, test.a); got != test.want {
			t.Errorf("of %q and %q the worse is %q", test.b, test.a, got)
		}
	}
}

// estate is a report of so many accounts, of which a few have a cell of this form.
func estate(accounts, kinds int, gap report.CoverageCell) *report.Report {
	r := sample()
	r.Accounts = nil
	for k := range kinds {
		r.Coverage.Kinds = append(r.Coverage.Kinds, fmt.Sprintf("AWS::CodeDeploy::Kind%02d", k))
	}
	for i := range accounts {
		row := report.CoverageRow{Account: fmt.Sprintf("%012d", i)}
		for k := range kinds {
			cell := report.CoverageCell{Outcome: report.Complete, Resources: 10 * k}
			if gap != (report.CoverageCell{}) && i%100 == 99 {
				cell = gap
			}
			row.Cells = append(row.Cells, cell)
		}
		r.Coverage.Accounts = append(r.Coverage.Accounts, row)
	}
	return r
}

// TestAnswerHasAThousandAccounts: of so many nothing is left out, with every kind.
func TestAnswerHasAThousandAccounts(t *testing.T) {
	t.Parallel()
	r := estate(1000, 34, report.CoverageCell{Outcome: "scp-denied", Read: 13, Cells: 17, Resources: 12345})
	if r.Answer() != r {
		t.Error("something is left out")
	}
	text, err := json.Marshal(r.Coverage)
	if limit := 512 << 10; err != nil || len(text) > limit {
		t.Errorf("it has %d bytes, more than %d: %v", len(text), limit, err)
	}
}

func TestAnswerLeavesOutWhatIsWhole(t *testing.T) {
	t.Parallel()
	r := estate(10_000, 34, report.CoverageCell{Outcome: "denied", Cells: 17})
	answer := r.Answer()
	gaps := 0
	for _, row := range answer.Coverage.Accounts {
		if !row.Whole() {
			gaps++
		}
	}
	left := len(answer.Coverage.Accounts)
	if gaps != 100 || left < 1000 || answer.Coverage.MoreAccounts != 10_000-left {
		t.Errorf("%d accounts with gaps of 100, %d accounts, %d more", gaps, left, answer.Coverage.MoreAccounts)
	}
	if n := len(r.Coverage.Accounts); n != 10_000 || r.Coverage.MoreAccounts != 0 {
		t.Errorf("the report itself has %d accounts, %d more", n, r.Coverage.MoreAccounts)
	}
}

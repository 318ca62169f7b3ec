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
		Kinds: []string{"AWS::S3::Bucket", "AWS::SNS::Topic", "AWS::SQS::Queue", "AWS::KMS::Key", "AWS::EKS::Cluster"},
		Accounts: []report.CoverageRow{{Account: "111122223333", Cells: []report.CoverageCell{
			{Outcome: report.Complete, Resources: 12}, {}, {Outcome: "closed", Read: 13, Cells: 17, Resources: 4},
			{Outcome: report.Complete, Resources: 12, Refused: 3}, {Outcome: "denied", Read: 1, Cells: 2, Refused: 1},
		}}},
		MoreAccounts: 3,
	}
	text, err := json.Marshal(coverage)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"kinds":["AWS::S3::Bucket","AWS::SNS::Topic","AWS::SQS::Queue","AWS::KMS::Key","AWS::EKS::Cluster"],` +
		`"accounts":[{"account":"111122223333","cells":["12","","closed 13/17 4","12 refused 3","denied 1/2 0 refused 1"]}],"moreAccounts":3}`
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
	for _, wrong := range []string{"denied", "denied 1", "denied 1/2", "denied a/b c", "12 refused x"} {
		if err := new(report.CoverageCell).UnmarshalText([]byte(wrong)); err == nil {
			t.Errorf("%q is taken for a cell", wrong)
		}
	}
}

func TestWorse(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ a, b, want report.Outcome }{
		{report.Complete, "throttled", "throttled"}, {"denied", report.NotReached, "denied"},
		{report.Complete, "not-offered", report.Complete}, {report.Skipped, report.Complete, report.Skipped},
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

// estate returns a report of that many accounts; a few of them have the given cell.
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

// TestCoverageOfAThousandAccounts, of every kind, is a twelfth of what Lambda takes.
func TestCoverageOfAThousandAccounts(t *testing.T) {
	t.Parallel()
	r := estate(1000, 34, report.CoverageCell{Outcome: "closed", Read: 13, Cells: 17, Resources: 12345})
	text, err := json.Marshal(r.Coverage)
	if limit := 512 << 10; err != nil || len(text) > limit {
		t.Errorf("it has %d bytes, more than %d: %v", len(text), limit, err)
	}
	if short := r.Within(1 << 20); len(short.Coverage.Accounts) != 1000 || short.Trimmed != nil {
		t.Errorf("left are %d accounts; trimmed: %q", len(short.Coverage.Accounts), short.Trimmed)
	}
}

func TestWithinKeepsWhatIsMissing(t *testing.T) {
	t.Parallel()
	r := estate(5000, 34, report.CoverageCell{Outcome: "denied", Cells: 17})
	for bytes, want := range map[int]struct {
		rows    int
		trimmed []string
	}{
		100_000: {50, []string{"the coverage of 4,950 accounts, most of them read to their end"}},
		10_000:  {0, []string{"the coverage of 4,950 accounts, most of them read to their end", "the coverage of 50 accounts, of all kinds"}},
	} {
		short := r.Within(bytes)
		if diff := cmp.Diff(want.trimmed, short.Trimmed); diff != "" {
			t.Errorf("within %d bytes:\n%s", bytes, diff)
		}
		c := short.Coverage
		if len(c.Accounts) != want.rows || c.MoreAccounts != 5000-want.rows || want.rows > 0 && c.Accounts[0].Whole() {
			t.Errorf("within %d bytes: %d rows, %d more", bytes, len(c.Accounts), c.MoreAccounts)
		}
	}
	if n := len(r.Coverage.Accounts); n != 5000 || r.Coverage.MoreAccounts != 0 {
		t.Errorf("the report itself has %d accounts, %d more", n, r.Coverage.MoreAccounts)
	}
}

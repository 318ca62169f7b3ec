package report

import (
	"encoding/json"
	"fmt"

	"portolan/internal/plain"
)

// Within returns the report in at most that many bytes of JSON. If it is too long, it leaves
// out the least important lines: first the accounts that were read to their end, beginning
// with those of the coverage, then changes, gaps and refused resources beyond the first.
// Trimmed says what is left out. Status, totals and kinds always stay.
func (r *Report) Within(bytes int) *Report {
	short := *r
	for _, trim := range []func(*Report) string{trimCoverage, trimAccounts, trimChanges, trimGaps, trimRefused, dropCoverage, dropAccounts} {
		if size(&short) <= bytes {
			break
		}
		if what := trim(&short); what != "" {
			short.Trimmed = append(short.Trimmed, what)
		}
	}
	return &short
}

func size(r *Report) int {
	text, err := json.Marshal(r)
	if err != nil {
		panic(err) // a report has a JSON form
	}
	return len(plain.JSON(text)) // as it is sent
}

// trimmed is how many lines are left of a list that is too long.
const trimmed = 25

func trimCoverage(r *Report) string {
	var left []CoverageRow
	for _, row := range r.Coverage.Accounts {
		if !row.Whole() && len(left) < 4*trimmed {
			left = append(left, row)
		}
	}
	return r.leaveCoverage(left, "most of them read to their end")
}

func dropCoverage(r *Report) string { return r.leaveCoverage(nil, "of all kinds") }

// leaveCoverage leaves only these rows.
func (r *Report) leaveCoverage(rows []CoverageRow, which string) string {
	n := len(r.Coverage.Accounts) - len(rows)
	if n == 0 {
		return ""
	}
	r.Coverage.Accounts, r.Coverage.MoreAccounts = rows, r.Coverage.MoreAccounts+n
	return fmt.Sprintf("the coverage of %s, %s", plain.Count(n, "account", "accounts"), which)
}

func trimAccounts(r *Report) string {
	var left []Account
	for _, a := range r.Accounts {
		if incomplete(a.Cells) > 0 && len(left) < 4*trimmed {
			left = append(left, a)
		}
	}
	n := len(r.Accounts) - len(left)
	if n == 0 {
		return ""
	}
	r.Accounts = left
	return plain.Count(n, "account", "accounts") + ", most of them read to their end"
}

func trimChanges(r *Report) string {
	n := len(r.Changes) - trimmed
	if n <= 0 {
		return ""
	}
	r.Changes = r.Changes[:trimmed]
	return plain.Count(n, "change", "changes")
}

func trimGaps(r *Report) string {
	n := len(r.Gaps) - trimmed
	if n <= 0 {
		return ""
	}
	r.Gaps, r.MoreGaps = r.Gaps[:trimmed], r.MoreGaps+n
	return plain.Count(n, "gap", "gaps")
}

func trimRefused(r *Report) string {
	n := len(r.Refused) - trimmed
	if n <= 0 {
		return ""
	}
	r.Refused, r.MoreRefused = r.Refused[:trimmed], r.MoreRefused+n
	return plain.Count(n, "group", "groups") + " of refused resources"
}

func dropAccounts(r *Report) string {
	n := len(r.Accounts) + len(r.AccountsSkipped)
	if n == 0 {
		return ""
	}
	r.Accounts, r.AccountsSkipped = nil, nil
	return plain.Count(n, "account", "accounts")
}

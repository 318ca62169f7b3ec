package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"portolan/internal/fault"
)

// Coverage says what was read of each kind in each account. Its JSON form is short, so
// that a thousand accounts of every kind are some hundred kilobytes.
type Coverage struct {
	// Kinds are the columns, in the order of Report.Kinds.
	Kinds []string `json:"kinds"`
	// Accounts are the rows, by id. What is read once in an Organization counts for the
	// account that answers; a row without an id is what none could answer.
	Accounts []CoverageRow `json:"accounts"`
	// MoreAccounts counts the rows that were left out.
	MoreAccounts int `json:"moreAccounts,omitempty"`
}

// CoverageRow is what was read in an account, a cell for each kind of the Coverage.
type CoverageRow struct {
	Account string         `json:"account"`
	Cells   []CoverageCell `json:"cells"`
}

// Whole says that nothing is missing in the account.
func (r CoverageRow) Whole() bool {
	return !slices.ContainsFunc(r.Cells, func(c CoverageCell) bool { return c.Gap() })
}

// CoverageCell is what was read of a kind in an account, all its regions together.
// The zero value is a kind that is not read there.
//
// As text, and so in JSON, it is "" for the zero value; the number of resources, "12",
// if all was read; else the outcome, the cells that were read of those there are, and
// the resources: "denied 13/17 12".
type CoverageCell struct {
	// Outcome is the worst of the cells, so Complete only if all are.
	Outcome     Outcome
	Read, Cells int // of complete ones Cells is not kept, both are 0
	Resources   int
}

// Gap says that something is missing in the cell.
func (c CoverageCell) Gap() bool {
	return c.Outcome != "" && c.Outcome.IsGap()
}

// MarshalText gives the text form.
func (c CoverageCell) MarshalText() ([]byte, error) {
	switch c.Outcome {
	case "":
		return nil, nil
	case Complete:
		return strconv.AppendInt(nil, int64(c.Resources), 10), nil
	}
	return fmt.Appendf(nil, "%s %d/%d %d", c.Outcome, c.Read, c.Cells, c.Resources), nil
}

// UnmarshalText reads the text form.
func (c *CoverageCell) UnmarshalText(text []byte) error {
	*c = CoverageCell{}
	if len(text) == 0 {
		return nil
	}
	if n, err := strconv.Atoi(string(text)); err == nil {
		*c = CoverageCell{Outcome: Complete, Resources: n}
		return nil
	}
	outcome, counts, _ := strings.Cut(string(text), " ")
	c.Outcome = Outcome(outcome)
	if _, err := fmt.Sscanf(counts, "%d/%d %d", &c.Read, &c.Cells, &c.Resources); err != nil {
		return fmt.Errorf(`%q is no cell of a coverage; it should be "", "12" or "denied 13/17 12"`, text)
	}
	return nil
}

// severity orders outcomes, the worst first: what waits for a person, what may pass by
// itself, what is no gap.
var severity = []Outcome{
	Outcome(fault.Denied), Outcome(fault.AccountState), Outcome(fault.RegionDisabled), Outcome(fault.ClockSkewed), Outcome(fault.Expired),
	Outcome(fault.Unsupported), Outcome(fault.Failed),
	Outcome(fault.Unreachable), Outcome(fault.Timeout), Outcome(fault.Throttled), NotReached, Skipped,
	Closed, NotAnswering, Complete, NotOffered,
}

// Worse gives the worse of two outcomes. One that is not known is the worst.
func Worse(a, b Outcome) Outcome {
	if slices.Index(severity, b) < slices.Index(severity, a) {
		return b
	}
	return a
}

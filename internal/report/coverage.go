package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"portolan/internal/aws/awserr"
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
// if all was read; otherwise the outcome, how many of the cells were read, and the number
// of resources: "denied 13/17 12". If AWS refuses some resources for good, their
// number follows: "12 refused 3".
type CoverageCell struct {
	// Outcome is the worst of the cells, so Complete only if all are.
	Outcome     Outcome
	Read, Cells int // of complete ones Cells is not kept, both are 0
	Resources   int
	Refused     int // further resources, which AWS refuses to describe for good
}

// Gap says that something is missing in the cell.
func (c CoverageCell) Gap() bool {
	return c.Outcome != "" && c.Outcome.IsGap()
}

// MarshalText returns the text form.
func (c CoverageCell) MarshalText() ([]byte, error) {
	var text []byte
	switch c.Outcome {
	case "":
		return nil, nil
	case Complete:
		text = strconv.AppendInt(nil, int64(c.Resources), 10)
	default:
		text = fmt.Appendf(nil, "%s %d/%d %d", c.Outcome, c.Read, c.Cells, c.Resources)
	}
	if c.Refused > 0 {
		text = fmt.Appendf(text, "%s%d", refusedMark, c.Refused)
	}
	return text, nil
}

const refusedMark = " refused "

// UnmarshalText reads the text form.
func (c *CoverageCell) UnmarshalText(text []byte) error {
	*c = CoverageCell{}
	if len(text) == 0 {
		return nil
	}
	wrong := fmt.Errorf(`%q is not a cell of a coverage; it should be "", "12", "denied 13/17 12" or "12 refused 3"`, text)
	words, refused, some := strings.Cut(string(text), refusedMark)
	if some {
		n, err := strconv.Atoi(refused)
		if err != nil {
			return wrong
		}
		c.Refused = n
	}
	if n, err := strconv.Atoi(words); err == nil {
		c.Outcome, c.Resources = Complete, n
		return nil
	}
	outcome, counts, _ := strings.Cut(words, " ")
	c.Outcome = Outcome(outcome)
	if _, err := fmt.Sscanf(counts, "%d/%d %d", &c.Read, &c.Cells, &c.Resources); err != nil {
		return wrong
	}
	return nil
}

// worst orders outcomes, the worst first: what waits for a person, what may pass by
// itself, what is not a gap.
var worst = []Outcome{
	Outcome(awserr.Denied), Outcome(awserr.AccountState), Outcome(awserr.RegionDisabled), Outcome(awserr.ClockSkewed), Outcome(awserr.Expired),
	Outcome(awserr.Unsupported), Outcome(awserr.Failed),
	Outcome(awserr.Unreachable), Outcome(awserr.Timeout), Outcome(awserr.Throttled), NotReached, Skipped,
	Closed, NotAnswering, Complete, NotOffered,
}

// Worse returns the worse of two outcomes. One that is not known is the worst.
func Worse(a, b Outcome) Outcome {
	if slices.Index(worst, b) < slices.Index(worst, a) {
		return b
	}
	return a
}

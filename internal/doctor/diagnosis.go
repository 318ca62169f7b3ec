package doctor

import (
	"cmp"
	"errors"
	"time"

	"portolan/internal/aws/account"
	"portolan/internal/aws/awserr"
	"portolan/internal/diag"
	"portolan/internal/port"
	"portolan/internal/report"
)

// Level says how grave something is.
type Level string

// The levels. A note is worth knowing and nothing is wrong; a warning may be what
// somebody wants; a fault keeps a run from something. What is Unknown was not looked
// at.
const (
	OK      Level = "ok"
	Note    Level = "note"
	Warning Level = "warning"
	Fault   Level = "fault"
	Unknown Level = "unknown"
)

// gravity orders the levels.
var gravity = map[Level]int{OK: 0, Note: 1, Unknown: 2, Warning: 3, Fault: 4}

// Verdict is what a run would do.
type Verdict string

// The verdicts: a run would do all, a part, or nothing, or cannot be started.
const (
	Healthy  Verdict = "ok"
	Impaired Verdict = "impaired"
	Hopeless Verdict = "hopeless"
	Unusable Verdict = "unusable"
)

// Diagnosis is what the doctor found. Times are in UTC.
type Diagnosis struct {
	Action      string    `json:"action"` // "doctor"
	Verdict     Verdict   `json:"verdict"`
	Integration string    `json:"integration,omitempty"`
	Version     string    `json:"version,omitempty"`
	Started     time.Time `json:"started"`
	Seconds     float64   `json:"seconds"`
	Checks      []*Check  `json:"checks"`
	// Accounts are those that a run would read, each with its cells of the matrix.
	Accounts []*Account              `json:"accounts,omitempty"`
	Estimate *Estimate               `json:"estimate,omitempty"`
	AWS      map[string]report.Calls `json:"awsCalls,omitempty"`
}

// Check is one thing that was looked at. Said is what was seen, in a sentence.
type Check struct {
	Name     string    `json:"check"`
	Level    Level     `json:"level"`
	Said     string    `json:"said,omitempty"`
	Findings []Finding `json:"findings,omitempty"`
}

// Finding is a diagnostic, how to fix it, and which accounts have it. Of several, Cause
// and Fix are those of the first.
type Finding struct {
	Level    Level     `json:"level"`
	Code     diag.Code `json:"code"`
	Title    string    `json:"title"`
	Cause    string    `json:"cause"`
	Fix      string    `json:"fix,omitempty"`
	Accounts []string  `json:"accounts,omitempty"`
}

// Account is a row of the matrix. Entered is false if nothing of it could be looked at.
type Account struct {
	ID      string   `json:"id"`
	Name    string   `json:"name"`
	Entered bool     `json:"entered"`
	Regions []string `json:"regions,omitempty"` // those that a run would read
	Cells   []*Cell  `json:"cells,omitempty"`
}

// Outcome is what became of a cell: that of a run's cell, OK if all calls were
// answered.
type Outcome string

// Cell is a kind in an account. Missing are the actions that were denied, Untried those
// for which no resource was at hand. Regions are those that were asked.
type Cell struct {
	Kind    string    `json:"kind"`
	Outcome Outcome   `json:"outcome"`
	Code    diag.Code `json:"code,omitempty"`
	Missing []string  `json:"missing,omitempty"`
	Error   string    `json:"error,omitempty"`
	Regions []string  `json:"regions,omitempty"`
	Untried []string  `json:"untried,omitempty"`
	found   bool
	fix     string   // what can be done about the error
	lacks   []string // those of Missing that a statement in the role would allow
	barred  []string // what can be done about the others
}

// answered are the outcomes that keep nothing from being read.
func (c *Cell) answered() bool {
	return c.Outcome == Outcome(OK) || c.Outcome == notOfferedCell
}

// ExitCode is the exit code of a command with this diagnosis.
func (d *Diagnosis) ExitCode() int {
	return map[Verdict]int{Healthy: 0, Impaired: 3, Hopeless: 1, Unusable: 2}[d.Verdict]
}

// add adds a finding with what the catalogue says of its code, where nothing else is
// given.
func (c *Check) add(f Finding) {
	entry := f.Code.Entry()
	f.Title = cmp.Or(f.Title, entry.Title)
	f.Cause = cmp.Or(f.Cause, entry.Cause)
	f.Fix = cmp.Or(f.Fix, entry.Fix)
	c.Findings = append(c.Findings, f)
	if gravity[f.Level] > gravity[c.Level] {
		c.Level = f.Level
	}
}

// fault adds what an error says.
func (c *Check) fault(err error) {
	cause, fix := explain(err)
	c.add(Finding{Level: Fault, Code: awserr.CodeOf(err), Cause: cause, Fix: fix})
}

// explain parts what an error says into its cause and how to fix it, if it tells that.
func explain(err error) (cause, fix string) {
	var (
		entry   *account.EnterError
		refused *port.Error
		known   *awserr.Error
	)
	switch {
	case errors.As(err, &entry):
		return cmp.Or(entry.Account.RoleARN, "the base identity") + ": " + entry.Cause, entry.Fix
	case errors.As(err, &refused):
		bare := *refused
		bare.Fix = ""
		return bare.Error(), refused.Fix
	case errors.As(err, &known):
		return known.Op + ": " + awserr.Message(known.Err), sentence(awserr.Fix(err))
	}
	return err.Error(), ""
}

// skip says why the check was not made.
func (c *Check) skip(why string) { c.Level, c.Said = Unknown, "not looked at: "+why }

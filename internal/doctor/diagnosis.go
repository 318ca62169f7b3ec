package doctor

import (
	"cmp"
	"slices"
	"time"

	"portolan/internal/aws/awserr"
	"portolan/internal/diag"
	"portolan/internal/report"
)

// Level is how a check came out: the severity of its worst diagnostic, OK without one, or
// Unknown if nothing was looked at.
type Level string

// The levels.
const (
	OK      Level = "ok"
	Note          = Level(diag.Note)
	Unknown Level = "unknown"
	Warning       = Level(diag.Warning)
	Error         = Level(diag.Error)
)

// levels are in order, the worst last.
var levels = []Level{OK, Note, Unknown, Warning, Error}

// worse says whether a level is worse than another.
func (l Level) worse(than Level) bool { return slices.Index(levels, l) > slices.Index(levels, than) }

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
	Name        string       `json:"check"`
	Level       Level        `json:"level"`
	Said        string       `json:"said,omitempty"`
	Diagnostics []Diagnostic `json:"diagnostics,omitempty"`
}

// Diagnostic is a diagnostic and the accounts that have it. Cause and fix are those of
// the first account.
type Diagnostic struct {
	diag.Diagnostic
	Accounts []string `json:"accounts,omitempty"`
}

// Account is a row of the matrix. Entered is false if the account could not be checked.
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
// that need a resource and did not find one. Regions are those that were tried.
type Cell struct {
	Kind    string    `json:"kind"`
	Outcome Outcome   `json:"outcome"`
	Code    diag.Code `json:"code,omitempty"`
	Missing []string  `json:"missing,omitempty"`
	Cause   string    `json:"cause,omitempty"`
	Regions []string  `json:"regions,omitempty"`
	Untried []string  `json:"untried,omitempty"`
	found   bool
	fix     string   // what can be done about the error
	lacks   []string // those of Missing that a statement in the role would allow
	barred  []string // what can be done about the others
	slower  []error  // of calls that only save others
}

// answered are the outcomes that keep nothing from being read.
func (c *Cell) answered() bool {
	return c.Outcome == Outcome(OK) || c.Outcome == notOfferedCell
}

// ExitCode is the exit code of a command with this diagnosis.
func (d *Diagnosis) ExitCode() int {
	return map[Verdict]int{Healthy: 0, Impaired: 3, Hopeless: 1, Unusable: 2}[d.Verdict]
}

// add adds a diagnostic of accounts. The catalogue says of its code what is not given.
func (c *Check) add(d diag.Diagnostic, accounts ...string) {
	entry := d.Code.Entry()
	d.Title = cmp.Or(d.Title, entry.Title)
	d.Cause = cmp.Or(d.Cause, diag.Unmarked(entry.Cause))
	d.Fix = cmp.Or(d.Fix, diag.Unmarked(entry.Fix))
	c.Diagnostics = append(c.Diagnostics, Diagnostic{d, accounts})
	if level := Level(d.Severity); level.worse(c.Level) {
		c.Level = level
	}
}

// fail adds what an error says.
func (c *Check) fail(err error) {
	cause, fix := Explain(err)
	c.add(diag.Diagnostic{Severity: diag.Error, Code: awserr.CodeOf(err), Cause: cause, Fix: fix})
}

// skip says why the check was not made.
func (c *Check) skip(why string) { c.Level, c.Said = Unknown, "not looked at: "+why }

package doctor

import (
	"log/slog"
	"sync/atomic"
	"time"

	"portolan/internal/aws/account"
	"portolan/internal/aws/call"
	"portolan/internal/aws/kind"
	"portolan/internal/diag"
	"portolan/internal/invocation"
	"portolan/internal/mapping"
	"portolan/internal/resync"
)

// examination is a look under way.
type examination struct {
	Deps
	request   invocation.Request
	diagnosis *Diagnosis
	progress  *Progress
	gate      *call.Gate

	mapping    *mapping.Config // nil if it is not known
	directory  Directory       // nil if there are no credentials to open it with
	listing    account.Listing
	admissions []*admission
	wanted     []want
	hopeless   bool         // a run would do nothing
	took       atomic.Int64 // by all probes together, in nanoseconds
	before     int          // calls to AWS before the first probe
	last       *lastRun
	offers     offers
}

// want is a kind that is looked at, with the optional actions that the mapping wants.
type want struct {
	kind      *kind.Kind
	actions   []string
	resources []*mapping.Resource // empty if the mapping does not have the kind
}

// admission is an account that was entered, or why not.
type admission struct {
	account *Account
	session *account.Session // nil if it was not entered
	regions []string         // nil if they are not known
}

func newExamination(d Deps, request invocation.Request) *examination {
	if d.Log == nil {
		d.Log = slog.New(slog.DiscardHandler)
	}
	d.Limits = d.Limits.Complete()
	e := &examination{
		Deps: d, request: request, progress: d.Progress, gate: call.NewGate(d.Limits.Limits, d.Rates, d.Log),
		diagnosis: &Diagnosis{Action: "doctor", Integration: d.Integration, Version: d.Program, Started: time.Now().UTC()},
	}
	if e.progress == nil {
		e.progress = &Progress{}
	}
	return e
}

// open begins a check, well until something is found.
func (e *examination) open(name string) *Check {
	c := &Check{Name: name, Level: OK}
	e.diagnosis.Checks = append(e.diagnosis.Checks, c)
	e.Log.Debug("looking", "check", name)
	return c
}

// settings says what the settings ignored; wrong ones end before a look.
func (e *examination) settings() {
	c := e.open("settings")
	c.Said = "integration " + e.Integration
	for _, remark := range e.Remarks {
		c.add(diag.Diagnostic{Severity: diag.Note, Code: diag.SettingIgnored, Cause: remark})
	}
}

// conclude judges the diagnostics.
func (e *examination) conclude() *Diagnosis {
	d := e.diagnosis
	d.Seconds = time.Since(d.Started).Seconds()
	d.AWS = resync.AWSCalls(e.gate.Counts())
	d.Verdict = Healthy
	for _, c := range d.Checks {
		if c.Said == "" && len(c.Diagnostics) > 0 { // each row says what was found
			c.Said = c.Diagnostics[0].Title
		}
		if c.Level.worse(Note) {
			d.Verdict = Impaired
		}
	}
	if e.hopeless {
		d.Verdict = Hopeless
	}
	return d
}

package resync

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"portolan/internal/aws/awserr"
	"portolan/internal/aws/call"
	"portolan/internal/diag"
	"portolan/internal/invocation"
	"portolan/internal/plain"
	"portolan/internal/port"
	"portolan/internal/report"
	"portolan/internal/resync/outcome"
)

// tellTime is how long it may take to tell Port that a run is under way.
const tellTime = 10 * time.Second

// tellRunning tells Port that a run is under way. The status in Port is best effort: if
// Port cannot be told soon, the run continues.
func (e *Engine) tellRunning(ctx context.Context) {
	e.beginning.running = true
	state := e.state(port.Running)
	limit := tellTime
	if end, ok := ctx.Deadline(); ok {
		limit = min(limit, time.Until(end)/4)
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	if err := e.Port.SetResyncState(ctx, state); err != nil {
		e.log.WarnContext(ctx, "Port was not told that the run began", "error", err)
	}
}

// conclude closes the report and tells Port how the run ended.
func (e *Engine) conclude(ctx context.Context, err error) {
	out := e.report
	e.book.Settle(func(*outcome.End) {}) // of a run that ended before it could look at them
	e.book.Fill(out)
	if e.scope != nil {
		out.Strategy = e.scope.Listing.Strategy
		for _, a := range e.scope.Listing.Skipped {
			out.AccountsSkipped = append(out.AccountsSkipped, report.SkippedAccount{ID: a.ID, Name: a.Name, Reason: a.Reason})
		}
	}
	out.AWS = e.awsCalls()
	out.PeakMemoryBytes = max(peakMemory(), e.earlier.Memory)
	out.Finished = time.Now().UTC()
	out.Seconds = out.Finished.Sub(out.Started).Seconds()
	e.addDiagnostics(ctx, err)
	e.book.FillOwners(out)
	out.Status, out.Reason = e.verdict(ctx, err)
	out.Code = e.code(ctx, err)
	if e.beginning.running {
		ctx, cancel := e.closing.within(telling)
		e.tellEnd(ctx)
		e.tellStatusEnd(ctx)
		cancel()
	}
	out.Port = e.portCalls()
}

// verdict says how the run ended, and why if that is not well.
func (e *Engine) verdict(ctx context.Context, err error) (report.Status, string) {
	complete := e.report.Cells[report.Complete]
	switch {
	case e.beginning.held, errors.Is(err, errAnswered):
		return report.Yielded, err.Error()
	case errors.Is(context.Cause(ctx), context.Canceled):
		return report.Aborted, "it was told to stop"
	case err != nil && complete == 0 && overtaken(ctx, err):
		return report.Failed, "its time was over before anything could be read"
	case err != nil && complete == 0:
		return report.Failed, reasonOf(err)
	case err != nil:
		return report.Incomplete, reasonOf(err)
	case complete == 0 && e.book.Unread()+e.book.Closed()+e.report.Cells[report.NotAnswering] > 0:
		return report.Failed, "nothing could be read: " + e.firstGap()
	}
	if reasons := e.shortcomings(); len(reasons) > 0 {
		return report.Incomplete, strings.Join(reasons, "; ")
	}
	return report.Completed, ""
}

// reasonOf is what an error says, and what can be done about it unless it says that itself.
func reasonOf(err error) string {
	text := err.Error()
	var known *awserr.Error
	if errors.As(err, &known) && !strings.Contains(text, known.Fix) {
		text += ". " + known.Fix
	}
	return text
}

// overtaken says whether an error is but the end of the run's time.
func overtaken(ctx context.Context, err error) bool {
	return errors.Is(ctx.Err(), context.DeadlineExceeded) && errors.Is(err, context.DeadlineExceeded)
}

// code returns the code of what ended the run early, "" if nothing did or it was told to
// stop: errors are then only the consequence of that.
func (e *Engine) code(ctx context.Context, err error) diag.Code {
	switch {
	case e.report.Status == report.Aborted:
		return ""
	case err != nil && overtaken(ctx, err):
		return diag.NotReached
	case err != nil:
		return awserr.CodeOf(err)
	case e.report.Status == report.Failed && len(e.report.Gaps) > 0:
		return e.report.Gaps[0].Code
	default:
		return ""
	}
}

// shortcomings lists what keeps a run that ended in order from being complete.
func (e *Engine) shortcomings() []string {
	var reasons []string
	if n := e.book.Unread(); n > 0 {
		reasons = append(reasons, plain.Count(n, "cell", "cells")+" not read")
	}
	if !e.scope.Listing.Complete {
		reasons = append(reasons, "not every account is known")
	}
	if slices.ContainsFunc(e.Request.Accounts, func(id string) bool { return !e.scope.Listed(id) }) {
		reasons = append(reasons, "not every account that was asked for is among those to read")
	}
	if missing := e.notEnabled(); len(missing) > 0 {
		reasons = append(reasons, "no account has enabled "+strings.Join(missing, " or "))
	}
	if e.scope.Misnamed() {
		reasons = append(reasons, "settings or mapping name a region that does not exist")
	}
	if n := e.report.Total.Unsent; n > 0 {
		reasons = append(reasons, plain.Count(n, "entity", "entities")+" not "+e.sending())
	}
	if n := e.report.Total.Failed; n > 0 {
		failed := "failed"
		if e.plans() {
			failed = "would fail"
		}
		reasons = append(reasons, plain.Count(n, "entity", "entities")+" "+failed)
	}
	if n := e.report.Deletes.Failed; n > 0 {
		reasons = append(reasons, fmt.Sprintf("%s not deleted: %s", plain.Count(n, "entity", "entities"), e.removal.undone))
	}
	if n := e.book.Resources.Short(); n > 0 {
		reasons = append(reasons, plain.Count(n, "listing", "listings")+" ended short")
	}
	if n := e.removal.unconfirmed; n > 0 {
		reasons = append(reasons, plain.Count(n, "entity not deleted: AWS did not say that its resource does not exist", "entities not deleted: AWS did not say that their resources do not exist"))
	}
	if n := e.book.Withheld(); n > 0 {
		reasons = append(reasons, plain.Count(n, "entity of others is", "entities of others are")+" not written")
	}
	if e.plans() && e.report.Deletes.Tripped {
		reasons = append(reasons, "a limit on deletes would keep entities")
	}
	if len(e.scope.Mapping.Lost) > 0 {
		reasons = append(reasons, "part of the mapping does not work")
	}
	return reasons
}

// sending is what the run does with entities.
func (e *Engine) sending() string {
	if e.plans() {
		return "compared"
	}
	return "sent"
}

// unsentDiagnostic says that the run ended before all entities were sent; none if they were.
func (e *Engine) unsentDiagnostic() []diag.Diagnostic {
	n := e.report.Total.Unsent
	if n == 0 {
		return nil
	}
	notice := diag.Diagnostic{
		Code: diag.NotReached, Severity: diag.Error,
		Title: fmt.Sprintf("Entities not %s: %d", e.sending(), n),
		Cause: "the run ended before that, or before Port said what became of them; Port refused none of them",
		Fix:   "nothing: the next run does it",
	}
	if e.writing.unsent != "" {
		notice.Cause, notice.Fix = "Port was given up before it said what became of them: "+e.writing.unsent, "check Port and the network path to it; the next run sends them"
	}
	if e.plans() {
		notice.Cause, notice.Fix = "the plan ended before that, and says nothing about them", "give the plan more time"
	}
	return []diag.Diagnostic{notice}
}

func (e *Engine) firstGap() string {
	for _, gap := range slices.Concat(e.report.Gaps, e.report.Unavailable) {
		return gap.Cause
	}
	return "there are no accounts to read"
}

func (e *Engine) addDiagnostics(ctx context.Context, err error) {
	add := func(found ...diag.Diagnostic) { e.report.Diagnostics = append(e.report.Diagnostics, found...) }
	for _, note := range e.beginning.integration.Notes {
		add(diag.Diagnostic{Code: diag.PortRemark, Severity: diag.Note, Title: "Port", Cause: note})
	}
	add(e.diagnostics...)
	add(e.reading.tags.Findings().Diagnostics()...)
	add(e.unsentDiagnostic()...)
	add(e.sizeDiagnostic(ctx, err)...)
	if e.scope == nil {
		return
	}
	add(e.scope.Listing.Diagnostics...)
	add(e.scope.UnlistedDiagnostics()...)
	for _, region := range e.notEnabled() {
		add(diag.Diagnostic{
			Code: diag.LeftOut, Severity: diag.Error,
			Title: "No account has enabled " + region,
			Cause: "the run was narrowed to it, and none of the accounts that it entered has it",
			Fix:   "leave the region out, or enable it in the accounts that should have it",
		})
	}
	add(e.nothingDiagnostic()...)
}

// notEnabled returns the requested regions that no account has enabled. It returns none if
// the regions of some account are not known.
func (e *Engine) notEnabled() []string {
	enabled := map[string]bool{}
	for _, a := range e.accounts() {
		regions, entered := e.book.Enabled(a.ID)
		if !entered {
			return nil
		}
		for _, region := range regions {
			enabled[region] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(e.Request.Regions), func(region string) bool { return enabled[region] })
}

// nothingDiagnostic says why a run that came to its end found no resource; none if it found
// one, or if the gaps say it.
func (e *Engine) nothingDiagnostic() []diag.Diagnostic {
	n := diag.Diagnostic{Code: diag.NothingDiscovered, Severity: diag.Warning, Title: "No resources discovered"}
	switch {
	case e.scope == nil || e.report.Total.Fetched > 0:
		return nil
	case len(e.scope.Mapping.Resources) == 0 && len(e.scope.Mapping.Lost) == 0:
		n.Title, n.Cause = "There is nothing to read", "the mapping has no resources"
		n.Fix = "nothing, if that is intended; otherwise add resources to the mapping, on Port's Data sources page"
	case len(e.scope.Mapping.Resources) == 0:
		n.Title, n.Cause = "There is nothing to read", "no entry of the mapping works"
		n.Fix = "see below what is wrong with the mapping"
	case len(e.report.Accounts) == 0:
		return nil
	case e.book.OnlySkipped():
		n.Title, n.Cause = "There is nothing to read", "settings and mapping leave no region of any account"
		n.Fix = "check regionPolicy in the mapping, PORTOLAN_REGIONS, and which regions the accounts have enabled"
	case e.book.Unread() == 0:
		n.Cause = "all that the mapping names was read, and no account has a resource of it"
		n.Fix = "nothing, if that is right; otherwise check that regionPolicy and PORTOLAN_REGIONS leave the right regions"
	default:
		n.Cause = "no account has a single resource of the kinds that the mapping names"
		n.Fix = "check that the role may read them (see the gaps below), that regionPolicy and PORTOLAN_REGIONS leave the right " +
			"regions, and that the AWS endpoints can be reached"
	}
	return []diag.Diagnostic{n}
}

// LongestInvocation is after how long Lambda ends an invocation:
// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
const LongestInvocation = 15 * time.Minute

// Usable is the share of its time that a run may take before the report warns that the
// time is nearly too short.
const Usable = 0.8

// sizeDiagnostic warns that the time was too short, or nearly. It returns none if the time
// was enough, if the run was stopped or ended by an error, or if it took several
// invocations.
func (e *Engine) sizeDiagnostic(ctx context.Context, err error) []diag.Diagnostic {
	stopped := errors.Is(ctx.Err(), context.Canceled)
	late, limit := e.report.Cells[report.NotReached]-e.countTooLarge(), e.report.TimeLimit
	n := diag.Diagnostic{
		Code: diag.TooLarge, Severity: diag.Warning, Title: "The estate is too large for one invocation",
		Fix: "deploy with `-c scale=distributed`, so that a state machine shares the accounts out (docs/scaling.md)",
	}
	if e.Request.Trigger == invocation.CLI {
		n.Title, n.Fix = "The time was too short for everything", "give the run more time with --timeout, or leave that out"
	} else {
		limit = cmp.Or(limit, LongestInvocation.Seconds())
	}
	switch {
	case e.reading.share.Steps || stopped || err != nil:
		return nil
	case late > 0 && e.plans():
		n.Cause = fmt.Sprintf("cells not reached: %d; the plan says nothing about them", late)
	case late > 0 && e.remembers():
		n.Cause = fmt.Sprintf("cells not reached: %d; the next run begins with them", late)
	case late > 0:
		n.Cause = fmt.Sprintf("cells not reached: %d; without PORTOLAN_STATE the next run does not know which", late)
		n.Fix = "set PORTOLAN_STATE, or " + n.Fix
	case limit > 0 && e.report.Seconds > Usable*limit:
		n.Title = "The estate is nearly too large for one invocation"
		if e.Request.Trigger == invocation.CLI {
			n.Title = "The time was hardly enough"
		}
		n.Cause = fmt.Sprintf("the run took %s of %s", inSeconds(e.report.Seconds), inSeconds(limit))
	default:
		return nil
	}
	return []diag.Diagnostic{n}
}

func inSeconds(s float64) string {
	return time.Duration(s * float64(time.Second)).Round(time.Second / 10).String()
}

// countTooLarge counts the cells that are too large for any run. Their gaps have a code of
// their own.
func (e *Engine) countTooLarge() (n int) {
	for _, end := range e.book.Late() {
		if end.Code == diag.CellTooLarge {
			n++
		}
	}
	return n
}

// state is what Port is told of the run.
func (e *Engine) state(status port.Status) port.ResyncState {
	return port.ResyncState{Status: status, Start: e.Started, End: e.report.Finished, Next: e.Next, Interval: e.Interval}
}

func (e *Engine) tellEnd(ctx context.Context) {
	status := map[report.Status]port.Status{
		report.Completed: port.Completed, report.Incomplete: port.Failed,
		report.Failed: port.Failed, report.Aborted: port.Aborted,
	}[e.report.Status]
	state := e.state(status)
	if err := e.Port.SetResyncState(ctx, state); err != nil {
		e.log.Warn("Port was not told that the run ended", "error", err)
	}
}

// awsCalls counts the calls to AWS, those of earlier invocations of the run among them.
func (e *Engine) awsCalls() map[string]report.Calls {
	calls := AWSCalls(e.calls.Counts())
	addCalls(calls, e.earlier.AWS)
	return calls
}

// AWSCalls returns the counts of a gate as a report has them.
func AWSCalls(counts map[string]call.Counts) map[string]report.Calls {
	calls := make(map[string]report.Calls, len(counts))
	for service, of := range counts {
		calls[service] = report.Calls(of)
	}
	return calls
}

// portCalls counts the calls to Port, those of earlier invocations of the run among them.
func (e *Engine) portCalls() map[string]report.Calls {
	calls := PortCalls(e.Port.Stats(), e.beginning.stats)
	addCalls(calls, e.earlier.Port)
	return calls
}

func addCalls(to, from map[string]report.Calls) {
	for name, calls := range from {
		sum := to[name]
		sum.Add(calls)
		to[name] = sum
	}
}

// PortCalls counts calls by family: the client counts those of its life.
func PortCalls(now, before map[string]port.Stats) map[string]report.Calls {
	calls := make(map[string]report.Calls, len(now))
	for family, n := range now {
		b := before[family]
		if n.Calls > b.Calls {
			calls[family] = report.Calls{Calls: n.Calls - b.Calls, Retries: n.Retries - b.Retries, Throttled: n.Throttled - b.Throttled}
		}
	}
	return calls
}

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
	"portolan/internal/port"
	"portolan/internal/report"
)

// tellRunning tells Port that a run is under way. Port's status is a courtesy to
// those who look at it: if it cannot be told, or not soon, the run goes on.
func (r *run) tellRunning(ctx context.Context) {
	r.running = true
	state := r.state(port.Running)
	limit := tellTime
	if end, ok := ctx.Deadline(); ok {
		limit = min(limit, time.Until(end)/4)
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	if err := r.Port.SetResyncState(ctx, state); err != nil {
		r.log.WarnContext(ctx, "Port was not told that the run began", "error", err)
	}
}

// conclude closes the report and tells Port how the run ended.
func (r *run) conclude(ctx context.Context, err error) {
	out := r.report
	r.ledger.fill(out)
	r.details.fill(out)
	out.Coverage = r.ledger.table(out.Kinds)
	r.faults.fill(out)
	r.refused.fill(out)
	if p, plans := r.sink.(*planner); plans {
		out.Changes = p.inOrder()
	}
	out.Strategy = r.listing.Strategy
	for _, a := range r.listing.Skipped {
		out.AccountsSkipped = append(out.AccountsSkipped, report.SkippedAccount{ID: a.ID, Name: a.Name, Reason: a.Reason})
	}
	out.AWS = r.awsCalls()
	out.PeakMemoryBytes = max(peakMemory(), r.memoryBefore)
	out.Finished = time.Now().UTC()
	out.Seconds = out.Finished.Sub(out.Started).Seconds()
	r.addNotices(ctx, err)
	if r.gate != nil {
		r.gate.fill(out)
	}
	out.Status, out.Reason = r.verdict(ctx, err)
	out.Code = r.code(ctx, err)
	if r.running {
		ctx, cancel := r.closing.within(telling)
		r.tellEnd(ctx)
		r.told.runEnds(ctx, r.ledger, r.report, r.stale != nil)
		cancel()
	}
	out.Port = PortCalls(r.Port.Stats(), r.statsBefore)
	addCalls(out.Port, r.portBefore)
}

// verdict says how the run ended, and why if that is not well.
func (r *run) verdict(ctx context.Context, err error) (report.Status, string) {
	complete := r.report.Cells[report.Complete]
	switch {
	case r.skipped != nil, errors.Is(err, errAnswered):
		return report.Yielded, err.Error()
	case errors.Is(context.Cause(ctx), context.Canceled):
		return report.Aborted, "it was told to stop"
	case err != nil && complete == 0 && overtaken(ctx, err):
		return report.Failed, "its time was over before anything could be read"
	case err != nil && complete == 0:
		return report.Failed, err.Error()
	case err != nil:
		return report.Incomplete, err.Error()
	case complete == 0 && r.ledger.unread()+r.ledger.shut()+r.report.Cells[report.NotAnswering] > 0:
		return report.Failed, "nothing could be read: " + r.firstGap()
	}
	if reasons := r.shortcomings(); len(reasons) > 0 {
		return report.Incomplete, strings.Join(reasons, "; ")
	}
	return report.Completed, ""
}

// overtaken says whether an error is but the end of the run's time.
func overtaken(ctx context.Context, err error) bool {
	return errors.Is(ctx.Err(), context.DeadlineExceeded) && errors.Is(err, context.DeadlineExceeded)
}

// code returns the code of what ended the run, "" if nothing did or somebody told it to
// stop: an error is then but the end of what was under way.
func (r *run) code(ctx context.Context, err error) diag.Code {
	switch {
	case r.report.Status == report.Aborted:
		return ""
	case err != nil && overtaken(ctx, err):
		return diag.NotReached
	case err != nil:
		return awserr.CodeOf(err)
	case r.report.Status == report.Failed && len(r.report.Gaps) > 0:
		return r.report.Gaps[0].Code
	default:
		return ""
	}
}

// shortcomings lists what keeps a run that ended in order from being complete.
func (r *run) shortcomings() []string {
	var reasons []string
	if n := r.ledger.unread(); n > 0 {
		reasons = append(reasons, fmt.Sprintf("%d cells not read", n))
	}
	if !r.listing.Complete {
		reasons = append(reasons, "not every account is known")
	}
	if slices.ContainsFunc(r.request.Accounts, func(id string) bool { return !r.listed(id) }) {
		reasons = append(reasons, "not every account that was asked for is among those to read")
	}
	if missing := r.notEnabled(); len(missing) > 0 {
		reasons = append(reasons, "no account has enabled "+strings.Join(missing, " or "))
	}
	if r.misnamed() {
		reasons = append(reasons, "settings or mapping name a region that does not exist")
	}
	if n := r.report.Total.Unsent; n > 0 {
		reasons = append(reasons, fmt.Sprintf("%d entities not %s", n, r.sending()))
	}
	if n := r.report.Total.Failed; n > 0 {
		failed := "failed"
		if r.plans() {
			failed = "would fail"
		}
		reasons = append(reasons, fmt.Sprintf("%d entities %s", n, failed))
	}
	if n := r.report.Deletes.Failed; n > 0 {
		reasons = append(reasons, fmt.Sprintf("%d entities not deleted: %s", n, r.undone))
	}
	if r.gate != nil && r.gate.withheld() > 0 {
		reasons = append(reasons, fmt.Sprintf("%d entities of others are not written", r.gate.withheld()))
	}
	if r.plans() && r.report.Deletes.Tripped {
		reasons = append(reasons, "a limit on deletes would keep entities")
	}
	if len(r.mapping.Lost) > 0 {
		reasons = append(reasons, "part of the mapping does not work")
	}
	return reasons
}

// sending is what the run does with entities.
func (r *run) sending() string {
	if r.plans() {
		return "compared"
	}
	return "sent"
}

// unsentNotice says that the run ended before all entities were sent; nil if they were.
func (r *run) unsentNotice() *diag.Diagnostic {
	n := r.report.Total.Unsent
	if n == 0 {
		return nil
	}
	notice := &diag.Diagnostic{
		Code:  diag.NotReached,
		Title: fmt.Sprintf("Entities not %s: %d", r.sending(), n),
		Cause: "the run ended before that, or before Port said what became of them; Port refused none of them",
		Fix:   "nothing: the next run does it",
	}
	if r.unsent != "" {
		notice.Cause, notice.Fix = "Port was given up before it said what became of them: "+r.unsent, "look at Port and the way to it; the next run sends them"
	}
	if r.plans() {
		notice.Cause, notice.Fix = "the plan ended before that, and says nothing of them", "give the plan more time"
	}
	return notice
}

func (r *run) firstGap() string {
	for _, gap := range slices.Concat(r.report.Gaps, r.report.Unavailable) {
		return gap.Error
	}
	return "there are no accounts to read"
}

func (r *run) addNotices(ctx context.Context, err error) {
	for _, note := range r.portNotes {
		r.report.Diagnostics = append(r.report.Diagnostics, diag.Diagnostic{Code: diag.PortRemark, Title: "Port", Cause: note})
	}
	r.report.Diagnostics = append(r.report.Diagnostics, r.diagnostics...)
	if n := r.unsentNotice(); n != nil {
		r.report.Diagnostics = append(r.report.Diagnostics, *n)
	}
	if n := r.sizeNotice(ctx, err); n != nil {
		r.report.Diagnostics = append(r.report.Diagnostics, *n)
	}
	for _, n := range r.listing.Diagnostics {
		r.report.Diagnostics = append(r.report.Diagnostics, diag.Diagnostic{Code: n.Code, Title: n.Title, Cause: n.Cause, Fix: n.Fix})
	}
	r.tellUnlisted()
	r.tellNotEnabled()
	if n := r.nothingNotice(); n != nil {
		r.report.Diagnostics = append(r.report.Diagnostics, *n)
	}
}

// nothingNotice says why a run that came to its end found no resource; nil if it found
// one, or if the gaps say it.
func (r *run) nothingNotice() *diag.Diagnostic {
	n := &diag.Diagnostic{Code: diag.NothingDiscovered, Title: "No resources discovered"}
	switch {
	case r.mapping == nil || r.report.Total.Fetched > 0:
		return nil
	case len(r.mapping.Resources) == 0 && len(r.mapping.Lost) == 0:
		n.Title, n.Cause = "There is nothing to read", "the mapping has no resources"
		n.Fix = "nothing, if that is meant; else give the mapping resources, on Port's Data sources page"
	case len(r.mapping.Resources) == 0:
		n.Title, n.Cause = "There is nothing to read", "no entry of the mapping works"
		n.Fix = "see below what is wrong with the mapping"
	case len(r.report.Accounts) == 0:
		return nil
	case r.ledger.onlySkipped():
		n.Title, n.Cause = "There is nothing to read", "settings and mapping leave no region of any account"
		n.Fix = "check regionPolicy in the mapping, PORTOLAN_REGIONS, and which regions the accounts have enabled"
	case r.ledger.unread() == 0:
		n.Cause = "all that the mapping names was read, and no account has a resource of it"
		n.Fix = "nothing, if that is so; else check that regionPolicy and PORTOLAN_REGIONS leave the right regions"
	default:
		n.Cause = "no account gave a single resource of the kinds that the mapping names"
		n.Fix = "check that the role may read them (see the gaps below), that regionPolicy and PORTOLAN_REGIONS leave the right " +
			"regions, and that the AWS endpoints can be reached"
	}
	return n
}

// LongestInvocation is after how long Lambda ends an invocation:
// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
const LongestInvocation = 15 * time.Minute

// Usable is the share of its time that a run may take before it is told that it nearly
// has too little.
const Usable = 0.8

// sizeNotice says when the time was not enough, or hardly; nil if it was, if somebody
// told the run to stop or something ended it, or if it has taken several invocations.
func (r *run) sizeNotice(ctx context.Context, err error) *diag.Diagnostic {
	stopped := errors.Is(ctx.Err(), context.Canceled)
	late, limit := r.report.Cells[report.NotReached]-r.tooLarge(), r.report.TimeLimit
	n := &diag.Diagnostic{
		Code: diag.TooLarge, Title: "The estate is too large for one invocation",
		Fix: "deploy with `-c scale=distributed`, so that a state machine shares the accounts out (docs/scaling.md)",
	}
	if r.request.Trigger == invocation.CLI {
		n.Title, n.Fix = "The time was too short for everything", "give the run more time with --timeout, or leave that out"
	} else {
		limit = cmp.Or(limit, LongestInvocation.Seconds())
	}
	switch {
	case r.batches != nil || stopped || err != nil:
		return nil
	case late > 0 && r.plans():
		n.Cause = fmt.Sprintf("cells not reached: %d; the plan says nothing of them", late)
	case late > 0 && r.remembers():
		n.Cause = fmt.Sprintf("cells not reached: %d; the next run begins with them", late)
	case late > 0:
		n.Cause = fmt.Sprintf("cells not reached: %d; without PORTOLAN_STATE the next run does not know which", late)
		n.Fix = "set PORTOLAN_STATE, or " + n.Fix
	case limit > 0 && r.report.Seconds > Usable*limit:
		n.Title = "The estate is nearly too large for one invocation"
		if r.request.Trigger == invocation.CLI {
			n.Title = "The time was hardly enough"
		}
		n.Cause = fmt.Sprintf("the run took %s of %s", inSeconds(r.report.Seconds), inSeconds(limit))
	default:
		return nil
	}
	return n
}

func inSeconds(s float64) string {
	return time.Duration(s * float64(time.Second)).Round(time.Second / 10).String()
}

// tooLarge counts the cells that fit into no run, each of which has a gap of its own code.
func (r *run) tooLarge() (n int) {
	for _, record := range r.reach.missed() {
		if record.Code == diag.CellTooLarge {
			n++
		}
	}
	return n
}

func (r *run) listed(id string) bool {
	for _, a := range r.listing.Accounts {
		if a.ID == id {
			return true
		}
	}
	return false
}

// state is what Port is told of the run.
func (r *run) state(status port.Status) port.ResyncState {
	return port.ResyncState{Status: status, Start: r.report.Started, End: r.report.Finished, Next: r.Next, Interval: r.Interval}
}

func (r *run) tellEnd(ctx context.Context) {
	status := map[report.Status]port.Status{
		report.Completed: port.Completed, report.Incomplete: port.Failed,
		report.Failed: port.Failed, report.Aborted: port.Aborted,
	}[r.report.Status]
	state := r.state(status)
	if err := r.Port.SetResyncState(ctx, state); err != nil {
		r.log.Warn("Port was not told that the run ended", "error", err)
	}
}

// awsCalls counts the calls to AWS, those of earlier invocations of the run among them.
func (r *run) awsCalls() map[string]report.Calls {
	calls := AWSCalls(r.calls.Counts())
	addCalls(calls, r.awsBefore)
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

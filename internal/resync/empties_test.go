package resync

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/account"
	"portolan/internal/kinds"
	"portolan/internal/report"
	"portolan/internal/state"
)

// TestPassOver leaves no seat at a desk behind, counts as done and as not read, and is
// neither a gap nor complete.
func TestPassOver(t *testing.T) {
	t.Parallel()
	seen := newView()
	r := &run{reach: newReach(), view: seen, ledger: newLedger(seen), times: newTimes(), empties: newEmpties()}
	units := []*unit{{kind: kinds.CodePipelinePipeline}, {kind: kinds.CodePipelineStage}}
	d := &desk{sharing: newSharing(units, 1<<20)}
	s := &account.Session{Account: account.Account{ID: "111111111111"}}
	for _, u := range units {
		r.ledger.addKind(u.kind.Type, time.Time{})
		d.seat()
		c := cell{u, []place{{session: s, region: "eu-west-1", desk: d}}}
		r.passOver(c)
		if !r.reach.did(c.name()) || !r.view.missed(c.name()) || !r.empties.any() {
			t.Errorf("%s: done is %t, not read is %t", u.kind.Type, r.reach.did(c.name()), r.view.missed(c.name()))
		}
	}
	if d.readers != 0 {
		t.Errorf("%d readings are still to come to the desk", d.readers)
	}
	r.ledger.settle()
	out := &report.Report{}
	r.ledger.fill(out)
	if diff := cmp.Diff(map[report.Outcome]int{report.KnownEmpty: 2}, out.Cells); diff != "" || len(out.Gaps) > 0 || r.ledger.unread() > 0 {
		t.Errorf("cells (-want +got):\n%s\ngaps %v, %d unread", diff, out.Gaps, r.ledger.unread())
	}
}

// TestWholeReadsAreRemembered keeps the last whole reading as long as the same is to be
// read, and replaces it by the next.
func TestWholeReadsAreRemembered(t *testing.T) {
	t.Parallel()
	const id = "000000000001"
	whole, later := &state.WholeRead{Began: start}, &state.WholeRead{Began: start.Add(time.Hour)}
	known := newTimes()
	known.load(state.Timetable{Sign: "a", Accounts: map[string]*state.AccountTimes{id: {Reached: start, Seconds: 9, Whole: whole}}})
	if known.wholeOf(id, "a") != whole || known.wholeOf(id, "b") != nil || known.wholeOf("other", "a") != nil {
		t.Error("a whole reading holds for the account, and for the mapping that it was made with")
	}
	for name, c := range map[string]struct {
		e    ending
		want *state.WholeRead
	}{
		"cells passed over": {ending{sign: "a", skipped: map[string]int{id: 3}}, whole},
		"another mapping":   {ending{sign: "b"}, nil},
		"read whole again":  {ending{sign: "b", wholes: map[string]*state.WholeRead{id: later}}, later},
	} {
		c.e.accounts, c.e.did = accountsOf(1), func(cellName) bool { return true }
		a := known.next(c.e).Accounts[id]
		if diff := cmp.Diff(c.want, a.Whole); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if passed := c.e.skipped != nil; passed != (a.Seconds == 9) {
			t.Errorf("%s: the account takes %v s, what it took with all cells is 9", name, a.Seconds)
		}
	}
}

// TestWholeIsDue reads an account whole once a day, before that would be late.
func TestWholeIsDue(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		age, interval time.Duration
		due           bool
	}{
		{time.Hour, 0, false}, {24 * time.Hour, 0, false}, {24*time.Hour + time.Second, 0, true}, {-time.Hour, 0, true},
		{18 * time.Hour, 6 * time.Hour, false}, {18*time.Hour + time.Minute, 6 * time.Hour, false}, {24 * time.Hour, 6 * time.Hour, true},
		{12 * time.Hour, 12 * time.Hour, false}, {10 * time.Minute, 24 * time.Hour, false}, {time.Hour, 24 * time.Hour, true}, {0, 48 * time.Hour, true},
	} {
		r := &run{Deps: Deps{Interval: c.interval}, report: &report.Report{Started: start}}
		if due := r.wholeIsDue(start.Add(-c.age)); due != c.due {
			t.Errorf("%s after the last, with a run each %s, it is due: %t", c.age, c.interval, due)
		}
	}
}

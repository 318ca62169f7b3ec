package resync

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"portolan/internal/aws/account"
	"portolan/internal/aws/kind"
	"portolan/internal/report"
	"portolan/internal/resync/cell"
	"portolan/internal/resync/schedule"
)

var start = time.Date(2026, 1, 5, 6, 0, 0, 0, time.UTC)

func accountsOf(n int) []account.Account {
	accounts := make([]account.Account, n)
	for i := range accounts {
		accounts[i].ID = fmt.Sprintf("%012d", i+1)
	}
	return accounts
}

// runOn reads, of one kind in each account, as many as it has time for, and gives what
// the next run knows.
func runOn(t *times, accounts []account.Account, began time.Time, room int) (reached []string, next *times) {
	r := newReach()
	r.lists = true
	for _, a := range t.order(accounts) {
		c := cell.Name{Account: a.ID, Region: "eu-west-1", Kind: "AWS::SQS::Queue"}
		if len(reached) == room {
			r.miss(cellRecord{Origin: cell.Coverage{Account: a.ID, Kind: c.Kind}, Name: c, Outcome: report.NotReached})
			continue
		}
		reached = append(reached, a.ID)
		r.finish(c, time.Second, began.Add(time.Duration(len(reached))*time.Minute))
	}
	t.took(r.finished()...)
	next = newTimes()
	next.load(t.next(ending{accounts: accounts, late: r.missed(), did: r.did}))
	return reached, next
}

// TestNoAccountStarves lets every run end after some of the accounts: each is reached
// as often as there is room for, and none waits longer than the others.
func TestNoAccountStarves(t *testing.T) {
	t.Parallel()
	for _, room := range []int{1, 3, 7, 10} {
		accounts, known := accountsOf(10), newTimes()
		visits := make(map[string]int)
		const runs = 30
		for run := range runs {
			var reached []string
			reached, known = runOn(known, accounts, start.Add(time.Duration(run)*time.Hour), room)
			for _, id := range reached {
				visits[id]++
			}
		}
		for _, a := range accounts {
			if got, want := visits[a.ID], runs*room/len(accounts); got < want-1 || got > want+1 {
				t.Errorf("with room for %d of 10, account %s was reached %d times in %d runs, want about %d", room, a.ID, got, runs, want)
			}
		}
	}
}

// TestOrderOfAccounts puts an account first that no run has reached, then the longest
// waiting, then the slowest of those that waited equally long.
func TestOrderOfAccounts(t *testing.T) {
	t.Parallel()
	accounts := accountsOf(4)
	known := newTimes()
	known.load(schedule.Timetable{Late: 1, Accounts: map[string]*schedule.AccountTimes{
		accounts[0].ID: {Reached: start, Seconds: 5},
		accounts[1].ID: {Reached: start, Seconds: 90},
		accounts[2].ID: {Reached: start, Seconds: 1, Cells: []schedule.CellTimes{{Region: "eu-west-1", Kind: "AWS::SQS::Queue", Reached: start.Add(-time.Hour)}}},
	}})
	var got []string
	for _, a := range known.order(accounts) {
		got = append(got, a.ID)
	}
	want := []string{accounts[3].ID, accounts[2].ID, accounts[1].ID, accounts[0].ID}
	if !slices.Equal(got, want) {
		t.Errorf("the accounts come as %v, want %v: unknown, longest waiting, slowest", got, want)
	}
	known.old.Late = 0
	if first := known.order(accounts)[1].ID; first != accounts[1].ID {
		t.Errorf("after a run that left nothing out, %s comes first, want the slowest", first)
	}
}

// TestOrderOfCells puts the region first in which a cell has waited longest, and in a
// region such a cell, then the slowest.
func TestOrderOfCells(t *testing.T) {
	t.Parallel()
	const id = "000000000001"
	known := newTimes()
	known.load(schedule.Timetable{Accounts: map[string]*schedule.AccountTimes{id: {Reached: start, Cells: []schedule.CellTimes{
		{Region: "us-east-1", Kind: "slow", Reached: start, Seconds: 60},
		{Region: "us-east-1", Kind: "late", Reached: start.Add(-time.Hour)},
		{Region: "eu-west-1", Kind: "slow", Reached: start, Seconds: 30},
	}}}})
	session := &account.Session{Account: account.Account{ID: id}}
	var cells []task
	for _, region := range []string{"ap-south-1", "eu-west-1", "us-east-1"} {
		for _, name := range []string{"quick", "slow", "late"} {
			cells = append(cells, task{&unit{kind: &kind.Kind{Type: name}}, []place{{session: session, region: region}}})
		}
	}
	known.orderCells(cells)
	var got []string
	for _, c := range cells {
		got = append(got, c.name().Region+" "+c.name().Kind)
	}
	want := []string{
		"us-east-1 late", "us-east-1 slow", "us-east-1 quick", "eu-west-1 slow", "eu-west-1 quick", "eu-west-1 late",
		"ap-south-1 quick", "ap-south-1 slow", "ap-south-1 late",
	}
	if !slices.Equal(got, want) {
		t.Errorf("the cells come as %q, want %q", got, want)
	}
}

// TestTimetable shows what a run leaves to the next: cells that are slow or were late,
// and nothing of those that are no more.
func TestTimetable(t *testing.T) {
	t.Parallel()
	accounts := accountsOf(2)
	one, two := accounts[0].ID, accounts[1].ID
	slow, late, quick := cell.Name{Account: one, Region: "eu-west-1", Kind: "slow"}, cell.Name{Account: one, Region: "eu-west-1", Kind: "late"}, cell.Name{Account: one, Region: "eu-west-1", Kind: "quick"}
	known := newTimes()
	known.load(schedule.Timetable{Accounts: map[string]*schedule.AccountTimes{
		one: {Reached: start, Cells: []schedule.CellTimes{
			{Region: "eu-west-1", Kind: "slow", Reached: start, Seconds: 60}, {Region: "eu-west-1", Kind: "gone", Reached: start, Seconds: 60},
		}},
		"000000000009": {Reached: start},
	}})
	r := newReach()
	r.lists = true
	r.finish(slow, 7*time.Second, start.Add(2*time.Hour))
	r.finish(quick, time.Millisecond, start.Add(time.Hour))
	known.took(r.finished()...)
	next := known.next(ending{
		accounts: accounts, did: r.did, closing: 3 * time.Second,
		late: []cellRecord{{Name: late}, {Name: cell.Name{Account: two, Kind: "slow"}}},
	})
	a := next.Accounts[one]
	if !a.Reached.Equal(start.Add(time.Hour)) || len(a.Cells) != 2 || next.Closing != 3 {
		t.Fatalf("it leaves %+v of the account, and %+v", a, next)
	}
	if c := a.Cells[0]; c.Kind != "late" || !c.Reached.Equal(start) {
		t.Errorf("it leaves %+v of the late cell", c)
	}
	if c := a.Cells[1]; c.Kind != "slow" || c.Seconds != 7 || !c.Reached.Equal(start.Add(time.Hour)) {
		t.Errorf("it leaves %+v of the slow cell", c)
	}
	if b := next.Accounts[two]; b != nil && !b.Reached.IsZero() {
		t.Errorf("an account that was not reached is left as %+v", b)
	}
	if next.Accounts["000000000009"] != nil {
		t.Error("an account that is no more is left")
	}
}

// TestCellsThatFit are those which end before the run has to. One that fits into no run is
// tried once a day, and one that nearly fills a run only at its beginning.
func TestCellsThatFit(t *testing.T) {
	t.Parallel()
	const all = 14 * time.Minute
	d := deadlines{began: start, finish: start.Add(all)}
	hourAgo, dayAgo := start.Add(-time.Hour), start.Add(-25*time.Hour)
	for name, test := range map[string]struct {
		known schedule.CellTimes
		after time.Duration
		fit   fitting
	}{
		"not known":                       {schedule.CellTimes{}, 13 * time.Minute, fits},
		"short":                           {schedule.CellTimes{Seconds: 60}, 12 * time.Minute, fits},
		"short, late":                     {schedule.CellTimes{Seconds: 60}, 13 * time.Minute, fitsNext},
		"long":                            {schedule.CellTimes{Seconds: 300}, 0, fits},
		"long, late":                      {schedule.CellTimes{Seconds: 300}, 10 * time.Minute, fitsNext},
		"nearly all, at the beginning":    {schedule.CellTimes{Seconds: 13 * 60}, time.Minute, fits},
		"nearly all, later":               {schedule.CellTimes{Seconds: 13 * 60}, 5 * time.Minute, fitsNext},
		"more than all":                   {schedule.CellTimes{Seconds: 20 * 60, Tried: hourAgo}, 0, fitsNone},
		"more than all, tried a day ago":  {schedule.CellTimes{Seconds: 20 * 60, Tried: dayAgo}, 10 * time.Minute, fits},
		"cut short":                       {schedule.CellTimes{Cut: 13 * 60, Tried: hourAgo}, 0, fitsNone},
		"cut short, a day ago":            {schedule.CellTimes{Cut: 13 * 60, Tried: dayAgo}, 0, fits},
		"cut short in a far shorter run":  {schedule.CellTimes{Cut: 4 * 60, Tried: hourAgo}, 0, fits},
		"cut short in a run of this size": {schedule.CellTimes{Cut: 12 * 60, Tried: hourAgo}, 0, fitsNone},
	} {
		if got := d.fit(test.known, start.Add(test.after)); got != test.fit {
			t.Errorf("%s: a cell of which is known %+v fits after %s: %v, want %v", name, test.known, test.after, got, test.fit)
		}
	}
	if (deadlines{}).fit(schedule.CellTimes{Seconds: 3600, Cut: 3600, Tried: start}, start) != fits {
		t.Error("a run without a deadline leaves out a cell")
	}
}

// TestMarginIsMeasured keeps as much time to close a run as the last one took.
func TestMarginIsMeasured(t *testing.T) {
	t.Parallel()
	for closing, want := range map[time.Duration]time.Duration{
		0: 30 * time.Second, time.Second: 15 * time.Second, time.Minute: 90 * time.Second, time.Hour: 5 * time.Minute,
	} {
		ctx, cancel := contextUntil(t, start.Add(15*time.Minute))
		if got := start.Add(15 * time.Minute).Sub(deadlinesOf(ctx, start, closing).finish); got != want {
			t.Errorf("after a run that took %s to close, %s are kept, want %s", closing, got, want)
		}
		cancel()
	}
}

// TestReach holds what a run has done apart, whatever account, region and kind, and
// however many there are.
func TestReach(t *testing.T) {
	t.Parallel()
	r := newReach()
	r.lists = true
	var cells []cell.Name
	for _, a := range []string{"", "000000000001", "000000000002"} {
		for i := range 40 {
			for k := range 300 {
				cells = append(cells, cell.Name{Account: a, Region: fmt.Sprint("region-", i), Kind: fmt.Sprint("kind-", k)})
			}
		}
	}
	for i, c := range cells {
		if i%3 == 0 {
			r.recall(c)
		}
		if i%5 == 0 {
			r.finish(c, 0, start)
		}
	}
	for i, c := range cells {
		if r.didBefore(c) != (i%3 == 0) || r.did(c) != (i%3 == 0 || i%5 == 0) {
			t.Fatalf("%+v is done before: %v, done: %v", c, r.didBefore(c), r.did(c))
		}
	}
	r.forget(cells[0])
	if r.did(cells[0]) || r.didBefore(cells[0]) || !r.did(cells[3]) {
		t.Error("to forget one cell forgets it, and it alone")
	}
}

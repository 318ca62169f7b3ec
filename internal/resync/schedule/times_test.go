package schedule_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/resync/cell"
	"portolan/internal/resync/schedule"
)

var start = time.Date(2026, 1, 5, 6, 0, 0, 0, time.UTC)

func accountsOf(n int) []string {
	accounts := make([]string, n)
	for i := range accounts {
		accounts[i] = fmt.Sprintf("%012d", i+1)
	}
	return accounts
}

func itself(id string) string { return id }

// runOn reads, of one kind in each account, as many as it has time for, and returns what
// the next run knows.
func runOn(known schedule.Timetable, accounts []string, began time.Time, room int) (reached []string, next schedule.Timetable) {
	times, ended := schedule.NewTimes(), cell.NewSet()
	var late []schedule.Late
	for _, id := range schedule.Order(known, accounts, itself) {
		c := cell.Name{Account: cell.Account(id), Region: "eu-west-1", Kind: "AWS::SQS::Queue"}
		if len(reached) == room {
			late = append(late, schedule.Late{Cell: c})
			continue
		}
		reached = append(reached, id)
		ended.Add(c)
		times.Took(schedule.Reading{Cell: c, Seconds: 1, At: began.Add(time.Duration(len(reached)) * time.Minute)})
	}
	return reached, schedule.Next(known, times, schedule.Ending{Accounts: accounts, Late: late, Ended: ended.Has})
}

// TestNoAccountStarves lets every run end after some of the accounts: each is reached
// as often as there is room for, and none waits longer than the others.
func TestNoAccountStarves(t *testing.T) {
	t.Parallel()
	for _, room := range []int{1, 3, 7, 10} {
		accounts, known := accountsOf(10), schedule.Timetable{}
		visits := make(map[string]int)
		const runs = 30
		for run := range runs {
			var reached []string
			reached, known = runOn(known, accounts, start.Add(time.Duration(run)*time.Hour), room)
			for _, id := range reached {
				visits[id]++
			}
		}
		for _, id := range accounts {
			if got, want := visits[id], runs*room/len(accounts); got < want-1 || got > want+1 {
				t.Errorf("with room for %d of 10, account %s was reached %d times in %d runs, want about %d", room, id, got, runs, want)
			}
		}
	}
}

// TestOrderOfAccounts puts an account first that no run has reached, then the longest
// waiting, then the slowest of those that waited equally long.
func TestOrderOfAccounts(t *testing.T) {
	t.Parallel()
	accounts := accountsOf(4)
	known := schedule.Timetable{Late: 1, Accounts: map[string]*schedule.AccountTimes{
		accounts[0]: {Reached: start, Seconds: 5},
		accounts[1]: {Reached: start, Seconds: 90},
		accounts[2]: {Reached: start, Seconds: 1, Cells: []schedule.CellTimes{{Region: "eu-west-1", Kind: "AWS::SQS::Queue", Reached: start.Add(-time.Hour)}}},
	}}
	got := schedule.Order(known, accounts, itself)
	want := []string{accounts[3], accounts[2], accounts[1], accounts[0]}
	if !slices.Equal(got, want) {
		t.Errorf("the accounts come as %v, want %v: unknown, longest waiting, slowest", got, want)
	}
	known.Late = 0
	if first := schedule.Order(known, accounts, itself)[1]; first != accounts[1] {
		t.Errorf("after a run that left nothing out, %s comes first, want the slowest", first)
	}
}

// TestOrderOfCells puts the region first that has the cell which has waited longest. In a
// region that cell comes first, then the slowest.
func TestOrderOfCells(t *testing.T) {
	t.Parallel()
	const id = "000000000001"
	known := schedule.Timetable{Accounts: map[string]*schedule.AccountTimes{id: {Reached: start, Cells: []schedule.CellTimes{
		{Region: "eu-west-1", Kind: "slow", Reached: start, Seconds: 30},
		{Region: "us-east-1", Kind: "late", Reached: start.Add(-time.Hour)},
		{Region: "us-east-1", Kind: "slow", Reached: start, Seconds: 60},
	}}}}
	var cells []cell.Name
	for _, region := range []string{"ap-south-1", "eu-west-1", "us-east-1"} {
		for _, kind := range []string{"quick", "slow", "late"} {
			cells = append(cells, cell.Name{Account: id, Region: cell.Region(region), Kind: cell.Kind(kind)})
		}
	}
	schedule.OrderCells(known, cells, func(c cell.Name) cell.Name { return c })
	var got []string
	for _, c := range cells {
		got = append(got, string(c.Region)+" "+string(c.Kind))
	}
	want := []string{
		"us-east-1 late", "us-east-1 slow", "us-east-1 quick", "eu-west-1 slow", "eu-west-1 quick", "eu-west-1 late",
		"ap-south-1 quick", "ap-south-1 slow", "ap-south-1 late",
	}
	if !slices.Equal(got, want) {
		t.Errorf("the cells come as %q, want %q", got, want)
	}
}

// TestNextTimetable shows what a run leaves to the next: cells that are slow or were not
// reached, without those that no longer exist.
func TestNextTimetable(t *testing.T) {
	t.Parallel()
	accounts := accountsOf(2)
	one, two := accounts[0], accounts[1]
	slow, late, quick := cell.Name{Account: cell.Account(one), Region: "eu-west-1", Kind: "slow"}, cell.Name{Account: cell.Account(one), Region: "eu-west-1", Kind: "late"}, cell.Name{Account: cell.Account(one), Region: "eu-west-1", Kind: "quick"}
	known := schedule.Timetable{Accounts: map[string]*schedule.AccountTimes{
		one: {Reached: start, Cells: []schedule.CellTimes{
			{Region: "eu-west-1", Kind: "gone", Reached: start, Seconds: 60}, {Region: "eu-west-1", Kind: "slow", Reached: start, Seconds: 60},
		}},
		"000000000009": {Reached: start},
	}}
	times, ended := schedule.NewTimes(), cell.NewSet()
	for _, r := range []schedule.Reading{{Cell: slow, Seconds: 7, At: start.Add(2 * time.Hour)}, {Cell: quick, Seconds: 0.001, At: start.Add(time.Hour)}} {
		ended.Add(r.Cell)
		times.Took(r)
	}
	next := schedule.Next(known, times, schedule.Ending{
		Accounts: accounts, Ended: ended.Has, Closing: 3 * time.Second,
		Late: []schedule.Late{{Cell: late}, {Cell: cell.Name{Account: cell.Account(two), Kind: "slow"}}},
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

// TestCellsThatFit are those which end before the run has to. One that schedule.Fits into no run is
// tried once a day, and one that nearly fills a run only at its beginning.
func TestCellsThatFit(t *testing.T) {
	t.Parallel()
	const all = 14 * time.Minute
	ctx, cancel := context.WithDeadline(t.Context(), start.Add(all+30*time.Second))
	defer cancel()
	d := schedule.DeadlinesOf(ctx, start, 20*time.Second)
	hourAgo, dayAgo := start.Add(-time.Hour), start.Add(-25*time.Hour)
	for name, test := range map[string]struct {
		known schedule.CellTimes
		after time.Duration
		fit   schedule.Fit
	}{
		"not known":                       {schedule.CellTimes{}, 13 * time.Minute, schedule.Fits},
		"short":                           {schedule.CellTimes{Seconds: 60}, 12 * time.Minute, schedule.Fits},
		"short, late":                     {schedule.CellTimes{Seconds: 60}, 13 * time.Minute, schedule.FitsNext},
		"long":                            {schedule.CellTimes{Seconds: 300}, 0, schedule.Fits},
		"long, late":                      {schedule.CellTimes{Seconds: 300}, 10 * time.Minute, schedule.FitsNext},
		"nearly all, at the beginning":    {schedule.CellTimes{Seconds: 13 * 60}, time.Minute, schedule.Fits},
		"nearly all, later":               {schedule.CellTimes{Seconds: 13 * 60}, 5 * time.Minute, schedule.FitsNext},
		"more than all":                   {schedule.CellTimes{Seconds: 20 * 60, Tried: hourAgo}, 0, schedule.FitsNone},
		"more than all, tried a day ago":  {schedule.CellTimes{Seconds: 20 * 60, Tried: dayAgo}, 10 * time.Minute, schedule.Fits},
		"cut short":                       {schedule.CellTimes{Cut: 13 * 60, Tried: hourAgo}, 0, schedule.FitsNone},
		"cut short, a day ago":            {schedule.CellTimes{Cut: 13 * 60, Tried: dayAgo}, 0, schedule.Fits},
		"cut short in a far shorter run":  {schedule.CellTimes{Cut: 4 * 60, Tried: hourAgo}, 0, schedule.Fits},
		"cut short in a run of this size": {schedule.CellTimes{Cut: 12 * 60, Tried: hourAgo}, 0, schedule.FitsNone},
	} {
		if got := d.Fit(test.known, start.Add(test.after)); got != test.fit {
			t.Errorf("%s: a cell of which is known %+v fits after %s: %v, want %v", name, test.known, test.after, got, test.fit)
		}
	}
	if (schedule.Deadlines{}).Fit(schedule.CellTimes{Seconds: 3600, Cut: 3600, Tried: start}, start) != schedule.Fits {
		t.Error("a run without a deadline leaves out a cell")
	}
}

// TestMarginIsMeasured keeps as much time to close a run as the last one took.
func TestMarginIsMeasured(t *testing.T) {
	t.Parallel()
	for closing, want := range map[time.Duration]time.Duration{
		0: 30 * time.Second, time.Second: 15 * time.Second, time.Minute: 90 * time.Second, time.Hour: 5 * time.Minute,
	} {
		ctx, cancel := context.WithDeadline(t.Context(), start.Add(15*time.Minute))
		if got := start.Add(15 * time.Minute).Sub(schedule.DeadlinesOf(ctx, start, closing).Finish); got != want {
			t.Errorf("after a run that took %s to close, %s are kept, want %s", closing, got, want)
		}
		cancel()
	}
}

// TestSpread: cells that share a quota come last, a region after the other, unless the last run
// left something out.
func TestSpread(t *testing.T) {
	t.Parallel()
	cells := func() (all []cell.Name) {
		for _, text := range []string{"a quota1", "a native1", "a quota2", "b native1", "b quota1", "b quota2", "b quota3"} {
			region, kind, _ := strings.Cut(text, " ")
			all = append(all, cell.Name{Region: cell.Region(region), Kind: cell.Kind(kind)})
		}
		return all
	}
	name := func(c cell.Name) cell.Name { return c }
	shares := func(c cell.Name) bool { return strings.HasPrefix(string(c.Kind), "quota") }
	texts := func(of []cell.Name) (all []string) {
		for _, c := range of {
			all = append(all, string(c.Region)+" "+string(c.Kind))
		}
		return all
	}
	given := cells()
	schedule.Spread(schedule.Timetable{}, given, name, shares)
	want := []string{"a native1", "b native1", "a quota1", "b quota1", "a quota2", "b quota2", "b quota3"}
	if diff := cmp.Diff(want, texts(given)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	given = cells()
	schedule.Spread(schedule.Timetable{Late: 1}, given, name, shares)
	if diff := cmp.Diff(texts(cells()), texts(given)); diff != "" {
		t.Errorf("after a run that left something out (-want +got):\n%s", diff)
	}
}

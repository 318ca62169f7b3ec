package resync

import (
	"testing"
	"time"

	"portolan/internal/resync/cell"
	"portolan/internal/resync/schedule"
)

func TestLooks(t *testing.T) {
	t.Parallel()
	c := cell.Name{Account: "111111111111", Region: "eu-west-1", Kind: "AWS::SQS::Queue"}
	noon := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	at := func(seconds int) time.Time { return noon.Add(time.Duration(seconds) * time.Second) }
	for name, test := range map[string]struct {
		began   int // of the last look at the cell; 0 is none
		seen    bool
		full    int // when the last full run began that saw everything; 0 is none
		touched int
		want    Look
	}{
		"nothing is known":                       {want: Look{}, touched: 100},
		"read later":                             {began: 110, seen: true, touched: 100, want: Look{Outcome: Covered}},
		"read in the same second":                {began: 100, seen: true, touched: 100, want: Look{Outcome: Later, Until: at(160)}},
		"read while the event may have happened": {began: 102, seen: true, touched: 100, want: Look{Outcome: Later, Until: at(162)}},
		"read earlier, not long ago":             {began: 90, seen: true, touched: 100, want: Look{Outcome: Later, Until: at(150)}},
		"read earlier, long ago":                 {began: 10, seen: true, touched: 100, want: Look{}},
		"not read to its end":                    {began: 110, touched: 100, want: Look{Outcome: Later, Until: at(170)}},
		"a full run began later":                 {full: 110, touched: 100, want: Look{Outcome: Covered}},
		"a full run began earlier":               {full: 90, touched: 100, want: Look{}},
		"a full run began in the same second":    {full: 101, touched: 100, want: Look{}},
		"a full run saw what a look could not":   {began: 20, full: 110, touched: 100, want: Look{Outcome: Covered}},
	} {
		l := looks{each: map[cell.Name]schedule.Look{}}
		if test.began > 0 {
			l.each[c] = schedule.Look{Cell: c, Began: at(test.began), Seen: test.seen}
		}
		if test.full > 0 {
			l.full = at(test.full)
		}
		if got := l.at(c, at(test.touched), time.Minute, at(120)); got != test.want {
			t.Errorf("%s: %+v, want %+v", name, got, test.want)
		}
	}
}

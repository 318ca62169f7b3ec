package awssim_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"portolan/internal/simulator/awssim"
)

type delivered struct {
	Source, Account, Region string
	Time                    time.Time
	Detail                  struct {
		EventSource, EventName string
		ReadOnly               bool
	}
}

func take(t *testing.T, s *awssim.Server, most int) (events []delivered) {
	t.Helper()
	for _, text := range s.TakeEvents(most) {
		var e delivered
		if err := json.Unmarshal(text, &e); err != nil {
			t.Fatal(err)
		}
		events = append(events, e)
	}
	return events
}

func TestTrail(t *testing.T) {
	t.Parallel()
	s := start(t, smallEstate(), awssim.Options{Trail: &awssim.Trail{}})
	queue := awssim.Resource{Kind: awssim.Queue, Region: ireland, ID: "orders"}
	for _, name := range []string{"CreateQueue", "SetQueueAttributes", "DeleteQueue"} {
		if name == "DeleteQueue" {
			s.Remove(member, queue.Kind, queue.Region, queue.ID)
		} else if err := s.Put(member, queue); err != nil {
			t.Fatal(err)
		}
		got := take(t, s, 10)
		if len(got) != 1 || got[0].Detail.EventName != name || got[0].Source != "aws.sqs" || got[0].Detail.EventSource != "sqs.amazonaws.com" ||
			got[0].Account != member || got[0].Region != ireland || got[0].Detail.ReadOnly || time.Since(got[0].Time) > time.Minute {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if s.Remove(member, queue.Kind, queue.Region, queue.ID) || len(take(t, s, 10)) > 0 {
		t.Error("what is not there is removed, and an event tells of it")
	}
	if err := s.MoveAccount(member, "workloads"); err != nil {
		t.Fatal(err)
	}
	if got := take(t, s, 10); len(got) != 1 || got[0].Account != management || got[0].Region != virginia || got[0].Detail.EventName != "MoveAccount" {
		t.Errorf("%+v", got)
	}
}

// TestTrailIsBestEffort loses events, delivers some twice, late, and in another order.
func TestTrailIsBestEffort(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	s := start(t, smallEstate(), awssim.Options{Now: func() time.Time { return now }, Trail: &awssim.Trail{
		Lost: 0.2, Twice: 0.2, Lag: func() time.Duration { return time.Minute },
	}})
	const made = 300
	for i := range made {
		if err := s.Put(member, awssim.Resource{Kind: awssim.Topic, Region: ireland, ID: fmt.Sprint("t", i)}); err != nil {
			t.Fatal(err)
		}
		now = now.Add(time.Second)
	}
	early := take(t, s, 1000)
	now = now.Add(time.Hour)
	first, all := take(t, s, 10), take(t, s, 1000)
	all = slices.Concat(early, first, all)
	times := map[time.Time]int{}
	for _, e := range all {
		times[e.Time]++
	}
	twice := len(all) - len(times)
	if lost := made - len(times); lost < made/10 || lost > 3*made/10 || twice < made/10 || twice > 3*made/10 || len(first) != 10 {
		t.Errorf("of %d events %d are lost, %d come twice; the first batch has %d", made, lost, twice, len(first))
	}
	if len(early) == 0 || len(early) >= made || slices.IsSortedFunc(all, func(a, b delivered) int { return a.Time.Compare(b.Time) }) {
		t.Errorf("%d arrive early, or all in order", len(early))
	}
}

// TestEveryKindIsLogged wants an event of each kind that an estate may hold.
func TestEveryKindIsLogged(t *testing.T) {
	t.Parallel()
	s := start(t, smallEstate(), awssim.Options{Trail: &awssim.Trail{}})
	logged := 0
	for _, l := range listings {
		if err := s.Put(member, awssim.Resource{Kind: l.kind, Region: ireland, ID: "one"}); err != nil {
			continue // it has a form of its own
		}
		if got := take(t, s, 2); len(got) != 1 || got[0].Detail.EventName == "" {
			t.Errorf("%s: %+v", l.kind, got)
		}
		logged++
	}
	if logged < len(listings)*2/3 {
		t.Errorf("%d of %d kinds are logged", logged, len(listings))
	}
}

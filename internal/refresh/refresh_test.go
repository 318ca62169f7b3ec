package refresh_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/aws/event"
	"portolan/internal/aws/kind"
	"portolan/internal/aws/kinds"
	"portolan/internal/invocation"
	"portolan/internal/refresh"
	"portolan/internal/resync"
	"portolan/internal/resync/cell"
)

const (
	wait, again, pace = 30 * time.Second, 5 * time.Minute, 2 * time.Minute
	takes             = 3 * time.Second // a refresh
)

// rig is a handler with all that is around it, which it plays: the queue and the run.
type rig struct {
	refresh.Handler
	t       *testing.T
	began   time.Time
	number  int
	waiting []queued
	pace    time.Duration
	reads   map[cell.Name][]time.Duration // when each cell was read
	outcome func(cell.Name) resync.Looked
	err     error // of a refresh
	unsent  error // of posting
	results []refresh.Result
}

type queued struct {
	invocation.Message
	visible  time.Time
	received int
}

func newRig(t *testing.T) *rig {
	r := &rig{t: t, began: time.Now(), reads: map[cell.Name][]time.Duration{}, pace: pace}
	r.outcome = func(cell.Name) resync.Looked { return resync.Seen }
	r.Kinds = func(context.Context) ([]*kind.Kind, error) { return kinds.All, nil }
	r.Refresh, r.Queue, r.Waits = r.refresh, r, refresh.Waits{First: wait, Again: again}
	r.Log = slog.New(slog.NewTextHandler(io.Discard, nil))
	return r
}

func (r *rig) now() time.Duration { return time.Since(r.began) }

// refresh plays the run.
func (r *rig) refresh(_ context.Context, touched []resync.Touched) (resync.Refreshed, error) {
	if r.err != nil {
		return resync.Refreshed{}, r.err
	}
	began := r.now()
	looks := map[cell.Name]resync.Look{}
	for _, c := range touched {
		if _, twice := looks[c.Cell]; twice || c.At.After(time.Now()) {
			r.t.Errorf("%v is asked for twice, or before its time: %s", c.Cell, c.At)
		}
		outcome := r.outcome(c.Cell)
		reads := r.reads[c.Cell]
		switch {
		case outcome == "":
			continue
		case outcome != resync.Seen:
			looks[c.Cell] = resync.Look{Outcome: outcome}
		case len(reads) > 0 && r.began.Add(reads[len(reads)-1]).After(c.At):
			looks[c.Cell] = resync.Look{Outcome: resync.Covered}
		case len(reads) > 0 && began < reads[len(reads)-1]+r.pace:
			looks[c.Cell] = resync.Look{Outcome: resync.Later, Until: r.began.Add(reads[len(reads)-1] + r.pace)}
		default:
			r.reads[c.Cell] = append(reads, began)
			looks[c.Cell] = resync.Look{Outcome: resync.Seen}
		}
	}
	time.Sleep(takes)
	return resync.Refreshed{Looks: looks}, nil
}

// Post plays the queue.
func (r *rig) Post(_ context.Context, looks []refresh.Posted) error {
	if r.unsent != nil {
		return r.unsent
	}
	for _, l := range looks {
		if l.Delay < 0 || l.Delay > refresh.MaxDelay || l.Delay%time.Second != 0 || len(l.Text) > 32<<10 {
			r.t.Errorf("a look of %d bytes is held back for %s", len(l.Text), l.Delay)
		}
		r.send(l.Text, l.Delay)
	}
	return nil
}

func (r *rig) send(text string, delay time.Duration) {
	r.number++
	r.waiting = append(r.waiting, queued{invocation.Message{ID: fmt.Sprint(r.number), Body: text, Sent: time.Now()}, time.Now().Add(delay), 0})
}

// event sends one about now.
func (r *rig) event(source, name, account string) {
	r.send(eventText(source, name, account, time.Now()), 0)
}

func eventText(source, name, account string, at time.Time) string {
	text, err := json.Marshal(map[string]any{
		"detail-type": "AWS API Call via CloudTrail", "source": "aws." + source, "account": account, "region": "eu-west-1",
		"time": at.UTC().Format(time.RFC3339Nano), "detail": map[string]any{"eventSource": source + ".amazonaws.com", "eventName": name},
	})
	if err != nil {
		panic(err)
	}
	return string(text)
}

// batch hands what is visible to the function, as Lambda does, and returns what became of it.
func (r *rig) batch() (refresh.Result, error) {
	const mostBytes = 6 << 20
	var taken, left []queued
	size := 0
	for _, m := range r.waiting {
		if m.visible.After(time.Now()) || size+len(m.Body) > mostBytes || len(taken) == invocation.MaxMessages {
			left = append(left, m)
			continue
		}
		m.received++
		taken, size = append(taken, m), size+len(m.Body)
	}
	r.waiting = left
	if len(taken) == 0 {
		return refresh.Result{}, nil
	}
	messages := make([]invocation.Message, len(taken))
	for i, m := range taken {
		messages[i] = m.Message
	}
	result, err := r.Handle(r.t.Context(), messages)
	for _, m := range taken {
		if err != nil || slices.Contains(result.Failed, m.ID) {
			m.visible = time.Now().Add(16 * time.Minute)
			r.waiting = append(r.waiting, m)
		}
	}
	r.results = append(r.results, result)
	return result, err
}

// pass lets time pass, and a batch go every ten seconds.
func (r *rig) pass(span time.Duration) {
	for end := time.Now().Add(span); time.Now().Before(end); time.Sleep(10 * time.Second) {
		if _, err := r.batch(); err != nil {
			r.t.Log(err)
		}
	}
}

var queueCell = cell.Name{Account: "111122223333", Region: "eu-west-1", Kind: "AWS::SQS::Queue"}

// TestACellIsReadAfterAWaitAndAgain follows one event to its end.
func TestACellIsReadAfterAWaitAndAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		for range 5 {
			r.event("sqs", "CreateQueue", "111122223333")
		}
		r.pass(time.Hour)
		reads := r.reads[queueCell]
		if len(reads) != 2 || len(r.reads) != 1 {
			t.Fatalf("the cell is read at %v, all: %v", reads, r.reads)
		}
		if reads[0] < wait-time.Second || reads[0] > wait+time.Minute || reads[1]-reads[0] < again-time.Minute || reads[1]-reads[0] > again+time.Minute {
			t.Errorf("the cell is read at %v", reads)
		}
		if len(r.waiting) > 0 {
			t.Errorf("messages are left: %v", r.waiting)
		}
		lag := time.Duration(0)
		for _, result := range r.results {
			lag = max(lag, result.Lag)
		}
		if lag < reads[0] || lag > reads[0]+2*takes {
			t.Errorf("the lag is %s, and the cell was read at %v", lag, reads)
		}
	})
}

// TestWithoutWaits reads a cell at once, and not again.
func TestWithoutWaits(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*rig){
		"waits are 0":       func(r *rig) { r.Waits = refresh.Waits{} },
		"there is no queue": func(r *rig) { r.Queue = nil },
	} {
		synctest.Test(t, func(t *testing.T) {
			r := newRig(t)
			change(r)
			r.event("sqs", "CreateQueue", "111122223333")
			r.pass(time.Hour)
			time.Sleep(time.Second)
			if diff := cmp.Diff(map[cell.Name][]time.Duration{queueCell: {0}}, r.reads); diff != "" {
				t.Errorf("%s: reads (-want +got):\n%s", name, diff)
			}
			r.pace = 2 * time.Hour
			r.event("sqs", "CreateQueue", "111122223333")
			r.event("sns", "CreateTopic", "111122223333")
			result, err := r.batch()
			if back := len(result.Failed) == 1; err != nil || len(r.reads) != 2 || back != (r.Queue == nil) {
				t.Errorf("%s: %+v, %v", name, result, err)
			}
		})
	}
}

// TestWhatIsDropped wants what tells of nothing to be counted by its reason, and never to come
// back.
func TestWhatIsDropped(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.Waits = refresh.Waits{}
		good := eventText("sqs", "CreateQueue", "111122223333", time.Now())
		for _, text := range []string{
			"", "hello", "{}", "[]", "null", `{"Records":[{"eventSource":"aws:s3"}]}`, strings.Repeat("x", event.MaxSize+1),
			strings.Replace(good, "aws.sqs", "com.example", 1), strings.Replace(good, "111122223333", "12", 1), strings.Replace(good, "CreateQueue", "PurgeQueue", 1),
			strings.Replace(good, `"eventName"`, `"errorCode":"AccessDenied","eventName"`, 1), good,
		} {
			r.send(text, 0)
		}
		result, err := r.batch()
		want := refresh.Result{
			Messages: 12, Cells: map[resync.Looked]int{resync.Seen: 1}, Lag: takes,
			Ignored: map[string]int{"malformed": 6, "too large": 1, "foreign": 2, "unrelated call": 1, "failed call": 1},
		}
		if diff := cmp.Diff(want, result); diff != "" || err != nil || len(r.waiting) > 0 {
			t.Errorf("%v, %d wait (-want +got):\n%s", err, len(r.waiting), diff)
		}
		r.send("hello", 0)
		r.err = errors.New("nothing is to be asked for")
		if result, err := r.batch(); err != nil || len(result.Failed) > 0 {
			t.Errorf("a batch of nonsense: %+v, %v", result, err)
		}
	})
}

// TestWhatWaitsComesBack wants exactly the messages to come back whose cells another run kept
// from being read, until they are.
func TestWhatWaitsComesBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.Waits.First = 0
		held := true
		r.outcome = func(c cell.Name) resync.Looked {
			if held && c.Kind == "AWS::SQS::Queue" {
				return ""
			}
			return resync.Seen
		}
		r.event("sqs", "CreateQueue", "111122223333")
		r.event("sns", "CreateTopic", "111122223333")
		r.event("sqs", "DeleteQueue", "111122223333")
		result, err := r.batch()
		if err != nil || !slices.Equal(result.Failed, []string{"1", "3"}) || result.Cells[""] != 1 || result.Cells[resync.Seen] != 1 {
			t.Errorf("%+v, %v", result, err)
		}
		r.pass(40 * time.Minute)
		if len(r.reads[queueCell]) > 0 {
			t.Errorf("it was read: %v", r.reads)
		}
		held = false
		r.pass(time.Hour)
		if len(r.reads[queueCell]) != 2 || len(r.waiting) > 0 {
			t.Errorf("it was read at %v; %d messages wait", r.reads[queueCell], len(r.waiting))
		}
	})
}

// TestOutcomes wants only what another try can help to come back, and what was read for an event to
// be read again.
func TestOutcomes(t *testing.T) {
	t.Parallel()
	for outcome, want := range map[resync.Looked]struct{ failed, looks int }{
		resync.Seen: {0, 1}, resync.Unseen: {0, 1}, resync.Covered: {0, 0}, resync.Left: {0, 0}, resync.Later: {0, 1}, "": {1, 0}, "news": {1, 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			r := newRig(t)
			r.Waits.First = 0
			r.outcome = func(cell.Name) resync.Looked { return outcome }
			r.event("sqs", "CreateQueue", "111122223333")
			result, err := r.batch()
			if looks := len(r.waiting) - len(result.Failed); len(result.Failed) != want.failed || looks != want.looks || err != nil {
				t.Errorf("%q: %+v, %v, %d looks", outcome, result, err, looks)
			}
		})
	}
}

// TestFailures wants nothing to be lost when a part fails.
func TestFailures(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	for name, test := range map[string]struct {
		damage   func(*rig)
		mend     func(*rig)
		isError  bool
		comeBack int
	}{
		"the run": {
			func(r *rig) { r.err, r.Waits.First = broken, 0 }, func(r *rig) { r.err = nil }, false, 2,
		},
		"the mapping": {
			func(r *rig) {
				r.Kinds = func(context.Context) ([]*kind.Kind, error) { return nil, broken }
			},
			func(r *rig) { r.Kinds = func(context.Context) ([]*kind.Kind, error) { return kinds.All, nil } }, true, 3,
		},
		"the queue, before the first look":  {func(r *rig) { r.unsent = broken }, func(r *rig) { r.unsent = nil }, false, 2},
		"the queue, before the second look": {func(r *rig) { r.unsent, r.Waits.First = broken, 0 }, func(r *rig) { r.unsent = nil }, false, 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			r := newRig(t)
			test.damage(r)
			r.event("sqs", "CreateQueue", "111122223333")
			r.send("hello", 0)
			r.event("sns", "CreateTopic", "111122223333")
			result, err := r.batch()
			back := 0
			for _, m := range r.waiting {
				if m.received > 0 {
					back++
				}
			}
			if (err != nil) != test.isError || back != test.comeBack {
				t.Errorf("%s: %+v, %v, %d come back", name, result, err, back)
			}
			test.mend(r)
			r.pass(2 * time.Hour)
			if len(r.reads[queueCell]) == 0 || len(r.waiting) > 0 {
				t.Errorf("%s: read at %v, %d messages wait", name, r.reads, len(r.waiting))
			}
		})
	}
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.err, r.Waits.First = broken, 0
		r.event("sqs", "CreateQueue", "111122223333")
		if _, err := r.batch(); !errors.Is(err, broken) {
			t.Errorf("a batch of which nothing was dealt with: %v", err)
		}
	})
}

// TestStorm sends 30,000 events for 500 cells in five minutes. No cell is read more often than the
// pace allows, and none is left as it was before its last event.
func TestStorm(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		const cells, events, span = 500, 100_000, 5 * time.Minute
		last := map[cell.Account]time.Duration{}
		sent := 0
		for ; r.now() < span; time.Sleep(5 * time.Second) {
			for ; sent < min(events, int(events*(r.now()+5*time.Second)/span)); sent++ {
				account := fmt.Sprintf("%012d", 7*sent%cells)
				r.event("sqs", "SetQueueAttributes", account)
				last[cell.Account(account)] = r.now()
			}
			for {
				result, err := r.batch()
				if err != nil || len(result.Failed) > 0 {
					t.Fatal(result, err)
				}
				if result.Messages == 0 {
					break
				}
			}
		}
		r.pass(time.Hour)
		if sent != events || len(r.reads) != cells || len(r.waiting) > 0 {
			t.Fatalf("%d events, %d cells, %d messages wait", sent, len(r.reads), len(r.waiting))
		}
		for c, reads := range r.reads {
			early := 0
			for i, at := range reads {
				if at <= span {
					early++
				}
				if i > 0 && at-reads[i-1] < pace-10*time.Second {
					t.Fatalf("%v is read at %v", c, reads)
				}
			}
			if early > 3 || len(reads) > 6 || reads[len(reads)-1] < last[c.Account]+again-10*time.Second {
				t.Fatalf("%v is read at %v, the last event is of %s", c, reads, last[c.Account])
			}
		}
	})
}

// TestWhatHappensMeanwhile wants a reading some time after every event, however near another one
// it is, and no two readings nearer than the pace.
func TestWhatHappensMeanwhile(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		old   time.Duration // how old the first event is when it arrives
		after time.Duration // when the second happens after the first has arrived
	}{
		"while a look is on its way": {0, 20 * time.Second}, "while it is read": {time.Minute, 0}, "soon after it was read": {time.Minute, 10 * time.Second},
		"at the pace": {time.Minute, pace}, "long after": {time.Minute, time.Hour},
	} {
		synctest.Test(t, func(t *testing.T) {
			r := newRig(t)
			r.Waits.Again = 0
			r.send(eventText("sqs", "CreateQueue", "111122223333", time.Now().Add(-test.old)), 0)
			if test.after > 0 {
				_, _ = r.batch()
				time.Sleep(test.after)
			}
			second := r.now()
			r.event("sqs", "DeleteQueue", "111122223333")
			r.pass(time.Hour)
			reads := r.reads[queueCell]
			if len(reads) == 0 || len(reads) > 2 || reads[len(reads)-1] < second+wait-time.Second || reads[len(reads)-1] > second+pace+wait+time.Minute ||
				len(reads) > 1 && reads[1]-reads[0] < pace-time.Second {
				t.Errorf("%s: an event of %s, read at %v", name, second, reads)
			}
		})
	}
}

// TestALookIsPostponedAFewTimes and then comes back as any message.
func TestALookIsPostponedAFewTimes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.Waits.First = 300 * time.Millisecond
		r.outcome = func(cell.Name) resync.Looked { return resync.Later }
		r.event("sqs", "CreateQueue", "111122223333")
		for hops := range 20 {
			result, err := r.batch()
			if err != nil || len(r.waiting) != 1 {
				t.Fatalf("%d hops: %+v, %v; %v", hops, result, err, r.waiting)
			}
			if failed := len(result.Failed) > 0; failed != (hops > 5) {
				t.Fatalf("after %d hops: %+v", hops, result)
			}
			time.Sleep(time.Until(r.waiting[0].visible)) // no longer: it must not come too early
		}
	})
}

// TestTheLongestWaits are no longer than a queue holds a message back.
func TestTheLongestWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.Waits, r.pace = refresh.Waits{First: refresh.MaxDelay, Again: refresh.MaxDelay}, refresh.MaxDelay
		time.Sleep(time.Millisecond)
		for range 20 {
			r.event("sqs", "CreateQueue", "111122223333")
			r.pass(time.Minute)
		}
		r.pass(time.Hour)
		if reads := r.reads[queueCell]; len(reads) < 2 || len(reads) > 5 || len(r.waiting) > 0 {
			t.Errorf("read at %v", reads)
		}
	})
}

// TestAMessageThatComesTwice has no cell read that was read since.
func TestAMessageThatComesTwice(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		text := eventText("sqs", "CreateQueue", "111122223333", time.Now())
		time.Sleep(time.Minute)
		r.send(text, 0)
		r.pass(15 * time.Minute)
		before := len(r.reads[queueCell])
		r.send(text, 0)
		result, err := r.batch()
		if err != nil || result.Cells[resync.Covered] != 1 || len(r.reads[queueCell]) != before || len(r.waiting) > 0 {
			t.Errorf("%+v, %v", result, err)
		}
	})
}

// lookOf returns a look as somebody may write one.
func lookOf(members string, cells ...string) string {
	quoted, err := json.Marshal(cells)
	if err != nil {
		panic(err)
	}
	return `{"portolan":"look","cells":` + string(quoted) + `,` + members + `}`
}

// TestForgedLooks wants a look that somebody else wrote to do no more than an event can.
func TestForgedLooks(t *testing.T) {
	t.Parallel()
	const queue, bucket, all = "111122223333 eu-west-1 AWS::SQS::Queue", "111122223333  AWS::S3::Bucket", "  AWS::Organizations::Account"
	many := make([]string, 201)
	for i := range many {
		many[i] = fmt.Sprintf("%012d eu-west-1 AWS::SQS::Queue", i)
	}
	const at = `"due":"2000-01-01T00:00:00Z"`
	for name, test := range map[string]struct {
		text  string
		reads int
	}{
		"as ours":                  {lookOf(at, queue, bucket, all), 3},
		"of the far future":        {lookOf(`"due":"2999-01-01T00:00:00Z"`, queue), 1},
		"that was postponed often": {lookOf(at+`,"hops":1000000`, queue), 1},
		"of no time":               {lookOf(`"second":true`, queue), 0},
		"of no cell":               {lookOf(at), 0},
		"of too many cells":        {lookOf(at, many...), 0},
		"of an unknown kind":       {lookOf(at, queue, "111122223333 eu-west-1 AWS::No::Such"), 0},
		"of an odd account":        {lookOf(at, "11112222333x eu-west-1 AWS::SQS::Queue"), 0},
		"of an odd region":         {lookOf(at, "111122223333 ../x AWS::SQS::Queue"), 0},
		"of no region":             {lookOf(at, "111122223333  AWS::SQS::Queue"), 0},
		"of a region too many":     {lookOf(at, "111122223333 eu-west-1 AWS::S3::Bucket"), 0},
		"of an account too many":   {lookOf(at, "111122223333  AWS::Organizations::Account"), 0},
		"with another member":      {lookOf(at+`,"delete":true`, queue), 0},
		"with negative hops":       {lookOf(at+`,"hops":-9`, queue), 0},
		"with another mark":        {strings.Replace(lookOf(at, queue), `"look"`, `"run"`, 1), 0},
		"and more":                 {lookOf(at, queue) + "{}", 0},
		"that is large":            {lookOf(at+strings.Repeat(" ", 40<<10), queue), 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			r := newRig(t)
			r.send(test.text, 0)
			r.pass(time.Minute)
			if len(r.reads) != test.reads || (test.reads == 0) != (r.results[0].Ignored["malformed"] == 1) {
				t.Errorf("a look %s: %v, %+v", name, r.reads, r.results)
			}
			for i := range 50 {
				r.send(test.text, time.Duration(i)*10*time.Second)
			}
			r.pass(time.Hour)
			for c, reads := range r.reads {
				for i := 1; i < len(reads); i++ {
					if reads[i]-reads[i-1] < pace-10*time.Second {
						t.Errorf("a look %s: %v is read at %v", name, c, reads)
					}
				}
			}
			if len(r.waiting) > 0 {
				t.Errorf("a look %s: %d messages wait", name, len(r.waiting))
			}
		})
	}
}

// TestSamples feeds the recorded events to the handler: each has its cells read.
func TestSamples(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../aws/event/testdata/samples/*.json")
	if err != nil || len(files) < 15 {
		t.Fatal(files, err)
	}
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		table := event.New(kinds.All)
		want := map[cell.Name]bool{}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			r.send(string(text), 0)
			for _, c := range table.Read(text).Cells {
				want[cell.Name{Account: cell.Account(c.Account), Region: cell.Region(c.Region), Kind: cell.Kind(c.Kind)}] = true
			}
		}
		r.pass(time.Hour)
		got := map[cell.Name]bool{}
		for c, reads := range r.reads {
			if got[c] = true; len(reads) != 2 {
				t.Errorf("%v is read at %v", c, reads)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("cells (-want +got):\n%s", diff)
		}
	})
}

// FuzzHandle wants any message to be dealt with: never to come back, and to have only cells read
// that can be.
func FuzzHandle(f *testing.F) {
	f.Add(eventText("sqs", "CreateQueue", "111122223333", time.Unix(0, 0)))
	f.Add(lookOf(`"due":"2000-01-01T00:00:00Z","hops":3`, "111122223333 eu-west-1 AWS::SQS::Queue"))
	f.Add(`{"portolan":"look","cells":[null],"due":"0001-01-01T00:00:00Z"}`)
	f.Add("")
	possible := regexp.MustCompile(`^([0-9]{12})? [a-z0-9-]* AWS::[A-Za-z0-9]+::[A-Za-z0-9]+$`)
	f.Fuzz(func(t *testing.T, text string) {
		r := newRig(t)
		r.Waits = refresh.Waits{}
		r.Refresh = func(_ context.Context, touched []resync.Touched) (resync.Refreshed, error) {
			looks := map[cell.Name]resync.Look{}
			for _, c := range touched {
				name, err := c.Cell.MarshalText()
				if err != nil || !possible.Match(name) {
					t.Errorf("%q has %q read", text, name)
				}
				looks[c.Cell] = resync.Look{Outcome: resync.Seen}
			}
			return resync.Refreshed{Looks: looks}, nil
		}
		result, err := r.Handle(t.Context(), []invocation.Message{{ID: "1", Body: text}})
		ignored := 0
		for _, n := range result.Ignored {
			ignored += n
		}
		if err != nil || len(result.Failed) > 0 || ignored > 1 || ignored == 0 && len(result.Cells) == 0 {
			t.Errorf("%q: %+v, %v", text, result, err)
		}
	})
}

// TestTestEventsAreHeard wants the ids of test events to be heard, each once, and not those of a flood.
func TestTestEventsAreHeard(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	var heard []string
	r.Tested = func(_ context.Context, id string) { heard = append(heard, id) }
	id := func(n int) string { return fmt.Sprintf("6f1a2b3c-0000-4000-8000-%012d", n) }
	for _, n := range []int{1, 1, 2, 3, 4, 5} {
		r.send(fmt.Sprintf(`{"detail-type":%q,"source":%q,"account":"111122223333","region":"eu-west-1","detail":{"id":%q}}`, event.TestType, event.TestSource, id(n)), 0)
	}
	result, err := r.batch()
	if err != nil || !slices.Equal(heard, []string{id(1), id(2), id(3)}) || result.Ignored["test event"] != 6 || len(result.Failed) > 0 || len(r.reads) > 0 {
		t.Errorf("%v: heard %v; %+v", err, heard, result)
	}
}

package doctor

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"portolan/internal/aws/delivery"
	"portolan/internal/aws/event"
	"portolan/internal/diag"
	"portolan/internal/state"
)

// test is a test event on its way. Its blob in the state says whether it has arrived.
type test struct {
	store   state.Store
	id      string
	version string
	sent    time.Time
	untried string // why none was sent
	err     error  // in sending it
}

// The blob of a test event, before and after its arrival.
const (
	testBlob  = "doctor/"
	underWay  = "portolan doctor waits for this test event\n"
	hasCome   = "it arrived\n"
	wellKnown = time.Minute // see Events.Patience
)

// NoteArrival tells the doctor that a test event has arrived. Of an event for which no doctor waits,
// it notes nothing: anybody who may use the bus can send one.
func NoteArrival(ctx context.Context, store state.Store, id string) error {
	data, version, err := store.Get(ctx, testBlob+id)
	if errors.Is(err, state.ErrNotFound) || err == nil && string(data) != underWay {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = store.Put(ctx, testBlob+id, []byte(hasCome), version)
	if errors.Is(err, state.ErrConflict) { // it arrived twice, or the doctor has left
		return nil
	}
	return err
}

// send puts a test event on the bus.
func (w *way) send(ctx context.Context) *test {
	t := &test{id: uuid.NewString(), sent: time.Now()}
	var err error
	switch t.store, err = w.State(ctx); {
	case w.bus.ARN == "":
		t.untried = "there is no known way from a bus into the queue"
		return t
	case !w.hears:
		t.untried = fmt.Sprintf("the rule of the bus does not let it through; its pattern needs the source %q too", event.TestSource)
		return t
	case w.untaken:
		t.untried = "nothing takes the messages of the queue to a function"
		return t
	case err != nil || t.store == nil:
		t.untried = "its arrival is noted in the state, which cannot be used"
		return t
	}
	if t.version, t.err = t.store.Put(ctx, testBlob+t.id, []byte(underWay), ""); t.err != nil {
		return t
	}
	t.err = delivery.Send(ctx, w.config, w.bus.ARN, event.TestSource, event.TestType, `{"id":"`+t.id+`"}`)
	return t
}

// arrive waits for the test event, as long as it may take.
func (t *test) arrive(ctx context.Context, w *way) {
	c := w.open("arrival")
	if t.untried != "" {
		c.Level, c.Said = Note, "no test event was sent: "+t.untried
		return
	}
	defer t.forget(ctx)
	if t.err != nil {
		c.Said = "no test event was sent"
		w.unseen(c, "the way of a test event", t.err)
		return
	}
	patience := w.Events.Patience
	if patience == 0 {
		patience = wellKnown
	}
	longest := w.queue.Delay + w.window + patience
	waiting, cancel := context.WithDeadline(ctx, t.sent.Add(longest))
	defer cancel()
	for again := time.NewTicker(longest / 100); ; {
		if data, _, err := t.store.Get(waiting, testBlob+t.id); err == nil && bytes.Equal(data, []byte(hasCome)) {
			again.Stop()
			c.Said = "a test event arrived after " + seconds(time.Since(t.sent).Seconds())
			return
		}
		select {
		case <-waiting.Done():
			again.Stop()
			t.missed(ctx, c, longest)
			return
		case <-again.C:
		}
	}
}

// missed says that the event did not arrive in time.
func (t *test) missed(ctx context.Context, c *Check, longest time.Duration) {
	if ctx.Err() != nil {
		c.skip("the time was over before a test event could arrive; allow more with --timeout")
		return
	}
	c.Said = "a test event did not arrive"
	c.add(diag.Diagnostic{Severity: diag.Warning, Code: diag.EventsLost, Cause: fmt.Sprintf("A test event was put on the bus, and has not been dealt with for %s.", seconds(longest.Seconds()))})
}

// forget removes what was left in the state, even when the time is over.
func (t *test) forget(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	if _, version, err := t.store.Get(ctx, testBlob+t.id); err == nil {
		_ = t.store.Delete(ctx, testBlob+t.id, version)
	}
}

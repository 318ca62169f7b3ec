package doctor

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"

	"portolan/internal/aws/answer"
	"portolan/internal/aws/awserr"
	"portolan/internal/aws/delivery"
	"portolan/internal/aws/event"
	"portolan/internal/aws/policy"
	"portolan/internal/diag"
	"portolan/internal/plain"
)

// Events is how the doctor sees the way of events.
type Events struct {
	// Queue is the URL of the queue that they come through.
	Queue string
	// Function says that Lambda takes the messages to a function. Otherwise a process that stays
	// takes them.
	Function bool
	// Config returns the base identity's configuration, in the queue's region.
	Config func(ctx context.Context) (aws.Config, error)
	// Patience is for how long the test event is waited for when it is no longer held back; 0 is a
	// minute.
	Patience time.Duration
}

// way is what is known of the way of events, from the queue backwards.
type way struct {
	*examination
	config aws.Config
	queue  delivery.Queue
	window time.Duration // for how long messages are gathered
	bus    delivery.Bus  // without an ARN if it is not known
	// busName begins the names of the rules in the accounts.
	busName string
	hears   bool // its rule lets the test event through
	untaken bool // nothing takes the messages to the function
}

// events looks at the way of events from each account into the queue, and sends a test event along
// the part of it that everybody may use. Nothing is looked at unless events are wanted.
func (e *examination) events(ctx context.Context) {
	if e.Events == nil {
		return
	}
	w := &way{examination: e}
	w.lookAtHub(ctx)
	t := w.send(ctx)
	w.lookAtRules(ctx)
	w.lookAtTrails(ctx)
	t.arrive(ctx, w)
}

// lookAtHub looks at the queue, at what takes its messages, and at the rule and the bus that fill it.
func (w *way) lookAtHub(ctx context.Context) {
	c := w.open("events")
	config, err := w.Events.Config(ctx)
	if err == nil {
		config.APIOptions = append(slices.Clone(config.APIOptions), w.gate.Base())
		w.config = answer.Guarded(config)
		w.queue, err = delivery.QueueAt(ctx, w.config, w.Events.Queue)
	}
	if err != nil {
		c.add(diag.Diagnostic{Severity: diag.Warning, Code: diag.EventsUnreached, Cause: awserr.Message(err)})
		return
	}
	c.Said = fmt.Sprintf("the queue has %s, %d that are being dealt with and %d to come", plain.Count(w.queue.Waiting, "message", "messages"), w.queue.Taken, w.queue.Delayed)
	w.lookAtFailed(ctx, c)
	w.lookAtSource(ctx, c)
	for _, rule := range w.queue.Rules {
		w.lookAtHubRule(ctx, c, rule)
	}
	if len(w.queue.Rules) == 0 {
		cut(c, "The policy of the queue names no rule of EventBridge that may send messages to it.")
	}
	if w.bus.ARN != "" {
		c.Said += "; the bus " + w.busName + " fills it"
		w.lookAtBus(c)
	}
}

// cut says where the way ends for every event.
func cut(c *Check, cause string) {
	c.add(diag.Diagnostic{Severity: diag.Warning, Code: diag.EventsCut, Cause: cause})
}

// unseen says what could not be looked at.
func (w *way) unseen(c *Check, what string, err error) {
	cause, fix := Explain(err)
	if awserr.ClassOf(err) == awserr.NotFound {
		cut(c, what+" does not exist: "+cause)
		return
	}
	c.add(diag.Diagnostic{Severity: diag.Warning, Code: awserr.CodeOf(err), Title: "Cannot be looked at: " + what, Cause: cause, Fix: fix})
}

func (w *way) lookAtFailed(ctx context.Context, c *Check) {
	if w.queue.Failed == "" {
		return
	}
	address, err := delivery.Beside(w.Events.Queue, w.queue.Failed)
	var failed delivery.Queue
	if err == nil {
		failed, err = delivery.QueueAt(ctx, w.config, address)
	}
	switch {
	case err != nil:
		w.unseen(c, "the queue of what was given up, "+w.queue.Failed, err)
	case failed.Waiting > 0:
		c.add(diag.Diagnostic{Severity: diag.Warning, Code: diag.EventsGivenUp, Cause: plain.Count(failed.Waiting, "message is", "messages are") + " in " + w.queue.Failed + "."})
	}
}

// off is the state of an event source mapping that somebody has switched off. In others it may be about to
// take messages.
const off = "Disabled"

// lookAtSource looks at what takes the messages to the function.
func (w *way) lookAtSource(ctx context.Context, c *Check) {
	if !w.Events.Function {
		c.Said += "; a process that stays takes them"
		return
	}
	sources, err := delivery.Sources(ctx, w.config, w.queue.ARN)
	switch {
	case err != nil:
		w.unseen(c, "the event source mapping of the queue", err)
	case len(sources) == 0:
		cut(c, "No event source mapping takes the messages of the queue to a function.")
	}
	w.untaken = err == nil
	for _, s := range sources {
		w.untaken = w.untaken && s.State == off
		w.window = max(w.window, s.Window)
		if s.State != "Enabled" {
			cut(c, fmt.Sprintf("The event source mapping that takes the messages to %s is in the state %s.", s.Function, s.State))
		}
	}
}

// lookAtHubRule looks at a rule that fills the queue, and at its bus.
func (w *way) lookAtHubRule(ctx context.Context, c *Check, ruleARN string) {
	bus, name := delivery.SplitRule(ruleARN)
	rule, err := delivery.RuleOf(ctx, w.config, bus, name)
	if err != nil {
		w.unseen(c, "the rule "+ruleARN, err)
		return
	}
	targets, err := delivery.Targets(ctx, w.config, bus, name)
	switch {
	case err != nil:
		w.unseen(c, "the targets of the rule "+ruleARN, err)
		return
	case !rule.Enabled:
		cut(c, "The rule "+ruleARN+" is disabled.")
		return
	case !slices.ContainsFunc(targets, func(t delivery.Target) bool { return t.ARN == w.queue.ARN }):
		cut(c, "The rule "+ruleARN+" does not have the queue as a target.")
		return
	}
	found, err := delivery.BusOf(ctx, w.config, bus)
	if err != nil {
		w.unseen(c, "the event bus "+bus, err)
		return
	}
	at, _ := arn.Parse(found.ARN)
	w.bus, w.busName, w.hears = found, bus, event.HearsTest(rule.Pattern, at.AccountID, at.Region)
}

// lookAtBus looks at whether the accounts may put events on the bus.
func (w *way) lookAtBus(c *Check) {
	own, _ := arn.Parse(w.bus.ARN)
	if len(w.bus.Organizations) > 0 {
		c.Said += ", which takes those of the Organization " + strings.Join(w.bus.Organizations, ", ")
	}
	if w.bus.Others {
		c.Said += "; whom the conditions of its policy let in is not known here"
	}
	if w.bus.Anybody || w.bus.Others || len(w.bus.Organizations) > 0 {
		return
	}
	var shut []string
	for _, a := range w.admissions {
		if id := a.account.ID; id != own.AccountID && !slices.Contains(w.bus.Accounts, id) {
			shut = append(shut, id)
		}
	}
	if len(shut) > 0 {
		c.add(diag.Diagnostic{Severity: diag.Warning, Code: diag.EventsCut, Cause: "The policy of the event bus " + w.busName + " does not let them put events on it."}, shut...)
	}
}

// inARN is an ARN up to its region.
var inARN = regexp.MustCompile(`(arn:[a-z0-9-]+:[a-z0-9-]+:)[a-z0-9-]+`)

// found gathers what is found in accounts. Those with the same share a diagnostic, and so do regions in
// which the same is denied.
type found map[string]*Diagnostic

func (f found) add(account string, d diag.Diagnostic) {
	cause := strings.ReplaceAll(d.Cause, account, "…")
	if d.Code == diag.Denied {
		cause = inARN.ReplaceAllString(cause, "$1…")
	}
	key := fmt.Sprint(d.Code, d.Title, cause, d.Kinds)
	if f[key] == nil {
		f[key] = &Diagnostic{Diagnostic: d}
	}
	f[key].Accounts = append(f[key].Accounts, account)
}

// fail adds what keeps an account from being looked at.
func (f found) fail(ctx context.Context, a *admission, err error) {
	d := diag.Diagnostic{Severity: diag.Warning, Code: awserr.CodeOf(err)}
	if ctx.Err() != nil {
		d.Code = diag.NotReached
	}
	d.Cause, d.Fix = Explain(reached(ctx, err))
	if awserr.ClassOf(err) == awserr.Denied {
		d.Title = "Denied: " + operationOf(err)
		d.Fix = cmp.Or(d.Fix, sentence(awserr.Fix(err))) + "\nWhether events arrive can be seen with these permissions in the policies of " + a.role() + ":\n" +
			policy.Read(a.session.Partition, policy.Events).JSON()
	}
	f.add(a.account.ID, d)
}

func (f found) tell(c *Check) {
	for _, key := range sorted(f) {
		slices.Sort(f[key].Accounts)
		c.add(f[key].Diagnostic, slices.Compact(f[key].Accounts)...)
	}
}

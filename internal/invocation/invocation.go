// Package invocation reads what a run is asked to do: the payload of a Lambda
// invocation, or the same words from the command line.
//
// Somebody who types a payload must not get a different run from the one they meant. So an unknown
// key is not ignored: it is an error that names the nearest known key. A filter whose form cannot
// match anything is an error too, and keys are compared exactly. A schedule's own event (of an
// EventBridge rule or EventBridge Scheduler), an empty payload, null and {} all ask for a resync of
// everything. The account and region in a scheduled event say where the schedule is, and are not
// filters.
package invocation

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"portolan/internal/aws/awsname"
	"portolan/internal/diag"
	"portolan/internal/nearest"
	"portolan/internal/resync/cell"
)

// Resync is the action that reads AWS and makes Port's catalog equal to it.
// Plan looks at what a resync would do, and changes nothing. Poll asks Port whether
// somebody wants a resync, and makes one only then. Doctor looks for what would stop a
// resync from working.
const (
	Resync = "resync"
	Plan   = "plan"
	Poll   = "poll"
	Doctor = "doctor"
)

// Who asked for a run.
const (
	Schedule = "schedule" // an EventBridge schedule or rule
	Manual   = "manual"   // somebody who invoked the function
	CLI      = "cli"      // the command line
	Asked    = "port"     // somebody in Port: by its button, or by a change of the mapping
	Start    = "start"    // the start of a long-running process
	Retry    = "retry"    // the failure of the previous run, in such a process
	Event    = "event"    // events of AWS, about single cells
)

var actions = []string{Resync, Plan, Poll, Doctor}

// Actions returns the actions that a payload may name.
func Actions() []string { return slices.Clone(actions) }

// Keys returns the keys of a payload, each with a pointer to a value of its type.
func Keys() map[string]any { return new(Request).fields() }

// Request is what a run is asked to do. An empty filter lets everything pass.
type Request struct {
	Action          string   // Resync, Plan or Poll
	Kinds           []string // only these, "AWS::S3::Bucket"
	Accounts        []string // only these ids
	Regions         []string // only these
	Force           bool     // also write what has not changed
	AllowMassDelete bool     // delete even more than the limits allow
	TakeOwnership   bool     // also write what somebody else wrote last, however much it is
	EveryRegion     bool     // with Doctor: try each kind in every region
	Trigger         string   // who asked: Schedule, Manual, CLI and so on
	// Cells are the only cells to read, of a run that events ask for. A payload has none.
	Cells []cell.Name
}

// Parse reads the payload of a Lambda invocation. The error joins one error for each mistake. Only
// [Request.Check] checks whether the kinds exist.
func Parse(payload []byte) (Request, error) {
	r, err := parse(payload)
	return r, diag.With(diag.PayloadWrong, err)
}

func parse(payload []byte) (Request, error) {
	payload = bytes.TrimSpace(payload)
	r := Request{Action: Resync, Trigger: Manual}
	if len(payload) == 0 || string(payload) == "null" {
		return r, nil
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(payload, &members); err != nil || members == nil {
		return Request{}, errors.New(`the payload is not a JSON object; it should be one such as {"action":"resync"}, or empty`)
	}
	if source, isEvent := event(members); isEvent {
		if source != "aws.events" && source != "aws.scheduler" {
			return Request{}, fmt.Errorf("the payload is an event from %q; only scheduled events start a run", source)
		}
		r.Trigger = Schedule
		return r, nil
	}
	var problems []error
	for _, key := range slices.Sorted(maps.Keys(members)) {
		if err := r.set(key, members[key]); err != nil {
			problems = append(problems, err)
		}
	}
	if err := errors.Join(append(problems, r.Check(nil))...); err != nil {
		return Request{}, err
	}
	return r, nil
}

// Payload returns the payload that Parse reads as the request. Who asks for it is not
// part of it.
func (r Request) Payload() []byte {
	payload := map[string]any{"action": r.Action}
	for key, value := range map[string][]string{"kinds": r.Kinds, "accounts": r.Accounts, "regions": r.Regions} {
		if len(value) > 0 {
			payload[key] = value
		}
	}
	for key, value := range map[string]bool{"force": r.Force, "allowMassDelete": r.AllowMassDelete, "takeOwnership": r.TakeOwnership, "everyRegion": r.EveryRegion} {
		if value {
			payload[key] = value
		}
	}
	text, err := json.Marshal(payload)
	if err != nil {
		panic(err) // texts and booleans have a JSON form
	}
	return text
}

// Flags adds the request's flags to a command line.
func (r *Request) Flags(flags *pflag.FlagSet) {
	List(flags, &r.Kinds, "kinds", "read only these kinds, AWS::S3::Bucket,…")
	List(flags, &r.Accounts, "accounts", "read only these accounts, by id")
	List(flags, &r.Regions, "regions", "read only these regions")
	flags.BoolVar(&r.Force, "force", false, "write what has not changed, too")
	flags.BoolVar(&r.AllowMassDelete, "allow-mass-delete", false,
		"delete even more than entityDeletionThreshold and PORTOLAN_DELETE_… allow, this once")
	flags.BoolVar(&r.TakeOwnership, "take-ownership", false,
		"also write entities that somebody else wrote last, however many there are, this once")
}

// Looking adds the flags of a request that only looks to a command line.
func (r *Request) Looking(flags *pflag.FlagSet) {
	List(flags, &r.Kinds, "kinds", "look at these kinds, AWS::S3::Bucket,…; by default those of the mapping")
	List(flags, &r.Accounts, "accounts", "look at these accounts only, by id")
	List(flags, &r.Regions, "regions", "try each kind in these regions; by default in one of each account")
	flags.BoolVar(&r.EveryRegion, "every-region", false, "try each kind in every region")
}

// CheckFlags returns an error for lists on the command line that are empty: an unset variable of the
// shell would turn a narrowed run into a run of everything.
func CheckFlags(flags *pflag.FlagSet) error {
	var problems []error
	flags.Visit(func(f *pflag.Flag) {
		if list, ok := f.Value.(pflag.SliceValue); ok && len(list.GetSlice()) == 0 {
			problems = append(problems, fmt.Errorf("--%s is empty; name at least one value, or leave it out", f.Name))
		}
	})
	return errors.Join(problems...)
}

// event returns the source of an EventBridge event. Scheduler and rules both send
// these two keys, and no request has either.
func event(members map[string]json.RawMessage) (source string, ok bool) {
	_, ok = members["detail-type"]
	return source, ok && json.Unmarshal(members["source"], &source) == nil
}

// fields returns the keys of a payload, each with the field that it sets.
func (r *Request) fields() map[string]any {
	return map[string]any{
		"action": &r.Action, "kinds": &r.Kinds, "accounts": &r.Accounts, "regions": &r.Regions,
		"force": &r.Force, "allowMassDelete": &r.AllowMassDelete, "takeOwnership": &r.TakeOwnership, "everyRegion": &r.EveryRegion,
	}
}

func (r *Request) set(key string, raw json.RawMessage) error {
	fields := r.fields()
	field, ok := fields[key]
	if !ok {
		valid := slices.Sorted(maps.Keys(fields))
		return fmt.Errorf("the payload's key %s is not known; valid are %s%s",
			quote(key), strings.Join(valid, ", "), nearest.Hint(key, valid))
	}
	if json.Unmarshal(raw, field) == nil {
		return nil
	}
	want := "true or false"
	switch f := field.(type) {
	case *string:
		want = "a text"
	case *[]string:
		want, *f = "an array of texts", nil // what fitted was kept
	}
	return fmt.Errorf("the payload's %s is %s; it should be %s", key, quote(string(raw)), want)
}

// Check checks a request's values, from a payload or the command line: the action, the form of
// accounts and regions and, if kinds is not nil, the kinds. The error of kinds says of one kind what
// is wrong with it; it completes the sentence "… names". The error joins one error for each mistake.
func (r Request) Check(kinds func(name string) error) error {
	var problems []error
	add := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	if !slices.Contains(actions, r.Action) {
		add("the action %s is not known; valid: %s%s",
			quote(r.Action), strings.Join(actions, ", "), nearest.Hint(r.Action, actions))
	}
	if r.Action == Poll && (r.Narrowed() || r.Force || r.AllowMassDelete || r.TakeOwnership) {
		add("the action poll takes no other keys: Port asks for a full resync; leave the other keys out, or use the action resync")
	}
	if r.EveryRegion && r.Action != Doctor {
		add("everyRegion means nothing to the action %s; only %s takes it", r.Action, Doctor)
	}
	if (r.Force || r.AllowMassDelete || r.TakeOwnership) && r.Action == Doctor {
		add("force, allowMassDelete and takeOwnership mean nothing to the action %s, which writes nothing", Doctor)
	}
	for _, kind := range r.Kinds {
		if kinds == nil {
			break
		}
		if err := kinds(kind); err != nil {
			add("the request names %w", err)
		}
	}
	for _, account := range r.Accounts {
		if !awsname.IsAccountID(account) {
			add("the account %s is not an account id; it should be twelve digits in quotes", quote(account))
		}
	}
	for _, region := range r.Regions {
		if !awsname.IsRegion(region) {
			add("the region %s is not a region's name; it should be one such as eu-west-1%s", quote(region), hint(awsname.NearestRegion(region, awsname.Regions(""))))
		}
	}
	return errors.Join(problems...)
}

// hint ends a sentence with what a misspelt name most likely stands for, if anything.
func hint(near string) string {
	if near == "" {
		return ""
	}
	return "; did you mean " + strconv.Quote(near) + "?"
}

// Refuse marks an error as an error of the request: of the command line if it came from there, or of
// the payload. Nil stays nil.
func (r Request) Refuse(err error) error {
	if r.Trigger == CLI {
		return diag.With(diag.UsageWrong, err)
	}
	return diag.With(diag.PayloadWrong, err)
}

// Narrowed says whether a filter leaves something out.
func (r Request) Narrowed() bool {
	return len(r.Kinds)+len(r.Accounts)+len(r.Regions)+len(r.Cells) > 0
}

// quote returns what somebody wrote, on one line and shortened.
func quote(text string) string {
	if short := []rune(text); len(short) > 80 {
		text = string(short[:80]) + "…"
	}
	return strconv.Quote(text)
}

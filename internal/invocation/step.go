package invocation

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"portolan/internal/nearest"
)

// The steps of a run that takes several invocations. A state machine makes them:
// Begin once, Read once or more for each batch of accounts, Finish at the end.
const (
	Begin  = "begin"
	Read   = "read"
	Finish = "finish"
)

// Step is one invocation of a run that takes several.
type Step struct {
	Name string // Begin, Read or Finish
	// Request is the run that a Begin begins. Execution names the execution that makes the
	// steps, so that a repeated Begin does not conflict with its own first attempt.
	Request   Request
	Execution string
	// Run is the run that the step belongs to; a Begin has none.
	Run string
	// Batch and Accounts are what a Read reads, from the items that the Begin wrote.
	Batch    int
	Accounts []string
}

// ParseStep reads a payload that is a step of a run, such as
// {"step":"begin","request":{}}; ok is false for any other payload. The request is a
// payload of [Parse], which may be the event of a schedule.
func ParseStep(payload []byte) (s Step, ok bool, err error) {
	members := membersOf(payload)
	if members["step"] == nil {
		return Step{}, false, nil
	}
	var request json.RawMessage
	fields := map[string]any{"step": &s.Name}
	if err := json.Unmarshal(members["step"], &s.Name); err != nil {
		return Step{}, true, fmt.Errorf("the payload's step is %s; it should be a text", quote(string(members["step"])))
	}
	switch s.Name {
	case Begin:
		fields["request"], fields["execution"] = &request, &s.Execution
	case Read:
		fields["run"], fields["batch"], fields["accounts"] = &s.Run, &s.Batch, &s.Accounts
	case Finish:
		fields["run"] = &s.Run
	default:
		steps := []string{Begin, Read, Finish}
		return Step{}, true, fmt.Errorf("the step %s is not known; valid: %s%s", quote(s.Name), strings.Join(steps, ", "), nearest.Hint(s.Name, steps))
	}
	if err := s.fill(members, fields); err != nil {
		return Step{}, true, err
	}
	if s.Name == Begin {
		s.Request, err = Parse(request)
	}
	return s, true, err
}

// membersOf returns the members of a JSON object, or none if the payload is something else, about
// which Parse complains.
func membersOf(payload []byte) map[string]json.RawMessage {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(payload, &members); err != nil {
		return nil
	}
	return members
}

func (s *Step) fill(members map[string]json.RawMessage, fields map[string]any) error {
	var problems []error
	for _, key := range slices.Sorted(maps.Keys(members)) {
		field, known := fields[key]
		if !known {
			valid := slices.Sorted(maps.Keys(fields))
			problems = append(problems, fmt.Errorf("the step's key %s is not known; valid are %s", quote(key), strings.Join(valid, ", ")))
		} else if err := json.Unmarshal(members[key], field); err != nil {
			problems = append(problems, fmt.Errorf("the step's %s cannot be %s", key, quote(string(members[key]))))
		}
	}
	if s.Name != Begin && s.Run == "" {
		problems = append(problems, errors.New("the step does not name its run; its key run must have the run from the answer of begin"))
	}
	return errors.Join(problems...)
}

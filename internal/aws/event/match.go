package event

import (
	"encoding/json"
	"slices"
	"strings"

	"portolan/internal/aws/kind"
)

// Unheard returns the kinds of which some event that wakes them passes none of the patterns, in a region of an
// account.
func Unheard(patterns []string, kinds []*kind.Kind, account, region string) []*kind.Kind {
	var unheard []*kind.Kind
	for _, k := range kinds {
		if slices.ContainsFunc(wakers(k), func(e object) bool {
			e["account"], e["region"] = account, region
			return !slices.ContainsFunc(patterns, func(p string) bool { return passes(p, e) })
		}) {
			unheard = append(unheard, k)
		}
	}
	return unheard
}

// HearsTest says whether a pattern lets the doctor's test event through, from a region of an account.
func HearsTest(pattern, account, region string) bool {
	return passes(pattern, object{"account": account, "region": region, "source": TestSource, "detail-type": TestType, "detail": object{"id": ""}})
}

// wakers returns an event for each that wakes a kind, with the members that patterns ask for.
func wakers(k *kind.Kind) []object {
	var events []object
	named, all, sent := declared([]*kind.Kind{k})
	for source, names := range named {
		for name := range names {
			events = append(events, called(source, strings.TrimSuffix(name, "*")))
		}
	}
	for source := range all {
		events = append(events, called(source, "UpdateAnything"))
	}
	for source, types := range sent {
		for typ := range types {
			events = append(events, object{"source": source, "detail-type": typ, "detail": object{}})
		}
	}
	return events
}

func called(source, name string) object {
	return object{
		"source": sourceOf(source), "detail-type": trailTypes[0],
		"detail": object{"eventSource": source, "eventName": name, "readOnly": false},
	}
}

// passes says whether EventBridge lets an event through a pattern. An operator that is not known
// here counts as one that does: it was written by somebody who meant it.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
func passes(pattern string, event object) bool {
	var p object
	return json.Unmarshal([]byte(pattern), &p) == nil && passesAll(p, event)
}

func passesAll(pattern, event object) bool {
	for name, want := range pattern {
		value, has := event[name]
		switch w := want.(type) {
		case object:
			inner, _ := value.(object)
			if !passesAll(w, inner) {
				return false
			}
		case []any:
			if name == "$or" {
				if !slices.ContainsFunc(w, func(one any) bool { p, is := one.(object); return !is || passesAll(p, event) }) {
					return false
				}
				continue
			}
			if !slices.ContainsFunc(w, func(one any) bool { return passesOne(one, value, has) }) {
				return false
			}
		}
	}
	return true
}

// passesOne says whether a value is one that a pattern lists.
func passesOne(want, value any, has bool) bool {
	operators, is := want.(object)
	if !is {
		return has && want == value
	}
	text, isText := value.(string)
	for operator, operand := range operators {
		switch operator {
		case "exists":
			return operand == has
		case "anything-but":
			return has && !slices.ContainsFunc(texts(operand), func(but any) bool { return excludes(but, value) })
		}
		argument, _ := operand.(string)
		if passes, known := compares(operator, text, argument); known {
			return isText && passes
		}
	}
	return true
}

// excludes says whether a member of anything-but is about a value. What is not known here is not.
func excludes(but, value any) bool {
	operators, is := but.(object)
	if !is {
		return but == value
	}
	text, isText := value.(string)
	for operator, operand := range operators {
		for _, one := range texts(operand) {
			argument, plain := one.(string)
			if passes, _ := compares(operator, text, argument); isText && plain && passes {
				return true
			}
		}
	}
	return false
}

// compares says whether an operator passes a text, if the operator is known here.
func compares(operator, text, argument string) (passes, known bool) {
	switch operator {
	case "prefix":
		return strings.HasPrefix(text, argument), true
	case "suffix":
		return strings.HasSuffix(text, argument), true
	case "equals-ignore-case":
		return strings.EqualFold(text, argument), true
	}
	return false, false
}

// texts returns a list as it is, and anything else as a list of one.
func texts(value any) []any {
	if list, is := value.([]any); is {
		return list
	}
	return []any{value}
}

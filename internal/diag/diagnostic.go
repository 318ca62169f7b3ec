package diag

import (
	"fmt"
	"strings"
)

// Severity says how much a diagnostic matters.
type Severity string

// The severities. A note is worth knowing and nothing is wrong, a warning may be what
// somebody wants, an error keeps a run from something.
const (
	Note    Severity = "note"
	Warning Severity = "warning"
	Error   Severity = "error"
)

// Diagnostic is something to tell a person about a run, an installation or a setting.
// Title says what is the matter, Cause why, and Fix what can be done about it. Each is a
// sentence or two without the last full stop. Severity, Title and Fix may be empty: the
// title of the code's [Entry] stands for a missing one.
type Diagnostic struct {
	Code     Code     `json:"code,omitempty"`
	Severity Severity `json:"severity,omitempty"`
	Subject
	Title string `json:"title,omitempty"`
	Cause string `json:"cause"`
	Fix   string `json:"fix,omitempty"`
}

// String returns the place in the mapping, the cause and the fix as one sentence.
func (d Diagnostic) String() string {
	text := d.Cause
	if d.Fix != "" {
		text += "; " + d.Fix
	}
	switch place := d.Place(); {
	case place == "":
		return text
	case d.Field == "":
		return place + " " + text
	default:
		return place + ": " + text
	}
}

// Subject is what a diagnostic is about. What does not matter is empty: a gap without
// kinds concerns all of them.
type Subject struct {
	Account   string   `json:"account,omitempty"`
	Regions   []string `json:"regions,omitempty"`
	Kinds     []string `json:"kinds,omitempty"`
	Blueprint string   `json:"blueprint,omitempty"`
	// Entry is the index of an entry in the mapping's list of resources; nil means the
	// mapping as a whole, or something outside the mapping.
	Entry *int `json:"entry,omitempty"`
	// Field is a path in the entry, "properties.url" or "selector.query", and Expression
	// what the field holds.
	Field      string `json:"field,omitempty"`
	Expression string `json:"expression,omitempty"`
}

// Place names the entry and the field of the mapping: "resources[0] (AWS::S3::Bucket)
// properties.url". It is empty if the subject is not in the mapping.
func (s Subject) Place() string {
	var words []string
	if s.Entry != nil {
		words = append(words, fmt.Sprintf("resources[%d]", *s.Entry))
		if len(s.Kinds) == 1 {
			words = append(words, "("+s.Kinds[0]+")")
		}
	}
	if s.Field != "" {
		words = append(words, s.Field)
	}
	return strings.Join(words, " ")
}

// Index is the index of the entry, -1 if there is none.
func (s Subject) Index() int {
	if s.Entry == nil {
		return -1
	}
	return *s.Entry
}

// Kind is the first of the kinds, "" if there is none.
func (s Subject) Kind() string {
	if len(s.Kinds) == 0 {
		return ""
	}
	return s.Kinds[0]
}

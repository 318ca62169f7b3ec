// Package diag is the catalogue of everything that can go wrong for somebody who
// uses Portolan, each under a code that never changes its meaning.
//
// It decides what a diagnostic is called, where it usually comes from, and what fixes
// it. The code that meets an error decides which diagnostic it is, by what it knows and
// never by the text of a message: it marks the error ([With]), or its type of error has
// the code ([Coded]). The package calls nothing and imports nothing of the project. The
// messages of single cases are those of the errors.
//
// The first digit of a code says what it is about: 1 settings and usage, 2 Port,
// 3 identity and accounts, 4 reading AWS, 5 the mapping, 6 writing and deleting, 7 the
// state. A code that is no longer used is never reused.
package diag

import (
	"errors"
	"regexp"
	"strings"
)

// Code names a diagnostic: "PTL-401". The empty code names none.
type Code string

// Entry is what the catalogue says of a code. Cause and Fix are sentences of
// Markdown that hold in every case; an error's own text says more.
type Entry struct {
	Code  Code
	Title string
	Cause string
	Fix   string
}

// page is where the codes are explained.
const page = "docs/troubleshooting.md"

// Link returns the place of the documentation that explains the code, as a path from
// the root of the project; "" for no code.
func (c Code) Link() string {
	if c == "" {
		return ""
	}
	return page + "#" + c.Anchor()
}

// See says where the code is explained, for those who have the program at hand.
func (c Code) See() string { return "More: portolan explain " + string(c) }

// Anchor is the code's anchor on its page, "ptl-401".
func (c Code) Anchor() string { return strings.ToLower(string(c)) }

// Entry returns what the catalogue says of the code; the zero Entry if it has no such
// code.
func (c Code) Entry() Entry {
	for _, group := range Groups {
		for _, e := range group.Entries {
			if e.Code == c {
				return e
			}
		}
	}
	return Entry{}
}

// Coded is an error, or a kind of failure, that knows its code.
type Coded interface{ DiagCode() Code }

// coded is an error that was marked.
type coded struct {
	code Code
	err  error
}

// With marks an error with a code, which replaces any code inside it. Nil
// stays nil. The error's text does not change.
func With(code Code, err error) error {
	if err == nil {
		return nil
	}
	return &coded{code, err}
}

// New makes an error with a code and a text.
func New(code Code, text string) error { return &coded{code, errors.New(text)} }

// Error is the text of the error that was marked.
func (c *coded) Error() string { return c.err.Error() }

// Unwrap returns the error that was marked.
func (c *coded) Unwrap() error { return c.err }

// DiagCode returns the code.
func (c *coded) DiagCode() Code { return c.code }

// Of returns the outermost code of an error, "" if there is none.
func Of(err error) Code {
	var known Coded
	if errors.As(err, &known) {
		return known.DiagCode()
	}
	return ""
}

// Text returns an error's text with its code before it and the code's place in the
// documentation after it, for where only the text is shown. Without a code it returns the
// text alone.
func Text(err error) string {
	code := Of(err)
	if code == "" {
		return err.Error()
	}
	return string(code) + " " + err.Error() + "\n" + code.Link()
}

// link is a link of Markdown to a page of the documentation, which is beside the page of codes.
var link = regexp.MustCompile(`\[([^\]]+)\]\(([^)]+)\)`)

// Unmarked returns a text of the catalogue as people read it on a terminal, without Markdown.
func Unmarked(text string) string { return strings.ReplaceAll(Unlinked(text), "`", "") }

// Unlinked returns a text of the catalogue with the place of each link behind it, for where the
// documentation may not be.
func Unlinked(text string) string {
	return link.ReplaceAllStringFunc(text, func(found string) string {
		parts := link.FindStringSubmatch(found)
		to := parts[2]
		switch {
		case strings.HasPrefix(to, "#"):
			to = page + to
		case !strings.Contains(to, "://"):
			to = "docs/" + to
		}
		return parts[1] + " (" + to + ")"
	})
}

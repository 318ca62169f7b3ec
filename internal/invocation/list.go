package invocation

import (
	"slices"
	"strings"
	"unicode"

	"github.com/spf13/pflag"
)

// list is a list on the command line, whose items commas or blanks separate. A flag that comes
// again adds to it. It holds each item once. What is given takes the place of the default.
type list struct {
	to    *[]string
	given bool
}

// List adds a flag for a list to a command line: "a,b" and "a, b" are the same. What the list holds
// already is the default.
func List(flags *pflag.FlagSet, to *[]string, name, usage string) {
	flags.Var(&list{to: to}, name, usage)
}

// Set adds the items of a text.
func (l *list) Set(text string) error {
	if !l.given {
		*l.to, l.given = nil, true
	}
	for _, item := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || unicode.IsSpace(r) }) {
		_ = l.Append(item) // which has no errors
	}
	return nil
}

// String returns the items as they may be written.
func (l *list) String() string {
	if l.to == nil {
		return ""
	}
	return strings.Join(*l.to, ",")
}

// Type is what help calls the value.
func (*list) Type() string { return "list" }

// Append adds one item.
func (l *list) Append(item string) error {
	if !slices.Contains(*l.to, item) {
		*l.to = append(*l.to, item)
	}
	return nil
}

// Replace replaces the items.
func (l *list) Replace(items []string) error {
	*l.to = items
	return nil
}

// GetSlice returns the items.
func (l *list) GetSlice() []string { return *l.to }

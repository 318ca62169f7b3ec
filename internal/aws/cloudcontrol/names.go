package cloudcontrol

import (
	"fmt"
	"slices"
	"strings"

	"portolan/internal/aws/kind"
	"portolan/internal/aws/kinds"
	"portolan/internal/nearest"
)

// Names returns the names of all kinds that [Resolve] finds, sorted.
func Names() []string {
	names := make([]string, 0, len(lines()))
	for _, k := range kinds.All {
		names = append(names, k.Type)
	}
	for name, f := range formers {
		if f.kind != nil {
			names = append(names, name)
		}
	}
	for _, t := range All() {
		if why, _ := t.Unreadable(); why == "" {
			names = append(names, t.Name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Words divides what somebody wrote into names: commas, blanks and line breaks separate them.
func Words(lists ...string) []string {
	return strings.FieldsFunc(strings.Join(lists, " "), func(r rune) bool { return r == ',' || r == ' ' || r == '\t' || r == '\n' || r == '\r' })
}

// ResolveAll returns the kinds of names that somebody wrote, each once. Its error completes the
// sentence "… names": it says of the first name that is unknown, or of a type that cannot be
// read, what is wrong, and which name is nearest.
func ResolveAll(names []string) ([]*kind.Kind, error) {
	var all []*kind.Kind
	for _, name := range names {
		k, _ := Resolve(name)
		if k == nil {
			return nil, Unreadable(name)
		}
		if !slices.Contains(all, k) {
			all = append(all, k)
		}
	}
	return all, nil
}

// Unreadable says why a name is not that of a kind that can be read.
func Unreadable(name string) error {
	if why, _ := WhyUnreadable(name); why != "" {
		return fmt.Errorf("a kind that cannot be read: %s", why)
	}
	return fmt.Errorf("%q, which is not a kind%s", shortened(name), nearest.Hint(name, Names()))
}

// WhyUnreadable says why a resource type that is known cannot be read, and what can be done; ""
// of any other name.
func WhyUnreadable(name string) (why, fix string) {
	of, known := Lookup(name)
	if !known {
		return "", ""
	}
	return of.Unreadable()
}

// shortened keeps what somebody wrote on one short line.
func shortened(text string) string {
	if short := []rune(text); len(short) > 80 {
		return string(short[:80]) + "…"
	}
	return text
}

package portsim

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// check returns what is wrong with the form of a JSON value. The first argument
// is the place of the value, for the message.
type check func(at string, v any) error

func wrong(at, want string, v any) error {
	return fmt.Errorf("%s has to be %s, not %s", at, want, show(v))
}

// show is a value as JSON, short enough for a message.
func show(v any) string {
	out, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprintf("%T", v)
	}
	if r := []rune(string(out)); len(r) > 80 {
		return string(r[:80]) + "…"
	}
	return string(out)
}

func anything(string, any) error { return nil }

func text(at string, v any) error {
	if _, ok := v.(string); !ok {
		return wrong(at, "a string", v)
	}
	return nil
}

func flag(at string, v any) error {
	if _, ok := v.(bool); !ok {
		return wrong(at, "true or false", v)
	}
	return nil
}

func number(at string, v any) error {
	if _, ok := v.(json.Number); !ok {
		return wrong(at, "a number", v)
	}
	return nil
}

// instant wants an ISO 8601 time with its zone.
func instant(at string, v any) error {
	s, ok := v.(string)
	if !ok {
		return wrong(at, "an ISO 8601 time", v)
	}
	if _, err := time.Parse(time.RFC3339Nano, s); err != nil {
		return wrong(at, "an ISO 8601 time with zone", v)
	}
	return nil
}

// textOf requires a string with a number of characters in the range.
func textOf(least, most int) check {
	return func(at string, v any) error {
		s, ok := v.(string)
		if n := utf8.RuneCountInString(s); !ok || n < least || n > most {
			return wrong(at, fmt.Sprintf("a string of %d to %d characters", least, most), v)
		}
		return nil
	}
}

// matching requires a string of at most that many characters which the pattern
// matches. The names . and .. are never accepted.
func matching(pattern *regexp.Regexp, most int) check {
	return func(at string, v any) error {
		s, ok := v.(string)
		switch {
		case !ok:
			return wrong(at, "a string", v)
		case s == "." || s == ".." || !pattern.MatchString(s):
			return wrong(at, "a string that matches "+pattern.String(), v)
		case utf8.RuneCountInString(s) > most:
			return fmt.Errorf("%s has to be of at most %d characters, not %d", at, most, utf8.RuneCountInString(s))
		}
		return nil
	}
}

// whole wants an integer between the two.
func whole(least, most int64) check {
	return func(at string, v any) error {
		n, ok := v.(json.Number)
		if i, err := n.Int64(); !ok || err != nil || i < least || i > most {
			return wrong(at, fmt.Sprintf("an integer from %d to %d", least, most), v)
		}
		return nil
	}
}

// word wants one of the words.
func word(words ...string) check {
	return func(at string, v any) error {
		if s, ok := v.(string); !ok || !slices.Contains(words, s) {
			return wrong(at, "one of "+strings.Join(words, ", "), v)
		}
		return nil
	}
}

// orNull also accepts null.
func orNull(c check) check {
	return func(at string, v any) error {
		if v == nil {
			return nil
		}
		return c(at, v)
	}
}

// list requires an array with a number of items in the range.
func list(least, most int, item check) check {
	return func(at string, v any) error {
		items, ok := v.([]any)
		if !ok {
			return wrong(at, "an array", v)
		}
		if len(items) < least || len(items) > most {
			return fmt.Errorf("%s has to have %d to %d items, not %d", at, least, most, len(items))
		}
		for i, v := range items {
			if err := item(fmt.Sprintf("%s[%d]", at, i), v); err != nil {
				return err
			}
		}
		return nil
	}
}

// dict requires an object with any keys.
func dict(key, value check) check {
	return func(at string, v any) error {
		m, ok := v.(map[string]any)
		if !ok {
			return wrong(at, "an object", v)
		}
		for _, name := range sortedKeys(m) {
			if err := key("name in "+at, name); err != nil {
				return err
			}
			if err := value(at+"."+name, m[name]); err != nil {
				return err
			}
		}
		return nil
	}
}

// either wants one of two forms.
func either(a, b check) check {
	return func(at string, v any) error {
		first := a(at, v)
		if first == nil {
			return nil
		}
		if err := b(at, v); err != nil {
			return fmt.Errorf("%w; or else %w", first, err)
		}
		return nil
	}
}

type field struct {
	name     string
	required bool
	value    check
}

func must(name string, c check) field { return field{name, true, c} }
func may(name string, c check) field  { return field{name, false, c} }

// object wants exactly the fields: the required ones, and no unknown key.
func object(fields ...field) check {
	known := make(map[string]check, len(fields))
	for _, f := range fields {
		known[f.name] = f.value
	}
	return func(at string, v any) error {
		m, ok := v.(map[string]any)
		if !ok {
			return wrong(at, "an object", v)
		}
		for _, f := range fields {
			if _, ok := m[f.name]; f.required && !ok {
				return fmt.Errorf("%s lacks the key %q", at, f.name)
			}
		}
		for _, name := range sortedKeys(m) {
			c, ok := known[name]
			if !ok {
				return fmt.Errorf("%s has the unknown key %q", at, name)
			}
			if err := c(at+"."+name, m[name]); err != nil {
				return err
			}
		}
		return nil
	}
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

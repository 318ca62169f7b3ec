// Package plain decides which characters of a text reach a person's terminal, browser or
// log, and how many of them.
//
// Names, tags, messages of AWS and Port, mappings and what is found in the state are written
// by strangers. Such a text must not move the cursor, change a title, hide or reorder what is
// beside it, begin a line of its own, or flood the screen. What controls becomes a space, what
// is invisible goes, what is no character becomes U+FFFD, and what is too long ends in "…".
//
// The package refuses nothing and judges no meaning. It is for those who write for people:
// data stays exactly as it is, in Port as in JSON, where [JSON] escapes the same characters.
package plain

import (
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Line returns a text as part of one line, of at most that many characters and an ellipsis.
func Line(text string, most int) string { return clean(text, most, false) }

// Lines returns a text whose lines stay, each after the first behind the indent, of at most
// that many characters and an ellipsis. With an indent, no text can begin a line at the left
// edge, where only the program writes.
func Lines(text string, most int, indent string) string {
	text = clean(strings.ReplaceAll(text, "\r\n", "\n"), most, true)
	if indent != "" {
		text = strings.ReplaceAll(text, "\n", "\n"+indent)
	}
	return text
}

func clean(text string, most int, lines bool) string {
	var b strings.Builder
	b.Grow(min(len(text), 4*most))
	n, spaced := 0, false
	for _, r := range text { // which yields U+FFFD for what is not UTF-8
		as := visible(r)
		if r == '\n' && lines {
			as = r
		}
		if as == hidden || as == ' ' && r != ' ' && spaced {
			continue
		}
		if n == most {
			b.WriteRune('…')
			break
		}
		b.WriteRune(as)
		n, spaced = n+1, as == ' '
	}
	return b.String()
}

// hidden stands for a character that is not shown.
const hidden = -1

// visible returns what is shown for a character.
func visible(r rune) rune {
	switch {
	case unicode.IsSpace(r), unicode.IsControl(r):
		return ' '
	case invisible(r):
		return hidden
	case !unicode.IsPrint(r):
		return utf8.RuneError
	}
	return r
}

// invisible reports whether a character shows nothing, or only changes how others show:
// marks of direction, joiners, tags, selectors of variants.
func invisible(r rune) bool {
	return unicode.In(r, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// Writer writes for people: everything that passes keeps its lines and tabs, and nothing
// else that controls. It bounds nothing, because it does not know what is a stranger's. Each
// write has whole characters.
type Writer struct{ To io.Writer }

// Write writes what may be shown of a text.
func (w Writer) Write(text []byte) (int, error) {
	_, err := io.WriteString(w.To, strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' {
			return r
		}
		return visible(r)
	}, string(text)))
	if err != nil {
		return 0, err
	}
	return len(text), nil
}

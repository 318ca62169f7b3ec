package jq

import "unicode"

// doubleQuotes turns the single quotes around a text into the double quotes that JQ
// understands. Ocean does the same: mappings are often written with single quotes, because
// YAML and JSON already use double quotes.
//
// A quote opens a text when it starts the expression or follows white space, unless white
// space or a double quote comes next. A quote closes a text when it ends the expression or
// precedes white space, unless white space or a double quote stands before it. Each white
// space serves only one quote. Quotes inside words and next to brackets stay as they are, so
// test('x') remains an error.
func doubleQuotes(expression string) string {
	text := []rune(expression)
	out := make([]rune, len(text))
	copy(out, text)
	for i := 0; i < len(text); {
		quote, next := quoteAt(text, i)
		if quote < 0 {
			i++
			continue
		}
		out[quote] = '"'
		i = next
	}
	return string(out)
}

// quoteAt returns the position of the quote that the match at i replaces, or -1 without a
// match, and where the search goes on.
func quoteAt(text []rune, i int) (quote, next int) {
	at := func(k int) bool { return k < len(text) && text[k] == '\'' }
	stops := func(k int) bool { return k >= 0 && k < len(text) && (isSpace(text[k]) || text[k] == '"') }
	switch {
	case i == 0 && at(0) && !stops(1):
		return 0, 1
	case isSpace(text[i]) && at(i+1) && !stops(i+2):
		return i + 1, i + 2
	case at(i) && !stops(i-1) && i+1 == len(text):
		return i, i + 1
	case at(i) && !stops(i-1) && isSpace(text[i+1]):
		return i, i + 2
	default:
		return -1, i
	}
}

// isSpace counts the four ASCII separators as white space, as the regular expressions of
// Python do.
func isSpace(r rune) bool {
	return unicode.IsSpace(r) || r >= 0x1c && r <= 0x1f
}

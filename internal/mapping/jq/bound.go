package jq

import (
	"encoding/json"
	"errors"
	"math/big"
	"strings"

	"github.com/itchyny/gojq"
)

// A program may not build a value larger than this. Port takes no request
// above 1 MiB, so no value that can be sent comes near.
const (
	maxValues = 1 << 17 // values inside a value
	maxBytes  = 8 << 20 // bytes of all text inside a value
	maxDepth  = 512     // levels of arrays and objects
	maxBits   = 4096    // length of an integer
	maxDigits = 4096    // bytes of a number that is written out
	maxMatch  = 1 << 17 // bytes of a text that a regular expression is matched against
	maxSearch = 1 << 20 // bytes of a text that is searched letter by letter
	maxPairs  = 1 << 25 // comparisons of a function that takes all pairs

	maxPattern      = 4 << 10 // bytes of a regular expression, or of a format of time
	maxInstructions = 1 << 15 // length of a compiled regular expression
	maxMatching     = 1 << 28 // instructions times bytes of the text
)

// maxExpression is the longest expression, in bytes.
const maxExpression = 64 << 10

var errTooLarge = errors.New("the value is too large")

// bounded returns an error if v, with everything inside it, exceeds a limit. A part that
// occurs several times counts each time, as it will when v is written.
func bounded(v any) error {
	m := measure{values: maxValues, bytes: maxBytes}
	if !m.fits(v, maxDepth) {
		return errTooLarge
	}
	return nil
}

type measure struct{ values, bytes int }

func (m *measure) fits(v any, depth int) bool {
	m.values--
	if m.values < 0 || depth < 0 {
		return false
	}
	switch v := v.(type) {
	case string:
		m.bytes -= len(v)
	case json.Number:
		m.bytes -= len(v)
		return m.bytes >= 0 && len(v) <= maxDigits
	case *big.Int:
		m.bytes -= v.BitLen() / 3
		return m.bytes >= 0 && v.BitLen() <= maxBits
	case []any:
		for _, element := range v {
			if !m.fits(element, depth-1) {
				return false
			}
		}
	case map[string]any:
		for key, element := range v {
			m.bytes -= len(key)
			if !m.fits(element, depth-1) {
				return false
			}
		}
	}
	return m.bytes >= 0
}

// joinable stops join from repeating a long separator many times.
func joinable(v, separator any) error {
	text, _ := separator.(string)
	count := 0
	switch v := v.(type) {
	case []any:
		count = len(v)
	case map[string]any:
		count = len(v)
	}
	if count*len(text) > maxBytes {
		return errTooLarge
	}
	return nil
}

// transposable stops transpose from filling up many short rows to the length of a long one.
func transposable(v any) error {
	rows, _ := v.([]any)
	longest := 0
	for _, row := range rows {
		if row, ok := row.([]any); ok {
			longest = max(longest, len(row))
		}
	}
	if len(rows)*longest > maxValues {
		return errTooLarge
	}
	return nil
}

// multipliable stops * from repeating a text, or growing an integer, without end.
func multipliable(left, right any) error {
	for _, pair := range [][2]any{{left, right}, {right, left}} {
		if text, ok := pair[0].(string); ok {
			if times, ok := gojq.ToFloat64(pair[1]); ok && times*float64(len(text)) > maxBytes {
				return errTooLarge
			}
		}
	}
	if bits(left)+bits(right) > maxBits {
		return errTooLarge
	}
	return nil
}

// pairable stops functions from comparing each part of one large value with each part of
// another.
func pairable(left, right any) error {
	if parts(left)*parts(right) > maxPairs {
		return errTooLarge
	}
	return nil
}

// parts counts the values inside v, including v.
func parts(v any) int {
	m := measure{values: maxValues, bytes: maxBytes}
	m.fits(v, maxDepth)
	return maxValues - m.values
}

// splittable stops a text from falling into too many parts.
func splittable(whole, separator any) error {
	text, isText := whole.(string)
	part, both := separator.(string)
	if isText && both && strings.Count(text, part) > maxValues {
		return errTooLarge
	}
	return nil
}

// explodable stops a text from falling into too many letters.
func explodable(v any) error { return splittable(v, "") }

// countable stops the reading of very long numbers, which takes time in proportion to the
// square of their length.
func countable(v any) error {
	if text, ok := v.(string); ok && len(text) > maxDigits {
		return errTooLarge
	}
	return nil
}

// parsable stops a text from becoming more values than may be in one.
func parsable(v any) error {
	text, _ := v.(string)
	values, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case !quoted && (c == ',' || c == '[' || c == '{'):
			values++
		}
	}
	if values > 2*maxValues {
		return errTooLarge
	}
	return nil
}

// formattable stops long formats of time, each letter of which can become many.
func formattable(format any) error {
	if text, ok := format.(string); ok && len(text) > maxPattern {
		return errTooLarge
	}
	return nil
}

// computable stops Bessel functions of a high order, which take time in proportion to it.
func computable(order any) error {
	if n, ok := gojq.ToFloat64(order); ok && (n > maxValues || n < -maxValues) {
		return errTooLarge
	}
	return nil
}

// findable is pairable for functions that search one text for another letter by letter.
func findable(whole, part any) error {
	text, isText := whole.(string)
	other, both := part.(string)
	if isText && both && (len(text) > maxSearch || len(text)*len(other) > maxPairs) {
		return errTooLarge
	}
	return pairable(whole, part)
}

// reachable stops assignments from filling up an array to a far position.
func reachable(position any) error {
	if path, ok := position.([]any); ok {
		for _, step := range path {
			if err := reachable(step); err != nil {
				return err
			}
		}
		return nil
	}
	if at, ok := gojq.ToFloat64(position); ok && at > maxValues {
		return errTooLarge
	}
	return nil
}

func bits(v any) int {
	switch v := v.(type) {
	case *big.Int:
		return v.BitLen()
	case json.Number:
		return len(v) * 4
	default:
		return 0
	}
}

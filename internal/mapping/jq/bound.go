package jq

import (
	"encoding/json"
	"errors"
	"math/big"
	"strings"
	"unicode/utf8"

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
)

// What takes long in a single step.
const (
	maxPattern      = 1 << 16 // bytes of a regular expression
	maxInstructions = 1 << 15 // length of a compiled regular expression
	maxMatching     = 1 << 27 // instructions times bytes of the text
	maxFormat       = 4 << 10 // bytes of a format of time
	maxPairs        = 1 << 25 // comparisons of a function that takes all pairs
	maxSequence     = 1 << 8  // values of an array that is looked for in another
)

// What values need in memory, beside the texts in them.
const (
	sizeOfValue  = 16
	sizeOfArray  = 24
	sizeOfObject = 256
	sizeOfEntry  = 48 // a key and its value
	sizeOfStep   = 32 // a value that .[] has still to return
	sizeOfNode   = 64 // what a part of a program keeps while it runs
)

// stepsOfSlice is what a slice costs: it can be a path, and a change of what it leads to takes
// time in proportion to its length.
const stepsOfSlice = 64

// nearby is the highest position in an array that is not charged: at most, so many values are
// added where nothing was.
const nearby = 64

const (
	// maxExpression is the longest expression, in bytes.
	maxExpression = 64 << 10
	// maxParts is how many parts an expression has at most. To compile one takes time in proportion
	// to the square of their number.
	maxParts = 1 << 13
)

var errTooLarge = errors.New("the value is too large")

// bounded charges v itself, whose parts were charged when they were built. It returns an error
// if v, with everything inside it, exceeds a limit. A part that occurs several times counts
// each time, as it will when v is written.
func bounded(b *Budget, v any) error {
	size := 0
	switch v := v.(type) {
	case nil, bool, int, float64:
		return nil
	case string:
		if len(v) > maxBytes {
			return errTooLarge
		}
		return b.take(len(v))
	case []any:
		size = sizeOfArray + len(v)*sizeOfValue
	case map[string]any:
		size = sizeOfObject + len(v)*sizeOfEntry
	}
	if err := b.take(size); err != nil {
		return err
	}
	m := measure{values: maxValues, bytes: maxBytes}
	if !m.fits(v, maxDepth) {
		return errTooLarge
	}
	// To measure is work, too.
	return b.work((maxValues - m.values) / 64)
}

// made is bounded for what one function builds at once, with all its parts.
func made(b *Budget, v any) error {
	m := measure{values: maxValues, bytes: maxBytes}
	fits := m.fits(v, maxDepth)
	if err := b.take(m.cost); err != nil {
		return err
	}
	if !fits {
		return errTooLarge
	}
	return nil
}

// measure counts down what may still be in a value, and up what it needs.
type measure struct{ values, bytes, cost int }

func (m *measure) fits(v any, depth int) bool {
	m.values--
	if m.values < 0 || depth < 0 {
		return false
	}
	switch v := v.(type) {
	case string:
		return m.text(len(v))
	case json.Number:
		return m.text(len(v)) && len(v) <= maxDigits
	case *big.Int:
		return m.text(v.BitLen()/3) && v.BitLen() <= maxBits
	case []any:
		m.cost += sizeOfArray + len(v)*sizeOfValue
		for _, element := range v {
			if !m.fits(element, depth-1) {
				return false
			}
		}
	case map[string]any:
		m.cost += sizeOfObject + len(v)*sizeOfEntry
		for key, element := range v {
			if !m.text(len(key)) || !m.fits(element, depth-1) {
				return false
			}
		}
	}
	return true
}

func (m *measure) text(length int) bool {
	m.bytes -= length
	m.cost += length
	return m.bytes >= 0
}

// iterable charges what .[] needs to remember where it is.
func iterable(b *Budget, v any) error {
	switch v := v.(type) {
	case []any:
		return b.take(len(v) * sizeOfStep)
	case map[string]any:
		return b.take(len(v) * sizeOfStep)
	default:
		return nil
	}
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
	_, isText := left.(string)
	if _, both := right.(string); isText && both {
		return nil
	}
	if parts(left)*parts(right) > maxPairs {
		return errTooLarge
	}
	return nil
}

// parts counts the values inside v, including v. A long text counts as several.
func parts(v any) int {
	switch v.(type) {
	case nil, bool, int, float64:
		return 1
	}
	m := measure{values: maxValues, bytes: maxBytes}
	m.fits(v, maxDepth)
	return maxValues - m.values + (maxBytes-m.bytes)/64
}

// divisible stops a text from falling into too many parts.
func divisible(left, right any) error {
	text, isText := left.(string)
	separator, both := right.(string)
	if isText && both && strings.Count(text, separator) > maxValues {
		return errTooLarge
	}
	return nil
}

// explodable stops a text from falling into too many letters.
func explodable(v any) error {
	if text, ok := v.(string); ok && len(text) > maxValues && utf8.RuneCountInString(text) > maxValues {
		return errTooLarge
	}
	return nil
}

// countable stops the reading of very long numbers, which takes time in proportion to the
// square of their length.
func countable(v any) error { return atMost(v, maxDigits) }

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
func formattable(format any) error { return atMost(format, maxFormat) }

// atMost stops a text that has more bytes.
func atMost(v any, bytes int) error {
	if text, ok := v.(string); ok && len(text) > bytes {
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

// indexable stops assignments from filling up an array to a far position, and the search for a
// long array in another.
func indexable(b *Budget, position any) error {
	switch position := position.(type) {
	case string, nil:
		return nil
	case []any:
		if len(position) > maxSequence {
			return errTooLarge
		}
		return nil
	case map[string]any:
		return b.work(stepsOfSlice)
	}
	at, ok := gojq.ToFloat64(position)
	switch {
	case !ok || !(at > nearby):
		return nil
	case at > maxValues:
		return errTooLarge
	}
	size := int(at) * sizeOfValue
	b.far, b.paid = max(b.far, size), b.paid+size
	return b.take(size)
}

// written charges a path that an assignment is about to write to. An index is computed, and
// charged, only once for all the arrays that it is used in.
func written(b *Budget, _ any) error {
	rest := max(b.far-b.paid, 0)
	b.paid = 0
	return b.take(rest)
}

// reachable checks each step of a path.
func reachable(b *Budget, path any) error {
	steps, _ := path.([]any)
	if len(steps) > maxDepth {
		return errTooLarge
	}
	for _, step := range steps {
		if err := indexable(b, step); err != nil {
			return err
		}
	}
	return nil
}

// deletable checks each path of a list.
func deletable(b *Budget, paths any) error {
	list, _ := paths.([]any)
	for _, path := range list {
		if err := reachable(b, path); err != nil {
			return err
		}
	}
	return nil
}

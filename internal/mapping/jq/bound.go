package jq

import (
	"encoding/json"
	"errors"
	"math/big"

	"github.com/itchyny/gojq"
)

// A program may not build a value larger than this. Port takes no request
// above 1 MiB, so no value that can be sent comes near.
const (
	maxValues = 1 << 17 // values inside a value
	maxBytes  = 8 << 20 // bytes of all text inside a value
	maxDepth  = 512     // levels of arrays and objects
	maxBits   = 4096    // length of an integer
	maxMatch  = 1 << 17 // bytes of a text that a regular expression is matched against
	maxPairs  = 1 << 25 // comparisons of a function that takes all pairs
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
	case *big.Int:
		return v.BitLen() <= maxBits
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

// findable is pairable for functions that search one text for another letter by letter.
func findable(whole, part any) error {
	text, isText := whole.(string)
	other, both := part.(string)
	if isText && both && len(text)*len(other) > maxPairs {
		return errTooLarge
	}
	return pairable(whole, part)
}

// matchable stops the search for matches in a long text: to find the position of each match
// takes time in proportion to the text.
func matchable(v any) error {
	if text, ok := v.(string); ok && len(text) > maxMatch {
		return errTooLarge
	}
	return nil
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

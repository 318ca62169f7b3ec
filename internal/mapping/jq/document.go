package jq

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
)

var errTooDeep = errors.New("the document is nested too deeply")

// Admit returns a document as expressions see it: with whole numbers without fraction or
// exponent, as Ocean has them. It returns an error if the document is nested too deeply or
// holds something that JSON does not have. The result may share parts with the document,
// which stays as it is.
func Admit(doc any) (any, error) {
	admitted, _, err := admit(doc, 0)
	return admitted, err
}

// admit returns v itself if nothing has to change, and says whether something did.
func admit(v any, depth int) (any, bool, error) {
	if depth > maxDepth {
		return nil, false, errTooDeep
	}
	var replaced any
	var err error
	switch value := v.(type) {
	case nil, bool, string, int, float64:
	case json.Number:
		replaced, err = whole(value)
	case []any:
		replaced, err = admitArray(value, depth)
	case map[string]any:
		replaced, err = admitObject(value, depth)
	default:
		return nil, false, fmt.Errorf("the document holds a %T, which JSON does not have", v)
	}
	if err != nil || replaced != nil {
		return replaced, true, err
	}
	return v, false, nil
}

// admitArray returns the replacement of v, or nil if v can stay.
func admitArray(v []any, depth int) (any, error) {
	var out []any
	for i, element := range v {
		admitted, changed, err := admit(element, depth+1)
		if err != nil {
			return nil, err
		}
		if !changed {
			continue
		}
		if out == nil {
			out = slices.Clone(v)
		}
		out[i] = admitted
	}
	if out == nil {
		return nil, nil
	}
	return out, nil
}

// admitObject returns the replacement of v, or nil if v can stay.
func admitObject(v map[string]any, depth int) (any, error) {
	var out map[string]any
	for key, element := range v {
		admitted, changed, err := admit(element, depth+1)
		if err != nil {
			return nil, err
		}
		if !changed {
			continue
		}
		if out == nil {
			out = maps.Clone(v)
		}
		out[key] = admitted
	}
	if out == nil {
		return nil, nil
	}
	return out, nil
}

// whole turns 1.0 and 1e3 into 1 and 1000, and a number of more than maxDigits into the nearest
// that a float64 can be: to compute with it would take long. It returns nil for other numbers,
// which keep the digits that they were written with.
func whole(v json.Number) (any, error) {
	digits := strings.TrimPrefix(string(v), "-")
	if digits == "0" {
		return 0, nil
	}
	if len(digits) > maxDigits && json.Valid([]byte(v)) {
		f, _ := v.Float64()
		return number(f), nil
	}
	if digits != "" && digits[0] != '0' && strings.Trim(digits, "0123456789") == "" {
		return nil, nil
	}
	if digits == "" || digits[0] < '0' || digits[0] > '9' || !json.Valid([]byte(v)) {
		return nil, errors.New("the document has a number that JSON does not allow")
	}
	f, err := v.Float64()
	if err == nil && f == math.Trunc(f) && math.Abs(f) < 1<<53 {
		return int(f), nil
	}
	return nil, nil
}

func clone(v any) any {
	switch v := v.(type) {
	case map[string]any:
		copied := make(map[string]any, len(v))
		for key, element := range v {
			copied[key] = clone(element)
		}
		return copied
	case []any:
		copied := make([]any, len(v))
		for i, element := range v {
			copied[i] = clone(element)
		}
		return copied
	default:
		return v
	}
}

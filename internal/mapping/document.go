package mapping

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

// admit returns a document as programs may see it: only the types of JSON, no
// deeper than programs can bear, and whole numbers without fraction or
// exponent, as Ocean sees them. It gives v itself if nothing has to change,
// and says whether something did.
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

// admitArray returns what to use instead of v, nil for v itself.
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

// admitObject returns what to use instead of v, nil for v itself.
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

// whole turns 1.0 and 1e3 into 1 and 1000. Integers keep all of their digits,
// and other numbers the digits which they were written with: for them it gives
// nil.
func whole(v json.Number) (any, error) {
	digits := strings.TrimPrefix(string(v), "-")
	if digits == "0" {
		return 0, nil
	}
	if digits != "" && digits[0] != '0' && strings.Trim(digits, "0123456789") == "" {
		return nil, nil
	}
	if digits == "" || digits[0] < '0' || digits[0] > '9' || !json.Valid([]byte(v)) {
		return nil, errors.New("the document holds a number that is none")
	}
	f, err := v.Float64()
	if err == nil && f == math.Trunc(f) && math.Abs(f) < 1<<53 {
		return int(f), nil
	}
	return nil, nil
}

// clone copies a document with all of its objects and arrays.
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

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

// admit gives a document as programs may see it: only the types of JSON, no
// deeper than programs can bear, and whole numbers without fraction or
// exponent, as the peer sees them. It gives v itself if nothing has to change,
// and says whether something did.
func admit(v any, depth int) (any, bool, error) {
	if depth > maxDepth {
		return nil, false, errTooDeep
	}
	switch v := v.(type) {
	case nil, bool, string, int, float64:
		return v, false, nil
	case json.Number:
		return whole(v)
	case []any:
		return admitArray(v, depth)
	case map[string]any:
		return admitObject(v, depth)
	default:
		return nil, false, fmt.Errorf("the document holds a %T, which JSON does not have", v)
	}
}

func admitArray(v []any, depth int) (any, bool, error) {
	out := v
	changed := false
	for i, element := range v {
		admitted, other, err := admit(element, depth+1)
		if err != nil {
			return nil, false, err
		}
		if !other {
			continue
		}
		if !changed {
			out, changed = slices.Clone(v), true
		}
		out[i] = admitted
	}
	return out, changed, nil
}

func admitObject(v map[string]any, depth int) (any, bool, error) {
	out := v
	changed := false
	for key, element := range v {
		admitted, other, err := admit(element, depth+1)
		if err != nil {
			return nil, false, err
		}
		if !other {
			continue
		}
		if !changed {
			out, changed = maps.Clone(v), true
		}
		out[key] = admitted
	}
	return out, changed, nil
}

// whole turns 1.0 and 1e3 into 1 and 1000. Integers keep all of their digits,
// and other numbers the digits which they were written with.
func whole(v json.Number) (any, bool, error) {
	digits := strings.TrimPrefix(string(v), "-")
	if digits == "0" {
		return 0, true, nil
	}
	if digits != "" && digits[0] != '0' && strings.Trim(digits, "0123456789") == "" {
		return v, false, nil
	}
	if !json.Valid([]byte(v)) || digits == "" || digits[0] < '0' || digits[0] > '9' {
		return nil, false, errors.New("the document holds a number that is none")
	}
	f, err := v.Float64()
	if err == nil && f == math.Trunc(f) && math.Abs(f) < 1<<53 {
		return int(f), true, nil
	}
	return v, false, nil
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

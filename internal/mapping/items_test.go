package mapping

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"portolan/internal/mapping/jq"

	"github.com/google/go-cmp/cmp"
)

func parsed(t testing.TB, text string) any {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var v any
	if err := decoder.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestWithout(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		path []any
		want string
	}{
		"nothing":        {nil, `{"a":{"b":[1,{"c":2}],"d":3}}`},
		"root key":       {[]any{"a"}, `{}`},
		"inner key":      {[]any{"a", "d"}, `{"a":{"b":[1,{"c":2}]}}`},
		"element":        {[]any{"a", "b", 0}, `{"a":{"b":[{"c":2}],"d":3}}`},
		"key of element": {[]any{"a", "b", 1, "c"}, `{"a":{"b":[1,{}],"d":3}}`},
		"missing key":    {[]any{"x", "y"}, `{"a":{"b":[1,{"c":2}],"d":3}}`},
		"missing index":  {[]any{"a", "b", 7}, `{"a":{"b":[1,{"c":2}],"d":3}}`},
		"wrong type":     {[]any{"a", 0}, `{"a":{"b":[1,{"c":2}],"d":3}}`},
	}
	const whole = `{"a":{"b":[1,{"c":2}],"d":3}}`
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doc := parsed(t, whole)
			if got := string(jq.AppendJSON(nil, without(doc, test.path))); got != test.want {
				t.Errorf("without = %s, want %s", got, test.want)
			}
			if got := string(jq.AppendJSON(nil, doc)); got != whole {
				t.Errorf("the document became %s", got)
			}
		})
	}
}

func TestItemsToParse(t *testing.T) {
	t.Parallel()
	const doc = `{"a": [{"n": "x"}, {"n": "y"}], "item": "old", "k": "v"}`
	tests := map[string]struct {
		port    string // beside the entity
		query   string
		want    []string // what the items look like
		skipped int
		failed  string
		out     int
	}{
		"array":              {`"itemsToParse":".a"`, `true`, []string{`{"item":{"n":"x"},"k":"v"}`, `{"item":{"n":"y"},"k":"v"}`}, 0, "", 0},
		"named":              {`"itemsToParse":".a","itemsToParseName":"b"`, `true`, []string{`{"b":{"n":"x"},"item":"old","k":"v"}`, `{"b":{"n":"y"},"item":"old","k":"v"}`}, 0, "", 0},
		"parent kept":        {`"itemsToParse":".a","itemsToParseTopLevelTransform":false`, `.item.n == "x"`, []string{`{"a":[{"n":"x"},{"n":"y"}],"item":{"n":"x"},"k":"v"}`}, 0, "", 1},
		"no path":            {`"itemsToParse":"[.a[]]"`, `.item.n == "x"`, []string{`{"a":[{"n":"x"},{"n":"y"}],"item":{"n":"x"},"k":"v"}`}, 0, "", 1},
		"selector sees item": {`"itemsToParse":".a"`, `.item.n == "y"`, []string{`{"item":{"n":"y"},"k":"v"}`}, 0, "", 1},
		"empty":              {`"itemsToParse":"[]"`, `true`, nil, 0, "", 0},
		"null":               {`"itemsToParse":".none"`, `true`, nil, 1, "", 0},
		"no array":           {`"itemsToParse":".k"`, `true`, nil, 1, "", 0},
		"failure":            {`"itemsToParse":".k.x"`, `true`, nil, 1, "port.itemsToParse: expected an object but got: string", 0},
		"runaway":            {`"itemsToParse":"[repeat(1)]"`, `true`, nil, 1, "port.itemsToParse: the program does not come to an end", 0},
		"no array, no end":   {`"itemsToParse":"[.a[] | .n]"`, `true`, []string{`{"a":[{"n":"x"},{"n":"y"}],"item":"x","k":"v"}`, `{"a":[{"n":"x"},{"n":"y"}],"item":"y","k":"v"}`}, 0, "", 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			query, _ := json.Marshal(test.query)
			config, err := Compile([]byte(`{"resources":[{"kind":"k","selector":{"query":`+string(query)+`},"port":{`+test.port+
				`,"entity":{"mappings":{"identifier":"1","blueprint":"\"b\"","title":"tojson"}}}}]}`),
				func(string) (Actions, bool) { return Actions{}, true })
			if err != nil || len(config.Diagnostics) > 0 {
				t.Fatal(err, config.Diagnostics)
			}
			result := MapBothWays(t, config.Resources[0], parsed(t, doc).(map[string]any))
			var titles []string
			for _, e := range result.Entities {
				titles = append(titles, e.Title.Value.(string))
			}
			if diff := cmp.Diff(test.want, titles); diff != "" {
				t.Errorf("items (-want +got):\n%s", diff)
			}
			failed := strings.Join(slices.Collect(func(yield func(string) bool) {
				for _, f := range result.Errors {
					yield(f.Error())
				}
			}), "\n")
			if result.SkippedItems != test.skipped || failed != test.failed || result.Filtered != test.out || result.Items != len(test.want)+test.out {
				t.Errorf("%d items, %d skipped, %d filtered, errors %q", result.Items, result.SkippedItems, result.Filtered, failed)
			}
		})
	}
}

// TestAnEntryThatTakesTooLong is not tried for ever: neither its selector nor its items.
func TestAnEntryThatTakesTooLong(t *testing.T) {
	t.Parallel()
	for _, port := range []string{`"entity":`, `"itemsToParse":".a","entity":`} {
		config, err := Compile([]byte(`{"resources":[{"kind":"AWS::S3::Bucket","selector":{"query":"true"},"port":{`+port+
			`{"mappings":{"identifier":".k","blueprint":"\"b\""}}}}]}`), func(string) (Actions, bool) { return Actions{}, true })
		if err != nil || len(config.Resources) != 1 {
			t.Fatal(err, config)
		}
		r, doc := config.Resources[0], map[string]any{"k": "v", "a": []any{1}}
		if result := r.Map(t.Context(), doc); len(result.Entities) != 1 {
			t.Errorf("%s: errors = %v, want an entity", port, result.Errors)
		}
		r.late.Store(maxLate)
		result := r.Map(t.Context(), doc)
		if len(result.Entities) != 0 || len(result.Errors) != 1 || result.Errors[0].Reason != lateBefore || !errors.Is(result.Errors[0], jq.ErrLate) {
			t.Errorf("%s: %d entities, errors = %v, want that nothing was tried", port, len(result.Entities), result.Errors)
		}
	}
}

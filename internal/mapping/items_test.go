package mapping

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/itchyny/gojq"
)

func TestSource(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		expression string
		want       []any
	}{
		"path":                          {`.a.b[0].c`, []any{"a", "b", 0, "c"}},
		"iteration":                     {`.a[]`, []any{"a"}},
		"iteration inside":              {`.a[].b`, []any{"a"}},
		"slice":                         {`.a[1:2]`, []any{"a"}},
		"optional":                      {`.a?.b?`, []any{"a", "b"}},
		"quoted key":                    {`."k".l`, []any{"k", "l"}},
		"key in brackets":               {`.["k"]`, []any{"k"}},
		"key in brackets later":         {`.a["k"]`, []any{"a", "k"}},
		"single quotes":                 {`.a // 'x'`, []any{"a"}},
		"computed key":                  {`.a[.b]`, []any{"a"}},
		"negative position":             {`.a[-1]`, []any{"a"}},
		"parenthesis":                   {`(.a // []) | map(.b)`, []any{"a"}},
		"parenthesis with a suffix":     {`(.a // [])[0]`, []any{"a"}},
		"alternative":                   {`.a // []`, []any{"a"}},
		"pipe":                          {`.Properties | to_entries`, []any{"Properties"}},
		"pipe of paths":                 {`.a | .b`, []any{"a"}},
		"sum":                           {`.a + .b`, []any{"a"}},
		"identity first":                {`. | .a`, []any{"a"}},
		"select first":                  {`select(.x) | .a`, []any{"a"}},
		"document bound":                {`. as $x | .a`, []any{"a"}},
		"document bound and used":       {`. as $x | $x.a.b`, []any{"a", "b"}},
		"document bound and piped":      {`. as $x | $x | .a`, []any{"a"}},
		"path bound":                    {`.a as $x | $x`, []any{"a"}},
		"definition":                    {`def f: .; .a | f`, []any{"a"}},
		"identity":                      {`.`, nil},
		"array":                         {`[.a[]]`, nil},
		"condition":                     {`if .a then .b else .c end`, nil},
		"function":                      {`to_entries`, nil},
		"iteration of the document":     {`.[]`, nil},
		"position in the document":      {`.[0]`, []any{0}},
		"literal":                       {`"x"`, nil},
		"destructured":                  {`. as {a: $x} | $x`, nil},
		"other variable":                {`1 as $y | $y`, nil},
		"everything":                    {`..`, nil},
		"reduction":                     {`reduce .a[] as $x ([]; . + [$x])`, nil},
		"variable of the same document": {`. as $x | .a[] as $y | $x.b`, []any{"a"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			program, err := gojq.Parse(doubleQuotes(test.expression))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, source(program)); diff != "" {
				t.Errorf("source (-want +got):\n%s", diff)
			}
		})
	}
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
			if got := string(appendValue(nil, without(doc, test.path))); got != test.want {
				t.Errorf("without = %s, want %s", got, test.want)
			}
			if got := string(appendValue(nil, doc)); got != whole {
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
			if err != nil || len(config.Problems) > 0 {
				t.Fatal(err, config.Problems)
			}
			result := config.Resources[0].Map(t.Context(), parsed(t, doc).(map[string]any))
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

package mapping_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/mapping"
)

const thing = `{
	"Type": "AWS::S3::Bucket",
	"Properties": {
		"Name": "logs", "Size": 9007199254740993, "Zero": 0, "No": false, "Empty": "", "List": [], "Object": {}, "Null": null,
		"Ratio": 0.5, "Tags": [{"Key": "Team", "Value": "a"}, {"Key": "Env", "Value": "p"}]
	},
	"__ExtraContext": {"AccountId": "123456789012", "Region": "eu-west-1"}
}`

// mapOne maps the thing with one mapping and the selector true.
func mapOne(t testing.TB, mappings string) mapping.Result {
	t.Helper()
	return mapAll(t, resource(`{}`, mappings))
}

func mapAll(t testing.TB, config string) mapping.Result {
	t.Helper()
	c := compile(t, config)
	if len(c.Resources) != 1 {
		t.Fatalf("diagnostics: %v", diagnostics(c))
	}
	return mapping.MapBothWays(t, c.Resources[0], document(t, thing))
}

func document(t testing.TB, text string) map[string]any {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var doc map[string]any
	if err := decoder.Decode(&doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

// with is a mapping with a fixed key and one more part.
func with(part string) string {
	return `{"identifier":".Properties.Name","blueprint":"\"b\"",` + part + `}`
}

func TestEntityBody(t *testing.T) {
	t.Parallel()
	const head = `{"identifier":"logs","blueprint":"b"`
	search := `{"combinator":"'and'","rules":[
		{"property":"'$title'","operator":"'='","value":".Properties.Name","ignored":1},
		{"combinator":"'or'","rules":[{"property":"'p'","operator":"'in'","value":"[.Properties.Name]"}]}]}`
	const found = `{"combinator":"and","rules":[{"operator":"=","property":"$title","value":"logs"},` +
		`{"combinator":"or","rules":[{"operator":"in","property":"p","value":["logs"]}]}]}`
	tests := map[string]struct{ mappings, want string }{
		"only the key":          {`{"identifier":".Properties.Name","blueprint":"'b'"}`, head + `}`},
		"all keys in order":     {with(`"relations":{"z":".Properties.Name","a":"null"},"properties":{"z":"1","a":"2"},"team":"'t'","icon":"'i'","title":"'x'"`), `{"identifier":"logs","title":"x","icon":"i","blueprint":"b","team":"t","properties":{"a":2,"z":1},"relations":{"a":null,"z":"logs"}}`},
		"empty sections":        {with(`"properties":{},"relations":{}`), head + `,"properties":{},"relations":{}}`},
		"null is unset":         {with(`"title":null,"properties":null`), head + `}`},
		"nulls are sent":        {with(`"title":".x","icon":".x","team":".x","properties":{"p":".x"},"relations":{"r":".x"}`), `{"identifier":"logs","title":null,"icon":null,"blueprint":"b","team":null,"properties":{"p":null},"relations":{"r":null}}`},
		"zero values survive":   {with(`"properties":{"a":".Properties.Zero","b":".Properties.No","c":".Properties.Empty","d":".Properties.List","e":".Properties.Object"}`), head + `,"properties":{"a":0,"b":false,"c":"","d":[],"e":{}}}`},
		"integers are exact":    {with(`"properties":{"a":".Properties.Size","b":".Properties.Size + 1","c":"[.Properties.Size]"}`), head + `,"properties":{"a":9007199254740993,"b":9007199254740994,"c":[9007199254740993]}}`},
		"a broken field":        {with(`"properties":{"bad":".a )","good":"1"}`), head + `,"properties":{"good":1}}`},
		"a broken title":        {with(`"title":".a )"`), head + `}`},
		"a failing field":       {with(`"properties":{"a":".Properties.Name.x","b":"error(\"x\")"}`), head + `,"properties":{"a":null,"b":null}}`},
		"scalars as programs":   {`{"identifier":5,"blueprint":"'b'","properties":{"a":true,"b":1.50}}`, `{"identifier":"5","blueprint":"b","properties":{"a":true,"b":1.5}}`},
		"a number for a title":  {with(`"title":".Properties.Size"`), `{"identifier":"logs","title":"9007199254740993","blueprint":"b"}`},
		"zero for a title":      {with(`"title":".Properties.Zero"`), `{"identifier":"logs","title":"0","blueprint":"b"}`},
		"a boolean for a title": {with(`"title":".Properties.No"`), `{"identifier":"logs","title":"false","blueprint":"b"}`},
		"icon and team as text": {with(`"icon":"true","team":"5"`), `{"identifier":"logs","icon":"True","blueprint":"b","team":"5"}`},
		"teams as an array":     {with(`"team":"[\"x\", 5]"`), head + `,"team":["x","5"]}`},
		"identifier is number":  {`{"identifier":".Properties.Size","blueprint":"'b'"}`, `{"identifier":"9007199254740993","blueprint":"b"}`},
		"relations":             {with(`"relations":{"a":".__ExtraContext.AccountId","b":"[.Properties.Tags[].Value]","c":"123456789012","d":"[]","e":"[1]"}`), head + `,"relations":{"a":"123456789012","b":["a","p"],"c":"123456789012","d":[],"e":["1"]}}`},
		"search identifier":     {`{"identifier":` + search + `,"blueprint":"'b'"}`, `{"identifier":` + found + `,"blueprint":"b"}`},
		"search relation":       {with(`"relations":{"r":` + search + `}`), head + `,"relations":{"r":` + found + `}}`},
		"search team":           {with(`"team":` + search), head + `,"team":` + found + `}`},
		"search with null":      {`{"identifier":{"combinator":"'and'","rules":[{"property":"'p'","operator":"'='","value":".x"}]},"blueprint":"'b'"}`, `{"identifier":{"combinator":"and","rules":[{"operator":"=","property":"p","value":null}]},"blueprint":"b"}`},
		"search by a program":   {with(`"relations":{"r":"{combinator: \"and\", rules: [{property: \"p\", operator: \"=\", value: 1}]}"}`), head + `,"relations":{"r":{"combinator":"and","rules":[{"operator":"=","property":"p","value":1}]}}}`},
		"markup is not escaped": {with(`"title":"\"<&>\\u2028\\u0001\\\"\\\\\\n\\r\\t\""`), "{\"identifier\":\"logs\",\"title\":\"<&>\u2028\\u0001\\\"\\\\\\n\\r\\t\",\"blueprint\":\"b\"}"},
		"bytes beyond UTF-8":    {with(`"title":"\"/w==\" | @base64d"`), "{\"identifier\":\"logs\",\"title\":\"\uFFFD\",\"blueprint\":\"b\"}"},
		"small and large":       {with(`"properties":{"a":"1e-7","b":"1e300","c":"infinite","d":"[nan]","e":"-1e18","f":"1/3"}`), head + `,"properties":{"a":1e-07,"b":1e+300,"c":1.7976931348623157e+308,"d":[null],"e":-1000000000000000000,"f":0.3333333333333333}}`},
		"keys are sorted":       {with(`"properties":{"a":"{z: 1, b: {y: 2, c: 3}}"}`), head + `,"properties":{"a":{"b":{"c":3,"y":2},"z":1}}}`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			result := mapOne(t, test.mappings)
			if len(result.Entities) != 1 || len(result.Errors)+len(result.Dropped) > 0 {
				t.Fatalf("result = %s", describe(result))
			}
			body, err := result.Entities[0].MarshalJSON()
			if err != nil || string(body) != test.want {
				t.Errorf("body (%v)\n got %s\nwant %s", err, body, test.want)
			}
			if !json.Valid(body) {
				t.Error("the body is not JSON")
			}
		})
	}
}

// describe shows the parts of a result that are not entities.
func describe(r mapping.Result) string {
	var lines []string
	for _, d := range r.Dropped {
		lines = append(lines, fmt.Sprintf("dropped %s/%s: %s", d.Blueprint, d.Field, d.Reason))
	}
	for _, e := range r.Errors {
		lines = append(lines, "error "+e.Error())
	}
	for _, n := range r.Nulls {
		lines = append(lines, strings.TrimSuffix("null "+n.Field+": "+n.Reason, ": "))
	}
	return strings.Join(lines, "\n")
}

func TestEntityRefused(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 1001)
	tests := map[string]struct{ mappings, want string }{
		"identifier null":              {`{"identifier":".x","blueprint":"'b'"}`, "dropped b/identifier: the expression returned null"},
		"identifier empty":             {`{"identifier":".Properties.Empty","blueprint":"'b'"}`, `dropped b/identifier: the expression returned ""`},
		"identifier zero":              {`{"identifier":".Properties.Zero","blueprint":"'b'"}`, "dropped b/identifier: the expression returned 0"},
		"identifier zero with digits":  {`{"identifier":"0.00","blueprint":"'b'"}`, "dropped b/identifier: the expression returned 0"},
		"identifier false":             {`{"identifier":".Properties.No","blueprint":"'b'"}`, "dropped b/identifier: the expression returned false"},
		"identifier empty array":       {`{"identifier":".Properties.List","blueprint":"'b'"}`, "dropped b/identifier: the expression returned []"},
		"identifier empty object":      {`{"identifier":".Properties.Object","blueprint":"'b'"}`, "dropped b/identifier: the expression returned {}"},
		"identifier fails":             {`{"identifier":".Properties.Name.x","blueprint":"'b'"}`, "dropped b/identifier: expected an object but got: string"},
		"identifier true":              {`{"identifier":"true","blueprint":"'b'"}`, `error identifier: the expression returned a boolean, not a text (b "true")`},
		"identifier array":             {`{"identifier":"[1]","blueprint":"'b'"}`, `error identifier: the expression returned an array, not a text (b "[1]")`},
		"identifier with blank":        {`{"identifier":"\"a b\"","blueprint":"'b'"}`, `error identifier: character 2 is ' '; Port allows letters, digits and @_.+:\/='- (b "a b")`},
		"identifier a dot":             {`{"identifier":"'.'","blueprint":"'b'"}`, `error identifier: "." is reserved (b ".")`},
		"identifier two dots":          {`{"identifier":"'..'","blueprint":"'b'"}`, `error identifier: ".." is reserved (b "..")`},
		"identifier too long":          {`{"identifier":"'` + long + `'","blueprint":"'b'"}`, `error identifier: it is longer than 1,000 characters (b "` + strings.Repeat("x", 120) + `…")`},
		"identifier with $LATEST":      {`{"identifier":"'arn:f:$LATEST'","blueprint":"'b'"}`, `error identifier: character 7 is '$'; Port allows letters, digits and @_.+:\/='- (b "arn:f:$LATEST")`},
		"identifier search, combiner":  {`{"identifier":{"combinator":".x","rules":[{"property":"'p'","operator":"'='","value":"1"}]},"blueprint":"'b'"}`, `error identifier: the combinator of a search is not "and" or "or" (b "{\"combinator\":null,\"rules\":[{\"operator\":\"=\",\"property\":\"p\",\"value\":1}]}")`},
		"blueprint null":               {`{"identifier":"'a'","blueprint":".x"}`, "dropped /blueprint: the expression returned null"},
		"blueprint number":             {`{"identifier":"'a'","blueprint":"5"}`, `error blueprint: the expression returned a number, not a text`},
		"blueprint with =":             {`{"identifier":"'a'","blueprint":"'a=b'"}`, `error blueprint: character 2 is '='; Port allows letters, digits and @_.+:\/-`},
		"title array":                  {with(`"title":"[1]"`), `error title: the expression returned an array, not a text (b "logs")`},
		"icon object":                  {with(`"icon":".Properties.Object"`), `error icon: the expression returned an object, not a text (b "logs")`},
		"team with null":               {with(`"team":"[null]"`), `error team: element 0 is null, not a text (b "logs")`},
		"team object":                  {with(`"team":"{a: 1}"`), `error team: the combinator of a search is not "and" or "or" (b "logs")`},
		"relation with null":           {with(`"relations":{"r":"[\"a\", null]"}`), `error relations.r: element 1 is null, not a text (b "logs")`},
		"relation with blank":          {with(`"relations":{"r":"[\"a b\"]"}`), `error relations.r: element 0: character 2 is ' '; Port allows letters, digits and @_.+:\/='- (b "logs")`},
		"relation empty":               {with(`"relations":{"r":".Properties.Empty"}`), `error relations.r: it is empty (b "logs")`},
		"relation boolean":             {with(`"relations":{"r":"true"}`), `error relations.r: the expression returned a boolean, not a text (b "logs")`},
		"relation object":              {with(`"relations":{"r":"{combinator: \"and\", rules: []}"}`), `error relations.r: a search has a combinator, a list of rules and nothing else (b "logs")`},
		"search rule without operator": {with(`"relations":{"r":{"combinator":"'and'","rules":[{"property":"'p'","operator":".x","value":"1"}]}}`), `error relations.r: rule 0 of the search: operator is null, not a text (b "logs")`},
		"search rule with more":        {with(`"relations":{"r":"{combinator: \"or\", rules: [{property: \"p\", operator: \"=\", value: 1, x: 1}]}"}`), `error relations.r: rule 0 of the search: a rule has property, operator, value and nothing else (b "logs")`},
		"search rule no object":        {with(`"relations":{"r":"{combinator: \"or\", rules: [1]}"}`), `error relations.r: rule 0 of the search is a number (b "logs")`},
		"a program without end":        {with(`"properties":{"a":".x","p":"[repeat(1)]","z":".x"}`), `error properties.p: the program does not come to an end (b "logs")`},
		"a key without end":            {`{"identifier":"[repeat(1)]","blueprint":"'b'"}`, `error identifier: the program does not come to an end`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			result := mapOne(t, test.mappings)
			if got := describe(result); got != test.want || len(result.Entities) != 0 {
				t.Errorf("%d entities and\n got %s\nwant %s", len(result.Entities), got, test.want)
			}
		})
	}
}

func TestSelectorOutcomes(t *testing.T) {
	t.Parallel()
	const fields = `{"identifier":".Properties.Name","blueprint":"\"b\""}`
	tests := map[string]struct {
		query    string
		entities int
		filtered int
		failure  string
	}{
		"true":          {`true`, 1, 0, ""},
		"computed true": {`.Properties.Name == "logs"`, 1, 0, ""},
		"false":         {`.Properties.No`, 0, 1, ""},
		"null":          {`.x`, 0, 0, "selector.query: the expression returned null, not true or false"},
		"number":        {`1`, 0, 0, "selector.query: the expression returned a number, not true or false"},
		"text":          {`"true"`, 0, 0, "selector.query: the expression returned a text, not true or false"},
		"array":         {`[]`, 0, 0, "selector.query: the expression returned an array, not true or false"},
		"object":        {`.`, 0, 0, "selector.query: the expression returned an object, not true or false"},
		"no output":     {`empty`, 0, 0, "selector.query: the expression returned null, not true or false"},
		"fails":         {`.Properties.Name.x`, 0, 0, "selector.query: expected an object but got: string"},
		"without end":   {`[repeat(1)]`, 0, 0, "selector.query: the program does not come to an end"},
		"first output":  {`true, error("x")`, 1, 0, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			query, _ := json.Marshal(test.query)
			result := mapAll(t, resource(`{"query":`+string(query)+`}`, fields))
			failure := ""
			for _, f := range result.Errors {
				if f.Blueprint != "b" || f.Identifier != "logs" {
					t.Errorf("failure is of %s %q, want b logs", f.Blueprint, f.Identifier)
				}
				failure, _, _ = strings.Cut(f.Error(), " (b")
			}
			if len(result.Entities) != test.entities || result.Filtered != test.filtered || failure != test.failure || result.Items != 1 {
				t.Errorf("%d items, %d entities, %d filtered, failure %q", result.Items, len(result.Entities), result.Filtered, failure)
			}
		})
	}
}

func TestSeveralEntitiesOfADocument(t *testing.T) {
	t.Parallel()
	result := mapOne(t, `[
		{"identifier":".Properties.Name","blueprint":"'one'"},
		{"identifier":".x","blueprint":"'two'"},
		{"identifier":".Properties.Name","blueprint":"'three'","properties":{"p":".x"}},
		{"identifier":"'a b'","blueprint":"'four'","icon":"[]"}]`)
	var blueprints []string
	for _, e := range result.Entities {
		blueprints = append(blueprints, e.Blueprint)
	}
	if diff := cmp.Diff([]string{"one", "three"}, blueprints); diff != "" {
		t.Errorf("blueprints (-want +got):\n%s", diff)
	}
	if len(result.Dropped) != 1 || result.Dropped[0].Blueprint != "two" || result.Items != 1 {
		t.Errorf("result = %s", describe(result))
	}
}

func TestNulls(t *testing.T) {
	t.Parallel()
	result := mapOne(t, with(`"title":".x","icon":"'i'","properties":{"a":".x","b":"1","c":".Properties.Name.x","d":"empty"},"relations":{"r":".x"}`))
	want := []mapping.Null{
		{Field: "title"}, {Field: "properties.a"},
		{Field: "properties.c", Reason: "expected an object but got: string"},
		{Field: "properties.d"}, {Field: "relations.r"},
	}
	if diff := cmp.Diff(want, result.Nulls); diff != "" {
		t.Errorf("nulls (-want +got):\n%s", diff)
	}
	refused := mapOne(t, with(`"title":".x","relations":{"r":"[null]"}`))
	if len(refused.Nulls) != 0 {
		t.Errorf("nulls of an entity that is not there: %v", refused.Nulls)
	}
}

func TestKeys(t *testing.T) {
	t.Parallel()
	text := mapOne(t, with(`"relations":{"a":"'x'","b":"[\"y\"]","c":".x","d":{"combinator":"'and'","rules":[{"property":"'p'","operator":"'='","value":"1"}]}}`)).Entities
	if key := text[0].Key(); key != "logs" || text[0].Search() {
		t.Errorf("key = %s, search = %v", key, text[0].Search())
	}
	want := map[string][]string{"a": {"x"}, "b": {"y"}, "c": nil, "d": nil}
	for _, f := range text[0].Relations {
		got, ok := f.Targets()
		if diff := cmp.Diff(want[f.Name], got); diff != "" || ok != (f.Name != "d") {
			t.Errorf("targets of %s are known = %v (-want +got):\n%s", f.Name, ok, diff)
		}
	}
	search := mapOne(t, `{"identifier":{"combinator":"'and'","rules":[{"property":"'p'","operator":"'='","value":"1"}]},"blueprint":"'b'"}`).Entities[0]
	if key := search.Key(); key != `{"combinator":"and","rules":[{"operator":"=","property":"p","value":1}]}` || !search.Search() {
		t.Errorf("key = %s, search = %v", key, search.Search())
	}
}

func TestDocumentsThatAreNone(t *testing.T) {
	t.Parallel()
	deep := any("end")
	for range 600 {
		deep = []any{deep}
	}
	tests := map[string]struct {
		value any
		want  string
	}{
		"type":   {int64(5), "document: the document holds a int64, which JSON does not have"},
		"nested": {[]any{map[string]any{"x": []string{"a"}}}, "document: the document holds a []string, which JSON does not have"},
		"number": {json.Number("five"), "document: the document has a number that JSON does not allow"},
		"depth":  {deep, "document: the document is nested too deeply"},
	}
	config := compile(t, resource(`{}`, `{"identifier":".a","blueprint":"'b'"}`))
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			result := config.Resources[0].Map(t.Context(), map[string]any{"a": "x", "b": test.value})
			if len(result.Errors) != 1 || result.Errors[0].Error() != test.want || result.Errors[0].Blueprint != "b" {
				t.Errorf("result = %s, want %s", describe(result), test.want)
			}
		})
	}
}

func TestMapAfterTheEnd(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	config := compile(t, resource(`{}`, `{"identifier":".a","blueprint":"'b'"}`))
	result := config.Resources[0].Map(ctx, map[string]any{"a": "x"})
	if len(result.Entities) != 0 || len(result.Errors) != 1 || !errors.Is(result.Errors[0], context.Canceled) {
		t.Errorf("result = %s", describe(result))
	}
}

// TestMapLeavesDocumentsAlone runs programs that update, on documents that
// share their parts, at the same time.
func TestMapLeavesDocumentsAlone(t *testing.T) {
	t.Parallel()
	config := compile(t, resource(`{"query":"{a: {b: 1}} | del(.c) | del(.a.c) | .a.b == 1"}`, with(`"properties":{
		"a":".Properties.Tags |= map(select(.Key == \"Team\")) | .Properties.Tags",
		"b":"del(.Properties.Tags[0]) | .Properties.Tags",
		"c":".Properties |= map_values(select(. != null)) | .Properties.Name",
		"d":".Properties.Name |= empty | .Properties.Size",
		"e":"{x: {y: [1]}} | del(.x.z) | .x.y |= map(. + 1) | .x.y"}`)))
	shared := document(t, thing)
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			for range 20 {
				doc := map[string]any{"Properties": shared["Properties"], "__ExtraContext": shared["__ExtraContext"]}
				result := config.Resources[0].Map(t.Context(), doc)
				if len(result.Entities) != 1 || len(result.Nulls) != 0 {
					t.Errorf("result = %s", describe(result))
				}
			}
		})
	}
	wait.Wait()
	if diff := cmp.Diff(document(t, thing), shared); diff != "" {
		t.Errorf("the document changed (-want +got):\n%s", diff)
	}
	result := config.Resources[0].Map(t.Context(), shared)
	body := string(result.Entities[0].AppendJSON(nil))
	if body != `{"identifier":"logs","blueprint":"b","properties":{"a":[{"Key":"Team","Value":"a"}],"b":[{"Key":"Env","Value":"p"}],"c":"logs","d":9007199254740993,"e":[2]}}` {
		t.Errorf("body = %s", body)
	}
}

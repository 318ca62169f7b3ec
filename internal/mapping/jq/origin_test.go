package jq

import (
	"testing"

	"github.com/google/go-cmp/cmp"
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
			if diff := cmp.Diff(test.want, Source(test.expression)); diff != "" {
				t.Errorf("source (-want +got):\n%s", diff)
			}
		})
	}
}

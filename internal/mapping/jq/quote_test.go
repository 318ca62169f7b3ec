package jq

import "testing"

func TestDoubleQuotes(t *testing.T) {
	t.Parallel()
	tests := map[string][2]string{
		"nothing to do":                  {`.a | "b"`, `.a | "b"`},
		"whole text":                     {`'s3Bucket'`, `"s3Bucket"`},
		"after white space":              {`.a + '-' + .b`, `.a + "-" + .b`},
		"tab and line break":             {"\t'a'\n", "\t\"a\"\n"},
		"next to brackets":               {`select(.a == 'b')`, `select(.a == "b')`},
		"inside of brackets":             {`test('x')`, `test('x')`},
		"inside of a word":               {`"it's"`, `"it's"`},
		"before a double quote":          {`'"and"'`, `'"and"'`},
		"before a double quote, spaced":  {`.a '"b`, `.a '"b`},
		"after a double quote":           {`.a "'`, `.a "'`},
		"after a double quote, spaced":   {`.a "' b`, `.a "' b`},
		"opening before white space":     {`.a ' b`, `.a ' b`},
		"alone":                          {`'`, `"`},
		"alone between white space":      {` ' `, ` ' `},
		"alone at the end":               {`a '`, `a "`},
		"alone at the start":             {`' a`, `" a`},
		"closes at the end":              {`a'`, `a"`},
		"closes before white space":      {`a' b`, `a" b`},
		"opens after white space":        {`a 'b`, `a "b`},
		"two that share white space":     {`'a' 'b'`, `"a" 'b"`},
		"two with two blanks":            {`'a'  'b'`, `"a"  "b"`},
		"two quotes at the start":        {`''`, `""`},
		"two quotes after white space":   {`a ''`, `a ""`},
		"two quotes before white space":  {`'' a`, `"" a`},
		"quote in a string":              {`"a 'b' c"`, `"a "b" c"`},
		"Unicode white space":            {"a\u00a0'b'", "a\u00a0\"b\""},
		"file separator is white space":  {"a\x1c'b'", "a\x1c\"b\""},
		"letters beyond ASCII":           {`.ü + 'ä'`, `.ü + "ä"`},
		"three in a row":                 {`'''`, `"'"`},
		"white space before double":      {`' "x`, `" "x`},
		"empty":                          {``, ``},
		"opening quote after open quote": {` ''`, ` ""`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := doubleQuotes(test[0]); got != test[1] {
				t.Errorf("doubleQuotes(%s) = %s, want %s", test[0], got, test[1])
			}
		})
	}
}

// Package page makes of a run's report one HTML file that a person opens in a browser:
// what was read in which account, what changed, what was not read or not taken and what
// fixes it, what stays in Port and why, and where the time went.
//
// The file is whole. It has its style and its script inside, loads nothing, and its
// content security policy lets it do nothing else. Everything that comes from the report
// is text: names, errors and identifiers are escaped, whatever they hold. Without its
// script the page shows the same; the script only folds and filters. The package decides
// what is shown first and nothing about the run, and the same report gives the same bytes.
package page

import (
	"crypto/sha256"
	_ "embed" // the page's parts
	"encoding/base64"
	"fmt"
	"io"
	"reflect"
	"text/template/parse"
	"time"

	"portolan/internal/report"
)

var (
	//go:embed page.html
	markup string
	//go:embed page.css
	style string
	//go:embed page.js
	script string
)

// functions are what the template calls.
var functions = map[string]func(args []any) any{
	"n":         func(a []any) any { return report.Thousands(a[0].(int)) },
	"seconds":   func(a []any) any { return seconds(a[0].(float64)) },
	"day":       func(a []any) any { return day(a[0].(time.Time)) },
	"stamp":     func(a []any) any { return a[0].(time.Time).UTC().Format("2006-01-02T15:04:05Z") },
	"since":     func(a []any) any { return since(a[0].(time.Time)) },
	"percent":   func(a []any) any { return percent(a[0].(float64)) },
	"megabytes": func(a []any) any { return megabytes(a[0].(uint64)) },
	"inc":       func(a []any) any { return a[0].(int) + 1 },
	"folds":     func(a []any) any { return a[0].(rows).Folds() },
	"kind":      func(a []any) any { return a[0].(interface{ Kind() string }).Kind() },
	"index":     func(a []any) any { return a[0].(interface{ Index() int }).Index() },
	"many":      func(a []any) any { return a[0].(gap).Many() },
	"more":      func(a []any) any { return a[0].(group).More() },
	"columns": func([]any) any {
		return []string{"Resources", "Filtered", "Dropped", "Created", "Updated", "Unchanged", "Failed"}
	},
	"style":  func([]any) any { return raw(style) },
	"script": func([]any) any { return raw(script) },
	"policy": func([]any) any { return policy },
	"len":    func(a []any) any { return reflect.ValueOf(a[0]).Len() },
	"eq":     func(a []any) any { return a[0] == a[1] },
	"lt":     func(a []any) any { return a[0].(int) < a[1].(int) },
	"le":     func(a []any) any { return a[0].(int) <= a[1].(int) },
	"or": func(a []any) any {
		for _, value := range a {
			if truth(value) {
				return value
			}
		}
		return a[len(a)-1]
	},
}

var trees = parsed()

// parsed returns the templates of the page by name.
func parsed() map[string]*parse.Tree {
	names := make(map[string]any, len(functions))
	for name, function := range functions {
		names[name] = function
	}
	trees, err := parse.Parse("page", markup, "{{", "}}", names)
	if err != nil {
		panic(err) // a test reads it
	}
	return trees
}

// policy lets the page use its own style, script and icon, and nothing else.
var policy = fmt.Sprintf("default-src 'none'; style-src '%s'; script-src '%s'; img-src data:; base-uri 'none'; form-action 'none'",
	digest(style), digest(script))

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// Write writes the page of a report. Its error is that of the writer.
func Write(w io.Writer, r *report.Report) error {
	return (&renderer{trees: trees, funcs: functions}).render(w, "page", viewOf(r))
}

// Package page makes of a run's report one HTML file that a person opens in a browser:
// what was read in which account, what changed, what was not read or not taken and what
// mends it, what stays in Port and why, and where the time went.
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
	"html/template"
	"io"

	"portolan/internal/report"
)

var (
	//go:embed page.html
	markup string
	//go:embed page.css
	style template.CSS
	//go:embed page.js
	script template.JS
)

var page = template.Must(template.New("page").Funcs(template.FuncMap{
	"n": report.Thousands, "short": short, "seconds": seconds, "day": day, "percent": percent, "megabytes": megabytes,
	"inc": func(n int) int { return n + 1 },
	"columns": func() []string {
		return []string{"Resources", "Filtered", "Dropped", "Created", "Updated", "Unchanged", "Failed"}
	},
	"style": func() template.CSS { return style }, "script": func() template.JS { return script }, "policy": func() string { return policy },
}).Parse(markup))

// policy lets the page use its own style, script and icon, and nothing else.
var policy = fmt.Sprintf("default-src 'none'; style-src '%s'; script-src '%s'; img-src data:; base-uri 'none'; form-action 'none'",
	digest(string(style)), digest(string(script)))

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// Write writes the page of a report. Its error is that of the writer.
func Write(w io.Writer, r *report.Report) error { return page.Execute(w, viewOf(r)) }

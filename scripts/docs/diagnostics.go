package main

import (
	"fmt"
	"strings"

	"github.com/mitchellh/go-wordwrap"

	"portolan/internal/diag"
)

// width is where lines of documentation end.
const width = 125

// diagnostics returns the catalogue of diagnostics: an overview, then a section for each code,
// which its anchor names.
func diagnostics() (string, error) {
	var b strings.Builder
	b.WriteString("| code | title |\n|---|---|\n")
	for _, group := range diag.Groups {
		for _, e := range group.Entries {
			fmt.Fprintf(&b, "| [%s](#%s) | %s |\n", e.Code, e.Code.Anchor(), e.Title)
		}
	}
	for _, group := range diag.Groups {
		fmt.Fprintf(&b, "\n## %s\n", group.Title)
		for _, e := range group.Entries {
			fmt.Fprintf(&b, "\n### %s\n\n**%s.**\n%s\n\n%s\n", e.Code, e.Title,
				wordwrap.WrapString(e.Cause, width), wordwrap.WrapString(e.Fix, width))
		}
	}
	return strings.TrimSuffix(b.String(), "\n"), nil
}

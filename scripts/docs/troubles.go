package main

import (
	"fmt"
	"strings"

	"github.com/mitchellh/go-wordwrap"

	"portolan/internal/trouble"
)

// width is where lines of documentation end.
const width = 125

// troubles gives the catalogue of troubles: an overview, then a section for each code,
// which its anchor names.
func troubles() (string, error) {
	var b strings.Builder
	b.WriteString("| code | title |\n|---|---|\n")
	for _, group := range trouble.Groups {
		for _, e := range group.Entries {
			fmt.Fprintf(&b, "| [%s](#%s) | %s |\n", e.Code, e.Code.Anchor(), e.Title)
		}
	}
	for _, group := range trouble.Groups {
		fmt.Fprintf(&b, "\n## %s\n", group.Title)
		for _, e := range group.Entries {
			fmt.Fprintf(&b, "\n### %s\n\n**%s.**\n%s\n\n%s\n", e.Code, e.Title,
				wordwrap.WrapString(e.Cause, width), wordwrap.WrapString(e.Mend, width))
		}
	}
	return strings.TrimSuffix(b.String(), "\n"), nil
}

package trouble

import (
	"fmt"
	"strings"
)

// Markdown gives the catalogue as documentation shows it: an overview, then a section
// for each code, which its anchor names.
func Markdown() string {
	var b strings.Builder
	b.WriteString("| code | title |\n|---|---|\n")
	for _, e := range All() {
		fmt.Fprintf(&b, "| [%s](#%s) | %s |\n", e.Code, e.Code.Anchor(), e.Title)
	}
	for _, group := range groups {
		fmt.Fprintf(&b, "\n## %s\n", group.title)
		for _, e := range group.entries {
			fmt.Fprintf(&b, "\n### %s\n\n**%s.**\n%s\n\n%s\n", e.Code, e.Title, fold(e.Cause, width), fold(e.Mend, width))
		}
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// width is where lines of documentation end, in bytes.
const width = 125

// fold breaks text into lines of at most width bytes, where it has spaces.
func fold(text string, width int) string {
	var b strings.Builder
	column := 0
	for _, word := range strings.Fields(text) {
		switch {
		case column == 0:
		case column+1+len(word) > width:
			b.WriteByte('\n')
			column = 0
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += len(word)
	}
	return b.String()
}

package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"portolan/internal/console"
	"portolan/internal/diag"
	"portolan/internal/nearest"
)

const aboutCodes = `Say what a code means, where it usually comes from, and what fixes it.

Codes are in errors, in reports, in the log and in what doctor prints. Nothing is
called. Without a code, all of them are listed; docs/troubleshooting.md has the same.`

// explainCodeCommand explains codes of diagnostics.
func explainCodeCommand() *cobra.Command {
	return &cobra.Command{
		Use: "explain [CODE…]", Short: "Say what a code such as PTL-303 means, and what fixes it", Long: aboutCodes,
		Example: "  portolan explain PTL-303\n  portolan explain",
		RunE: func(c *cobra.Command, wanted []string) error {
			var found []diag.Entry
			for _, name := range wanted {
				entry, err := entryOf(name)
				if err != nil {
					return err
				}
				found = append(found, entry)
			}
			if len(found) == 0 {
				return listCodes(c.OutOrStdout())
			}
			for i, entry := range found {
				if i > 0 {
					_, _ = fmt.Fprintln(c.OutOrStdout())
				}
				if err := explainCode(c.OutOrStdout(), entry); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

// entryOf returns what the catalogue has of a code, which may be written in small letters or as its
// number.
func entryOf(name string) (diag.Entry, error) {
	code := strings.ToUpper(name)
	if !strings.HasPrefix(code, "PTL-") {
		code = "PTL-" + code
	}
	var known []string
	for _, group := range diag.Groups {
		for _, entry := range group.Entries {
			if string(entry.Code) == code {
				return entry, nil
			}
			known = append(known, string(entry.Code))
		}
	}
	return diag.Entry{}, fmt.Errorf("there is no code %q%s; portolan explain lists all", name, nearest.Hint(code, known))
}

func listCodes(w io.Writer) error {
	var b strings.Builder
	for i, group := range diag.Groups {
		if i > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "%s\n", group.Title)
		for _, entry := range group.Entries {
			b.WriteString(console.Of(w).List("  "+string(entry.Code)+"  ", diag.Unmarked(entry.Title)))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func explainCode(w io.Writer, entry diag.Entry) error {
	look := console.Of(w)
	wrapped := func(text string) string { return look.Fold(diag.Unmarked(text), 0) }
	_, err := fmt.Fprintf(w, "%s\n\n%s\n\nWhat to do\n\n%s\n", wrapped(string(entry.Code)+"  "+entry.Title), wrapped(entry.Cause), wrapped(entry.Fix))
	return err
}

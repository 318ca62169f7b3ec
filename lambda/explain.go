package main

import (
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/mitchellh/go-wordwrap"
	"github.com/spf13/cobra"

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
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return codes(), cobra.ShellCompDirectiveNoFileComp
		},
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

func codes() (names []string) {
	for _, group := range diag.Groups {
		for _, entry := range group.Entries {
			names = append(names, string(entry.Code))
		}
	}
	return names
}

// entryOf returns what the catalogue has of a code, which may be written in small letters or as its
// number.
func entryOf(name string) (diag.Entry, error) {
	code := strings.ToUpper(name)
	if !strings.HasPrefix(code, "PTL-") {
		code = "PTL-" + code
	}
	for _, group := range diag.Groups {
		for _, entry := range group.Entries {
			if string(entry.Code) == code {
				return entry, nil
			}
		}
	}
	return diag.Entry{}, fmt.Errorf("there is no code %q%s; portolan explain lists all", name, nearest.Hint(code, codes()))
}

func listCodes(w io.Writer) error {
	var b strings.Builder
	for i, group := range diag.Groups {
		if i > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "%s\n", group.Title)
		for _, entry := range group.Entries {
			fmt.Fprintf(&b, "  %s  %s\n", entry.Code, unmarked(entry.Title))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// explanationWidth is how many columns an explanation has.
const explanationWidth = 80

func explainCode(w io.Writer, entry diag.Entry) error {
	wrapped := func(text string) string { return wordwrap.WrapString(unmarked(text), explanationWidth) }
	_, err := fmt.Fprintf(w, "%s\n\n%s\n\nWhat to do\n\n%s\n", wrapped(string(entry.Code)+"  "+entry.Title), wrapped(entry.Cause), wrapped(entry.Fix))
	return err
}

// link is a link of Markdown to a page of the documentation, which is beside troubleshooting.md.
var link = regexp.MustCompile(`\[([^\]]+)\]\(([^)]+)\)`)

// unmarked returns a text of Markdown as people read it on a terminal.
func unmarked(text string) string {
	text = link.ReplaceAllStringFunc(text, func(found string) string {
		parts := link.FindStringSubmatch(found)
		page := parts[2]
		if !strings.Contains(page, "://") {
			page = "docs/" + strings.TrimPrefix(page, "#")
			if strings.HasPrefix(parts[2], "#") {
				page = "docs/troubleshooting.md" + parts[2]
			}
		}
		return parts[1] + " (" + page + ")"
	})
	return strings.ReplaceAll(text, "`", "")
}

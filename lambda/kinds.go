package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"portolan/internal/aws/catalog"
	"portolan/internal/aws/cloudcontrol"
	"portolan/internal/console"
	"portolan/internal/plain"
	"portolan/internal/port/defaults"
)

const aboutKinds = `List the kinds of AWS resources that can be read, without a call to AWS.

Without arguments, the native kinds and those with a default blueprint and
mapping. With words, every kind with all of them in its name. With a kind, how
it is read, its calls and permissions, and the form of a document.

  native   read by the service's own API, see docs/kinds.md
  special  as in Ocean's older aws integration
  default  read through AWS Cloud Control, with a default blueprint and mapping
  beneath  read through AWS Cloud Control, beneath a parent

Every other kind is read through AWS Cloud Control too, see docs/types.md.`

// kindsCommand shows the catalog.
func kindsCommand() *cobra.Command {
	var (
		output string
		all    bool
	)
	c := &cobra.Command{
		Use: "kinds [WORD…|KIND]", Short: "List the kinds of AWS resources that can be read", Long: aboutKinds,
		Example: "  portolan kinds\n  portolan kinds load balancer\n  portolan kinds AWS::EKS::Nodegroup",
		RunE: func(c *cobra.Command, words []string) error {
			switch {
			case checkOutput(output) != nil:
				return checkOutput(output)
			case all && len(words) > 0:
				return fmt.Errorf("--all lists every kind; leave it or the words out")
			}
			if len(words) == 1 {
				if entry, ok := catalog.Of(words[0]); ok {
					return printKind(c.OutOrStdout(), withDefault(entry), output)
				}
			}
			return printKinds(c.OutOrStdout(), words, all, output)
		},
	}
	c.Flags().StringVar(&output, "output", "table", "how to print the kinds: table or json")
	c.Flags().BoolVar(&all, "all", false, "list every kind")
	return c
}

// withDefault says of an entry whether there are a default blueprint and mapping.
func withDefault(entry catalog.Entry) catalog.Entry {
	entry.Default = defaults.Has(entry.Kind)
	return entry
}

func printKind(w io.Writer, entry catalog.Entry, output string) error {
	if output == "json" {
		return printJSON(w, entry)
	}
	text, err := entry.Text(console.Of(w))
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, text)
	return err
}

func printKinds(w io.Writer, words []string, all bool, output string) error {
	var shown []catalog.Entry
	others := 0
	for _, entry := range catalog.Search(words...) {
		entry = withDefault(entry)
		if len(words) == 0 && !all && !entry.Default && entry.How == cloudcontrol.Generic {
			others++
			continue
		}
		shown = append(shown, entry)
	}
	if len(shown) == 0 {
		if len(words) == 1 && strings.Contains(words[0], "::") {
			return fmt.Errorf("you name %w", cloudcontrol.Unreadable(words[0]))
		}
		return fmt.Errorf("no kind has %q in its name; portolan kinds --all lists every kind", strings.Join(words, " "))
	}
	if output == "json" {
		return printJSON(w, shown)
	}
	for _, entry := range shown {
		if _, err := fmt.Fprintln(w, entry.Line()); err != nil {
			return err
		}
	}
	if others > 0 {
		_, err := fmt.Fprintf(w, "\nand %s of AWS's: portolan kinds WORD searches them, --all lists them\n", plain.Count(others, "more type", "more types"))
		return err
	}
	return nil
}

func printJSON(w io.Writer, value any) error {
	text, err := plain.Marshal(value)
	if err != nil {
		return err
	}
	_, err = w.Write(text)
	return err
}

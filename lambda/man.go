//go:build man

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
	"github.com/spf13/pflag"

	"portolan/internal/console"
)

// init makes the program write its man pages into the folder of its one argument, in place of
// all else. It is built so by make man only, because what writes them is large.
func init() {
	root := (&shell{out: console.Fixed(os.Stdout, console.Standard), errOut: console.Fixed(os.Stderr, console.Standard)}).root()
	root.DisableAutoGenTag = true
	literal(root)
	folder := filepath.Clean(os.Args[1])
	err := os.MkdirAll(folder, 0o755)
	if err == nil {
		err = doc.GenManTree(root, &doc.GenManHeader{Section: "1", Source: "Portolan " + version, Manual: "Portolan"}, folder)
	}
	if err != nil {
		_, _ = fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// marks are what Markdown, from which cobra makes the pages, takes for its own.
var marks = strings.NewReplacer("_", `\_`, "*", `\*`, "<", `\<`, "`", "\\`")

// literal makes the texts of a command, and of all beneath it, Markdown that shows them as they are.
func literal(c *cobra.Command) {
	lines := strings.Split(c.Long, "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, "  ") {
			lines[i] = "  " + line // a block of code, whose lines stay
		} else {
			lines[i] = marks.Replace(line)
		}
	}
	c.Long, c.Short = strings.Join(lines, "\n"), marks.Replace(c.Short)
	usage := func(f *pflag.Flag) {
		_, f.Usage = pflag.UnquoteUsage(f)
		f.Usage = marks.Replace(f.Usage)
	}
	c.LocalNonPersistentFlags().VisitAll(usage)
	c.PersistentFlags().VisitAll(usage)
	for _, beneath := range c.Commands() {
		literal(beneath)
	}
}

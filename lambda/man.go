//go:build man

package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra/doc"

	"portolan/internal/console"
)

// init makes the program write its man pages into the folder of its one argument, in place of
// all else. It is built so by make man only, because what writes them is large.
func init() {
	root := (&shell{out: console.Fixed(os.Stdout, console.Standard), errOut: console.Fixed(os.Stderr, console.Standard)}).root()
	root.DisableAutoGenTag = true
	folder := filepath.Clean(os.Args[1])
	err := os.MkdirAll(folder, 0o755)
	if err == nil {
		err = doc.GenManTree(root, &doc.GenManHeader{Title: "PORTOLAN", Section: "1", Source: "Portolan " + version, Manual: "Portolan"}, folder)
	}
	if err != nil {
		_, _ = fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

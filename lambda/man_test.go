package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// TestManPages makes the pages as make man does. Each has the words of its command as they are: none
// is taken for markup.
func TestManPages(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	if out, err := exec.CommandContext(t.Context(), "go", "run", "-tags", "man", ".", folder).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	plain := strings.NewReplacer(`\fB`, "", `\fI`, "", `\fP`, "", `\fR`, "", `\-`, "-", `\&`, "", `\(cq`, "'", `\_`, "_")
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		name := strings.ReplaceAll(c.CommandPath(), " ", "-")
		text, err := os.ReadFile(filepath.Join(folder, name+".1"))
		if err != nil {
			t.Fatal(err)
		}
		page := plain.Replace(string(text))
		if strings.Contains(page, "``") {
			t.Errorf("%s has empty quotes", name)
		}
		if !strings.Contains(page, `.TH "`+strings.ToUpper(name)+`"`) {
			t.Errorf("%s is called %.100q", name, page)
		}
		texts := []string{c.Long, c.Short}
		c.LocalFlags().VisitAll(func(f *pflag.Flag) {
			_, usage := pflag.UnquoteUsage(f)
			texts = append(texts, usage)
		})
		for _, text := range texts {
			for _, word := range strings.Fields(text) {
				if !strings.Contains(page, word) {
					t.Errorf("%s lacks the word %s", name, word)
				}
			}
		}
		for _, beneath := range c.Commands() {
			walk(beneath)
		}
	}
	walk((&shell{}).root())
}

// Docs writes the parts of docs/ that list what the code knows: the settings and
// the kinds. A generated part stands between two marks; what is around it is
// written by hand. With -check it writes nothing and fails if a part is stale.
package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"strings"

	"portolan/internal/kind"
	"portolan/internal/kinds"
	"portolan/internal/settings"
)

// parts are the generated parts, by the page and the name in its marks.
var parts = []struct {
	page, name string
	text       func() string
}{
	{"docs/configuration.md", "settings", settingsTable},
	{"docs/kinds.md", "overview", overview},
	{"docs/kinds.md", "kinds", everyKind},
}

func main() {
	check := flag.Bool("check", false, "write nothing; fail if a page is stale")
	flag.Parse()
	log.SetFlags(0)
	stale := false
	for _, part := range parts {
		text, err := os.ReadFile(part.page)
		if err != nil {
			log.Fatal(err)
		}
		fresh, err := replace(string(text), part.name, part.text())
		if err != nil {
			log.Fatalf("%s: %v", part.page, err)
		}
		if fresh == string(text) {
			continue
		}
		if stale = true; *check {
			log.Printf("%s: the part %q is stale; run make docs", part.page, part.name)
			continue
		}
		if err := os.WriteFile(part.page, []byte(fresh), 0o644); err != nil {
			log.Fatal(err)
		}
		log.Printf("%s: wrote %q", part.page, part.name)
	}
	if stale && *check {
		os.Exit(1)
	}
}

// replace puts text between the marks of a part.
func replace(page, name, text string) (string, error) {
	begin, end := "<!-- generated: "+name+" -->\n", "<!-- end: "+name+" -->"
	before, rest, ok := strings.Cut(page, begin)
	if !ok {
		return "", fmt.Errorf("the mark %q is missing", strings.TrimSpace(begin))
	}
	_, after, ok := strings.Cut(rest, end)
	if !ok {
		return "", fmt.Errorf("the mark %q is missing", end)
	}
	return before + begin + "\n" + text + "\n" + end + after, nil
}

func settingsTable() string { return settings.Markdown() }

func overview() string {
	var b strings.Builder
	b.WriteString("| kind | scope | optional actions |\n|---|---|---|\n")
	for _, k := range kinds.All {
		fmt.Fprintf(&b, "| [`%s`](#%s) | %s | %s |\n", k.Type, anchor(k.Type), k.Scope, code(k.OptionalNames()))
	}
	return b.String()
}

func anchor(title string) string {
	return strings.ToLower(strings.ReplaceAll(title, ":", ""))
}

func code(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return "`" + strings.Join(names, "`, `") + "`"
}

func everyKind() string {
	var b strings.Builder
	for i, k := range kinds.All {
		if i > 0 {
			b.WriteString("\n")
		}
		writeKind(&b, k)
	}
	return b.String()
}

func writeKind(b *strings.Builder, k *kind.Kind) {
	fmt.Fprintf(b, "## %s\n\n", k.Type)
	fmt.Fprintf(b, "Scope: %s. Context (`.__ExtraContext`): %s.\n\n", k.Scope, code(contextOf(k)))
	b.WriteString("| action | runs | permission | resources a call |\n|---|---|---|---|\n")
	fmt.Fprintf(b, "| `%s` | always | %s | up to %d |\n", k.List.Name, code(k.List.Actions), max(k.List.PageSize, 100))
	for _, f := range k.Default {
		writeFollowUp(b, f, "always")
	}
	for _, f := range k.Optional {
		writeFollowUp(b, f, "if named")
	}
	form := "Only these properties"
	if k.Document.Open {
		form = "These properties, and every other that AWS answers"
	}
	fmt.Fprintf(b, "\n%s: %s.\n", form, code(k.Document.Names()))
}

func writeFollowUp(b *strings.Builder, f kind.FollowUp, runs string) {
	if len(f.Actions) == 0 && f.Name == "" {
		return
	}
	permission, size := code(f.Actions), fmt.Sprint(max(f.Size, 1))
	if len(f.Actions) == 0 {
		permission, size = "none: no call", "all"
	}
	fmt.Fprintf(b, "| `%s` | %s | %s | %s |\n", f.Name, runs, permission, size)
}

func contextOf(k *kind.Kind) []string {
	switch k.Scope {
	case kind.Regional:
		return []string{"AccountId", "Region"}
	case kind.Global:
		return []string{"AccountId"}
	default:
		return nil
	}
}

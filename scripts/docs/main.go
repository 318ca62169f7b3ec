// Docs writes the parts of docs/ that list what the code knows: the settings, the
// kinds, the metrics, the diagnostics and the rule of deletes. Some pages are generated whole; on others a generated part stands
// between two marks, and what is around it is written by hand. With -check it writes
// nothing and fails if something is stale, if a link leads nowhere, or if a page names a
// command, a flag or a target of the Makefile that does not exist.
package main

import (
	"flag"
	"fmt"
	"log"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"portolan/infra/config"
	"portolan/internal/aws/kinds"
	"portolan/internal/report"
	"portolan/internal/resync/reconcile"
	"portolan/internal/settings"
)

// parts are the generated parts, by the page and the name in its marks.
var parts = []struct {
	page, name string
	text       func() (string, error)
}{
	{"docs/configuration.md", "settings", func() (string, error) { return settings.Markdown(), nil }},
	{"docs/configuration.md", "ignored", func() (string, error) { return settings.IgnoredMarkdown(), nil }},
	{"docs/migration-aws.md", "former", func() (string, error) { return settings.FormerMarkdown(), nil }},
	{"docs/infrastructure.md", "keys", func() (string, error) { return config.Markdown(), nil }},
	{"docs/kinds.md", "overview", overview},
	{"docs/types.md", "types", types},
	{"docs/kinds.md", "groups", groups},
	{"docs/kinds.md", "beyond", beyond},
	{"docs/kinds.md", "any", anyOther},
	{"docs/troubleshooting.md", "codes", diagnostics},
	{"docs/operations.md", "deletes", func() (string, error) { return reconcile.Markdown(), nil }},
	{"docs/performance.md", "large", largeCells},
	{"docs/operations.md", "metrics", func() (string, error) { return report.MetricsMarkdown(), nil }},
}

// kindPages is the folder of the kinds' pages. It has only generated files, as the folder of the schemas.
const kindPages = "docs/kinds"

func main() {
	check := flag.Bool("check", false, "write nothing; fail if a page is stale")
	flag.Parse()
	log.SetFlags(0)
	pages, err := fresh()
	if err != nil {
		log.Fatal(err)
	}
	stale, err := staleOf(pages)
	if err != nil {
		log.Fatal(err)
	}
	for _, page := range stale {
		if *check {
			log.Printf("%s is stale; run make docs", page)
			continue
		}
		if err := write(page, pages[page]); err != nil {
			log.Fatal(err)
		}
		log.Printf("wrote %s", page)
	}
	if !*check {
		return
	}
	wrong, err := faults()
	if err != nil {
		log.Fatal(err)
	}
	for _, fault := range wrong {
		log.Print(fault)
	}
	if len(stale)+len(wrong) > 0 {
		os.Exit(1)
	}
}

// fresh returns every page that has something generated, as it should be.
func fresh() (map[string]string, error) {
	pages := make(map[string]string)
	for _, part := range parts {
		text, known := pages[part.page]
		if !known {
			present, err := os.ReadFile(part.page)
			if err != nil {
				return nil, err
			}
			text = string(present)
		}
		generated, err := part.text()
		if err != nil {
			return nil, err
		}
		if pages[part.page], err = replace(text, part.name, generated); err != nil {
			return nil, fmt.Errorf("%s: %w", part.page, err)
		}
	}
	recipes, err := os.ReadFile(cookbookPage)
	if err != nil {
		return nil, err
	}
	if pages[cookbookPage], err = cookbook(string(recipes)); err != nil {
		return nil, fmt.Errorf("%s: %w", cookbookPage, err)
	}
	for _, write := range []func() (map[string]string, error){schemas, terraform} {
		files, err := write()
		if err != nil {
			return nil, err
		}
		maps.Copy(pages, files)
	}
	for _, k := range kinds.All {
		text, err := kindPage(k)
		if err != nil {
			return nil, err
		}
		pages[filepath.Join(kindPages, pageOf(k))] = text
	}
	return pages, nil
}

// staleOf lists the pages that are not as they should be, or should not be.
func staleOf(pages map[string]string) ([]string, error) {
	var stale []string
	for _, page := range slices.Sorted(maps.Keys(pages)) {
		if present, err := os.ReadFile(page); err != nil || string(present) != pages[page] {
			stale = append(stale, page)
		}
	}
	for _, folder := range []string{kindPages, schemaFolder} {
		present, err := filepath.Glob(folder + "/*")
		if err != nil {
			return nil, err
		}
		for _, page := range present {
			if _, known := pages[page]; !known {
				stale = append(stale, page)
			}
		}
	}
	return stale, nil
}

// write writes a page, or removes one that should not be.
func write(page, text string) error {
	if text == "" {
		return os.Remove(page)
	}
	if err := os.MkdirAll(filepath.Dir(page), 0o755); err != nil {
		return err
	}
	return os.WriteFile(page, []byte(text), 0o644)
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

func code(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return "`" + strings.Join(names, "`, `") + "`"
}

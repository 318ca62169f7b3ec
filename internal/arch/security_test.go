package arch_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The page of the security model names a test for each line. A test that is renamed or deleted
// takes its line along.
func TestSecurityPageNamesTests(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile("`(Test[A-Z][A-Za-z0-9]*)`").FindAllSubmatch(page, -1)
	if len(named) < 30 {
		t.Errorf("the page names %d tests; the form of a name has changed", len(named))
	}
	declared, function := map[string]bool{}, regexp.MustCompile(`(?m)^func (Test\w+)\(t \*testing\.T\)`)
	for _, folder := range []string{"../../internal", "../../infra", "../../lambda", "../../scripts"} {
		err := filepath.WalkDir(folder, func(path string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, "_test.go") {
				return err
			}
			text, err := os.ReadFile(path)
			for _, match := range function.FindAllSubmatch(text, -1) {
				declared[string(match[1])] = true
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, match := range named {
		if name := string(match[1]); !declared[name] {
			t.Errorf("docs/security.md names %s, and there is no such test", name)
		}
	}
}

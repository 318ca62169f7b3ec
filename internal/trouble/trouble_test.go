package trouble_test

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"portolan/internal/trouble"
)

const root = "../.."

func TestCatalogueIsWhole(t *testing.T) {
	t.Parallel()
	form := regexp.MustCompile(`^PTL-[1-7]\d\d$`)
	seen := map[trouble.Code]bool{}
	last := trouble.Code("")
	for _, e := range all() {
		switch {
		case !form.MatchString(string(e.Code)):
			t.Errorf("%q is no code", e.Code)
		case seen[e.Code]:
			t.Errorf("%s is there twice", e.Code)
		case e.Code < last:
			t.Errorf("%s comes after %s", e.Code, last)
		case e.Title == "" || e.Cause == "" || e.Mend == "":
			t.Errorf("%s lacks title, cause or mend", e.Code)
		case !strings.HasSuffix(e.Cause, ".") || !strings.HasSuffix(e.Mend, "."):
			t.Errorf("cause and mend of %s are not sentences", e.Code)
		case e.Code.Entry() != e:
			t.Errorf("%s is not found", e.Code)
		}
		seen[e.Code], last = true, e.Code
	}
	for name, code := range constants(t) {
		if !seen[code] {
			t.Errorf("%s (%s) is not in the catalogue", name, code)
		}
	}
}

// TestEveryCodeIsUsed by something that is not a test.
func TestEveryCodeIsUsed(t *testing.T) {
	t.Parallel()
	used := map[string]bool{}
	for _, dir := range []string{"internal", "lambda"} {
		err := filepath.WalkDir(filepath.Join(root, dir), func(path string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || filepath.Base(filepath.Dir(path)) == "trouble" {
				return err
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
			if err != nil {
				return err
			}
			ast.Inspect(file, func(n ast.Node) bool {
				if s, ok := n.(*ast.SelectorExpr); ok {
					if of, ok := s.X.(*ast.Ident); ok && of.Name == "trouble" {
						used[s.Sel.Name] = true
					}
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, code := range constants(t) {
		if !used[name] {
			t.Errorf("nothing has the code %s (%s)", code, name)
		}
	}
}

func TestEveryCodeIsDocumented(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(root, "docs", "troubleshooting.md"))
	if err != nil {
		t.Fatal(err)
	}
	sections := map[trouble.Code]bool{}
	for _, match := range regexp.MustCompile(`(?m)^### (PTL-\d+)$`).FindAllSubmatch(text, -1) {
		sections[trouble.Code(match[1])] = true
	}
	for _, e := range all() {
		if !sections[e.Code] {
			t.Errorf("%s has no section", e.Code)
		}
	}
	for code := range sections {
		if code.Entry() == (trouble.Entry{}) {
			t.Errorf("the section %s is of no trouble", code)
		}
	}
	pages, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range append(pages, filepath.Join(root, "README.md")) {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, code := range regexp.MustCompile(`PTL-\d+`).FindAll(text, -1) {
			if trouble.Code(code).Entry() == (trouble.Entry{}) {
				t.Errorf("%s names %s, which is no trouble", page, code)
			}
		}
	}
}

func all() []trouble.Entry {
	var entries []trouble.Entry
	for _, group := range trouble.Groups {
		entries = append(entries, group.Entries...)
	}
	return entries
}

// constants gives the package's codes by the names of their constants.
func constants(t *testing.T) map[string]trouble.Code {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "codes.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	codes := map[string]trouble.Code{}
	ast.Inspect(file, func(n ast.Node) bool {
		if v, ok := n.(*ast.ValueSpec); ok {
			codes[v.Names[0].Name] = trouble.Code(strings.Trim(v.Values[0].(*ast.BasicLit).Value, `"`))
		}
		return true
	})
	if len(codes) == 0 {
		t.Fatal("codes.go has no codes")
	}
	return codes
}

func TestTheOutermostCodeCounts(t *testing.T) {
	t.Parallel()
	inner := trouble.New(trouble.Denied, "no")
	outer := fmt.Errorf("x: %w", trouble.With(trouble.AssumeRole, fmt.Errorf("enter: %w", inner)))
	if got := trouble.Of(outer); got != trouble.AssumeRole {
		t.Errorf("Of(%v) = %s", outer, got)
	}
	if !errors.Is(outer, inner) || outer.Error() != "x: enter: no" {
		t.Errorf("%v has lost its cause or text", outer)
	}
	if got := trouble.Of(errors.New("odd")); got != "" {
		t.Errorf("Of(odd) = %s", got)
	}
	if trouble.With(trouble.Denied, nil) != nil {
		t.Error("no error was made into one")
	}
	if got, want := trouble.Text(inner), "PTL-401 no\ndocs/troubleshooting.md#ptl-401"; got != want {
		t.Errorf("Text = %q, want %q", got, want)
	}
}

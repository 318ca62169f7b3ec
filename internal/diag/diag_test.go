package diag_test

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

	"portolan/internal/diag"
)

const root = "../.."

func TestCatalogueIsWhole(t *testing.T) {
	t.Parallel()
	form := regexp.MustCompile(`^PTL-[1-7]\d\d$`)
	seen := map[diag.Code]bool{}
	last := diag.Code("")
	for _, e := range all() {
		switch {
		case !form.MatchString(string(e.Code)):
			t.Errorf("%q is not a code", e.Code)
		case seen[e.Code]:
			t.Errorf("%s is there twice", e.Code)
		case e.Code < last:
			t.Errorf("%s comes after %s", e.Code, last)
		case e.Title == "" || e.Cause == "" || e.Fix == "":
			t.Errorf("%s lacks title, cause or fix", e.Code)
		case !strings.HasSuffix(e.Cause, ".") || !strings.HasSuffix(e.Fix, "."):
			t.Errorf("cause and fix of %s are not sentences", e.Code)
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

// TestEveryCodeIsUsed finds codes that only tests use.
func TestEveryCodeIsUsed(t *testing.T) {
	t.Parallel()
	used := map[string]bool{}
	for _, dir := range []string{"internal", "lambda"} {
		err := filepath.WalkDir(filepath.Join(root, dir), func(path string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || filepath.Base(filepath.Dir(path)) == "diag" {
				return err
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
			if err != nil {
				return err
			}
			ast.Inspect(file, func(n ast.Node) bool {
				if s, ok := n.(*ast.SelectorExpr); ok {
					if of, ok := s.X.(*ast.Ident); ok && of.Name == "diag" {
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
			t.Errorf("nothing uses the code %s (%s)", code, name)
		}
	}
}

func TestEveryCodeIsDocumented(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(root, "docs", "troubleshooting.md"))
	if err != nil {
		t.Fatal(err)
	}
	sections := map[diag.Code]bool{}
	for _, match := range regexp.MustCompile(`(?m)^### (PTL-\d+)$`).FindAllSubmatch(text, -1) {
		sections[diag.Code(match[1])] = true
	}
	for _, e := range all() {
		if !sections[e.Code] {
			t.Errorf("%s has no section", e.Code)
		}
	}
	for code := range sections {
		if code.Entry() == (diag.Entry{}) {
			t.Errorf("the section %s does not belong to a diagnostic", code)
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
			if diag.Code(code).Entry() == (diag.Entry{}) {
				t.Errorf("%s names %s, which is not a diagnostic", page, code)
			}
		}
	}
}

func all() []diag.Entry {
	var entries []diag.Entry
	for _, group := range diag.Groups {
		entries = append(entries, group.Entries...)
	}
	return entries
}

// constants returns the package's codes by the names of their constants.
func constants(t *testing.T) map[string]diag.Code {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "codes.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	codes := map[string]diag.Code{}
	ast.Inspect(file, func(n ast.Node) bool {
		if v, ok := n.(*ast.ValueSpec); ok {
			codes[v.Names[0].Name] = diag.Code(strings.Trim(v.Values[0].(*ast.BasicLit).Value, `"`))
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
	inner := diag.New(diag.Denied, "no")
	outer := fmt.Errorf("x: %w", diag.With(diag.AssumeRole, fmt.Errorf("enter: %w", inner)))
	if got := diag.Of(outer); got != diag.AssumeRole {
		t.Errorf("Of(%v) = %s", outer, got)
	}
	if !errors.Is(outer, inner) || outer.Error() != "x: enter: no" {
		t.Errorf("%v has lost its cause or text", outer)
	}
	if got := diag.Of(errors.New("odd")); got != "" {
		t.Errorf("Of(odd) = %s", got)
	}
	if diag.With(diag.Denied, nil) != nil {
		t.Error("no error was made into one")
	}
	if got, want := diag.Text(inner), "PTL-401 no\ndocs/troubleshooting.md#ptl-401"; got != want {
		t.Errorf("Text = %q, want %q", got, want)
	}
}

package arch_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// counted matches a number and a plural in a format: "%d cells". One of them would be "1 cells";
// plain.Count knows the difference.
var counted = regexp.MustCompile(`(?:^|[^/])%d (?:more |other )?(?:cells|entities|accounts|regions|resources|kinds|calls|documents|events|messages|entries|attempts|listings|lines|snapshots|fields|batches|changes|gaps|errors|types|blueprints|executions|members|characters)\b`)

// TestOneAndMany looks at every format of the program for a plural that a 1 may stand before.
func TestOneAndMany(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		if strings.HasPrefix(p.ImportPath, "portolan/scripts/") || simulator(p.ImportPath) || strings.HasPrefix(p.ImportPath, "portolan/infra") {
			continue
		}
		for _, name := range p.GoFiles {
			set := token.NewFileSet()
			file, err := parser.ParseFile(set, filepath.Join(p.Dir, name), nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(file, func(n ast.Node) bool {
				if text, ok := n.(*ast.BasicLit); ok && text.Kind == token.STRING && counted.MatchString(text.Value) {
					t.Errorf("%s: %s: write the number with plain.Count", set.Position(n.Pos()), counted.FindString(text.Value))
				}
				return true
			})
		}
	}
}

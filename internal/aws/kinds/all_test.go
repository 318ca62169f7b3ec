package kinds_test

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/aws/kinds"
)

// sources returns the package's files by name, without its tests.
func sources(t *testing.T) map[string][]byte {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	texts := make(map[string][]byte)
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		if texts[name], err = os.ReadFile(name); err != nil {
			t.Fatal(err)
		}
	}
	return texts
}

// variables lists the exported variables of a file that hold a kind.
func variables(t *testing.T, name string, text []byte) (found []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), name, text, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		for i, value := range spec.Values {
			address, ok := value.(*ast.UnaryExpr)
			if !ok {
				continue
			}
			literal, ok := address.X.(*ast.CompositeLit)
			if !ok {
				continue
			}
			if of, ok := literal.Type.(*ast.SelectorExpr); ok && of.Sel.Name == "Kind" {
				found = append(found, spec.Names[i].Name)
			}
		}
		return false
	})
	return found
}

// TestAllListsEveryKind holds the list against the declarations themselves.
func TestAllListsEveryKind(t *testing.T) {
	t.Parallel()
	var declared, listed []string
	texts := sources(t)
	for name, text := range texts {
		declared = append(declared, variables(t, name, text)...)
	}
	list := regexp.MustCompile(`(?s)var All = .*?\n}`).Find(texts["all.go"])
	for _, name := range regexp.MustCompile(`\t(\w+),`).FindAllSubmatch(list, -1) {
		listed = append(listed, string(name[1]))
	}
	slices.Sort(declared)
	slices.Sort(listed)
	if diff := cmp.Diff(declared, listed); diff != "" {
		t.Errorf("kinds (-declared +listed in All):\n%s", diff)
	}
	if len(listed) != len(kinds.All) {
		t.Errorf("All has %d kinds, its text names %d", len(kinds.All), len(listed))
	}
}

// TestFilesAreForms wants one kind in a file, and one that fits on a screen or two.
func TestFilesAreForms(t *testing.T) {
	t.Parallel()
	for name, text := range sources(t) {
		declared := variables(t, name, text)
		if len(declared) > 1 {
			t.Errorf("%s declares %v, one kind a file is enough", name, declared)
		}
		if lines := bytes.Count(text, []byte("\n")); len(declared) > 0 && lines > 110 {
			t.Errorf("%s has %d lines, 110 are enough", name, lines)
		}
	}
}

func TestTypesAreInOrder(t *testing.T) {
	t.Parallel()
	first := []string{"AWS::Account::Info", "AWS::Organizations::Account"} // what the rest relates to
	form := regexp.MustCompile(`^AWS::[A-Z]\w+::[A-Z]\w+$`)
	var types []string
	for _, k := range kinds.All {
		types = append(types, k.Type)
		if !form.MatchString(k.Type) {
			t.Errorf("%q is not a type of AWS", k.Type)
		}
	}
	if len(types) != len(slices.Compact(slices.Sorted(slices.Values(types)))) {
		t.Errorf("a type is listed twice: %v", types)
	}
	if !slices.Equal(types[:2], first) {
		t.Errorf("the list begins with %v, want %v", types[:2], first)
	}
}

func TestByType(t *testing.T) {
	t.Parallel()
	for _, k := range kinds.All {
		if kinds.ByType(k.Type) != k {
			t.Errorf("ByType(%s) returns another kind", k.Type)
		}
	}
	for _, name := range []string{"", "AWS::No::Such", "aws::s3::bucket"} {
		if kinds.ByType(name) != nil {
			t.Errorf("ByType(%q) returns a kind that does not exist", name)
		}
	}
}

// TestDeclarations holds what every declaration owes to those who read it: names
// that mappings can tell apart, and permissions that a policy can hold.
func TestDeclarations(t *testing.T) {
	t.Parallel()
	named := regexp.MustCompile(`^[A-Z]\w+(Action|Tags)$`)
	permission := regexp.MustCompile(`^[a-z0-9-]+:[A-Z]\w+$`)
	for _, k := range kinds.All {
		t.Run(k.Type, func(t *testing.T) {
			t.Parallel()
			names := slices.Concat(k.DefaultNames(), k.OptionalNames())
			if len(names) != len(slices.Compact(slices.Sorted(slices.Values(names)))) {
				t.Errorf("an action is named twice: %v", names)
			}
			for _, name := range names {
				if !named.MatchString(name) {
					t.Errorf("%q is not the name of an action", name)
				}
			}
			for _, action := range k.AllActions(nil) {
				if !permission.MatchString(action) || !strings.HasPrefix(action, k.Service.Prefix+":") {
					t.Errorf("%q is not a permission of %s", action, k.Service.Prefix)
				}
			}
			properties := k.Document.Names()
			if len(properties) != len(slices.Compact(slices.Sorted(slices.Values(properties)))) {
				t.Errorf("a property is named twice: %v", properties)
			}
			for name := range k.Document.Renamed {
				if !slices.Contains(properties, name) {
					t.Errorf("%s is renamed but no property", name)
				}
			}
		})
	}
}

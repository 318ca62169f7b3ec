package arch_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// listed is what `go list` prints about a package.
type listed struct {
	ImportPath, Dir, Name string
	GoFiles, Imports      []string // without those of tests
}

func packages(t *testing.T) []listed {
	t.Helper()
	command := exec.Command("go", "list", "-json=ImportPath,Dir,Name,GoFiles,Imports", "portolan/...")
	out, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	var all []listed
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		err := decoder.Decode(&p)
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

// catalogue imports nothing, so that everything may import it.
const catalogue = "portolan/internal/diag"

// TestImports holds the arrows of docs/architecture.md.
func TestImports(t *testing.T) {
	t.Parallel()
	rules := []struct {
		packages, banned, why string
	}{
		{`^portolan/internal/(mapping|mapping/jq|resync/reconcile|aws/awserr|aws/policy|diag)$`, `^net/http$|^github\.com/aws/`, "it is pure"},
		{`^portolan/internal/aws/`, `^portolan/internal/(port|mapping|resync|state|report|settings)(/|$)`, "what knows AWS knows nothing of Port, of mappings, settings or runs"},
		{`^portolan/internal/aws/kind$`, `^github\.com/aws/aws-sdk-go-v2/service/`, "it knows no AWS service"},
		{`^portolan/internal/port(/|$)`, `^github\.com/aws/|^portolan/internal/(aws|mapping|resync|state|report)(/|$)`, "what knows Port knows nothing of AWS, of mappings or of runs"},
		{`^portolan/internal/(mapping|resync/reconcile)(/|$)`, `^portolan/internal/(port|state|report)(/|$)|^portolan/internal/resync($|/[^e])`, "it knows neither side"},
		{`^portolan/internal/mapping(/|$)`, `^portolan/internal/aws/(account|answer|awserr|kind|kinds|offered|policy)(/|$)`, "it knows of AWS only which names are well-formed"},
		{`^portolan/internal/mapping/jq$`, `^portolan/`, "an expression knows no mapping"},
		{`^portolan/internal/state$`, `^portolan/internal/aws/(account|kind|kinds|offered)$|^portolan/internal/(port|mapping|resync|report/page)(/|$)|template|^html`, "it keeps bytes"},
		{`^portolan/internal/resync/upsert$`, `^portolan/internal/(aws|state|report)(/|$)|^portolan/internal/resync(/(reconcile|schedule|scope|outcome))?$`, "it brings entities into Port, and what that means is the run's"},
		{`^portolan/internal/resync/(cell|entity|snapshot|schedule)$`, `^portolan/internal/(aws|port)(/|$)|^portolan/internal/resync(/(outcome|scope|upsert|distributed))?$`, "it keeps names and numbers, and knows neither side"},
		{`^portolan/internal/diag$`, `^github\.com/|^portolan/`, "everything may import it"},
		{`^portolan/internal/catalog$`, `^portolan/internal/(aws|mapping|resync|state|report|settings|invocation)(/|$)`, "it shows what it is given, and knows no run and no AWS"},
		{`^portolan/internal/simulator/`, `^portolan/`, "a simulator is independent of what it judges"},
	}
	for _, p := range packages(t) {
		if !strings.HasPrefix(p.ImportPath, "portolan/scripts/") && slices.ContainsFunc(p.Imports, simulator) {
			t.Errorf("%s imports a simulator: only tests and scripts know them", p.ImportPath)
		}
		if !strings.HasPrefix(p.ImportPath, "portolan/scripts/") && slices.Contains(p.Imports, "portolan/internal/operate") {
			t.Errorf("%s imports operate: only the operator's command knows it, the function does not carry it", p.ImportPath)
		}
		if p.ImportPath != "portolan/internal/mapping/jq" && slices.Contains(p.Imports, "github.com/itchyny/gojq") {
			t.Errorf("%s imports gojq: only mapping/jq does, which keeps expressions in bounds", p.ImportPath)
		}
		for _, rule := range rules {
			if !regexp.MustCompile(rule.packages).MatchString(p.ImportPath) {
				continue
			}
			for _, imported := range p.Imports {
				if imported == catalogue && !simulator(p.ImportPath) {
					continue
				}
				if regexp.MustCompile(rule.banned).MatchString(imported) {
					t.Errorf("%s imports %s: %s", p.ImportPath, imported, rule.why)
				}
			}
		}
	}
}

func simulator(path string) bool { return strings.HasPrefix(path, "portolan/internal/simulator/") }

func TestNamesOfPackages(t *testing.T) {
	t.Parallel()
	banned := []string{"util", "utils", "common", "helper", "helpers", "types", "models", "manager"}
	for _, p := range packages(t) {
		if slices.Contains(banned, p.Name) || slices.Contains(banned, path.Base(p.ImportPath)) {
			t.Errorf("%s: the name says nothing", p.ImportPath)
		}
	}
}

// TestComments wants a comment for every package and everything exported.
func TestComments(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		documented := len(p.GoFiles) == 0
		for _, name := range p.GoFiles {
			set := token.NewFileSet()
			file, err := parser.ParseFile(set, filepath.Join(p.Dir, name), nil, parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			documented = documented || len(file.Doc.Text()) > 40
			for _, missing := range uncommented(file) {
				t.Errorf("%s: %s is exported and has no comment", set.Position(missing.Pos()), missing.Name)
			}
		}
		if !documented {
			t.Errorf("%s has no package comment", p.ImportPath)
		}
	}
}

func uncommented(file *ast.File) []*ast.Ident {
	var missing []*ast.Ident
	for _, declaration := range file.Decls {
		switch d := declaration.(type) {
		case *ast.FuncDecl:
			if d.Name.IsExported() && d.Doc == nil && exportedReceiver(d) {
				missing = append(missing, d.Name)
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				missing = append(missing, uncommentedSpec(spec, d.Doc != nil)...)
			}
		}
	}
	return missing
}

func exportedReceiver(d *ast.FuncDecl) bool {
	if d.Recv == nil {
		return true
	}
	of := d.Recv.List[0].Type
	if star, ok := of.(*ast.StarExpr); ok {
		of = star.X
	}
	name, ok := of.(*ast.Ident)
	return ok && name.IsExported()
}

func uncommentedSpec(spec ast.Spec, group bool) []*ast.Ident {
	switch s := spec.(type) {
	case *ast.TypeSpec:
		if s.Name.IsExported() && !group && s.Doc == nil {
			return []*ast.Ident{s.Name}
		}
	case *ast.ValueSpec:
		if !group && s.Doc == nil && s.Comment == nil {
			return slices.DeleteFunc(slices.Clone(s.Names), func(name *ast.Ident) bool { return !name.IsExported() })
		}
	}
	return nil
}

// TestWidthOfTypes wants types that a reader can hold in mind. What mirrors the wire, or
// takes the constants of a simulator, may be a little wider.
func TestWidthOfTypes(t *testing.T) {
	t.Parallel()
	const most = 20
	for _, p := range packages(t) {
		for _, name := range p.GoFiles {
			set := token.NewFileSet()
			file, err := parser.ParseFile(set, filepath.Join(p.Dir, name), nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(file, func(n ast.Node) bool {
				of, ok := n.(*ast.StructType)
				if ok && of.Fields.NumFields() > most {
					t.Errorf("%s: a type has %d fields; it is several values", set.Position(of.Pos()), of.Fields.NumFields())
				}
				return true
			})
		}
	}
}

// TestArchitecturePage wants the page to name every package, and only files that exist.
func TestArchitecturePage(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range packages(t) {
		name := strings.TrimPrefix(p.ImportPath, "portolan/")
		if p.Name != "main" && !strings.HasPrefix(name, "scripts/") && !bytes.Contains(page, []byte("`"+name+"`")) {
			t.Errorf("docs/architecture.md does not name %s", name)
		}
	}
	for _, named := range regexp.MustCompile("`((?:internal|infra|lambda)/[^` ]+)`").FindAllSubmatch(page, -1) {
		if _, err := os.Stat(filepath.Join("../..", string(named[1]))); err != nil {
			t.Errorf("docs/architecture.md names %s: %v", named[1], err)
		}
	}
}

// TestTree reads every file that is kept.
func TestTree(t *testing.T) {
	t.Parallel()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command("git", "ls-files", "-z")
	command.Dir = root
	out, err := command.Output()
	if err != nil {
		t.Fatalf("git ls-files: %v", err)
	}
	leftOver := regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|X` + `XX|HA` + `CK)\b`)
	machine := regexp.MustCompile(`(?m)(?:^|\W)/(ro` + `ot|ho` + `me/[a-z]+|wo` + `rk)/`)
	for name := range strings.SplitSeq(strings.TrimSuffix(string(out), "\x00"), "\x00") {
		text, err := os.ReadFile(filepath.Join(root, name))
		if errors.Is(err, os.ErrNotExist) {
			continue // removed, and not yet committed
		}
		if err != nil {
			t.Fatal(err)
		}
		if machine.Match(text) {
			t.Errorf("%s names a path of a machine: %s", name, machine.Find(text))
		}
		if !strings.HasSuffix(name, ".go") {
			continue
		}
		if leftOver.Match(text) {
			t.Errorf("%s holds a left-over: %s", name, leftOver.Find(text))
		}
		// In a bubble of synctest no real time passes.
		if strings.HasSuffix(name, "_test.go") && bytes.Contains(text, []byte("time.Sle"+"ep(")) && !bytes.Contains(text, []byte("testing/synctest")) {
			t.Errorf("%s sleeps", name)
		}
	}
	readme, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	if lines := bytes.Count(readme, []byte("\n")); lines > 200 {
		t.Errorf("README.md has %d lines, 200 are enough", lines)
	}
}

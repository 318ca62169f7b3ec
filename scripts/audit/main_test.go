package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// stream is what govulncheck writes, shortened.
const stream = `{"config":{"protocol_version":"v1.0.0"}}
{"osv":{"id":"GO-2026-0001","summary":"A loop in x/text"}}
{"osv":{"id":"GO-2026-0002","summary":"A leak in net/http"}}
{"osv":{"id":"GO-2026-0003","summary":"In a package that is not linked"}}
{"finding":{"osv":"GO-2026-0001","fixed_version":"v0.39.0","trace":[{"module":"golang.org/x/text","version":"v0.22.0"}]}}
{"finding":{"osv":"GO-2026-0001","fixed_version":"v0.39.0","trace":[{"module":"golang.org/x/text","version":"v0.22.0","package":"golang.org/x/text/unicode/norm","function":"Bytes"}]}}
{"finding":{"osv":"GO-2026-0001","fixed_version":"v0.39.0","trace":[{"module":"golang.org/x/text","version":"v0.22.0","package":"golang.org/x/text/unicode/norm","function":"String"}]}}
{"finding":{"osv":"GO-2026-0002","fixed_version":"v1.26.10","trace":[{"module":"stdlib","version":"v1.26.8","package":"net/http","function":"Get"}]}}
{"finding":{"osv":"GO-2026-0003","fixed_version":"v1.0.0","trace":[{"module":"example.com/a","version":"v0.9.0"}]}}
`

func TestFindings(t *testing.T) {
	t.Parallel()
	found, err := read(strings.NewReader(stream))
	if err != nil {
		t.Fatal(err)
	}
	want := []finding{
		{"GO-2026-0001", "A loop in x/text", "golang.org/x/text", "v0.22.0", "v0.39.0"},
		{"GO-2026-0002", "A leak in net/http", "stdlib", "v1.26.8", "v1.26.10"},
	}
	if diff := cmp.Diff(want, found, cmp.AllowUnexported(finding{})); diff != "" {
		t.Error(diff)
	}
	unfixed := finding{id: "GO-2026-0004", summary: "A hole without a fix", module: standardLibrary, version: "v1.26.8"}
	for name, c := range map[string]struct {
		found  []finding
		failed bool
		says   string
	}{
		"a module":                         {found[:1], true, "in modules: 1, in Go's standard library: 0"},
		"the standard library":             {found[1:], true, "go mod edit -toolchain=go1.26.10"},
		"what no version of Go fixes":      {[]finding{unfixed}, false, "no version fixes it yet"},
		"a module that nothing fixes":      {[]finding{{id: "GO-2026-0005", module: "example.com/a", version: "v0.9.0"}}, true, "no version fixes it yet"},
		"nothing":                          {nil, false, "in modules: 0, in Go's standard library: 0"},
		"with and without a fixed version": {[]finding{unfixed, found[1]}, true, "go mod edit -toolchain=go1.26.10"},
	} {
		var out bytes.Buffer
		if failed := tell(&out, "a", c.found); failed != c.failed || !strings.Contains(out.String(), c.says) {
			t.Errorf("%s: failed %v, want %v: %s", name, failed, c.failed, &out)
		}
	}
}

// TestNotAudited runs the program where no database can be reached.
func TestNotAudited(t *testing.T) {
	t.Parallel()
	program := filepath.Join(t.TempDir(), "audit")
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, c := range []struct {
		args []string
		code int
	}{{[]string{program}, 1}, {[]string{"-unaudited", program}, 0}} {
		command := exec.Command(program, c.args...)
		command.Env = append(os.Environ(), "GOPROXY=off", "GOFLAGS=-modcacherw", "GOMODCACHE="+t.TempDir(), "HTTPS_PROXY=http://127.0.0.1:1")
		out, err := command.CombinedOutput()
		if command.ProcessState.ExitCode() != c.code || !strings.Contains(string(out), "NOT AUDITED") {
			t.Errorf("%v: %v, want code %d: %s", c.args[:len(c.args)-1], err, c.code, out)
		}
	}
}

func TestGarbledFindings(t *testing.T) {
	t.Parallel()
	if _, err := read(strings.NewReader(`{"osv":`)); err == nil {
		t.Error("half a message is not an error")
	}
}

package main

import (
	"bytes"
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
	var out bytes.Buffer
	if !tell(&out, "a", found) || !strings.Contains(out.String(), "fixed in v0.39.0") || !strings.Contains(out.String(), "1 vulnerabilities in modules, 1 in") {
		t.Errorf("of a module: %s", &out)
	}
	out.Reset()
	if tell(&out, "a", found[1:]) || !strings.Contains(out.String(), "GOTOOLCHAIN=go1.26.10") {
		t.Errorf("of the standard library only: %s", &out)
	}
	out.Reset()
	if tell(&out, "a", nil) || strings.Contains(out.String(), "GOTOOLCHAIN=go1.26.10") {
		t.Errorf("of nothing: %s", &out)
	}
}

func TestGarbledFindings(t *testing.T) {
	t.Parallel()
	if _, err := read(strings.NewReader(`{"osv":`)); err == nil {
		t.Error("half a message is not an error")
	}
}

package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFigures(t *testing.T) {
	t.Parallel()
	got := figuresOf(strings.NewReader("goos: linux\nBenchmarkCalls-2 \t 1\t 123 ns/op\t 0.86 calls/Ocean's\nBenchmarkX\nPASS\n"))
	want := []figure{{"Calls-2", "calls/Ocean's", 0.86}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(figure{})); diff != "" {
		t.Error(diff)
	}
	for _, test := range []struct {
		figure figure
		wanted string
		mark   string
	}{
		{figure{"Calls-2", "calls/Ocean's", 0.91}, "≤0.9", "MISSED"},
		{figure{"Calls", "calls/Ocean's", 0.9}, "≤0.9", "ok"},
		{figure{"Defaults", "documents/s", 60_000}, "≥25000", "ok"},
		{figure{"Defaults", "allocs/op", 60}, "", ""},
	} {
		if wanted, mark := verdict(test.figure); wanted != test.wanted || mark != test.mark {
			t.Errorf("%+v: %s %s", test.figure, wanted, mark)
		}
		if missed(test.figure) != (test.mark == "MISSED") {
			t.Errorf("%+v: the command would end as if its goal were %s", test.figure, test.mark)
		}
	}
}

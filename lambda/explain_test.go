package main

import (
	"bytes"
	"strings"
	"testing"

	"portolan/internal/diag"
)

// says runs a command line and returns what it prints.
func says(t *testing.T, args ...string) (code int, out, notes string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code = command(t.Context(), args, nil, &stdout, &stderr)
	return code, stdout.String(), stderr.String()
}

func TestExplainCode(t *testing.T) {
	t.Parallel()
	code, out, _ := says(t, "explain", "PTL-104")
	for _, want := range []string{"PTL-104  Port's secret cannot be read\n", "What to do\n", "secretsmanager:GetSecretValue"} {
		if !strings.Contains(out, want) || code != exitDone {
			t.Errorf("exit code %d; want %q in:\n%s", code, want, out)
		}
	}
	for _, other := range []string{"ptl-104", "104"} {
		if _, again, _ := says(t, "explain", other); again != out {
			t.Errorf("%s: %s", other, again)
		}
	}
	if code, out, notes := says(t, "explain", "PTL-1O4"); code != exitUsage || out != "" || !strings.Contains(notes, `did you mean "PTL-104"?`) {
		t.Errorf("exit code %d: %s%s", code, out, notes)
	}
	if _, both, _ := says(t, "explain", "101", "102"); !strings.Contains(both, "PTL-101") || !strings.Contains(both, "PTL-102") {
		t.Error(both)
	}
}

// TestEveryCodeIsExplained looks at each explanation as a terminal of 80 columns shows it.
func TestEveryCodeIsExplained(t *testing.T) {
	t.Parallel()
	_, list, _ := says(t, "explain")
	for _, group := range diag.Groups {
		for _, entry := range group.Entries {
			code, out, notes := says(t, "explain", string(entry.Code))
			if code != exitDone || notes != "" || strings.ContainsAny(out, "`") || strings.Contains(out, "](") {
				t.Errorf("%s: exit code %d, %s\n%s", entry.Code, code, notes, out)
			}
			for line := range strings.Lines(out) {
				if len([]rune(line)) > 80+1 && strings.Contains(strings.TrimSpace(line), " ") {
					t.Errorf("%s: a line has %d columns: %s", entry.Code, len([]rune(line))-1, line)
				}
			}
			if !strings.Contains(list, "  "+string(entry.Code)+"  ") {
				t.Errorf("the list lacks %s", entry.Code)
			}
		}
	}
}

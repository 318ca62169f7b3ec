package report

import (
	"fmt"
	"strings"

	"portolan/internal/diag"
)

// writeFix says what to do, and where more is said of it.
func writeFix(b *strings.Builder, fix string, code diag.Code) {
	if fix != "" {
		fmt.Fprintf(b, "  → %s\n", fix)
	}
	if code != "" {
		fmt.Fprintf(b, "  %s\n", see(code))
	}
}

// see names a code and where it is explained.
func see(code diag.Code) string { return string(code) + ": " + code.Link() }

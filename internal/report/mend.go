package report

import (
	"fmt"
	"strings"

	"portolan/internal/trouble"
)

// writeMend says what to do, and where more is said of it.
func writeMend(b *strings.Builder, mend string, code trouble.Code) {
	if mend != "" {
		fmt.Fprintf(b, "  → %s\n", mend)
	}
	if code != "" {
		fmt.Fprintf(b, "  %s\n", see(code))
	}
}

// see names a code and where it is explained.
func see(code trouble.Code) string { return string(code) + ": " + code.Link() }

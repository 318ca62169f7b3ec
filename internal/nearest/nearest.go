// Package nearest finds the name that somebody most likely meant.
//
// People write settings, payload keys and kinds by hand, and a program that answers "unknown" to a
// slip of one letter sends them to the manual. The package decides only whether a known name is near
// enough to suggest it. It does not guess: a name that merely has the same length is not suggested,
// and nothing is ever corrected silently.
package nearest

import (
	"fmt"
	"strings"
)

// longest is the longest name that is looked at, in bytes. It bounds the work
// that hostile input can cause.
const longest = 128

// Name returns the name that got most likely stands for, and whether there is one. Case, underscores
// and hyphens do not count. Of two equally near names the first wins.
func Name(got string, names []string) (string, bool) {
	if got == "" || len(got) > longest {
		return "", false
	}
	folded := fold(got)
	best, limit := "", 1+len(folded)/8
	for _, name := range names {
		if d := distance(folded, fold(name)); d <= limit {
			best, limit = name, d-1
		}
	}
	return best, best != ""
}

// Hint returns half a sentence to end an error with: `; did you mean "x"?`. It is empty if no name is
// near.
func Hint(got string, names []string) string {
	if name, ok := Name(got, names); ok {
		return fmt.Sprintf("; did you mean %q?", name)
	}
	return ""
}

func fold(s string) []rune {
	return []rune(strings.ToLower(strings.NewReplacer("_", "", "-", "").Replace(s)))
}

// distance counts the insertions, deletions, replacements and swaps of
// neighbours that make a into b.
func distance(a, b []rune) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range a {
		row[0] = i + 1
		for j := range b {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(last[j+1]+1, row[j]+1, last[j]+cost)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}

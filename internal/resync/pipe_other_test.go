//go:build !unix

package resync_test

import (
	"os"
	"testing"
)

// pipe makes a folder where files cannot be pipes.
func pipe(t testing.TB, path string) {
	t.Helper()
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
}

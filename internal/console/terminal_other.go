//go:build !windows

package console

import "os"

// controllable says whether a terminal obeys the sequences that move and colour.
func controllable(*os.File) bool { return true }

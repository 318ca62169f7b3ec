//go:build unix

package resync

import (
	"runtime"
	"syscall"
)

// peakMemory is the most memory that the process has held so far, in bytes.
func peakMemory() uint64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	if runtime.GOOS == "darwin" {
		return uint64(usage.Maxrss) // in bytes there, elsewhere in kilobytes
	}
	return uint64(usage.Maxrss) << 10
}

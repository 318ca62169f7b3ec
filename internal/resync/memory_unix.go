//go:build unix

package resync

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"runtime"
	"syscall"
)

// peakMemory is the most memory that the process has held so far, in bytes.
func peakMemory() uint64 {
	if status, err := os.ReadFile("/proc/self/status"); err == nil {
		if peak := highWater(status); peak > 0 {
			return peak
		}
	}
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	if runtime.GOOS == "darwin" {
		return uint64(usage.Maxrss) // in bytes there, elsewhere in kilobytes
	}
	return uint64(usage.Maxrss) << 10
}

// highWater returns what Linux says of a process's largest resident set, in bytes; 0 if it says
// nothing. What Getrusage returns there includes the process that started this one:
// https://man7.org/linux/man-pages/man5/proc_pid_status.5.html
func highWater(status []byte) uint64 {
	for lines := bufio.NewScanner(bytes.NewReader(status)); lines.Scan(); {
		var kilobytes uint64
		if n, _ := fmt.Sscanf(lines.Text(), "VmHWM: %d kB", &kilobytes); n == 1 {
			return kilobytes << 10
		}
	}
	return 0
}

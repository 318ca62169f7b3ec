//go:build !unix

package resync

// peakMemory is not known on this platform.
func peakMemory() uint64 { return 0 }

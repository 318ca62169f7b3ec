//go:build unix

package resync

import "testing"

func TestHighWater(t *testing.T) {
	t.Parallel()
	for status, want := range map[string]uint64{
		"Name:\tbootstrap\nVmPeak:\t 2000000 kB\nVmHWM:\t  108544 kB\nVmRSS:\t   90000 kB\n": 106 << 20,
		"Name:\tbootstrap\n": 0,
		"VmHWM:\t many\n":    0,
		"":                   0,
	} {
		if got := highWater([]byte(status)); got != want {
			t.Errorf("%q: %d, want %d", status, got, want)
		}
	}
	if got := peakMemory(); got < 10<<20 {
		t.Errorf("this process held %d bytes at most", got)
	}
}

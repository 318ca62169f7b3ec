package main

import "testing"

// TestGarbageFollowsTheMemory wants a small function to collect garbage as often as Go does
// by itself, and a larger one less often.
func TestGarbageFollowsTheMemory(t *testing.T) {
	t.Parallel()
	for memory, want := range map[int64]int{128: 100, 256: 100, 512: 128, 1024: 256, 1769: 400, 10240: 400} {
		if got := garbageIn(memory); got != want {
			t.Errorf("with %d MB the heap may grow by %d %%, want %d", memory, got, want)
		}
	}
}

// TestTheProgramHasRoom wants small functions to leave room for the pages of the program.
func TestTheProgramHasRoom(t *testing.T) {
	t.Parallel()
	for memory, want := range map[int64]int64{128: 88, 256: 216, 512: 461, 1024: 922} {
		if got := heapOf(memory); got != want {
			t.Errorf("with %d MB the heap may have %d MB, want %d", memory, got, want)
		}
	}
}

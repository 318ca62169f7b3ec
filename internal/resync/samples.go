package resync

import "portolan/internal/resync/reconcile"

// fillSamples adds samples to those that a report shows, as many as there is room for.
func fillSamples(shown, more []string) []string {
	room := max(0, reconcile.SampleSize-len(shown))
	return append(shown, more[:min(room, len(more))]...)
}

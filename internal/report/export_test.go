package report

import "slices"

// Metrics gives every metric, in the order of documentation.
func Metrics() []Metric { return slices.Clone(metrics) }

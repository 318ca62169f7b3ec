package report

import "slices"

// Metrics returns every metric, in the order of documentation.
func Metrics() []Metric { return slices.Clone(metrics) }

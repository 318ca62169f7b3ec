package awsname

import (
	_ "embed" // for the table of regions
	"slices"
	"strings"

	"portolan/internal/nearest"
)

// The table of regions is that of the SDK that the program is built with, a line for
// each: a partition and a region. A test compares it with the SDK, which has it in a
// package that nobody else may import, and writes it anew with -update.
//
//go:embed regions.txt
var table string

// regionsBy are the regions of the table by partition, sorted.
var regionsBy = func() map[string][]string {
	by := map[string][]string{}
	for line := range strings.Lines(table) {
		partition, name, _ := strings.Cut(strings.TrimSpace(line), " ")
		by[partition] = append(by[partition], name)
	}
	return by
}()

// Regions returns the regions of a partition that AWS's SDK knows, sorted; those of all
// partitions if it is "". A region that AWS has opened since is not among them.
func Regions(partition string) []string {
	if partition != "" {
		return slices.Clone(regionsBy[partition])
	}
	var all []string
	for _, names := range regionsBy {
		all = append(all, names...)
	}
	slices.Sort(all)
	return all
}

// NearestRegion returns the region of the names that a misspelt one most likely stands
// for, "" if none is near. Spaces count as little as case, hyphens and underscores.
func NearestRegion(got string, names []string) string {
	name, _ := nearest.Name(strings.ReplaceAll(got, " ", ""), names)
	return name
}

package awsname

import (
	_ "embed" // for the table of regions
	"slices"
	"strings"

	"portolan/internal/nearest"
)

// The table of regions is that of the SDK that the program is built with. Each line has a
// partition and a region. A test compares it with the SDK, whose own table is in an internal
// package, and writes it again with -update.
//
//go:embed regions.txt
var table string

// regionsBy has the regions of the table by partition, sorted.
var regionsBy = func() map[string][]string {
	by := map[string][]string{}
	for line := range strings.Lines(table) {
		partition, name, _ := strings.Cut(strings.TrimSpace(line), " ")
		by[partition] = append(by[partition], name)
	}
	return by
}()

// Regions returns the regions of a partition that AWS's SDK knows, sorted, or those of all
// partitions if the partition is "". Regions that AWS opened later are missing.
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

// NearestRegion returns the one of the names that a misspelt region most likely stands for;
// "" if none is near. It ignores spaces, case, hyphens and underscores.
func NearestRegion(got string, names []string) string {
	name, _ := nearest.Name(strings.ReplaceAll(got, " ", ""), names)
	return name
}

package awsname_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/aws/awsname"
)

var update = flag.Bool("update", false, "write the table of regions anew, from the SDK")

// TestRegionsAreTheSDKs compares the table with the data that the SDK resolves endpoints by.
func TestRegionsAreTheSDKs(t *testing.T) {
	t.Parallel()
	where, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/aws/aws-sdk-go-v2").Output()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(where)), "internal", "endpoints", "awsrulesfn", "partitions.json"))
	if err != nil {
		t.Fatal(err)
	}
	var sdk struct {
		Partitions []struct {
			ID      string
			Regions map[string]struct{}
		}
	}
	if err := json.Unmarshal(text, &sdk); err != nil {
		t.Fatal(err)
	}
	var want strings.Builder
	var partitions []string
	for _, p := range sdk.Partitions {
		partitions = append(partitions, p.ID)
		var names []string
		for _, name := range slices.Sorted(maps.Keys(p.Regions)) {
			if strings.HasSuffix(name, "-global") { // what services without regions are signed for
				continue
			}
			if !awsname.IsRegion(name) {
				t.Errorf("%s has not the form of a region", name)
			}
			names = append(names, name)
			_, _ = fmt.Fprintln(&want, p.ID, name)
		}
		if diff := cmp.Diff(names, awsname.Regions(p.ID)); diff != "" && !*update {
			t.Errorf("regions of %s (-the SDK's +the table's): %s\nwrite it anew with go test ./internal/aws/awsname -update", p.ID, diff)
		}
	}
	slices.Sort(partitions)
	if diff := cmp.Diff(partitions, slices.Sorted(slices.Values(awsname.Partitions()))); diff != "" {
		t.Errorf("partitions (-the SDK's +ours): %s", diff)
	}
	if *update {
		if err := os.WriteFile("regions.txt", []byte(want.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestRegionsOfAllPartitions(t *testing.T) {
	t.Parallel()
	total := 0
	for _, p := range awsname.Partitions() {
		total += len(awsname.Regions(p))
	}
	all := awsname.Regions("")
	if len(all) != total || !slices.IsSorted(all) || !slices.Contains(all, "eu-west-1") || !slices.Contains(all, "cn-north-1") {
		t.Errorf("all regions are %v, want %d", all, total)
	}
	if names := awsname.Regions("aws-of-nobody"); len(names) != 0 {
		t.Errorf("a partition that does not exist has %v", names)
	}
}

func TestNearestRegion(t *testing.T) {
	t.Parallel()
	for got, want := range map[string]string{
		"EU-WEST-1": "eu-west-1", "eu_west_1": "eu-west-1", "eu west 1": "eu-west-1", "euwest1": "eu-west-1",
		"eu-wset-1": "eu-west-1", "eu-west-11": "eu-west-1", "us-esat-1": "us-east-1", "eu-west": "eu-west-1",
		"ap-southeast-l": "ap-southeast-1", "eu-west-1a": "eu-west-1", "frankfurt": "", "": "", "all": "",
	} {
		if near := awsname.NearestRegion(got, awsname.Regions("")); near != want {
			t.Errorf("the nearest of %q is %q, want %q", got, near, want)
		}
	}
}

package resync_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/aws/kinds"
	"portolan/internal/invocation"
	"portolan/internal/report"
	"portolan/internal/simulator/awssim"
)

// TestEntriesOfOneKindAreReadOnce: two entries ask for different details of buckets. The
// buckets are listed once and asked for their tags once, and each entry has the
// properties that it asked for and no others.
func TestEntriesOfOneKindAreReadOnce(t *testing.T) {
	t.Parallel()
	d := defaultsOf(t, []string{awssim.Bucket})
	var config map[string]any
	decode(t, d.Config, &config)
	entry := func(prefix, action string) map[string]any {
		return map[string]any{
			"kind": awssim.Bucket, "selector": map[string]any{"query": "true", "includeActions": []string{action}},
			"port": map[string]any{"entity": map[string]any{"mappings": map[string]any{
				"identifier": `"` + prefix + `" + .Properties.BucketName`, "blueprint": `"s3Bucket"`,
				"title": `[.Properties | has("PublicAccessBlockConfiguration", "OwnershipControls")] | tostring`,
			}}},
		}
	}
	config["resources"] = []any{entry("access-", "GetPublicAccessBlockAction"), entry("owner-", "GetBucketOwnershipControlsAction")}
	d.Config = encode(t, config)
	w := newWorldOf(t, d, estate(awssim.Bucket))
	r := w.run(invocation.Request{})
	wantStatus(t, r, report.Completed)
	calls := map[string]int{}
	for _, call := range w.aws.Calls() {
		calls[call.Operation]++
	}
	for operation, want := range map[string]int{
		"ListBuckets": 2, "GetBucketTagging": 2 * perAccount, "GetPublicAccessBlock": 2 * perAccount, "GetBucketOwnershipControls": 2 * perAccount,
	} {
		if calls[operation] != want {
			t.Errorf("%d calls of %s, want %d", calls[operation], operation, want)
		}
	}
	if r.Total.Fetched != 2*perAccount || r.Total.Created != 4*perAccount {
		t.Errorf("%d fetched, %d created", r.Total.Fetched, r.Total.Created)
	}
	titles := map[string]int{}
	for _, e := range w.port.Entities("s3Bucket") {
		titles[e.Identifier[:5]+" "+e.Title]++
	}
	// Some buckets have no block of public access.
	if titles["acces [true,false]"] == 0 || titles["acces [true,false]"]+titles["acces [false,false]"] != 2*perAccount ||
		titles["owner [false,true]"] == 0 || titles["owner [false,true]"]+titles["owner [false,false]"] != 2*perAccount {
		t.Errorf("properties of the entries: %v", titles)
	}
}

// TestEntriesOfEveryKindShareEachCall has two entries of each kind, which share the optional
// actions out between them, and wants the calls of one entry with all of them.
func TestEntriesOfEveryKindShareEachCall(t *testing.T) {
	t.Parallel()
	calls := func(shares func(optional []string) [][]string) map[string]int {
		d := defaultsOf(t, nil)
		var config map[string]any
		decode(t, d.Config, &config)
		resources := []any{}
		for _, k := range kinds.All {
			optional := k.OptionalNames()
			for _, actions := range shares(optional[:min(len(optional), 3)]) {
				resources = append(resources, map[string]any{
					"kind": k.Type, "selector": map[string]any{"query": "false", "includeActions": actions},
					"port": map[string]any{"entity": map[string]any{"mappings": map[string]any{
						"identifier": ".Type", "blueprint": `"awsAccount"`,
					}}},
				})
			}
		}
		config["resources"] = resources
		d.Config = encode(t, config)
		w := newWorldOf(t, d, estate(awssim.Kinds()...))
		wantStatus(t, w.run(invocation.Request{}), report.Completed)
		made := map[string]int{}
		for _, call := range w.aws.Calls() {
			made[call.Service+":"+call.Operation]++
		}
		return made
	}
	one := calls(func(optional []string) [][]string { return [][]string{optional} })
	two := calls(func(optional []string) [][]string {
		half := len(optional) / 2
		return [][]string{optional[:half], optional[half:]}
	})
	if diff := cmp.Diff(one, two); diff != "" || len(one) < 50 {
		t.Errorf("calls of %d operations (-one entry +two entries):\n%s", len(one), diff)
	}
}

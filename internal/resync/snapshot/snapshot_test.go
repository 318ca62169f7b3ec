package snapshot_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"

	"portolan/internal/mapping"
	"portolan/internal/resync/cell"
	"portolan/internal/resync/entity"
	"portolan/internal/resync/snapshot"

	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const accountID = "111122223333"

var noon = time.Date(2025, 3, 1, 12, 0, 0, 0, time.UTC)

func header() snapshot.Header {
	return snapshot.Header{
		Account: accountID, Run: "run-1", Generation: 7, Started: noon, Ended: noon.Add(time.Minute),
		Mapping: "m", Blueprints: "b", Program: "v1",
	}
}

// someEntries are in the order of their keys.
func someEntries() []snapshot.Entry {
	return []snapshot.Entry{
		{Blueprint: "bucket", Identifier: "arn:aws:s3:::a", Kind: "AWS::S3::Bucket", Content: entity.Content{Hash: entity.Hash{1}, Document: mapping.Fingerprint{7}, Nulls: 1<<63 + 5}, Seen: noon, Written: noon.Add(-time.Hour)},
		{Blueprint: "bucket", Identifier: "arn:aws:s3:::b", Kind: "AWS::S3::Bucket", Content: entity.Content{Hash: entity.Hash{2}, Document: mapping.Fingerprint{15: 1}}, Seen: noon, Absences: 3},
		{Blueprint: "instance", Identifier: "i-1", Region: "eu-west-1", Kind: "AWS::EC2::Instance", Content: entity.Content{Hash: entity.Hash{15: 255}}, Written: noon, Resources: "i-1"},
		{Blueprint: "instance", Identifier: "i-ü/ \x00", Region: "us-east-1", Kind: "AWS::EC2::Instance", Resources: entity.Resources("a\x00" + strings.Repeat("r", entity.MaxResources-2))},
		{Blueprint: "queue", Identifier: strings.Repeat("q", 2000), Region: "eu-west-1", Kind: "AWS::SQS::Queue", Content: entity.Content{Hash: entity.Hash{3}}, Seen: noon},
	}
}

func encoded(t testing.TB, entries []snapshot.Entry) []byte {
	t.Helper()
	data, err := snapshot.Encode(header(), slices.Values(entries))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// decoded reads all of a snapshot, or nothing.
func decoded(data []byte, account string) (snapshot.Header, []snapshot.Entry, error) {
	head, entries, err := snapshot.Decode(data, account)
	if err != nil {
		return head, nil, err
	}
	var all []snapshot.Entry
	for e, err := range entries {
		if err != nil {
			return head, nil, err
		}
		all = append(all, e)
	}
	return head, all, nil
}

func TestSnapshotComesBack(t *testing.T) {
	t.Parallel()
	for name, entries := range map[string][]snapshot.Entry{"some": someEntries(), "none": nil, "one": someEntries()[:1], "many": many(5000)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			head, got, err := decoded(encoded(t, entries), accountID)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(header(), head); diff != "" {
				t.Errorf("header (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(entries, got); diff != "" {
				t.Errorf("entries (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSnapshotIsReadableByPeople(t *testing.T) {
	t.Parallel()
	unpacked, err := gzip.NewReader(bytes.NewReader(encoded(t, someEntries())))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(unpacked)
	if err != nil {
		t.Fatal(err)
	}
	line, _, _ := bytes.Cut(text, []byte("\n"))
	var head map[string]any
	if err := json.Unmarshal(line, &head); err != nil {
		t.Fatal(err)
	}
	delete(head, "sum")
	delete(head, "size")
	want := map[string]any{
		"format": "portolan/snapshot", "version": 2.0, "account": accountID, "run": "run-1", "generation": 7.0, "entries": 5.0,
		"started": "2025-03-01T12:00:00Z", "ended": "2025-03-01T12:01:00Z", "mapping": "m", "blueprints": "b", "program": "v1",
	}
	if diff := cmp.Diff(want, head); diff != "" {
		t.Errorf("header (-want +got):\n%s", diff)
	}
}

func TestSnapshotFinds(t *testing.T) {
	t.Parallel()
	entries := many(1000)
	backwards := slices.Clone(entries)
	slices.Reverse(backwards)
	whole, err := snapshot.New(header(), slices.Values(backwards))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(entries, slices.Collect(whole.All())); diff != "" || whole.Len() != len(entries) {
		t.Fatalf("%d entries (-want +got):\n%s", whole.Len(), diff)
	}
	for _, want := range entries {
		if got, ok := whole.Find(want.Blueprint, want.Identifier); !ok || got != want {
			t.Errorf("Find(%q, %q) = %+v, %v", want.Blueprint, want.Identifier, got, ok)
		}
	}
	for _, key := range [][2]string{{"", ""}, {"aaa", entries[0].Identifier}, {entries[0].Blueprint, ""}, {entries[0].Blueprint, "zzz"}, {entries[0].Blueprint, entries[999].Identifier}, {"zzz", "zzz"}} {
		if got, ok := whole.Find(key[0], key[1]); ok {
			t.Errorf("Find(%q) = %+v, and there is none", key, got)
		}
	}
	for range whole.All() {
		break // a reader may stop
	}
	empty, err := snapshot.New(header(), slices.Values([]snapshot.Entry(nil)))
	if _, ok := empty.Find("bucket", "x"); ok || empty.Len() != 0 || err != nil {
		t.Errorf("an empty snapshot of %d entries finds %v, %v", empty.Len(), ok, err)
	}
}

func TestSnapshotRefusesEntries(t *testing.T) {
	t.Parallel()
	good := someEntries()[0]
	change := func(f func(*snapshot.Entry)) []snapshot.Entry {
		e := good
		f(&e)
		return []snapshot.Entry{e}
	}
	for name, tt := range map[string]struct {
		entries []snapshot.Entry
		want    string
		ordered bool // only the order is wrong, which NewSnapshot fixes
	}{
		"twice":                 {entries: []snapshot.Entry{good, good}, want: "bucket/arn:aws:s3:::a comes twice"},
		"out of order":          {entries: []snapshot.Entry{someEntries()[1], good}, want: "bucket/arn:aws:s3:::a comes twice or out of order", ordered: true},
		"without a blueprint":   {entries: change(func(e *snapshot.Entry) { e.Blueprint = "" }), want: "without blueprint or identifier"},
		"without an identifier": {entries: change(func(e *snapshot.Entry) { e.Identifier = "" }), want: "without blueprint or identifier"},
		"a huge identifier":     {entries: change(func(e *snapshot.Entry) { e.Identifier = strings.Repeat("x", 1<<20) }), want: "of more than 524288 bytes"},
		"many resources":        {entries: change(func(e *snapshot.Entry) { e.Resources = entity.Resources(strings.Repeat("x", 1025)) }), want: "resources of more than 1024 bytes"},
		"negative absences":     {entries: change(func(e *snapshot.Entry) { e.Absences = -1 }), want: "has -1 absences"},
		"seen before 1970":      {entries: change(func(e *snapshot.Entry) { e.Seen = time.Unix(-1, 0) }), want: "not between 1970 and 2106"},
		"written after 2106":    {entries: change(func(e *snapshot.Entry) { e.Written = time.Unix(1<<32, 0) }), want: "not between 1970 and 2106"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := snapshot.Encode(header(), slices.Values(tt.entries))
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), accountID) {
				t.Errorf("Encode: %v, want %q in it", err, tt.want)
			}
			_, err = snapshot.New(header(), slices.Values(tt.entries))
			if tt.ordered != (err == nil) {
				t.Errorf("NewSnapshot: %v", err)
			}
		})
	}
}

// TestEntriesWithoutResourcesTakeNoMore walks snapshots in which few entries have resources.
func TestEntriesWithoutResourcesTakeNoMore(t *testing.T) {
	t.Parallel()
	entries := many(3000)
	without := len(encoded(t, entries))
	for i := 0; i < len(entries); i += 7 {
		entries[i].Resources = entity.ResourceOf(fmt.Sprint("resource-", i))
	}
	whole, err := snapshot.New(header(), slices.Values(entries))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(entries, slices.Collect(whole.All())); diff != "" {
		t.Errorf("entries (-want +got):\n%s", diff)
	}
	for _, want := range entries {
		if got, ok := whole.Find(want.Blueprint, want.Identifier); !ok || got != want {
			t.Errorf("Find(%q) = %+v", want.Identifier, got)
		}
	}
	if _, got, err := decoded(encoded(t, entries), accountID); err != nil || !slices.Equal(got, entries) {
		t.Errorf("%d entries come back of %d, %v", len(got), len(entries), err)
	}
	for i := range entries {
		entries[i].Resources = ""
	}
	if again := len(encoded(t, entries)); again != without {
		t.Errorf("without resources it has %d bytes, then %d", without, again)
	}
}

// many returns entries in the order of their keys, as an estate has them.
func many(n int) []snapshot.Entry {
	kinds := []struct{ blueprint, kind string }{{"ec2Instance", "AWS::EC2::Instance"}, {"s3Bucket", "AWS::S3::Bucket"}, {"sqsQueue", "AWS::SQS::Queue"}}
	regions := []string{"eu-central-1", "eu-west-1", "us-east-1"}
	entries := make([]snapshot.Entry, 0, n)
	for i := range n {
		k := kinds[i*len(kinds)/n]
		sum := sha256.Sum256([]byte{byte(i), byte(i >> 8), byte(i >> 16)})
		region := regions[i%len(regions)]
		entries = append(entries, snapshot.Entry{
			Blueprint: k.blueprint, Identifier: fmt.Sprintf("arn:aws:service:%s:%s:resource/%07d-%x", "eu-west-1", accountID, i, sum[20:24]),
			Region: cell.Region(region), Kind: cell.Kind(k.kind), Content: entity.Content{Hash: entity.Hash(sum[:16]), Document: mapping.Fingerprint(sum[4:20]), Nulls: mapping.Nulls(i % 9)}, Seen: noon, Written: noon.Add(-time.Duration(i%7) * 24 * time.Hour),
		})
	}
	return entries
}

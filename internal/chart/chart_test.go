package chart_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/chart"
)

var (
	ended  = time.Date(2026, 5, 4, 3, 2, 1, 654_321_000, time.UTC)
	wrote  = time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	queues = chart.Cell{Account: "111122223333", Region: "eu-west-1", Kind: "AWS::SQS::Queue"}
	whole  = chart.Cell{Kind: "AWS::Organizations::Account"}
)

func entry(identifier, body string, cell chart.Cell) chart.Entry {
	return chart.Entry{Key: chart.KeyOf("sqsQueue", identifier), Cell: cell, Content: chart.ContentOf([]byte(body)), Written: wrote}
}

func sample() *chart.Chart {
	late := entry("a", "1", queues)
	late.Written = wrote.Add(time.Hour)
	absent := entry("c", "1", queues)
	absent.Absent = 300
	unsure := entry("d", "", whole)
	unsure.Content = chart.Content{}
	return chart.New(chart.Head{Account: "111122223333", Run: "r", Ended: ended, Signature: "s"}, slices.Values([]chart.Entry{
		entry("b", "1", queues), entry("a", "1", queues), late, entry("a", "2", queues), entry("a", "1", whole), absent, unsure,
	}))
}

func encode(t testing.TB, c *chart.Chart) []byte {
	t.Helper()
	text, err := c.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestChart(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]*chart.Chart{"made": sample(), "read": decoded(t, sample())} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if c.Len() != 6 {
				t.Errorf("%d entries, want 6: two are the same but for their time", c.Len())
			}
			of := slices.Collect(c.Of(chart.KeyOf("sqsQueue", "a")))
			if len(of) != 3 {
				t.Errorf("%d entries of a, want 3", len(of))
			}
			if other := slices.Collect(c.Of(chart.KeyOf("s3Bucket", "a"))); len(other) != 0 {
				t.Errorf("another blueprint's entity has the entries %v", other)
			}
			one := chart.ContentOf([]byte("1"))
			for name, test := range map[string]struct {
				identifier string
				cell       chart.Cell
				content    chart.Content
				since      time.Time
				want       bool
			}{
				"as it was":            {"a", queues, one, wrote, true},
				"by a later write":     {"a", queues, one, wrote.Add(time.Hour), true},
				"by none so late":      {"a", queues, one, wrote.Add(2 * time.Hour), false},
				"its other content":    {"a", queues, chart.ContentOf([]byte("2")), wrote, true},
				"a new content":        {"a", queues, chart.ContentOf([]byte("3")), wrote, false},
				"from elsewhere":       {"b", whole, one, wrote, false},
				"not known":            {"x", queues, one, wrote, false},
				"of no known content":  {"d", whole, chart.Content{}, time.Time{}, false},
				"content but no entry": {"d", whole, one, time.Time{}, false},
			} {
				if got := c.Holds(chart.KeyOf("sqsQueue", test.identifier), test.cell, test.content, test.since); got != test.want {
					t.Errorf("%s: %t", name, got)
				}
			}
			for e := range c.Of(chart.KeyOf("sqsQueue", "c")) {
				if e.Absent != 255 || e.Cell != queues || !e.Written.Equal(wrote) {
					t.Errorf("got %+v", e)
				}
			}
		})
	}
}

func decoded(t testing.TB, c *chart.Chart) *chart.Chart {
	t.Helper()
	back, err := chart.Decode(encode(t, c), c.Account)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(c.Head, back.Head); diff != "" {
		t.Errorf("head (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(slices.Collect(c.All()), slices.Collect(back.All())); diff != "" {
		t.Errorf("entries (-want +got):\n%s", diff)
	}
	return back
}

// TestDamage changes and cuts a chart in every place: it is refused, or it is the
// same chart.
func TestDamage(t *testing.T) {
	t.Parallel()
	c := sample()
	whole, want := encode(t, c), slices.Collect(c.All())
	check := func(what string, text []byte) {
		got, err := chart.Decode(text, c.Account)
		switch {
		case err == nil && (!cmp.Equal(want, slices.Collect(got.All())) || got.Head != c.Head):
			t.Errorf("%s is read as another chart", what)
		case err != nil && !errors.Is(err, chart.ErrDamaged) && !errors.Is(err, chart.ErrForeign) && !errors.Is(err, chart.ErrNewer):
			t.Errorf("%s: %v says neither what it is", what, err)
		}
	}
	for i := range whole {
		check(fmt.Sprintf("a chart cut at %d", i), whole[:i])
		for bit := range 8 {
			text := bytes.Clone(whole)
			text[i] ^= 1 << bit
			check(fmt.Sprintf("a chart with bit %d of byte %d turned", bit, i), text)
		}
	}
}

// rewrite changes the inside of a written chart.
func rewrite(t *testing.T, text []byte, change func([]byte) []byte) []byte {
	t.Helper()
	reader, err := gzip.NewReader(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	inside, err := io.ReadAll(reader)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	writer := gzip.NewWriter(&out)
	if _, err := writer.Write(change(inside)); err != nil {
		t.Fatal(err)
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	replace := func(old, with string) func([]byte) []byte {
		return func(text []byte) []byte { return bytes.Replace(text, []byte(old), []byte(with), 1) }
	}
	for name, test := range map[string]struct {
		change  func([]byte) []byte
		account string
		want    error
	}{
		"a later format":        {replace(`"number":1`, `"number":2`), "111122223333", chart.ErrNewer},
		"another's file":        {replace(`"portolan.chart"`, `"other"`), "111122223333", chart.ErrForeign},
		"another account's":     {replace("", ""), "444455556666", chart.ErrForeign},
		"fewer records":         {func(text []byte) []byte { return text[:len(text)-41] }, "111122223333", chart.ErrDamaged},
		"fewer, and it says so": {replace(`"records":6`, `"records":5`), "111122223333", chart.ErrDamaged},
		"other records":         {func(text []byte) []byte { text[len(text)-1]++; return text }, "111122223333", chart.ErrDamaged},
		"no header":             {func([]byte) []byte { return nil }, "111122223333", chart.ErrDamaged},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := chart.Decode(rewrite(t, encode(t, sample()), test.change), test.account)
			if !errors.Is(err, test.want) || got != nil {
				t.Errorf("got %v, %v, want %v", got, err, test.want)
			}
		})
	}
}

// TestHeaderOfTheNextVersion reads what a later version may add.
func TestHeaderOfTheNextVersion(t *testing.T) {
	t.Parallel()
	text := rewrite(t, encode(t, sample()), func(text []byte) []byte {
		return bytes.Replace(text, []byte(`"format"`), []byte(`"novel":{"a":1},"format"`), 1)
	})
	if c, err := chart.Decode(text, "111122223333"); err != nil || c.Len() != 6 {
		t.Errorf("got %v, %v", c, err)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(encode(f, sample()))
	f.Add(encode(f, chart.New(chart.Head{Account: "111122223333"}, slices.Values([]chart.Entry(nil)))))
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := chart.Decode(text, "111122223333")
		if (c == nil) != (err != nil) {
			t.Errorf("got %v and %v", c, err)
		}
		if c != nil {
			decoded(t, c)
		}
	})
}

func BenchmarkChart(b *testing.B) {
	const count = 100_000
	entries := func(yield func(chart.Entry) bool) {
		for i := range count {
			if !yield(entry(fmt.Sprint("arn:aws:sqs:eu-west-1:111122223333:queue-", i), fmt.Sprint(i), queues)) {
				return
			}
		}
	}
	for b.Loop() {
		c := chart.New(chart.Head{Account: "111122223333"}, entries)
		text := encode(b, c)
		if _, err := chart.Decode(text, c.Account); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(len(text))/count, "file-B/entity")
	}
}

package port

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func FuzzDelay(f *testing.F) {
	for _, seed := range []string{
		"", "0", "7", " 120 ", "-5", "10000", "10001", "1767323045", "99999999999999999999", "1.5", "Fri, 02 Jan 2026 03:04:05 GMT",
		"2026-01-02T03:04:05Z", "2026-01-02T03:04:05.5+02:00", "soon",
	} {
		f.Add(seed)
	}
	now := time.Date(2026, 1, 2, 3, 4, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, text string) {
		if d, ok := parseDelay(text, now); d < 0 || d > longestWait || !ok && d != 0 {
			t.Errorf("%q = %v, %v", text, d, ok)
		}
	})
}

func TestDelay(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 0, 0, time.UTC)
	tests := map[string]struct {
		want time.Duration
		ok   bool
	}{
		"7": {7 * time.Second, true}, "0": {0, true}, "-5": {0, true}, "301": {longestWait, true},
		fmt.Sprint(now.Unix() + 5): {5 * time.Second, true}, fmt.Sprint(now.Unix() - 5): {0, true},
		"99999999999999999999":          {longestWait, true},
		"Fri, 02 Jan 2026 03:04:05 GMT": {5 * time.Second, true},
		"2026-01-02T03:04:05Z":          {5 * time.Second, true},
		"2025-01-02T03:04:05Z":          {0, true},
		"soon":                          {0, false}, "": {0, false}, "1.5": {0, false},
	}
	for text, test := range tests {
		if got, ok := parseDelay(text, now); got != test.want || ok != test.ok {
			t.Errorf("%q = %v, %v, want %v, %v", text, got, ok, test.want, test.ok)
		}
	}
}

func FuzzBulkAnswer(f *testing.F) {
	for _, seed := range []string{
		`{"ok":true,"entities":[{"index":0,"identifier":"a","created":true}],"errors":[{"index":1,"identifier":"unknown","statusCode":404}]}`,
		`{"entities":[{"index":5}],"errors":[{"index":-1}]}`, `{"entities":null}`, `[]`, `{"entities":[{"index":0.5}]}`, `{"entities":[{"index":0,"identifier":7}]}`,
	} {
		f.Add([]byte(seed))
	}
	c, err := New(Options{BaseURL: "https://port.test", Type: "t", Identifier: "i", Credentials: noCredentials})
	if err != nil {
		f.Fatal(err)
	}
	items := []Item{
		{Key: "a", Body: json.RawMessage(`{"identifier":"a"}`)},
		{Key: "search", Body: json.RawMessage(`{"identifier":{"combinator":"and","rules":[]}}`)},
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		outcomes := make([]Outcome, len(items))
		c.bulkOutcomes(call{}, answer{status: 200, body: body}, items, outcomes)
		for i, o := range outcomes {
			if (o.Err == nil) != (o.Identifier != "") {
				t.Errorf("%d: taken as %q and refused with %v", i, o.Identifier, o.Err)
			}
			if o.Err != nil && utf8.RuneCountInString(o.Err.Error()) > 2*maxMessage {
				t.Errorf("%d: an error of %d bytes", i, len(o.Err.Error()))
			}
		}
	})
}

func FuzzShow(f *testing.F) {
	f.Add("plain\ntext\x00 with é and \xff, AKIAAAAAAAAAAAAAAAAA", 20)
	c, err := New(Options{BaseURL: "https://port.test", Type: "t", Identifier: "i", Credentials: noCredentials, Secrets: []string{"a-secret-value"}})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string, limit int) {
		limit = min(max(limit, 1), maxMessage)
		got := c.show(text+"a-secret-value", limit)
		if !utf8.ValidString(got) || utf8.RuneCountInString(got) > limit+1 || strings.ContainsAny(got, "\n\r\x00") || strings.Contains(got, "a-secret-value") {
			t.Errorf("%q", got)
		}
	})
}

func noCredentials(context.Context) (string, string, error) { return "", "", nil }

func TestISOTimeIsPythons(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for want, given := range map[string]time.Time{
		"2026-01-02T03:04:05+00:00":        at,
		"2026-01-02T03:04:05.123456+00:00": at.Add(123456789 * time.Nanosecond),
		"2026-01-02T03:04:05.000100+00:00": at.Add(100 * time.Microsecond),
		"2026-01-02T01:04:05+00:00":        time.Date(2026, 1, 2, 3, 4, 5, 999, time.FixedZone("", 7200)),
	} {
		if got := isoTime(given); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

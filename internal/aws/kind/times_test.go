package kind

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

type leaf struct {
	At     *time.Time
	Name   *string
	Again  []time.Time
	ByName map[string]leaf
}

func TestNormalizeTimes(t *testing.T) {
	t.Parallel()
	value := map[string]any{
		"at":     json.Number("1735786984.858"),
		"name":   "2025-01-02T03:04:05Z is no time here",
		"again":  []any{json.Number("1735786984"), "2025-01-02T04:04:05+01:00", "Thu, 02 Jan 2025 03:04:05 GMT", "no time", nil},
		"byName": map[string]any{"x": map[string]any{"at": json.Number("1.735786984E9")}},
		"novel":  json.Number("1735786984"),
	}
	want := map[string]any{
		"at":     "2025-01-02T03:03:04.858000Z",
		"name":   "2025-01-02T03:04:05Z is no time here",
		"again":  []any{"2025-01-02T03:03:04Z", "2025-01-02T03:04:05Z", "2025-01-02T03:04:05Z", "no time", nil},
		"byName": map[string]any{"x": map[string]any{"at": "2025-01-02T03:03:04Z"}},
		"novel":  json.Number("1735786984"),
	}
	if diff := cmp.Diff(want, normalize(value, reflect.TypeFor[leaf]())); diff != "" {
		t.Errorf("times (-want +got):\n%s", diff)
	}
}

func TestFromStruct(t *testing.T) {
	t.Parallel()
	type state string
	type inner struct{ Count *int32 }
	yes, text, empty, count := true, "text", "", int32(7)
	share := 0.5
	at := time.Date(2025, 1, 2, 3, 4, 5, 0, time.FixedZone("", 3600))
	got := fromStruct(reflect.ValueOf(struct {
		State, NoState       state
		Flag                 *bool
		Text, Empty, NoText  *string
		At                   *time.Time
		Share                *float64
		Blob                 []byte
		List, None           []inner
		Nothing              []string
		Map                  map[string]string
		Inner                *inner
		ResultMetadata, lost *string
	}{
		State: "on", Flag: &yes, Text: &text, Empty: &empty, At: &at, Share: &share, Blob: []byte("x"),
		List: []inner{{&count}}, None: []inner{}, Map: map[string]string{"k": "v"}, Inner: &inner{}, lost: &text,
	}))
	want := Object{
		"State": "on", "Flag": true, "Text": "text", "Empty": "", "At": "2025-01-02T02:04:05Z", "Share": 0.5, "Blob": "eA==",
		"List": []any{Object{"Count": 7}}, "None": []any{}, "Map": Object{"k": "v"}, "Inner": Object{},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("object (-want +got):\n%s", diff)
	}
}

func TestShape(t *testing.T) {
	t.Parallel()
	answer := Object{"clusterName": "c", "settings": []any{}, "other": 1, "Tags": nil}
	form := Form{Properties: "ClusterName ClusterSettings Tags Missing", Renamed: map[string]string{"ClusterSettings": "settings"}}
	want := Object{"ClusterName": "c", "ClusterSettings": []any{}, "Tags": nil}
	if diff := cmp.Diff(want, form.shape().apply(answer)); diff != "" {
		t.Errorf("closed (-want +got):\n%s", diff)
	}
	form.Open = true
	want["other"] = 1
	if diff := cmp.Diff(want, form.shape().apply(answer)); diff != "" {
		t.Errorf("open (-want +got):\n%s", diff)
	}
}

func TestExpectation(t *testing.T) {
	t.Parallel()
	var e Expectation
	if got := e.of(160); got != 40 {
		t.Errorf("at first %d are expected, want a quarter of a page", got)
	}
	for range 30 {
		e.learn(0, 160)
	}
	if got := e.of(160); got != 1 {
		t.Errorf("after empty pages %d are expected, want 1", got)
	}
	var sum int64
	for i := range int64(400) {
		e.learn(160*(i%4/3), 160) // each fourth page is full
		sum += e.of(160)
	}
	if mean := sum / 400; mean < 35 || mean > 45 {
		t.Errorf("while a page holds 40 on the average, %d are expected", mean)
	}
	for range 30 {
		e.learn(160, 160)
	}
	if got := e.of(160); got != 160 {
		t.Errorf("after full pages %d are expected", got)
	}
	if got := (*Expectation)(nil).of(100); got != 100 {
		t.Errorf("without anything learned %d are expected", got)
	}
}

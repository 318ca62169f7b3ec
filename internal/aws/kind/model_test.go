package kind

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// tree holds times only in what it repeats; twig and branch hold each other.
type (
	tree struct {
		Label    *string
		Children []tree
		ByName   map[string]*tree
		Since    *time.Time
	}
	branch struct{ Twigs []twig }
	twig   struct {
		Branch *branch
		Lists  [][]time.Time
	}
	// Interface is named as the SDK's type of documents.
	Interface any
	form      struct{ Document Interface }
	barren    struct {
		Again *barren
		Map   map[string][]barren
	}
)

func TestNormalize(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		model       any
		body, wants string
	}{
		"lists and maps of itself": {
			tree{},
			`{"label":"1","since":0,"children":[{"since":1.5,"children":[{"Since":"2025-01-02T03:04:05.5Z"}]}],"byName":{"since":{"since":1},"n":null}}`,
			`{"byName":{"n":null,"since":{"since":"1970-01-01T00:00:01Z"}},"children":[{"children":[{"Since":"2025-01-02T03:04:05.500000Z"}],` +
				`"since":"1970-01-01T00:00:01.500000Z"}],"label":"1","since":"1970-01-01T00:00:00Z"}`,
		},
		"types that hold each other": {
			branch{},
			`{"twigs":[{"branch":{"twigs":[{"lists":[[1],[],[2,null]]}]}}]}`,
			`{"twigs":[{"branch":{"twigs":[{"lists":[["1970-01-01T00:00:01Z"],[],["1970-01-01T00:00:02Z",null]]}]}}]}`,
		},
		"null": {
			tree{}, `{"label":null,"since":null,"novel":{"a":null,"b":[null,{"c":null}]},"children":[null,{"label":null}],"byName":{"label":null,"x":{"label":null}}}`,
			`{"byName":{"label":null,"x":{}},"children":[null,{}],"novel":{"b":[null,{}]}}`,
		},
		"null in a document":             {form{}, `{"document":{"a":null,"b":[null]}}`, `{"document":{"a":null,"b":[null]}}`},
		"no document":                    {form{}, `{"document":null}`, `{}`},
		"null in both names":             {tree{}, `{"Label":null,"label":"1"}`, `{"label":"1"}`},
		"no time anywhere":               {barren{}, `{"again":{"map":{"x":[{"again":1}]}}}`, `{"again":{"map":{"x":[{"again":1}]}}}`},
		"an object where a list belongs": {tree{}, `{"children":{"since":1}}`, `{"children":{"since":1}}`},
		"a list where an object belongs": {tree{}, `{"byName":[{"since":1}]}`, `{"byName":[{"since":1}]}`},
		"a time that is an object":       {tree{}, `{"since":{"seconds":1}}`, `{"since":{"seconds":1}}`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			decoder := json.NewDecoder(strings.NewReader(test.body))
			decoder.UseNumber()
			var value Object
			if err := decoder.Decode(&value); err != nil {
				t.Fatal(err)
			}
			got, err := json.Marshal(normalize(value, reflect.TypeOf(test.model)))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.wants, string(got)); diff != "" {
				t.Errorf("times (-want +got):\n%s", diff)
			}
		})
	}
}

// TestModelNames shows the names of MSK, whose members begin with a small letter on the
// wire: the keys of maps are the user's own and stay.
func TestModelNames(t *testing.T) {
	t.Parallel()
	type volume struct {
		VolumeSize *int32
		Since      *time.Time
	}
	type broker struct {
		Volumes []volume
		Tags    map[string]string
		ByZone  map[string]volume
		Nested  *volume
	}
	answer := Object{
		"volumes": []any{Object{"volumeSize": 1, "since": json.Number("0")}, nil}, "tags": Object{"team": "shop", "lost": nil},
		"byZone": Object{"a": Object{"volumeSize": 2}}, "nested": Object{"volumeSize": nil},
		"ofTomorrow": Object{"inner": []any{Object{"state": "ok", "gone": nil}}}, "gone": nil,
	}
	want := Object{
		"Volumes": []any{Object{"VolumeSize": 1, "Since": "1970-01-01T00:00:00Z"}, nil}, "Tags": Object{"team": "shop", "lost": nil},
		"ByZone": Object{"a": Object{"VolumeSize": 2}}, "Nested": Object{},
		"OfTomorrow": Object{"Inner": []any{Object{"State": "ok"}}},
	}
	got := normalizer{modelNames: true}.value(answer, reflect.TypeFor[broker]())
	if diff := cmp.Diff(any(want), got); diff != "" {
		t.Errorf("answer (-want +got):\n%s", diff)
	}
}

func TestTextOfTimes(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		wire any
		want any
	}{
		"seconds":                 {json.Number("1735787045"), "2025-01-02T03:04:05Z"},
		"milliseconds":            {json.Number("1735787045.858"), "2025-01-02T03:04:05.858000Z"},
		"microseconds":            {json.Number("1735787045.858123"), "2025-01-02T03:04:05.858123Z"},
		"finer than that":         {json.Number("1735787045.9999996"), "2025-01-02T03:04:06Z"},
		"with an exponent":        {json.Number("1.735787045858E9"), "2025-01-02T03:04:05.858000Z"},
		"a fraction of zero":      {json.Number("1735787045.0"), "2025-01-02T03:04:05Z"},
		"before 1970":             {json.Number("-1.5"), "1969-12-31T23:59:58.500000Z"},
		"the epoch":               {json.Number("0"), "1970-01-01T00:00:00Z"},
		"no number":               {json.Number("1e999"), json.Number("1e999")},
		"ISO 8601":                {"2025-01-02T03:04:05Z", "2025-01-02T03:04:05Z"},
		"ISO 8601 with a zone":    {"2025-01-02T05:04:05.858+02:00", "2025-01-02T03:04:05.858000Z"},
		"nanoseconds, as text":    {"2025-01-02T03:04:05.858123456Z", "2025-01-02T03:04:05.858123Z"},
		"the date of a header":    {"Thu, 02 Jan 2025 03:04:05 GMT", "2025-01-02T03:04:05Z"},
		"text that is not a time": {"never", "never"},
		"empty text":              {"", ""},
		"null":                    {nil, nil},
		"a boolean, of all":       {true, true},
		"a number in a text":      {"1735787045", "1735787045"},
		"a day without an hour":   {"2025-01-02", "2025-01-02"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := timeText(test.wire); got != test.want {
				t.Errorf("%v is %v, want %v", test.wire, got, test.want)
			}
		})
	}
}

func TestStructsInside(t *testing.T) {
	t.Parallel()
	type state string
	type inner struct {
		State state
		Size  int32
		At    time.Time
		Next  *inner
	}
	large, at := int64(1)<<53+1, time.Date(2025, 1, 2, 3, 4, 5, 123456789, time.UTC)
	got := fromStruct(reflect.ValueOf(struct {
		Large    *int64
		Zero     *int32
		No       *bool
		Plain    float32
		States   []state
		Times    []time.Time
		Blobs    [][]byte
		NoBlob   []byte
		Empty    []byte
		Lists    [][]string
		ByName   map[string]inner
		Emptied  map[string]string
		Nothing  map[string]string
		Union    any
		Inner    inner
		Pointers map[state][]inner
	}{
		Large: &large, Zero: new(int32), No: new(bool), Plain: 0.25, States: []state{"on", ""}, Times: []time.Time{at},
		Blobs: [][]byte{{0xfb, 0xff}, {}}, Empty: []byte{}, Lists: [][]string{{"a"}, nil},
		ByName: map[string]inner{"x": {State: "on", At: at}}, Emptied: map[string]string{}, Union: struct{}{},
		Inner: inner{Next: &inner{Size: 3, At: at}}, Pointers: map[state][]inner{"off": {}},
	}))
	zero := "0001-01-01T00:00:00Z"
	want := Object{
		"Large": 1<<53 + 1, "Zero": 0, "No": false, "Plain": 0.25, "States": []any{"on", ""},
		"Times": []any{"2025-01-02T03:04:05.123457Z"}, "Blobs": []any{"+/8=", ""}, "Empty": "",
		"Lists": []any{[]any{"a"}, []any{}}, "Emptied": Object{},
		"ByName":   Object{"x": Object{"State": "on", "Size": 0, "At": "2025-01-02T03:04:05.123457Z"}},
		"Inner":    Object{"Size": 0, "At": zero, "Next": Object{"Size": 3, "At": "2025-01-02T03:04:05.123457Z"}},
		"Pointers": Object{"off": []any{}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("object (-want +got):\n%s", diff)
	}
}

func TestNamesOfMembers(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		form   Form
		answer Object
		want   Object
	}{
		"as it is":                   {Form{Properties: "Arn"}, Object{"Arn": "a"}, Object{"Arn": "a"}},
		"a small first letter":       {Form{Properties: "ClusterArn"}, Object{"clusterArn": "a"}, Object{"ClusterArn": "a"}},
		"nothing else is made small": {Form{Properties: "ARN KMSKeyArn"}, Object{"arn": 1, "kmsKeyArn": 1}, Object{}},
		"its own name first":         {Form{Properties: "Name"}, Object{"name": "small", "Name": "large"}, Object{"Name": "large"}},
		"AWS's name before its own": {
			Form{Properties: "Port", Renamed: map[string]string{"Port": "DbInstancePort"}},
			Object{"DbInstancePort": 1, "Port": 2}, Object{"Port": 1},
		},
		"its own, if AWS changes its mind": {
			Form{Properties: "Port", Renamed: map[string]string{"Port": "DbInstancePort"}}, Object{"Port": 2}, Object{"Port": 2},
		},
		"null stays":          {Form{Properties: "A B"}, Object{"A": nil}, Object{"A": nil}},
		"empty stays":         {Form{Properties: "A B C"}, Object{"A": "", "b": []any{}, "C": Object{}}, Object{"A": "", "B": []any{}, "C": Object{}}},
		"nested is untouched": {Form{Properties: "A"}, Object{"a": Object{"bC": 1}}, Object{"A": Object{"bC": 1}}},
		"closed":              {Form{Properties: "A"}, Object{"B": 1}, Object{}},
		"open":                {Form{Properties: "A", Open: true}, Object{"B": 1}, Object{"B": 1}},
		"not ASCII":           {Form{Properties: "Ärger"}, Object{"ärger": 1}, Object{"Ärger": 1}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, test.form.shape().apply(test.answer)); diff != "" {
				t.Errorf("properties (-want +got):\n%s", diff)
			}
		})
	}
}

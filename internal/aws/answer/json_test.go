package answer

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
)

// FuzzDecode compares Decode with encoding/json, which is slower.
func FuzzDecode(f *testing.F) {
	for _, body := range []string{
		`{}`, ` { "a" : [ ] , "b":{} } `, `{"a":"x","b":["x","x",{"a":null}],"c":true,"d":false}`, `{"a":1,"a":2}`,
		`{"n":[0,-0,1,-12.50,1e3,1E-2,2e+9,0.1,123456789012345678901234567890]}`,
		`{"n":01}`, `{"n":-}`, `{"n":1.}`, `{"n":.5}`, `{"n":1e}`, `{"n":+1}`, `{"n":1 2}`, `{"n":Infinity}`,
		`{"t":"\"\\\/\b\f\n\r\t\u00e9\u20AC\ud83d\ude00 é€😀"}`, `{"t":"\ud83d"}`, `{"t":"\ud83d\u0041"}`, `{"t":"\ud83d\ud83d\ude00"}`,
		`{"t":"\ude00x"}`, `{"t":"\ud83dA"}`, `{"t":"\x"}`, `{"t":"\u12"}`, `{"t":"\u12g4"}`, `{"t":"\ud83d\u12"}`, `{"t":"`, `{"t":"\`,
		"{\"t\":\"\xff\xc3(\xe2\x82\"}", "{\"t\":\"a\nb\"}", "{\"\xff\":1,\"\xfe\":2}", `{"a":1,}`, `{,}`, `{"a"}`, `{"a":}`, `{a:1}`, `[1,]`, `[,1]`,
		`{"a":1}}`, `{"a":1} x`, `{"a":tru}`, `{"a":nul`, `{"a":[1`, `{"a":1`, `[]`, `"x"`, `1`, `null`, ``, ` `, "\ufeff{}",
		`{"` + strings.Repeat("long", 20) + `":"` + strings.Repeat("long", 20) + `"}`,
		`{"Functions":[{"Name":"a","Layers":[],"Tags":{"k":"v"}},{"Name":"b","Layers":null,"Tags":{"k":"v"}}],"NextMarker":null}`,
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(compareDecoders)
}

// TestDecodeEndsWhereNestingIsTooDeep wants the same bound as encoding/json's.
func TestDecodeEndsWhereNestingIsTooDeep(t *testing.T) {
	t.Parallel()
	for _, depth := range []int{9_999, 10_000} {
		compareDecoders(t, []byte(`{"a":`+strings.Repeat("[", depth)+strings.Repeat("]", depth)+`}`))
	}
}

func compareDecoders(t *testing.T, body []byte) {
	want, whole := decodeSlowly(body)
	got, err := Decode(body)
	if (err == nil) != (whole == nil) {
		t.Fatalf("Decode(%q): %v, want %v", body, err, whole)
	}
	if err == nil && !reflect.DeepEqual(got, want) {
		t.Fatalf("Decode(%q) = %#v, want %#v", body, got, want)
	}
}

func decodeSlowly(body []byte) (map[string]any, error) {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var object map[string]any
	if err := decoder.Decode(&object); err != nil {
		return nil, err
	}
	if object == nil {
		return nil, errors.New("not an object")
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows")
	}
	return object, nil
}

// TestDecodedObjectsShareNothing wants each object and list of an answer to be its own, so
// that one resource can be changed without the others.
func TestDecodedObjectsShareNothing(t *testing.T) {
	t.Parallel()
	object, err := Decode([]byte(`{"all":[{"tags":{"a":"b"}},{"tags":{"a":"b"}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	all := object["all"].([]any)
	all[0].(map[string]any)["tags"].(map[string]any)["a"] = "other"
	if got := all[1].(map[string]any)["tags"].(map[string]any)["a"]; got != "b" {
		t.Errorf("the second resource has %v", got)
	}
}

// TestDecodeAllocates wants what repeats in an answer to take no room again: beside the object
// and its list, a resource costs its map and the texts that only it has.
func TestDecodeAllocates(t *testing.T) {
	body := []byte(`{"Functions":[` + strings.Repeat(`{"Name":"resize","Runtime":"nodejs22.x","State":"Active","Architectures":["arm64"]},`, 999) + `{}]}`)
	const perResource = 5 // the map and its table, the list, both as values
	if got := testing.AllocsPerRun(5, func() { _, _ = Decode(body) }); got > 1000*perResource {
		t.Errorf("1,000 resources take %v allocations", got)
	}
}

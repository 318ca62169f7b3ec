package port_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/port"
)

// verdict is an outcome in a line.
func verdict(o port.Outcome) string {
	if o.Err == nil {
		if o.Created {
			return "created " + o.Identifier
		}
		return "updated " + o.Identifier
	}
	var e *port.EntityError
	if !errors.As(o.Err, &e) {
		return "a foreign error: " + o.Err.Error()
	}
	text := fmt.Sprint(e.StatusCode)
	if e.Retryable {
		text += " retryable"
	}
	if e.Unmatched {
		text += " unmatched"
	}
	return text
}

func verdicts(outcomes []port.Outcome) []string {
	all := []string{}
	for _, o := range outcomes {
		all = append(all, verdict(o))
	}
	return all
}

func search(name string) port.Item {
	body := json.RawMessage(`{"identifier": {"combinator":"and","rules":[{"property":"name","operator":"=","value":"` + name + `"}]}}`)
	return port.Item{Blueprint: "b", Key: "search " + name, Body: body}
}

func TestBulkIsReadByIndex(t *testing.T) {
	t.Parallel()
	abc := items("a", "b", "c")
	tests := map[string]struct {
		items  []port.Item
		answer reply
		want   []string
	}{
		"all taken, in another order": {abc, ok(`{"entities":[{"index":2,"identifier":"c","created":true},{"index":0,"identifier":"a"},{"index":1,"identifier":"b"}]}`), []string{"updated a", "updated b", "created c"}},
		"some refused": {abc, reply{status: 207, body: `{"entities":[{"index":1,"identifier":"b","created":true}],"errors":[
			{"index":0,"identifier":"a","statusCode":404,"error":"not_found","message":"no target"},
			{"index":2,"identifier":"c","statusCode":422,"error":"invalid_request","message":"no such property"}]}`}, []string{"404 retryable", "created b", "422"}},
		"what may pass later":               {abc, reply{status: 207, body: `{"errors":[{"index":0,"statusCode":409},{"index":1,"statusCode":429},{"index":2,"statusCode":500}]}`}, []string{"409 retryable", "429 retryable", "500 retryable"}},
		"one is not mentioned":              {abc, ok(`{"entities":[{"index":0,"identifier":"a"},{"index":2,"identifier":"c"}]}`), []string{"updated a", "0 retryable", "updated c"}},
		"none is mentioned":                 {abc, ok(`{"ok":true}`), []string{"0 retryable", "0 retryable", "0 retryable"}},
		"both taken and refused":            {items("a", "b"), ok(`{"errors":[{"index":0,"statusCode":422}],"entities":[{"index":0,"identifier":"a"},{"index":1,"identifier":"b"}]}`), []string{"422", "updated b"}},
		"indexes that are nobody's":         {items("a", "b"), ok(`{"entities":[{"index":-1},{"index":2},{"identifier":"a"}],"errors":[{"index":99,"statusCode":500}]}`), []string{"0 retryable", "0 retryable"}},
		"without identifiers":               {items("a", "b"), ok(`{"entities":[{"index":0,"created":true},{"index":1,"identifier":null}]}`), []string{"0 retryable", "0 retryable"}},
		"a search returns the identifier":   {[]port.Item{search("x"), item("b")}, ok(`{"entities":[{"index":0,"identifier":"found"},{"index":1,"identifier":"b"}]}`), []string{"updated found", "updated b"}},
		"a search finds nothing":            {[]port.Item{search("x")}, reply{status: 207, body: `{"errors":[{"index":0,"identifier":"unknown","statusCode":404,"error":"not_found"}]}`}, []string{"404 unmatched"}},
		"an entity whose name is unknown":   {items("unknown", "b"), reply{status: 207, body: `{"entities":[{"index":1,"identifier":"b"}],"errors":[{"index":0,"identifier":"unknown","statusCode":404}]}`}, []string{"404 retryable", "updated b"}},
		"half an answer":                    {items("a", "b"), ok(`{"entities":[{"index":0,`), []string{"0 retryable", "0 retryable"}},
		"an answer of another form":         {items("a", "b"), ok(`{"entities":{"a":true}}`), []string{"0 retryable", "0 retryable"}},
		"blueprint not there":               {items("a", "b"), refusal(404, "not_found", "blueprint"), []string{"404", "404"}},
		"forbidden":                         {items("a", "b"), status(403), []string{"403", "403"}},
		"single, created":                   {items("a"), reply{status: 201, body: `{"entity":{"identifier":"a"}}`}, []string{"created a"}},
		"single, updated":                   {items("a"), ok(`{"entity":{"identifier":"a"}}`), []string{"updated a"}},
		"single, relation leads nowhere":    {items("a"), refusal(404, "not_found", "target"), []string{"404 retryable"}},
		"single, of a form that is wrong":   {items("a"), status(422), []string{"422"}},
		"single, larger than Port takes":    {[]port.Item{{Key: "a", Body: json.RawMessage(`{"p":"` + strings.Repeat("x", 1<<20) + `"}`)}}, ok("{}"), []string{"413"}},
		"nothing to write is not a request": {nil, status(500), []string{}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &script{answers: []reply{test.answer}}
			outcomes, err := client(t, s).Upsert(t.Context(), "b", test.items, port.UpsertOptions{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, verdicts(outcomes)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestEntityErrorsGroup(t *testing.T) {
	t.Parallel()
	s := &script{answers: []reply{reply{status: 207, body: `{"errors":[
		{"index":0,"identifier":"a","statusCode":422,"error":"invalid_request","message":"no property p"},
		{"index":1,"identifier":"b","statusCode":422,"error":"invalid_request","message":"no property p"}]}`}.with("x-trace-id", "trace-1")}}
	outcomes, err := client(t, s).Upsert(t.Context(), "b", items("a", "b"), port.UpsertOptions{})
	if err != nil {
		t.Fatal(err)
	}
	const want = "422 invalid_request: no property p"
	if outcomes[0].Err.Error() != want || outcomes[1].Err.Error() != want {
		t.Errorf("%v and %v, want %s", outcomes[0].Err, outcomes[1].Err, want)
	}
	var e *port.EntityError
	if !errors.As(outcomes[0].Err, &e) || e.TraceID != "trace-1" {
		t.Errorf("trace of %+v", e)
	}
}

func sized(name string, size int) port.Item {
	body := `{"identifier":"` + name + `","p":""}`
	body = strings.Replace(body, `"p":""`, `"p":"`+strings.Repeat("x", size-len(body))+`"`, 1)
	return port.Item{Key: name, Body: json.RawMessage(body)}
}

func TestRequestsAreFilledToTheirBounds(t *testing.T) {
	t.Parallel()
	const envelope = len(`{"entities":[,]}`) // with a comma between two
	var many []string
	for i := range 45 {
		many = append(many, fmt.Sprint("e", i))
	}
	tests := map[string]struct {
		items []port.Item
		want  []int // entities in each request
	}{
		"by count":             {items(many...), []int{20, 20, 5}},
		"by bytes, exactly":    {[]port.Item{sized("a", 1<<19), sized("b", 1<<19-envelope)}, []int{2}},
		"by bytes, one beyond": {[]port.Item{sized("a", 1<<19), sized("b", 1<<19-envelope+1)}, []int{1, 1}},
		"a large one between":  {[]port.Item{item("a"), sized("b", 1<<20), item("c"), item("d")}, []int{1, 1, 2}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var sizes []int
			s := &script{answer: func(r seen) reply {
				if len(r.Body) > port.MaxBytes {
					t.Errorf("a request of %d bytes", len(r.Body))
				}
				sizes = append(sizes, strings.Count(r.Body, `"identifier"`))
				return taken(r)
			}}
			outcomes, err := client(t, s).Upsert(t.Context(), "b", test.items, port.UpsertOptions{})
			if err != nil {
				t.Fatal(err)
			}
			for i, o := range outcomes {
				if verdict(o) != "created "+test.items[i].Key {
					t.Errorf("%s: %s", test.items[i].Key, verdict(o))
				}
			}
			if diff := cmp.Diff(test.want, sizes); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestRequestIsHalvedUntilItPasses has a Port that refuses whatever holds a bad
// entity.
func TestRequestIsHalvedUntilItPasses(t *testing.T) {
	t.Parallel()
	for _, code := range []int{http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity} {
		t.Run(fmt.Sprint(code), func(t *testing.T) {
			t.Parallel()
			s := &script{answer: func(r seen) reply {
				if strings.Contains(r.Body, "bad") {
					return refusal(code, "refused", "this one")
				}
				return taken(r)
			}}
			outcomes, err := client(t, s).Upsert(t.Context(), "b", items("a", "b", "c", "bad-1", "d", "e", "f", "g"), port.UpsertOptions{})
			if err != nil {
				t.Fatal(err)
			}
			want := []string{"created a", "created b", "created c", fmt.Sprint(code), "created d", "created e", "created f", "created g"}
			if diff := cmp.Diff(want, verdicts(outcomes)); diff != "" {
				t.Error(diff)
			}
			if last := s.calls[len(s.calls)-1]; len(s.calls) != 7 || !strings.Contains(last.Target, "/bulk?") {
				t.Errorf("%d requests", len(s.calls))
			}
		})
	}
}

func TestSearchGoesAsBulkOfOne(t *testing.T) {
	t.Parallel()
	s := &script{answer: taken}
	if _, err := client(t, s).Upsert(t.Context(), "b", []port.Item{search("x")}, port.UpsertOptions{}); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(s.calls[0].Target, "/v1/blueprints/b/entities/bulk?") {
		t.Errorf("sent to %s", s.calls[0].Target)
	}
}

func TestUpsertEndsWhereItIsUseless(t *testing.T) {
	t.Parallel()
	var many []string
	for i := range 60 {
		many = append(many, fmt.Sprint("e", i))
	}
	synctest.Test(t, func(t *testing.T) {
		n := 0
		s := &script{answer: func(r seen) reply {
			if n++; n == 1 {
				return taken(r)
			}
			return status(401)
		}}
		outcomes, err := client(t, s).Upsert(t.Context(), "b", items(many...), port.UpsertOptions{})
		if err == nil || len(s.calls) != 3 {
			t.Fatalf("error %v after %d requests", err, len(s.calls))
		}
		if verdict(outcomes[19]) != "created e19" || outcomes[20].Err == nil || outcomes[59].Err == nil {
			t.Errorf("outcomes %v", verdicts(outcomes))
		}
	})
}

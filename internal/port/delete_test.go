package port_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"portolan/internal/port"
)

func TestDelete(t *testing.T) {
	t.Parallel()
	var many []string
	for i := range 250 {
		many = append(many, fmt.Sprint("e", i))
	}
	sent := func(r seen) []string {
		var body struct{ Entities []string }
		_ = json.Unmarshal([]byte(r.Body), &body)
		return body.Entities
	}
	deleting := func(gone []string) reply {
		text, _ := json.Marshal(map[string]any{"ok": true, "deletedEntities": gone})
		return ok(string(text))
	}
	all := func(r seen) reply { return deleting(sent(r)) }
	required := func(code int) func(seen) reply {
		return func(r seen) reply {
			if strings.Contains(r.Body, `"required"`) {
				return refusal(code, "has_dependents", "something requires it")
			}
			return all(r)
		}
	}
	tests := map[string]struct {
		ids        []string
		dependents bool
		answer     func(seen) reply
		want       []string
		requests   int
		fails      bool
	}{
		"in hundreds":         {ids: many, answer: all, want: many, requests: 3},
		"only what is said":   {ids: []string{"a", "b", "c"}, answer: func(seen) reply { return deleting([]string{"c", "a", "z"}) }, want: []string{"a", "c"}, requests: 1},
		"nothing is said":     {ids: []string{"a"}, answer: func(seen) reply { return ok("{}") }, requests: 1},
		"one is required":     {ids: []string{"a", "b", "required", "c"}, answer: required(409), want: []string{"a", "b", "c"}, requests: 5, fails: true},
		"with its dependents": {ids: []string{"a", "required"}, dependents: true, answer: required(422), requests: 1, fails: true},
		"a later chunk fails": {ids: many, dependents: true, answer: func(r seen) reply {
			if strings.Contains(r.Body, `"e150"`) {
				return status(403)
			}
			return all(r)
		}, want: slices.Concat(many[:100], many[200:]), requests: 3, fails: true},
		"credentials are lost": {ids: many, answer: func(seen) reply { return status(401) }, requests: 2, fails: true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &script{answer: test.answer}
			deleted, err := client(t, s).Delete(t.Context(), "b", test.ids, port.DeleteOptions{Dependents: test.dependents})
			if (err != nil) != test.fails || len(s.calls) != test.requests {
				t.Errorf("error %v after %d requests", err, len(s.calls))
			}
			if diff := cmp.Diff(test.want, deleted, cmpopts.EquateEmpty()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestOwnedGivesAllPages(t *testing.T) {
	t.Parallel()
	pages := map[string]string{
		"":   `{"entities":[{"identifier":"a","blueprint":"b","title":"A"}],"next":"c1"}`,
		"c1": `{"entities":[],"next":"c2"}`,
		"c2": `{"entities":[{"identifier":"z","blueprint":"c"}],"next":null}`,
	}
	tests := map[string]struct {
		answer func(from string) reply
		want   []port.Ref
		fails  bool
	}{
		"three": {func(from string) reply { return ok(pages[from]) }, []port.Ref{{Blueprint: "b", Identifier: "a"}, {Blueprint: "c", Identifier: "z"}}, false},
		"none":  {func(string) reply { return ok(`{"entities":[]}`) }, nil, false},
		"the second fails": {func(from string) reply {
			if from == "" {
				return ok(pages[""])
			}
			return status(403)
		}, []port.Ref{{Blueprint: "b", Identifier: "a"}}, true},
		"one leads to itself": {func(string) reply { return ok(`{"entities":[],"next":"c1"}`) }, nil, true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &script{answer: func(r seen) reply {
				var body struct{ From string }
				_ = json.Unmarshal([]byte(r.Body), &body)
				return test.answer(body.From)
			}}
			var got []port.Ref
			var failed error
			for page, err := range client(t, s).Owned(t.Context(), time.Now()) {
				got, failed = append(got, page...), errors.Join(failed, err)
			}
			if (failed != nil) != test.fails {
				t.Errorf("error %v", failed)
			}
			if diff := cmp.Diff(test.want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestLargePagesAreAskedForInParts(t *testing.T) {
	t.Parallel()
	var limits []int
	s := &script{answer: func(r seen) reply {
		var body struct{ Limit int }
		_ = json.Unmarshal([]byte(r.Body), &body)
		limits = append(limits, body.Limit)
		if body.Limit > 2000 {
			return ok(strings.Repeat(" ", 32<<20+1))
		}
		return ok(`{"entities":[{"identifier":"a","blueprint":"b"}]}`)
	}}
	for page, err := range client(t, s).Owned(t.Context(), time.Now()) {
		if err != nil || len(page) != 1 {
			t.Errorf("page %v, error %v", page, err)
		}
	}
	if diff := cmp.Diff([]int{5000, 2500, 1250}, limits); diff != "" {
		t.Error(diff)
	}
}

func TestBlueprintIsReadOnce(t *testing.T) {
	t.Parallel()
	s := &script{answer: func(r seen) reply {
		if strings.HasSuffix(r.Target, "/gone") {
			return refusal(404, "not_found", "no blueprint")
		}
		return ok(`{"blueprint":{"identifier":"b","title":"B","schema":{"properties":{"p":{"type":"string","format":"url"}},"required":["p"]},
			"relations":{"account":{"title":"Account","target":"awsAccount","required":true,"many":false}}}}`)
	}}
	c := client(t, s)
	for range 3 {
		b, err := c.Blueprint(t.Context(), "b")
		if err != nil {
			t.Fatal(err)
		}
		if b.Relations["account"] != (port.Relation{Target: "awsAccount", Required: true}) ||
			b.Schema.Properties["p"] != (port.Property{Type: "string", Format: "url"}) || b.Schema.Required[0] != "p" {
			t.Fatalf("blueprint %+v", b)
		}
		if _, err := c.Blueprint(t.Context(), "gone"); !port.NotFound(err) {
			t.Fatalf("error %v", err)
		}
	}
	if len(s.calls) != 2 {
		t.Errorf("%d reads", len(s.calls))
	}
	c.Reset()
	if _, err := c.Blueprint(t.Context(), "b"); err != nil || len(s.calls) != 3 {
		t.Errorf("error %v, %d reads after Reset", err, len(s.calls))
	}
}

func TestBlueprintFailureIsNotKept(t *testing.T) {
	t.Parallel()
	s := &script{answers: []reply{status(403), ok(`{"blueprint":{"identifier":"b"}}`)}}
	c := client(t, s)
	if _, err := c.Blueprint(t.Context(), "b"); err == nil || port.NotFound(err) {
		t.Errorf("error %v", err)
	}
	if _, err := c.Blueprint(t.Context(), "b"); err != nil {
		t.Errorf("the second time: %v", err)
	}
}

func TestForbidden(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		answer reply
		want   bool
	}{
		"missing permission": {refusal(403, "forbidden", "no permission to delete"), true},
		"dependents":         {refusal(403, "has_dependents", "2 dependent entities"), false},
		"a wrong request":    {refusal(422, "invalid_request", "no"), false},
		"nothing wrong":      {ok(`{"deletedEntities":["a"]}`), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := client(t, &script{answers: []reply{test.answer}}).Delete(t.Context(), "b", []string{"a"}, port.DeleteOptions{})
			if got := port.Forbidden(err); got != test.want {
				t.Errorf("Forbidden(%v) = %t", err, got)
			}
		})
	}
}

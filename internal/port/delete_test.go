package port_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"portolan/internal/port"
)

// stock is a Port with entities of one blueprint. It answers deletes as scripted, and
// searches correctly.
type stock struct {
	there map[string]bool
	// answer returns the answer to a delete and says whether it takes place.
	answer   func(asked []string) (reply, bool)
	blind    bool     // searches fail, except the first
	deaf     bool     // all searches fail
	others   []string // entities that somebody else wrote
	deletes  int
	searches int
}

func (s *stock) reply(r seen) reply {
	var body struct {
		Entities []string
		Rules    []struct {
			Property string
			Value    any
		}
	}
	if err := json.Unmarshal([]byte(r.Body), &body); err != nil {
		panic(err)
	}
	if strings.Contains(r.Target, "/entities/search") {
		s.searches++
		if s.deaf || s.blind && s.searches > 1 {
			return status(403)
		}
		found := []map[string]any{}
		for _, id := range body.Rules[1].Value.([]any) {
			if s.there[id.(string)] {
				by := "port-ocean/aws-v3/2.18.4/my-aws/exporter"
				if slices.Contains(s.others, id.(string)) {
					by = "curl/8.0"
				}
				found = append(found, map[string]any{"identifier": id, "blueprint": "b", "$datasource": by})
			}
		}
		text, _ := json.Marshal(map[string]any{"ok": true, "entities": found})
		return ok(string(text))
	}
	s.deletes++
	given, applied := s.answer(body.Entities)
	gone := []string{}
	for _, id := range body.Entities {
		if applied && s.there[id] {
			delete(s.there, id)
			gone = append(gone, id)
		}
	}
	if given.body == "" && given.status == http.StatusOK {
		text, _ := json.Marshal(map[string]any{"ok": true, "deletedEntities": gone})
		given.body = string(text)
	}
	return given
}

func stocked(ids ...string) *stock {
	s := &stock{there: map[string]bool{}}
	for _, id := range ids {
		s.there[id] = true
	}
	return s
}

func TestDelete(t *testing.T) {
	t.Parallel()
	var many []string
	for i := range 250 {
		many = append(many, fmt.Sprint("e", i))
	}
	always := func(r reply, applied bool) func([]string) (reply, bool) {
		return func([]string) (reply, bool) { return r, applied }
	}
	// of refuses a request that has the entity, and does the others.
	of := func(id string, r reply) func([]string) (reply, bool) {
		return func(asked []string) (reply, bool) {
			if slices.Contains(asked, id) {
				return r, false
			}
			return fine, true
		}
	}
	first := func(r reply, applied bool) func([]string) (reply, bool) {
		n := 0
		return func([]string) (reply, bool) {
			if n++; n == 1 {
				return r, applied
			}
			return fine, true
		}
	}
	broken := reply{err: errors.New("connection reset")}
	tests := map[string]struct {
		ids, absent []string // absent are not in Port
		dependents  bool
		answer      func([]string) (reply, bool)
		blind, deaf bool
		others      []string
		left        []string
		required    bool
		deletes     int
		searches    int // after who wrote them was looked up
	}{
		"one is somebody else's":   {ids: []string{"a", "b", "c"}, others: []string{"b"}, answer: always(fine, true), left: []string{"b"}, deletes: 1},
		"all are somebody else's":  {ids: []string{"a", "b"}, others: []string{"a", "b"}, dependents: true, answer: always(fine, true), left: []string{"a", "b"}},
		"somebody else's, refused": {ids: []string{"a", "b"}, others: []string{"b"}, answer: always(status(403), false), left: []string{"b", "a"}, deletes: 1},
		"nobody says who wrote":    {ids: many, deaf: true, answer: always(fine, true), left: many},
		"in hundreds":              {ids: many, answer: always(fine, true), deletes: 3},
		"one is gone already":      {ids: []string{"a", "b"}, absent: []string{"b"}, answer: always(fine, true), deletes: 1, searches: 1},
		"one is left":              {ids: []string{"a", "b"}, answer: always(ok(`{"deletedEntities":["a"]}`), false), left: []string{"b"}, deletes: 1, searches: 1},
		"nothing is said, done":    {ids: []string{"a"}, answer: always(ok("{}"), true), deletes: 1, searches: 1},
		"nothing is said, not":     {ids: []string{"a"}, answer: always(ok("{}"), false), left: []string{"a"}, deletes: 1, searches: 1},
		"not ok":                   {ids: []string{"a"}, answer: always(ok(`{"ok":false}`), false), left: []string{"a"}, deletes: 1, searches: 1},
		"others are named":         {ids: []string{"a"}, answer: always(ok(`{"deletedEntities":["z"]}`), false), left: []string{"a"}, deletes: 1, searches: 1},
		"no JSON, done":            {ids: []string{"a"}, answer: always(ok("<html>"), true), deletes: 3, searches: 1},
		"cut, done":                {ids: many, answer: first(broken, true), deletes: 4, searches: 1},
		"always cut, done":         {ids: []string{"a"}, answer: always(broken, true), deletes: 11, searches: 1},
		"always cut, not":          {ids: []string{"a"}, answer: always(broken, false), left: []string{"a"}, deletes: 11, searches: 1},
		"500, done":                {ids: []string{"a"}, answer: always(status(500), true), deletes: 3, searches: 1},
		"500, not":                 {ids: []string{"a"}, answer: always(status(500), false), left: []string{"a"}, deletes: 3, searches: 1},
		"503, done":                {ids: []string{"a"}, answer: always(status(503), true), deletes: 11, searches: 1},
		"501, done":                {ids: []string{"a"}, answer: always(status(501), true), deletes: 1, searches: 1},
		"500, and no search":       {ids: []string{"a"}, answer: always(status(500), true), blind: true, left: []string{"a"}, deletes: 3, searches: 1},
		"404 for one":              {ids: []string{"a", "b", "c"}, absent: []string{"b"}, answer: of("b", refusal(404, "not_found", "b")), deletes: 2, searches: 1},
		"404 for all":              {ids: []string{"a", "b"}, absent: []string{"a", "b"}, answer: always(refusal(404, "not_found", "b"), false), deletes: 1, searches: 1},
		"404, and no search":       {ids: []string{"a", "b", "c"}, absent: []string{"b"}, answer: of("b", refusal(404, "not_found", "b")), blind: true, deletes: 5, searches: 4},
		"a gateway's 404":          {ids: []string{"a"}, answer: always(reply{status: 404, body: "<html>"}, false), blind: true, left: []string{"a"}, deletes: 1, searches: 2},
		"404, and it is there":     {ids: []string{"a"}, answer: always(refusal(404, "not_found", "a"), false), left: []string{"a"}, deletes: 1, searches: 2},
		"one is required":          {ids: []string{"a", "b", "r", "c"}, answer: of("r", refusal(409, "has_dependents", "it has dependents")), left: []string{"r"}, required: true, deletes: 5, searches: 1},
		"one is required, 403":     {ids: []string{"a", "r"}, answer: of("r", refusal(403, "has_dependents", "it has dependents")), left: []string{"r"}, required: true, deletes: 3, searches: 1},
		"required all the same":    {ids: []string{"a", "r"}, dependents: true, answer: of("r", refusal(422, "has_dependents", "it has dependents")), left: []string{"r"}, deletes: 3, searches: 1},
		"one is refused, 409":      {ids: []string{"a", "r"}, answer: of("r", refusal(409, "conflict", "no")), left: []string{"r"}, deletes: 3, searches: 1},
		"one is refused, 422":      {ids: []string{"a", "r"}, dependents: true, answer: of("r", refusal(422, "invalid_request", "no")), left: []string{"r"}, deletes: 3, searches: 1},
		"one makes it too large":   {ids: []string{"a", "r"}, answer: of("r", status(413)), left: []string{"r"}, deletes: 3, searches: 1},
		"forbidden":                {ids: []string{"a", "b"}, answer: always(refusal(403, "forbidden", "no"), false), left: []string{"a", "b"}, deletes: 1},
		"a later chunk is refused": {ids: many, dependents: true, answer: of("e150", status(403)), left: many[100:200], deletes: 3},
		"credentials are lost":     {ids: many, answer: always(status(401), false), left: many, deletes: 2},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := stocked(test.ids...)
				p.answer, p.blind, p.deaf, p.others = test.answer, test.blind, test.deaf, test.others
				for _, id := range test.absent {
					delete(p.there, id)
				}
				deleted, err := client(t, &script{answer: p.reply}).Delete(t.Context(), "b", test.ids, port.DeleteOptions{Dependents: test.dependents})
				var left []string
				for _, l := range port.Left(err, test.ids, deleted) {
					left = append(left, l.Identifiers...)
					if l.Required != test.required || l.Error() == "" {
						t.Errorf("required %t: %v", l.Required, l)
					}
				}
				if diff := cmp.Diff(test.left, left, cmpopts.EquateEmpty()); diff != "" {
					t.Error(diff)
				}
				want := slices.DeleteFunc(slices.Clone(test.ids), func(id string) bool { return slices.Contains(test.left, id) })
				if diff := cmp.Diff(want, deleted, cmpopts.EquateEmpty()); diff != "" {
					t.Error(diff)
				}
				if (err != nil) != (len(test.left) > 0) || p.deletes != test.deletes || p.searches != test.searches+1 {
					t.Errorf("error %v after %d deletes and %d searches", err, p.deletes, p.searches)
				}
			})
		})
	}
}

// TestDeleteInAnEndedRunSaysSo has no time left to look anything up.
func TestDeleteInAnEndedRunSaysSo(t *testing.T) {
	t.Parallel()
	p := stocked("a", "b")
	ctx, cancel := context.WithCancel(t.Context())
	p.answer = func([]string) (reply, bool) {
		cancel()
		return reply{err: context.Canceled}, true
	}
	deleted, err := client(t, &script{answer: p.reply}).Delete(ctx, "b", []string{"a", "b"}, port.DeleteOptions{})
	if len(deleted) > 0 || p.searches > 1 || len(port.Left(err, []string{"a", "b"}, deleted)) != 1 || !errors.Is(err, context.Canceled) {
		t.Errorf("deleted %v, error %v, %d searches", deleted, err, p.searches)
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
			!cmp.Equal(b.Schema.Properties["p"], port.Property{Type: "string", Format: "url"}) || b.Schema.Required[0] != "p" {
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

func TestLeftHasEachThatWasNotDeleted(t *testing.T) {
	t.Parallel()
	failure := errors.New("odd")
	left := port.Left(errors.Join(&port.LeftError{Identifiers: []string{"a"}, Err: failure}, failure), []string{"a", "b", "c"}, []string{"b"})
	if len(left) != 2 || !slices.Equal(left[0].Identifiers, []string{"a"}) || !slices.Equal(left[1].Identifiers, []string{"c"}) {
		t.Errorf("left %+v", left)
	}
	if left := port.Left(nil, []string{"a"}, []string{"a"}); len(left) != 0 {
		t.Errorf("left %+v", left)
	}
}

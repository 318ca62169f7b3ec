package catalog_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/catalog"
	"portolan/internal/port"
)

// blueprints are an account, and a bucket that lies in one and has copies.
var blueprints = []json.RawMessage{
	json.RawMessage(`{"identifier":"account","title":"Account","schema":{"properties":{}},"relations":{}}`),
	json.RawMessage(`{"identifier":"bucket","title":"S3 Bucket","description":"A bucket","schema":{"properties":{
		"size":{"type":"number","title":"Size"},"arn":{"type":"string"},"policy":{"type":"object"},"tags":{"type":"array"}}},
		"relations":{"account":{"title":"Account","target":"account"},"copies":{"target":"bucket","many":true}}}`),
}

// shelf is a catalog and its page.
type shelf struct {
	*testing.T
	*catalog.Catalog
	page http.Handler
}

func newShelf(t *testing.T) shelf {
	t.Helper()
	c, err := catalog.New(blueprints)
	if err != nil {
		t.Fatal(err)
	}
	about := catalog.About{Name: "shop (111122223333)", Notes: []string{"Read just now."}, Report: func(w io.Writer) error {
		_, err := io.WriteString(w, "<!doctype html>the report")
		return err
	}}
	return shelf{t, c, catalog.Page(func() (*catalog.Catalog, catalog.About) { return c, about })}
}

func (s shelf) put(blueprint string, bodies ...string) {
	s.Helper()
	for _, body := range bodies {
		if _, _, err := s.Put(blueprint, json.RawMessage(body), true); err != nil {
			s.Fatal(err)
		}
	}
}

// ask asks for what a browser asks for.
func (s shelf) ask(method, path string) *httptest.ResponseRecorder {
	s.Helper()
	w := httptest.NewRecorder()
	s.page.ServeHTTP(w, httptest.NewRequest(method, "http://127.0.0.1:1234"+path, nil))
	return w
}

// get asks for JSON.
func (s shelf) get(path string, status int) map[string]any {
	s.Helper()
	w := s.ask(http.MethodGet, path)
	var body map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil || w.Code != status {
		s.Fatalf("%s: status %d, %v: %s", path, w.Code, err, w.Body)
	}
	return body
}

func TestFiles(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	for _, test := range []struct {
		method, path, kind string
		status             int
	}{
		{"GET", "/", "text/html", 200},
		{"GET", "/ui/page.js", "text/javascript", 200},
		{"GET", "/ui/page.css", "text/css", 200},
		{"GET", "/ui/rose.svg", "image/svg+xml", 200},
		{"GET", "/report", "text/html", 200},
		{"GET", "/ui/other.js", "", 404},
		{"GET", "/ui/..%2fpage.go", "", 404},
		{"GET", "/other", "", 404},
		{"POST", "/", "", 405},
		{"DELETE", "/api/entity", "", 405},
	} {
		t.Run(test.method+" "+test.path, func(t *testing.T) {
			w := s.ask(test.method, test.path)
			if w.Code != test.status || !strings.HasPrefix(w.Header().Get("Content-Type"), test.kind) {
				t.Errorf("status %d, %s", w.Code, w.Header().Get("Content-Type"))
			}
			want := "default-src 'none'"
			if test.path == "/report" {
				want = "frame-ancestors 'none'"
			}
			if policy := w.Header().Get("Content-Security-Policy"); !strings.Contains(policy, want) {
				t.Errorf("policy %q", policy)
			}
			if w.Code == 200 && w.Header().Get("Cache-Control") != "no-store" || w.Header().Get("Cross-Origin-Resource-Policy") != "same-origin" {
				t.Errorf("%v", w.Header())
			}
		})
	}
}

// TestOnlyThisMachine asks as a browser does for a page of the web whose name was made to resolve to
// this machine.
func TestOnlyThisMachine(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	s.put("account", `{"identifier":"secret-name"}`)
	for host, status := range map[string]int{
		"127.0.0.1:80": 200, "127.0.0.1": 200, "localhost:8080": 200, "[::1]:80": 200,
		"evil.example": 403, "evil.example:80": 403, "127.0.0.1.evil.example:80": 403, "localhost.evil.example": 403, "10.0.0.1:80": 403, "": 403,
	} {
		for _, path := range []string{"/", "/report", "/api/overview", "/api/entities"} {
			r := httptest.NewRequest(http.MethodGet, path, nil)
			r.Host = host
			w := httptest.NewRecorder()
			s.page.ServeHTTP(w, r)
			if w.Code != status || status == 403 && strings.Contains(w.Body.String(), "secret-name") {
				t.Errorf("%q %s: status %d, want %d", host, path, w.Code, status)
			}
		}
	}
}

func TestNothingFromElsewhere(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	size := 0
	for _, path := range []string{"/", "/ui/page.js", "/ui/page.css", "/ui/rose.svg"} {
		raw := strings.ReplaceAll(s.ask(http.MethodGet, path).Body.String(), "http://www.w3.org/2000/svg", "")
		size += len(raw)
		for _, bad := range []string{"http://", "https://", "@import", "innerHTML", "insertAdjacentHTML", "document.write", "eval("} {
			if strings.Contains(raw, bad) {
				t.Errorf("%s contains %s", path, bad)
			}
		}
	}
	if size > 48<<10 { // the function carries them
		t.Errorf("the files of the page have %d bytes", size)
	}
}

func TestOverview(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	s.put("account", `{"identifier":"1"}`)
	s.put("bucket", `{"identifier":"a"}`, `{"identifier":"b"}`, `{"identifier":"b","title":"again"}`)
	got := s.get("/api/overview", 200)
	counts := map[string]any{}
	for _, v := range got["blueprints"].([]any) {
		b := v.(map[string]any)
		counts[b["title"].(string)] = b["entities"]
	}
	if d := cmp.Diff(map[string]any{"Account": 1.0, "S3 Bucket": 2.0}, counts); d != "" {
		t.Error(d)
	}
	if got["entities"] != 3.0 || got["name"] != "shop (111122223333)" || got["report"] != true {
		t.Errorf("%v", got)
	}
	if entities, full := s.Count(); entities != 3 || full != 2 {
		t.Errorf("%d entities of %d blueprints", entities, full)
	}
}

func TestEntities(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	s.put("account", `{"identifier":"acc1","title":"Shop"}`)
	for i := range 60 {
		s.put("bucket", fmt.Sprintf(`{"identifier":"b%02d","title":"Bucket %02d","properties":{"arn":"<script>%d<","size":%d},"relations":{"account":"acc%d"}}`, i, i, i, 1000+i, i%2))
	}
	for _, test := range []struct {
		name, query string
		matched     float64
		first       string
		rows        int
	}{
		{"first page", "blueprint=bucket", 60, "b00", 50},
		{"second page", "blueprint=bucket&offset=50", 60, "b50", 10},
		{"past the end", "blueprint=bucket&offset=100", 60, "", 0},
		{"small page", "blueprint=bucket&limit=7&offset=7", 60, "b07", 7},
		{"a page that is too large", "blueprint=bucket&limit=9999999", 60, "b00", 60},
		{"by title", "blueprint=bucket&q=BUCKET+59", 1, "b59", 1},
		{"by property", "blueprint=bucket&q=script%3E7%3C", 1, "b07", 1},
		{"by number", "blueprint=bucket&q=1007", 1, "b07", 1},
		{"by relation", "blueprint=bucket&q=acc1", 30, "b01", 30},
		{"by title first", "blueprint=bucket&q=10", 60, "b10", 50},
		{"everywhere", "q=acc1", 31, "b01", 31},
		{"two words", "blueprint=bucket&q=acc1+b59", 1, "b59", 1},
		{"two words in different entities", "blueprint=bucket&q=acc0+b59", 0, "", 0},
		{"no match", "blueprint=bucket&q=nothing", 0, "", 0},
		{"everything", "", 61, "b00", 50},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := s.get("/api/entities?"+test.query, 200)
			found := got["entities"].([]any)
			first := ""
			if len(found) > 0 {
				first = found[0].(map[string]any)["identifier"].(string)
			}
			if d := cmp.Diff([]any{test.matched, test.first, test.rows}, []any{got["matched"], first, len(found)}); d != "" {
				t.Error(d)
			}
		})
	}
	if raw := s.ask(http.MethodGet, "/api/entities").Body.String(); strings.Contains(raw, "<script>") {
		t.Error("markup is not escaped")
	}
	for path, status := range map[string]int{
		"/api/entities?blueprint=none": 404, "/api/entities?offset=-1": 400, "/api/entities?limit=0": 400, "/api/entities?limit=x": 400,
	} {
		if message := s.get(path, status)["message"]; message == "" {
			t.Errorf("%s: no message", path)
		}
	}
}

// TestRowsAreBrief keeps what is long or deep out of a row: a page of rows has a bounded size.
func TestRowsAreBrief(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	long := strings.Repeat("x", 100_000)
	s.put("bucket", `{"identifier":"a","properties":{"arn":"`+long+`","policy":{"a":"`+long+`"},"tags":["`+long+`","y"],"size":3},"relations":{"copies":["x","y"]}}`)
	w := s.ask(http.MethodGet, "/api/entities?blueprint=bucket")
	if w.Body.Len() > 2000 {
		t.Errorf("%d bytes", w.Body.Len())
	}
	row := s.get("/api/entities?blueprint=bucket", 200)["entities"].([]any)[0].(map[string]any)["properties"].(map[string]any)
	delete(row, "arn")
	if d := cmp.Diff(map[string]any{"policy": map[string]any{"keys": 1.0}, "tags": map[string]any{"items": 2.0}, "size": 3.0}, row); d != "" {
		t.Error(d)
	}
	led := s.get("/api/entities?blueprint=bucket", 200)["entities"].([]any)[0].(map[string]any)["led"].(map[string]any)
	want := map[string]any{"copies": map[string]any{"relation": "copies", "title": "copies", "blueprint": "bucket", "count": 2.0, "entities": []any{
		map[string]any{"identifier": "x", "title": "", "absent": true},
	}}}
	if d := cmp.Diff(want, led); d != "" {
		t.Error(d)
	}
	whole := s.get("/api/entity?blueprint=bucket&identifier=a", 200)["entity"].(map[string]any)["properties"].(map[string]any)
	if whole["arn"] != long {
		t.Error("the entity itself is cut")
	}
}

func TestEntity(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	s.put("account", `{"identifier":"1","title":"Shop"}`)
	s.put("bucket", `{"identifier":"a","relations":{"account":"1","nowhere":"x"}}`,
		`{"identifier":"b","title":"B","relations":{"account":"gone","copies":["z"]}}`,
		`{"identifier":"b","relations":{"account":"1","copies":["a","lost"]}}`)
	type group = map[string]any
	for _, test := range []struct {
		path               string
		outgoing, incoming []any
	}{
		{
			"blueprint=bucket&identifier=a",
			[]any{group{"relation": "account", "title": "Account", "blueprint": "account", "count": 1.0, "entities": []any{group{"identifier": "1", "title": "Shop"}}}},
			[]any{group{"relation": "copies", "title": "copies", "blueprint": "bucket", "count": 1.0, "entities": []any{group{"identifier": "b", "title": "B"}}}},
		},
		{
			"blueprint=account&identifier=1",
			[]any{},
			[]any{group{"relation": "account", "title": "Account", "blueprint": "bucket", "count": 2.0, "entities": []any{group{"identifier": "a", "title": ""}, group{"identifier": "b", "title": "B"}}}},
		},
		{
			"blueprint=bucket&identifier=b",
			[]any{
				group{"relation": "account", "title": "Account", "blueprint": "account", "count": 1.0, "entities": []any{group{"identifier": "1", "title": "Shop"}}},
				group{"relation": "copies", "title": "copies", "blueprint": "bucket", "count": 2.0, "entities": []any{
					group{"identifier": "a", "title": ""}, group{"identifier": "lost", "title": "", "absent": true},
				}},
			},
			[]any{},
		},
	} {
		t.Run(test.path, func(t *testing.T) {
			got := s.get("/api/entity?"+test.path, 200)
			if d := cmp.Diff([]any{test.outgoing, test.incoming}, []any{got["outgoing"], got["incoming"]}); d != "" {
				t.Error(d)
			}
		})
	}
	s.get("/api/entity?blueprint=bucket&identifier=z", 404)
	s.get("/api/entity?blueprint=none&identifier=a", 404)
}

func TestAtMostAHundredNeighbours(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	s.put("account", `{"identifier":"1"}`)
	for i := range 101 {
		s.put("bucket", fmt.Sprintf(`{"identifier":"%03d","relations":{"account":"1"}}`, i))
	}
	in := s.get("/api/entity?blueprint=account&identifier=1", 200)["incoming"].([]any)[0].(map[string]any)
	if n := len(in["entities"].([]any)); n != 100 || in["count"] != 101.0 {
		t.Errorf("%d named of %v", n, in["count"])
	}
}

// TestMerge writes an entity in two parts, as two entries of a mapping do.
func TestMerge(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	s.put("bucket", `{"identifier":"a","title":"A","properties":{"size":1,"arn":"x"},"relations":{"account":"1"}}`, `{"identifier":"a","properties":{"size":2}}`)
	held := func() []any {
		got := s.get("/api/entity?blueprint=bucket&identifier=a", 200)
		e := got["entity"].(map[string]any)
		return []any{e["title"], e["properties"], len(got["outgoing"].([]any))}
	}
	want := []any{"A", map[string]any{"size": 2.0, "arn": "x"}, 1}
	if d := cmp.Diff(want, held()); d != "" {
		t.Error(d)
	}
	if _, created, err := s.Put("bucket", json.RawMessage(`{"identifier":"a","properties":{"size":3}}`), false); err != nil || created {
		t.Errorf("created %t, %v", created, err)
	}
	if d := cmp.Diff([]any{"", map[string]any{"size": 3.0}, 0}, held()); d != "" {
		t.Error(d)
	}
}

// TestBlankTitle calls an entity by its identifier if nobody could see its title.
func TestBlankTitle(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	s.put("bucket", `{"identifier":"a","title":" \t\u00a0\u200b"}`, `{"identifier":"b","title":" B "}`)
	var titles []any
	for _, e := range s.get("/api/entities?blueprint=bucket", 200)["entities"].([]any) {
		titles = append(titles, e.(map[string]any)["title"])
	}
	if d := cmp.Diff([]any{"B", ""}, titles); d != "" {
		t.Error(d)
	}
}

// TestWhatIsNoEntity refuses what Port would not take either, through what a run writes to.
func TestWhatIsNoEntity(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	to := s.Port(port.Defaults{Config: json.RawMessage(`{"resources":[]}`)})
	in, err := to.Start(t.Context())
	if err != nil || string(in.Config) != `{"resources":[]}` || !in.ResourcesReady {
		t.Errorf("%+v, %v", in, err)
	}
	for blueprint, bodies := range map[string][]string{
		"bucket": {`{}`, `{"identifier":""}`, `{"identifier":{"combinator":"and","rules":[]}}`, `[]`, `{`},
		"none":   {`{"identifier":"a"}`},
	} {
		for _, body := range bodies {
			outcomes, err := to.Upsert(t.Context(), blueprint, []port.Item{{Blueprint: blueprint, Body: json.RawMessage(body)}}, port.UpsertOptions{})
			var refused *port.EntityError
			if err != nil || len(outcomes) != 1 || !errors.As(outcomes[0].Err, &refused) || refused.Error() == "" {
				t.Errorf("%s %s: %v, %v", blueprint, body, outcomes, err)
			}
		}
	}
	outcomes, err := to.Upsert(t.Context(), "bucket", []port.Item{{Body: json.RawMessage(`{"identifier":"a"}`)}}, port.UpsertOptions{Merge: true})
	if err != nil || outcomes[0].Err != nil || outcomes[0].Identifier != "a" || !outcomes[0].Created {
		t.Errorf("%v, %v", outcomes, err)
	}
	if deleted, err := to.Delete(t.Context(), "bucket", []string{"a"}, port.DeleteOptions{}); err == nil || len(deleted) > 0 {
		t.Errorf("deleted %v", deleted)
	}
	for _, raw := range []string{`{`, `{}`, `[]`} {
		if _, err := catalog.New([]json.RawMessage{json.RawMessage(raw)}); err == nil {
			t.Errorf("%s is a blueprint", raw)
		}
	}
}

// TestWhatControlsIsNotSent holds for what a stranger wrote into AWS.
func TestWhatControlsIsNotSent(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	s.put("bucket", `{"identifier":"a","title":"x\u202ey\u001b[31mz","properties":{"arn":"\u2066q"}}`)
	for _, path := range []string{"/api/entities", "/api/entity?blueprint=bucket&identifier=a"} {
		raw := s.ask(http.MethodGet, path).Body.String()
		for _, bad := range []string{"\u202e", `\u202e`, "\u2066", `\u2066`, "\x1b", `\u001b`} {
			if strings.Contains(raw, bad) {
				t.Errorf("%s: %q is sent", path, bad)
			}
		}
	}
}

func TestServe(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	l, url, err := catalog.Listen(0)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- catalog.Serve(ctx, l, s.page) }()
	if !strings.HasPrefix(url, "http://127.0.0.1:") {
		t.Errorf("served at %s", url)
	}
	r, err := http.Get(url + "api/overview")
	if err != nil {
		t.Fatal(err)
	}
	if body, err := io.ReadAll(r.Body); err != nil || r.StatusCode != 200 || !strings.Contains(string(body), "S3 Bucket") {
		t.Errorf("status %d, %v", r.StatusCode, err)
	}
	_ = r.Body.Close()
	var taken int
	if _, err := fmt.Sscanf(url, "http://127.0.0.1:%d/", &taken); err != nil {
		t.Fatal(err)
	}
	if _, _, err := catalog.Listen(taken); err == nil {
		t.Error("two pages are at one port")
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func BenchmarkSearch(b *testing.B) {
	c, err := catalog.New(blueprints)
	if err != nil {
		b.Fatal(err)
	}
	for i := range 20_000 {
		body := fmt.Sprintf(`{"identifier":"b%05d","title":"Bucket %d","properties":{"arn":"arn:aws:s3:::b%d","policy":{"a":"%s"}},"relations":{"account":"%d"}}`,
			i, i, i, strings.Repeat("p", 800), i%8)
		if _, _, err := c.Put("bucket", json.RawMessage(body), true); err != nil {
			b.Fatal(err)
		}
	}
	page := catalog.Page(func() (*catalog.Catalog, catalog.About) { return c, catalog.About{} })
	for _, query := range []string{"", "q=bucket", "q=b19999"} {
		b.Run("q="+query, func(b *testing.B) {
			for b.Loop() {
				page.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "http://localhost/api/entities?"+query, nil))
			}
		})
	}
}

package portsim_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/simulator/portsim"
)

func TestPageFiles(t *testing.T) {
	t.Parallel()
	p := start(t, portsim.Options{})
	for _, test := range []struct {
		method, path, kind string
		status             int
	}{
		{"GET", "/", "text/html", 200},
		{"GET", "/ui/page.js", "text/javascript", 200},
		{"GET", "/ui/page.css", "text/css", 200},
		{"GET", "/ui/rose.svg", "image/svg+xml", 200},
		{"GET", "/ui/other.js", "", 404},
		{"GET", "/ui/..%2fpage.go", "", 404},
		{"POST", "/", "", 405},
		{"DELETE", "/ui/api/entity", "", 405},
	} {
		t.Run(test.method+" "+test.path, func(t *testing.T) {
			r := p.page(test.method, test.path)
			if p.want(r, test.status); !strings.HasPrefix(r.header.Get("Content-Type"), test.kind) {
				t.Errorf("Content-Type %q", r.header.Get("Content-Type"))
			}
			if policy := r.header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") {
				t.Errorf("policy %q", policy)
			}
		})
	}
	if n := len(p.Requests()); n != 0 {
		t.Errorf("the page counts as %d requests of the API", n)
	}
}

// page asks as a browser does, without a token.
func (p *port) page(method, path string) response {
	p.t.Helper()
	return p.send(request{method: method, path: path, token: "none", agent: "Mozilla/5.0"})
}

func TestPageUsesNothingFromElsewhere(t *testing.T) {
	t.Parallel()
	p := start(t, portsim.Options{})
	for _, path := range []string{"/", "/ui/page.js", "/ui/page.css"} {
		raw := strings.ReplaceAll(p.page("GET", path).raw, "http://www.w3.org/2000/svg", "")
		for _, bad := range []string{"http://", "https://", "@import", "innerHTML", "insertAdjacentHTML", "document.write", "eval("} {
			if strings.Contains(raw, bad) {
				t.Errorf("%s contains %s", path, bad)
			}
		}
	}
}

func TestPageOverview(t *testing.T) {
	t.Parallel()
	p := installed(t)
	p.want(p.patch(own+"/resync-state", running), 200)
	p.put(create, `{"identifier":"a","relations":{"account":"1"}}`, `{"identifier":"b"}`)
	r := p.want(p.page("GET", "/ui/api/overview"), 200)
	counts := map[string]any{}
	for _, v := range r.body["blueprints"].([]any) {
		b := v.(map[string]any)
		counts[b["identifier"].(string)] = b["entities"]
	}
	if d := cmp.Diff(map[string]any{"_team": 0.0, "_user": 0.0, "account": 1.0, "bucket": 2.0}, counts); d != "" {
		t.Error(d)
	}
	in := r.body["integrations"].([]any)[0].(map[string]any)
	got := []any{r.body["entities"], r.body["requests"], in["identifier"], in["runs"], in["state"].(map[string]any)["status"]}
	if d := cmp.Diff([]any{3.0, 2.0, "my-aws", 1.0, "running"}, got); d != "" {
		t.Error(d)
	}
}

func TestPageEntities(t *testing.T) {
	t.Parallel()
	p := start(t, portsim.Options{})
	for i := range 60 {
		p.put(create, fmt.Sprintf(`{"identifier":"b%02d","title":"Bucket %d","properties":{"arn":"<script>%d"},"relations":{"account":"acc%d"}}`, i, i, i, i%2))
	}
	for _, test := range []struct {
		name, query string
		matched     float64
		first       string
		rows        int
	}{
		{"first page", "", 60, "b00", 50},
		{"second page", "&offset=50", 60, "b50", 10},
		{"past the end", "&offset=100", 60, "", 0},
		{"small page", "&limit=7&offset=7", 60, "b07", 7},
		{"by title", "&q=BUCKET+59", 1, "b59", 1},
		{"by property", "&q=script%3E7", 1, "b07", 1},
		{"by relation", "&q=acc1", 30, "b01", 30},
		{"two words", "&q=acc1+b59", 1, "b59", 1},
		{"two words in different entities", "&q=acc0+b59", 0, "", 0},
		{"no match", "&q=nothing", 0, "", 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := p.want(p.page("GET", "/ui/api/entities?blueprint=bucket"+test.query), 200)
			rows := r.body["entities"].([]any)
			first := ""
			if len(rows) > 0 {
				first = rows[0].(map[string]any)["identifier"].(string)
			}
			if d := cmp.Diff([]any{test.matched, test.first, test.rows}, []any{r.body["matched"], first, len(rows)}); d != "" {
				t.Error(d)
			}
			if strings.Contains(r.raw, "<script>") {
				t.Error("markup is not escaped")
			}
		})
	}
	p.refused(p.page("GET", "/ui/api/entities?blueprint=none"), 404, "not_found", "none")
	p.refused(p.page("GET", "/ui/api/entities?blueprint=bucket&offset=-1"), 422, "invalid_request", "offset")
	p.refused(p.page("GET", "/ui/api/entities?blueprint=bucket&limit=0"), 422, "invalid_request", "limit")
}

func TestPageEntity(t *testing.T) {
	t.Parallel()
	p := start(t, portsim.Options{})
	p.put(create, `{"identifier":"a","relations":{"account":"1"}}`, `{"identifier":"b","title":"B","relations":{"account":"1","copies":["a"]}}`)
	type group = map[string]any
	one := func(identifier string, title any) []any {
		return []any{group{"identifier": identifier, "title": title}}
	}
	for _, test := range []struct {
		path               string
		outgoing, incoming []any
	}{
		{
			"blueprint=bucket&identifier=a",
			[]any{group{"relation": "account", "title": "account", "blueprint": "account", "count": 1.0, "entities": one("1", nil)}},
			[]any{group{"relation": "copies", "title": "copies", "blueprint": "bucket", "count": 1.0, "entities": one("b", "B")}},
		},
		{
			"blueprint=account&identifier=1",
			[]any{},
			[]any{group{"relation": "account", "title": "account", "blueprint": "bucket", "count": 2.0, "entities": append(one("a", nil), one("b", "B")...)}},
		},
	} {
		t.Run(test.path, func(t *testing.T) {
			r := p.want(p.page("GET", "/ui/api/entity?"+test.path), 200)
			if d := cmp.Diff([]any{test.outgoing, test.incoming, exporter}, []any{r.body["outgoing"], r.body["incoming"], r.body["datasource"]}); d != "" {
				t.Error(d)
			}
		})
	}
	p.refused(p.page("GET", "/ui/api/entity?blueprint=bucket&identifier=z"), 404, "not_found", "z")
}

func TestPageNamesAtMostAHundredNeighbours(t *testing.T) {
	t.Parallel()
	p := start(t, portsim.Options{})
	for i := range 101 {
		p.put(create, fmt.Sprintf(`{"identifier":"%d","relations":{"account":"1"}}`, i))
	}
	r := p.page("GET", "/ui/api/entity?blueprint=account&identifier=1")
	in := r.body["incoming"].([]any)[0].(map[string]any)
	if n := len(in["entities"].([]any)); n != 100 || in["count"] != 101.0 {
		t.Errorf("%d named of %v", n, in["count"])
	}
}

func ExampleServer_Listen() {
	s := portsim.New(portsim.Options{ClientID: "client", ClientSecret: "secret"})
	url, stop, err := s.Listen("")
	if err != nil {
		fmt.Println(err)
		return
	}
	r, err := http.Get(url)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(r.StatusCode)
	_ = r.Body.Close()
	http.DefaultClient.CloseIdleConnections()
	if err := stop(); err != nil {
		fmt.Println(err)
	}
	// Output: 200
}

func TestServerIsAHandler(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	var h http.Handler = portsim.New(portsim.Options{})
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	if w.Code != http.StatusOK {
		t.Errorf("status %d", w.Code)
	}
}

func TestListenRefusesAWrongAddress(t *testing.T) {
	t.Parallel()
	if _, _, err := portsim.New(portsim.Options{}).Listen("nowhere:x"); err == nil {
		t.Error("no error")
	}
}

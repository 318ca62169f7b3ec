package catalog

import (
	"context"
	_ "embed" // the files of the page
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"portolan/internal/plain"
)

// The files of the page.
var (
	//go:embed ui/page.html
	pageHTML string
	//go:embed ui/page.css
	pageCSS string
	//go:embed ui/page.js
	pageJS string
	//go:embed ui/rose.svg
	rose string
)

// policy lets the page use its own files and nothing else.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// About is what the page says of the whole catalog.
type About struct {
	Name   string                // whose it is: "northwind-management (210987654321)"
	Notes  []string              // sentences beneath
	Report func(io.Writer) error // writes the page of the report; nil if there is none
}

// Page serves a catalog to people: a page at /, and the report at /report. It changes nothing. Of is
// asked for each answer, and may return another catalog than before.
//
// It answers only those who ask for this machine by a name of its own. Otherwise a page of the web could
// read the catalog, once its name resolves to this machine.
func Page(of func() (*Catalog, About)) http.Handler {
	mux := http.NewServeMux()
	for path, file := range map[string]struct{ kind, text string }{
		"{$}": {"text/html", pageHTML}, "ui/page.css": {"text/css", pageCSS}, "ui/page.js": {"text/javascript", pageJS}, "ui/rose.svg": {"image/svg+xml", rose},
	} {
		mux.HandleFunc("GET /"+path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", file.kind+"; charset=utf-8")
			_, _ = io.WriteString(w, file.text) // the browser has gone
		})
	}
	for path, view := range map[string]func(*Catalog, About, *http.Request) (any, error){
		"overview": overview, "entities": browse, "entity": inspect,
	} {
		mux.HandleFunc("GET /api/"+path, func(w http.ResponseWriter, r *http.Request) {
			c, about := of()
			c.mu.RLock()
			body, err := view(c, about, r)
			text, failed := json.Marshal(body) // while nothing changes
			c.mu.RUnlock()
			answer(w, text, errors.Join(err, failed))
		})
	}
	mux.HandleFunc("GET /report", func(w http.ResponseWriter, r *http.Request) {
		_, about := of()
		if about.Report == nil {
			http.NotFound(w, r)
			return
		}
		// The report's page has a policy of its own, for it has its script and style inside.
		w.Header().Set("Content-Security-Policy", "frame-ancestors 'none'")
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_ = about.Report(w) // the browser has gone
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		if !local(r.Host) {
			http.Error(w, "This page is for 127.0.0.1 and localhost only.", http.StatusForbidden)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// local says whether a request is for this machine.
func local(host string) bool {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = host
	}
	address, err := netip.ParseAddr(strings.Trim(name, "[]"))
	return name == "localhost" || err == nil && address.IsLoopback()
}

// Listen listens on loopback; on a free port if the given one is 0. It returns the address of the page
// that is served there.
func Listen(port int) (l net.Listener, url string, err error) {
	l, err = net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return nil, "", fmt.Errorf("the page cannot be served: %w", err)
	}
	return l, "http://" + l.Addr().String() + "/", nil
}

// Serve serves a page until the context ends, and closes the listener.
func Serve(ctx context.Context, l net.Listener, page http.Handler) error {
	server := &http.Server{Handler: page, ReadHeaderTimeout: 10 * time.Second, WriteTimeout: time.Minute}
	defer context.AfterFunc(ctx, func() { _ = server.Close() })()
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// notFoundError is the answer to a request for something that is not in the catalog.
type notFoundError string

// Error says what is not there.
func (e notFoundError) Error() string { return string(e) }

func answer(w http.ResponseWriter, body []byte, err error) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	if err != nil {
		status := http.StatusBadRequest
		if absent := notFoundError(""); errors.As(err, &absent) {
			status = http.StatusNotFound
		}
		w.WriteHeader(status)
		body, _ = json.Marshal(map[string]string{"message": err.Error()}) // texts have a JSON form
	}
	_, _ = w.Write(plain.JSON(body)) // the browser has gone
}

// overview is what the page shows first: the blueprints, and how many entities each has.
func overview(c *Catalog, about About, _ *http.Request) (any, error) {
	all, blueprints := 0, []blueprint{}
	for _, b := range slices.SortedFunc(maps.Values(c.blueprints), func(a, b *blueprint) int { return strings.Compare(a.Title, b.Title) }) {
		shown := *b
		shown.Entities = len(c.entities[b.Identifier])
		all += shown.Entities
		blueprints = append(blueprints, shown)
	}
	return map[string]any{
		"name": about.Name, "notes": about.Notes, "report": about.Report != nil,
		"changed": c.changed.UnixMicro(), "entities": all, "blueprints": blueprints,
	}, nil
}

// mostRows is how many entities the page gets at a time.
const mostRows = 200

// browse returns a page of the entities in which every word of q is found: those of a blueprint, or all.
func browse(c *Catalog, _ About, r *http.Request) (any, error) {
	q := r.URL.Query()
	offset, wrong := number(q.Get("offset"), 0, 0)
	limit, worse := number(q.Get("limit"), 1, 50)
	if err := errors.Join(wrong, worse); err != nil {
		return nil, err
	}
	name := q.Get("blueprint")
	if name != "" && c.blueprints[name] == nil {
		return nil, notFoundError("There is no blueprint " + name + ".")
	}
	found := c.found(name, strings.Fields(strings.ToLower(q.Get("q"))))
	rows := []any{}
	for _, e := range found[min(offset, len(found)):] {
		if len(rows) == min(limit, mostRows) {
			break
		}
		row := e.wire(brief)
		led := map[string]neighbours{} // by relation; a row names one entity at most
		for _, n := range c.outgoing(e) {
			n.Entities = n.Entities[:1]
			led[n.Relation] = n
		}
		row["led"] = led
		rows = append(rows, row)
	}
	return map[string]any{"matched": len(found), "entities": rows}, nil
}

func number(text string, least, otherwise int) (int, error) {
	if text == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < least {
		return 0, fmt.Errorf("%q is not a number of at least %d", text, least)
	}
	return n, nil
}

// wire is an entity as the page gets it, each property as it is shown.
func (e *entity) wire(show func(any) any) map[string]any {
	properties := make(map[string]any, len(e.properties))
	for name, value := range e.properties {
		properties[name] = show(value)
	}
	return map[string]any{
		"blueprint": e.blueprint, "identifier": e.identifier, "title": e.title, "updated": e.updated.UTC().Format(time.RFC3339),
		"properties": properties,
	}
}

// longest is how many characters of a text a row of a table gets.
const longest = 200

// brief is a value in a row of a table: what is long or deep is only counted.
func brief(value any) any {
	switch value := value.(type) {
	case string:
		return plain.Line(value, longest)
	case []any:
		return map[string]int{"items": len(value)}
	case map[string]any:
		return map[string]int{"keys": len(value)}
	}
	return value
}

// mostNeighbours is how many entities of one relation the page names.
const mostNeighbours = 100

// neighbours are the entities at the other end of one relation.
type neighbours struct {
	Relation  string      `json:"relation"`
	Title     string      `json:"title"`
	Blueprint string      `json:"blueprint"`
	Count     int         `json:"count"`
	Entities  []neighbour `json:"entities"` // the first of them
}

type neighbour struct {
	Identifier string `json:"identifier"`
	Title      string `json:"title"`
	Absent     bool   `json:"absent,omitempty"` // the catalog does not have it
}

// inspect returns one entity with its relations in both directions.
func inspect(c *Catalog, _ About, r *http.Request) (any, error) {
	k := key{r.URL.Query().Get("blueprint"), r.URL.Query().Get("identifier")}
	e := c.entities[k.blueprint][k.identifier]
	if e == nil {
		return nil, notFoundError("There is no entity " + k.identifier + " of the blueprint " + k.blueprint + ".")
	}
	whole := func(value any) any { return value }
	return map[string]any{"entity": e.wire(whole), "outgoing": c.outgoing(e), "incoming": c.incoming(k)}, nil
}

func (c *Catalog) outgoing(e *entity) []neighbours {
	all := []neighbours{}
	for _, r := range c.blueprints[e.blueprint].Relations {
		if ids := e.relations[r.Name]; len(ids) > 0 {
			keys := make([]key, len(ids))
			for i, id := range ids {
				keys[i] = key{r.Target, id}
			}
			all = append(all, c.neighbours(r, r.Target, keys))
		}
	}
	return all
}

func (c *Catalog) incoming(k key) []neighbours {
	from := map[string]map[string][]key{} // by blueprint and relation
	for s := range c.inbound[k] {
		if from[s.blueprint] == nil {
			from[s.blueprint] = map[string][]key{}
		}
		from[s.blueprint][s.relation] = append(from[s.blueprint][s.relation], s.key)
	}
	all := []neighbours{}
	for _, name := range slices.Sorted(maps.Keys(from)) {
		for _, r := range c.blueprints[name].Relations {
			if keys := from[name][r.Name]; len(keys) > 0 {
				all = append(all, c.neighbours(r, name, keys))
			}
		}
	}
	return all
}

// neighbours names the first of some entities, by title.
func (c *Catalog) neighbours(r relation, blueprint string, keys []key) neighbours {
	n := neighbours{Relation: r.Name, Title: r.Title, Blueprint: blueprint, Count: len(keys)}
	for _, k := range keys {
		one := neighbour{Identifier: k.identifier, Absent: true}
		if e := c.entities[k.blueprint][k.identifier]; e != nil {
			one.Title, one.Absent = e.title, false
		}
		n.Entities = append(n.Entities, one)
	}
	slices.SortFunc(n.Entities, func(a, b neighbour) int {
		return strings.Compare(a.Title+"\x00"+a.Identifier, b.Title+"\x00"+b.Identifier)
	})
	n.Entities = n.Entities[:min(len(n.Entities), mostNeighbours)]
	return n
}

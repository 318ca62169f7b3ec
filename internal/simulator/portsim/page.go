package portsim

import (
	"embed"
	"fmt"
	"io/fs"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

//go:embed ui
var assets embed.FS

// pagePolicy lets the page use its own files and nothing else.
const pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// newPage is the read-only page: its files, and the JSON that they show. It
// needs no token and changes nothing.
func newPage(s *Server) http.Handler {
	files, err := fs.Sub(assets, "ui")
	if err != nil {
		panic(err)
	}
	static := http.StripPrefix("/ui/", http.FileServerFS(files))
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		http.ServeFileFS(w, r, files, "page.html")
	})
	mux.Handle("GET /ui/{file}", static)
	mux.HandleFunc("GET /ui/api/overview", s.shows(s.overview))
	mux.HandleFunc("GET /ui/api/entities", s.shows(s.browse))
	mux.HandleFunc("GET /ui/api/entity", s.shows(s.inspect))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", pagePolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-cache")
		mux.ServeHTTP(w, r)
	})
}

// shows serves what a view makes of the state.
func (s *Server) shows(view func(*http.Request) (any, *refusal)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		body, refused := view(r)
		status := http.StatusOK
		if refused != nil {
			status, body = refused.status, refused.answer().body
		}
		raw := encode(body)
		s.mu.Unlock()
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.WriteHeader(status)
		_, _ = w.Write(raw)
	}
}

// overview is what the page shows first: blueprints with counts, integrations
// with their last resync.
func (s *Server) overview(*http.Request) (any, *refusal) {
	blueprints, entities := []any{}, 0
	for _, id := range sortedKeys(s.catalog.blueprints) {
		b, n := s.catalog.blueprints[id], len(s.catalog.entities[id])
		entities += n
		blueprints = append(blueprints, map[string]any{
			"identifier": id, "title": b.definition["title"], "description": b.definition["description"],
			"system": b.system(), "entities": n, "properties": b.columns(), "relations": b.links(),
		})
	}
	integrations := []any{}
	for _, id := range sortedKeys(s.integrations) {
		in := s.integrations[id]
		integrations = append(integrations, map[string]any{
			"identifier": id, "type": in.fields["installationAppType"], "version": in.fields["version"],
			"state": orNone(in.state), "request": orNone(in.request), "runs": len(in.history), "examples": len(in.examples),
			"sync": in.lastSync(), "logs": in.lastLines(),
		})
	}
	return map[string]any{
		"now": stamp(s.now()), "revision": s.catalog.revision, "entities": entities, "requests": len(s.journal.requests),
		"blueprints": blueprints, "integrations": integrations, "calls": s.journal.ranking(),
	}, nil
}

// lastSync is what the page shows of the latest resync; nil if none was reported.
func (in *integration) lastSync() any {
	if len(in.syncs) == 0 {
		return nil
	}
	last := in.syncs[len(in.syncs)-1]
	kinds := []any{}
	for _, k := range last.Kinds {
		kinds = append(kinds, map[string]any{
			"identifier": k.Identifier, "kind": k.Kind, "blueprint": k.Blueprint, "state": k.State, "seconds": k.Seconds,
			"fetched": k.Extracted, "transformed": k.Transformed, "filtered": k.Filtered, "ingested": k.Loaded, "unchanged": k.Unchanged,
			"failed": k.ExtractFailed + k.TransformFailed + k.LoadFailed, "deleted": k.Deleted,
		})
	}
	return map[string]any{"event": last.Event, "heartbeats": last.Heartbeats, "heard": stamp(last.Heard), "kinds": kinds}
}

// maxShownLines is how many lines of a log the page shows, the latest.
const maxShownLines = 200

func (in *integration) lastLines() []any {
	lines := []any{}
	for _, l := range in.logs[max(0, len(in.logs)-maxShownLines):] {
		lines = append(lines, map[string]any{"at": l.Timestamp, "level": l.Level, "message": l.Message, "extra": orNone(l.Extra)})
	}
	return lines
}

// columns are the blueprint's own properties for the head of a table.
func (b *blueprint) columns() []any {
	out := []any{}
	forms := b.definition["schema"].(map[string]any)["properties"].(map[string]any)
	for _, name := range sortedKeys(b.properties) {
		p := b.properties[name]
		out = append(out, map[string]any{
			"name": name, "title": titleOf(forms[name], name), "type": p.kind, "format": p.format,
		})
	}
	return out
}

func (b *blueprint) links() []any {
	out := []any{}
	for _, name := range sortedKeys(b.relations) {
		r := b.relations[name]
		out = append(out, map[string]any{
			"name": name, "title": titleOf(members(b.definition, "relations")[name], name), "target": r.target, "many": r.many,
		})
	}
	return out
}

// titleOf is the title in a part of a blueprint, or its name.
func titleOf(part any, name string) string {
	m, _ := part.(map[string]any)
	if title, ok := m["title"].(string); ok {
		return title
	}
	return name
}

// maxRows is how many entities the page gets at a time.
const maxRows = 200

// browse returns a page of a blueprint's entities: those in which every word of q
// is found.
func (s *Server) browse(r *http.Request) (any, *refusal) {
	q := r.URL.Query()
	b := s.catalog.blueprints[q.Get("blueprint")]
	if b == nil {
		return nil, missing("blueprint %q was not found", q.Get("blueprint"))
	}
	offset, bad := atLeast(q.Get("offset"), 0, 0)
	limit, worse := atLeast(q.Get("limit"), 1, 50)
	if bad != nil || worse != nil {
		return nil, invalid("offset has to be 0 or more and limit 1 or more")
	}
	limit = min(limit, maxRows)
	wanted := strings.Fields(strings.ToLower(q.Get("q")))
	rows, matched := []any{}, 0
	for _, e := range s.catalog.sorted(b.identifier) {
		if !e.mentions(wanted) {
			continue
		}
		if matched++; matched > offset && len(rows) < limit {
			rows = append(rows, s.catalog.wire(e))
		}
	}
	return map[string]any{"matched": matched, "offset": offset, "limit": limit, "entities": rows}, nil
}

func atLeast(text string, least, otherwise int) (int, *refusal) {
	if text == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < least {
		return 0, invalid("%q is not a number of at least %d", text, least)
	}
	return n, nil
}

// mentions says whether each of the words, in lower case, is somewhere in the
// entity: its names, values or relations.
func (e *Entity) mentions(words []string) bool {
	if len(words) == 0 {
		return true
	}
	var all strings.Builder
	for _, v := range []any{e.Identifier, e.Title, strings.Join(e.Team, "\n"), e.Properties, e.Relations} {
		tell(&all, v)
	}
	told := strings.ToLower(all.String())
	return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(told, w) })
}

// tell writes the names and values in a JSON value, one on each line.
func tell(out *strings.Builder, v any) {
	switch v := v.(type) {
	case map[string]any:
		for name, x := range v {
			out.WriteString(name + "\n")
			tell(out, x)
		}
	case []any:
		for _, x := range v {
			tell(out, x)
		}
	default:
		fmt.Fprintln(out, v)
	}
}

// maxNeighbours is how many entities of one relation the page names.
const maxNeighbours = 100

// neighbours are the entities at the other end of one relation.
type neighbours struct {
	Relation  string `json:"relation"`
	Title     string `json:"title"`
	Blueprint string `json:"blueprint"`
	Count     int    `json:"count"`
	Entities  []any  `json:"entities"` // at most maxNeighbours
}

// inspect returns one entity with its relations in both directions.
func (s *Server) inspect(r *http.Request) (any, *refusal) {
	k := key{r.URL.Query().Get("blueprint"), r.URL.Query().Get("identifier")}
	e := s.catalog.entity(k)
	if e == nil {
		return nil, missing("entity %q of blueprint %q was not found", k.identifier, k.blueprint)
	}
	return map[string]any{
		"entity": s.catalog.wire(e), "datasource": e.Datasource,
		"outgoing": s.outgoing(e), "incoming": s.incoming(k),
	}, nil
}

func (s *Server) outgoing(e *Entity) []*neighbours {
	out := []*neighbours{}
	b := s.catalog.blueprints[e.Blueprint]
	for _, name := range sortedKeys(e.Relations) {
		n := &neighbours{name, titleOf(members(b.definition, "relations")[name], name), b.relations[name].target, 0, []any{}}
		for _, id := range related(e.Relations[name]) {
			n.add(s.catalog.entity(key{n.Blueprint, id}))
		}
		out = append(out, n)
	}
	return out
}

func (s *Server) incoming(k key) []*neighbours {
	out := []*neighbours{}
	for _, bp := range sortedKeys(s.catalog.blueprints) {
		b := s.catalog.blueprints[bp]
		sources := map[string]bool{}
		for from := range s.catalog.inbound[k] {
			if from.blueprint == bp {
				sources[from.identifier] = true
			}
		}
		for _, name := range sortedKeys(b.relations) {
			if len(sources) == 0 || b.relations[name].target != k.blueprint {
				continue
			}
			n := &neighbours{name, titleOf(members(b.definition, "relations")[name], name), bp, 0, []any{}}
			for _, id := range sortedKeys(sources) {
				if e := s.catalog.entity(key{bp, id}); slices.Contains(related(e.Relations[name]), k.identifier) {
					n.add(e)
				}
			}
			if n.Count > 0 {
				out = append(out, n)
			}
		}
	}
	return out
}

func (n *neighbours) add(e *Entity) {
	n.Count++
	if len(n.Entities) < maxNeighbours {
		n.Entities = append(n.Entities, map[string]any{"identifier": e.Identifier, "title": orNil(e.Title)})
	}
}

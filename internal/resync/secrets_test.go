package resync_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"portolan/internal/aws/kind"
	"portolan/internal/aws/kinds"
	"portolan/internal/console"
	"portolan/internal/invocation"
	"portolan/internal/port"
	"portolan/internal/report"
	"portolan/internal/report/page"
	"portolan/internal/simulator/portsim"
	"portolan/internal/state"
)

// commanding are members of documents that hold commands, scripts, labels or free options.
var commanding = regexp.MustCompile(`(?i)\.(?:commands?|entryPoint|dockerLabels\..*|labels\..*|options\..*|driverOpts\..*|configuration\.[^.]+|` +
	`resolvedConfiguration\..*|Environment\.Variables\..*|variables\.[a-z]*value|buildspec|content|logTail)$`)

// seeds puts texts into documents, each with a secret by its form and a plain text, both of their own.
type seeds struct {
	mu     sync.Mutex
	marks  map[string]string // the paths of all plain texts
	asked  []string          // the plain texts that the mapping asks for
	prefix string
}

func (s *seeds) put(path string, value any) any {
	switch value := value.(type) {
	case string:
		n := len(s.marks)
		mark := fmt.Sprintf("%s%06d", s.prefix, n)
		s.marks[mark] = path
		return fmt.Sprintf("%s ghp_%s%030d", mark, s.prefix, n)
	case map[string]any:
		out := make(map[string]any, len(value))
		for _, name := range slices.Sorted(maps.Keys(value)) {
			out[name] = s.put(path+"."+name, value[name])
		}
		return out
	case []any:
		out := make([]any, len(value))
		for i, member := range value {
			out[i] = s.put(path, member)
		}
		return out
	}
	return value
}

// seeded returns every kind with a document that has every member of its structures, with seeds in
// all texts. The mapping asks for one of them.
func seeded(t *testing.T, s *seeds) []*kind.Kind {
	t.Helper()
	all := make([]*kind.Kind, len(kinds.All))
	for i, k := range kinds.All {
		file := strings.ReplaceAll(k.Type, "::", "_") + ".golden.json"
		text, err := os.ReadFile(filepath.Join("../aws/kinds/testdata/every", file))
		if os.IsNotExist(err) {
			text, err = os.ReadFile(filepath.Join("../aws/kinds/testdata", file))
		}
		if err != nil {
			t.Fatal(err)
		}
		var documents []struct{ Properties map[string]any }
		decode(t, text, &documents)
		all[i] = &kind.Kind{
			Type: k.Type, Service: k.Service, Scope: k.Scope, Document: kind.Form{Open: true}, List: kind.Listing{
				Name: k.List.Name,
				Pages: func(context.Context, kind.Target) kind.Pages {
					return func(yield func([]*kind.Resource, error) bool) {
						s.mu.Lock()
						properties := s.put(k.Type, documents[0].Properties).(map[string]any)
						asked := fmt.Sprintf("asked-%s-%d", s.prefix, len(s.asked))
						properties["Asked"], s.asked = asked, append(s.asked, asked)
						s.mu.Unlock()
						yield([]*kind.Resource{{ID: "one", Properties: properties}}, nil)
					}
				},
			},
		}
	}
	return all
}

// TestNoTextOfADocumentLeaves seeds every text of the documents of every kind with a secret, and lets
// runs send examples, plan, log and report. Nothing that leaves the process has a secret, or what stands
// in place of a command; Port gets what the mapping asks for.
func TestNoTextOfADocumentLeaves(t *testing.T) {
	t.Parallel()
	const model = `{"identifier":"thing","title":"Thing","schema":{"properties":{"asked":{"type":"string"},"note":{"type":"string"},"command":{"type":"array"}}}}`
	s := &seeds{marks: make(map[string]string), prefix: "first"}
	var entries []string
	for _, k := range kinds.All {
		entries = append(entries, `{"kind":"`+k.Type+`","selector":{"query":"true"},"port":{"entity":{"mappings":{"identifier":"[.Type, .__ExtraContext.AccountId, .__ExtraContext.Region // \"-\"] | join(\"/\")","blueprint":"\"thing\"","properties":{"asked":".Properties.Asked"}}}}}`)
	}
	var log bytes.Buffer
	w := newWorldOf(t, port.Defaults{Blueprints: blueprintsOf(model), Config: mappingOf("", entries...)}, estate(), quickRetries)
	w.port = portsim.New(portsim.Options{KeepBodies: true, Clock: func() time.Time { return time.Now().Add(time.Duration(w.later.Load())) }})
	url, stop, err := w.port.Listen("")
	w.must(err)
	t.Cleanup(func() { _ = stop() })
	w.portURL, w.log = url, slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	w.deps = w.depsFor(url)
	store := state.NewMemory()
	w.deps.Kinds, w.deps.State, w.deps.Coverage = seeded(t, s), store, true

	first := w.run(invocation.Request{})
	wantStatus(t, first, report.Completed)
	examples := len(w.port.Requests())
	s.prefix = "again"
	plan := w.run(invocation.Request{Action: invocation.Plan})
	wantStatus(t, plan, report.Completed)
	if len(plan.Changes) < len(kinds.All) || examples == 0 {
		t.Fatalf("%d changes", len(plan.Changes))
	}

	left := map[string]string{"log": log.String()}
	for name, r := range map[string]*report.Report{"report": first, "plan": plan} {
		var table, html strings.Builder
		w.must(r.Write(console.Fixed(&table, 1000)))
		w.must(page.Write(&html, r))
		left[name], left[name+" as a table"], left[name+" as a page"] = string(encode(t, r)), table.String(), html.String()
	}
	var requests strings.Builder
	sent := make(map[string]bool) // the kinds of which there are examples
	for _, r := range w.port.Requests() {
		requests.WriteString(r.Path + "?" + r.Query.Encode() + "\n")
		requests.Write(r.Body)
		if _, rest, ok := strings.Cut(r.Path, "/kinds/"); ok && strings.Contains(string(r.Body), "Asked") {
			sent[rest] = true
		}
	}
	left["requests to Port"] = requests.String()
	names, err := store.List(t.Context(), "")
	w.must(err)
	for _, name := range names {
		blob, _, err := store.Get(t.Context(), name)
		w.must(err)
		if unpacked, err := gzip.NewReader(bytes.NewReader(blob)); err == nil {
			blob, err = io.ReadAll(unpacked)
			w.must(err)
		}
		left["state "+name] = string(blob)
	}
	if len(sent) != len(kinds.All) {
		t.Errorf("there are examples of %d kinds", len(sent))
	}
	for where, text := range left {
		if at := strings.Index(text, "ghp_"); at >= 0 {
			t.Errorf("the %s has a secret: %s", where, text[max(0, at-200):min(len(text), at+50)])
		}
		for mark, path := range s.marks {
			if commanding.MatchString(path) && strings.Contains(text, mark) {
				t.Errorf("the %s has the text of %s", where, path)
			}
		}
	}
	reached := 0
	for _, asked := range s.asked {
		if strings.Contains(left["requests to Port"], asked) {
			reached++
		}
	}
	if reached < len(kinds.All) {
		t.Errorf("Port got %d of the texts that the mapping asks for", reached)
	}
}

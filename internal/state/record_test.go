package state_test

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"portolan/internal/report"
	"portolan/internal/resync/cell"
	"portolan/internal/resync/schedule"
	"portolan/internal/state"
)

// kindOfRecord is how a kind of record is written and read, by those who use it.
type kindOfRecord struct {
	name, format string
	wrong        string // a member of another type than this kind has; "" if any will do
	fenced       bool   // by the lease under which it is written
	save         func(context.Context, state.Store, *state.Lease) error
	load         func(context.Context, state.Store) (present bool, err error)
}

// kindsOfRecord has all except the lease itself, which is never replaced (lease_file_test.go).
func kindsOfRecord() []kindOfRecord {
	return []kindOfRecord{
		{"request.json", "portolan/request", `"run":5`, false,
			func(ctx context.Context, s state.Store, _ *state.Lease) error {
				return state.SaveAnswered(ctx, s, state.Answered{Run: "r", At: noon})
			},
			func(ctx context.Context, s state.Store) (bool, error) {
				got, err := state.LastAnswered(ctx, s)
				return got != state.Answered{}, err
			}},
		{"latest.json", "portolan/run", `"run":5`, true,
			func(ctx context.Context, s state.Store, l *state.Lease) error {
				return state.NewHistory(s, 0).SaveLast(ctx, l, state.Last{Run: "r", Ended: noon})
			},
			func(ctx context.Context, s state.Store) (bool, error) {
				got, err := state.NewHistory(s, 0).Last(ctx)
				return got.Run != "" || !got.Ended.IsZero(), err
			}},
		{"timetable.json.gz", "portolan/timetable", `"accounts":5`, true,
			func(ctx context.Context, s state.Store, l *state.Lease) error {
				return schedule.Save(ctx, s, l, schedule.Timetable{Late: 1})
			},
			func(ctx context.Context, s state.Store) (bool, error) {
				got, err := schedule.Load(ctx, s)
				return got.Late != 0 || got.Closing != 0 || got.Accounts != nil, err
			}},
		{"looks.json.gz", "portolan/looks", `"looks":5`, true,
			func(ctx context.Context, s state.Store, l *state.Lease) error {
				looks := map[cell.Name]schedule.Look{{Kind: "k"}: {Cell: cell.Name{Kind: "k"}, Began: noon}}
				return schedule.SaveLooks(ctx, s, l, looks, noon)
			},
			func(ctx context.Context, s state.Store) (bool, error) {
				got, err := schedule.LoadLooks(ctx, s)
				return len(got) > 0, err
			}},
		{"integration.json", "portolan/integration", "", false,
			func(ctx context.Context, s state.Store, _ *state.Lease) error {
				return state.SaveTold(ctx, s, json.RawMessage(`{"a":1}`))
			},
			func(ctx context.Context, s state.Store) (bool, error) {
				got, err := state.LoadTold(ctx, s)
				return got != nil, err
			}},
		{"skipped.json", "portolan/skipped", `"count":"x"`, false,
			func(ctx context.Context, s state.Store, _ *state.Lease) error {
				_, _, err := state.Skip(ctx, s, noon)
				return err
			},
			state.Skipped},
	}
}

// blob is a text as the kind's file would hold it.
func (k kindOfRecord) blob(t *testing.T, text string) []byte {
	t.Helper()
	if strings.HasSuffix(k.name, ".gz") {
		return packed(t, []byte(text))
	}
	return []byte(text)
}

// TestDocumentedFiles holds the table of docs/operations.md#state against what there is.
func TestDocumentedFiles(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	names := []string{"lease.json", "snapshots/<account>.gz", "runs/<time>-<run>.json.gz", "work/<run>/"}
	for _, k := range kindsOfRecord() {
		names = append(names, k.name)
	}
	for _, name := range names {
		if !strings.Contains(string(text), "| `"+name+"`") {
			t.Errorf("docs/operations.md does not tell of %s", name)
		}
	}
}

// TestEveryKindOfRecordIsTested fails when a form is added and not walked here.
func TestEveryKindOfRecordIsTested(t *testing.T) {
	t.Parallel()
	want := []string{"lease.json"}
	for _, k := range kindsOfRecord() {
		want = append(want, k.name)
	}
	files, err := filepath.Glob("../*/*.go")
	if below, e := filepath.Glob("../resync/*/*.go"); e == nil {
		files = append(files, below...)
	}
	if err != nil {
		t.Fatal(err)
	}
	form := regexp.MustCompile(`\bForm\[\w+\]\{Name: "([^"]+)"`)
	var got []string
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range form.FindAllStringSubmatch(string(text), -1) {
			got = append(got, found[1])
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(want, got) {
		t.Errorf("the records are %q, tested are %q", got, want)
	}
}

// TestRecordsThatCannotBeUsed are distinguished, return nothing, and are replaced unless they
// belong to somebody else.
func TestRecordsThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	for _, k := range kindsOfRecord() {
		whole := func(t *testing.T) []byte {
			store := state.NewMemory()
			if err := k.save(t.Context(), store, taken(t, t.Context(), store, "one")); err != nil {
				t.Fatal(err)
			}
			data, _, err := store.Get(t.Context(), k.name)
			if err != nil {
				t.Fatal(err)
			}
			return data
		}
		text := func(text string) func(*testing.T) []byte {
			return func(t *testing.T) []byte { return k.blob(t, text) }
		}
		for name, tt := range map[string]struct {
			data func(*testing.T) []byte
			load error
			save error
		}{
			"whole":           {whole, nil, nil},
			"gone":            {nil, state.ErrNotFound, nil},
			"empty":           {func(*testing.T) []byte { return nil }, state.ErrDamaged, nil},
			"cut":             {func(t *testing.T) []byte { data := whole(t); return data[:len(data)-3] }, state.ErrDamaged, nil},
			"with more":       {func(t *testing.T) []byte { return append(whole(t), "more"...) }, state.ErrDamaged, nil},
			"no object":       {text("[]"), state.ErrDamaged, nil},
			"no version":      {text(fmt.Sprintf(`{"format":%q}`, k.format)), state.ErrDamaged, nil},
			"of wrong types":  {text(fmt.Sprintf(`{"format":%q,"version":1,%s}`, k.format, cmp.Or(k.wrong, "5"))), state.ErrDamaged, nil},
			"newer":           {text(fmt.Sprintf(`{"format":%q,"version":2}`, k.format)), state.ErrNewer, nil},
			"of a newer form": {text(fmt.Sprintf(`{"format":%q,"version":9,"run":[1],"accounts":[1]}`, k.format)), state.ErrNewer, nil},
			"null":            {text("null"), state.ErrForeign, state.ErrForeign},
			"foreign":         {text(`{"format":"portolan/x","version":1}`), state.ErrForeign, state.ErrForeign},
			"of no format":    {text(`{"a":1}`), state.ErrForeign, state.ErrForeign},
		} {
			t.Run(k.name+"/"+name, func(t *testing.T) {
				t.Parallel()
				ctx, store := t.Context(), state.NewMemory()
				if tt.data != nil {
					put(t, store, k.name, tt.data(t))
				}
				present, err := k.load(ctx, store)
				if !errors.Is(err, tt.load) || present != (tt.load == nil) || err != nil && !strings.Contains(err.Error(), "memory:"+k.name) {
					t.Errorf("load: %v, %v; want %v", present, err, tt.load)
				}
				if err := k.save(ctx, store, taken(t, ctx, store, "one")); !errors.Is(err, tt.save) {
					t.Errorf("save: %v, want %v", err, tt.save)
				}
				if _, err := k.load(ctx, store); !errors.Is(err, tt.save) {
					t.Errorf("load after save: %v", err)
				}
			})
		}
	}
}

// TestRecordsOfANewerRun are not replaced by an older run, even if this program cannot use
// them. A generation that no lease can have does not count.
func TestRecordsOfANewerRun(t *testing.T) {
	t.Parallel()
	for _, k := range kindsOfRecord() {
		for text, fences := range map[string]bool{
			`{"format":%q,"version":1,"run":"r","ended":"2025-03-01T12:00:00Z","generation":1740834000000}`: true,
			`{"format":%q,"version":2,"generation":1740834000000}`:                                          true,
			`{"format":%q,"version":0,"generation":1740834000000}`:                                          true,
			`{"format":%q,"version":1,"generation":1740834000000,"run":[],"accounts":0}`:                    true,
			`{"format":%q,"version":1,"generation":9000000000000000000}`:                                    false,
			// A week ahead: anybody may have written such a lease.
			`{"format":%q,"version":1,"generation":1741435200000}`: false,
		} {
			ctx, store := t.Context(), state.NewMemory()
			put(t, store, k.name, k.blob(t, fmt.Sprintf(text, k.format)))
			lease := acquire(t, store, "one", newClock())
			if err := k.save(ctx, store, lease); errors.Is(err, state.ErrFenced) != (fences && k.fenced) || !k.fenced && err != nil {
				t.Errorf("%s: over %s it returns %v", k.name, text, err)
			}
		}
		if !k.fenced {
			continue
		}
		store, c := state.NewMemory(), newClock()
		lease := acquire(t, store, "one", c)
		c.advance(ttl)
		if err := k.save(t.Context(), store, lease); !errors.Is(err, state.ErrLost) {
			t.Errorf("%s: after the lease's end it returns %v", k.name, err)
		}
	}
}

// TestRecordsInARace are written again after what another process wrote at the same
// moment, and a race that never ends is an error.
func TestRecordsInARace(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	for _, k := range kindsOfRecord() {
		for _, exists := range []bool{false, true} {
			for _, tt := range []struct {
				conflicts int
				with      error
				want      error
			}{{1, state.ErrConflict, nil}, {3, state.ErrConflict, nil}, {1000, state.ErrConflict, state.ErrConflict}, {1, broken, broken}} {
				ctx, inner := t.Context(), state.NewMemory()
				lease := taken(t, ctx, inner, "one")
				if exists {
					put(t, inner, k.name, k.blob(t, fmt.Sprintf(`{"format":%q,"version":2}`, k.format)))
				}
				store := &racing{Store: inner, name: k.name, left: tt.conflicts, with: tt.with}
				if err := k.save(ctx, store, lease); !errors.Is(err, tt.want) {
					t.Errorf("%s: %d times %v: %v, want %v", k.name, tt.conflicts, tt.with, err, tt.want)
				}
				if present, err := k.load(ctx, inner); present != (tt.want == nil) {
					t.Errorf("%s: %d times %v: it is there: %v, %v", k.name, tt.conflicts, tt.with, present, err)
				}
			}
		}
	}
}

// racing refuses the first writes of a blob: it writes the blob itself, and then says that
// somebody else has written it.
type racing struct {
	state.Store
	name string
	left int
	with error
}

func (r *racing) Put(ctx context.Context, name string, data []byte, version string) (string, error) {
	if name != r.name || r.left == 0 {
		return r.Store.Put(ctx, name, data, version)
	}
	r.left--
	if errors.Is(r.with, state.ErrConflict) {
		if _, err := r.Store.Put(ctx, name, []byte("damaged"), version); err != nil {
			return "", err
		}
	}
	return "", r.with
}

// TestReportsInARace: if a run ends twice at the same time, the last report stays.
func TestReportsInARace(t *testing.T) {
	t.Parallel()
	store := &racing{Store: state.NewMemory(), name: "runs/20250301T120000Z-r.json.gz", left: 3, with: state.ErrConflict}
	history := state.NewHistory(store, 0)
	if err := history.Save(t.Context(), &report.Report{Head: report.Head{Run: "r", Started: noon}}, nil); err != nil {
		t.Fatal(err)
	}
	if r, err := history.Find(t.Context(), "r"); err != nil || r.Run != "r" {
		t.Errorf("%+v, %v", r, err)
	}
}

func packed(t testing.TB, text []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, err := w.Write(text)
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

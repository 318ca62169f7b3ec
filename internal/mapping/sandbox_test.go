package mapping_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"portolan/internal/diag"
	"portolan/internal/mapping"
	"portolan/internal/mapping/jq"
)

// hostile programs, each of which wants too much of something else. They spare the items whose
// name is fine.
var hostile = map[string]string{
	"texts built":        `[range(2000) | ("x" * 8000000)] | length | tostring`,
	"text replaced":      `("x" * 100000) | gsub(""; "y" * 8000000)`,
	"pattern":            `test(("a?" * 100000) + "b") | tostring`,
	"number":             `("9" * 8000000) | tonumber | tostring`,
	"endless":            `[repeat(1)] | length | tostring`,
	"frames":             `[range(100000)] as $a | def f: $a[] | f; f`,
	"positions":          `null | .[range(1000)][131000] = 1 | tostring`,
	"caught":             `try ([range(2000) | ("x" * 8000000)] | tostring) catch "caught"`,
	"parsed many times":  `("[" + "[]," * 120000 + "1]") as $t | def f: ($t | fromjson) as $y | f, $y; f`,
	"searched for pairs": `[range(100000) | 0] | indices([range(50000) | 0]) | tostring`,
}

// No goroutine is left behind by any test of this package.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestMappingThatIsTooLarge cannot be used, and is not compiled to the end.
func TestMappingThatIsTooLarge(t *testing.T) {
	t.Parallel()
	many := `{"properties":{"p":"` + strings.Repeat("1+", 2000) + `1"},"identifier":".id","blueprint":"\"b\""}`
	for what, config := range map[string]string{
		"larger than":     resource(`{"query":"true"}`, `{"identifier":".id`+strings.Repeat(" ", 1<<20)+`","blueprint":"\"b\""}`),
		"resources, more": `{"resources":[` + strings.Repeat("1,", 2000) + `1]}`,
		"parts together":  resource(`{"query":"true"}`, "["+strings.Repeat(many+",", 100)+many+"]"),
	} {
		before := time.Now()
		_, err := mapping.Compile([]byte(config), known)
		if diag.Of(err) != diag.MappingUnusable || !strings.Contains(err.Error(), what) {
			t.Errorf("error = %v, want one with %q", err, what)
		}
		if took := time.Since(before); took > 30*time.Second {
			t.Errorf("%s: takes %v", what, took)
		}
	}
}

// TestFilesThatWantTooMuch are short, and would take gigabytes to read.
func TestFilesThatWantTooMuch(t *testing.T) {
	t.Parallel()
	laughs := "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
	merged := "m0: &m0 {x: 1}\n"
	for i := range 9 {
		laughs += fmt.Sprintf("a%d: &a%d [%s*a%d]\n", i+1, i+1, strings.Repeat(fmt.Sprintf("*a%d, ", i), 8), i)
		merged += fmt.Sprintf("m%d: &m%d {%[3]s}\n", i+1, i+1, fmt.Sprintf("<<: *m%[1]d, a: *m%[1]d, b: *m%[1]d, c: *m%[1]d, d: *m%[1]d, e: *m%[1]d, f: *m%[1]d", i))
	}
	for text, want := range map[string]string{
		laughs + "resources: *a9\n": "counting what its aliases stand for",
		merged + "resources: *m9\n": "counting what its aliases stand for",
		"resources: " + strings.Repeat("[", 200000) + strings.Repeat("]", 200000): "more than 200 levels",
		"resources:\n  " + strings.Repeat("- ", 5000) + "x":                       "more than 200 levels",
		"resources: []\n" + strings.Repeat("# filled\n", 1<<17):                   "larger than",
	} {
		if _, err := mapping.ParseYAML([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60q…: error = %v, want one with %q", text, err, want)
		}
	}
	const shared = "x: &x {identifier: .a, blueprint: '\"b\"'}\nresources:\n"
	raw, err := mapping.ParseYAML([]byte(shared + strings.Repeat("  - {kind: K, port: {entity: {mappings: *x}}}\n", 100)))
	if err != nil || strings.Count(string(raw), `"identifier"`) != 101 {
		t.Errorf("error = %v: %.200s", err, raw)
	}
}

// TestAnItemThatWantsTooMuch is an error of that item, in the identifier, in a property and in
// the selector. The other items go on.
func TestAnItemThatWantsTooMuch(t *testing.T) {
	for name, program := range hostile {
		guarded := strings.ReplaceAll(`if .item == "fine" then "i-fine" else (`+program+`) end`, `"`, `\"`)
		for where, config := range map[string]string{
			"identifier": resource(`{"query":"true"}`, `{"identifier":"`+guarded+`","blueprint":"\"b\""}`),
			"property":   resource(`{"query":"true"}`, `{"identifier":"\"i-\" + .item","blueprint":"\"b\"","properties":{"p":"`+guarded+`"}}`),
			"selector":   resource(`{"query":"`+guarded+` | length > 0"}`, `{"identifier":"\"i-\" + .item","blueprint":"\"b\""}`),
		} {
			t.Run(name+" in the "+where, func(t *testing.T) {
				config = strings.Replace(config, `"entity":`, `"itemsToParse":".Properties.Items","entity":`, 1)
				c := compile(t, config)
				if len(c.Resources) != 1 {
					t.Fatal(diagnostics(c))
				}
				start := time.Now()
				result := c.Resources[0].Map(t.Context(), document(t, `{"Properties":{"Items":["fine","bad","fine"]}}`))
				if len(result.Entities) != 2 || len(result.Errors) != 1 || result.Entities[0].Identifier != "i-fine" {
					t.Errorf("%d entities, errors %v, nulls %v", len(result.Entities), result.Errors, result.Nulls)
				}
				if took := time.Since(start); took > time.Minute {
					t.Errorf("takes %v", took)
				}
			})
		}
	}
}

// TestManyItemsThatWantTooMuch are mapped at a time, and the memory is that of a few.
func TestManyItemsThatWantTooMuch(t *testing.T) {
	c := compile(t, resource(`{"query":"true"}`, with(`"properties":{"p":"[range(12) | (\"x\" * 7999999) + tostring] | length"}`)))
	doc := document(t, thing)
	runtime.GC()
	var peak, now runtime.MemStats
	runtime.ReadMemStats(&peak)
	start := peak.HeapAlloc
	results := make([]mapping.Result, 16)
	var group sync.WaitGroup
	for i := range results {
		group.Go(func() { results[i] = c.Resources[0].Map(t.Context(), doc) })
	}
	done := make(chan struct{})
	go func() { group.Wait(); close(done) }()
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
			runtime.ReadMemStats(&now)
			peak.HeapAlloc = max(peak.HeapAlloc, now.HeapAlloc)
			runtime.Gosched()
		}
	}
	if grown := (peak.HeapAlloc - min(start, peak.HeapAlloc)) >> 20; grown > 900 {
		t.Errorf("the heap grows by %d MiB", grown)
	}
	for _, result := range results {
		if len(result.Errors) != 1 {
			t.Errorf("errors = %v, want one", result.Errors)
		}
	}
}

// TestItemsTogether may not keep more than a document can mean.
func TestItemsTogether(t *testing.T) {
	t.Parallel()
	items := `"itemsToParse":"[range(2000)]","entity":`
	for name, property := range map[string]string{
		"keep": `\"x\" * 1000000`, "keep of the document": `.Properties.Name * 1000000`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := compile(t, strings.Replace(resource(`{"query":"true"}`, with(`"properties":{"p":"`+property+`"}`)), `"entity":`, items, 1))
			result := c.Resources[0].Map(t.Context(), document(t, thing))
			last := result.Errors[max(0, len(result.Errors)-1)]
			if len(result.Entities) == 0 || len(result.Errors) > 2 || !errors.Is(last, jq.ErrTooMuch) || last.Identifier != "" || last.Blueprint != "b" {
				t.Errorf("%d entities, errors %v, want some, and that the rest was not tried", len(result.Entities), result.Errors)
			}
		})
	}
}

// TestManyFieldsOfManyItems that need no interpreter, and what goes wrong with them, take memory too.
func TestManyFieldsOfManyItems(t *testing.T) {
	for name, value := range map[string]string{
		"constants": `\"x\"`, "paths": `.Properties.Name`, "nulls": `.Properties.Absent`, "sums": `.Properties.Name + \"x\"`, "errors": `error`,
	} {
		t.Run(name, func(t *testing.T) {
			var properties []string
			for i := range 1000 {
				properties = append(properties, fmt.Sprintf(`"p%d":"%s"`, i, value))
			}
			config := resource(`{"query":"true"}`, `{"identifier":".item | tostring","blueprint":"\"b\"","properties":{`+strings.Join(properties, ",")+`}}`)
			c := compile(t, strings.Replace(config, `"entity":`, `"itemsToParse":"[range(100000)]","entity":`, 1))
			doc := document(t, thing)
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			result := c.Resources[0].Map(t.Context(), doc)
			runtime.GC()
			runtime.ReadMemStats(&after)
			if grown := (int64(after.HeapAlloc) - int64(before.HeapAlloc)) >> 20; grown > 200 {
				t.Errorf("the result takes %d MiB", grown)
			}
			if len(result.Entities) == 0 || len(result.Errors) == 0 || !jq.Exhausted(result.Errors[len(result.Errors)-1]) {
				t.Errorf("%d entities, %d errors", len(result.Entities), len(result.Errors))
			}
			runtime.KeepAlive(result)
		})
	}
	many := strings.Repeat(`{"identifier":".item | tostring","blueprint":"\"b\""},`, 1000)
	c := compile(t, strings.Replace(resource(`{"query":"error"}`, "["+strings.TrimSuffix(many, ",")+"]"), `"entity":`, `"itemsToParse":"[range(100000)]","entity":`, 1))
	if result := c.Resources[0].Map(t.Context(), document(t, thing)); len(result.Errors) == 0 || len(result.Errors) > 400_000 {
		t.Errorf("%d errors of a selector", len(result.Errors))
	}
}

// TestTheEndOfTheContextEndsAnItem whose single steps take long.
func TestTheEndOfTheContextEndsAnItem(t *testing.T) {
	t.Parallel()
	c := compile(t, resource(`{"query":"true"}`, with(`"properties":{"p":"(\"x\" * 8000000) as $b | last(range(1e9) | $b | length)"}`)))
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	start := time.Now()
	result := c.Resources[0].Map(ctx, document(t, thing))
	if took := time.Since(start); took > 6*time.Second || len(result.Errors) != 1 || !errors.Is(result.Errors[0], context.DeadlineExceeded) {
		t.Errorf("ends after %v with %v", took, result.Errors)
	}
}

package jq

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/itchyny/gojq"
)

// within evaluates an expression and wants it to end in a time and in memory that are far
// above what it needs.
func within(t *testing.T, expression string, doc any) (any, error) {
	t.Helper()
	q, d := Compile(expression)
	if d != nil {
		t.Fatalf("%s: %s", expression, d.Cause)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	v, err := q.First(NewBudget(t.Context()), doc)
	took := time.Since(start)
	runtime.ReadMemStats(&after)
	if took > maxTime+20*time.Second {
		t.Errorf("%s takes %v", expression, took)
	}
	if built := after.TotalAlloc - before.TotalAlloc; built > 2<<30 {
		t.Errorf("%s builds %d MiB", expression, built>>20)
	}
	return v, err
}

// Programs that want too much. No test of them is parallel: memory is measured.
func TestWhatWantsTooMuchIsStopped(t *testing.T) {
	variables := ""
	for i := range 500 {
		variables += fmt.Sprintf("1 as $v%d | ", i)
	}
	const big = `("x" * 8000000) as $b | `
	for _, expression := range []string{
		// What is built.
		`[range(2000) | ("x" * 8000000)] | length`,
		`("x" * 100000) | gsub(""; "y" * 8000000)`,
		`("a" * 130000) | [match(""; "g")]`,
		big + `add(range(1000) | $b)`,
		big + `[range(1000)] | map($b) | join(",")`,
		big + `[range(1000)] | walk(if type == "number" then $b else tojson end)`,
		big + `INDEX(range(1000); [., $b])`,
		big + `"` + strings.Repeat(`\($b)`, 1000) + `"`,
		big + `{"` + strings.Repeat(`\($b)`, 1000) + `": 1}`,
		big + `{"` + strings.Repeat(`\($b)`, 1000) + `"}`,
		big + `."` + strings.Repeat(`\($b)`, 1000) + `"`,
		big + `. as {"` + strings.Repeat(`\($b)`, 1000) + `": $q} | $q`,
		big + `@html "` + strings.Repeat(`\($b)`, 1000) + `"`,
		big + `[range(1000) | "a"] | .[] += $b`,
		big + `[range(1000)] | .[] |= "\($b)!"`,
		big + `[range(1000) as $i | $b + "!"] | length`,
		big + `[range(1000) as $i | $b | @base64 | @uri | length]`,
		big + `try [range(100) | $b + "!"] catch "caught"`,
		`[range(130000)] as $a | [range(10000) | $a | reverse] | length`,
		`[range(100000) | [1, 2]] | first(combinations)`,
		`[1] | first(combinations(100000))`,
		`[range(100)] | [combinations(20)] | length`,
		`("x" * 8000000) | explode`,
		`("x" * 8000000) / ""`,
		`("[" + "1," * 4000000 + "1]") | fromjson`,
		`("[" + "[]," * 120000 + "1]") as $t | def f: ($t | fromjson) as $y | f, $y; f`,
		`0 | strftime("%1024Y" * 1000000)`,
		`reduce range(1e6) as $i ({}; . * {"k\($i)": $i}) | length`,
		`[range(1000) | [range(1000)]] | [paths] | length`,
		// What the interpreter remembers.
		`[range(100000)] as $a | def f: $a[] | f; f`,
		`[range(100000)] as $a | def f(g): g | f(g); f($a | .[])`,
		`[range(100000)] as $a | [recurse($a | map(.)[])] | length`,
		`[range(100000)] as $a | def f: $a | any(f; .); f`,
		`def f: ("x" * 8000000) as $y | f, $y; f`,
		`def f: f, 1; f`,
		`def f: 1, f; [f] | length`,
		`def f: if true then (f | .), 1 else (` + variables + ` .) end; f`,
		`def f: try f catch .; f`,
		`def f: (f?) // 1; f`,
		`def f: "\(f)"; f`,
		`def f: reduce f as $x (1; 2); f`,
		`def f: foreach f as $x (1; 2); f`,
		`def f: limit(1; f); f`,
		`def f: path(.a | f); f`,
		`def f: .a |= f; f`,
		`label $out | def g: (label $x | g), 1; g`,
		`def g(f): f | f; ` + strings.Repeat("g(", 20) + `(., . | if . == 5 then ` + variables + ` . else . end)` + strings.Repeat(")", 20),
		// Positions and paths.
		`null | .[range(1000)][131000] = 1`,
		`def f(p): p = 1; null | f(.[range(1000)][131000])`,
		`null | .[range(1000)][131000] += 1`,
		`[range(1000) | null] | .[][131000] = 1`,
		`null | getpath([100000000]) = 1`,
		`nth(100000000) |= 1`,
		`pick(getpath([100000000]))`,
		`null | .[infinite] = 1`,
		`getpath([range(1000)])`,
		`[range(60000)] | delpaths([range(60000) | [{"start": 0, "end": 60000}]])`,
		`[range(100000)] | (range(100000) as $i | .[0:]) |= empty`,
		// Single steps.
		`test(("a?" * 100000) + "b")`,
		`("a" * 100000) | test("(a{1000}){1}" * 30)`,
		`("9" * 8000000) | tonumber`,
		`("9" * 8000000) | fromjson + 1`,
		`[range(100000) | 0] | indices([range(50000) | 0])`,
		`[range(100000) | 0] | .[[range(50000) | 0]]`,
		`("a" * 8000000) | indices("a" * 4000000)`,
		`[range(300) | "x" * 20000] | . - .`,
		`jn(1e9; 1)`,
	} {
		if v, err := within(t, expression, nil); !Exhausted(err) {
			t.Errorf("%s: error = %v (%T), want one that says that the program was stopped", expression, err, v)
		}
	}
}

// Slow steps are stopped by the end of the context, and soon.
func TestSlowProgramsHearOfTheEnd(t *testing.T) {
	for _, expression := range []string{
		`[range(100000)] as $a | last(range(1e9) | $a == $a)`,
		`[range(100000) | tostring | {(.): 1}] | add as $o | last(range(1e9) | $o == $o)`,
		`("x" * 8000000) as $b | last(range(1e9) | $b | length)`,
		`("x" * 8000000) as $b | last(range(1e9) | $b[100:])`,
		`("x" * 8000000) as $b | last(range(1e9) | $b | contains("y"))`,
		`("x" * 8000000) as $b | last(range(1e9) | $b | rindex("y" * 100))`,
		`("a" * 100000) | [match("a.*b|a"; "g")] | length`,
		`("a" * 100000) | [match("(a|aa|aaa)*b|a"; "g")] | length`,
		`[range(60000) | {a: .}] | last(range(1e9) as $i | sort_by(.a))`,
		`last(range(1e9) | tostring as $p | "abc" | test($p + "(a{1000})"))`,
	} {
		q, d := Compile(expression)
		if d != nil {
			t.Fatalf("%s: %s", expression, d.Cause)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		before := time.Now()
		_, err := q.First(NewBudget(ctx), nil)
		cancel()
		if took := time.Since(before); took > 30*time.Second || errors.Is(err, ErrLate) || !Exhausted(err) {
			t.Errorf("%s ends after %v: %v", expression, took, err)
		}
	}
}

// What mappings may well do is far from the bounds.
func TestHonestProgramsAreNotStopped(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("a", 60000)
	tags := make([]any, 2000)
	for i := range tags {
		tags[i] = map[string]any{"Key": fmt.Sprint("key", i), "Value": fmt.Sprint("value", i)}
	}
	doc := map[string]any{"text": text, "tags": tags, "long": strings.Repeat("é", 1<<20) + "needle", "number": json.Number(strings.Repeat("9", 5000))}
	admitted, err := Admit(doc)
	if err != nil {
		t.Fatal(err)
	}
	for expression, want := range map[string]string{
		`.text | gsub("a"; "b") | length`:                                       `60000`,
		`.tags | from_entries | length`:                                         `2000`,
		`reduce .tags[] as $t ({}; . + {($t.Key): $t.Value}) | length`:          `2000`,
		`reduce .tags[] as $t ({}; .[$t.Key] = $t.Value) | length`:              `2000`,
		`reduce range(2000) as $i ([]; .[$i] = $i) | length`:                    `2000`,
		`reduce .tags[] as $t (""; . + $t.Key + ",") | length`:                  `14890`,
		`[.tags[] | .Key as $k | .Value | sub("value"; $k)] | length`:           `2000`,
		`.tags + .tags | INDEX(.Key) | length`:                                  `2000`,
		`[range(20000) | {id: .}] | INDEX(.id) | length`:                        `20000`,
		`.tags | group_by(.Key[3:4]) | length`:                                  `10`,
		`[.tags | paths] | length`:                                              `6000`,
		`.tags | walk(if type == "string" then ascii_upcase else . end)[7].Key`: `"KEY7"`,
		`.tags | tojson | fromjson | length`:                                    `2000`,
		`.long | index("needle")`:                                               `1048576`,
		`.long | indices("needle")`:                                             `[1048576]`,
		`.long | test("needle")`:                                                `true`,
		`"x" | test([range(1500)] | join("|"))`:                                 `false`,
		`.number`:                                                               `1.7976931348623157e+308`,
		`.number > 1`:                                                           `true`,
		`0 | until(. > 100000; . + 1)`:                                          `100001`,
		`[limit(50000; repeat(1))] | length`:                                    `50000`,
		`. as $__portolan_budget | $__portolan_budget | .tags | length`:         `2000`,
		`. as $__left | . as $__first | $__first | .tags | length - 1`:          `1999`,
		`def _f: 1; def _bounded: 2; {a: _f, b: _bounded} | .a + .b`:            `3`,
		`def tojson: "own"; [1] | tojson`:                                       `"own"`,
		`def join(f): f; [1] | join(.[0] + 1)`:                                  `2`,
	} {
		q, d := Compile(expression)
		if d != nil {
			t.Errorf("%s: %s", expression, d.Cause)
			continue
		}
		v, err := q.First(NewBudget(t.Context()), admitted)
		if got := string(AppendJSON(nil, v)); err != nil || got != want {
			t.Errorf("%s = %s (%v), want %s", expression, got, err, want)
		}
	}
}

// To compile takes time in proportion to the square of the parts, and no budget ends it.
func TestExpressionsWithTooManyParts(t *testing.T) {
	t.Parallel()
	for _, expression := range []string{
		strings.Repeat("1+", 30000) + "1",
		strings.Repeat(".*", 30000) + ".",
		strings.Repeat("def f:", 7500) + "f" + strings.Repeat(";f", 7500),
		strings.Repeat("map(", 12000) + "." + strings.Repeat(")", 12000),
		"." + strings.Repeat("[]", 30000),
		strings.Repeat(`"\(`, 13000) + "1" + strings.Repeat(`)"`, 13000),
	} {
		before := time.Now()
		if _, d := Compile(expression); d == nil || !strings.Contains(d.Cause, "parts, more than 8192") {
			t.Errorf("%.30s…: diagnostic = %v, want that it has too many parts", expression, d)
		}
		if took := time.Since(before); took > 20*time.Second {
			t.Errorf("%.30s… takes %v", expression, took)
		}
	}
	// Long tables are no programs of many parts.
	var table, list []string
	for i := range 2000 {
		table = append(table, fmt.Sprintf(`"%012d":"team-%d"`, i, i))
		list = append(list, fmt.Sprintf(`"%012d"`, i))
	}
	for expression, want := range map[string]string{
		"{" + strings.Join(table, ",") + "}[.account]":                `"team-7"`,
		"[" + strings.Join(list, ",") + "] | index(\"000000000007\")": `7`,
	} {
		q, d := Compile(expression)
		if d != nil {
			t.Fatalf("%.30s…: %s", expression, d.Cause)
		}
		v, err := q.First(NewBudget(t.Context()), map[string]any{"account": "000000000007"})
		if got := string(AppendJSON(nil, v)); err != nil || got != want {
			t.Errorf("%.30s… = %s (%v), want %s", expression, got, err, want)
		}
	}
}

func TestTimeOfAnItem(t *testing.T) {
	t.Parallel()
	q, d := Compile(`last(range(1e9))`)
	if d != nil {
		t.Fatal(d)
	}
	for name, late := range map[string]func(*Budget){
		"item": func(b *Budget) { b.deadline = 1 }, "document": func(b *Budget) { b.document.deadline = 1 },
	} {
		b := NewBudget(t.Context())
		late(b)
		if _, err := q.First(b, nil); !errors.Is(err, ErrLate) || !b.Late() || !Exhausted(err) {
			t.Errorf("%s: error = %v, want that it takes too long", name, err)
		}
	}
}

// The items of a document share its steps and what its results may take.
func TestItemsOfADocumentShare(t *testing.T) {
	t.Parallel()
	for expression, left := range map[string]allowance{
		`last(range(10000))`: {steps: 1 << 18, kept: maxKept},
		`"x" * 100000`:       {steps: maxStepsOfDocument, kept: 1 << 20},
		`[range(10000)]`:     {steps: maxStepsOfDocument, kept: 1 << 20},
	} {
		q, d := Compile(expression)
		if d != nil {
			t.Fatal(d)
		}
		b := NewBudget(t.Context())
		b.own = left
		done := 0
		for ; done < 100; done++ {
			if _, err := q.First(b.Item(), nil); Exhausted(err) {
				break
			} else if err != nil {
				t.Fatal(err)
			}
		}
		if done == 0 || done == 100 {
			t.Errorf("%s runs for %d items, want some", expression, done)
		}
	}
}

// A program cannot call what gojq and this package have for themselves, whatever it defines.
func TestInternalFunctionsDoNotExist(t *testing.T) {
	t.Parallel()
	for _, expression := range []string{
		`_multiply("x"; 1e9)`, `_match("a"; "b"; false)`, `_bounded`, `[_range(0; 1; 1)]`, `_modify(.a; 1)`,
		`(def _multiply(a; b): 1; .), _multiply("x"; 1e9)`, `def f(_sort_by): 1; _sort_by(1)`, `_matches("a")`,
	} {
		if _, d := Compile(expression); d == nil || !strings.HasPrefix(d.Cause, "unknown function _") {
			t.Errorf("%s: diagnostic = %v, want an unknown function", expression, d)
		}
	}
	for _, expression := range []string{`!bounded`, `$!first`, `. as $!first | .`} {
		if _, d := Compile(expression); d == nil {
			t.Errorf("%s compiles", expression)
		}
	}
	// A definition hides a function only where it can be called.
	if _, err := within(t, `(def tojson: .; .) | [range(100000)] | [range(1000) as $i | tojson] | length`, nil); !Exhausted(err) {
		t.Errorf("error = %v, want that the program was stopped", err)
	}
}

// TestEveryBuiltinIsBounded fails if a new version of gojq has a function that nobody has
// looked at: it belongs into the prelude, if it is written in JQ and iterates, builds or calls
// itself, and else into a table of rewrite.go.
func TestEveryBuiltinIsBounded(t *testing.T) {
	t.Parallel()
	looked := map[string]bool{}
	for _, table := range []map[string]bool{growing, making, moving, harmless, unavailable} {
		for name := range table {
			if looked[name] {
				t.Errorf("%s is in two tables", name)
			}
			looked[name] = true
		}
	}
	for name := range replacements {
		looked[name] = true
	}
	for _, def := range prelude() {
		looked[def.Name+"/"+strconv.Itoa(len(def.Args))] = true
	}
	for name := range builtins() {
		if !looked[name] {
			t.Errorf("gojq has %s, and nobody has said how it is bounded", name)
		}
	}
}

func TestGlobalReplacementIsLinear(t *testing.T) {
	start := time.Now()
	v, err := within(t, `gsub("a"; "b")`, strings.Repeat("a", 60000))
	if err != nil || v != strings.Repeat("b", 60000) {
		t.Errorf("error = %v, or the text is wrong", err)
	}
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("takes %v", took)
	}
}

// TestEveryBuiltin calls each function that gojq knows with large values, so that a new one
// that is not bounded is found.
func TestEveryBuiltin(t *testing.T) {
	signatures := make([]string, 0, len(builtins()))
	for signature := range builtins() {
		signatures = append(signatures, signature)
	}
	slices.Sort(signatures)
	text := strings.Repeat("a1,\"", 1<<15)
	list := make([]any, 1<<12)
	object := map[string]any{}
	for i := range list {
		list[i] = text[:i%16]
		object[fmt.Sprint(i)] = i
	}
	inputs := map[string]any{"text": text, "digits": strings.Repeat("9", 1<<20), "list": list, "object": object, "number": 1 << 30}
	for _, signature := range signatures {
		name, arity, _ := strings.Cut(signature, "/")
		if slices.Contains([]string{"input", "inputs", "input_line_number"}, name) {
			continue
		}
		for _, arg := range []string{`.`, `1e9`, `"x" * 4000000`, `[range(2000)]`, `"g"`} {
			args := strings.Repeat("; "+arg, int(arity[0]-'0'))
			expression := "[" + name
			if args != "" {
				expression += "(" + args[2:] + ")"
			}
			q, d := Compile(expression + "] | length")
			if d != nil {
				t.Errorf("%s: %s", signature, d.Cause)
				continue
			}
			for kind, input := range inputs {
				b := NewBudget(t.Context())
				b.steps = 1 << 16
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				start := time.Now()
				_, err := q.First(b, input)
				runtime.ReadMemStats(&after)
				if took := time.Since(start); took > 40*time.Second {
					t.Errorf("%s of a large %s takes %v (%v)", q, kind, took, err)
				}
				if built := after.TotalAlloc - before.TotalAlloc; built > 1<<30 {
					t.Errorf("%s of a large %s builds %d MiB (%v)", q, kind, built>>20, err)
				}
				if errors.Is(err, errRunaway) && time.Since(start) > maxTime {
					t.Errorf("%s of a large %s needs the watchdog", q, kind)
				}
				if arity == "0" {
					continue
				}
			}
			if arity == "0" {
				break
			}
		}
	}
}

// TestMatchingIsThatOfGojq compares with gojq's own functions, outputs and errors.
func TestMatchingIsThatOfGojq(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	pick := func(list ...string) string { return list[random.IntN(len(list))] }
	for range 20000 {
		var text, pattern string
		for range random.IntN(8) {
			text += pick("a", "b", "é", "x", " ", "\n", "\xff", "aa", "𝄞")
		}
		for range 1 + random.IntN(3) {
			pattern += pick("a", "b", "", "a*", "(?<x>a)", "(?<y>b)?", "(a|(?<z>b))", "^", "$", `\b`, ".", "[^a]", "a|", "(", "x+?", "é", "(?<x>.)")
		}
		flags := pick(`"g"`, `null`, `"i"`, `"gi"`, `"m"`, `"gm"`, `"q"`, `1`)
		with := pick(`"b"`, `"<\(.x)>"`, `.x, "2"`, `empty`, `if .x then "1", "2" else "3" end`, `null`, `1`, `"\(.)"`, `.x // error("none")`, `if .x then empty else "-" end`)
		call := pick(
			"sub($re; "+with+"; "+flags+")", "gsub($re; "+with+")", "gsub($re; "+with+"; "+flags+")", "sub($re; "+with+")",
			"match($re; "+flags+")", "match([$re, "+flags+"])", "capture($re; "+flags+")", "scan($re; "+flags+")", "splits($re; "+flags+")",
			"split($re; "+flags+")", "test($re; "+flags+")", "test($re)", "capture($re)", "scan($re)", "splits($re)", "match($re)")
		expression := `.re as $re | .text | try [` + call + `] catch .`
		doc := map[string]any{"text": any(text), "re": any(pattern)}
		if random.IntN(40) == 0 {
			doc["text"] = 1
		}
		if random.IntN(40) == 0 {
			doc["re"] = []any{1}
		}
		program, err := gojq.Parse(expression)
		if err != nil {
			t.Fatal(expression, err)
		}
		want, _ := program.Run(clone(doc)).Next()
		q, d := Compile(expression)
		if d != nil {
			t.Fatal(d)
		}
		got, err := q.First(NewBudget(t.Context()), doc)
		if err != nil {
			t.Fatalf("%s of %q: %v", expression, doc, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%s of %q (-gojq +here):\n%s", expression, doc, diff)
		}
	}
}

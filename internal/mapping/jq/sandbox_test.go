package jq

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
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
	if took > maxTime+5*time.Second {
		t.Errorf("%s takes %v", expression, took)
	}
	if built := after.TotalAlloc - before.TotalAlloc; built > 2<<30 {
		t.Errorf("%s builds %d MiB", expression, built>>20)
	}
	return v, err
}

func TestLargeValuesAreRefusedWhereTheyAreBuilt(t *testing.T) {
	for _, expression := range []string{
		`[range(2000) | ("x" * 8000000)] | length`,
		`("x" * 100000) | gsub(""; "y" * 8000000)`,
		`test(("a?" * 100000) + "b")`,
		`("a" * 130000) | [match(""; "g")]`,
		`("9" * 8000000) | tonumber`,
		`("9" * 8000000) | fromjson + 1`,
		`("x" * 8000000) as $b | add(range(1000) | $b)`,
		`("x" * 8000000) as $b | [range(1000)] | map($b) | join(",")`,
		`("x" * 8000000) as $b | [range(1000)] | walk(if type == "number" then $b else tojson end)`,
		`("x" * 8000000) as $b | INDEX(range(1000); [., $b])`,
		`("x" * 8000000) as $b | "` + strings.Repeat(`\($b)`, 1000) + `"`,
		`[range(130000)] as $a | [range(10000) | $a | reverse] | length`,
		`[range(100000) | [1, 2]] | first(combinations)`,
		`[1] | first(combinations(100000))`,
		`("x" * 8000000) | explode`,
		`("x" * 8000000) / ""`,
		`("[" + "1," * 4000000 + "1]") | fromjson`,
		`0 | strftime("%1024Y" * 1000000)`,
		`("a" * 100000) | test("(a{1000}){1}" * 30)`,
	} {
		if v, err := within(t, expression, nil); !Exhausted(err) {
			t.Errorf("%s: error = %v (%T), want one that says that the program was stopped", expression, err, v)
		}
	}
}

func TestGlobalReplacementIsLinear(t *testing.T) {
	start := time.Now()
	v, err := within(t, `gsub("a"; "b")`, strings.Repeat("a", 60000))
	if err != nil || v != strings.Repeat("b", 60000) {
		t.Errorf("error = %v, or the text is wrong", err)
	}
	if took := time.Since(start); took > 3*time.Second {
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
				if took := time.Since(start); took > 8*time.Second {
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

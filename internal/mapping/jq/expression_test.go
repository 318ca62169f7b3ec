package jq

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

// document is what the programs of these tests run on.
const document = `{
	"s": "a,b", "n": 5, "f": 1.5, "z": null, "yes": true,
	"t": [{"Key": "Name", "Value": "x"}, {"Key": "E", "Value": "p"}],
	"o": {"b": 1, "a": "q"}, "d": "2015-03-05T23:51:47Z", "arn": "arn:aws:s3:::b/c",
	"id": 9223372036854775807, "big": 123456789012345678901234567890,
	"whole": 2.0, "exp": 1e3, "minus": -0, "tenth": 0.10
}`

func parsed(t testing.TB, text string) any {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var v any
	if err := decoder.Decode(&v); err != nil {
		t.Fatal(err)
	}
	v, err := Admit(v)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// run evaluates an expression on the document. It returns the result as JSON, or
// an error that starts with "load" or "run".
func run(t testing.TB, expression string) string {
	t.Helper()
	q, d := Compile(expression)
	if d != nil {
		return "load: " + d.Cause
	}
	v, err := q.First(NewBudget(t.Context()), parsed(t, document))
	if err != nil {
		return "run: " + Reason(err)
	}
	return string(AppendJSON(nil, v))
}

func TestExpressions(t *testing.T) {
	t.Parallel()
	groups := map[string][][2]string{
		"first output": {
			{`1, 2`, `1`},
			{`empty`, `null`},
			{`.t[].Key`, `"Name"`},
			{`first(empty)`, `null`},
			{`.t[] | select(.Key == "none")`, `null`},
			{`1, error("late")`, `1`},
			{`halt`, `run: the program halted`},
			{`"bye" | halt_error`, `run: the program halted`},
		},
		"paths": {
			{`.`, strings.Join(strings.Fields(string(AppendJSON(nil, parsed(t, document)))), "")},
			{`.o.a`, `"q"`},
			{`.o["a"]`, `"q"`},
			{`."o"."a"`, `"q"`},
			{`.none.at.all`, `null`},
			{`.z.at.all`, `null`},
			{`.s.x`, `run: expected an object but got: string`},
			{`.s.x?`, `null`},
			{`.s.x? // "else"`, `"else"`},
			{`.t[1].Key`, `"E"`},
			{`.t[-1].Key`, `"E"`},
			{`.t[9]`, `null`},
			{`getpath(["o", "a"])`, `"q"`},
			{`getpath(["s", "a"])`, `run: getpath cannot be applied to string`},
		},
		"alternatives": {
			{`.z // "else"`, `"else"`},
			{`false // null`, `null`},
			{`(.z, 2) // 3`, `2`},
			{`error("x") // 3`, `run: the expression raised an error of its own`},
			{`try error("x") catch .`, `"x"`},
			{`try error(null) catch .`, `null`},
			{`try error({a: 1}) catch .a`, `1`},
			{`error(null)`, `run: the expression raised an error of its own`},
			{`error`, `run: the expression raised an error of its own`},
		},
		"numbers": {
			{`.id`, `9223372036854775807`},
			{`.id + 1`, `9223372036854775808`},
			{`.big`, `123456789012345678901234567890`},
			{`.big + 1`, `123456789012345678901234567891`},
			{`.big | tostring`, `"123456789012345678901234567890"`},
			{`.id | tojson`, `"9223372036854775807"`},
			{`.id | tostring | tonumber`, `9223372036854775807`},
			{`.whole`, `2`},
			{`.whole | tostring`, `"2"`},
			{`.exp`, `1000`},
			{`.minus`, `0`},
			{`.tenth`, `0.10`},
			{`.tenth + 0`, `0.1`},
			{`6 / 3`, `2`},
			{`1 / 4`, `0.25`},
			{`1 / 0`, `run: division by zero`},
			{`5 % 0`, `run: division by zero`},
			{`[1, 2] - [2]`, `[1]`},
			{`.n - 1`, `4`},
			{`.n -= 1 | .n`, `4`},
			{`.t[.n - 4].Key`, `"E"`},
			{`.[.s] `, `null`},
			{`.o["a", "b"]`, `"q"`},
			{`.t[0:1] | length`, `1`},
			{`.t[.n:] | length`, `0`},
			{`.t[1] = 0 | .t[1]`, `0`},
			{`.t[.n] = 1 | .t | length`, `6`},
			{`setpath(["o", "a"]; 1) | .o.a`, `1`},
			{`[1, [2]] | contains([[2]])`, `true`},
			{`"a,b" | index(",")`, `1`},
			{`[] / 2`, `run: cannot divide: array and number`},
			{`5 % 3`, `2`},
			{`.f | floor`, `1`},
			{`3.0`, `3`},
			{`1e17 | tostring`, `"100000000000000000"`},
			{`0.1 + 0.2`, `0.30000000000000004`},
			{`-0.0`, `0`},
			{`nan`, `null`},
			{`infinite`, `1.7976931348623157e+308`},
			{`-infinite`, `-1.7976931348623157e+308`},
			{`[nan, infinite]`, `[null,1.7976931348623157e+308]`},
			{`[nan] | tojson`, `"[null]"`},
			{`-1 | abs`, `1`},
			{`have_literal_numbers`, `true`},
			{`have_decnum`, `false`},
			{`"0x1" | tonumber`, `run: tonumber cannot be applied to the value`},
		},
		"texts": {
			{`.s | split(",") | .[1]`, `"b"`},
			{`[.s | splits(",")]`, `["a","b"]`},
			{`.arn | ltrimstr("arn:")`, `"aws:s3:::b/c"`},
			{`.n | ltrimstr("a")`, `run: ltrimstr cannot be applied to number`},
			{`"abab" | trimstr("ab")`, `""`},
			{`" a " | trim`, `"a"`},
			{`5 | trim`, `run: trim cannot be applied to number`},
			{`65 | ascii`, `"A"`},
			{`[65, 66] | implode`, `"AB"`},
			{`.s | explode | implode`, `"a,b"`},
			{`.n | @text`, `"5"`},
			{`@json "v=\(.o)"`, `"v={\"a\":\"q\",\"b\":1}"`},
			{`"\(.n)-\(.s)"`, `"5-a,b"`},
			{`"aGk" | @base64d`, `"hi"`},
			{`"!" | @base64d`, `run: @base64d cannot be applied to the value`},
			{`"hi" | @base32`, `"NBUQ===="`},
			{`"NBUQ====" | @base32d`, `"hi"`},
			{`"~" | @base32d`, `run: @base32d: not base32`},
			{`@base32 "x\("hi")"`, `"xNBUQ===="`},
			{`"a/b c" | format("uri")`, `"a%2Fb%20c"`},
			{`"a" | format("nope")`, `run: the expression raised an error of its own`},
			{`"<&>" | tojson`, `"\"<&>\""`},
			{`[1, null, "a", true] | join("-")`, `"1--a-true"`},
			{`"ab" * 2`, `"abab"`},
			{`"ab" * 0`, `""`},
			{`"a:" + .s + ":" + .o.a`, `"a:a,b:q"`},
			{`"a:" + .none`, `"a:"`},
			{`"a:" + .n`, `run: cannot add: string and number`},
			{`"a" + ("b" + .s)`, `"aba,b"`},
			{`.t + .t | length`, `4`},
			{`"x\(.n)" + "y"`, `"x5y"`},
			{`.n *= 2 | .n`, `10`},
		},
		"collections": {
			{`.o | to_entries | map("\(.key)=\(.value)") | join(";")`, `"a=q;b=1"`},
			{`.o | keys_unsorted`, `["a","b"]`},
			{`.o | with_entries(.value |= tostring)`, `{"a":"q","b":"1"}`},
			{`.o | del(.a)`, `{"b":1}`},
			{`.o | map_values(select(. != 1))`, `{"a":"q"}`},
			{`.t | map({(.Key): .Value}) | add`, `{"E":"p","Name":"x"}`},
			{`.o | pick(.a)`, `{"a":"q"}`},
			{`[.o | leaf_paths]`, `[["a"],["b"]]`},
			{`.s | toarray`, `["a,b"]`},
			{`.t | toarray | length`, `2`},
			{`[limit(0; 1, 2)]`, `[]`},
			{`[limit(1; 1, error("late"))]`, `[1]`},
			{`[limit(-1; 1)]`, `run: the expression raised an error of its own`},
			{`[[1], [2, 3]] | transpose`, `[[1,2],[null,3]]`},
			{`{a: {b: 1}} * {a: {c: 2}}`, `{"a":{"b":1,"c":2}}`},
			{`reduce .t[] as $x (0; . + 1)`, `2`},
			{`def two: 2; two * two`, `4`},
			{`.t | INDEX(.Key) | keys`, `["E","Name"]`},
			{`[1, [2]] | flatten`, `[1,2]`},
			{`null | has("a")`, `false`},
		},
		"operators with several outputs": {
			{`[(1,2) * (3,4)]`, `[3,6,4,8]`},
			{`[(5,6) - (1,2)]`, `[4,5,3,4]`},
			{`(2 * 3) * (4 - 1) - (2 * (3 - 1))`, `14`},
			{`[1,2] | map(. * 2 - 1)`, `[1,3]`},
			{`{"a":[1,2]} | [.a[] *= (2,3)]`, `[{"a":[2,4]},{"a":[3,6]}]`},
			{`{"a":1} | [.a -= (1,2)]|map(.a)`, `[0,-1]`},
			{`[[1,2]|join(",","-")]`, `["1,2","1-2"]`},
			{`def f: 2 * 3; def g: f - 1; g * f`, `30`},
			{`[1,2,3] as [$a,$b] | $a * $b - 1`, `1`},
			{`{"a":[1]} | del(.a[0 + 0])`, `{"a":[]}`},
			{`{"a":[1,2,3]} | .a[1 + 1] |= . * 2 | .a`, `[1,2,6]`},
			{`[{"a":1}] | .[0 + 0].a`, `1`},
			{`path(.a[1 - 1])`, `["a",0]`},
			{`{"a":{"b":2}} | .a["b"] - 1`, `1`},
			{`[limit(3; repeat("a" * 2))]`, `["aa","aa","aa"]`},
			{`reduce (1,2,3) as $x (0; . * 2 - $x)`, `-11`},
			{`{"a":3} | .a * -1`, `-3`},
			{`[3,4] | .[0 - 1]`, `4`},
			{`{"$__left": 1} | 2 * 2`, `4`},
		},
		"time": {
			{`.d | fromdate`, `1425599507`},
			{`.d | fromdate | todate`, `"2015-03-05T23:51:47Z"`},
			{`.d | fromdate | date`, `"2015-03-05T23:51:47Z"`},
			{`.d | fromdate | dateadd("seconds"; 13) | todate`, `"2015-03-05T23:52:00Z"`},
			{`.d | fromdate | datesub("seconds"; 47) | todate`, `"2015-03-05T23:51:00Z"`},
			{`.d | strptime("%Y-%m-%dT%H:%M:%SZ") | mktime`, `1425599507`},
			{`.d | strptime("%d.%m.%Y")`, `run: strptime cannot be applied to the value`},
			{`0 | strflocaltime("%H:%M")`, `"00:00"`},
			{`0 | localtime | mktime`, `0`},
			{`now | type`, `"number"`},
		},
		"regular expressions": {
			{`.arn | test("S3"; "i")`, `true`},
			{`.arn | capture("arn:aws:(?<service>[a-z0-9]+):").service`, `"s3"`},
			{`.arn | gsub("[:/]"; "-")`, `"arn-aws-s3---b-c"`},
			{`"a\nb" | test("a.b")`, `false`},
			{`"a\nb" | test("a.b"; "p")`, `true`},
			{`"a\nb" | test("^b"; "s")`, `false`},
			{`.arn | test(["S3", "i"])`, `true`},
			{`.arn | test("(?=x)")`, `load: the regular expression "(?=x)" is not supported: invalid or unsupported Perl syntax (?=`},
			{`.arn | gsub("(a)\\1"; "")`, `load: the regular expression "(a)\\1" is not supported: invalid escape sequence \1`},
			{`.arn | test("a"; "x")`, `load: regular expressions do not know the flag "x" here`},
			{`.arn | test("(?=" + "x)")`, `run: invalid regular expression`},
		},
		"surroundings": {
			{`env`, `{}`},
			{`$ENV`, `{}`},
			{`env.PATH`, `null`},
			{`$ENV.HOME`, `null`},
			{`debug`, run(t, `.`)},
			{`.n | debug("x")`, `5`},
			{`.n | stderr`, `5`},
			{`input_filename`, `null`},
			{`input_line_number`, `0`},
			{`get_search_list`, `[]`},
			{`input`, `load: input and inputs are not available at character 1`},
			{`[inputs]`, `load: input and inputs are not available at character 2`},
			{`$__prog_args`, `load: unknown variable $__prog_args at character 1`},
			{`$__loc__`, `load: unknown variable $__loc__ at character 1`},
			{`import "a" as a; .`, `load: modules are not available`},
			{`include "a"; .`, `load: modules are not available`},
			{`"a" | modulemeta`, `run: cannot load module`},
			{`builtins | length > 100`, `true`},
		},
	}
	for name, table := range groups {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, row := range table {
				if got := run(t, row[0]); got != row[1] {
					t.Errorf("%s\n got %s\nwant %s", row[0], got, row[1])
				}
			}
		})
	}
}

func TestExpressionDefects(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ expression, message, fix string }{
		"empty":           {"", "the expression is empty", `"null"`},
		"white space":     {" \n", "the expression is empty", `"null"`},
		"only a comment":  {"# nothing", "the expression does not compile", ""},
		"stray token":     {".a || .b", `unexpected "|" at character 5`, ""},
		"later line":      {".a |\n  .b )", `unexpected ")" at line 2, character 6`, ""},
		"after umlaut":    {`"ü" )`, `unexpected ")" at character 5`, ""},
		"ends early":      {".a | (", "the expression ends too early", "close"},
		"open string":     {`.a == "x`, "a string in double quotes is not closed", "close"},
		"single quotes":   {"test('x')", `unexpected "'" at character 6`, "double quotes"},
		"escape":          {`"a\d"`, `unknown escape \d in a string at character 3`, `\\`},
		"python boolean":  {"True", "unknown function True at character 1", "lower case"},
		"hyphen":          {".some-key", "unknown function key at character 7", "brackets"},
		"bare word":       {"s3Bucket", "unknown function s3Bucket at character 1", `("s3Bucket")`},
		"arity":           {`.a | test("a"; "b"; "c"; "d")`, "unknown function test/4 at character 6", ""},
		"variable":        {". as $x | $y", "unknown variable $y at character 11", "binds"},
		"label":           {"break $x", "unknown label $x at character 7", ""},
		"format":          {"@nope", "", ""},
		"very long":       {strings.Repeat(" ", maxExpression) + "1", "longer than 65536 bytes", ""},
		"not UTF-8":       {"\xff", "unexpected", ""},
		"constant key":    {".a.", "the expression ends too early", ""},
		"reserved word":   {"if", "the expression ends too early", ""},
		"ambiguous float": {"1.2.3", `unexpected "1.2."`, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, d := Compile(test.expression)
			if test.message == "" {
				if d != nil {
					t.Errorf("diagnostic = %+v, want none", d)
				}
				return
			}
			if d == nil || !strings.Contains(d.Cause, test.message) || !strings.Contains(d.Fix, test.fix) {
				t.Errorf("diagnostic = %+v, want message %q and fix %q", d, test.message, test.fix)
			}
		})
	}
}

func TestRunawayProgramsStop(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"endless loop":            `[repeat(1)]`,
		"endless tail call":       `def f: f; f`,
		"endless recursion":       `def f: 1 + f; f`,
		"endless search":          `last(range(infinite))`,
		"until never":             `until(false; .)`,
		"many elements":           `[range(1e9)]`,
		"nested deeply":           `reduce range(1e6) as $i (0; [.])`,
		"nested objects":          `reduce range(1e6) as $i ({}; {a: .})`,
		"nested by assignment":    `reduce range(1e6) as $i ({}; .a = .)`,
		"text repeated":           `"x" * 1e9`,
		"text repeated in place":  `.s *= 1e9`,
		"text doubled":            `reduce range(60) as $i ("x"; . + .)`,
		"array doubled":           `reduce range(60) as $i ([1]; . + .)`,
		"parts shared":            `reduce range(60) as $i (0; [., .]) | tojson`,
		"parts shared by keys":    `reduce range(60) as $i ({}; .a = . | .b = .) | . == .`,
		"parts shared by update":  `reduce range(60) as $i ({a: 1, b: 1}; . as $all | .a |= $all | .b |= $all)`,
		"integer squared":         `reduce range(60) as $i (.big; . * .)`,
		"quoted again and again":  `reduce range(60) as $i ("\""; tojson)`,
		"long separator":          `[range(10000)] | join("x" * 10000)`,
		"interpolated":            `reduce range(60) as $i ("x"; "\(.)\(.)")`,
		"arrays subtracted":       `[range(8000)] - [range(8000)]`,
		"arrays subtracted later": `{a: [range(8000)]} | .a -= [range(8000)]`,
		"arrays inside":           `[range(8000)] | contains([range(8000)])`,
		"texts inside":            `"x" * 1e6 | indices("x" * 1e5)`,
		"long text matched":       `"x" * 1e6 | [match("x"; "g")]`,
		"far position":            `.t[100000000] = 1`,
		"far computed position":   `.t[.n * 100000000] = 1`,
		"far path":                `setpath(["t", 100000000]; 1)`,
		"parsed":                  `"[" + ("1," * 2e5) + "1]" | fromjson`,
		"transposed":              `[range(5000) | []] + [[range(5000)]] | transpose`,
	}
	for name, expression := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			q, d := Compile(expression)
			if d != nil {
				t.Fatal(d)
			}
			b := NewBudget(t.Context())
			b.steps = 1 << 18
			v, err := q.First(b, parsed(t, document))
			if !Exhausted(err) {
				t.Errorf("error = %v (%T), want one that says that the program was stopped", err, v)
			}
		})
	}
}

func TestBudgetEndsWithItsContext(t *testing.T) {
	t.Parallel()
	q, d := Compile(`[repeat(1)]`)
	if d != nil {
		t.Fatal(d)
	}
	cause := errors.New("deadline of the function")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	if _, err := q.First(NewBudget(ctx), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v, want the context's", err)
	}
}

func TestReasonsQuoteNothing(t *testing.T) {
	t.Parallel()
	const secret = "hunter2 and string (x)"
	for _, expression := range []string{
		`.x`, `.[0]`, `.[]`, `. + {}`, `{} + .`, `. - .`, `tonumber`, `error`, `error(.)`, `error({a: .})`, `halt_error`,
		`fromjson`, `strptime("%Y")`, `test(.; .)`, `test("(" + .)`, `has(.)`, `[.] | implode`, `@base64d`, `ltrimstr(1)`,
		`{(.): 1} | .[.[]] | keys`, `[.] | join({})`, `{a: .} | .a.b`, `. as [$x] | $x`, `.[. : ]`, `[.] | .[.[0]]`,
		`[[.]] | implode`, `{} | .[1]`, `splits(1)`, `ascii`, `todate`, `mktime`, `[.] | @csv | error`, `[[.]] | @csv`,
	} {
		q, d := Compile(expression)
		if d != nil {
			t.Errorf("%s: %s", expression, d.Cause)
			continue
		}
		if _, err := q.First(NewBudget(t.Context()), secret); err != nil {
			for _, word := range strings.Fields(secret) {
				if word != "and" && word != "string" && strings.Contains(Reason(err), word) {
					t.Errorf("%s: reason %q quotes the value of %v", expression, Reason(err), err)
				}
			}
		}
	}
}

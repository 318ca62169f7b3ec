package jq

import (
	"encoding/base32"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/itchyny/gojq"
)

// preludeText defines what libjq has and gojq lacks, and replaces what would make a result
// depend on the machine: local time is UTC, as in a container.
//
// A definition sees only the ones before it, and then gojq's own.
const preludeText = `
def keys_unsorted: keys;
def leaf_paths: paths(scalars);
def toarray: if type == "array" then . else [.] end;
def ascii:
  if type == "number" and 0 <= . and . <= 127 then [.] | implode
  else error("ascii takes a code from 0 to 127") end;
def date: todate;
def dateadd(unit; n): . + n;
def datesub(unit; n): . - n;
def localtime: gmtime;
def strflocaltime(f): strftime(f);
def debug: .;
def debug(message): .;
def stderr: .;
def input_filename: null;
def input_line_number: 0;
def add(f): [f] | add;
def walk(f):
  def _walk:
    if type == "array" then map(_walk) elif type == "object" then map_values(_walk) end | f;
  _walk;
def combinations:
  if length == 0 then [] else .[0][] as $x | [$x] + (.[1:] | combinations) end;
def combinations(n): [limit(n; repeat(.))] | combinations;
def INDEX(stream; idx_expr): reduce stream as $row ({}; .[$row | idx_expr | tostring] = $row);
def INDEX(idx_expr): INDEX(.[]; idx_expr);
def test($re): _test($re);
def test($re; $flags): _test($re; $flags);
def match($re): _match_all($__portolan_budget; $re)[];
def match($re; $flags): _match_all($__portolan_budget; $re; $flags)[];
def capture($re): _pieces($__portolan_budget; $re)[0][][1];
def capture($re; $flags): _pieces($__portolan_budget; $re; $flags)[0][][1];
def scan($re; $flags):
  match($re; $flags + "g") | if .captures == [] then .string else [.captures[].string] end;
def scan($re): scan($re; null);
def splits($re; $flags): _pieces($__portolan_budget; $re; $flags + "g") | .[0][][0], .[1];
def splits($re): splits($re; null);
def split($re; $flags): [splits($re; $flags)];
def sub($re; str; $flags):
  _pieces($__portolan_budget; $re; $flags) as [$matches, $rest]
  | _assemble($__portolan_budget; [$matches[] | .[0] as $before | [.[1] | str | $before + .]]; $rest)[];
def sub($re; str): sub($re; str; null);
def gsub($re; str): sub($re; str; "g");
def gsub($re; str; $flags): sub($re; str; $flags + "g");
def have_literal_numbers: true;
def have_decnum: false;
def get_search_list: [];
def format($name):
  if $name == "base32" then _base32
  elif $name == "base32d" then _base32d
  elif $name == "text" then @text
  elif $name == "json" then @json
  elif $name == "html" then @html
  elif $name == "uri" then @uri
  elif $name == "urid" then @urid
  elif $name == "csv" then @csv
  elif $name == "tsv" then @tsv
  elif $name == "sh" then @sh
  elif $name == "base64" then @base64
  elif $name == "base64d" then @base64d
  else error("unknown format") end;
.`

var prelude = sync.OnceValue(func() []*gojq.FuncDef {
	program, err := gojq.Parse(preludeText)
	if err != nil {
		panic("jq: the prelude does not parse: " + err.Error())
	}
	bound(program)
	return program.FuncDefs
})

// definitions returns only those parts of the prelude that a program uses, itself or through
// another: each takes time to compile.
func definitions(used map[string]bool) []*gojq.FuncDef {
	var defs []*gojq.FuncDef
	for _, def := range slices.Backward(prelude()) {
		if used[def.Name] {
			defs = append(defs, def)
			maps.Copy(used, names(def.Body))
		}
	}
	slices.Reverse(defs)
	return defs
}

// functions returns the functions of the prelude and of the bounds that cannot be written in
// JQ. Their names start with an underscore, as gojq's own do.
func functions() []gojq.CompilerOption {
	options := []gojq.CompilerOption{
		gojq.WithEnvironLoader(func() []string { return nil }), gojq.WithVariables([]string{budgetVariable}),
	}
	charging := func(name string, least, most int, f func(b *Budget, v any, args []any) (any, error)) {
		options = append(options, gojq.WithFunction(name, least+1, most+1, func(v any, args []any) any {
			return result(f(args[0].(*Budget), v, args[1:]))
		}))
	}
	charging("_bounded", 0, 0, func(b *Budget, v any, _ []any) (any, error) {
		if err := bounded(v); err != nil {
			return nil, err
		}
		return v, b.charge(v)
	})
	charging("_charged", 0, 0, func(b *Budget, v any, _ []any) (any, error) { return v, b.charge(v) })
	charging("_match_all", 1, 2, match)
	charging("_pieces", 1, 2, pieces)
	charging("_assemble", 2, 2, func(b *Budget, v any, args []any) (any, error) { return assemble(b, v, args[0], args[1]) })
	options = append(options, gojq.WithFunction("_test", 1, 2, func(v any, args []any) any { return result(test(v, args)) }))
	unary := func(name string, f func(any) (any, error)) {
		options = append(options, gojq.WithFunction(name, 0, 0, func(v any, _ []any) any { return result(f(v)) }))
	}
	unary("_base32", toBase32)
	unary("_base32d", fromBase32)
	for name, check := range map[string]func(any) error{
		"_transposable": transposable, "_explodable": explodable, "_countable": countable, "_parsable": parsable,
	} {
		unary(name, func(v any) (any, error) { return v, check(v) })
	}
	for name, check := range map[string]func(v, arg any) error{
		"_joinable": joinable, "_pairable": pairable, "_findable": findable, "_splittable": splittable,
		"_computable":  func(_, order any) error { return computable(order) },
		"_formattable": func(_, format any) error { return formattable(format) },
		"_reachable":   func(_, position any) error { return reachable(position) },
	} {
		options = append(options, gojq.WithFunction(name, 1, 1, func(v any, args []any) any {
			return result(v, check(v, args[0]))
		}))
	}
	for name, check := range map[string]func(left, right any) error{
		"_multipliable": multipliable, "_subtractable": pairable, "_divisible": splittable,
	} {
		options = append(options, gojq.WithFunction(name, 2, 2, func(v any, args []any) any {
			return result(v, check(args[0], args[1]))
		}))
	}
	return options
}

// result is what gojq expects of a function: the value or the error.
func result(v any, err error) any {
	if err != nil {
		return err
	}
	return v
}

func toBase32(v any) (any, error) {
	return base32.StdEncoding.EncodeToString([]byte(ToString(v))), nil
}

func fromBase32(v any) (any, error) {
	text := strings.TrimRight(ToString(v), "=")
	raw, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(text)
	if err != nil {
		return nil, plainError("@base32d: not base32")
	}
	return string(raw), nil
}

// ToString does what JQ's tostring does: it returns a text as it is and anything else as JSON.
func ToString(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	}
	text, err := gojq.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(text)
}

// TypeOf returns JQ's name for the type of a value: "null", "boolean", "number",
// "string", "array" or "object".
func TypeOf(v any) string { return gojq.TypeOf(v) }

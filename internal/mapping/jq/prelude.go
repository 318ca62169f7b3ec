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
// depend on the machine: local time is UTC, as in a container. It also holds gojq's own
// definitions of functions that iterate, build or call themselves, so that what they do is
// bounded as in any program.
//
// A definition sees only the ones before it, and then gojq's own. A name with an underscore in
// front that is in the table of natives is the name of that function.
const preludeText = `
def keys_unsorted: keys;
def map(f): [.[] | f];
def map_values(f): .[] |= f;
def add(f): [f] | add;
def recurse(f): def r: ., (f | r); r;
def recurse(f; cond): def r: ., (f | select(cond) | r); r;
def recurse: recurse(.[]?);
def to_entries: [keys[] as $k | {key: $k, value: .[$k]}];
def from_entries:
  map({(.key // .Key // .name // .Name): if has("value") then .value else .Value end}) | add // {};
def with_entries(f): to_entries | map(f) | from_entries;
def while(cond; update): def _while: if cond then ., (update | _while) else empty end; _while;
def until(cond; next): def _until: if cond then . else next | _until end; _until;
def repeat(f): def _repeat: f, _repeat; _repeat;
def min_by(f): _min_by(map([f]));
def max_by(f): _max_by(map([f]));
def sort_by(f): _sort_by(map([f]));
def group_by(f): _group_by(map([f]));
def unique_by(f): _unique_by(map([f]));
def all(y): all(.[]; y);
def all: all(.);
def any(y): any(.[]; y);
def any: any(.);
def nth($n): .[$n];
def truncate_stream(f):
  . as $n | null | f | if .[0] | length > $n then .[0] |= .[$n:] else empty end;
def fromstream(f):
  foreach f as $pv (null;
    if .e then null end
    | $pv as [$p, $v]
    | if $pv | length == 2 then setpath(["v"] + $p; $v) | setpath(["e"]; $p | length == 0)
      else setpath(["e"]; $p | length == 1) end;
    if .e then .v else empty end);
def tostream:
  path(def r: (.[]? | r), .; r) as $p
  | getpath($p) | reduce path(.[]?) as $q ([$p, .]; [$p + $q]);
def del(f): delpaths([path(f)]);
def paths: path(..) | select(. != []);
def paths(f): path(.. | select(f)) | select(. != []);
def pick(f): . as $v | reduce path(f) as $p (null; setpath($p; $v | getpath($p)));
def leaf_paths: paths(scalars);
def JOIN($idx; idx_expr): [.[] | [., $idx[idx_expr]]];
def JOIN($idx; stream; idx_expr): stream | [., $idx[idx_expr]];
def JOIN($idx; stream; idx_expr; join_expr): stream | [., $idx[idx_expr]] | join_expr;
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
def walk(f):
  def _walk:
    if type == "array" then map(_walk) elif type == "object" then map_values(_walk) end | f;
  _walk;
def combinations:
  if length == 0 then [] else .[0][] as $x | [$x] + (.[1:] | combinations) end;
def combinations(n): [limit(n; repeat(.))] | combinations;
def INDEX(stream; idx_expr): [stream as $row | {($row | idx_expr | tostring): $row}] | add // {};
def INDEX(idx_expr): INDEX(.[]; idx_expr);
def test($re): _test($re);
def test($re; $flags): _test($re; $flags);
def match($re): _matches($re)[];
def match($re; $flags): _matches($re; $flags)[];
def capture($re): _pieces($re)[0][][1];
def capture($re; $flags): _pieces($re; $flags)[0][][1];
def scan($re; $flags):
  match($re; $flags + "g") | if .captures == [] then .string else [.captures[].string] end;
def scan($re): scan($re; null);
def splits($re; $flags): _pieces($re; $flags + "g") | .[0][][0], .[1];
def splits($re): splits($re; null);
def split($re; $flags): [splits($re; $flags)];
def sub($re; str; $flags):
  _pieces($re; $flags) as [$matches, $rest]
  | _assemble([$matches[] | .[0] as $before | [.[1] | str | $before + .]]; $rest)[];
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
	known := map[string]bool{}
	for _, n := range natives {
		known[n.name] = true
	}
	(&visitor{term: func(t *gojq.Term) {
		if t.Func == nil {
			return
		}
		if name := "!" + strings.TrimPrefix(t.Func.Name, "_"); t.Func.Name[0] == '_' && known[name] {
			t.Func.Name = name
		}
	}}).walk(program)
	bound(program, true)
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

// native is a function of the prelude or of the bounds that cannot be written in JQ. No program
// can write its name.
type native struct {
	name        string
	least, most int // arguments
	run         func(b *Budget, v any, args []any) (any, error)
	check       func(b *Budget, v any) error // not nil: run returns the input unless it fails
}

var natives = []native{
	guard("!bounded", bounded),
	guard("!made", made),
	guard("!iterable", iterable),
	guard("!indexable", indexable),
	guard("!written", written),
	guard("!sliced", func(b *Budget, _ any) error { return b.work(stepsOfSlice) }),
	guard("!transposable", func(_ *Budget, v any) error { return transposable(v) }),
	guard("!explodable", func(_ *Budget, v any) error { return explodable(v) }),
	guard("!countable", func(_ *Budget, v any) error { return countable(v) }),
	guard("!parsable", func(_ *Budget, v any) error { return parsable(v) }),
	guardOf("!frame", func(b *Budget, _, size any) error { return b.take(size.(int) * sizeOfNode) }),
	guardOf("!reachable", func(b *Budget, _, path any) error { return reachable(b, path) }),
	guardOf("!deletable", func(b *Budget, _, paths any) error { return deletable(b, paths) }),
	guardOf("!pairable", func(_ *Budget, v, other any) error { return pairable(v, other) }),
	guardOf("!formattable", func(_ *Budget, _, format any) error { return formattable(format) }),
	guardOf("!computable", func(_ *Budget, _, order any) error { return computable(order) }),
	guardBetween("!multipliable", multipliable),
	guardBetween("!subtractable", pairable),
	guardBetween("!divisible", divisible),
	{"!text", 0, 0, func(b *Budget, v any, _ []any) (any, error) {
		text := ToString(v)
		return text, bounded(b, text)
	}, nil},
	{"!base32", 0, 0, func(_ *Budget, v any, _ []any) (any, error) { return toBase32(v) }, nil},
	{"!base32d", 0, 0, func(_ *Budget, v any, _ []any) (any, error) { return fromBase32(v) }, nil},
	{"!split", 1, 1, split, nil},
	{"!join", 1, 1, join, nil},
	{"!index", 1, 1, func(b *Budget, v any, args []any) (any, error) { return index(b, v, args[0]) }, nil},
	{"!rindex", 1, 1, func(b *Budget, v any, args []any) (any, error) { return rindex(b, v, args[0]) }, nil},
	{"!indices", 1, 1, func(b *Budget, v any, args []any) (any, error) { return indices(b, v, args[0]) }, nil},
	{"!test", 1, 2, func(_ *Budget, v any, args []any) (any, error) { return test(v, args) }, nil},
	{"!matches", 1, 2, match, nil},
	{"!pieces", 1, 2, pieces, nil},
	{"!assemble", 2, 2, func(b *Budget, v any, args []any) (any, error) { return assemble(b, v, args[0], args[1]) }, nil},
}

// guard is a function that returns its input if a check has nothing against it.
func guard(name string, check func(b *Budget, v any) error) native {
	return native{name: name, check: check}
}

// guardOf is a guard whose check also looks at an argument.
func guardOf(name string, check func(b *Budget, v, arg any) error) native {
	return native{name, 1, 1, func(b *Budget, v any, args []any) (any, error) { return v, check(b, v, args[0]) }, nil}
}

// guardBetween is a guard whose check looks at the operands of an operator.
func guardBetween(name string, check func(left, right any) error) native {
	return native{name, 2, 2, func(_ *Budget, v any, args []any) (any, error) { return v, check(args[0], args[1]) }, nil}
}

// functions returns the natives, which charge the budget that the machine runs in, and shows a
// program an empty environment.
func (m *machine) functions() []gojq.CompilerOption {
	options := make([]gojq.CompilerOption, 0, len(natives)+1)
	options = append(options, gojq.WithEnvironLoader(func() []string { return nil }))
	for _, n := range natives {
		run := func(v any, args []any) any { return result(n.run(m.budget, v, args)) }
		if n.check != nil {
			run = func(v any, _ []any) any { return result(v, n.check(m.budget, v)) }
		}
		options = append(options, gojq.WithFunction(n.name, n.least, n.most, run))
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

package jq

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"

	"portolan/internal/diag"

	"github.com/itchyny/gojq"
)

// Compile compiles an expression, or says what is wrong with it.
func Compile(expression string) (*Expression, *diag.Diagnostic) {
	if len(expression) > maxExpression {
		return nil, &diag.Diagnostic{Cause: fmt.Sprintf("the expression is longer than %d bytes", maxExpression)}
	}
	text := doubleQuotes(expression)
	if strings.TrimSpace(text) == "" {
		return nil, &diag.Diagnostic{Cause: "the expression is empty", Fix: `write a JQ expression, or "null" for no value`}
	}
	program, err := gojq.Parse(text)
	if err != nil {
		return nil, explainParse(text, err)
	}
	if len(program.Imports) > 0 {
		return nil, &diag.Diagnostic{Cause: "modules are not available", Fix: "write the definition into the expression"}
	}
	q := &Expression{text: expression}
	if q.value, q.fixed = constant(program); q.fixed {
		return q, nil
	}
	if q.path = plainPath(program); q.path != nil {
		return q, nil
	}
	if q.parts = partsOf(program); q.parts > maxParts {
		return nil, &diag.Diagnostic{
			Cause: fmt.Sprintf("the expression has %d parts, more than %d", q.parts, maxParts),
			Fix:   "divide it among several properties, or leave out what it repeats",
		}
	}
	if q.sum = sum(program); q.sum == nil {
		q.sum, q.filled = joined(program), true
	}
	q.either, q.only = either(program), selects(program)
	if d := inspect(text, program); d != nil {
		return nil, d
	}
	used := names(program)
	q.clock = used["now"]
	bound(program, false)
	program.FuncDefs = append(definitions(used), program.FuncDefs...)
	if q.run, err = interpreted(program); err != nil {
		return nil, explainCompile(text, err)
	}
	return q, nil
}

// partsOf counts what has to be compiled of a program: its operators, calls, paths and values.
func partsOf(program *gojq.Query) (count int) {
	(&visitor{query: func(*gojq.Query) { count++ }, term: func(t *gojq.Term) { count += 1 + len(t.SuffixList) }}).walk(program)
	return count
}

// constant returns the value of an expression that is a quoted text or a keyword.
func constant(program *gojq.Query) (value any, ok bool) {
	t := program.Term
	if t == nil || len(program.FuncDefs) > 0 || len(t.SuffixList) > 0 {
		return nil, false
	}
	switch t.Type {
	case gojq.TermTypeString:
		if t.Str.Queries != nil {
			return nil, false
		}
		return t.Str.Str, true
	case gojq.TermTypeTrue:
		return true, true
	case gojq.TermTypeFalse:
		return false, true
	case gojq.TermTypeNull:
		return nil, true
	default:
		return nil, false
	}
}

// sum returns the terms of an expression that adds up texts and paths, such as
// "arn:" + .a + "/" + .b, or nil.
func sum(program *gojq.Query) []*Expression {
	if len(program.FuncDefs) > 0 || program.Op != gojq.OpAdd && program.Term == nil {
		return nil
	}
	if program.Op == gojq.OpAdd {
		left, right := sum(program.Left), sum(program.Right)
		if left == nil || right == nil {
			return nil
		}
		return append(left, right...)
	}
	value, fixed := constant(program)
	path := plainPath(program)
	if _, text := value.(string); fixed != text || !fixed && path == nil {
		return nil
	}
	return []*Expression{{fixed: fixed, value: value, path: path}}
}

// joinOfFilled follows a list of texts, none of which may be missing or empty.
var joinOfFilled = regexp.MustCompile(`^select\(all\(length > 0\)\) \| join\(("[^"\\]*")\)$`)

// joined returns the terms of an expression that joins texts if none is missing, such as
// [.a, .b] | select(all(length > 0)) | join("/"), or nil.
func joined(program *gojq.Query) (terms []*Expression) {
	if program.Op != gojq.OpPipe || len(program.FuncDefs) > 0 || program.Left.Term == nil || program.Left.Term.Array == nil ||
		len(program.Left.FuncDefs)+len(program.Left.Term.SuffixList) > 0 || program.Left.Term.Array.Query == nil {
		return nil
	}
	match := joinOfFilled.FindStringSubmatch(program.Right.String())
	if match == nil {
		return nil
	}
	separator := strings.Trim(match[1], `"`)
	for _, element := range elements(program.Left.Term.Array.Query) {
		path := plainPath(element)
		if path == nil {
			return nil
		}
		if len(terms) > 0 {
			terms = append(terms, &Expression{fixed: true, value: separator})
		}
		terms = append(terms, &Expression{path: path})
	}
	return terms
}

// elements returns the expressions between the commas.
func elements(program *gojq.Query) []*gojq.Query {
	if program.Op != gojq.OpComma || len(program.FuncDefs) > 0 {
		return []*gojq.Query{program}
	}
	return append(elements(program.Left), elements(program.Right)...)
}

// either returns the terms of an expression that takes the first of several paths and
// constants, such as .a // .b // false, or nil.
func either(program *gojq.Query) []*Expression {
	if len(program.FuncDefs) > 0 {
		return nil
	}
	if program.Op == gojq.OpAlt {
		left, right := either(program.Left), either(program.Right)
		if len(left) != 1 || right == nil {
			return nil
		}
		return append(left, right...)
	}
	if value, fixed := constant(program); fixed {
		return []*Expression{{fixed: true, value: value}}
	}
	if path := plainPath(program); path != nil {
		return []*Expression{{path: path}}
	}
	return nil
}

// selectors are the functions that let values of one type pass, with gojq's name of it.
var selectors = map[string]string{"objects": "object", "arrays": "array", "strings": "string"}

// selects returns how an expression begins that looks at a path for a value of one type, or
// nil.
func selects(program *gojq.Query) *selection {
	if program.Op != gojq.OpPipe || len(program.FuncDefs)+len(program.Patterns) > 0 {
		return nil
	}
	path, next := plainPath(program.Left), program.Right
	if len(next.FuncDefs) == 0 && len(next.Patterns) == 0 && next.Op == gojq.OpPipe {
		next = next.Left
	}
	if path == nil || next.Term == nil || next.Term.Func == nil || len(next.FuncDefs)+len(next.Term.SuffixList)+len(next.Term.Func.Args) > 0 {
		return nil
	}
	if is := selectors[next.Term.Func.Name]; is != "" {
		return &selection{path, is}
	}
	return nil
}

// plainPath returns the keys of an expression such as .a.b."c d", or nil.
func plainPath(program *gojq.Query) []string {
	t := program.Term
	if t == nil || len(program.FuncDefs) > 0 || t.Type != gojq.TermTypeIndex {
		return nil
	}
	key, ok := keyOf(t.Index).(string)
	if !ok {
		return nil
	}
	path := []string{key}
	for _, suffix := range t.SuffixList {
		if key, ok = keyOf(suffix.Index).(string); !ok {
			return nil
		}
		path = append(path, key)
	}
	return path
}

// keyOf returns the key or position of an index, or nil if it is not a constant.
func keyOf(i *gojq.Index) any {
	switch {
	case i == nil || i.IsSlice:
		return nil
	case i.Name != "":
		return i.Name
	case i.Str != nil:
		if i.Str.Queries == nil {
			return i.Str.Str
		}
		return nil
	}
	if value, ok := constant(i.Start); ok {
		key, _ := value.(string)
		if key == "" {
			return nil
		}
		return key
	}
	if t := i.Start.Term; t != nil && t.Type == gojq.TermTypeNumber && len(t.SuffixList) == 0 {
		if position, err := strconv.Atoi(t.Number); err == nil && position <= maxValues {
			return position
		}
	}
	return nil
}

// names returns the functions, variables and formats that a program mentions.
func names(program *gojq.Query) map[string]bool {
	used := map[string]bool{}
	(&visitor{term: func(t *gojq.Term) {
		if t.Func != nil {
			used[t.Func.Name] = true
		}
		if t.Type == gojq.TermTypeRecurse {
			used["recurse"] = true
		}
		if strings.HasPrefix(t.Format, "@base32") {
			used["format"] = true
		}
	}}).walk(program)
	return used
}

// unknown is the error about a function that gojq has for itself.
type unknown struct{ *gojq.Func }

func (u *unknown) Error() string { return "function not defined: " + signature(u.Func) }

// inspect looks for calls that compile but would fail in every evaluation, and for those of
// functions that gojq has for itself.
func inspect(text string, program *gojq.Query) *diag.Diagnostic {
	var found *diag.Diagnostic
	v := &visitor{}
	v.term = func(t *gojq.Term) {
		if found != nil || t.Func == nil || slices.Contains(v.defined, signature(t.Func)) {
			return
		}
		if strings.HasPrefix(t.Func.Name, "_") {
			found = explainCompile(text, &unknown{t.Func})
			return
		}
		if pattern, flags, ok := constantPattern(t.Func); ok {
			found = explainPattern(pattern, flags.Str)
			flags.Str = flagNames.Replace(flags.Str)
		}
	}
	v.walk(program)
	return found
}

// flagNames translates libjq's flags into gojq's: p lets the dot match line breaks, and gojq
// always matches as s asks.
var flagNames = strings.NewReplacer("p", "m", "s", "")

// matching are the functions that take a regular expression, by name and
// number of arguments, with the position of the flags (-1 for none).
var matching = map[string]int{
	"test/1": -1, "test/2": 1, "match/1": -1, "match/2": 1, "capture/1": -1, "capture/2": 1,
	"scan/1": -1, "scan/2": 1, "splits/1": -1, "splits/2": 1, "split/2": 1,
	"sub/2": -1, "sub/3": 2, "gsub/2": -1, "gsub/3": 2,
}

// signature is the name of a function with the number of its arguments.
func signature(f *gojq.Func) string { return f.Name + "/" + strconv.Itoa(len(f.Args)) }

// constantPattern returns the regular expression of a call, if it is a plain text, and the
// node that holds its flags.
func constantPattern(f *gojq.Func) (pattern string, flags *gojq.String, ok bool) {
	at, takes := matching[signature(f)]
	if !takes {
		return "", nil, false
	}
	value, _ := constant(f.Args[0])
	if pattern, ok = value.(string); !ok {
		return "", nil, false
	}
	if at > 0 {
		if value, _ = constant(f.Args[at]); value != nil && f.Args[at].Term.Str != nil {
			return pattern, f.Args[at].Term.Str, true
		}
	}
	return pattern, &gojq.String{}, true
}

func explainPattern(pattern, flags string) *diag.Diagnostic {
	if other := strings.Trim(flags, "gisp"); other != "" {
		return &diag.Diagnostic{
			Cause: fmt.Sprintf("regular expressions do not know the flag %q here", other),
			Fix:   "use only the flags g, i, s and p",
		}
	}
	if _, err := syntax.Parse(pattern, syntax.Perl); err != nil {
		return &diag.Diagnostic{
			Cause: fmt.Sprintf("the regular expression %q is not supported: %s", pattern, cause(err)),
			Fix:   "use RE2 syntax: no look-ahead, look-behind, back-references, atomic groups or possessive quantifiers",
		}
	}
	return nil
}

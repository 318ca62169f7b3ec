package page

import (
	"fmt"
	"html"
	"io"
	"reflect"
	"strings"
	"text/template/parse"
)

// raw is markup of the page's own, which is not escaped.
type raw string

// renderer writes a page's template, as the standard library parses it. It is used
// instead of html/template because that finds methods by name, for which the linker
// keeps every method of every client of AWS: the function would be five times as large.
// It knows what the page needs and no more: fields, no methods; every value is escaped
// for text and for quoted attributes, the only places that the page has.
type renderer struct {
	trees map[string]*parse.Tree
	funcs map[string]func(args []any) any
	out   strings.Builder
}

// scope is what a part of the template sees.
type scope struct {
	dot  any
	vars map[string]any
}

func (s scope) with(dot any) scope { return scope{dot, s.vars} }

func (s scope) set(name string, value any) scope {
	vars := map[string]any{name: value}
	for k, v := range s.vars {
		if k != name {
			vars[k] = v
		}
	}
	return scope{s.dot, vars}
}

// render writes a template by its name.
func (r *renderer) render(w io.Writer, name string, data any) error {
	r.list(r.trees[name].Root, scope{data, map[string]any{"$": data}})
	_, err := io.WriteString(w, r.out.String())
	return err
}

func (r *renderer) list(list *parse.ListNode, s scope) {
	if list == nil {
		return
	}
	for _, node := range list.Nodes {
		r.node(node, s)
	}
}

func (r *renderer) node(node parse.Node, s scope) {
	switch n := node.(type) {
	case *parse.TextNode:
		r.out.Write(n.Text)
	case *parse.ActionNode:
		value := r.pipe(n.Pipe, s)
		if markup, own := value.(raw); own {
			r.out.WriteString(string(markup))
		} else {
			r.out.WriteString(html.EscapeString(fmt.Sprint(value)))
		}
	case *parse.IfNode:
		r.branch(n.List, n.ElseList, s, s, truth(r.pipe(n.Pipe, s)))
	case *parse.WithNode:
		value := r.pipe(n.Pipe, s)
		r.branch(n.List, n.ElseList, s.with(value), s, truth(value))
	case *parse.RangeNode:
		r.each(n, s)
	case *parse.TemplateNode:
		var value any
		if n.Pipe != nil {
			value = r.pipe(n.Pipe, s)
		}
		r.list(r.trees[n.Name].Root, scope{value, map[string]any{"$": value}})
	case *parse.CommentNode:
	default:
		panic(fmt.Sprintf("the page's template has %T", node)) // a test writes all of it
	}
}

func (r *renderer) branch(yes, no *parse.ListNode, inside, outside scope, is bool) {
	if is {
		r.list(yes, inside)
	} else {
		r.list(no, outside)
	}
}

func (r *renderer) each(n *parse.RangeNode, s scope) {
	items := reflect.ValueOf(r.pipe(n.Pipe, s))
	if !items.IsValid() || items.Len() == 0 {
		r.list(n.ElseList, s)
		return
	}
	for i := range items.Len() {
		item := items.Index(i).Interface()
		inside := s.with(item)
		switch names := n.Pipe.Decl; len(names) {
		case 1:
			inside = inside.set(names[0].Ident[0], item)
		case 2:
			inside = inside.set(names[0].Ident[0], i).set(names[1].Ident[0], item)
		}
		r.list(n.List, inside)
	}
}

// pipe returns the value of a pipeline: what a command gives is the last argument of the
// next.
func (r *renderer) pipe(pipe *parse.PipeNode, s scope) any {
	var value any
	for i, command := range pipe.Cmds {
		var args []any
		for _, arg := range command.Args[1:] {
			args = append(args, r.value(arg, s))
		}
		if i > 0 {
			args = append(args, value)
		}
		if name, ok := command.Args[0].(*parse.IdentifierNode); ok {
			value = r.funcs[name.Ident](args)
		} else {
			value = r.value(command.Args[0], s)
		}
	}
	return value
}

func (r *renderer) value(node parse.Node, s scope) any {
	switch n := node.(type) {
	case *parse.DotNode:
		return s.dot
	case *parse.FieldNode:
		return fields(s.dot, n.Ident)
	case *parse.VariableNode:
		return fields(s.vars[n.Ident[0]], n.Ident[1:])
	case *parse.PipeNode:
		return r.pipe(n, s)
	case *parse.IdentifierNode:
		return r.funcs[n.Ident](nil)
	case *parse.NumberNode:
		return int(n.Int64)
	case *parse.StringNode:
		return n.Text
	default:
		panic(fmt.Sprintf("the page's template has %T", node)) // a test writes all of it
	}
}

func fields(of any, names []string) any {
	value := reflect.ValueOf(of)
	for _, name := range names {
		value = reflect.Indirect(value).FieldByName(name)
	}
	if !value.IsValid() {
		return nil
	}
	return value.Interface()
}

// truth is what conditions take for true: anything but nothing.
func truth(value any) bool {
	v := reflect.ValueOf(value)
	switch v.Kind() {
	case reflect.Invalid:
		return false
	case reflect.Slice, reflect.Map, reflect.String:
		return v.Len() > 0
	case reflect.Struct:
		return true
	default:
		return !v.IsZero()
	}
}

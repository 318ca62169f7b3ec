package jq

import (
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/itchyny/gojq"
)

// The functions here do the same as gojq's with texts, and charge what they build; gojq makes a
// value of each letter to find one text in another. What they are not made for is gojq's.

func split(b *Budget, v any, args []any) (any, error) {
	text, isText := v.(string)
	separator, both := args[0].(string)
	if !isText || !both {
		return gojqs("split", v, args[0])
	}
	if text == "" {
		return []any{}, nil
	}
	if err := divisible(text, separator); err != nil {
		return nil, err
	}
	parts := strings.Split(text, separator)
	list := make([]any, len(parts))
	for i, part := range parts {
		list[i] = part
	}
	return list, b.take(sizeOfArray + len(parts)*3*sizeOfValue)
}

func join(b *Budget, v any, args []any) (any, error) {
	list, isArray := v.([]any)
	separator, isText := args[0].(string)
	size := 0
	texts := make([]string, len(list))
	for i, element := range list {
		switch element := element.(type) {
		case nil:
		case string:
			texts[i] = element
			size += len(element)
		default:
			isText = false
		}
	}
	if object, ok := v.(map[string]any); ok {
		size += len(object) * len(separator)
	}
	if size += len(list) * len(separator); size > maxBytes {
		return nil, errTooLarge
	}
	if isArray && isText {
		return strings.Join(texts, separator), b.take(size + len(list)*sizeOfValue)
	}
	joined, err := gojqs("join", v, args[0])
	if err != nil {
		return nil, err
	}
	return joined, bounded(b, joined)
}

// index and rindex return the position of the first and of the last part of v that equals part,
// in letters.
func index(b *Budget, v, part any) (any, error) {
	text, other, ok := legible(v, part)
	if !ok {
		return foundByGojq(b, "index", v, part)
	}
	return lettersBefore(text, strings.Index(text, other), other)
}

func rindex(b *Budget, v, part any) (any, error) {
	text, other, ok := legible(v, part)
	if !ok {
		return foundByGojq(b, "rindex", v, part)
	}
	return lettersBefore(text, strings.LastIndex(text, other), other)
}

func lettersBefore(text string, at int, part string) (any, error) {
	if at < 0 || part == "" {
		return nil, nil
	}
	return utf8.RuneCountInString(text[:at]), nil
}

// indices returns the positions of all parts of v that equal part. They may overlap.
func indices(b *Budget, v, part any) (any, error) {
	text, other, ok := legible(v, part)
	if !ok {
		return foundByGojq(b, "indices", v, part)
	}
	found := []any{}
	if other == "" {
		return found, nil
	}
	letters := letters{text: text}
	for at := 0; ; {
		next := strings.Index(text[at:], other)
		if next < 0 {
			return found, nil
		}
		at += next
		found = append(found, letters.index(at))
		if len(found) > maxValues {
			return nil, errTooLarge
		}
		if err := b.take(2*sizeOfValue + len(other)); err != nil { // to compare the texts is work
			return nil, err
		}
		_, width := utf8.DecodeRuneInString(text[at:])
		at += width
	}
}

// legible returns two texts with what is not UTF-8 replaced, as gojq sees them.
func legible(v, part any) (text, other string, ok bool) {
	text, isText := v.(string)
	other, both := part.(string)
	if !isText || !both {
		return "", "", false
	}
	return letterwise(text), letterwise(other), true
}

func letterwise(text string) string {
	if utf8.ValidString(text) {
		return text
	}
	return strings.Map(func(r rune) rune { return r }, text)
}

func foundByGojq(b *Budget, name string, v, part any) (any, error) {
	if err := pairable(v, part); err != nil {
		return nil, err
	}
	found, err := gojqs(name, v, part)
	if err != nil {
		return nil, err
	}
	return found, bounded(b, found)
}

// gojqs returns what gojq's own function of one argument returns.
func gojqs(name string, v, arg any) (any, error) {
	code, ok := compiled.Load(name)
	if !ok {
		program, err := gojq.Parse(". as [$v, $arg] | $v | " + name + "($arg)")
		if err != nil {
			return nil, err
		}
		if code, err = gojq.Compile(program); err != nil {
			return nil, err
		}
		compiled.Store(name, code)
	}
	returned, _ := code.(*gojq.Code).Run([]any{v, arg}).Next()
	if err, failed := returned.(error); failed {
		return nil, err
	}
	return returned, nil
}

// compiled holds the programs that call gojq's own functions, by name.
var compiled sync.Map

package portsim

import (
	"encoding/json"
	"maps"
	"math/big"
	"net/mail"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"time"
	"unicode/utf8"
)

// property is what a blueprint demands of a value.
type property struct {
	kind, format string
	enum         []any
	pattern      *regexp.Regexp
	fallback     any
	bounds       map[string]json.Number
	unique       bool
	items        *property
}

// compileProperty reads a property of sound form. Its own default and enum have
// to be of its type.
func compileProperty(name string, m map[string]any) (property, *refusal) {
	p := property{bounds: map[string]json.Number{}, fallback: m["default"]}
	p.kind, _ = m["type"].(string)
	p.format, _ = m["format"].(string)
	p.unique, _ = m["uniqueItems"].(bool)
	for k, v := range m {
		if n, ok := v.(json.Number); ok && k != "default" {
			p.bounds[k] = n
		}
	}
	if text, ok := m["pattern"].(string); ok {
		re, err := regexp.Compile(text)
		if err != nil {
			return p, invalid("property %q: %v", name, err)
		}
		p.pattern = re
	}
	if items, ok := m["items"].(map[string]any); ok {
		if p.kind != "array" {
			return p, invalid("property %q: items is for arrays", name)
		}
		q, r := compileProperty(name+"[]", items)
		if r != nil {
			return p, r
		}
		p.items = &q
	}
	enum, _ := m["enum"].([]any)
	for _, v := range enum {
		if why := p.fault(v); why != "" {
			return p, invalid("property %q: enum value %s is %s", name, show(v), why)
		}
	}
	p.enum = enum
	if why := p.fault(p.fallback); p.fallback != nil && why != "" {
		return p, invalid("property %q: default %s is %s", name, show(p.fallback), why)
	}
	return p, nil
}

// fault says why a value does not fit the property, or returns "". Bounds are checked
// with exact numbers.
func (p property) fault(v any) string {
	if p.kind != "" && p.kind != kindOf(v) {
		return "not of type " + p.kind
	}
	if len(p.enum) > 0 && !slices.ContainsFunc(p.enum, func(e any) bool { return same(e, v) }) {
		return "not one of the allowed values"
	}
	switch v := v.(type) {
	case string:
		return p.textFault(v)
	case json.Number:
		return p.numberFault(v)
	case []any:
		return p.listFault(v)
	}
	return ""
}

func kindOf(v any) string {
	switch v.(type) {
	case string:
		return "string"
	case json.Number:
		return "number"
	case bool:
		return "boolean"
	case map[string]any:
		return "object"
	case []any:
		return "array"
	}
	return "null"
}

// same compares two JSON values, numbers by their value.
func same(a, b any) bool {
	switch a := a.(type) {
	case json.Number:
		b, ok := b.(json.Number)
		return ok && compare(a, b) == 0
	case []any:
		b, ok := b.([]any)
		return ok && slices.EqualFunc(a, b, same)
	case map[string]any:
		b, ok := b.(map[string]any)
		return ok && maps.EqualFunc(a, b, same)
	}
	return kindOf(a) == kindOf(b) && a == b
}

func compare(a, b json.Number) int {
	x, ok := new(big.Rat).SetString(a.String())
	y, good := new(big.Rat).SetString(b.String())
	if !ok || !good {
		return 1
	}
	return x.Cmp(y)
}

func (p property) below(n json.Number, least string) bool {
	bound, ok := p.bounds[least]
	return ok && compare(n, bound) < 0
}

func (p property) above(n json.Number, most string) bool {
	bound, ok := p.bounds[most]
	return ok && compare(n, bound) > 0
}

func (p property) numberFault(n json.Number) string {
	atLeast, low := p.bounds["exclusiveMinimum"]
	atMost, high := p.bounds["exclusiveMaximum"]
	_, err := n.Float64()
	switch {
	case err != nil:
		return "beyond the numbers that there are"
	case p.below(n, "minimum"), low && compare(n, atLeast) <= 0:
		return "too small"
	case p.above(n, "maximum"), high && compare(n, atMost) >= 0:
		return "too large"
	}
	return ""
}

func length(n int) json.Number {
	out, _ := json.Marshal(n)
	return json.Number(out)
}

func (p property) textFault(s string) string {
	n := length(utf8.RuneCountInString(s))
	switch {
	case p.below(n, "minLength"):
		return "too short"
	case p.above(n, "maxLength"):
		return "too long"
	case p.pattern != nil && !p.pattern.MatchString(s):
		return "not matched by " + p.pattern.String()
	case p.format != "" && !formats[p.format](s):
		return "not of format " + p.format
	}
	return ""
}

func (p property) listFault(items []any) string {
	n := length(len(items))
	switch {
	case p.below(n, "minItems"):
		return "too short"
	case p.above(n, "maxItems"):
		return "too long"
	}
	for i, v := range items {
		if p.items != nil {
			if why := p.items.fault(v); why != "" {
				return "holding " + show(v) + ", which is " + why
			}
		}
		if p.unique && slices.ContainsFunc(items[:i], func(e any) bool { return same(e, v) }) {
			return "holding " + show(v) + " twice"
		}
	}
	return ""
}

func free(string) bool { return true }

func isTime(s string) bool {
	_, err := time.Parse(time.RFC3339Nano, s)
	return err == nil
}

func isURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Scheme != "" && (u.Host != "" || u.Opaque != "" || u.Path != "")
}

func isMail(s string) bool {
	a, err := mail.ParseAddress(s)
	return err == nil && a.Address == s
}

func isIPv4(s string) bool {
	a, err := netip.ParseAddr(s)
	return err == nil && a.Is4()
}

func isIPv6(s string) bool {
	a, err := netip.ParseAddr(s)
	return err == nil && a.Is6()
}

// formats are the formats of strings; those without a form of their own accept
// any string.
var formats = map[string]func(string) bool{
	"markdown": free, "yaml": free, "team": free, "proto": free,
	"date-time": isTime, "timer": isTime, "url": isURL,
	"email": isMail, "idn-email": isMail, "user": isMail,
	"ipv4": isIPv4, "ipv6": isIPv6,
}

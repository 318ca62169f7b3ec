package awssim

import (
	"cmp"
	"encoding/base64"
	"strconv"
	"strings"
)

// token makes the opaque token that leads to a slot. It is good only for the same
// account, region and operation, and for the same question about them.
func (c *call) token(slot int, question string) string {
	seal := c.tokenSeal(slot, question)
	return base64.StdEncoding.EncodeToString([]byte(strconv.Itoa(slot) + "." + seal))
}

// slot finds where a token leads; no token leads to the start.
func (c *call) slot(token, question string) (int, bool) {
	if token == "" {
		return 0, true
	}
	text, err := base64.StdEncoding.DecodeString(token)
	number, seal, _ := strings.Cut(string(text), ".")
	slot, notNumber := strconv.Atoi(number)
	return slot, err == nil && notNumber == nil && slot >= 0 && seal == c.tokenSeal(slot, question)
}

func (c *call) tokenSeal(slot int, question string) string {
	return dieOf("page", c.caller.account, c.signature.region, c.operation.name, question, strconv.Itoa(slot)).hex(48)
}

// page is a page of the resources of a kind in the call's account and region, and
// the token of the next one, empty if it is the last. It is not ok if the token
// is none of ours.
func (c *call) page(kind string, size int, token, question string, keep func(*Resource) bool) (found []Resource, next string, ok bool) {
	from, ok := c.slot(token, question)
	if !ok {
		return nil, "", false
	}
	astray, empty := c.astray(from, question)
	if empty {
		return nil, astray, true
	}
	found, slot := c.server.world.page(c.caller.account, kind, c.signature.region, from, size, keep)
	if slot >= 0 {
		next = c.token(slot, question)
	}
	return found, cmp.Or(astray, next), true
}

// pageOf is a page of a list.
func pageOf[T any](c *call, list []T, size int, token, question string) (part []T, next string, ok bool) {
	from, ok := c.slot(token, question)
	if !ok {
		return nil, "", false
	}
	astray, empty := c.astray(from, question)
	if empty {
		return nil, astray, true
	}
	from = min(from, len(list))
	if to := from + size; to < len(list) {
		return list[from:to], cmp.Or(astray, c.token(to, question)), true
	}
	return list[from:], astray, true
}

func (c *call) meets(effect Effect) bool {
	return c.fault != nil && c.fault.Effect == effect
}

// find looks up a resource that the call asks for. If a fault lets it vanish, it
// is removed first.
func (c *call) find(kind, id string) (Resource, bool) {
	if c.meets(Vanish) {
		c.server.Remove(c.caller.account, kind, c.signature.region, id)
		c.fault = nil
	}
	return c.server.world.find(c.caller.account, kind, c.signature.region, id)
}

// known looks up what the resource that the call asks for belongs to.
func (c *call) known(kind, id string) (Resource, bool) {
	return c.server.world.find(c.caller.account, kind, c.signature.region, id)
}

// optional appends the token of the next page to an answer if there is one.
func (o object) optional(name, value string) object {
	if value == "" {
		return o
	}
	return append(o, member{name, value})
}

// between checks a number that may be given, in the words of the services'
// common validation.
func (c *call) between(name string, given *int, low, high, otherwise int) (int, error) {
	if given == nil {
		return otherwise, nil
	}
	constraint := ""
	switch {
	case *given < low:
		constraint = "greater than or equal to " + strconv.Itoa(low)
	case *given > high:
		constraint = "less than or equal to " + strconv.Itoa(high)
	default:
		return *given, nil
	}
	return 0, c.service.dialect.badParameter.saying(
		"1 validation error detected: Value '%d' at '%s' failed to satisfy constraint: Member must have value %s", *given, name, constraint)
}

// malformed says that a text does not have the form that it must.
func (c *call) malformed(name, value, form string) error {
	return c.service.dialect.badParameter.saying(
		"1 validation error detected: Value '%s' at '%s' failed to satisfy constraint: Member must satisfy regular expression pattern: %s", value, name, form)
}

// number reads a number of a form.
func (c *call) number(name string) (*int, error) {
	text, given := c.form[name]
	if !given {
		return nil, nil
	}
	n, err := strconv.Atoi(text[0])
	if err != nil {
		return nil, c.service.dialect.badParameter.saying("Value (%s) for parameter %s is invalid. It must be an integer.", text[0], name)
	}
	return &n, nil
}

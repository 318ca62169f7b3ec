package awssim

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// input is what a call says, by member. A JSON body has texts, json.Number, booleans, lists
// and objects. All other protocols have texts only, and a list is Name.1, Name.2 and so on.
type input map[string]any

// plain is a value of a form, a query or a path: a text, a number or a boolean.
type plain string

// members are the members of an input that an operation acts upon.
type members map[string]memberType

type memberType int

const (
	isText memberType = iota
	isNumber
	isFlag
	isList // of texts
	isObject
	isObjects // a list of objects
)

// fits says whether a value has the type.
func (t memberType) fits(value any) bool {
	switch v := value.(type) {
	case plain:
		return t != isNumber || isInt(string(v))
	case string:
		return t == isText
	case json.Number:
		return t == isNumber && isInt(v.String())
	case bool:
		return t == isFlag
	case map[string]any:
		return t == isObject
	case []any:
		if t == isObjects {
			return !slices.ContainsFunc(v, func(item any) bool { return !isObject.fits(item) })
		}
		return t == isList && !slices.ContainsFunc(v, func(item any) bool { return !isText.fits(item) })
	}
	return false
}

func isInt(text string) bool {
	_, err := strconv.Atoi(text)
	return err == nil
}

// check refuses a member that the operation does not act upon, and a value of another type
// than the member's.
func (o *operation) check(c *call) error {
	d := &c.service.dialect
	for _, name := range slices.Sorted(maps.Keys(c.input)) {
		value := c.input[name]
		as, taken := o.takes[name]
		if list, _, numbered := strings.Cut(name, "."); numbered && o.takes[list] == isList {
			as, taken = isText, true
		}
		text, isPlain := value.(plain)
		switch {
		case !taken && d.unknownMember.code != "":
			return d.unknownMember.saying("The parameter %s is not recognized", name)
		case !taken:
			return d.badParameter.saying("The parameter %s is not recognized by %s", name, o.name)
		case as.fits(value):
		case isPlain:
			return d.badParameter.saying("Value (%s) for parameter %s is invalid. It must be an integer.", text, name)
		default:
			return notSerialized("the member " + name + " has another type")
		}
	}
	return nil
}

func notSerialized(why string) error {
	return refuse(400, "SerializationException", why).plain()
}

// addJSON adds the members of a JSON object.
func (in input) addJSON(body []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	if err := decoder.Decode(&in); err != nil {
		return notSerialized(err.Error())
	}
	maps.DeleteFunc(in, func(_ string, value any) bool { return value == nil })
	return nil
}

// addForm adds the values of a form or a query.
func (in input) addForm(form url.Values) {
	for name, values := range form {
		in[name] = plain(values[0])
	}
}

// text returns a text, empty if it is not there.
func (c *call) text(member string) string {
	switch v := c.input[member].(type) {
	case string:
		return v
	case plain:
		return string(v)
	}
	return ""
}

// number returns a number, nil if it is not there.
func (c *call) number(member string) *int {
	text := c.text(member)
	if number, ok := c.input[member].(json.Number); ok {
		text = number.String()
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return nil
	}
	return &n
}

// flag returns a boolean, false if it is not there.
func (c *call) flag(member string) bool {
	on, _ := c.input[member].(bool)
	return on || c.input[member] == plain("true")
}

// texts returns a list of texts, empty if it is not there.
func (c *call) texts(member string) []string {
	var texts []string
	if list, ok := c.input[member].([]any); ok {
		for _, item := range list {
			text, _ := item.(string)
			texts = append(texts, text)
		}
		return texts
	}
	for i := 1; ; i++ {
		name := member + "." + strconv.Itoa(i)
		if _, there := c.input[name]; !there {
			return texts
		}
		texts = append(texts, c.text(name))
	}
}

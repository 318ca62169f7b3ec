package awssim

import (
	"encoding/base64"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// service is one AWS service. [service.simulate] and [service.serve] enter it into the
// list of services.
type service struct {
	name    string // the name that requests are signed with
	wire    wire
	dialect dialect
	// scope returns the resource that a denial names; empty if it names none.
	scope func(*call) string
	// limits are the documented rates. The first that matches an operation counts.
	limits     []Limit
	operations map[string]*operation
}

// services are all that is simulated, by the name that requests are signed with.
var services = map[string]*service{}

// everything is the scope of a service whose denials name no particular resource.
func everything(*call) string { return "*" }

// simulate adds a kind to those that an estate can hold, and the operations that read it.
func (s *service) simulate(k kind, operations ...operation) {
	k.service = s
	kinds[k.name] = &k
	s.serve(operations...)
}

// serve adds operations.
func (s *service) serve(operations ...operation) {
	services[s.name] = s
	if s.operations == nil {
		s.operations = map[string]*operation{}
	}
	for i := range operations {
		o := &operations[i]
		if o.action == "" {
			o.action = s.name + ":" + o.name
		}
		o.takes = maps.Clone(o.takes)
		if o.takes == nil {
			o.takes = members{}
		}
		if l := o.list; l != nil {
			o.takes[l.token] = isText
			if l.size.member != "" {
				o.takes[l.size.member] = isNumber
			}
			if o.answer == nil {
				o.answer = l.answer
			}
		}
		if d := o.detail; d != nil {
			o.takes[d.by] = isText
			o.answer = d.respond
		}
		s.operations[o.name] = o
	}
}

// noAction is the action of an operation that needs no permission.
const noAction = "none"

// operation is one operation of a service. It is answered by a listing, by a detail, or by
// a function; if there is a function and a listing, the function changes the listing's answer.
type operation struct {
	name string
	// action is the IAM action it needs: service:name if empty.
	action string
	// http is the method and the path of a REST protocol: "GET /clusters/{name}". What
	// stands in place of {name} becomes a member of the input. A query parameter that
	// chooses the operation comes last: "GET /{Bucket}?tagging".
	http string
	// takes are the members of the input that are used, in addition to those of the listing
	// or the detail. Any other member is refused.
	takes  members
	list   *listing
	detail *detail
	answer func(*call) (object, error)
}

// listing answers with pages.
type listing struct {
	// items is the member of the answer that holds the items.
	items string
	// kind is what is listed, and item what the answer says about one: its ID if nil.
	kind string
	item func(*call, *Resource) object
	// of replaces kind and item where not all resources of a kind are listed.
	of func(*call) (source, error)
	// named returns the items that a call names instead of paging; nil if it names none.
	named func(*call) ([]any, error)
	size  bounds
	// token is the member of the input that holds the token, and next that of the answer:
	// the same if empty.
	token, next string
	// first is a member that only the first page takes.
	first string
	// more returns further members of the answer.
	more func(c *call, next string) object
}

// bounds are the sizes of pages that a member of the input may ask for. Without a
// member all pages have the usual size.
type bounds struct {
	member             string
	least, most, usual int
}

// source returns at most size items from a position on, and the position of the next
// page: -1 if there is none.
type source func(from, size int) (items []any, next int)

func (l *listing) answer(c *call) (object, error) {
	size, err := c.pageSize(l.size)
	if err != nil {
		return nil, err
	}
	items, next := []any(nil), ""
	if l.named != nil {
		if items, err = l.named(c); err != nil {
			return nil, err
		}
	}
	if items == nil {
		if items, next, err = l.page(c, size); err != nil {
			return nil, err
		}
	}
	answer := object{{l.items, items}}
	if l.more != nil {
		answer = append(answer, l.more(c, next)...)
	}
	member := l.next
	if member == "" {
		member = l.token
	}
	return answer.optional(member, next), nil
}

// page returns a page and the token of the next one, empty if it is the last.
func (l *listing) page(c *call, size int) (items []any, next string, err error) {
	all, err := l.source(c)
	if err != nil {
		return nil, "", err
	}
	question := l.question(c)
	from, ok := c.slot(c.text(l.token), question)
	if !ok {
		return nil, "", c.service.dialect.tokenRefused()
	}
	astray, empty := c.astray(from, question)
	if empty {
		return nil, astray, nil
	}
	if c.meets(Repeat) {
		from = 0
	}
	items, to := all(from, size)
	switch {
	case c.meets(CutShort):
		return items[:len(items)/2], "", nil
	case c.meets(Overlap) && to >= 0 && size > 1:
		_, to = all(from, size-1)
	}
	if astray == "" && to >= 0 {
		astray = c.token(to, question)
	}
	return items, astray, nil
}

func (l *listing) source(c *call) (source, error) {
	switch {
	case l.of != nil:
		return l.of(c)
	case l.item != nil:
		return resources(c, selection{kind: l.kind}, l.item), nil
	}
	return resources(c, selection{kind: l.kind}, idOf), nil
}

// question is what a token is bound to: all that the call says, except where and how much.
func (l *listing) question(c *call) string {
	asked := ""
	for _, name := range slices.Sorted(maps.Keys(c.input)) {
		if name != l.token && name != l.size.member && name != l.first {
			asked += fmt.Sprintf("%s=%v&", name, c.input[name])
		}
	}
	return asked
}

// pageSize returns the size that a call asks for.
func (c *call) pageSize(b bounds) (int, error) {
	asked := c.number(b.member)
	if asked == nil {
		return b.usual, nil
	}
	if *asked >= b.least && *asked <= b.most {
		return *asked, nil
	}
	if refused := c.service.dialect.badSize; refused.code != "" {
		return 0, refused.saying(refused.message, *asked, b.least, b.most)
	}
	return c.between(b.member, asked, b.least, b.most, b.usual)
}

// selection is the resources of a kind that are listed.
type selection struct {
	kind string
	// owner is the ID of what the resources belong to; empty for those of every owner.
	owner string
	// oldestFirst turns the order of a history around.
	oldestFirst bool
	// keep leaves out the resources for which it is false; nil keeps all.
	keep func(*Resource) bool
}

// resources pages through the resources of a selection in the call's account and region.
func resources[T any](c *call, s selection, item func(*call, *Resource) T) source {
	return func(from, size int) ([]any, int) {
		found, next := c.server.world.list(c.caller.account, c.signature.region, s, from, size)
		return items(c, found, item), next
	}
}

func items[T any](c *call, found []Resource, item func(*call, *Resource) T) []any {
	list := make([]any, len(found))
	for i := range found {
		list[i] = item(c, &found[i])
	}
	return list
}

func idOf(_ *call, r *Resource) string { return r.ID }

func arnOf(c *call, r *Resource) string { return c.arn(r.Kind, r.ID) }

// rows pages through a list.
func rows[T any](list []T) source {
	return func(from, size int) ([]any, int) {
		from = min(from, len(list))
		if to := from + size; to < len(list) {
			return widen(list[from:to]), to
		}
		return widen(list[from:]), -1
	}
}

// naming says how a member names a resource.
type naming int

const (
	byID naming = iota
	byARN
	byEither
)

// detail answers about the one resource that a member of the input names.
type detail struct {
	kind  string
	by    string // the member
	named naming
	// malformed refuses what cannot name a resource of the kind; if it has no code, that
	// is missing.
	malformed, missing refusal
	reply              func(*call, *Resource) (object, error)
}

// with is the detail with another reply.
func (d detail) with(reply func(*call, *Resource) (object, error)) *detail {
	d.reply = reply
	return &d
}

func (d *detail) respond(c *call) (object, error) {
	r, err := d.find(c)
	if err != nil {
		return nil, err
	}
	return d.reply(c, &r)
}

// find returns the resource that the call is about.
func (d *detail) find(c *call) (Resource, error) { return d.look(c, c.find) }

// owner returns the resource to which what the call is about belongs.
func (d *detail) owner(c *call) (Resource, error) { return d.look(c, c.known) }

func (d *detail) look(c *call, find func(kind, id string) (Resource, bool)) (Resource, error) {
	id := c.text(d.by)
	c.call.Resource = id
	named := byID
	if bare, isARN := c.cutARN(d.kind, id); isARN {
		id, named = bare, byARN
	}
	wellFormed := kinds[d.kind].form.MatchString(id) && (d.named == byEither || d.named == named)
	if !wellFormed && d.malformed.code != "" {
		return Resource{}, d.malformed.about(c, id)
	}
	if r, there := find(d.kind, id); there && wellFormed {
		return r, nil
	}
	return Resource{}, d.missing.about(c, id)
}

// find looks up a resource that the call asks for. If a fault lets it vanish, it
// is removed first.
func (c *call) find(kind, id string) (Resource, bool) {
	if c.meets(Vanish) {
		c.server.Remove(c.caller.account, kind, c.signature.region, id)
		c.fault = nil
	}
	return c.known(kind, id)
}

// known looks up what the resource that the call asks for belongs to.
func (c *call) known(kind, id string) (Resource, bool) {
	return c.server.world.find(c.caller.account, kind, c.signature.region, id)
}

// tags replies with nothing but the tags of a resource, as a list of pairs.
func tags(member, key, value string) func(*call, *Resource) (object, error) {
	return func(_ *call, r *Resource) (object, error) {
		return object{{member, tagList(r.Tags, key, value)}}, nil
	}
}

func (c *call) meets(effect Effect) bool {
	return c.fault != nil && c.fault.Effect == effect
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
		"1 validation error detected: Value '%d' at '%s' failed to satisfy constraint: Member must have value %s", *given, lowerFirst(name), constraint)
}

// malformed says that a text does not have the form that it must.
func (c *call) malformed(member, value, form string) error {
	r := c.service.dialect.badParameter
	r.message = pattern(member, form)
	return r.about(c, value)
}

// pattern words the refusal of a member that does not have the form that it must.
func pattern(member, form string) string {
	return "1 validation error detected: Value '{id}' at '" + member + "' failed to satisfy constraint: Member must satisfy regular expression pattern: " + form
}

func lowerFirst(name string) string { return strings.ToLower(name[:1]) + name[1:] }

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

package awssim

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// blank is what a template leaves open.
var blank = regexp.MustCompile(`\{([^{}"]+)\}`)

// expand fills the blanks of a template. If it is nothing but one blank, it becomes the value,
// which need not be a text.
//
//	{id} {id/1} {id:6} {id|0}  the ID, or a part of it, counted from zero
//	{owner} {owner/1} …        the same of the owner's ID
//	{account} {region} {partition} {domain} {created} {epoch} {zone} {team}
//	{?a|b} {#1-9} {x8} {X8} {digits}  a choice, a number, digits
//	{@EC2::VPC} {@EC2::VPC.CidrBlock} some other resource's identifier or property
//
// The ID of a population's resource has one blank that leads back to its number:
//
//	{name} {hex} {uuid} {serial}
func expand(template string, fill func(blank string) any) any {
	if whole := blank.FindString(template); whole == template && whole != "" {
		return fill(whole[1 : len(whole)-1])
	}
	return blank.ReplaceAllStringFunc(template, func(found string) string { return textOf(fill(found[1 : len(found)-1])) })
}

func textOf(value any) string {
	if text, ok := value.(string); ok {
		return text
	}
	return fmt.Sprint(value)
}

// part is a text, or if there is a place like "/1", what lies between its separators.
func part(text, place string) string {
	if place == "" {
		return text
	}
	n, err := strconv.Atoi(place[1:])
	parts := strings.Split(text, place[:1])
	if err != nil || n >= len(parts) {
		return ""
	}
	return parts[n]
}

// ownBlank divides the name of a blank that stands for a text or a part of it.
var ownBlank = regexp.MustCompile(`^(id|owner)([/:|][0-9]+)?$`)

// madeUp fills a blank by a die.
func madeUp(d *die, name string) any {
	switch name {
	case "team":
		return pick(d, teams)
	case "digits":
		return strconv.FormatUint(100_000_000+d.next()%900_000_000, 10)
	}
	rest := name[1:]
	switch name[0] {
	case '?':
		return typed(pick(d, strings.Split(rest, "|")))
	case '#':
		var low, high int
		if _, err := fmt.Sscanf(rest, "%d-%d", &low, &high); err == nil {
			return low + d.below(high-low+1)
		}
	case 'x', 'X':
		if n, err := strconv.Atoi(rest); err == nil {
			return d.text(n, map[byte]string{'x': hexDigits, 'X': upperDigits}[name[0]])
		}
	}
	panic("the simulator's schemas have a blank {" + name + "}")
}

// typed is a choice as a value: whole numbers and booleans, unless they are in quotes.
func typed(choice string) any {
	if n, err := strconv.Atoi(choice); err == nil {
		return n
	}
	if choice == "true" || choice == "false" {
		return choice == "true"
	}
	return strings.Trim(choice, "'")
}

// tracks are the blanks of which one leads from an ID back to a resource's number.
var tracks = map[string]struct {
	ids
	form string
}{
	"name": {plainNames, `[a-z0-9]+(?:-[a-z0-9]+)*-[0-9]{3,}`},
	"hex":  {hexadecimal(""), `[0-9a-f]{16}`},
	"uuid": {uuids, uuidForm},
	"serial": {ids{
		id: func(_ origin, index int) string { return strconv.Itoa(index + 1) },
		index: func(_ origin, id string) (int, bool) {
			n, err := strconv.Atoi(id)
			return n - 1, err == nil
		},
	}, `[0-9]+`},
}

// traced makes IDs by a template and traces them back.
func traced(template string) ids {
	var by ids
	form := sync.OnceValue(func() *regexp.Regexp {
		pattern, at := "", 0
		for _, found := range blank.FindAllStringIndex(template, -1) {
			pattern += regexp.QuoteMeta(template[at:found[0]])
			at = found[1]
			if track, leads := tracks[template[found[0]+1:found[1]-1]]; leads {
				pattern, by = pattern+"("+track.form+")", track.ids
			} else {
				pattern += ".*?"
			}
		}
		return regexp.MustCompile("^" + pattern + regexp.QuoteMeta(template[at:]) + "$")
	})
	return ids{
		id: func(o origin, index int) string {
			d := o.die(index)
			return textOf(expand(template, func(name string) any { return o.fill(d, index, name) }))
		},
		index: func(o origin, id string) (int, bool) {
			found := form().FindStringSubmatch(id)
			if found == nil {
				return 0, false
			}
			return by.index(o, found[1])
		},
	}
}

// fill fills a blank of the ID of the resource with an index.
func (o origin) fill(d *die, index int, name string) any {
	if track, leads := tracks[name]; leads {
		return track.id(o, index)
	}
	if found := ownBlank.FindStringSubmatch(name); found != nil {
		return part(o.ownerID(index), found[2])
	}
	switch name {
	case "account":
		return o.account
	case "region":
		return o.region
	case "partition":
		return partitionOf(o.region)
	}
	return madeUp(d, name)
}

// partitionOf is the partition that has a region.
func partitionOf(region string) string {
	switch {
	case strings.HasPrefix(region, "cn-"):
		return PartitionChina
	case strings.HasPrefix(region, "us-gov-"):
		return PartitionGovCloud
	}
	return PartitionAWS
}

// rendering makes the document of a resource.
type rendering struct {
	call     *call
	of       *resourceType
	resource *Resource
}

// properties are the resource's model, without what never comes back.
func (x rendering) properties() map[string]any {
	t, r := x.of, x.resource
	document := map[string]any{}
	for name, template := range t.schema.Properties {
		document[name] = x.filled(template, name)
	}
	parts := []string{r.ID}
	if !t.native() && len(t.identifier) > 1 {
		parts = t.parts(r)
	}
	for i, name := range t.identifier {
		if _, there := document[name]; (!there || !t.native()) && i < len(parts) {
			document[name] = parts[i]
		}
	}
	if _, there := document[t.arn]; !there && t.arn != "-" {
		document[t.arn] = x.filled(t.plainARN("{id}"), t.arn)
	}
	for _, names := range t.parents[:min(len(t.parents), 1)] {
		for _, name := range names {
			if _, there := document[name]; !there {
				document[name] = unknownOwner(name)
			}
		}
	}
	x.addTags(document)
	if !t.native() {
		for name, value := range r.Attributes {
			if document[name] = value; value == nil {
				delete(document, name)
			}
		}
	}
	return document
}

// model is the properties of a resource of the caller's account.
func (c *call) model(r *Resource) map[string]any {
	return rendering{c, registry()[r.Kind], r}.properties()
}

// returned are the properties that come back: all but those that can only be written.
func (x rendering) returned(document map[string]any) map[string]any {
	back := maps.Clone(document)
	for _, name := range x.of.schema.WriteOnly {
		delete(back, name)
	}
	if name, writeOnly := strings.CutSuffix(x.of.tags, "!"); writeOnly {
		delete(back, strings.TrimRight(name, "[]{}"))
	}
	return back
}

// listed are the properties of a document that a listing shows.
func (x rendering) listed(document map[string]any) map[string]any {
	names, all := x.of.shown()
	back := x.returned(document)
	if all {
		return back
	}
	maps.DeleteFunc(back, func(name string, _ any) bool {
		return !slices.Contains(names, name) && !slices.Contains(x.of.identifier, name)
	})
	return back
}

// identifier is Cloud Control's name of the resource.
func (x rendering) identifier(document map[string]any) string {
	if !x.of.native() {
		return x.resource.ID
	}
	parts := make([]string, len(x.of.identifier))
	for i, name := range x.of.identifier {
		parts[i] = textOf(document[name])
	}
	return strings.Join(parts, "|")
}

func (x rendering) addTags(document map[string]any) {
	name := strings.TrimRight(x.of.tags, "[]{}!")
	switch {
	case name == "-" || len(x.resource.Tags) == 0:
	case strings.Contains(x.of.tags, "{}"):
		document[name] = x.resource.Tags
	default:
		document[name] = tagList(x.resource.Tags, "Key", "Value")
	}
}

// filled is a template of a value with its blanks filled.
func (x rendering) filled(template any, path string) any {
	switch v := template.(type) {
	case string:
		return expand(v, func(name string) any { return x.fill(path, name) })
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = x.filled(v[i], path+"."+strconv.Itoa(i))
		}
		return list
	case map[string]any:
		object := make(map[string]any, len(v))
		for name, value := range v {
			object[name] = x.filled(value, path+"."+name)
		}
		return object
	}
	return template
}

// fill fills a blank of a document.
func (x rendering) fill(path, name string) any {
	r := x.resource
	if found := ownBlank.FindStringSubmatch(name); found != nil {
		text := r.ID
		if found[1] == "owner" {
			text = ownerOf(r)
		}
		return part(text, found[2])
	}
	d := dieOf(x.call.caller.account, r.Region, x.of.name, r.ID, path, name)
	switch name {
	case "account":
		return x.call.caller.account
	case "region":
		return r.Region
	case "partition":
		return x.call.server.world.partition
	case "domain":
		return domain(x.call.server.world.partition)
	case "created":
		return created(r).UTC().Format(time.RFC3339)
	case "epoch":
		return epoch(created(r))
	case "zone":
		return zoneID(r.Region, d.next())
	}
	if other, isOther := strings.CutPrefix(name, "@"); isOther {
		return x.neighbour(d, other)
	}
	return madeUp(d, name)
}

// neighbour is the identifier, or a property, of some resource of another type in the same
// place, one of the first half of its population: to the others nothing points, so they can go.
func (x rendering) neighbour(d *die, name string) any {
	name, property, _ := strings.Cut(name, ".")
	t := registry()["AWS::"+name]
	w := x.call.server.world
	r := Resource{Kind: t.name, Region: t.place(w.partition, x.resource.Region)}
	r.ID = x.call.anyOf(t, r.Region, "", d)
	other := rendering{x.call, t, &r}
	if property != "" {
		return other.properties()[property]
	}
	if !t.native() {
		return r.ID
	}
	return other.identifier(other.properties())
}

// anyOf is the ID of one of the first half of a type's population in a region; if there is
// none, a made-up one, unless another is given.
func (c *call) anyOf(t *resourceType, region, otherwise string, d *die) string {
	w := c.server.world
	w.mu.RLock()
	defer w.mu.RUnlock()
	h := w.accounts[c.caller.account]
	n := h.population(t.name, region)
	if n == 0 && otherwise != "" {
		return otherwise
	}
	return h.origin(t.name, region).id(d.below((cmp.Or(n, 100) + 1) / 2))
}

// some is the ID of a resource of a type in the call's place that another resource points at,
// or if the estate has none there, the given one.
func (c *call) some(name, otherwise string) string {
	t := registry()[name]
	return c.anyOf(t, t.place(c.server.world.partition, c.signature.region), otherwise, dieOf("some", otherwise))
}

// role is the ARN of a role that a resource points at.
func (c *call) role(name string) string {
	return c.server.arn("iam", "", c.caller.account, "role/"+c.some("AWS::IAM::Role", name))
}

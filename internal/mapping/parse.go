package mapping

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"portolan/internal/aws/awsname"
	"portolan/internal/diag"
	"portolan/internal/mapping/jq"
)

const (
	queryField    = "selector.query"
	itemsField    = "port.itemsToParse"
	mappingsField = "port.entity.mappings"
)

// maxActions is how many optional actions a selector may include.
const maxActions = 3

// defaultAccounts is how many accounts are read at a time.
const defaultAccounts = 5

// parser reads the resources of a mapping, one after another.
type parser struct {
	config  *Config
	known   Known
	index   int
	kind    string
	parts   int      // of all expressions
	clock   bool     // an expression of the entry asks for the time
	written []string // of the entry's expressions
}

// report adds a diagnostic of the entry that is being read. Its code is the one given,
// unless the diagnostic has a more special one.
func (p *parser) report(code diag.Code, field, expression string, d diag.Diagnostic) {
	d.Code, d.Severity = cmp.Or(d.Code, code), diag.Error
	if code == diag.MappingRemark {
		d.Severity = diag.Note
	}
	d.Field, d.Expression = field, expression
	if p.index >= 0 {
		d.Entry = new(p.index)
	}
	if p.kind != "" {
		d.Kinds = []string{p.kind}
	}
	p.config.Diagnostics = append(p.config.Diagnostics, d)
}

// Keys are the keys that the objects of a mapping may have, by the path of the object. That of the mapping
// itself is "mapping", that of one of its resources "".
var Keys = map[string][]string{
	"mapping": {
		"resources", "deleteDependentEntities", "delete_dependent_entities", "createMissingRelatedEntities", "create_missing_related_entities",
		"enableMergeEntity", "enable_merge_entity", "entityDeletionThreshold", "entity_deletion_threshold",
	},
	"": {"kind", "selector", "port"},
	"selector": {
		"query", "exportEnvVariables", "regionPolicy", "includeActions", "maxConcurrentAccounts",
		"cloudControl", "useGetResourceAPI", "listGroupResources", "includeSecrets",
	},
	"selector.regionPolicy": {"allow", "deny"},
	"port":                  {"entity", "itemsToParse", "itemsToParseName", "itemsToParseTopLevelTransform"},
	"port.entity":           {"mappings"},
	mappingsField:           {"identifier", "title", "icon", "blueprint", "team", "properties", "relations"},
}

// unknown reports the keys of an object that have no meaning. What may be there is that of the place.
func (p *parser) unknown(path, place string, object map[string]any) {
	known := Keys[place]
	for _, key := range slices.Sorted(maps.Keys(object)) {
		if slices.Contains(known, key) {
			continue
		}
		d := diag.Diagnostic{Cause: "this key means nothing and is ignored"}
		for _, name := range known {
			if strings.EqualFold(strings.ReplaceAll(key, "_", ""), name) {
				d.Fix = "perhaps " + name + " is meant"
			}
		}
		p.report(diag.MappingRemark, strings.TrimPrefix(path+"."+key, "."), "", d)
	}
}

// resource reads one resource and adds it to the config, or to what is lost.
func (p *parser) resource(raw any) {
	object, ok := raw.(map[string]any)
	if !ok {
		p.report(diag.MappingResource, "", "", diag.Diagnostic{Cause: "the resource is " + article(raw), Fix: "write an object with kind, selector and port"})
		p.config.Lost = append(p.config.Lost, Lost{Resource: p.index})
		return
	}
	p.unknown("", "", object)
	r := &Resource{Index: p.index}
	p.clock, p.written = false, nil
	actions, usable := p.readKind(object["kind"])
	r.Kind = p.kind
	usable = p.readSelector(r, object["selector"], actions) && usable
	usable = p.readPort(r, object["port"]) && usable
	r.timeless, r.expressions = !p.clock, p.written
	if usable && len(r.templates) > 0 {
		p.config.Resources = append(p.config.Resources, r)
		return
	}
	for _, t := range r.templates {
		p.lose(t.fixedBlueprint())
	}
}

// lose records an entity mapping that cannot be used.
func (p *parser) lose(blueprint string) {
	p.config.Lost = append(p.config.Lost, Lost{Resource: p.index, Kind: p.kind, Blueprint: blueprint})
}

func (p *parser) readKind(raw any) (Actions, bool) {
	name, ok := raw.(string)
	if !ok || name == "" {
		p.report(diag.MappingResource, "kind", "", diag.Diagnostic{Code: diag.MappingKind, Cause: "the resource has no kind", Fix: `name an AWS resource type such as "AWS::S3::Bucket"`})
		return Actions{}, false
	}
	p.kind = name
	actions, ok := p.known(name)
	if !ok {
		p.report(diag.MappingResource, "kind", "", diag.Diagnostic{
			Code: diag.MappingKind, Cause: cmp.Or(actions.Why, fmt.Sprintf("the kind %q is not known", name)),
			Fix: cmp.Or(actions.Fix, "use the exact name of a kind that is listed in the documentation"),
		})
	}
	return actions, ok
}

// object returns a value as an object. If it is optional, null and absent count as empty. Any other
// type makes the resource unusable.
func (p *parser) object(raw any, field string, optional bool) (map[string]any, bool) {
	if raw == nil && optional {
		return nil, true
	}
	object, ok := raw.(map[string]any)
	if !ok {
		p.report(diag.MappingResource, field, "", diag.Diagnostic{Cause: fmt.Sprintf("it is %s, not an object", missing(raw))})
	}
	return object, ok
}

func missing(raw any) string {
	if raw == nil {
		return "missing"
	}
	return article(raw)
}

func (p *parser) readSelector(r *Resource, raw any, actions Actions) bool {
	r.Selector = Selector{Query: "true", MaxConcurrentAccounts: defaultAccounts}
	object, ok := p.object(raw, "selector", true)
	if !ok {
		return false
	}
	p.unknown("selector", "selector", object)
	if object["query"] != nil {
		text, isScalar := scalar(object["query"])
		if !isScalar {
			p.report(diag.MappingResource, queryField, "", diag.Diagnostic{Cause: "it is " + article(object["query"]) + ", not an expression"})
			return false
		}
		r.Selector.Query = text
	}
	if r.selector = p.expression(diag.MappingResource, queryField, r.Selector.Query); r.selector == nil {
		return false
	}
	p.readAccounts(r, object["maxConcurrentAccounts"])
	r.Selector.CloudControl = p.choice("selector.cloudControl", object["cloudControl"])
	r.Selector.UseGetResourceAPI = p.choice("selector.useGetResourceAPI", object["useGetResourceAPI"])
	groups := p.choice("selector.listGroupResources", object["listGroupResources"])
	r.Selector.ListGroupResources = groups != nil && *groups
	if r.Selector.IncludeSecrets, ok = p.texts(object["includeSecrets"], "selector.includeSecrets"); !ok {
		return false
	}
	return p.readRegions(r, object["regionPolicy"]) && p.readActions(r, object["includeActions"], actions)
}

// choice reads true or false, which mappings also write as texts; nil if there is neither.
func (p *parser) choice(field string, raw any) *bool {
	if raw == nil {
		return nil
	}
	text, _ := scalar(raw)
	switch strings.ToLower(text) {
	case "true":
		return new(true)
	case "false":
		return new(false)
	}
	p.report(diag.MappingRemark, field, "", diag.Diagnostic{Cause: "it is not true or false, and is ignored"})
	return nil
}

func (p *parser) readAccounts(r *Resource, raw any) {
	if raw == nil {
		return
	}
	text, _ := scalar(raw)
	var count int
	if _, err := fmt.Sscanf(text, "%d", &count); err == nil && fmt.Sprint(count) == text && count > 0 {
		r.Selector.MaxConcurrentAccounts = count
		return
	}
	p.report(diag.MappingRemark, "selector.maxConcurrentAccounts", "", diag.Diagnostic{
		Cause: fmt.Sprintf("it is not a number from 1 on; %d is used", defaultAccounts),
	})
}

func (p *parser) readRegions(r *Resource, raw any) bool {
	object, ok := p.object(raw, "selector.regionPolicy", true)
	if !ok {
		return false
	}
	p.unknown("selector.regionPolicy", "selector.regionPolicy", object)
	policy := &r.Selector.RegionPolicy
	policy.Allow, ok = p.texts(object["allow"], "selector.regionPolicy.allow")
	if !ok {
		return false
	}
	policy.Deny, ok = p.texts(object["deny"], "selector.regionPolicy.deny")
	if !ok {
		return false
	}
	p.judgeRegions("allow", policy.Allow)
	p.judgeRegions("deny", policy.Deny)
	return true
}

// judgeRegions reports the names that are not regions. A well-formed name may be of a region that is
// newer than the program: a caller that can ask AWS may know better.
func (p *parser) judgeRegions(list string, names []string) {
	for i, name := range names {
		known := awsname.Regions("")
		if slices.Contains(known, name) {
			continue
		}
		d := diag.Diagnostic{Code: diag.MappingRegion, Cause: fmt.Sprintf("%q is not a region of AWS", name)}
		if list == "deny" {
			d.Cause += ", and has no effect"
		}
		if near := awsname.NearestRegion(name, known); near != "" {
			d.Fix = "perhaps " + near + " is meant"
		}
		p.report(diag.MappingRemark, fmt.Sprintf("selector.regionPolicy.%s[%d]", list, i), name, d)
	}
}

func (p *parser) readActions(r *Resource, raw any, actions Actions) bool {
	const field = "selector.includeActions"
	names, ok := p.texts(raw, field)
	if !ok {
		return false
	}
	if len(names) > maxActions {
		p.report(diag.MappingResource, field, "", diag.Diagnostic{Cause: fmt.Sprintf("it has %d names; at most %d are possible", len(names), maxActions)})
		return false
	}
	for i, name := range names {
		switch {
		case slices.Contains(r.Selector.IncludeActions, name), slices.Contains(actions.Default, name):
		case slices.Contains(actions.Optional, name):
			r.Selector.IncludeActions = append(r.Selector.IncludeActions, name)
		default:
			d := diag.Diagnostic{Cause: fmt.Sprintf("%s is not an action of this kind and is ignored", name)}
			if len(actions.Optional) > 0 {
				d.Fix = "possible are " + strings.Join(actions.Optional, ", ")
			}
			p.report(diag.MappingField, fmt.Sprintf("%s[%d]", field, i), "", d)
		}
	}
	return true
}

// texts returns a list of texts.
func (p *parser) texts(raw any, field string) ([]string, bool) {
	if raw == nil {
		return nil, true
	}
	list, ok := raw.([]any)
	names := make([]string, 0, len(list))
	for _, element := range list {
		name, isText := element.(string)
		ok = ok && isText
		names = append(names, name)
	}
	if !ok {
		p.report(diag.MappingResource, field, "", diag.Diagnostic{Cause: "it is not a list of texts"})
	}
	return names, ok
}

func (p *parser) readPort(r *Resource, raw any) bool {
	object, ok := p.object(raw, "port", false)
	if !ok {
		p.lose("")
		return false
	}
	p.unknown("port", "port", object)
	entity, ok := p.object(object["entity"], "port.entity", false)
	if !ok {
		p.lose("")
		return false
	}
	p.unknown("port.entity", "port.entity", entity)
	p.readMappings(r, entity["mappings"])
	return p.readItems(r, object)
}

func (p *parser) readItems(r *Resource, port map[string]any) bool {
	if port["itemsToParse"] == nil {
		return true
	}
	text, ok := scalar(port["itemsToParse"])
	if !ok {
		p.report(diag.MappingResource, itemsField, "", diag.Diagnostic{Cause: "it is " + article(port["itemsToParse"]) + ", not an expression"})
		return false
	}
	x := &expansion{name: "item"}
	if x.query = p.expression(diag.MappingResource, itemsField, text); x.query == nil {
		return false
	}
	if name, ok := port["itemsToParseName"].(string); ok && name != "" {
		x.name = name
	} else if port["itemsToParseName"] != nil {
		p.report(diag.MappingRemark, "port.itemsToParseName", "", diag.Diagnostic{Cause: "it is not a name; item is used"})
	}
	strip, isBool := port["itemsToParseTopLevelTransform"].(bool)
	if port["itemsToParseTopLevelTransform"] != nil && !isBool {
		p.report(diag.MappingRemark, "port.itemsToParseTopLevelTransform", "", diag.Diagnostic{Cause: "it is not true or false; true is used"})
	}
	if strip || !isBool {
		x.path = jq.Source(text)
	}
	r.items = x
	return true
}

// expression compiles text, and reports why it cannot be.
func (p *parser) expression(code diag.Code, field, text string) *jq.Expression {
	if p.parts > maxParts {
		return nil // Compile says so of the whole mapping
	}
	e, d := jq.Compile(text)
	if d != nil {
		p.report(code, field, text, *d)
		return nil
	}
	p.written = append(p.written, text)
	p.parts += e.Parts()
	p.clock = p.clock || e.Clock()
	return e
}

// scalar returns the text of a value that is an expression: YAML turns some texts into numbers and
// booleans.
func scalar(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	case bool:
		return jq.ToString(v), true
	default:
		return "", false
	}
}

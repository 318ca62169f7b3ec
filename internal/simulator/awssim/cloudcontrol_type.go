package awssim

import (
	"cmp"
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// typeTable holds what AWS's registry says of each type; its first line explains the columns.
// The product has a table of its own, so that a mistake in either shows.
//
//go:embed cloudcontrol_types.tsv
var typeTable string

// LaterType is a type that AWS has and no table: it stands for those that AWS adds.
const LaterType = "AWS::Later::Widget"

const laterRow = LaterType + "\tyes\tyes\tregional\tName\tlater:ListWidgets\tlater:DescribeWidget\tTags[]\tnew\tArn\n"

// typeSchemas are models of some types, without "AWS::", so that their documents look like
// AWS's. The form is that of [schema]; what stands in braces is explained at [expand].
//
//go:embed cloudcontrol_schemas.json
var typeSchemas []byte

// resourceType is a type of AWS's registry.
type resourceType struct {
	name     string
	listable bool
	// parents are the properties that a listing needs to be told, as alternatives; none if
	// it needs none. filters are those that it may be told.
	parents    [][]string
	filters    []string
	scope      string
	identifier []string
	// listActions and readActions are what the handlers declare.
	listActions, readActions []string
	tags, arn                string
	regions                  []string // those that register the type; all if empty
	schema                   schema
	kind                     *kind
}

// schema is the model of a type. A type without one has its identifier, its ARN and its tags.
type schema struct {
	// ID makes the identifiers of a population. A kind with an API of its own has its own.
	ID string `json:"id"`
	// Owner is what the resources belong to.
	Owner ownership `json:"owner"`
	// List names the properties that a listing shows besides the identifier; * is all.
	List []string `json:"list"`
	// WriteOnly names the properties that never come back.
	WriteOnly []string `json:"writeOnly"`
	// Managed are the identifiers of what AWS keeps itself in the accounts that have
	// resources of the type.
	Managed []string `json:"managed"`
	// Choices are the values that a listing may be told for a property.
	Choices map[string][]string `json:"choices"`
	// Everywhere is a flag of resources that the listings of all regions name.
	Everywhere string         `json:"everywhere"`
	Properties map[string]any `json:"properties"`
}

// ownership is the type of an owner, and how the owner's ID follows from that of a resource. If
// the ID does not say it, the property that a listing needs to be told does.
type ownership struct {
	Type string `json:"type"`
	ID   string `json:"id"`
}

// registry returns the types by name.
var registry = sync.OnceValue(func() map[string]*resourceType {
	var schemas map[string]schema
	if err := json.Unmarshal(typeSchemas, &schemas); err != nil {
		panic(fmt.Errorf("the simulator's schemas: %w", err))
	}
	all := map[string]*resourceType{}
	for line := range strings.Lines(typeTable + laterRow) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		t := typeOf(strings.Split(strings.TrimSuffix(line, "\n"), "\t"))
		t.schema = schemas[strings.TrimPrefix(t.name, "AWS::")]
		if t.kind = kinds[t.name]; t.kind == nil {
			t.kind = t.own()
		}
		all[t.name] = t
	}
	return all
})

// Types returns the names of the types that Cloud Control knows, sorted. An estate can hold
// resources of each.
func Types() []string { return slices.Sorted(maps.Keys(registry())) }

// kindNamed returns the kind with a name: one that has an API of its own here, or a type that
// only Cloud Control reads; nil if there is none.
func kindNamed(name string) *kind {
	if k := kinds[name]; k != nil {
		return k
	}
	if t := registry()[name]; t != nil {
		return t.kind
	}
	return nil
}

var regionForm = regexp.MustCompile(`^[a-z]+(-[a-z]+)+-[0-9]`)

// typeOf reads a row of the table.
func typeOf(column []string) *resourceType {
	list := func(text string) []string {
		if text == "-" {
			return nil
		}
		return strings.Split(text, ",")
	}
	t := &resourceType{
		name: column[0], listable: column[1] != "no", scope: column[3], identifier: list(column[4]),
		listActions: list(column[5]), readActions: list(column[6]), tags: column[7], arn: column[9],
	}
	if regionForm.MatchString(column[8]) {
		t.regions = strings.Split(column[8], "/")
	}
	how, what, _ := strings.Cut(column[1], ":")
	switch {
	case how == "yes filter":
		t.filters = list(what)
	case strings.HasPrefix(how, "parent"):
		for either := range strings.SplitSeq(strings.ReplaceAll(what, ",", "+"), "|") {
			t.parents = append(t.parents, strings.Split(either, "+"))
		}
	}
	return t
}

var identifierForm = regexp.MustCompile(`(?s)^.+$`)

// own is the kind of a type that has no API of its own here. Its IDs are Cloud Control's
// identifiers.
func (t *resourceType) own() *kind {
	k := &kind{
		name: t.name, form: identifierForm, inseparable: true,
		things: []string{strings.ToLower(t.name[strings.LastIndexByte(t.name, ':')+1:])},
		ids:    traced(cmp.Or(t.schema.ID, t.plainID())),
	}
	if of := t.schema.Owner; of.Type != "" {
		k.owner = "AWS::" + of.Type
		if of.ID == "" {
			k.tie = t.parents[0][0]
		}
		k.belongs = func(r *Resource) string {
			if of.ID == "" {
				return given(r, k.tie, "")
			}
			return textOf(expand(of.ID, func(blank string) any { return part(r.ID, strings.TrimPrefix(blank, "id")) }))
		}
	}
	return k
}

// plainID makes the identifiers of a type without a schema. What belongs to something belongs
// to the one that [unknownOwner] names.
func (t *resourceType) plainID() string {
	parts := make([]string, len(t.identifier))
	named := false
	for i, property := range t.identifier {
		switch {
		case t.asksFor(property):
			parts[i] = unknownOwner(property)
		case named:
			parts[i] = "{x8}"
		case property == t.arn:
			parts[i], named = t.plainARN("{name}"), true
		default:
			parts[i], named = "{name}", true
		}
	}
	if !named {
		parts[len(parts)-1] = "{name}"
	}
	return strings.Join(parts, "|")
}

// unknownOwner is the value of a property that a listing needs to be told, where it is not
// known whose it is.
func unknownOwner(property string) string { return strings.ToLower(property) + "-1" }

// plainARN is an ARN that looks like one of the type's.
func (t *resourceType) plainARN(id string) string {
	words := strings.Split(strings.ToLower(t.name), "::")
	service := words[1]
	if actions := slices.Concat(t.readActions, t.listActions); len(actions) > 0 {
		service, _, _ = strings.Cut(strings.ToLower(actions[0]), ":")
	}
	return "arn:{partition}:" + service + ":{region}:{account}:" + words[2] + "/" + id
}

// asksFor says whether a listing needs to be told a property.
func (t *resourceType) asksFor(property string) bool {
	return len(t.parents) > 0 && slices.Contains(t.parents[0], property)
}

// allRegions says whether the listing of each region names the resources of all.
func (t *resourceType) allRegions() bool { return t.scope == "global-list" }

// home is the region in which the resources of a global type lie, empty for other types.
func (t *resourceType) home(partition string) string {
	if !strings.HasPrefix(t.scope, "global:") && t.scope != "global?" {
		return ""
	}
	if _, region, told := strings.Cut(t.scope, ":"); told && partition == PartitionAWS {
		return region
	}
	return standing[partition][0]
}

// place is the region where the resources lie that a call in a region is about.
func (t *resourceType) place(partition, asked string) string {
	return cmp.Or(t.home(partition), asked)
}

// native says whether the type has an API of its own here.
func (t *resourceType) native() bool { return kinds[t.name] != nil }

// registered says whether the registry of a region has the type.
func (t *resourceType) registered(w *world, region string) bool {
	return w.offered(t.name, region) && (w.partition != PartitionAWS || len(t.regions) == 0 || slices.Contains(t.regions, region))
}

// shown returns the properties that a listing shows besides the identifier, and whether it
// shows all. Where nobody has looked, it shows all if the list handler declares every action
// of the read handler.
func (t *resourceType) shown() (names []string, all bool) {
	if names := t.schema.List; len(names) > 0 {
		return names, names[0] == "*"
	}
	for _, action := range t.readActions {
		if !slices.Contains(t.listActions, action) {
			return nil, false
		}
	}
	return nil, true
}

// pageSize is how many resources the list handler returns at once: each has its own number.
func (t *resourceType) pageSize() int { return []int{20, 50, 100}[dieOf("page", t.name).below(3)] }

// check says what is wrong with a resource of the type.
func (t *resourceType) check(partition string, r *Resource) error {
	if home := t.home(partition); home != "" && r.Region != home {
		return fmt.Errorf("%s %s lies in %s, as all resources of a global type, not in %q", r.Kind, r.ID, home, r.Region)
	}
	if len(r.ID) > longestIdentifier {
		return fmt.Errorf("%s has an identifier of %d bytes, more than %d", r.Kind, len(r.ID), longestIdentifier)
	}
	if t.native() || len(t.identifier) == 1 {
		return nil
	}
	if parts := t.parts(r); len(parts) != len(t.identifier) || strings.Join(parts, "|") != r.ID {
		return fmt.Errorf("%s %q is not made of %s", r.Kind, r.ID, strings.Join(t.identifier, ", "))
	}
	return nil
}

// parts are the values that a composite identifier is made of: those among the attributes if
// they are there, since a value may have a | of its own.
func (t *resourceType) parts(r *Resource) []string {
	parts := make([]string, len(t.identifier))
	for i, property := range t.identifier {
		text, said := r.Attributes[property].(string)
		if !said {
			return strings.Split(r.ID, "|")
		}
		parts[i] = text
	}
	return parts
}

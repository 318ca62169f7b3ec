package main

import (
	"bytes"
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/invopop/jsonschema"

	"portolan/infra/config"
	"portolan/internal/aws/awsname"
	"portolan/internal/aws/cloudcontrol"
	"portolan/internal/aws/kinds"
	"portolan/internal/invocation"
	"portolan/internal/mapping"
	"portolan/internal/report"
)

// schemaFolder has the JSON Schemas. All are of draft 7, which editors know best.
const (
	schemaFolder = "docs/schemas"
	draft        = "http://json-schema.org/draft-07/schema#"
)

// object is an object of JSON.
type object = map[string]any

// schemas returns the JSON Schemas, by their files.
func schemas() (map[string]string, error) {
	fields, err := mappingSchema()
	if err != nil {
		return nil, err
	}
	said, err := reportSchema()
	if err != nil {
		return nil, err
	}
	files := make(map[string]string)
	for name, schema := range map[string]any{
		"portolan.json": config.Schema(), "mapping.json": fields, "payload.json": payloadSchema(), "report.json": said,
	} {
		var text bytes.Buffer
		to := json.NewEncoder(&text)
		to.SetEscapeHTML(false)
		to.SetIndent("", " ")
		if err := to.Encode(schema); err != nil {
			return nil, err
		}
		files[schemaFolder+"/"+name] = text.String()
	}
	return files, nil
}

// payloadSchema is that of what a person sends to the function. What the schedule, the queue and the state
// machine send is theirs.
func payloadSchema() object {
	items := map[string]object{
		"kinds":    {"anyOf": []any{object{"enum": cloudcontrol.Names()}, object{"type": "string"}}},
		"accounts": {"type": "string", "pattern": "^[0-9]{12}$"},
		"regions":  {"anyOf": []any{object{"enum": awsname.Regions("")}, object{"type": "string", "pattern": "^[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}$"}}},
	}
	properties := object{}
	for key, field := range invocation.Keys() {
		switch field.(type) {
		case *[]string:
			properties[key] = object{"type": []any{"array", "null"}, "items": items[key]}
		case *bool:
			properties[key] = object{"type": []any{"boolean", "null"}}
		default:
			properties[key] = object{"enum": append(anys(invocation.Actions()), nil), "default": invocation.Resync}
		}
	}
	only := func(action string, allowed ...string) object {
		taken := object{"action": true}
		for _, key := range allowed {
			taken[key] = true
		}
		return object{
			"if":   object{"properties": object{"action": object{"const": action}}, "required": []any{"action"}},
			"then": object{"properties": taken, "additionalProperties": object{"enum": []any{nil, false, []any{}}}},
		}
	}
	return object{
		"$schema": draft, "title": "Payload of Portolan's function",
		"description": "What an invocation asks the function to do. Nothing, null and {} ask for a resync of everything.",
		"type":        []any{"object", "null"}, "properties": properties, "additionalProperties": false,
		"allOf": []any{
			only(invocation.Poll), only(invocation.Doctor, "kinds", "accounts", "regions", "everyRegion"),
			object{
				"if":   object{"properties": object{"everyRegion": object{"const": true}}, "required": []any{"everyRegion"}},
				"then": object{"properties": object{"action": object{"const": invocation.Doctor}}, "required": []any{"action"}},
			},
		},
	}
}

func anys[T any](values []T) []any {
	all := make([]any, len(values))
	for i, value := range values {
		all[i] = value
	}
	return all
}

// leaves say what a key of a mapping holds. A key that mapping.Keys has and that is missing here is an error.
var leaves = func() map[string]object {
	expression := func(about string) object {
		return object{"type": []any{"string", "number", "boolean", "null"}, "description": about}
	}
	truth := func(about string) object {
		return object{"anyOf": []any{object{"type": []any{"boolean", "null"}}, object{"type": "string", "pattern": "^(true|false|True|False|TRUE|FALSE)$"}}, "description": about}
	}
	names := func(about string) object {
		return object{"type": []any{"array", "null"}, "items": object{"type": "string"}, "description": about}
	}
	search := func(about string) object {
		return object{"anyOf": []any{expression("A JQ expression."), object{"$ref": "#/definitions/search"}}, "description": about}
	}
	section := func(of object, about string) object {
		return object{"type": []any{"object", "null"}, "additionalProperties": of, "description": about}
	}
	all := map[string]object{
		"mapping.resources": {"type": []any{"array", "null"}, "items": object{"$ref": "#/definitions/resource"}, "maxItems": 2000},
		"kind":              {"$ref": "#/definitions/kind"},
		"selector.query":    expression("A JQ expression that says true or false of a document; only documents for which it is true are mapped."),
		"selector.includeActions": {"type": []any{"array", "null"}, "items": object{"type": "string"}, "maxItems": 3,
			"description": "Optional reads of the kind, which add properties to its documents."},
		"selector.maxConcurrentAccounts":     {"type": []any{"integer", "string", "null"}, "minimum": 1, "description": "Accepted, without effect."},
		"selector.includeSecrets":            names("Properties of the kind that are withheld unless they are named here."),
		"selector.exportEnvVariables":        {"description": "Accepted, without effect."},
		"selector.cloudControl":              truth("Whether documents have the form of AWS Cloud Control."),
		"selector.useGetResourceAPI":         truth("Whether each resource is read by a call of its own."),
		"selector.listGroupResources":        truth("Whether the members of resource groups are read."),
		"selector.regionPolicy.allow":        names("Only these regions are read."),
		"selector.regionPolicy.deny":         names("These regions are not read."),
		"port.itemsToParse":                  expression("A JQ expression that returns a list; each element makes an item."),
		"port.itemsToParseName":              {"type": []any{"string", "null"}, "minLength": 1, "default": "item", "description": "The name under which expressions see the element."},
		"port.itemsToParseTopLevelTransform": {"type": []any{"boolean", "null"}, "default": true},
		"port.entity.mappings": {"anyOf": []any{
			object{"$ref": "#/definitions/entity"}, object{"type": "array", "minItems": 1, "items": object{"$ref": "#/definitions/entity"}},
		}},
		"port.entity.mappings.identifier": search("The entity's identifier, or a search for the entity."),
		"port.entity.mappings.title":      expression("The entity's title."),
		"port.entity.mappings.icon":       expression("The entity's icon."),
		"port.entity.mappings.blueprint":  expression(`The entity's blueprint. A constant needs quotes of its own inside: '"sqsQueue"'.`),
		"port.entity.mappings.team":       search("The entity's team, or a search for it."),
		"port.entity.mappings.properties": section(expression("A JQ expression."), "The entity's properties, each a JQ expression."),
		"port.entity.mappings.relations":  section(search("The identifier of the related entity, or a search for it."), "The entity's relations."),
	}
	for key, about := range map[string]string{
		"deleteDependentEntities": "Whether deleting an entity deletes what depends on it.", "createMissingRelatedEntities": "Whether a relation to a missing entity creates it.",
		"enableMergeEntity": "Whether properties that the mapping does not name are left alone.",
	} {
		all["mapping."+key] = truth(about)
		all["mapping."+key]["default"] = true
	}
	all["mapping.entityDeletionThreshold"] = object{
		"type": []any{"number", "string", "null"}, "minimum": 0, "maximum": 1, "default": 0.9,
		"description": "The largest share of the entities that a run deletes.",
	}
	return all
}()

// objectOf returns the schema of an object of the mapping.
func objectOf(place string, required ...string) (object, error) {
	prefix := strings.TrimPrefix(place+".", ".")
	properties := object{}
	for _, key := range mapping.Keys[place] {
		path := prefix + key
		if _, above := mapping.Keys[path]; above && leaves[path] == nil {
			nested, err := objectOf(path, map[string][]string{"port": {"entity"}, "port.entity": {"mappings"}}[path]...)
			if err != nil {
				return nil, err
			}
			properties[key] = nested
			continue
		}
		leaf, known := leaves[path]
		if words := strings.Split(key, "_"); !known && len(words) > 1 { // another spelling of the same
			for i, word := range words[1:] {
				words[i+1] = strings.ToUpper(word[:1]) + word[1:]
			}
			leaf, known = leaves[prefix+strings.Join(words, "")]
		}
		if !known {
			return nil, fmt.Errorf("the schema of the mapping does not say what %s holds", path)
		}
		properties[key] = leaf
	}
	of := object{"type": "object", "additionalProperties": false, "properties": properties}
	if strings.HasPrefix(place, "selector") {
		of["type"] = []any{"object", "null"}
	}
	if len(required) > 0 {
		of["required"] = anys(required)
	}
	return of, nil
}

// mappingSchema is that of a mapping: the whole, its list of resources, or one resource.
func mappingSchema() (object, error) {
	whole, err := objectOf("mapping")
	if err != nil {
		return nil, err
	}
	resource, err := objectOf("", "kind", "port")
	if err != nil {
		return nil, err
	}
	entity, err := objectOf("port.entity.mappings", "identifier", "blueprint")
	if err != nil {
		return nil, err
	}
	var actions []any
	for _, k := range kinds.All {
		if len(k.Optional) == 0 {
			continue
		}
		actions = append(actions, object{
			"if": object{"properties": object{"kind": object{"const": k.Type}}, "required": []any{"kind"}},
			"then": object{"properties": object{"selector": object{"properties": object{"includeActions": object{
				"items": object{"enum": anys(append(k.OptionalNames(), k.DefaultNames()...))},
			}}}}},
		})
	}
	resource["allOf"] = actions
	return object{
		"$schema": draft, "title": "Mapping of Portolan",
		"description": "How the documents of AWS's resources become entities in Port. docs/configuration.md explains it.",
		// One after the other, not anyOf: an editor then says what is wrong with the one that is meant.
		"if": object{"type": "array"}, "then": object{"items": object{"$ref": "#/definitions/resource"}},
		"else": object{
			"if": object{"required": []any{"kind"}}, "then": object{"$ref": "#/definitions/resource"}, "else": object{"$ref": "#/definitions/mapping"},
		},
		"definitions": object{
			"mapping": whole, "resource": resource, "entity": entity,
			"kind": object{"description": "A resource type of AWS.", "anyOf": []any{
				object{"enum": cloudcontrol.Names()},
				object{"type": "string", "pattern": "^[A-Za-z0-9]{2,64}(::[A-Za-z0-9]{2,64}){2}(::MODULE)?$"}, // newer than the program
			}},
			"search": object{"type": "object", "required": []any{"combinator", "rules"}, "properties": object{
				"combinator": object{"type": "string"},
				"rules": object{"type": "array", "minItems": 1, "items": object{"anyOf": []any{
					object{"$ref": "#/definitions/search"}, object{"type": "object", "required": []any{"property", "operator", "value"}},
				}}},
			}},
		},
	}, nil
}

// reportSchema is that of a report. It is made of the report's types and their comments.
func reportSchema() (object, error) {
	r := jsonschema.Reflector{Anonymous: true, Mapper: func(of reflect.Type) *jsonschema.Schema {
		if of != reflect.TypeFor[time.Time]() && of.Implements(reflect.TypeFor[encoding.TextMarshaler]()) {
			return &jsonschema.Schema{Type: "string"}
		}
		return nil
	}}
	for _, folder := range []string{"internal/report", "internal/diag"} {
		if err := r.AddGoComments("portolan", folder); err != nil {
			return nil, err
		}
	}
	text, err := json.Marshal(r.Reflect(&report.Report{}))
	if err != nil {
		return nil, err
	}
	// Draft 7 has definitions where later drafts have $defs.
	text = bytes.ReplaceAll(text, []byte(`#/$defs/`), []byte(`#/definitions/`))
	var schema object
	if err := json.Unmarshal(text, &schema); err != nil {
		return nil, err
	}
	// A list or a map that is always there is null if it has nothing.
	for _, of := range schema["$defs"].(object) {
		required, _ := of.(object)["required"].([]any)
		for _, name := range required {
			property, _ := of.(object)["properties"].(object)[name.(string)].(object)
			if kind := property["type"]; kind == "array" || kind == "object" {
				property["type"] = []any{kind, "null"}
			}
		}
	}
	schema["$schema"], schema["definitions"] = draft, schema["$defs"]
	delete(schema, "$defs")
	schema["title"] = "Report of a run of Portolan"
	return schema, nil
}

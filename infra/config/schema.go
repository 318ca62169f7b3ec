package config

import (
	"maps"
	"regexp"
	"strconv"
	"strings"

	"portolan/internal/aws/awsname"
	"portolan/internal/aws/cloudcontrol"
)

// keywords are those of JSON Schema.
type keywords = map[string]any

// Values may be written as text too, as they are on the command line.
var (
	texts   = keywords{"type": []string{"string", "number", "boolean"}}
	numbers = keywords{"type": []string{"integer", "string"}, "minimum": 0, "pattern": `^\s*[+-]?[0-9]+\s*$`}
	lists   = keywords{"type": []string{"array", "string", "integer"}, "items": keywords{"type": []string{"string", "integer"}}}
	truth   = keywords{"type": []string{"boolean", "string"}, "pattern": `^\s*(true|false)\s*$`}

	// types are the types of the table; what is none of these is a text.
	types = map[string]keywords{
		// Variables take more words for true and false than the stack's own keys.
		"boolean": {"type": []string{"boolean", "string", "integer"}, "pattern": `^\s*(true|True|false|False|yes|no|on|off|[tfyn01])\s*$`, "minimum": 0, "maximum": 1},
		"MB":      numbers, "days": numbers, "hours": numbers, "minutes": numbers, "number": numbers, "percent": numbers,
		"runs": numbers, "seconds": numbers,
		"share": {"type": []string{"number", "string"}, "minimum": 0, "maximum": 1},
		"list":  lists, "list of role ARNs": lists,
	}
)

func pattern(of *regexp.Regexp) keywords {
	return keywords{"pattern": strings.Replace(strings.TrimSuffix(of.String(), "$")+`\s*$`, "^", `^\s*`, 1)}
}

// choice is one of some texts.
func choice(values ...string) keywords { return keywords{"enum": values} }

// Schema returns the JSON Schema of the file of keys, by which editors complete and check it. What
// it refuses, [Load] refuses too; what keys mean together, and whether names exist, only Load knows.
func Schema() map[string]any {
	properties := keywords{}
	for _, row := range Table() {
		if row.Name == "config" {
			continue // it names the file
		}
		properties[row.Name] = row.schema()
	}
	for name, item := range map[string]string{"kinds": "kind", "initialKinds": "kind", "regions": "region", "eventRegions": "region"} {
		properties[name].(keywords)["items"] = keywords{"$ref": "#/definitions/" + item}
	}
	return keywords{
		"$schema":              "http://json-schema.org/draft-07/schema#",
		"title":                "Portolan's " + defaultFile,
		"description":          "What an installation of Portolan is to be. docs/infrastructure.md explains each key.",
		"type":                 "object",
		"additionalProperties": false,
		"properties":           properties,
		"definitions": keywords{
			"kind":   offer(append(groups(), cloudcontrol.Names()...)...),
			"region": offer(awsname.Regions("")...),
		},
	}
}

// schema returns what JSON Schema says of a key.
func (row Key) schema() keywords {
	of := keywords{}
	if general, known := types[row.Type]; known {
		maps.Copy(of, general)
	} else {
		maps.Copy(of, texts)
	}
	if row.form != nil {
		maps.Copy(of, row.form.keywords)
	}
	if of["anyOf"] != nil {
		delete(of, "type")
		delete(of, "pattern")
	}
	of["description"] = row.Meaning
	if row.Default != "" {
		of["default"] = typed(row.Default)
	}
	return of
}

// typed returns a default as it would be written in the file.
func typed(text string) any {
	if n, err := strconv.ParseFloat(text, 64); err == nil {
		return n
	}
	if text == "true" || text == "false" {
		return text == "true"
	}
	return text
}

// offer offers values, and lets other texts pass: one may be written in another way, or hold several.
func offer[T any](values ...T) keywords {
	return keywords{"anyOf": []any{keywords{"enum": values}, keywords{"type": "string"}}}
}

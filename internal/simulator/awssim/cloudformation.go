package awssim

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// Of CloudFormation the registry is simulated, and the list of stacks, which are those that
// Cloud Control reads.
var cloudFormation = service{
	name: "cloudformation", wire: &queryWire{version: "2010-05-15", namespace: "http://cloudformation.amazonaws.com/doc/2010-05-15/", items: itemNames{"": "member"}},
	dialect: queryDialect,
	scope: func(c *call) string {
		name := strings.ReplaceAll(c.text("TypeName"), "::", "-")
		return c.server.arn("cloudformation", c.signature.region, c.caller.account, "type/resource/"+name+"/*")
	},
}

func init() {
	cloudFormation.serve(
		operation{name: "DescribeType", takes: members{"Type": isText, "TypeName": isText}, answer: describeType},
		operation{name: "DescribeStacks", list: &listing{
			kind: "AWS::CloudFormation::Stack", items: "Stacks", item: stack, size: bounds{usual: 100}, token: "NextToken",
		}},
	)
}

// stack is a stack as DescribeStacks returns it.
func stack(c *call, r *Resource) object {
	answer := object{{"StackId", r.ID}, {"DisableRollback", false}, {"Tags", tagList(r.Tags, "Key", "Value")}}
	model := c.model(r)
	for _, name := range []string{"StackName", "StackStatus", "Description", "EnableTerminationProtection", "CreationTime"} {
		answer = append(answer, member{name, model[name]})
	}
	return answer
}

// describeType answers with the type's schema as far as it is known.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeType.html
func describeType(c *call) (object, error) {
	name := c.text("TypeName")
	c.call.Resource = name
	bad := c.service.dialect.badParameter
	switch {
	case c.text("Type") == "" || name == "":
		return nil, bad.saying("Either Type and TypeName, or Arn must be provided.")
	case c.text("Type") != "RESOURCE":
		return nil, bad.saying("only types of resources are simulated, not %s", c.text("Type"))
	case !typeNameForm.MatchString(name):
		return nil, c.malformed("typeName", name, typeNameForm.String())
	}
	t := registry()[name]
	if t == nil || !t.registered(c.server.world, c.signature.region) {
		return nil, refuse(404, "TypeNotFoundException", "").saying("The type '%s' cannot be found.", name)
	}
	return object{
		{"Arn", c.server.arn("cloudformation", c.signature.region, "", "type/resource/"+strings.ReplaceAll(name, "::", "-"))},
		{"Type", "RESOURCE"},
		{"TypeName", name},
		{"Description", "Resource Type definition for " + name},
		{"Schema", string(appendJSON(nil, t.registrySchema()))},
		{"ProvisioningType", "FULLY_MUTABLE"},
		{"DeprecatedStatus", "LIVE"},
		{"Visibility", "PUBLIC"},
		{"IsActivated", true},
		{"TimeCreated", firstCreated.Format(time.RFC3339)},
	}, nil
}

// registrySchema is the schema of the type in the registry's form.
func (t *resourceType) registrySchema() object {
	pointers := func(names []string) []string {
		list := make([]string, len(names))
		for i, name := range names {
			list[i] = "/properties/" + name
		}
		return list
	}
	tag := strings.TrimRight(t.tags, "[]{}!")
	properties, names := object{}, slices.Concat(slices.Collect(maps.Keys(t.schema.Properties)), t.identifier)
	if t.arn != "-" {
		names = append(names, t.arn)
	}
	if tag != "-" {
		names = append(names, tag)
	}
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		properties = append(properties, member{name, object{{"description", ""}}})
	}
	handlers := object{{"read", object{{"permissions", t.readActions}}}}
	if t.listable {
		list := object{{"permissions", t.listActions}}
		if len(t.parents) > 0 {
			list = append(list, member{"handlerSchema", object{{"required", t.parents[0]}}})
		}
		handlers = append(handlers, member{"list", list})
	}
	schema := object{
		{"typeName", t.name}, {"description", "Resource Type definition for " + t.name}, {"properties", properties},
		{"primaryIdentifier", pointers(t.identifier)}, {"writeOnlyProperties", pointers(t.schema.WriteOnly)},
		{"handlers", handlers}, {"additionalProperties", false},
	}
	if tag == "-" {
		return append(schema, member{"tagging", object{{"taggable", false}}})
	}
	return append(schema, member{"tagging", object{{"taggable", true}, {"tagProperty", "/properties/" + tag}}})
}

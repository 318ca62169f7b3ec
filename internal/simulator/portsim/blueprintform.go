package portsim

import "regexp"

// The form of a blueprint in a request.

var (
	blueprintName = regexp.MustCompile(`^[\p{L}0-9@_.+:\\/-]+$`)
	memberName    = regexp.MustCompile(`^[A-Za-z0-9@_=-]+$`)

	memberKey = matching(memberName, 100)

	propertyTypes  = word("string", "number", "boolean", "object", "array")
	propertyFormat = word(sortedKeys(formats)...)
	title          = textOf(1, 100)
	description    = textOf(0, 200)
	count          = whole(0, 1<<31)
	words          = list(0, 1000, text)
)

var propertyForm = object(
	must("type", propertyTypes),
	may("title", title), may("description", description), may("icon", text), may("default", anything),
	may("format", propertyFormat),
	may("enum", list(1, 1000, anything)), may("enumColors", dict(text, text)),
	may("pattern", text), may("minLength", count), may("maxLength", count),
	may("minimum", number), may("maximum", number), may("exclusiveMinimum", number), may("exclusiveMaximum", number),
	may("items", object(
		may("type", propertyTypes), may("format", propertyFormat), may("enum", list(1, 1000, anything)),
		may("enumColors", dict(text, text)), may("pattern", text), may("properties", dict(text, anything)),
	)),
	may("minItems", count), may("maxItems", count), may("uniqueItems", flag),
	may("properties", dict(text, anything)), may("required", words), may("additionalProperties", anything), may("patternProperties", dict(text, anything)),
	may("spec", word("open-api", "async-api", "embedded-url")), may("specAuthentication", dict(text, anything)),
)

var relationForm = object(
	must("target", text), must("required", flag), must("many", flag),
	may("title", title), may("description", description),
)

var blueprintFields = []field{
	may("icon", orNull(textOf(0, 100))),
	may("description", orNull(description)),
	may("relations", dict(memberKey, relationForm)),
	may("mirrorProperties", dict(memberKey, object(must("path", text), may("title", title)))),
	may("calculationProperties", dict(memberKey, object(
		must("calculation", text), must("type", propertyTypes),
		may("title", title), may("description", description), may("icon", text), may("format", text),
		may("items", dict(text, anything)), may("colorized", flag), may("colors", dict(text, text)),
		may("spec", text), may("specAuthentication", dict(text, anything)),
	))),
	may("aggregationProperties", dict(memberKey, object(
		must("target", text), must("calculationSpec", dict(text, anything)),
		may("title", title), may("description", description), may("icon", text), may("type", word("number")),
		may("query", searchObject), may("pathFilter", list(0, 100, anything)),
	))),
	may("teamInheritance", orNull(object(must("path", text)))),
	may("ownership", orNull(object(must("type", word("Direct", "Inherited")), may("path", text), may("title", title)))),
	may("changelogDestination", orNull(dict(text, anything))),
}

var schemaForm = object(must("properties", dict(memberKey, propertyForm)), may("required", words))

// blueprintBody is the form of a new blueprint.
var blueprintBody = object(append([]field{
	must("identifier", matching(blueprintName, 100)), must("title", title), must("schema", schemaForm),
}, blueprintFields...)...)

// blueprintPatch is the form of a change to a blueprint: any of its keys.
var blueprintPatch = object(append([]field{
	may("identifier", matching(blueprintName, 100)), may("title", title), may("schema", schemaForm),
}, blueprintFields...)...)

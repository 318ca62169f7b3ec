package portsim

import "regexp"

// The form of entities and of search objects in a request.

// maxIdentifier is the longest identifier of an entity, in characters.
const maxIdentifier = 1000

var (
	entityName = regexp.MustCompile(`^[\p{L}0-9@_.+:\\/='-]+$`)
	identifier = matching(entityName, maxIdentifier)
)

var upsertQuery = params{
	"upsert":                          {accepts: boolean},
	"merge":                           {accepts: boolean},
	"create_missing_related_entities": {accepts: boolean},
	"validation_only":                 {accepts: boolean},
}.with()

// entityBody is the form that does not depend on the blueprint. If it is violated, the
// whole request is refused; properties and relations are checked for each entity.
var entityBody = object(
	must("identifier", either(identifier, searchObject)),
	may("blueprint", text),
	may("title", orNull(text)),
	may("icon", orNull(text)),
	may("team", orNull(either(either(text, list(0, 100, text)), searchObject))),
	may("properties", dict(anything, anything)),
	may("relations", dict(anything, anything)),
)

// maxBulk is how many entities one bulk upsert may carry.
const maxBulk = 20

var bulkBody = object(must("entities", list(1, maxBulk, entityBody)))

// maxDelete is how many entities one bulk delete may name.
const maxDelete = 100

var (
	deleteQuery = params{"delete_dependents": {accepts: boolean, required: true}}.with()
	deleteBody  = object(must("entities", list(1, maxDelete, identifier)))
)

// searchObject is {"combinator", "rules"}; a rule may be such an object again.
func searchObject(at string, v any) error {
	return object(
		must("combinator", word("and", "or")),
		must("rules", list(1, 1000, searchRule)),
	)(at, v)
}

func searchRule(at string, v any) error {
	m, ok := v.(map[string]any)
	if !ok {
		return wrong(at, "a rule", v)
	}
	if _, nested := m["combinator"]; nested {
		return searchObject(at, v)
	}
	form := object(
		must("property", textOf(1, 1000)),
		must("operator", word("=", "in", "containsAny", "contains")),
		must("value", anything),
	)
	if err := form(at, v); err != nil {
		return err
	}
	return ruleValue[m["operator"].(string)](at+".value", m["value"])
}

// ruleValue is what each operator may be asked to compare with.
var ruleValue = map[string]check{
	"=":           orNull(either(text, number)),
	"in":          list(0, 1000, text),
	"containsAny": list(0, 1000, text),
	"contains":    orNull(either(text, list(0, 1000, anything))),
}

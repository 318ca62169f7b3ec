package mapping

import "fmt"

// Result is what a resource makes of one document.
type Result struct {
	// Items is the number of items after itemsToParse, 1 without it. Each item
	// and entity mapping ends up in exactly one of Entities, Dropped and
	// Errors, unless the selector filtered the item.
	Items    int
	Entities []Entity
	// Filtered is the number of items for which the selector returned false.
	Filtered int
	// Dropped are entities without identifier or blueprint. They are not errors.
	Dropped []Drop
	// Errors are items and entities that could not be mapped. Each of them may exist in Port,
	// so nothing that may belong to them may be deleted.
	Errors []*Failure
	// Nulls are the fields that are null, once for each entity of Entities.
	Nulls []Null
	// SkippedItems is the number of documents whose itemsToParse is not an array.
	SkippedItems int
}

// Drop is an entity that was left out because it has no identifier or no
// blueprint.
type Drop struct {
	Field     string // "identifier" or "blueprint"
	Reason    string
	Blueprint string // "" if it is not known
	// Failed says that the expression failed, instead of returning null. What it should have
	// returned may be in Port.
	Failed bool
}

// Failure says why an item or an entity could not be mapped. It holds nothing
// of the document but the entity's own identifier.
type Failure struct {
	Field      string // path in the mapping, "selector.query" or "relations.account"
	Expression string
	Reason     string
	Blueprint  string // blueprint of the entity, "" if it is not known
	Identifier string // key of the entity, "" if it is not known
	Err        error  // the cause, if the evaluation was stopped
}

// Error says the field, the reason and the entity.
func (f *Failure) Error() string {
	text := f.Field + ": " + f.Reason
	if f.Identifier != "" {
		text += fmt.Sprintf(" (%s %q)", f.Blueprint, shortened(f.Identifier))
	}
	return text
}

// Unwrap returns the cause.
func (f *Failure) Unwrap() error { return f.Err }

// Null is a field without a value. Reason says why its expression failed; it
// is empty if the expression itself returned null, or nothing at all.
type Null struct {
	Field  string
	Reason string
}

func shortened(s string) string {
	const most = 120
	runes := []rune(s)
	if len(runes) <= most {
		return s
	}
	return string(runes[:most]) + "…"
}

package upsert

import (
	"fmt"
	"slices"
	"strings"

	"portolan/internal/mapping"
	"portolan/internal/plain"
	"portolan/internal/port/mask"
)

// longestShown is how many characters of a value a dry run shows.
const longestShown = 80

// shown decides what a dry run shows of the values of entities. It shows single values,
// masked like examples, and the targets of relations. The mask goes by the name and place of
// a value in the document, which it cannot do for lists, objects, and values that an
// expression takes from a member that suggests a secret: only their shape is shown.
type shown struct {
	mask    func(map[string]any) map[string]any
	secrets map[int]map[string]bool // fields that may be secret, by the index of the mapping's entry
}

func newShown(masked func(map[string]any) map[string]any, resources []*mapping.Resource) *shown {
	s := &shown{mask: masked, secrets: make(map[int]map[string]bool)}
	for _, r := range resources {
		s.secrets[r.Index] = make(map[string]bool)
		for field, expressions := range r.Expressions() {
			s.secrets[r.Index][field] = slices.ContainsFunc(expressions, mask.TellsSecret)
		}
	}
	return s
}

// change shows a field of an entity that an entry of the mapping made.
func (s *shown) change(entry int, field string, old, now any) Change {
	if s.secrets[entry][field] {
		return Change{field, hidden(old), hidden(now)}
	}
	return Change{field, s.value(field, old), s.value(field, now)}
}

func (s *shown) value(field string, value any) any {
	if empty(value) {
		return nil
	}
	section, name, member := strings.Cut(field, ".")
	if !member || section == "relations" {
		name = section // relations hold names only
	}
	if list, many := value.([]any); many && name == section {
		texts := make([]string, len(list))
		for i, one := range list {
			texts[i] = fmt.Sprint(one)
		}
		value = strings.Join(texts, ", ")
	}
	text, isText := value.(string)
	switch value.(type) {
	case []any, map[string]any:
		return hidden(value)
	}
	if !isText {
		return s.mask(map[string]any{name: value})[name]
	}
	if looksEncoded(text) {
		return "(a text of " + plain.Count(len([]rune(text)), "character", "characters") + ", not shown)"
	}
	masked, _ := s.mask(map[string]any{name: text})[name].(string)
	if runes := []rune(masked); len(runes) > longestShown {
		return string(runes[:longestShown]) + "…"
	}
	return masked
}

// looksEncoded says whether a text holds an object, a list or several lines, in which
// the mask finds no names.
func looksEncoded(text string) bool {
	return strings.ContainsAny(text, "\n\r") || strings.HasPrefix(strings.TrimSpace(text), "{") || strings.HasPrefix(strings.TrimSpace(text), "[")
}

// hidden returns only the shape of a value; null and booleans stay, because they reveal nothing.
func hidden(value any) any {
	switch value := value.(type) {
	case nil, bool:
		return value
	case []any:
		return fmt.Sprintf("(a list of %d, not shown)", len(value))
	case map[string]any:
		return "(an object of " + plain.Count(len(value), "member", "members") + ", not shown)"
	default:
		return "(not shown)"
	}
}

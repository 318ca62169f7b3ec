package mapping

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"unicode"
	"unicode/utf8"

	"portolan/internal/mapping/jq"
	"portolan/internal/plain"
)

// The limits of Port's entity schema.
const (
	maxIdentifier = 1000 // characters of an entity's identifier
	maxBlueprint  = 100  // characters of a blueprint's identifier
)

// asIdentifier returns a value as the identifier of an entity: a text or a search
// object. A number stands for its digits.
func asIdentifier(v any) (any, error) {
	switch value := v.(type) {
	case string:
		return v, validIdentifier(value)
	case map[string]any:
		return v, validSearch(value)
	}
	if isNumber(v) {
		return jq.ToString(v), nil
	}
	return nil, fmt.Errorf("the expression returned %s, not a text", article(v))
}

// asBlueprint returns a value as the identifier of a blueprint.
func asBlueprint(v any) (string, error) {
	text, ok := v.(string)
	if !ok {
		return "", fmt.Errorf("the expression returned %s, not a text", article(v))
	}
	return text, validName(text, maxBlueprint, "@_.+:\\/-")
}

// asTitle returns a value as a title; numbers and booleans as their text.
func asTitle(v any) (any, error) {
	switch v.(type) {
	case nil, string:
		return v, nil
	case bool:
		return jq.ToString(v), nil
	}
	if isNumber(v) {
		return jq.ToString(v), nil
	}
	return nil, fmt.Errorf("the expression returned %s, not a text", article(v))
}

// asIcon returns a value as an icon. Booleans have the same text as in
// Ocean, so that the same mapping makes the same entity.
func asIcon(v any) (any, error) {
	if b, ok := v.(bool); ok {
		return pythonBool(b), nil
	}
	return asTitle(v)
}

func pythonBool(b bool) string {
	if b {
		return "True"
	}
	return "False"
}

// asTeam returns a value as a team: a text, an array of texts or a search object.
func asTeam(v any) (any, error) {
	switch v := v.(type) {
	case []any:
		return asTexts(v, func(string) error { return nil })
	case map[string]any:
		return v, validSearch(v)
	default:
		return asIcon(v)
	}
}

// asRelation returns a value as the target of a relation: null, an identifier, an
// array of identifiers or a search object.
func asRelation(v any) (any, error) {
	switch v := v.(type) {
	case nil:
		return nil, nil
	case []any:
		return asTexts(v, validIdentifier)
	default:
		return asIdentifier(v)
	}
}

// asTexts returns an array whose elements all are valid texts.
func asTexts(v []any, valid func(string) error) (any, error) {
	out := v
	for i, element := range v {
		text, ok := element.(string)
		if !ok && !isNumber(element) {
			return nil, fmt.Errorf("element %d is %s, not a text", i, article(element))
		}
		if !ok {
			if &out[0] == &v[0] {
				out = append([]any(nil), v...)
			}
			text = jq.ToString(element)
			out[i] = text
		}
		if err := valid(text); err != nil {
			return nil, fmt.Errorf("element %d: %w", i, err)
		}
	}
	return out, nil
}

// validIdentifier says why a text cannot be the identifier of an entity.
func validIdentifier(s string) error {
	return validName(s, maxIdentifier, "@_.+:\\/='-")
}

func validName(s string, most int, special string) error {
	switch {
	case s == "":
		return errors.New("it is empty")
	case s == "." || s == "..":
		return fmt.Errorf("%q is reserved", s)
	case utf8.RuneCountInString(s) > most:
		return fmt.Errorf("it is longer than %s", plain.Count(most, "character", "characters"))
	}
	at := 0
	for _, r := range s {
		at++
		if !allowed(r, special) {
			return fmt.Errorf("character %d is %q; Port allows letters, digits and %s", at, r, special)
		}
	}
	return nil
}

func allowed(r rune, special string) bool {
	if r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
		return true
	}
	for _, s := range special {
		if r == s {
			return true
		}
	}
	return r >= utf8.RuneSelf && r != utf8.RuneError && unicode.IsLetter(r)
}

// validSearch says why an object is not a search object.
func validSearch(v map[string]any) error {
	if combinator := v["combinator"]; combinator != "and" && combinator != "or" {
		return errors.New(`the combinator of a search is not "and" or "or"`)
	}
	rules, ok := v["rules"].([]any)
	if !ok || len(rules) == 0 || len(v) != 2 {
		return errors.New("a search has a combinator, a list of rules and nothing else")
	}
	for i, element := range rules {
		rule, ok := element.(map[string]any)
		if !ok {
			return fmt.Errorf("rule %d of the search is %s", i, article(element))
		}
		if err := validRule(rule); err != nil {
			return fmt.Errorf("rule %d of the search: %w", i, err)
		}
	}
	return nil
}

func validRule(rule map[string]any) error {
	if _, nested := rule["combinator"]; nested {
		return validSearch(rule)
	}
	_, hasValue := rule["value"]
	if !hasValue || len(rule) != 3 {
		return errors.New("a rule has property, operator, value and nothing else")
	}
	for _, key := range []string{"property", "operator"} {
		if text, ok := rule[key].(string); !ok || text == "" {
			return fmt.Errorf("%s is %s, not a text", key, article(rule[key]))
		}
	}
	return nil
}

func isNumber(v any) bool {
	switch v.(type) {
	case int, float64, json.Number, *big.Int:
		return true
	default:
		return false
	}
}

// article names the type of a value in a sentence.
func article(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case []any, map[string]any:
		return "an " + jq.TypeOf(v)
	case string:
		return "a text"
	default:
		return "a " + jq.TypeOf(v)
	}
}

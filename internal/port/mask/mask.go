package mask

import (
	"slices"
	"strings"
)

const redacted = "[REDACTED]"

// shortest is the length in bytes from which a known value is masked. Port and AWS do not issue
// shorter secrets, and masking shorter values would tear holes into innocent text.
const shortest = 8

// deepest is how many layers of encoding are opened: JSON in JSON, base64 of base64.
const deepest = 5

// Mask removes secrets from text and documents: known values, and whatever seems to be a secret. It
// rather removes too much.
type Mask struct{ known *strings.Replacer }

// New returns a mask that knows the given values.
func New(secrets ...string) *Mask {
	secrets = slices.DeleteFunc(slices.Clone(secrets), func(s string) bool { return len(s) < shortest })
	slices.SortFunc(secrets, func(a, b string) int { return len(b) - len(a) }) // the longest of overlapping ones
	var pairs []string
	for _, s := range slices.Compact(secrets) {
		pairs = append(pairs, s, redacted)
	}
	return &Mask{known: strings.NewReplacer(pairs...)}
}

// Text returns text without the secrets in it.
func (m *Mask) Text(text string) string { return m.text(text, 0) }

// Document returns a copy of a document without the secrets in it. The shape stays, and names do
// unless they hold a secret themselves.
func (m *Mask) Document(document map[string]any) map[string]any { return m.members(document, 0) }

// text masks a text that was found beneath some layers of encoding.
func (m *Mask) text(text string, layer int) string {
	text = m.known.Replace(text)
	if layer < deepest {
		if masked, ok := m.json(text, layer); ok {
			return masked
		}
	}
	return outside(certificate, text, func(text string) string {
		text = maskForms(text)
		text = maskKeys(text)
		text = maskBeside(text)
		if layer < deepest {
			text = m.encoded(text, layer)
		}
		return text
	})
}

func (m *Mask) value(v any, layer int) any {
	switch v := v.(type) {
	case string:
		return m.text(v, layer)
	case map[string]any:
		return m.members(v, layer)
	case []any:
		return m.list(v, layer)
	default:
		return v
	}
}

func (m *Mask) members(object map[string]any, layer int) map[string]any {
	masked := make(map[string]any, len(object))
	secret := pairsSecret(object)
	for name, v := range object {
		shown := name
		if len(name) >= shortest {
			shown = m.text(name, layer)
		}
		text, isText := v.(string)
		switch {
		case secretName(name), secret && valueName(name), isText && keyName(name) && random(text):
			masked[shown] = blankBut(v, isARN)
		case blankedWhole(name, v):
			masked[shown] = m.blanked(v, layer)
		default:
			masked[shown] = m.value(v, layer)
		}
	}
	return masked
}

// list masks the elements of a list. In a list of arguments, the secret follows the flag.
func (m *Mask) list(list []any, layer int) []any {
	flag := false
	return each(list, func(v any) any {
		text, isText := v.(string)
		if flag && isText {
			flag = false
			return redacted
		}
		flag = isText && secretFlag(text)
		return m.value(v, layer)
	})
}

// blanked blanks the values of variables and options, and keeps their names. Those of an object may
// have any name, so only a list can have more than values.
func (m *Mask) blanked(v any, layer int) any {
	list, ok := v.([]any)
	if !ok {
		return blank(v)
	}
	return each(list, func(v any) any {
		variable, ok := v.(map[string]any)
		if !ok {
			return blank(v)
		}
		masked := make(map[string]any, len(variable))
		for name, member := range variable {
			if text, isText := member.(string); isText && slices.Contains(labels, strings.ToLower(name)) {
				masked[name] = m.text(text, layer)
			} else {
				masked[name] = blank(member)
			}
		}
		return masked
	})
}

// labels are the members of a variable that are not its value.
var labels = []string{"name", "key", "type"}

// blank takes out every text and number of a value and keeps its shape.
func blank(v any) any { return blankBut(v, func(string) bool { return false }) }

// blankBut is blank, and keeps the texts of which keep is true.
func blankBut(v any, keep func(string) bool) any {
	switch v := v.(type) {
	case nil, bool:
		return v
	case []any:
		return each(v, func(v any) any { return blankBut(v, keep) })
	case map[string]any:
		masked := make(map[string]any, len(v))
		for name, member := range v {
			masked[name] = blankBut(member, keep)
		}
		return masked
	case string:
		if keep(v) {
			return v
		}
	}
	return redacted
}

func each(list []any, f func(any) any) []any {
	out := make([]any, len(list))
	for i, v := range list {
		out[i] = f(v)
	}
	return out
}

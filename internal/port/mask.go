package port

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
)

const redacted = "[REDACTED]"

// shortestSecret is the length in bytes from which a given value is masked. Port and AWS do not issue
// shorter secrets, and masking shorter values would tear holes into innocent text.
const shortestSecret = 8

// Mask removes secrets from text and documents: given values, whatever has the form of a secret, and
// the values of members whose name says that they are secret. It rather removes too much.
type Mask struct{ literals *strings.Replacer }

// NewMask returns a mask that knows the given values.
func NewMask(secrets ...string) *Mask {
	secrets = slices.DeleteFunc(slices.Clone(secrets), func(s string) bool { return len(s) < shortestSecret })
	slices.SortFunc(secrets, func(a, b string) int { return len(b) - len(a) }) // the longest of overlapping ones
	var pairs []string
	for _, s := range slices.Compact(secrets) {
		pairs = append(pairs, s, redacted)
	}
	return &Mask{literals: strings.NewReplacer(pairs...)}
}

// secretForm is how secrets of one sort are written. Patterns are slow, so one is
// only tried on text that has its hint, in lower case.
type secretForm struct {
	hint    string
	pattern *regexp.Regexp
}

// The quoted ones are what generic scanners look for: a telling word, and near it
// a quoted value of the right length.
var secretForms = []secretForm{
	{"private key", regexp.MustCompile(`(?s)-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----.*?(?:-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|$)`)},
	{"eyj", regexp.MustCompile(`eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*`)},
	{"://", regexp.MustCompile(`(?i)\b[a-z][a-z0-9+.-]*://[^\s/:@"']*:[^\s/@"']+@[^\s"']*`)},
	{"=", regexp.MustCompile(`(?i)\b(?:password|passwd|pwd|account_?key|shared_?access_?key|client_?secret|api_?key|access_?token)\s*=\s*[^\s;,&"']+`)},
	{"api", regexp.MustCompile(`(?i)api[_-]?key.{0,40}["'][0-9a-z]{32,45}["']`)},
	{"secret", regexp.MustCompile(`(?i)secret.{0,40}["'][0-9a-z]{32,45}["']`)},
	{"github", regexp.MustCompile(`(?i)github.{0,40}["'][0-9a-z]{35,40}["']`)},
	{"gh", regexp.MustCompile(`gh[pousr]_[A-Za-z0-9]{36,}`)},
	{"akia", regexp.MustCompile(`AKIA[0-9A-Z]{16}`)},
	{"asia", regexp.MustCompile(`ASIA[0-9A-Z]{16}`)},
	{"aiza", regexp.MustCompile(`AIza[0-9A-Za-z_-]{35}`)},
	{"ya29.", regexp.MustCompile(`ya29\.[0-9A-Za-z_-]+`)},
	{"googleusercontent", regexp.MustCompile(`[0-9]+-[0-9A-Za-z_]{32}\.apps\.googleusercontent\.com`)},
	{"service_account", regexp.MustCompile(`(?i)"type"\s*:\s*"service_account"`)},
	{"firebaseio", regexp.MustCompile(`(?i)[a-z0-9.-]*firebaseio\.com`)},
	{"amzn.mws.", regexp.MustCompile(`(?i)amzn\.mws\.[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}`)},
}

// Text returns text without the secrets in it.
func (m *Mask) Text(text string) string {
	text = m.literals.Replace(text)
	plain := strings.ToLower(text)
	for _, form := range secretForms {
		if strings.Contains(plain, form.hint) {
			text = form.pattern.ReplaceAllString(text, redacted)
		}
	}
	return text
}

// Document returns a copy of a document without the secrets in it. Names and the
// shape stay, so that a mapping can be written from it.
func (m *Mask) Document(document map[string]any) map[string]any { return m.members(document) }

func (m *Mask) value(v any) any {
	switch v := v.(type) {
	case string:
		return m.Text(v)
	case map[string]any:
		return m.members(v)
	case []any:
		return each(v, m.value)
	default:
		return v
	}
}

func (m *Mask) members(object map[string]any) map[string]any {
	masked := make(map[string]any, len(object))
	for name, v := range object {
		switch {
		case secretName(name) || valueName(name) && tellsSecret(object):
			masked[name] = blank(v)
		case holdsEnvironment(name, v):
			masked[name] = m.environment(v)
		default:
			masked[name] = m.value(v)
		}
	}
	return masked
}

var secretWords = []string{
	"password", "passwd", "passphrase", "secret", "token", "apikey", "accesskey", "privatekey", "credential",
	"authorization", "userdata", "connectionstring",
}

// openNames are names of members that are about a secret but do not hold one.
var openNames = regexp.MustCompile(`(?:arns?|nexttoken|httptokens|status|enabled|rotation|manager)$`)

var plainName = strings.NewReplacer("_", "", "-", "", ".", "", " ", "")

// secretName says whether a name tells that its value is a secret.
func secretName(name string) bool {
	plain := strings.ToLower(plainName.Replace(name))
	return !openNames.MatchString(plain) && slices.ContainsFunc(secretWords, func(word string) bool { return strings.Contains(plain, word) })
}

func valueName(name string) bool { return strings.HasSuffix(strings.ToLower(name), "value") }

// tellsSecret says whether an object is a name with a value, and the name tells
// that the value is a secret: tags, parameters.
func tellsSecret(pair map[string]any) bool {
	for name, v := range pair {
		text, isText := v.(string)
		if isText && (strings.EqualFold(name, "key") || strings.EqualFold(name, "name")) && secretName(text) {
			return true
		}
	}
	return false
}

// holdsEnvironment says whether a member is the environment of a process: an
// object of variables (Lambda), or a list of names and values (ECS, CodeBuild).
func holdsEnvironment(name string, v any) bool {
	switch strings.ToLower(name) {
	case "variables", "environmentvariables", "exportedenvironmentvariables":
		return true
	case "environment":
		_, list := v.([]any)
		return list
	}
	return false
}

// environment blanks the values of variables and keeps their names. Those of an
// object may have any name, so only a list can have more than values.
func (m *Mask) environment(v any) any {
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
			switch strings.ToLower(name) {
			case "name", "key", "type":
				masked[name] = m.value(member)
			default:
				masked[name] = blank(member)
			}
		}
		return masked
	})
}

// blank takes out every text and number of a value and keeps its shape.
func blank(v any) any {
	switch v := v.(type) {
	case nil, bool:
		return v
	case []any:
		return each(v, blank)
	case map[string]any:
		masked := make(map[string]any, len(v))
		for name, member := range v {
			masked[name] = blank(member)
		}
		return masked
	default:
		return redacted
	}
}

func each(list []any, f func(any) any) []any {
	out := make([]any, len(list))
	for i, v := range list {
		out[i] = f(v)
	}
	return out
}

// TellsSecret says whether an expression of a mapping reads a member whose name says that it is a
// secret, or the environment of a process. In Port its result has another name, which does not say
// so.
func TellsSecret(expression string) bool {
	names := strings.FieldsFunc(expression, func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	return slices.ContainsFunc(names, func(name string) bool {
		return secretName(name) || holdsEnvironment(name, []any(nil))
	})
}

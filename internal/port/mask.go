package port

import (
	"regexp"
	"strings"
)

// redacted stands where something secret was.
const redacted = "[REDACTED]"

// patterns are the forms of secrets: URLs with a password, keys after words that
// announce them, keys of well-known services, private keys, tokens.
var patterns = regexp.MustCompile(strings.Join([]string{
	`[A-Za-z][A-Za-z0-9+.-]*://[^\s:/@]+:[^\s@/]+@[^\s"']*`,
	`(?i:(?:api[_-]?key|secret|token|password|passwd|github)[A-Za-z_-]*["']?\s*[:=]\s*["']?)[0-9A-Za-z/+_-]{20,}`,
	`AIza[0-9A-Za-z_-]{35}`,
	`[a-z0-9.-]+\.firebaseio\.com`,
	`(?s)-----BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-----.*?(?:-----END [A-Z ]*PRIVATE KEY(?: BLOCK)?-----|$)`,
	`(?:AKIA|ASIA)[0-9A-Z]{16}`,
	`amzn\.mws\.[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}`,
	`[0-9]+-[0-9A-Za-z_]{32}\.apps\.googleusercontent\.com`,
	`ya29\.[0-9A-Za-z_-]+`,
	`gh[pousr]_[0-9A-Za-z]{36,}`,
	`eyJ[0-9A-Za-z_-]{8,}\.eyJ[0-9A-Za-z_-]{8,}\.[0-9A-Za-z_-]*`,
}, "|"))

// secretNames are names of members whose value is hidden whatever it is.
var secretNames = regexp.MustCompile(`(?i)password|passwd|secret|token|apikey|api_key|private_?key|credential|^userdata$`)

// publicNames look secret and are not.
var publicNames = regexp.MustCompile(`(?i)arn$|id$|^nexttoken$|^httptokens$|status$|enabled$|manager$`)

// variableNames are the members that hold environment variables, which hold
// whatever people put there.
const (
	environment = "Environment"
	variables   = "Variables"
)

// Mask hides secrets in what is shown: given values wherever they stand, and what
// has the form or the name of a secret.
type Mask struct{ literal *strings.Replacer }

// NewMask makes a mask that hides the given values, and all that looks secret.
func NewMask(values ...string) *Mask {
	var pairs []string
	for _, value := range values {
		if len(value) >= 4 { // shorter ones would hide half of every text
			pairs = append(pairs, value, redacted)
		}
	}
	return &Mask{strings.NewReplacer(pairs...)}
}

// Text hides what is secret in a text.
func (m *Mask) Text(text string) string {
	return patterns.ReplaceAllString(m.literal.Replace(text), redacted)
}

// Document gives a copy of a document in which nothing secret is left.
func (m *Mask) Document(document map[string]any) map[string]any {
	masked := make(map[string]any, len(document))
	for name, value := range document {
		switch {
		case name == environment:
			masked[name] = m.hideVariables(value)
		case secretNames.MatchString(name) && !publicNames.MatchString(name):
			masked[name] = m.hide(value)
		default:
			masked[name] = m.value(value)
		}
	}
	return masked
}

func (m *Mask) value(value any) any {
	switch value := value.(type) {
	case string:
		return m.Text(value)
	case []any:
		masked := make([]any, len(value))
		for i := range value {
			masked[i] = m.value(value[i])
		}
		return masked
	case map[string]any:
		return m.Document(value)
	default:
		return value
	}
}

// hide hides every text of a value, whatever it says; its form remains.
func (m *Mask) hide(value any) any {
	switch value := value.(type) {
	case string:
		return redacted
	case []any:
		masked := make([]any, len(value))
		for i := range value {
			masked[i] = m.hide(value[i])
		}
		return masked
	case map[string]any:
		masked := make(map[string]any, len(value))
		for name, member := range value {
			masked[name] = m.hide(member)
		}
		return masked
	default:
		return value
	}
}

func (m *Mask) hideVariables(value any) any {
	members, ok := value.(map[string]any)
	if !ok {
		return m.value(value)
	}
	masked := m.Document(members)
	if held, ok := members[variables]; ok {
		masked[variables] = m.hide(held)
	}
	return masked
}

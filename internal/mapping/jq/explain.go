package jq

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode/utf8"

	"portolan/internal/diag"

	"github.com/itchyny/gojq"
)

// explainParse says where and why text is not a program.
func explainParse(text string, err error) *diag.Diagnostic {
	var at *gojq.ParseError
	if !errors.As(err, &at) {
		return &diag.Diagnostic{Cause: "the expression does not parse"}
	}
	offset := min(max(at.Offset-len(at.Token), 0), len(text))
	switch {
	case at.Token == "" && strings.Contains(err.Error(), "unterminated"):
		return &diag.Diagnostic{Cause: "a string in double quotes is not closed", Fix: `close it with "`}
	case at.Token == "":
		return &diag.Diagnostic{Cause: "the expression ends too early", Fix: "close what was opened, or add what is missing after the last word"}
	}
	d := &diag.Diagnostic{Cause: fmt.Sprintf("unexpected %q %s", at.Token, position(text, offset))}
	if strings.Contains(err.Error(), "escape") {
		d.Cause = fmt.Sprintf("unknown escape %s in a string %s", at.Token, position(text, offset))
		d.Fix = `write a backslash as \\`
	}
	if at.Token == "'" {
		d.Fix = `JQ writes strings in double quotes: "text"`
	}
	return d
}

// position says where offset is in text, and counts as an editor does.
func position(text string, offset int) string {
	before := text[:offset]
	line := strings.Count(before, "\n")
	column := utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:]) + 1
	if line == 0 {
		return fmt.Sprintf("at character %d", column)
	}
	return fmt.Sprintf("at line %d, character %d", line+1, column)
}

var undefined = regexp.MustCompile(`^(function|variable|label|format) not defined: (\$?[^/]+)(/\d+)?$`)

// explainCompile says why a program that parses does not compile.
func explainCompile(text string, err error) *diag.Diagnostic {
	if strings.HasPrefix(err.Error(), "input(s)/0") {
		at := cmp.Or(mention(text, "input"), mention(text, "inputs"))
		return &diag.Diagnostic{Cause: "input and inputs are not available " + at, Fix: "use . for the document"}
	}
	parts := undefined.FindStringSubmatch(err.Error())
	if parts == nil {
		return &diag.Diagnostic{Cause: "the expression does not compile: " + err.Error()}
	}
	what, name, arity := parts[1], parts[2], parts[3]
	d := &diag.Diagnostic{Cause: strings.TrimSpace(fmt.Sprintf("unknown %s %s%s %s", what, name, strings.TrimSuffix(arity, "/0"), mention(text, name)))}
	switch {
	case name == "True" || name == "False" || name == "None":
		d.Fix = "JQ's words are true, false and null, in lower case"
	case what == "variable":
		d.Fix = "only variables that the expression binds with 'as' exist"
	case arity == "/0" && strings.Contains(text, "-"+name):
		d.Fix = `a key with a hyphen needs brackets and quotes: .["some-key"]`
	case arity == "/0":
		d.Fix = fmt.Sprintf(`a property starts with a dot (.%[1]s), a text stands in double quotes ("%[1]s")`, name)
	}
	return d
}

// mention says where a name stands in text, or nothing if it does not stand there as a word.
func mention(text, name string) string {
	word := regexp.MustCompile(`(?:^|[^A-Za-z0-9_.$])(` + regexp.QuoteMeta(name) + `)(?:$|[^A-Za-z0-9_])`)
	if at := word.FindStringSubmatchIndex(text); at != nil {
		return position(text, at[2])
	}
	return ""
}

// cause returns the part of an error about a regular expression that says why.
func cause(err error) string {
	var at *syntax.Error
	if errors.As(err, &at) {
		return at.Code.String() + " " + at.Expr
	}
	return err.Error()
}

var (
	opening      = regexp.MustCompile(`^[@a-zA-Z][^("\[{:]*`)
	types        = regexp.MustCompile(`(?:: | and )(null|boolean|number|string|array|object)\b(?: \(|$| and | by)`)
	trailer      = regexp.MustCompile(` [0-9].*$`)
	zeroDivision = regexp.MustCompile(`^cannot (divide|modulo) number .* by: number`)
)

// plainError is an error whose message does not quote a value.
type plainError string

func (e plainError) Error() string { return string(e) }

// Reason says why an evaluation failed, in words that hold nothing of the document: the
// interpreter's messages quote values, and a value can be a secret. It keeps the opening of
// the message and the types in it.
func Reason(err error) string {
	var plain plainError
	if Exhausted(err) || errors.As(err, &plain) {
		return err.Error()
	}
	var raised gojq.ValueError
	if errors.As(err, &raised) {
		return "the expression raised an error of its own"
	}
	message := err.Error()
	if zeroDivision.MatchString(message) {
		return "division by zero"
	}
	said := strings.TrimSpace(trailer.ReplaceAllString(opening.FindString(message), ""))
	var kinds []string
	for _, found := range types.FindAllStringSubmatch(message, 2) {
		kinds = append(kinds, found[1])
	}
	const applied = "cannot be applied"
	switch {
	case said == "":
		return "the evaluation failed"
	case strings.Contains(message, applied) && len(kinds) == 0:
		return strings.TrimSuffix(said, " "+applied+" to") + " " + applied + " to the value"
	case strings.Contains(message, applied):
		return strings.TrimSuffix(said, " "+applied+" to") + " " + applied + " to " + kinds[0]
	case len(kinds) == 0:
		return said
	default:
		return said + ": " + strings.Join(kinds, " and ")
	}
}

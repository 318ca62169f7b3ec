package catalog

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"strings"

	"portolan/internal/aws/cloudcontrol"
	"portolan/internal/console"
	"portolan/internal/plain"
)

// Line returns the entry as a line of a list.
func (e Entry) Line() string {
	mark := map[cloudcontrol.Source]string{cloudcontrol.Native: "native", cloudcontrol.Special: "special"}[e.How]
	switch {
	case mark != "":
	case e.Default:
		mark = "default"
	case e.Facts != nil && len(e.Facts.Parents) > 0:
		mark = "beneath"
	}
	return strings.TrimRight(fmt.Sprintf("%-8s  %s", mark, e.Kind), " ")
}

// Text returns the entry as a page of text.
func (e Entry) Text(look console.Look) (string, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n", e.Kind)
	row := func(label, text string) {
		if text != "" {
			b.WriteString(look.List(fmt.Sprintf("%-14s", label), text))
		}
	}
	row("read", e.reading())
	for i, call := range e.Calls {
		label := ""
		if i == 0 {
			label = "calls"
		}
		row(label, call.text())
	}
	row("scope", scopes(e.Scope))
	if f := e.Facts; f != nil && e.How != cloudcontrol.Native {
		row("regions", regionsOf(f.Regions))
		row("identifier", identifierOf(f.Identifier))
		row("ARN", cmp.Or(f.ARN, "no property has it"))
		row("tags", tagsOf(f.Tags))
		for i, source := range f.Parents {
			row(map[bool]string{true: "listed by"}[i == 0], source)
		}
	}
	if e.How != cloudcontrol.Unknown {
		row("default", map[bool]string{true: "has a default blueprint and mapping", false: "no blueprint or mapping of its own"}[e.Default])
	}
	row("permissions", strings.Join(e.Permissions, " "))
	row("not granted", withheld(e.Withheld))
	if e.Document == nil {
		return b.String(), nil
	}
	b.WriteString("\nA document, with … for AWS's values")
	if e.How == cloudcontrol.Generic {
		b.WriteString("; AWS's schema has more properties")
	}
	text, err := document(e.Document)
	return b.String() + ":\n\n" + text, err
}

func document(value any) (string, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	err := encoder.Encode(value)
	return b.String(), err
}

// reading says how a kind is read.
func (e Entry) reading() string {
	switch {
	case e.How == cloudcontrol.Unknown:
		return "not as a kind: " + e.Why
	case e.How == cloudcontrol.Native && e.Facts != nil:
		return "by the service's own API; a selector (cloudControl: true) asks for the form of Cloud Control"
	case e.How == cloudcontrol.Special:
		return "as in Ocean's older aws integration, by the service's own API; see docs/any-type.md"
	case e.How == cloudcontrol.Generic && e.Facts.Listed:
		return "through AWS Cloud Control: it is listed, and not read, because the call that reads it hands out a secret"
	case e.How == cloudcontrol.Generic && e.Facts.Whole:
		return "through AWS Cloud Control: a resource is not read if the listing has all its properties"
	case e.How == cloudcontrol.Generic:
		return "through AWS Cloud Control"
	}
	return "by the service's own API"
}

func (c Call) text() string {
	each := "up to " + plain.Count(c.Size, "resource", "resources") + " a call"
	switch c.Size {
	case 0:
		each = "a call for each page"
	case 1:
		each = "a call for each resource"
	}
	if c.Optional {
		each += ", if includeActions names it"
	}
	return fmt.Sprintf("%s (%s): %s", c.Action, strings.Join(c.Permissions, ", then for each "), each)
}

// scopes says what the scope of a kind means.
func scopes(scope string) string {
	if home, ok := strings.CutPrefix(scope, "global:"); ok {
		return "global: read once in an account, in " + home + " or what takes its place in another partition"
	}
	switch scope {
	case "regional":
		return "regional: read in every enabled region"
	case "global":
		return "global: read once in an account"
	case "management":
		return "management: read once for the whole run, in the first account that may"
	case "global?":
		return "probably global: read once in an account"
	case "global-list":
		return "global: listed once in an account, and each resource is read where it lives"
	case "regional+us-east-1":
		return "regional, and the global ones in us-east-1"
	case "home":
		return "one region of the account has all; the others have none"
	}
	return scope
}

func identifierOf(names []string) string {
	if len(names) > 1 {
		return strings.Join(names, ", ") + ", with | between"
	}
	return strings.Join(names, "")
}

func regionsOf(regions string) string {
	switch {
	case regions == "new":
		return "newer than the count of regions"
	case strings.Contains(regions, "-"):
		return strings.ReplaceAll(regions, "/", ", ")
	}
	return regions + " of AWS's 34 commercial regions"
}

func tagsOf(tags string) string {
	switch {
	case tags == "":
		return "none"
	case strings.HasSuffix(tags, "!"):
		return "never answered: " + strings.TrimRight(tags, "[]{}!") + " can only be written"
	case strings.HasSuffix(tags, "{}"):
		return strings.TrimSuffix(tags, "{}") + ", an object"
	case strings.HasSuffix(tags, "[]") && strings.Count(tags, "[]") == 1:
		return strings.TrimSuffix(tags, "[]") + ", a list of Key and Value"
	}
	return tags
}

func withheld(actions []string) string {
	if len(actions) == 0 {
		return ""
	}
	return strings.Join(actions, " ") + " (AWS's handler declares this too)"
}

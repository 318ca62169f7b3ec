package main

import (
	"fmt"
	"strings"

	"portolan/internal/aws/cloudcontrol"
	"portolan/internal/aws/kinds"
)

// types lists AWS's types, a table for each first letter: one table of all is too long for a
// browser, and one for each service has hardly any rows.
func types() (string, error) {
	var b strings.Builder
	of, _, _ := strings.Cut(cloudcontrol.Date(), "; 1")
	fmt.Fprintf(&b, "There are %d types, by %s.\n", len(cloudcontrol.All()), of)
	letter := ""
	for _, t := range cloudcontrol.All() {
		name := strings.TrimPrefix(t.Name, "AWS::")
		if first := name[:1]; first != letter {
			letter = first
			fmt.Fprintf(&b, "\n## %s\n\n| type | listed | scope | identifier | regions |\n|---|---|---|---|---|\n", letter)
		}
		shown := "`" + name + "`"
		if k := kinds.ByType(t.Name); k != nil {
			shown = fmt.Sprintf("[`%s`](kinds/%s)", name, pageOf(k))
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", shown, listedHow(t), t.Scope, code(t.Identifier), strings.ReplaceAll(t.Regions, "/", ", "))
	}
	return strings.TrimSuffix(b.String(), "\n"), nil
}

// listedHow says in a few words how a type is listed.
func listedHow(t cloudcontrol.Type) string {
	parents := t.ParentTypes()
	switch why, _ := t.Unreadable(); {
	case !t.Listable():
		return "no"
	case why != "":
		return "not known beneath what"
	case len(parents) > 0:
		return "beneath `" + strings.TrimPrefix(parents[0], "AWS::") + "`"
	case t.ListedOnly():
		return "yes, and not read"
	case len(t.Sources()) > 0:
		return "for " + strings.Join(t.Sources(), "; ")
	}
	return "yes"
}

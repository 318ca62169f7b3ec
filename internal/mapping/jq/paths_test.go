package jq_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/mapping/jq"
)

func TestPaths(t *testing.T) {
	t.Parallel()
	for expression, want := range map[string]string{
		".Identifier":                                      "Identifier",
		".Properties.Arn":                                  "Properties Properties.Arn",
		`."Properties"["Arn"]`:                             "Properties Properties.Arn",
		".Properties.Tags[0].Key":                          "Properties Properties.Tags",
		".Properties.Tags[] | .Key":                        "Properties Properties.Tags",
		".Properties | .Arn":                               "Properties Properties.Arn",
		".Properties | (.Arn // .Name)":                    "Properties Properties.Arn? Properties.Name?",
		"(.Properties).Arn":                                "Properties Properties.Arn",
		".Properties?.Arn?":                                "Properties Properties.Arn",
		`"\(.__AccountId)/\(.Properties.Name)"`:            "Properties Properties.Name __AccountId",
		".Properties.Tags | map(.Key)":                     "Properties Properties.Tags",
		`.Properties.Arn | split(":") | .[0]`:              "Properties Properties.Arn",
		".Properties.A as $a | .Properties.B":              "Properties Properties.A Properties.B",
		". as $d | $d.Properties.A":                        "",
		`if .A == "x" then .B elif .C then .D else .E end`: "A B C D E",
		`{a: .A, (.B): .C, "d": [.D, -.E]}`:                "A B C D E",
		`select(.Properties.State == "x") | .Name`:         "Name Properties Properties.State",
		`.Properties[.Name]`:                               "Name Properties",
		`try .A catch .B`:                                  "A",
		`reduce .A[] as $x (.B; . + $x.c)`:                 "A B",
		`to_entries | .[0].key`:                            "",
		`.Properties | to_entries | map(.key)`:             "Properties",
		`[.Properties.A[]?, .Properties.B // "none"]`:      "Properties Properties.A Properties.B?",
		`.A // .B | .C`:                                    "A? B?",
		`.A // .B, .B`:                                     "A? B",
		`(.A // {x: .B}) + .A`:                             "A B?",
		`"text"`:                                           "",
		`.A |`:                                             "",
		`'.A'`:                                             "",
		"":                                                 "",
	} {
		var got []string
		for _, path := range jq.Paths(expression) {
			said := strings.Join(path.Names, ".")
			if path.Spare {
				said += "?"
			}
			got = append(got, said)
		}
		slices.Sort(got)
		if diff := cmp.Diff(strings.Fields(want), got); len(got)+len(strings.Fields(want)) > 0 && diff != "" {
			t.Errorf("Paths(%q) (-want +got):\n%s", expression, diff)
		}
	}
}

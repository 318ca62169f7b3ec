package jq_test

import (
	"testing"

	"portolan/internal/mapping/jq"
)

func TestNames(t *testing.T) {
	t.Parallel()
	for expression, want := range map[string]bool{
		".Identifier":                                     true,
		`."Identifier"`:                                   true,
		`.["Identifier"]`:                                 true,
		`.Identifier | split("/")[-1]`:                    true,
		`.__AccountId + "/" + .Identifier`:                true,
		`"\(.Identifier)-x"`:                              true,
		`{id: .Identifier}`:                               true,
		`[.Identifier, 1]`:                                true,
		`if .Identifier then 1 else 2 end`:                true,
		`if .x == 1 then 1 elif .Identifier then 2 end`:   true,
		`. | .Identifier`:                                 true,
		`select(.Identifier == "a") | .x`:                 true,
		`. as $d | .Identifier`:                           true,
		`try .Identifier catch null`:                      true,
		`-(.Identifier)`:                                  true,
		`(.x // .Identifier)`:                             true,
		`.Properties.Identifier`:                          false,
		`.Properties.DBInstanceIdentifier`:                false,
		`.Properties.Checks[] | .Identifier`:              false,
		`.Properties.Checks | map(.Identifier)`:           false,
		`.Properties.Checks[] | select(.Identifier == 1)`: false,
		`"Identifier"`:                                    false,
		`{Identifier: .x}`:                                false,
		`.Identifier |`:                                   false, // does not parse
	} {
		if got := jq.Names(expression, "Identifier"); got != want {
			t.Errorf("Names(%q) = %t", expression, got)
		}
	}
}

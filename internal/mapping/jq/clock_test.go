package jq

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestOnlyTheClockChanges evaluates every function that there is at two times: who gives
// something else the second time has to say that it asks for the time.
func TestOnlyTheClockChanges(t *testing.T) {
	t.Parallel()
	q, d := Compile("builtins | sort")
	if d != nil {
		t.Fatal(d)
	}
	list, err := q.First(NewBudget(t.Context()), nil)
	if err != nil {
		t.Fatal(err)
	}
	expressions := []string{"$ENV", "env", "$__loc__", "now", "now|localtime", "now|todate", "input_filename", "get_search_list"}
	for _, of := range list.([]any) {
		name, arity, _ := strings.Cut(of.(string), "/")
		switch arity {
		case "0":
			expressions = append(expressions, name, "(.n, .s, .t, .o, .d)|try "+name+" catch .")
		case "1":
			expressions = append(expressions, "[limit(3; (.n, .s, .t, .o)|try "+name+"(.) catch .)]")
		case "2":
			expressions = append(expressions, "[limit(3; (.n, .s, .t)|try "+name+"(.; .) catch .)]")
		}
	}
	clocks := 0
	synctest.Test(t, func(t *testing.T) {
		for _, text := range expressions {
			q, d := Compile("[" + text + "]")
			if d != nil {
				continue
			}
			evaluate := func() string {
				b := NewBudget(t.Context())
				b.steps = 1 << 16
				v, err := q.First(b, parsed(t, document))
				if err != nil {
					return "error: " + Reason(err)
				}
				return string(AppendJSON(nil, v))
			}
			before := evaluate()
			time.Sleep(36 * time.Hour)
			if after := evaluate(); before != after {
				clocks++
				if !q.Clock() && !strings.Contains(text, "builtins") {
					t.Errorf("%s is %s, and later %s", text, before, after)
				}
			}
		}
	})
	if clocks < 3 {
		t.Errorf("only %d of %d expressions depend on the time", clocks, len(expressions))
	}
}

package main

import (
	"bytes"
	"encoding/json"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestPolicyOfTheExamples holds the file of the example for Terraform to what the command prints.
func TestPolicyOfTheExamples(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../examples/terraform/policies.json")
	if err != nil {
		t.Fatal(err)
	}
	var files map[string][]any
	if err := json.Unmarshal(text, &files); err != nil {
		t.Fatal(err)
	}
	for name, args := range map[string][]string{"account": {"policy"}, "management": {"policy", "--management"}} {
		var out, errOut bytes.Buffer
		if code := command(t.Context(), args, nil, &out, &errOut); code != exitDone {
			t.Fatalf("it ends with %d: %s", code, errOut.String())
		}
		var printed any
		if err := json.Unmarshal(out.Bytes(), &printed); err != nil {
			t.Fatal(err)
		}
		documents, several := printed.([]any)
		if !several {
			documents = []any{printed}
		}
		if diff := cmp.Diff(documents, files[name]); diff != "" {
			t.Errorf("%s is not what portolan policy prints (-printed +file):\n%s", name, diff)
		}
	}
}

package mapping_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/diag"
	"portolan/internal/mapping"
)

// anyKind accepts every kind, and these actions for each of them.
func anyKind(string) (mapping.Actions, bool) {
	return mapping.Actions{
		Default: []string{"DescribeAction"},
		Optional: []string{
			"GetBucketEncryptionAction", "GetPublicAccessBlockAction", "GetQueueAttributesAction", "GetQueueTagsAction",
		},
	}, true
}

func decode(t *testing.T, text []byte) any {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	decoder.UseNumber()
	var v any
	if err := decoder.Decode(&v); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return v
}

func read(t *testing.T, path ...string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestSamples(t *testing.T) {
	t.Parallel()
	folders, err := filepath.Glob("testdata/samples/*")
	if err != nil || len(folders) == 0 {
		t.Fatalf("no samples: %v", err)
	}
	for _, folder := range folders {
		t.Run(filepath.Base(folder), func(t *testing.T) {
			t.Parallel()
			raw, err := mapping.ParseYAML(read(t, folder, "mapping.yml"))
			if err != nil {
				t.Fatal(err)
			}
			config, err := mapping.Compile(raw, anyKind)
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range config.Diagnostics {
				if p.Severity != diag.Note && p.Field != "selector.includeActions[0]" {
					t.Errorf("diagnostic: %v", p)
				}
			}
			doc := decode(t, read(t, folder, "document.json")).(map[string]any)
			result := mapping.MapBothWays(t, config.Resources[0], doc)
			if len(result.Entities) != 1 || len(result.Errors) != 0 {
				t.Fatalf("result = %+v", result)
			}
			body, err := json.Marshal(result.Entities[0])
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(decode(t, read(t, folder, "entity.json")), decode(t, body)); diff != "" {
				t.Errorf("entity (-want +got):\n%s", diff)
			}
		})
	}
}

package mask_test

import (
	"encoding/json"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/port/mask"
)

var update = flag.Bool("update", false, "write testdata/members.golden")

// plain is a value that nothing but the name of its member tells to be a secret.
const plain = "plain"

// free is how the documents of every member spell a name that users choose.
const free = "Ünï-✓"

// freeNames are the members with names that users choose, and values that stay, because they are not
// options of a tool: tags, policies, and where artifacts are kept.
var freeNames = []string{"Tags", "Policies", "ArtifactStores"}

// TestMembers says of each member of each kind whether its value is blanked, and holds that against
// a file. A new kind or member has to be looked at: what may hold commands, scripts or free options
// belongs into fields.go.
func TestMembers(t *testing.T) {
	t.Parallel()
	kinds := documents(t)
	if len(kinds) != 34 {
		t.Fatalf("%d kinds", len(kinds))
	}
	m := mask.New()
	var got strings.Builder
	got.WriteString("Members of documents: - is blanked whole or by its name, + stays unless its value is a secret.\n")
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		became := make(map[string]string)
		for _, document := range kinds[kind] {
			seed(document)
			compare(t, "", document, m.Document(document), became)
		}
		got.WriteString("\n" + kind + "\n")
		for _, path := range slices.Sorted(maps.Keys(became)) {
			got.WriteString(became[path] + " " + path + "\n")
			steps := strings.FieldsFunc(path, func(r rune) bool { return r == '.' || r == '[' || r == ']' })
			if of := slices.Index(steps, free); of > 0 && became[path] == "+" && !slices.Contains(freeNames, steps[of-1]) {
				t.Errorf("%s: the values of %s stay, although users choose the names: are they free options?", kind, path)
			}
		}
	}
	if *update {
		if err := os.WriteFile("testdata/members.golden", []byte(got.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/members.golden")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got.String(), "\n")); diff != "" {
		t.Errorf("look at what is new, and run the test with -update (-want +got):\n%s", diff)
	}
}

// documents returns the documents of every kind: with every member that the SDK knows, and with those
// that AWS is said to answer.
func documents(t *testing.T) map[string][]map[string]any {
	t.Helper()
	const folder = "../../aws/kinds/testdata/"
	var files []string
	for _, pattern := range []string{folder + "*.golden.json", folder + "every/*.golden.json"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	kinds := make(map[string][]map[string]any)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var list []map[string]any
		if err := json.Unmarshal(text, &list); err != nil {
			t.Fatal(err)
		}
		for _, document := range list {
			kind := document["Type"].(string)
			kinds[kind] = append(kinds[kind], document["Properties"].(map[string]any))
		}
	}
	return kinds
}

// seed makes every text of a value plain.
func seed(value any) any {
	switch value := value.(type) {
	case string:
		return plain
	case map[string]any:
		for name, member := range value {
			value[name] = seed(member)
		}
	case []any:
		for i, member := range value {
			value[i] = seed(member)
		}
	}
	return value
}

// compare notes what became of each text. One that stays in any document counts as staying.
func compare(t *testing.T, path string, was, is any, became map[string]string) {
	t.Helper()
	switch was := was.(type) {
	case string:
		if is == was {
			became[path] = "+"
		} else if became[path] == "" {
			became[path] = "-"
		}
	case map[string]any:
		object, ok := is.(map[string]any)
		if !ok || !slices.Equal(slices.Sorted(maps.Keys(was)), slices.Sorted(maps.Keys(object))) {
			t.Errorf("%s lost its shape: %v", path, is)
			return
		}
		for name, member := range was {
			compare(t, strings.TrimPrefix(path+"."+name, "."), member, object[name], became)
		}
	case []any:
		list, ok := is.([]any)
		if !ok || len(list) != len(was) {
			t.Errorf("%s lost its shape: %v", path, is)
			return
		}
		for i, member := range was {
			compare(t, path+"[]", member, list[i], became)
		}
	}
}

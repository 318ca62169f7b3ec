package kinds_test

import (
	"errors"
	"flag"
	"maps"
	"os"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/aws/kind"
	"portolan/internal/aws/kinds"
)

var update = flag.Bool("update", false, "write the golden files")

// actionOf returns the IAM action of an operation, where it is not the operation's
// own name: https://docs.aws.amazon.com/service-authorization/latest/reference/
var actionOf = map[string]string{
	"s3:ListBuckets":          "s3:ListAllMyBuckets",
	"s3:GetBucketEncryption":  "s3:GetEncryptionConfiguration",
	"s3:GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
}

func action(k *kind.Kind, operation string) string {
	name := k.Service.Prefix + ":" + operation
	if renamed, ok := actionOf[name]; ok {
		return renamed
	}
	return name
}

// each runs a test for every kind.
func each(t *testing.T, test func(t *testing.T, k *kind.Kind)) {
	t.Helper()
	for _, k := range kinds.All {
		t.Run(k.Type, func(t *testing.T) {
			t.Parallel()
			test(t, k)
		})
	}
}

// golden holds a text against a file, or writes the file with -update.
func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-golden +got):\n%s", path, diff)
	}
}

// TestDocuments holds what each kind asks and what it makes of the answers.
func TestDocuments(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, k *kind.Kind) {
		r := newReplay(t, k)
		documents, errs := r.read(k, k.OptionalNames()...)
		if len(errs) > 0 {
			t.Fatal(errors.Join(errs...))
		}
		golden(t, testdata(k, ".golden.json"), asJSON(t, documents))
		golden(t, testdata(k, ".requests.golden"), r.asked)
		if len(r.calls) != len(r.archive.Files) {
			t.Errorf("%d calls were made, the archive has %d answers", len(r.calls), len(r.archive.Files))
		}
		var made []string
		for _, operation := range r.calls {
			made = append(made, action(k, operation))
		}
		slices.Sort(made)
		if diff := cmp.Diff(k.AllActions(nil), slices.Compact(made)); diff != "" && len(made) > 0 {
			t.Errorf("actions (-declared +made):\n%s", diff)
		}
	})
}

// TestOptionalActions shows that each gives properties, and only when named.
func TestOptionalActions(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, k *kind.Kind) {
		without := newReplay(t, k)
		bare, errs := without.read(k, "NoSuchAction")
		if len(errs) > 0 {
			t.Fatal(errors.Join(errs...))
		}
		for _, operation := range without.calls {
			if !slices.Contains(k.AllActions([]string{}), action(k, operation)) {
				t.Errorf("%s was called", operation)
			}
		}
		all := properties(bare)
		for _, name := range k.OptionalNames() {
			documents, errs := newReplay(t, k).read(k, name)
			if len(errs) > 0 {
				t.Error(errors.Join(errs...))
			}
			given := properties(documents)
			if len(given) <= len(properties(bare)) {
				t.Errorf("%s adds no property that is absent without it", name)
			}
			maps.Copy(all, given)
		}
		documents, _ := newReplay(t, k).read(k, k.OptionalNames()...)
		if diff := cmp.Diff(properties(documents), all); diff != "" {
			t.Errorf("the actions together and one by one give different properties (-together +one by one):\n%s", diff)
		}
	})
}

// properties returns the names of all properties that some document has.
func properties(documents []kind.Object) map[string]bool {
	names := make(map[string]bool)
	for _, document := range documents {
		for name := range document["Properties"].(kind.Object) {
			names[name] = true
		}
	}
	return names
}

// TestEveryPropertyIsAnswered holds the names of each form against AWS's: the
// archives answer every member that the forms name.
func TestEveryPropertyIsAnswered(t *testing.T) {
	t.Parallel()
	unknown := map[string][]string{ // the API has no such members
		"AWS::EC2::Instance": {"InstanceArn", "Reason"},
		"AWS::ECS::Service":  {"UpdatedAt"},
	}
	each(t, func(t *testing.T, k *kind.Kind) {
		documents, _ := newReplay(t, k).read(k, k.OptionalNames()...)
		answered := properties(documents)
		for _, name := range k.Document.Names() {
			if !answered[name] && !slices.Contains(unknown[k.Type], name) {
				t.Errorf("no document has %s", name)
			}
		}
	})
}

package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const somePage = "# A page\n\n## Deletes, and `why`\n\n## Twice\n\n## Twice\n\n[to](check.go) [self](#twice-1) [gone](gone.md) [no](#none) " +
	"[out](https://example.com/#x)\n`make test`\n\n```sh\nmake sesame\nportolan plan\n```\n\n```json\nmake nothing\n```\n"

func TestReadAndFollow(t *testing.T) {
	t.Parallel()
	d := read("page.md", []byte(somePage))
	want := map[string]bool{"a-page": true, "deletes-and-why": true, "twice": true, "twice-1": true}
	if diff := cmp.Diff(want, d.anchors); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"why", "make test", "make sesame", "portolan plan", ""}, d.codes); diff != "" {
		t.Error(diff)
	}
	var faults []string
	for _, link := range d.links {
		if why := d.follow(link, map[string]*document{"page.md": d}); why != "" {
			faults = append(faults, link+" "+why)
		}
	}
	if diff := cmp.Diff([]string{"gone.md leads to no file", "#none leads to no heading"}, faults); diff != "" {
		t.Error(diff)
	}
}

func TestJudge(t *testing.T) {
	t.Parallel()
	c := &commands{
		targets: map[string]bool{"test": true, "invoke": true, "deploy": true},
		help:    map[string]string{"portolan plan": "--accounts strings", "operate invoke": "--force"},
	}
	for line, want := range map[string]string{
		"make test": "", "make deploy test": "", "make deploy ARGS='-c a=b --x'": "", "make invoke ARGS='--force'": "",
		"make sesame # opens":                   "the Makefile has no target sesame",
		"make deploy sesame":                    "the Makefile has no target sesame",
		"make invoke ARGS='--farce'":            "operate invoke has no flag --farce",
		"build/portolan plan --accounts 1":      "",
		"portolan plan --account 1":             "portolan plan has no flag --account",
		"portolan paln":                         "portolan has no command paln",
		"make sure that it is there: it is not": "",
		"X=1 go test ./...":                     "",
	} {
		if got := c.judge(line); got != want {
			t.Errorf("%s: %q, want %q", line, got, want)
		}
	}
}

// TestCookbook tries every recipe, and holds the page to what comes of it.
func TestCookbook(t *testing.T) {
	t.Chdir("../..")
	pages, err := fresh()
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(pages[cookbookPage], "<!-- generated: result -->"); n < 10 {
		t.Errorf("there are %d recipes", n)
	}
	stale, err := staleOf(pages)
	if err != nil || len(stale) > 0 {
		t.Errorf("stale are %v: %v", stale, err)
	}
}

func TestCookbookRefuses(t *testing.T) {
	t.Chdir("../..")
	const entity = "\nport: {entity: {mappings: {identifier: %, blueprint: '\"b\"'}}}\n```\n<!-- generated: result -->\n<!-- end: result -->\n"
	for name, test := range map[string]struct{ recipe, want string }{
		"no mapping":      {"text", "has no mapping in YAML"},
		"an unknown kind": {"```yaml\nkind: AWS::SQS::Quue" + strings.Replace(entity, "%", ".x", 1), "the mapping has the errors"},
		"no entity":       {"```yaml\nkind: AWS::SQS::Queue\nselector: {query: 'false'}" + strings.Replace(entity, "%", ".Properties.QueueArn", 1), "it makes no entity"},
		"a dropped one":   {"```yaml\nkind: AWS::SQS::Queue\nselector: {query: 'true'}" + strings.Replace(entity, "%", ".x", 1), "dropped"},
	} {
		if _, err := cookbook("# Book\n\n## Recipe\n\n" + test.recipe); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
	}
}

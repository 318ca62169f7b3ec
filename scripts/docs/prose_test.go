package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestStumbles(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{
		"A refusal is no proof.":                            1,
		"There is no proof, and it is no longer there.":     0,
		"A type of which the listing tells all":             1,
		"the region in which it is":                         0,
		"all save for one; save a snapshot first":           1,
		"The call gives a list.":                            1,
		"The run gives up, and gave up before.":             0,
		"JSON, YAML and the like":                           1,
		"nothing, if it is meant; else ask":                 1,
		"Not read is what was denied. Nothing was written.": 1,
		"They tell of nothing but trouble.":                 2,
		"A mapping turns an answer into an entity.":         0,
	} {
		if got := stumbles(text); len(got) != want {
			t.Errorf("%s: %q, want %d", text, got, want)
		}
	}
}

func TestProse(t *testing.T) {
	t.Parallel()
	page := read("docs/page.md", []byte("# It `is no` page\n\nThis is\nno page.\n\n```\nit is no page\n```\n\n| it is no matter | table |\n"))
	want := []string{
		`docs/page.md:3: "This is no page" should be "is not"`,
		`docs/page.md:10: "it is no matter" should be "is not"`,
	}
	if diff := cmp.Diff(want, page.misread()); diff != "" {
		t.Error(diff)
	}
}

func TestCellIsDefined(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"Nothing.": true,
		"A *cell* is one kind in one region of one account. Cells end.":   true,
		"It reads every *cell* (one kind in one\nregion of one account).": true,
		"A cell, one kind in one region of one account, is read whole.":   true,
		"It reads cells.": false,
		"It reads cells.\n\nA cell is one kind in one region of one account.":    false,
		"`cells` are fields. A *cell* is one kind in one region of one account.": true,
		"It reads cells. A cell is one kind in one region of one account.":       false,
	} {
		if got := read("docs/page.md", []byte(text)).undefined(); (got == "") != want {
			t.Errorf("%s: %q", text, got)
		}
	}
}

func TestEveryPageIsListed(t *testing.T) {
	t.Parallel()
	documents := map[string]*document{"docs/here.md": {}, "docs/gone.md": {}, "docs/kinds/one.md": {}}
	documents["docs/README.md"] = read("docs/README.md", []byte("[here](here.md#there) [out](../README.md)"))
	if diff := cmp.Diff([]string{"docs/README.md does not list docs/gone.md"}, unlisted(documents)); diff != "" {
		t.Error(diff)
	}
}

package upsert

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"portolan/internal/mapping"
	"portolan/internal/port"
	"portolan/internal/resync/cell"
)

// TestHash has a content that does not change by chance: an entity with another is sent.
func TestHash(t *testing.T) {
	t.Parallel()
	made := mapping.Entity{Identifier: "a", Blueprint: "b"}
	other := made
	other.Title = &mapping.Field{Name: "title", Value: "x"}
	hashes := map[any]string{}
	for name, e := range map[string]*Entity{
		"plain":          New(&made, Origin{}, port.UpsertOptions{}),
		"merged":         New(&made, Origin{}, port.UpsertOptions{Merge: true}),
		"create missing": New(&made, Origin{}, port.UpsertOptions{CreateMissing: true}),
		"another body":   New(&other, Origin{}, port.UpsertOptions{}),
	} {
		if same := hashes[e.Hash]; same != "" {
			t.Errorf("%s has the hash of %s", name, same)
		}
		hashes[e.Hash] = name
	}
	if a, b := New(&made, Origin{Entry: 1}, port.UpsertOptions{ResyncID: "1"}), New(&made, Origin{Entry: 2}, port.UpsertOptions{ResyncID: "2"}); a.Hash != b.Hash {
		t.Error("the hash depends on the run")
	}
}

// TestJSON passes entities from one invocation to another without loss.
func TestJSON(t *testing.T) {
	t.Parallel()
	e := New(&mapping.Entity{
		Identifier: map[string]any{"combinator": "and"}, Blueprint: "b", Relations: []mapping.Field{{Name: "to", Value: []any{"x", "y"}}},
	}, Origin{Coverage: cell.Coverage{Account: "1", Kind: "k"}, Cell: cell.Name{Region: "r", Kind: "k"}, Entry: 3}, port.UpsertOptions{})
	e.Owner, e.Fresh, e.Again, e.Refusal = "somebody", true, true, "no"
	if !e.Search || len(e.Targets) != 2 {
		t.Errorf("%+v", e)
	}
	if diff := cmp.Diff(e, again(t, e), cmpopts.IgnoreUnexported(Entity{})); diff != "" {
		t.Error(diff)
	}
}

package entity_test

import (
	"encoding/json"
	"slices"
	"testing"

	"portolan/internal/mapping"
	"portolan/internal/resync/entity"
)

func TestHashOf(t *testing.T) {
	t.Parallel()
	seen := map[entity.Hash]string{{}: "nothing"}
	for _, content := range []string{"", "a", "b", "ab"} {
		hash := entity.HashOf([]byte(content))
		if other, taken := seen[hash]; taken {
			t.Errorf("%q has the hash of %s", content, other)
		}
		if hash != entity.HashOf([]byte(content)) {
			t.Errorf("%q has two hashes", content)
		}
		seen[hash] = content
	}
}

func TestRef(t *testing.T) {
	t.Parallel()
	if got := (entity.Ref{Blueprint: "queue", Identifier: "a/b"}).String(); got != "queue/a/b" {
		t.Error(got)
	}
}

var (
	made    = entity.Ref{Blueprint: "queue", Identifier: "q"}
	added   = entity.Ref{Blueprint: "queue", Identifier: "added"}
	topics  = entity.Relation{Blueprint: "queue", Name: "topics"}
	account = entity.Relation{Blueprint: "queue", Name: "account"}
)

// filled returns a set with two entities, one of which points at others.
func filled(seed string) *entity.Set {
	s := entity.NewSet(seed)
	s.Produce(&mapping.Entity{
		Blueprint: made.Blueprint, Identifier: made.Identifier,
		Relations: []mapping.Field{{Name: "topics", Value: []any{"t1", "t2"}}, {Name: "account", Value: "a"}, {Name: "none", Value: nil}},
	})
	s.Add(added)
	s.Add(added)
	return s
}

func holds(t *testing.T, s *entity.Set) {
	t.Helper()
	for ref, want := range map[entity.Ref]bool{
		made: true, added: true,
		{Blueprint: "topic", Identifier: "t1"}: false, // what is pointed at is not produced
		{Blueprint: "queue", Identifier: "t1"}: false,
		{Blueprint: "queueq", Identifier: ""}:  false,
	} {
		if s.Has(ref) != want {
			t.Errorf("%v is in the set: %t", ref, !want)
		}
	}
	for _, p := range []struct {
		relation   entity.Relation
		identifier string
		want       bool
	}{
		{topics, "t1", true}, {topics, "t2", true}, {topics, "a", false}, {account, "a", true}, {account, "t1", false},
		{entity.Relation{Blueprint: "topic", Name: "topics"}, "t1", false},
	} {
		if s.Points(p.relation, p.identifier) != p.want {
			t.Errorf("%v points at %s: %t", p.relation, p.identifier, !p.want)
		}
	}
	relations := s.Relations()
	if len(relations) != 2 || !slices.Contains(relations, topics) || !slices.Contains(relations, account) || s.Size() != 2 {
		t.Errorf("relations %v, %d entities", relations, s.Size())
	}
}

func TestSet(t *testing.T) {
	t.Parallel()
	holds(t, filled("run"))
}

// TestParts put a set together again from what several processes of a run left.
func TestParts(t *testing.T) {
	t.Parallel()
	empty, produced, more := entity.NewSet("run"), filled("run"), entity.NewSet("run")
	more.Add(added)
	whole := entity.NewSet("run")
	for _, s := range []*entity.Set{empty, produced, more, produced} {
		text, err := json.Marshal(s.Part())
		if err != nil {
			t.Fatal(err)
		}
		var part entity.Part
		if err := json.Unmarshal(text, &part); err != nil || !part.Whole() {
			t.Fatalf("%s: %v", text, err)
		}
		whole.Merge(part)
	}
	holds(t, whole)
	if stranger := entity.NewSet("another run"); true {
		stranger.Merge(produced.Part())
		if stranger.Has(made) {
			t.Error("two runs hash alike")
		}
	}
}

func TestDamagedParts(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*entity.Part){
		"entities": func(p *entity.Part) { p.Entities = p.Entities[:len(p.Entities)-1] },
		"targets":  func(p *entity.Part) { p.Pointed[0].Targets = append(p.Pointed[0].Targets, 0) },
	} {
		part := filled("run").Part()
		if !part.Whole() {
			t.Fatal("it is damaged before anything was done")
		}
		spoil(&part)
		if part.Whole() {
			t.Errorf("%s: a damaged part is whole", name)
		}
	}
}

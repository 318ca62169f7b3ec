package portsim

import (
	"net/http"
	"slices"
)

// bulkDelete deletes the named entities that exist. Without delete_dependents a
// single dependent makes the whole request fail and nothing is deleted.
func (s *Server) bulkDelete(c *call) (answer, *refusal) {
	b, r := s.blueprint(c)
	if r != nil {
		return answer{}, r
	}
	deleted := []string{}
	var doomed []key
	for i, id := range texts(c.body["entities"]) {
		if s.options.DeleteWantsAll && s.catalog.entity(key{b.identifier, id}) == nil {
			return answer{}, missing("entity %q of blueprint %q was not found", id, b.identifier)
		}
		if c.effect.fails(i, id) != nil || s.catalog.entity(key{b.identifier, id}) == nil || slices.Contains(deleted, id) {
			continue
		}
		deleted = append(deleted, id)
		doomed = append(doomed, key{b.identifier, id})
	}
	if r := s.drop(doomed, c.query.Get("delete_dependents") == "true"); r != nil {
		return answer{}, r
	}
	return done(http.StatusOK, map[string]any{"deletedEntities": deleted}), nil
}

func (s *Server) deleteOne(c *call) (answer, *refusal) {
	b, r := s.blueprint(c)
	if r != nil {
		return answer{}, r
	}
	k := key{b.identifier, c.params["entity"]}
	if s.catalog.entity(k) == nil {
		return answer{}, missing("entity %q of blueprint %q was not found", k.identifier, k.blueprint)
	}
	if r := s.drop([]key{k}, c.query.Get("delete_dependents") == "true"); r != nil {
		return answer{}, r
	}
	return done(http.StatusOK, nil), nil
}

// drop deletes the entities, and all that relate to them when dependents go
// with them, whoever wrote those. Otherwise a dependent stops it, even one that
// is to be deleted by the same request.
func (s *Server) drop(doomed []key, dependents bool) *refusal {
	gone := map[key]bool{}
	for queue := doomed; len(queue) > 0; queue = queue[1:] {
		k := queue[0]
		if gone[k] {
			continue
		}
		gone[k] = true
		behind := s.catalog.dependents(k)
		if len(behind) > 0 && !dependents {
			return refuse(http.StatusForbidden, "has_dependents",
				"entity %q of blueprint %q has %d dependent entities", k.identifier, k.blueprint, len(behind))
		}
		queue = append(queue, behind...)
	}
	for k := range gone {
		s.catalog.remove(k)
	}
	return nil
}

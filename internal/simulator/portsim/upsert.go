package portsim

import (
	"maps"
	"net/http"
)

// bulkUpsert answers 200 when every entity was taken and 207 when any was not.
func (s *Server) bulkUpsert(c *call) (answer, *refusal) {
	b, r := s.blueprint(c)
	if r != nil {
		return answer{}, r
	}
	w, taken, failed := s.newWrite(c), []any{}, []any{}
	for i, v := range c.body["entities"].([]any) {
		body := v.(map[string]any)
		name, _ := body["identifier"].(string)
		e, created, r := (*Entity)(nil), false, c.effect.fails(i, name)
		if r == nil {
			e, created, r = w.apply(b, body)
		}
		if r != nil {
			failed = append(failed, map[string]any{
				"index": i, "identifier": orUnknown(name), "statusCode": r.status, "error": r.code, "message": r.message,
			})
			continue
		}
		taken = append(taken, map[string]any{
			"index": i, "identifier": e.Identifier, "created": created, "additionalData": map[string]any{},
		})
	}
	status, keys := http.StatusOK, map[string]any{"entities": taken}
	if len(failed) > 0 {
		status, keys["errors"] = http.StatusMultiStatus, failed
	}
	return done(status, keys), nil
}

// orUnknown is how an answer names an entity that was meant by a search.
func orUnknown(identifier string) string {
	if identifier == "" {
		return "unknown"
	}
	return identifier
}

func (s *Server) upsertOne(c *call) (answer, *refusal) {
	b, r := s.blueprint(c)
	if r != nil {
		return answer{}, r
	}
	name, _ := c.body["identifier"].(string)
	if r := c.effect.fails(0, name); r != nil {
		return answer{}, r
	}
	w := s.newWrite(c)
	e, created, r := w.apply(b, c.body)
	if r != nil {
		return answer{}, r
	}
	status := http.StatusOK
	if created {
		status = http.StatusCreated
	}
	out := map[string]any{"identifier": e.Identifier, "blueprint": e.Blueprint}
	if !w.validateOnly {
		maps.Copy(out, s.catalog.wire(e))
	}
	return done(status, map[string]any{"entity": out}), nil
}

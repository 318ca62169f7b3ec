package portsim

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
)

var entityPart = regexp.MustCompile(`^(identifier|blueprint|title|icon|team|properties|relations|createdAt|updatedAt|(properties|relations)\.[A-Za-z0-9@_=-]+)$`)

var (
	searchQuery = params{
		"exclude_calculated_properties": {accepts: boolean},
		"attach_title_to_relation":      {accepts: boolean},
		"include":                       {accepts: entityPart.MatchString, repeats: true},
		"exclude":                       {accepts: entityPart.MatchString, repeats: true},
	}
	searchBody = check(searchObject)
)

// search answers all entities of the catalog that match, in one piece. The
// parts named by include are given, or all; less those named by exclude.
func (s *Server) search(c *call) (answer, *refusal) {
	include, exclude := c.query["include"], c.query["exclude"]
	found := []any{}
	for _, bp := range sortedKeys(s.catalog.entities) {
		for _, e := range s.catalog.sorted(bp) {
			if s.catalog.matches(e, c.body) {
				wire := s.catalog.wire(e)
				if !s.options.HidesWriters {
					wire["$datasource"] = e.Datasource
				}
				found = append(found, trim(wire, include, exclude))
			}
		}
	}
	return done(http.StatusOK, map[string]any{"entities": found}), nil
}

func trim(e map[string]any, include, exclude []string) map[string]any {
	keep := func(part string) bool {
		group, _, member := strings.Cut(part, ".")
		named := func(l []string) bool { return slices.Contains(l, part) || member && slices.Contains(l, group) }
		return (len(include) == 0 || named(include)) && !named(exclude)
	}
	out := map[string]any{}
	for name, v := range e {
		if name != "properties" && name != "relations" {
			if keep(name) {
				out[name] = v
			}
			continue
		}
		kept := map[string]any{}
		for k, x := range v.(map[string]any) {
			if keep(name + "." + k) {
				kept[k] = x
			}
		}
		if len(kept) > 0 || keep(name) {
			out[name] = kept
		}
	}
	return out
}

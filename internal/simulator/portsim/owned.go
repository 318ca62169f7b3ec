package portsim

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"
)

// maxOwned is how many entities one page of the listing by datasource holds.
const maxOwned = 5000

var ownedBody = object(
	must("datasource_prefix", textOf(1, 1000)),
	must("datasource_suffix", textOf(1, 1000)),
	may("limit", whole(1, maxOwned)),
	may("before", instant),
	may("from", orNull(text)),
)

// cursor is where a listing continues, and which listing it belongs to.
type cursor struct {
	Prefix, Suffix, Before string
	Blueprint, Identifier  string
}

func (c cursor) String() string { return base64.RawURLEncoding.EncodeToString(encode(c)) }

// owned lists, in pages, the entities with a datasource that starts and ends as asked,
// and without an update after the given time.
func (s *Server) owned(c *call) (answer, *refusal) {
	at := cursor{}
	at.Prefix, _ = c.body["datasource_prefix"].(string)
	at.Suffix, _ = c.body["datasource_suffix"].(string)
	at.Before, _ = c.body["before"].(string)
	if from, _ := c.body["from"].(string); from != "" {
		var last cursor
		raw, err := base64.RawURLEncoding.DecodeString(from)
		if err != nil || json.Unmarshal(raw, &last) != nil {
			return answer{}, invalid("from is not a cursor of this listing")
		}
		if last.Prefix != at.Prefix || last.Suffix != at.Suffix || last.Before != at.Before {
			return answer{}, invalid("from belongs to a listing with other parameters")
		}
		at = last
	}
	limit := int64(maxOwned)
	if n, ok := c.body["limit"].(json.Number); ok {
		limit, _ = n.Int64()
	}
	page, next := s.ownedPage(c, at, int(limit))
	return done(http.StatusOK, map[string]any{"entities": page, "next": next}), nil
}

func (s *Server) ownedPage(c *call, at cursor, limit int) (page []any, next any) {
	before, dated := time.Time{}, at.Before != ""
	if dated {
		before, _ = time.Parse(time.RFC3339Nano, at.Before)
	}
	page = []any{}
	start := at
	listed := s.catalog.listed(c.now, s.listLag)
	for _, bp := range sortedKeys(listed) {
		if bp < start.Blueprint {
			continue
		}
		for _, id := range sortedKeys(listed[bp]) {
			e := listed[bp][id]
			switch {
			case bp == start.Blueprint && e.Identifier <= start.Identifier,
				slices.Contains(c.effect.omitted, e.Identifier),
				!strings.HasPrefix(e.Datasource, at.Prefix), !strings.HasSuffix(e.Datasource, at.Suffix),
				dated && e.UpdatedAt.After(before):
				continue
			}
			if len(page) == limit {
				return page, at.String()
			}
			page = append(page, map[string]any{
				"identifier": e.Identifier, "blueprint": bp, "title": orNil(e.Title),
				"createdAt": stamp(e.CreatedAt), "updatedAt": stamp(e.UpdatedAt),
			})
			at.Blueprint, at.Identifier = bp, e.Identifier
		}
	}
	return page, nil
}

package port

import (
	"context"
	"net/http"
	"net/url"
)

// Entity is an entity as Port holds it, without what Port computes.
type Entity struct {
	Identifier string         `json:"identifier"`
	Title      any            `json:"title"`
	Icon       any            `json:"icon"`
	Team       any            `json:"team"`
	Properties map[string]any `json:"properties"`
	Relations  map[string]any `json:"relations"`
}

// MaxFind is how many entities Find asks for at once. Port documents no bound for a
// search, whose answer is not paged; this many are far below a mebibyte in names.
const MaxFind = 500

// Find reads those entities of a blueprint that exist, whoever owns them. More than
// MaxFind identifiers take several calls. A blueprint that Port does not have holds
// none.
func (c *Client) Find(ctx context.Context, blueprint string, identifiers []string) (map[string]Entity, error) {
	found := make(map[string]Entity, len(identifiers))
	for start := 0; start < len(identifiers); start += MaxFind {
		cl := call{
			family: FamilyEntities, method: http.MethodPost, route: "/entities/search", exporter: true,
			query: url.Values{"exclude_calculated_properties": {"true"}},
			body: map[string]any{"combinator": "and", "rules": []any{
				map[string]any{"property": "$blueprint", "operator": "=", "value": blueprint},
				map[string]any{"property": "$identifier", "operator": "in", "value": identifiers[start:min(start+MaxFind, len(identifiers))]},
			}},
		}
		var got struct {
			Entities []Entity `json:"entities"`
		}
		if err := c.get(ctx, cl, &got); err != nil {
			return nil, err
		}
		for _, e := range got.Entities {
			found[e.Identifier] = e
		}
	}
	return found, nil
}

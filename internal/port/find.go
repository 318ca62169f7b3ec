package port

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"
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

// foundAnswer is what Port says to a search.
type foundAnswer struct {
	Entities []struct {
		Entity
		Blueprint string `json:"blueprint"`
	} `json:"entities"`
}

func (a foundAnswer) lacks() string {
	for _, e := range a.Entities {
		if e.Identifier == "" {
			return "has an entity without a name"
		}
	}
	if a.Entities == nil {
		return "has no list of entities"
	}
	return ""
}

// MaxFind is how many entities Find asks for at once. Port documents no bound for a
// search, whose answer is not paged; this many are far below a mebibyte in names.
const MaxFind = 500

// Find reads those entities of a blueprint that exist, whoever owns them. More than
// MaxFind identifiers take several calls. A blueprint that Port does not have holds
// none.
func (c *Client) Find(ctx context.Context, blueprint string, identifiers []string) (map[string]Entity, error) {
	return c.find(ctx, blueprint, identifiers, nil, nil)
}

// Mine returns those of the identifiers under which a blueprint has an entity that this
// integration wrote last. It is a search, which does not go by the list of Owned.
func (c *Client) Mine(ctx context.Context, blueprint string, identifiers []string) ([]string, error) {
	prefix, suffix := c.datasource()
	found, err := c.find(ctx, blueprint, identifiers, onlyKeys, []any{
		map[string]any{"property": "$datasource", "operator": "contains", "value": prefix},
		map[string]any{"property": "$datasource", "operator": "contains", "value": suffix},
	})
	return slices.Collect(maps.Keys(found)), err
}

// exist returns those of the identifiers under which a blueprint has an entity.
func (c *Client) exist(ctx context.Context, blueprint string, identifiers []string) ([]string, error) {
	found, err := c.find(ctx, blueprint, identifiers, onlyKeys, nil)
	return slices.Collect(maps.Keys(found)), err
}

// onlyKeys are the parts of an entity that say which it is.
var onlyKeys = []string{"identifier", "blueprint"}

func (c *Client) find(ctx context.Context, blueprint string, identifiers, include []string, rules []any) (map[string]Entity, error) {
	found := make(map[string]Entity, len(identifiers))
	for some := range slices.Chunk(identifiers, MaxFind) {
		cl := call{
			family: FamilyEntities, method: http.MethodPost, route: "/entities/search", exporter: true,
			query: url.Values{"exclude_calculated_properties": {"true"}},
			body: map[string]any{"combinator": "and", "rules": append([]any{
				map[string]any{"property": "$blueprint", "operator": "=", "value": blueprint},
				map[string]any{"property": "$identifier", "operator": "in", "value": some},
			}, rules...)},
		}
		if len(include) > 0 {
			cl.query["include"] = include
		}
		got, err := read(ctx, c, cl, foundAnswer.lacks)
		if err != nil {
			return nil, err
		}
		for _, e := range got.Entities {
			if (e.Blueprint == "" || e.Blueprint == blueprint) && slices.Contains(some, e.Identifier) {
				found[e.Identifier] = e.Entity
			}
		}
	}
	return found, nil
}

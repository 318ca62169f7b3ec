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

// searched is an entity as Port has it in the answer to a search.
type searched interface {
	names() (blueprint, identifier string)
}

// searchAnswer is what Port says to a search.
type searchAnswer[E searched] struct {
	Entities []E `json:"entities"`
}

func (a searchAnswer[E]) lacks() string {
	for _, e := range a.Entities {
		if _, identifier := e.names(); identifier == "" {
			return "has an entity without a name"
		}
	}
	if a.Entities == nil {
		return "has no list of entities"
	}
	return ""
}

type foundEntity struct {
	Entity
	Blueprint string `json:"blueprint"`
}

func (f foundEntity) names() (blueprint, identifier string) { return f.Blueprint, f.Identifier }

// MaxFind is how many entities Find asks for at once. Port documents no bound for a
// search, whose answer is not paged; this many are far below a mebibyte in names.
const MaxFind = 500

// Find reads the entities of a blueprint that exist, whoever owns them. More than MaxFind identifiers
// take several calls. A blueprint that Port does not have holds none.
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
	parts := url.Values{}
	if len(include) > 0 {
		parts["include"] = include
	}
	entities := make(map[string]Entity, len(identifiers))
	err := search(ctx, c, blueprint, identifiers, parts, rules, func(f foundEntity) { entities[f.Identifier] = f.Entity })
	if err != nil {
		return nil, err
	}
	return entities, nil
}

// search calls each with those entities of a blueprint that exist under the identifiers
// and satisfy the rules. Parts says which parts of an entity Port is to include or
// exclude.
func search[E searched](
	ctx context.Context, c *Client, blueprint string, identifiers []string, parts url.Values, rules []any, each func(E),
) error {
	query := maps.Clone(parts)
	query.Set("exclude_calculated_properties", "true")
	for some := range slices.Chunk(identifiers, MaxFind) {
		got, err := read(ctx, c, call{
			family: FamilyEntities, method: http.MethodPost, route: "/entities/search", exporter: true, query: query,
			body: map[string]any{"combinator": "and", "rules": append([]any{
				map[string]any{"property": "$blueprint", "operator": "=", "value": blueprint},
				map[string]any{"property": "$identifier", "operator": "in", "value": some},
			}, rules...)},
		}, searchAnswer[E].lacks)
		if err != nil {
			return err
		}
		for _, e := range got.Entities {
			if of, identifier := e.names(); (of == "" || of == blueprint) && slices.Contains(some, identifier) {
				each(e)
			}
		}
	}
	return nil
}

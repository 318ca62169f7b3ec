package port

import (
	"context"
	"net/http"
	"net/url"
	"strings"
)

// Written says who wrote an entity last, and since when Port has it.
type Written struct {
	// Ours says that this integration did.
	Ours bool
	// By names who did for people: an integration, or what a user's or a program's
	// client calls itself. It is "somebody else" where Port does not say.
	By      string
	Created Time
}

// found is what a search says of an entity besides its contents. Port does not document
// that it gives the mark of the writer, under which it can be searched for.
type found struct {
	Identifier string `json:"identifier"`
	Datasource string `json:"$datasource"`
	Source     string `json:"datasource"`
	Created    Time   `json:"createdAt"`
}

func (f found) mark() string {
	if f.Datasource != "" {
		return f.Datasource
	}
	return f.Source
}

// Writers says who wrote those entities of a blueprint that exist. It takes a call for
// each MaxFind identifiers, and another where Port does not give the mark of the writer
// with what it found.
func (c *Client) Writers(ctx context.Context, blueprint string, identifiers []string) (map[string]Written, error) {
	written := make(map[string]Written, len(identifiers))
	for start := 0; start < len(identifiers); start += MaxFind {
		some := identifiers[start:min(start+MaxFind, len(identifiers))]
		entities, err := c.search(ctx, blueprint, some)
		if err != nil {
			return nil, err
		}
		var unmarked []string
		for _, e := range entities {
			written[e.Identifier] = Written{Ours: c.wrote(e.mark()), By: writer(e.mark()), Created: e.Created}
			if e.mark() == "" {
				unmarked = append(unmarked, e.Identifier)
			}
		}
		if len(unmarked) == 0 {
			continue
		}
		entities, err = c.search(ctx, blueprint, unmarked, contains(c.prefix()), contains(c.suffix()))
		if err != nil {
			return nil, err
		}
		for _, e := range entities {
			w := written[e.Identifier]
			w.Ours = true
			written[e.Identifier] = w
		}
	}
	return written, nil
}

// contains is a rule on the mark of the writer.
func contains(part string) map[string]any {
	return map[string]any{"property": "$datasource", "operator": "contains", "value": part}
}

// search finds entities of a blueprint without their contents.
func (c *Client) search(ctx context.Context, blueprint string, identifiers []string, more ...map[string]any) ([]found, error) {
	rules := []any{
		map[string]any{"property": "$blueprint", "operator": "=", "value": blueprint},
		map[string]any{"property": "$identifier", "operator": "in", "value": identifiers},
	}
	for _, rule := range more {
		rules = append(rules, rule)
	}
	cl := call{
		family: FamilyEntities, method: http.MethodPost, route: "/entities/search", exporter: true,
		query: url.Values{"exclude_calculated_properties": {"true"}, "exclude": {"properties", "relations", "title", "team"}},
		body:  map[string]any{"combinator": "and", "rules": rules},
	}
	var got struct {
		Entities []found `json:"entities"`
	}
	err := c.get(ctx, cl, &got)
	return got.Entities, err
}

// prefix and suffix are how the mark of this integration begins and ends; between them
// is the version that wrote.
func (c *Client) prefix() string { return "port-ocean/" + c.kind + "/" }
func (c *Client) suffix() string { return "/" + c.identifier + "/exporter" }

// wrote says whether a mark is this integration's, of whichever version.
func (c *Client) wrote(mark string) bool {
	return strings.HasPrefix(mark, c.prefix()) && strings.HasSuffix(mark, c.suffix())
}

// writer names for people who has a mark. That of an integration is
// port-ocean/<type>/<version>/<identifier>/<feature>.
func writer(mark string) string {
	parts := strings.Split(mark, "/")
	switch {
	case mark == "":
		return "somebody else"
	case parts[0] == "port-ocean" && len(parts) == 5 && parts[4] == "exporter":
		return "integration " + parts[3] + " (" + parts[1] + ")"
	case parts[0] == "port-ocean" && len(parts) >= 4:
		return "integration " + parts[3] + " (" + strings.Join(append(parts[1:2:2], parts[4:]...), ", ") + ")"
	default:
		return mark
	}
}

package port

import (
	"cmp"
	"context"
	"net/url"
	"strings"
)

// Written says who wrote an entity last, and since when Port has it.
type Written struct {
	// Ours says that this integration did.
	Ours bool
	// By names the writer for people: an integration, or what the client of a user or a
	// program calls itself. It is "somebody else" if Port does not say.
	By      string
	Created Time
}

// marked is what a search says of an entity besides its contents. Port does not
// document that it returns the mark of the writer, under which it can be searched for.
type marked struct {
	Identifier string `json:"identifier"`
	Blueprint  string `json:"blueprint"`
	Datasource string `json:"$datasource"`
	Source     string `json:"datasource"`
	Created    Time   `json:"createdAt"`
}

func (m marked) mark() string { return cmp.Or(m.Datasource, m.Source) }

func (m marked) names() (blueprint, identifier string) { return m.Blueprint, m.Identifier }

// Writers says who wrote the entities of a blueprint that exist. It makes a call for every MaxFind
// identifiers, and another one if Port does not return the mark of the writer with what it found.
func (c *Client) Writers(ctx context.Context, blueprint string, identifiers []string) (map[string]Written, error) {
	written := make(map[string]Written, len(identifiers))
	var unmarked []string
	parts := url.Values{"exclude": {"properties", "relations", "title", "team"}}
	err := search(ctx, c, blueprint, identifiers, parts, nil, func(e marked) {
		written[e.Identifier] = Written{Ours: c.wrote(e.mark()), By: writer(e.mark()), Created: e.Created}
		if e.mark() == "" {
			unmarked = append(unmarked, e.Identifier)
		}
	})
	if err != nil {
		return nil, err
	}
	if len(unmarked) == 0 {
		return written, nil
	}
	mine, err := c.Mine(ctx, blueprint, unmarked)
	if err != nil {
		return nil, err
	}
	for _, identifier := range mine {
		w := written[identifier]
		w.Ours = true
		written[identifier] = w
	}
	return written, nil
}

// wrote says whether a mark is this integration's, in any version.
func (c *Client) wrote(mark string) bool {
	prefix, suffix := c.datasource()
	rest, begins := strings.CutPrefix(mark, prefix)
	version, ends := strings.CutSuffix(rest, suffix)
	return begins && ends && version != "" && !strings.Contains(version, "/")
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

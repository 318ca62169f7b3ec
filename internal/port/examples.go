package port

import (
	"context"
	"net/http"
)

// SendExamples gives Port samples of what a kind's documents look like, for the
// mapping editor. Secrets are hidden first, and nothing is sent again if it fails.
func (c *Client) SendExamples(ctx context.Context, kind string, documents []map[string]any) error {
	mask := c.mask.Load()
	examples := make([]map[string]any, len(documents))
	for i, document := range documents {
		examples[i] = mask.Document(document)
	}
	_, err := c.do(ctx, call{
		family: FamilyOther, method: http.MethodPost, route: "/integration/{integration}/kinds/{kind}/examples",
		args: []string{c.identifier, kind}, body: map[string]any{"examples": examples}, retries: never,
	})
	return err
}

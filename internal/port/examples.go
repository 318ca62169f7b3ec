package port

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
)

// SendExamples sends Port raw documents of a kind, from which users write their mapping. Secrets are
// masked here, whatever the caller did. Documents that do not fit into a request are left out. A
// failure is not worth a second attempt.
func (c *Client) SendExamples(ctx context.Context, kind string, documents []map[string]any) error {
	cl := call{
		family: FamilyOther, method: http.MethodPost, route: integrationRoute + "/kinds/{kind}/examples",
		args: []string{c.identifier, kind}, lossy: true,
	}
	masks := c.mask.Load()
	var examples []json.RawMessage
	size := len(`{"examples":[]}`)
	for _, document := range documents {
		encoded, err := encodeJSON(masks.Document(document))
		if err != nil {
			return fmt.Errorf("an example of %s has no JSON form: %w", kind, err)
		}
		if size+len(encoded)+1 <= MaxBytes {
			examples = append(examples, encoded)
			size += len(encoded) + 1
		}
	}
	if len(examples) == 0 {
		return nil
	}
	cl.body = map[string][]json.RawMessage{"examples": examples}
	_, err := c.do(ctx, cl)
	return err
}

// Masked returns a copy of a document without the secrets in it, as examples are sent.
func (c *Client) Masked(document map[string]any) map[string]any {
	return c.mask.Load().Document(document)
}

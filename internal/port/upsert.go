package port

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
)

// Port's limits for one bulk: https://docs.port.io/api-reference/create-multiple-entities
const (
	MaxBatch = 20      // entities
	MaxBytes = 1 << 20 // of the request's body
)

// Item is an entity, encoded. Key is what its author calls it: the identifier, or
// the text of a search.
type Item struct {
	Blueprint, Key string
	Body           json.RawMessage
}

// UpsertOptions say how entities are written.
type UpsertOptions struct {
	Merge         bool   // leave alone what the entity does not name
	CreateMissing bool   // make entities that relations point at, bare
	ResyncID      string // the run's id
}

func (o UpsertOptions) query() url.Values {
	q := runQuery(o.ResyncID)
	q.Set("upsert", "true")
	q.Set("validation_only", "false")
	q.Set("merge", strconv.FormatBool(o.Merge))
	q.Set("create_missing_related_entities", strconv.FormatBool(o.CreateMissing))
	return q
}

func runQuery(resyncID string) url.Values {
	return url.Values{"ocean_info_event_type": {"resync"}, "ocean_info_resync_id": {resyncID}}
}

// Outcome is what Port did with one entity. Err is an *EntityError if Port did
// not take it. Identifier is the entity's own, also where a search was sent.
type Outcome struct {
	Identifier string
	Created    bool
	Err        error
}

// EntityError says why Port did not take an entity.
type EntityError struct {
	Key        string
	StatusCode int
	Code       string
	Message    string
	Mend       string
	Retryable  bool // it may pass when it is sent again, after others
	Unmatched  bool // its search matches no entity, or more than one
}

// Error says what Port answered for the entity.
func (e *EntityError) Error() string {
	text := "Port did not take it"
	if e.StatusCode != 0 {
		text += fmt.Sprintf(": %d", e.StatusCode)
	}
	if e.Code != "" {
		text += " " + e.Code
	}
	if e.Message != "" {
		text += ": " + e.Message
	}
	if e.Mend != "" {
		text += "; " + e.Mend
	}
	return text
}

// Upsert writes entities of one blueprint, at most MaxBatch and MaxBytes of them,
// and gives an outcome for each, in their order. What Port refuses as a whole is
// halved until the entity is found that it refuses. The error is not nil only if
// nothing can be said of the entities: there is no token, or the context ended.
func (c *Client) Upsert(ctx context.Context, blueprint string, items []Item, o UpsertOptions) ([]Outcome, error) {
	outcomes := make([]Outcome, len(items))
	for i, item := range items {
		outcomes[i].Identifier = item.Key
	}
	return outcomes, c.upsert(ctx, blueprint, items, o, outcomes)
}

func (c *Client) upsert(ctx context.Context, blueprint string, items []Item, o UpsertOptions, outcomes []Outcome) error {
	cl := call{
		family: FamilyBulkUpsert, method: http.MethodPost, route: "/blueprints/{blueprint}/entities/bulk",
		args: []string{blueprint}, query: o.query(), body: envelope(items), exporter: true,
	}
	a, err := c.do(ctx, cl)
	if err == nil {
		return c.readBulk(cl, a, items, outcomes)
	}
	status := statusOf(err)
	switch {
	case ctx.Err() != nil || status == http.StatusUnauthorized || notFromPort(err):
		return err
	case len(items) > 1 && (status == http.StatusRequestEntityTooLarge || status == http.StatusUnprocessableEntity || status == http.StatusBadRequest):
		half := len(items) / 2
		if err := c.upsert(ctx, blueprint, items[:half], o, outcomes[:half]); err != nil {
			return err
		}
		return c.upsert(ctx, blueprint, items[half:], o, outcomes[half:])
	case status == http.StatusRequestEntityTooLarge:
		return c.upsertOne(ctx, blueprint, items[0], o, &outcomes[0])
	}
	for i, item := range items {
		outcomes[i].Err = entityError(item.Key, err)
	}
	return nil
}

// upsertOne sends an entity that is too large for the bulk route by the route for
// single ones.
func (c *Client) upsertOne(ctx context.Context, blueprint string, item Item, o UpsertOptions, outcome *Outcome) error {
	a, err := c.do(ctx, call{
		family: FamilySingleUpsert, method: http.MethodPost, route: "/blueprints/{blueprint}/entities",
		args: []string{blueprint}, query: o.query(), body: []byte(item.Body), exporter: true,
	})
	switch {
	case err == nil:
		outcome.Created = a.status == http.StatusCreated
		return nil
	case ctx.Err() != nil || statusOf(err) == http.StatusUnauthorized || notFromPort(err):
		return err
	}
	outcome.Err = entityError(item.Key, err)
	return nil
}

// envelope is the body of a bulk.
func envelope(items []Item) []byte {
	var b bytes.Buffer
	b.WriteString(`{"entities":[`)
	for i, item := range items {
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(item.Body)
	}
	b.WriteString(`]}`)
	return b.Bytes()
}

// readBulk reads the answer to a bulk. Entities are told by their index; one that
// the answer does not name was not taken.
func (c *Client) readBulk(cl call, a answer, items []Item, outcomes []Outcome) error {
	var said struct {
		Entities []struct {
			Index      *int   `json:"index"`
			Identifier string `json:"identifier"`
			Created    bool   `json:"created"`
		} `json:"entities"`
		Errors []struct {
			Index      *int   `json:"index"`
			Identifier string `json:"identifier"`
			StatusCode int    `json:"statusCode"`
			Code       string `json:"error"`
			Message    string `json:"message"`
		} `json:"errors"`
	}
	if err := a.decode(cl, &said); err != nil {
		for i, item := range items {
			outcomes[i].Err = entityError(item.Key, err)
		}
		return nil
	}
	for i, item := range items {
		outcomes[i].Err = &EntityError{Key: item.Key, Message: "Port's answer does not name it", Retryable: true}
	}
	for _, taken := range said.Entities {
		if i := taken.Index; i != nil && *i >= 0 && *i < len(items) {
			outcomes[*i] = Outcome{Identifier: taken.Identifier, Created: taken.Created}
			if taken.Identifier == "" {
				outcomes[*i].Identifier = items[*i].Key
			}
		}
	}
	for _, refused := range said.Errors {
		if i := refused.Index; i != nil && *i >= 0 && *i < len(items) {
			outcomes[*i] = Outcome{Identifier: items[*i].Key, Err: &EntityError{
				Key: items[*i].Key, StatusCode: refused.StatusCode, Code: c.show(refused.Code, 100), Message: c.show(refused.Message, maxMessage),
				Retryable: refused.Identifier != unmatched && retryable(refused.StatusCode), Unmatched: refused.Identifier == unmatched,
			}}
		}
	}
	return nil
}

// unmatched is the identifier that Port gives an entity whose search finds none.
const unmatched = "unknown"

// retryable says whether an entity may pass later: what it points at may be there
// then, and what failed in Port may work.
func retryable(status int) bool {
	return status == 0 || status == http.StatusNotFound || status == http.StatusConflict ||
		status == http.StatusTooManyRequests || status >= http.StatusInternalServerError
}

// entityError makes of a refused request the error of one of its entities.
func entityError(key string, err error) *EntityError {
	e := &EntityError{Key: key, StatusCode: statusOf(err), Message: err.Error(), Retryable: retryable(statusOf(err))}
	if refused := asError(err); refused != nil && refused.StatusCode != 0 {
		e.Code, e.Message = refused.Code, refused.Message
	}
	switch e.StatusCode {
	case http.StatusNotFound:
		e.Retryable = false
		e.Mend = "create the blueprint in Port, or mend the mapping's blueprint"
	case http.StatusRequestEntityTooLarge:
		e.Mend = "map fewer or smaller properties: Port takes at most 1 MiB a request"
	}
	return e
}

package port

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// The bounds of a request, from Port's API reference: a bulk takes 1 to 20
// entities, a bulk delete 1 to 100, and a body at most 1 MiB.
const (
	MaxBatch  = 20
	MaxDelete = 100
	MaxBytes  = 1 << 20
)

// Item is an entity, encoded. Key is its identifier, or the JSON of the search
// object that stands for it.
type Item struct {
	Blueprint string
	Key       string
	Body      json.RawMessage
}

// UpsertOptions are the mapping's settings, and the run.
type UpsertOptions struct {
	Merge         bool // keep what the entity does not mention
	CreateMissing bool // make bare entities where a relation leads nowhere
	ResyncID      string
}

// Outcome is what became of one entity. Identifier is the one that Port returned, which matters if a
// search found the entity. Err is nil or an *EntityError.
type Outcome struct {
	Identifier string
	Created    bool
	Err        error
}

// EntityError says why Port did not take an entity.
type EntityError struct {
	StatusCode int // 0 if Port did not say
	Code       string
	Message    string
	TraceID    string
	Fix        string
	Retryable  bool // a later retry may succeed: what it points at may exist by then
	Unmatched  bool // its search found no entity, or several: it never existed
	Unnamed    bool // Port's answer does not say that it took the entity, nor why not
	Err        error
}

// Error says what Port answered, and how to fix it. Neither the entity's name nor
// the request's trace is part of it, so that equal causes have equal texts.
func (e *EntityError) Error() string {
	var parts []string
	if e.StatusCode != 0 {
		parts = append(parts, strconv.Itoa(e.StatusCode))
	}
	if e.Code != "" {
		parts = append(parts, e.Code)
	}
	text := strings.Join(parts, " ")
	for _, part := range []string{e.Message, e.Fix} {
		if text != "" && part != "" {
			text += ": "
		}
		text += part
	}
	if text == "" && e.Err != nil {
		return e.Err.Error()
	}
	return text
}

// Unwrap returns the failure of the whole request, if that is the cause.
func (e *EntityError) Unwrap() error { return e.Err }

// HTTPStatusCode returns the status that Port answered for the entity.
func (e *EntityError) HTTPStatusCode() int { return e.StatusCode }

// Upsert writes entities of one blueprint, in as few requests as their number and size allow. It
// returns an outcome for each item, in order. It returns an error only if it is useless to go on: the
// context ended, a wait would outlast it, Port refuses the credentials or cannot be reached. Items that
// were not written by then have that error.
func (c *Client) Upsert(ctx context.Context, blueprint string, items []Item, o UpsertOptions) ([]Outcome, error) {
	outcomes := make([]Outcome, len(items))
	for start := 0; start < len(items); {
		end := start + fitting(items[start:])
		if err := c.upsert(ctx, blueprint, items[start:end], outcomes[start:end], o); err != nil {
			refuse(outcomes[end:], err, true)
			return outcomes, err
		}
		start = end
	}
	return outcomes, nil
}

const opening, closing = `{"entities":[`, `]}`

// fitting is how many of the first items go into one request.
func fitting(items []Item) int {
	size := len(opening) + len(closing) - 1
	for i, item := range items {
		size += len(item.Body) + 1 // and a comma
		if i > 0 && (i == MaxBatch || size > MaxBytes) {
			return i
		}
	}
	return len(items)
}

func envelope(items []Item) []byte {
	var body bytes.Buffer
	body.WriteString(opening)
	for i, item := range items {
		if i > 0 {
			body.WriteByte(',')
		}
		body.Write(item.Body)
	}
	body.WriteString(closing)
	return body.Bytes()
}

// upsert writes what goes into one request. Where a single entity can make Port
// refuse all of them, by its size or its form, the request is cut in halves until
// the others are through.
func (c *Client) upsert(ctx context.Context, blueprint string, items []Item, outcomes []Outcome, o UpsertOptions) error {
	cl := call{
		family: FamilyBulkUpsert, method: http.MethodPost, route: "/blueprints/{blueprint}/entities/bulk",
		args: []string{blueprint}, query: o.query(), exporter: true,
	}
	// The single route does not tell a search that found nothing from a relation
	// that leads nowhere, so a search goes as a bulk of one.
	single := len(items) == 1 && !searches(items[0])
	switch {
	case len(items) == 1 && len(items[0].Body) > MaxBytes:
		refuse(outcomes, &Error{
			Op: cl.op(), StatusCode: http.StatusRequestEntityTooLarge,
			Message: fmt.Sprintf("the entity has %d bytes, and Port takes at most %d", len(items[0].Body), MaxBytes),
			Fix:     "map fewer or smaller properties",
		}, false)
		return nil
	case single:
		cl.family, cl.route, cl.body = FamilySingleUpsert, "/blueprints/{blueprint}/entities", []byte(items[0].Body)
	default:
		cl.body = envelope(items)
	}
	a, err := c.do(ctx, cl)
	switch {
	case err == nil && single:
		outcomes[0] = singleOutcome(cl, a, items[0].Key)
	case err == nil:
		c.bulkOutcomes(cl, a, items, outcomes)
	case len(items) > 1 && dividing(err):
		half := len(items) / 2
		if err := c.upsert(ctx, blueprint, items[:half], outcomes[:half], o); err != nil {
			refuse(outcomes[half:], err, true)
			return err
		}
		return c.upsert(ctx, blueprint, items[half:], outcomes[half:], o)
	default:
		refuse(outcomes, err, !single)
		if hopeless(ctx, err) {
			return err
		}
	}
	return nil
}

func (o UpsertOptions) query() url.Values {
	q := url.Values{
		"upsert": {"true"}, "validation_only": {"false"}, "merge": {strconv.FormatBool(o.Merge)},
		"create_missing_related_entities": {strconv.FormatBool(o.CreateMissing)},
	}
	return during(q, o.ResyncID)
}

// during marks a write as part of a resync.
func during(q url.Values, resyncID string) url.Values {
	if resyncID != "" {
		q.Set("ocean_info_event_type", "resync")
		q.Set("ocean_info_resync_id", resyncID)
	}
	return q
}

// dividing says whether a request may have been refused for one of its entities.
func dividing(err error) bool {
	switch statusOf(err) {
	case http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity:
		return true
	}
	return false
}

// hopeless says whether no call can succeed after this error.
func hopeless(ctx context.Context, err error) bool {
	var wait *WaitError
	var credentials *CredentialsError
	var failure *Error
	if errors.As(err, &failure) && failure.gaveUp && failure.StatusCode == 0 {
		return true
	}
	return ctx.Err() != nil || errors.As(err, &wait) || errors.As(err, &credentials) || statusOf(err) == http.StatusUnauthorized
}

// searches says whether an entity's identifier is a search object.
func searches(item Item) bool {
	var entity struct {
		Identifier json.RawMessage `json:"identifier"`
	}
	return json.Unmarshal(item.Body, &entity) == nil && len(entity.Identifier) > 0 && entity.Identifier[0] == '{'
}

// refuse sets the error of the request on all outcomes.
func refuse(outcomes []Outcome, err error, bulk bool) {
	e := &EntityError{StatusCode: statusOf(err), Err: err}
	var whole *Error
	if errors.As(err, &whole) {
		e.Code, e.Message, e.TraceID, e.Fix = whole.Code, whole.Message, whole.TraceID, whole.Fix
	}
	e.Retryable = retryable(e.StatusCode)
	if e.StatusCode == http.StatusNotFound && bulk {
		// A bulk whose blueprint is there answers for each entity. The single
		// route's answer may as well mean what a relation points at.
		e.Retryable, e.Fix = false, "create the blueprint in Port, or fix the mapping's blueprint"
	}
	for i := range outcomes {
		outcomes[i] = Outcome{Err: e}
	}
}

// retryable says whether a retry may succeed: the target of a relation may appear, a conflict or a
// failure may be over. Status 0 is an entity that Port did not mention, or no answer at all.
func retryable(status int) bool {
	switch status {
	case 0, http.StatusNotFound, http.StatusRequestTimeout, http.StatusConflict, http.StatusTooManyRequests:
		return true
	}
	return status >= 500
}

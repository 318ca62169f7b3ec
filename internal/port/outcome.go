package port

import (
	"encoding/json"
	"net/http"
)

// bulkAnswer is what Port says about the entities of a bulk, each by its place
// in the request. An index that is no number makes the answer unreadable.
type bulkAnswer struct {
	Entities []struct {
		Index      *int            `json:"index"`
		Identifier json.RawMessage `json:"identifier"`
		Created    bool            `json:"created"`
	} `json:"entities"`
	Errors []struct {
		Index      *int            `json:"index"`
		Identifier json.RawMessage `json:"identifier"`
		StatusCode int             `json:"statusCode"`
		Code       string          `json:"error"`
		Message    string          `json:"message"`
	} `json:"errors"`
}

// unmatched is the identifier of an entity whose search found none, or several.
const unmatched = "unknown"

// bulkOutcomes reads which entities Port took. One that it does not mention, or
// mentions as taken and as refused, was not taken.
func (c *Client) bulkOutcomes(cl call, a answer, items []Item, outcomes []Outcome) {
	var said bulkAnswer
	if err := a.decode(cl, &said); err != nil {
		for i := range outcomes {
			outcomes[i] = Outcome{Err: &EntityError{TraceID: a.trace, Retryable: true, Err: err}}
		}
		return
	}
	for i := range outcomes {
		outcomes[i] = Outcome{Err: &EntityError{
			Message: "Port's answer does not mention the entity", TraceID: a.trace, Retryable: true,
		}}
	}
	for _, e := range said.Entities {
		if e.Index != nil && *e.Index >= 0 && *e.Index < len(items) {
			outcomes[*e.Index] = Outcome{Identifier: identifierOf(e.Identifier, items[*e.Index].Key), Created: e.Created}
		}
	}
	for _, e := range said.Errors {
		if e.Index == nil || *e.Index < 0 || *e.Index >= len(items) {
			continue
		}
		lost := identifierOf(e.Identifier, "") == unmatched && searches(items[*e.Index])
		outcomes[*e.Index] = Outcome{Err: &EntityError{
			StatusCode: e.StatusCode, Code: c.show(e.Code, 100), Message: c.show(e.Message, maxMessage), TraceID: a.trace,
			Unmatched: lost, Retryable: !lost && retryable(e.StatusCode),
		}}
	}
}

// singleOutcome reads the answer of the single route. Its status alone says that
// the entity was taken.
func singleOutcome(cl call, a answer, key string) Outcome {
	var said struct {
		Entity struct {
			Identifier json.RawMessage `json:"identifier"`
		} `json:"entity"`
	}
	if err := a.decode(cl, &said); err != nil {
		return Outcome{Err: &EntityError{TraceID: a.trace, Retryable: true, Err: err}}
	}
	return Outcome{Identifier: identifierOf(said.Entity.Identifier, key), Created: a.status == http.StatusCreated}
}

// identifierOf is the identifier that Port gives, or the one that was sent where
// it gives none.
func identifierOf(raw json.RawMessage, sent string) string {
	var text string
	if json.Unmarshal(raw, &text) == nil && text != "" {
		return text
	}
	return sent
}

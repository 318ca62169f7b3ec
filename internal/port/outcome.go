package port

import (
	"encoding/json"
	"net/http"
)

// bulkAnswer is what Port says about the entities of a bulk, each by its position in the request. An index that is not a number makes the answer unreadable.
type bulkAnswer struct {
	OK       *bool `json:"ok"`
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

// bulkOutcomes reads which entities Port took: those that the answer names once, at their position,
// and does not also refuse.
func (c *Client) bulkOutcomes(cl call, a answer, items []Item, outcomes []Outcome) {
	var said bulkAnswer
	if err := a.decode(cl, &said); err != nil {
		unnamed(outcomes, a, err.Message, err)
		return
	}
	if said.OK != nil && !*said.OK && a.status != http.StatusMultiStatus {
		unnamed(outcomes, a, "Port's answer says that it was not done", nil)
		return
	}
	unnamed(outcomes, a, "Port's answer does not name the entity", nil)
	mentions := make([]int, len(items))
	for _, e := range said.Entities {
		if e.Index == nil || *e.Index < 0 || *e.Index >= len(items) {
			continue
		}
		i := *e.Index
		mentions[i]++
		switch identifier := identifierOf(e.Identifier); {
		case mentions[i] > 1:
			unnamed(outcomes[i:i+1], a, "Port's answer names the entity's place twice", nil)
		case identifier == "":
		case identifier != items[i].Key && !searches(items[i]):
			unnamed(outcomes[i:i+1], a, "Port's answer names another entity in its place", nil)
		default:
			outcomes[i] = Outcome{Identifier: identifier, Created: e.Created}
		}
	}
	for _, e := range said.Errors {
		if e.Index == nil || *e.Index < 0 || *e.Index >= len(items) {
			continue
		}
		lost := identifierOf(e.Identifier) == unmatched && searches(items[*e.Index])
		outcomes[*e.Index] = Outcome{Err: &EntityError{
			StatusCode: e.StatusCode, Code: c.show(e.Code, 100), Message: c.show(e.Message, maxMessage), TraceID: a.trace,
			Unmatched: lost, Retryable: !lost && retryable(e.StatusCode),
		}}
	}
}

// singleOutcome reads the answer of the single route. Its status alone does not say
// that the entity was taken: it has to name it.
func singleOutcome(cl call, a answer, key string) Outcome {
	var said struct {
		OK     *bool `json:"ok"`
		Entity struct {
			Identifier json.RawMessage `json:"identifier"`
		} `json:"entity"`
	}
	var outcome [1]Outcome
	err := a.decode(cl, &said)
	identifier := identifierOf(said.Entity.Identifier)
	switch {
	case err != nil:
		unnamed(outcome[:], a, err.Message, err)
	case said.OK != nil && !*said.OK:
		unnamed(outcome[:], a, "Port's answer says that it was not done", nil)
	case identifier == "":
		unnamed(outcome[:], a, "Port's answer does not name the entity", nil)
	case identifier != key:
		unnamed(outcome[:], a, "Port's answer names another entity", nil)
	default:
		return Outcome{Identifier: identifier, Created: a.status == http.StatusCreated}
	}
	return outcome[0]
}

// unnamed marks outcomes of entities that the answer does not confirm. A retry may succeed.
func unnamed(outcomes []Outcome, a answer, message string, failure *Error) {
	e := &EntityError{Message: message, TraceID: a.trace, Retryable: true, Unnamed: true}
	if failure != nil {
		e.Err = failure
	}
	for i := range outcomes {
		outcomes[i] = Outcome{Err: e}
	}
}

// identifierOf returns the identifier that Port returned, or "".
func identifierOf(raw json.RawMessage) string {
	var text string
	_ = json.Unmarshal(raw, &text) // anything but a text names nothing
	return text
}

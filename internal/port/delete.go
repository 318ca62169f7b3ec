package port

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// DeleteOptions are the mapping's settings, and the run.
type DeleteOptions struct {
	Dependents bool // what requires the entity goes with it; else it keeps the entity
	ResyncID   string
}

// Delete takes entities of one blueprint out of Port and gives those that Port
// says are gone; of the others nothing is known but the error. Without dependents,
// Port refuses a request as soon as something requires one of its entities: then it
// is cut in halves until only those are left that have to stay.
func (c *Client) Delete(ctx context.Context, blueprint string, identifiers []string, o DeleteOptions) (deleted []string, err error) {
	var failures []error
	for chunk := range slices.Chunk(identifiers, MaxDelete) {
		gone, err := c.deleteChunk(ctx, blueprint, chunk, o)
		deleted = append(deleted, gone...)
		if err != nil {
			failures = append(failures, err)
			if hopeless(ctx, err) {
				break
			}
		}
	}
	return deleted, errors.Join(failures...)
}

func (c *Client) deleteChunk(ctx context.Context, blueprint string, identifiers []string, o DeleteOptions) ([]string, error) {
	cl := call{
		family: FamilyEntities, method: http.MethodPost, route: "/blueprints/{blueprint}/bulk/entities/delete",
		args:     []string{blueprint},
		query:    during(url.Values{"delete_dependents": {strconv.FormatBool(o.Dependents)}}, o.ResyncID),
		body:     map[string][]string{"entities": identifiers},
		exporter: true,
	}
	var said struct {
		Deleted []string `json:"deletedEntities"`
	}
	err := c.get(ctx, cl, &said)
	if err != nil && !o.Dependents && len(identifiers) > 1 && keptByOne(err) {
		half := len(identifiers) / 2
		first, err := c.deleteChunk(ctx, blueprint, identifiers[:half], o)
		if hopeless(ctx, err) {
			return first, err
		}
		second, rest := c.deleteChunk(ctx, blueprint, identifiers[half:], o)
		return append(first, second...), errors.Join(err, rest)
	}
	if err != nil {
		return nil, err
	}
	gone := make(map[string]bool, len(said.Deleted))
	for _, identifier := range said.Deleted {
		gone[identifier] = true
	}
	return slices.DeleteFunc(slices.Clone(identifiers), func(id string) bool { return !gone[id] }), nil
}

// keptByOne says whether a delete may have been refused for one of its entities.
// A refusal with 403 also means missing permissions, which no cut mends.
func keptByOne(err error) bool {
	var refusal *Error
	switch statusOf(err) {
	case http.StatusBadRequest, http.StatusConflict, http.StatusUnprocessableEntity:
		return true
	case http.StatusForbidden:
		return errors.As(err, &refusal) && strings.Contains(strings.ToLower(refusal.Code+" "+refusal.Message), "dependent")
	}
	return false
}

// Forbidden says whether err means that the credentials may not do what was asked,
// whichever entities it is about.
func Forbidden(err error) bool {
	status := statusOf(err)
	return status == http.StatusUnauthorized || status == http.StatusForbidden && !keptByOne(err)
}

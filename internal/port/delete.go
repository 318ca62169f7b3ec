package port

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// MaxDelete is how many entities one request deletes at most.
const MaxDelete = 100

// pageSize is how many owned entities Port lists at a time.
const pageSize = 5000

// DeleteOptions say how entities are deleted.
type DeleteOptions struct {
	Dependents bool   // delete what points at them by a required relation, too
	ResyncID   string // the run's id
}

// Delete deletes entities of one blueprint, at most MaxDelete, and gives the
// identifiers that Port says are gone. Without Dependents, Port refuses a request
// as soon as something depends on one of its entities: then it is halved until
// only those are left that cannot go.
func (c *Client) Delete(ctx context.Context, blueprint string, identifiers []string, o DeleteOptions) (deleted []string, err error) {
	query := runQuery(o.ResyncID)
	query.Set("delete_dependents", strconv.FormatBool(o.Dependents))
	var said struct {
		Deleted []string `json:"deletedEntities"`
	}
	err = c.get(ctx, call{
		family: FamilyEntities, method: http.MethodPost, route: "/blueprints/{blueprint}/bulk/entities/delete",
		args: []string{blueprint}, query: query, body: map[string]any{"entities": identifiers}, exporter: true,
	}, &said)
	status := statusOf(err)
	switch {
	case err == nil:
		return slices.DeleteFunc(said.Deleted, func(id string) bool { return !slices.Contains(identifiers, id) }), nil
	case !o.Dependents && len(identifiers) > 1 && status >= 400 && status < 500 && status != http.StatusUnauthorized:
		half := len(identifiers) / 2
		first, firstErr := c.Delete(ctx, blueprint, identifiers[:half], o)
		second, secondErr := c.Delete(ctx, blueprint, identifiers[half:], o)
		return append(first, second...), errors.Join(firstErr, secondErr)
	}
	return nil, fmt.Errorf("delete entities of %s: %w", blueprint, err)
}

// Ref is the key of an entity.
type Ref struct {
	Blueprint  string `json:"blueprint"`
	Identifier string `json:"identifier"`
}

// Owned gives the entities that this integration wrote last and that were not
// touched after a time, in pages. An error ends the sequence, which then has not
// given all.
func (c *Client) Owned(ctx context.Context, before time.Time) iter.Seq2[[]Ref, error] {
	return func(yield func([]Ref, error) bool) {
		from := ""
		for {
			page, next, err := c.ownedPage(ctx, before, from)
			if err == nil && next != "" && next == from {
				err = errors.New("port: the listing of owned entities does not get on: two pages have one cursor")
			}
			if !yield(page, err) || err != nil || next == "" {
				return
			}
			from = next
		}
	}
}

func (c *Client) ownedPage(ctx context.Context, before time.Time, from string) (page []Ref, next string, err error) {
	body := map[string]any{
		"datasource_prefix": "port-ocean/" + c.kind + "/",
		"datasource_suffix": "/" + c.identifier + "/exporter",
		"limit":             pageSize,
		"before":            isoTime(before),
	}
	if from != "" {
		body["from"] = from
	}
	var said struct {
		Entities []Ref  `json:"entities"`
		Next     string `json:"next"`
	}
	err = c.get(ctx, call{
		family: FamilyEntities, method: http.MethodPost, route: "/blueprints/entities/datasource-entities", body: body, exporter: true,
	}, &said)
	return said.Entities, said.Next, err
}

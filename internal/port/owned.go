package port

import (
	"context"
	"errors"
	"iter"
	"net/http"
	"slices"
	"time"
)

// A page has the most entities that Port returns. Port may return more of an entity than its key: if
// a page is too large to read, smaller ones are requested.
const (
	pageSize     = 5000
	smallestPage = 50
	// maxEmpty is how many pages in a row may have no entity, and maxOwned how many entities
	// there may be, ten times those of the largest installation. Beyond, the list has no end.
	maxEmpty = 1000
	maxOwned = 10_000_000
)

// Ref is the key of an entity.
type Ref struct {
	Blueprint  string `json:"blueprint"`
	Identifier string `json:"identifier"`
}

type ownedBody struct {
	Prefix string `json:"datasource_prefix"`
	Suffix string `json:"datasource_suffix"`
	Limit  int    `json:"limit"`
	Before string `json:"before,omitempty"`
	From   string `json:"from,omitempty"`
}

// ownedPage is a page of the list of what an integration owns.
type ownedPage struct {
	Entities []Ref  `json:"entities"`
	Next     string `json:"next"`
}

func (p ownedPage) lacks() string {
	switch {
	case p.Entities == nil:
		return "has no list of entities"
	case slices.ContainsFunc(p.Entities, func(r Ref) bool { return r.Blueprint == "" || r.Identifier == "" }):
		return "has an entity without a name"
	}
	return ""
}

// Owned yields, page by page, the entities that this integration wrote last and that nobody touched
// after before; with a zero time it yields all of them. Versions do not matter, so it includes what an
// earlier release wrote. An error ends the sequence.
func (c *Client) Owned(ctx context.Context, before time.Time) iter.Seq2[[]Ref, error] {
	return func(yield func([]Ref, error) bool) {
		prefix, suffix := c.datasource()
		body := ownedBody{Prefix: prefix, Suffix: suffix, Limit: pageSize}
		if !before.IsZero() {
			body.Before = isoTime(before)
		}
		followed := make(map[string]bool)
		empty, total := 0, 0
		for {
			cl := call{
				family: FamilyEntities, method: http.MethodPost, route: "/blueprints/entities/datasource-entities",
				body: body, exporter: true,
			}
			page, err := read(ctx, c, cl, ownedPage.lacks)
			var failure *Error
			if errors.As(err, &failure) && failure.tooBig && body.Limit > smallestPage {
				body.Limit /= 2
				continue
			}
			if err != nil {
				yield(nil, err)
				return
			}
			if empty++; len(page.Entities) > 0 {
				empty = 0
			}
			total += len(page.Entities)
			switch {
			case followed[page.Next]:
				yield(nil, &Error{Op: cl.op(), Message: "a page leads back to an earlier one"})
				return
			case empty > maxEmpty || total > maxOwned:
				yield(nil, &Error{Op: cl.op(), Message: "the list does not come to an end"})
				return
			}
			if !yield(page.Entities, nil) || page.Next == "" {
				return
			}
			body.From = page.Next
			followed[page.Next] = true
		}
	}
}

package port

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// DeleteOptions are the mapping's settings, and the run.
type DeleteOptions struct {
	Dependents bool // also delete what requires the entity; without it the entity stays
	ResyncID   string
}

// LeftError says that entities are still in Port after Delete, or may be.
type LeftError struct {
	Identifiers []string
	Required    bool  // something requires them, and dependents were not to be deleted
	Err         error // what Port said, or that it said nothing
}

// NotOursError says why an entity is not deleted that Port lists as this integration's: its
// own mark does not say so, and the mark decides.
type NotOursError struct{ By string }

// Error names the writer.
func (e *NotOursError) Error() string {
	return "Port lists them as this integration's, but they were last written by " + e.By
}

// Error says why.
func (e *LeftError) Error() string { return e.Err.Error() }

// Unwrap returns what Port said.
func (e *LeftError) Unwrap() error { return e.Err }

// Left splits an error of Delete into the parts for the identifiers that were not deleted: each
// identifier is in one part.
func Left(err error, identifiers, deleted []string) []*LeftError {
	all := leftIn(err)
	known := make(map[string]bool, len(identifiers))
	for _, id := range deleted {
		known[id] = true
	}
	for _, left := range all {
		for _, id := range left.Identifiers {
			known[id] = true
		}
	}
	rest := slices.DeleteFunc(slices.Clone(identifiers), func(id string) bool { return known[id] })
	if len(rest) > 0 && err != nil {
		all = append(all, &LeftError{Identifiers: rest, Err: err})
	}
	return all
}

func leftIn(err error) []*LeftError {
	if one, ok := err.(*LeftError); ok { //nolint:errorlint // the tree is walked here
		return []*LeftError{one}
	}
	var all []*LeftError
	if joined, ok := err.(interface{ Unwrap() []error }); ok { //nolint:errorlint // the tree is walked here
		for _, part := range joined.Unwrap() {
			all = append(all, leftIn(part)...)
		}
	}
	return all
}

// Delete deletes entities of one blueprint from Port and returns those that are gone, by this call or
// before it. First it looks up who wrote them: what others wrote stays (NotOursError), and everything
// stays if Port does not say. The error consists of *LeftErrors for the others (see Left). If Port
// refuses a request because of one of its entities, the request is split in halves until the others
// succeed. If Port's answer does not say that an entity is gone, or is lost, the entity is looked up.
func (c *Client) Delete(ctx context.Context, blueprint string, identifiers []string, o DeleteOptions) (deleted []string, err error) {
	d := &deletion{client: c, blueprint: blueprint, options: o, gone: make(map[string]bool)}
	ours, end := d.leaveOthers(ctx, identifiers)
	for chunk := range slices.Chunk(ours, MaxDelete) {
		if end != nil {
			d.leave(chunk, end)
			continue
		}
		end = d.try(ctx, chunk)
	}
	if end == nil {
		d.lookUp(ctx)
	}
	deleted = slices.DeleteFunc(slices.Clone(identifiers), func(id string) bool { return !d.gone[id] })
	return deleted, errors.Join(d.left...)
}

// deletion is a Delete under way.
type deletion struct {
	client    *Client
	blueprint string
	options   DeleteOptions
	gone      map[string]bool
	left      []error // *LeftError each
}

// leaveOthers leaves what others wrote, and returns the rest.
func (d *deletion) leaveOthers(ctx context.Context, identifiers []string) (rest []string, end error) {
	written, end := d.client.Writers(ctx, d.blueprint, identifiers)
	rest, others := WithoutOthers(identifiers, written)
	for _, left := range others {
		d.left = append(d.left, left)
	}
	return rest, end
}

// WithoutOthers divides identifiers into those that a delete takes, and those that others wrote, one
// error for each writer. An entity that Port does not find is nobody's.
func WithoutOthers(identifiers []string, written map[string]Written) (rest []string, others []*LeftError) {
	by := make(map[string][]string)
	for _, identifier := range identifiers {
		if w, exists := written[identifier]; exists && !w.Ours {
			by[w.By] = append(by[w.By], identifier)
		} else {
			rest = append(rest, identifier)
		}
	}
	for _, writer := range slices.Sorted(maps.Keys(by)) {
		others = append(others, &LeftError{Identifiers: by[writer], Err: &NotOursError{By: writer}})
	}
	return rest, others
}

// try sends a request for some entities. Its error says why no other can succeed.
func (d *deletion) try(ctx context.Context, identifiers []string) (end error) {
	said, err := d.send(ctx, identifiers)
	for _, identifier := range said {
		d.gone[identifier] = true
	}
	rest := slices.DeleteFunc(slices.Clone(identifiers), func(id string) bool { return d.gone[id] })
	switch {
	case len(rest) == 0:
		return nil
	case hopeless(ctx, err):
		d.leave(rest, err)
		return err
	case NotFound(err):
		if there, failure := d.client.exist(ctx, d.blueprint, rest); failure == nil && len(there) < len(rest) {
			for _, identifier := range rest {
				d.gone[identifier] = !slices.Contains(there, identifier)
			}
			if len(there) == 0 {
				return nil
			}
			return d.try(ctx, there)
		}
		if len(rest) > 1 {
			return d.halve(ctx, rest)
		}
	case len(rest) > 1 && ofOne(err):
		return d.halve(ctx, rest)
	case err == nil:
		err = &Error{Op: deleteOp, StatusCode: http.StatusOK, Message: "Port did not delete them, and does not say why"}
	}
	d.leave(rest, err)
	return nil
}

func (d *deletion) halve(ctx context.Context, identifiers []string) (end error) {
	half := len(identifiers) / 2
	if end := d.try(ctx, identifiers[:half]); end != nil {
		d.leave(identifiers[half:], end)
		return end
	}
	return d.try(ctx, identifiers[half:])
}

const (
	deleteRoute = "/blueprints/{blueprint}/bulk/entities/delete"
	deleteOp    = http.MethodPost + " " + deleteRoute
)

// send asks Port to delete entities, and returns those that it says are gone.
func (d *deletion) send(ctx context.Context, identifiers []string) ([]string, error) {
	type answer struct {
		Deleted []string `json:"deletedEntities"`
	}
	got, err := read(ctx, d.client, call{
		family: FamilyEntities, method: http.MethodPost, route: deleteRoute,
		args:     []string{d.blueprint},
		query:    during(url.Values{"delete_dependents": {strconv.FormatBool(d.options.Dependents)}}, d.options.ResyncID),
		body:     map[string][]string{"entities": identifiers},
		exporter: true,
	}, nothing[answer])
	return slices.DeleteFunc(got.Deleted, func(id string) bool { return !slices.Contains(identifiers, id) }), err
}

func (d *deletion) leave(identifiers []string, err error) {
	d.left = append(d.left, &LeftError{Identifiers: identifiers, Required: !d.options.Dependents && dependent(err), Err: err})
}

// lookUp finds out which of the entities that are left are gone after all: a delete counts when the
// entity is gone, whatever the answer was. If Port does not say, they are left, except one that Port
// itself says does not exist.
func (d *deletion) lookUp(ctx context.Context) {
	var asked []string
	for _, err := range d.left {
		if !untried(err) {
			asked = append(asked, err.(*LeftError).Identifiers...) //nolint:errorlint // made above
		}
	}
	if len(asked) == 0 {
		return
	}
	there, failure := d.client.exist(ctx, d.blueprint, asked)
	still := make(map[string]bool, len(there))
	for _, identifier := range there {
		still[identifier] = true
	}
	d.left = slices.DeleteFunc(d.left, func(err error) bool {
		if untried(err) {
			return false
		}
		left := err.(*LeftError) //nolint:errorlint // made above
		left.Identifiers = slices.DeleteFunc(slices.Clone(left.Identifiers), func(identifier string) bool {
			absent := failure == nil && !still[identifier] || failure != nil && NotFound(left.Err) && codeOf(left.Err) != ""
			if absent {
				d.gone[identifier] = true
			}
			return absent
		})
		return len(left.Identifiers) == 0
	})
}

// untried says whether nothing was deleted: it may not be, or was not ours.
func untried(err error) bool {
	var notOurs *NotOursError
	return Forbidden(err) || errors.As(err, &notOurs)
}

// ofOne says whether a delete may have been refused because of one of its entities. A refusal with
// 403 also means missing permissions, which no split helps.
func ofOne(err error) bool {
	switch statusOf(err) {
	case http.StatusBadRequest, http.StatusConflict, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity:
		return true
	}
	return dependent(err)
}

// dependent says whether Port refused a delete because something requires an entity.
// Its reference does not say how: the simulator's, and the words seen, have the word.
func dependent(err error) bool {
	var refusal *Error
	return errors.As(err, &refusal) && refusal.StatusCode >= 400 && refusal.StatusCode < 500 &&
		strings.Contains(strings.ToLower(refusal.Code+" "+refusal.Message), "dependent")
}

func codeOf(err error) string {
	var refusal *Error
	if errors.As(err, &refusal) {
		return refusal.Code
	}
	return ""
}

// Forbidden says whether err means that the credentials lack the permission for a call, whatever its
// entities.
func Forbidden(err error) bool {
	status := statusOf(err)
	return status == http.StatusUnauthorized || status == http.StatusForbidden && !dependent(err)
}

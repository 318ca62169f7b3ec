package answer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"iter"
	"reflect"
	"sync/atomic"

	"portolan/internal/aws/awserr"
)

// MaxEmptyPages is how many pages without anything new may follow one another in a listing, and
// in all lists of a reading together. Services that filter a page after cutting it have some.
// MaxToken is the most bytes that a page's token may have; AWS's have up to a few kilobytes.
const (
	MaxEmptyPages = 1000
	MaxToken      = 64 << 10
)

// Pager is what the SDK's paginators have in common.
type Pager[Options, Output any] interface {
	HasMorePages() bool
	NextPage(ctx context.Context, options ...func(*Options)) (Output, error)
}

// Page is what a caller takes of a page.
type Page[T any] struct {
	Content T
	// Held identifies what the page lists, "" if it lists nothing. A page that lists the same
	// as an earlier one brings the listing no further.
	Held string
}

// List is the page of a list of things, each with its id.
func List[T any](things []T, id func(T) string) Page[[]T] {
	if len(things) == 0 {
		return Page[[]T]{}
	}
	return Page[[]T]{things, fmt.Sprint(len(things), " ", id(things[0]), " ", id(things[len(things)-1]))}
}

// Pages follows one of the SDK's paginators from the first page to the last. It is the one
// way to read a list of AWS: tokens may lead in a circle of any length, or on and on without
// anything new, and the SDK's paginators would follow them for ever. Most is how many pages
// there may be, 0 for any number: a list that is kept in memory as a whole has such a limit.
//
// The sequence ends with the first error: asked again, the SDK's paginators would ask for the
// same page for ever. The error of a list that leads nowhere is a *awserr.Unanswered.
func Pages[Options, Output, T any](
	ctx context.Context, pager Pager[Options, Output], most int, take func(Output) (Page[T], error),
) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		t := trail{empty: emptyOf(ctx)}
		for n := 1; pager.HasMorePages(); n++ {
			var page Page[T]
			output, err := pager.NextPage(ctx)
			if err == nil {
				page, err = take(output)
			}
			more := pager.HasMorePages()
			token := ""
			switch {
			case err != nil:
			case more:
				token = tokenOf(output)
			case cutOff(output):
				err = errCutOff
			}
			// From here on nothing refers to the output, and to the body that it came from: whoever
			// takes the page may have to wait for room before the next one is asked for.
			if !yield(page.Content, err) || err != nil {
				return
			}
			if err = t.step(page.Held, more, token); err == nil && more && n == most {
				err = nowhere(fmt.Sprintf("the list has more than %d pages", most))
			}
			if err != nil {
				var none T
				yield(none, err)
				return
			}
		}
	}
}

// emptyKey is the context's key for the pages of a reading that had nothing new.
type emptyKey struct{}

// Reading returns a context in which all lists together may have MaxEmptyPages pages in a row
// without anything new: otherwise each of the thousands of lists in a cell could have that many.
func Reading(ctx context.Context) context.Context {
	return context.WithValue(ctx, emptyKey{}, new(atomic.Int64))
}

func emptyOf(ctx context.Context) *atomic.Int64 {
	if empty, ok := ctx.Value(emptyKey{}).(*atomic.Int64); ok {
		return empty
	}
	return new(atomic.Int64)
}

// trail is where a listing has been.
type trail struct {
	seed  maphash.Seed
	seen  map[uint64]struct{} // the hashes of tokens and of what pages listed, which take up less
	empty *atomic.Int64
}

// step records a page, and says why the listing cannot be finished.
func (t *trail) step(held string, more bool, token string) error {
	if t.seen == nil {
		t.seed, t.seen = maphash.MakeSeed(), make(map[uint64]struct{})
	}
	if held != "" && !t.been("page "+held) {
		if t.empty.Load() < MaxEmptyPages { // otherwise a list of the reading has led nowhere already
			t.empty.Store(0)
		}
	} else if more && t.empty.Add(1) >= MaxEmptyPages {
		return nowhere("the listing does not come to an end, and its pages have no resources")
	}
	if !more {
		return nil
	}
	switch {
	case token == "":
		return errNoToken
	case len(token) > MaxToken:
		return nowhere(fmt.Sprintf("a page's token is larger than %d KiB", MaxToken>>10))
	case t.been("token " + token):
		return nowhere("a page's token leads back to an earlier page")
	}
	return nil
}

// been records a place, and reports whether the listing has been there.
func (t *trail) been(place string) bool {
	hash := maphash.String(t.seed, place)
	_, before := t.seen[hash]
	t.seen[hash] = struct{}{}
	return before
}

func nowhere(why string) error { return &awserr.Unanswered{Class: awserr.Failed, Why: why} }

var (
	errCutOff  = errors.New("the answer says that there is more, and has no token for the next page")
	errNoToken = errors.New("there is a next page, and its token has a name that is not known here")
)

// cutOff reports whether an answer says that it is not complete, by whichever name the
// service has for it.
func cutOff(output any) bool {
	for _, name := range []string{"Truncated", "IsTruncated"} {
		field := reflect.Indirect(fieldOf(output, name))
		if field.IsValid() && field.Kind() == reflect.Bool && field.Bool() {
			return true
		}
	}
	return false
}

// tokenNames are the services' names for the token of the next page. What ListObjectsV2 calls
// ContinuationToken is the token of the page itself, so its other name comes first.
var tokenNames = []string{"NextToken", "NextContinuationToken", "NextMarker", "Marker", "ContinuationToken", "LastEvaluatedTableName"}

// tokenOf returns the token of the next page.
func tokenOf(output any) (token string) {
	for _, name := range tokenNames {
		if field := reflect.Indirect(fieldOf(output, name)); field.IsValid() && field.Kind() == reflect.String {
			token = cmp.Or(token, field.String())
		}
	}
	return token
}

func fieldOf(output any, name string) reflect.Value {
	value := reflect.Indirect(reflect.ValueOf(output))
	if value.Kind() != reflect.Struct {
		return reflect.Value{}
	}
	return value.FieldByName(name)
}

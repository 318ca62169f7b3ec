package answer_test

import (
	"context"
	"errors"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"weak"

	"portolan/internal/aws/answer"
	"portolan/internal/aws/awserr"
)

// listing is what an operation of the SDK returns.
type listing struct {
	Names     []string
	NextToken *string
	Truncated bool
}

// pages is one of the SDK's paginators, with a page for each step until a page has no token.
type pages struct {
	page  func(step int) listing
	asked int
	ended bool
}

func (p *pages) HasMorePages() bool { return !p.ended }

func (p *pages) NextPage(context.Context, ...func(*struct{})) (*listing, error) {
	page := p.page(p.asked)
	p.asked++
	p.ended = page.NextToken == nil || *page.NextToken == ""
	return &page, nil
}

// walk reads a list, and returns what was on it and how many pages it had.
func walk(ctx context.Context, most int, page func(step int) listing) (all []string, asked int, err error) {
	p := &pages{page: page}
	for names, failed := range answer.Pages(ctx, p, most, func(l *listing) (answer.Page[[]string], error) {
		return answer.List(l.Names, func(name string) string { return name }), nil
	}) {
		all, err = append(all, names...), failed
	}
	return all, p.asked, err
}

func number(step int) string { return strconv.Itoa(step + 1) }

func circle(before, length int) func(int) string {
	return func(step int) string {
		if step < before {
			return "x" + number(step)
		}
		return number((step - before) % length)
	}
}

// TestListsThatLeadNowhere end, whatever it is that leads nowhere.
func TestListsThatLeadNowhere(t *testing.T) {
	t.Parallel()
	full := func(step int) []string { return []string{"a" + number(step)} }
	none := func(int) []string { return nil }
	for name, test := range map[string]struct {
		token func(step int) string
		names func(step int) []string
		most  int
		asked int // until it is seen
	}{
		"one token":                       {circle(0, 1), full, 0, 2},
		"two tokens":                      {circle(0, 2), full, 0, 3},
		"seven after five":                {circle(5, 7), full, 0, 13},
		"a hundred":                       {circle(0, 100), full, 0, 101},
		"nothing, on and on":              {number, none, 0, answer.MaxEmptyPages},
		"the same page, on and on":        {number, func(int) []string { return []string{"a", "b"} }, 0, answer.MaxEmptyPages + 1},
		"two pages in turn":               {number, func(step int) []string { return []string{"a" + number(step%2)} }, 0, answer.MaxEmptyPages + 2},
		"a token that grows":              {func(step int) string { return strings.Repeat("x", step*1000) + "." }, full, 0, 67},
		"more pages than there can be":    {number, full, 30, 30},
		"nothing, with tokens that grow":  {func(step int) string { return strings.Repeat("x", step*100) + "." }, none, 0, 657},
		"nothing, in a list with a limit": {number, none, 30, 30},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, asked, err := walk(t.Context(), test.most, func(step int) listing {
				if step > 5*answer.MaxEmptyPages {
					return listing{}
				}
				token := test.token(step)
				return listing{Names: test.names(step), NextToken: &token}
			})
			var unanswered *awserr.Unanswered
			if !errors.As(err, &unanswered) || unanswered.Class != awserr.Failed || unanswered.Again || asked != test.asked {
				t.Errorf("%v after %d pages, want it after %d", err, asked, test.asked)
			}
		})
	}
}

// TestListsThatLeadOn are read to their end: long ones, and such whose pages are empty now
// and then.
func TestListsThatLeadOn(t *testing.T) {
	t.Parallel()
	const long = 3 * answer.MaxEmptyPages
	for name, holds := range map[string]func(step int) bool{
		"every page":                  func(int) bool { return true },
		"a page of a thousand":        func(step int) bool { return step%answer.MaxEmptyPages == answer.MaxEmptyPages-2 },
		"only the last after a while": func(step int) bool { return step == answer.MaxEmptyPages-1 },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := 0
			all, asked, err := walk(t.Context(), 0, func(step int) listing {
				l := listing{}
				if holds(step) {
					l.Names = []string{number(step)}
					want++
				}
				if token := number(step); step < long && (step < answer.MaxEmptyPages-1 || name != "only the last after a while") {
					l.NextToken = &token
				}
				return l
			})
			if err != nil || len(all) != want || want == 0 {
				t.Errorf("%v after %d pages with %d of %d names", err, asked, len(all), want)
			}
		})
	}
}

// TestListsOfOneReading share the pages without anything new, so that a reading with a thousand
// lists does not have a million of them.
func TestListsOfOneReading(t *testing.T) {
	t.Parallel()
	ctx, asked := answer.Reading(t.Context()), 0
	for range 100 {
		_, pages, err := walk(ctx, 0, func(step int) listing {
			token := number(step)
			return listing{NextToken: &token}
		})
		if asked += pages; awserr.ClassOf(err) != awserr.Failed {
			t.Fatal(err)
		}
	}
	if asked > answer.MaxEmptyPages+100 {
		t.Errorf("100 lists without an end take %d calls", asked)
	}
}

// TestPagersThatAreNotWatched fail at once: a pager whose token has a name that is not known
// could lead in a circle.
func TestPagersThatAreNotWatched(t *testing.T) {
	t.Parallel()
	p := &unwatched{}
	var err error
	for _, err = range answer.Pages(t.Context(), p, 0, func(*strange) (answer.Page[int], error) { return answer.Page[int]{Held: "x"}, nil }) {
		if p.asked > 10 {
			break
		}
	}
	if err == nil || p.asked != 1 {
		t.Errorf("%v after %d pages", err, p.asked)
	}
}

type strange struct{ Cursor *string }

type unwatched struct{ asked int }

func (u *unwatched) HasMorePages() bool { return true }

func (u *unwatched) NextPage(context.Context, ...func(*struct{})) (*strange, error) {
	u.asked++
	return &strange{}, nil
}

// TestListsThatAreCutOff say that there is more, without a token.
func TestListsThatAreCutOff(t *testing.T) {
	t.Parallel()
	if _, _, err := walk(t.Context(), 0, func(int) listing { return listing{Names: []string{"a"}, Truncated: true} }); err == nil {
		t.Error("it counts as whole")
	}
}

// tracked is a paginator that keeps no page itself, and knows whether somebody else does.
type tracked struct {
	pages
	last weak.Pointer[listing]
}

func (p *tracked) NextPage(ctx context.Context, options ...func(*struct{})) (*listing, error) {
	page, err := p.pages.NextPage(ctx, options...)
	p.last = weak.Make(page)
	return page, err
}

// TestAPageIsNotKept while what was taken of it is used: the SDK's output has the whole answer, and a
// reading may wait with a page for room that other readings have.
func TestAPageIsNotKept(t *testing.T) {
	t.Parallel()
	p := &tracked{pages: pages{page: func(step int) listing {
		l := listing{Names: []string{"a" + number(step)}}
		if step < 2 {
			l.NextToken = new(number(step))
		}
		return l
	}}}
	for _, err := range answer.Pages(t.Context(), p, 0, func(l *listing) (answer.Page[[]string], error) {
		return answer.List(l.Names, func(name string) string { return name }), nil
	}) {
		if err != nil {
			t.Fatal(err)
		}
		if runtime.GC(); p.last.Value() != nil {
			t.Fatalf("the output of page %d is kept", p.asked)
		}
	}
	if p.asked != 3 {
		t.Errorf("%d pages were asked for", p.asked)
	}
}

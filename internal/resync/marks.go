package resync

import (
	"context"
	"maps"
	"reflect"
	"slices"
	"sync"
	"time"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go/middleware"

	"portolan/internal/kind"
	"portolan/internal/state"
)

// markAge is how long a page's token is trusted to lead on. AWS says of few services
// how long theirs hold; one that does not is refused, and the cell read anew.
const markAge = 24 * time.Hour

// marks are where the readings of cells stopped that a run could not end, so that the
// next reading goes on there. A cell too large for any run is read so at last. It is
// safe for concurrent use.
type marks struct {
	mu    sync.Mutex
	known map[cellName]state.Mark // left by those before
	used  map[cellName]state.Mark // from which this run went on
	fresh map[cellName]state.Mark
}

type cellMark struct {
	Cell cellName   `json:"cell"`
	Mark state.Mark `json:"mark"`
	// Used says that the cell was read on from the mark, and not left at it.
	Used bool `json:"used"`
}

func newMarks() *marks {
	return &marks{known: map[cellName]state.Mark{}, used: map[cellName]state.Mark{}, fresh: map[cellName]state.Mark{}}
}

// load takes the marks of a timetable that are young enough.
func (m *marks) load(cells map[cellName]state.CellTimes, now time.Time) {
	for name, c := range cells {
		if c.Mark != nil && now.Sub(c.Mark.Left) < markAge {
			m.known[name] = *c.Mark
		}
	}
}

func (m *marks) leave(c cellName, mark state.Mark) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fresh[c] = mark
}

func (m *marks) use(c cellName, mark state.Mark) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.used[c] = mark
}

// of gives where the reading of a cell is to go on.
func (m *marks) of(c cellName) (state.Mark, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	mark, ok := m.known[c]
	return mark, ok
}

// began gives when the reading of a cell began, if that was before this run: an
// entity that was seen since then was seen by this reading.
func (m *marks) began(c cellName) (time.Time, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	mark, ok := m.used[c]
	return mark.Began, ok
}

// left gives where the run stopped in cells that it did not end.
func (m *marks) left() map[cellName]state.Mark {
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.fresh)
}

// list gives what this invocation did with marks.
func (m *marks) list() []cellMark {
	m.mu.Lock()
	defer m.mu.Unlock()
	list := make([]cellMark, 0, len(m.used)+len(m.fresh))
	for c, mark := range m.used {
		list = append(list, cellMark{c, mark, true})
	}
	for c, mark := range m.fresh {
		list = append(list, cellMark{c, mark, false})
	}
	return list
}

// absorb takes in what another invocation of the run did with marks.
func (m *marks) absorb(list []cellMark) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, c := range list {
		if c.Used {
			m.used[c.Cell] = c.Mark
			delete(m.fresh, c.Cell)
		} else {
			m.fresh[c.Cell], m.known[c.Cell] = c.Mark, c.Mark
		}
	}
}

// bookmark follows the pages of one reading of a cell.
type bookmark struct {
	operation string // "ListBuilds"
	from      string // the token of the page to begin with; "" begins at the first

	mu   sync.Mutex
	last string // the token by which the latest page was asked for
}

// marked says whether the place in a reading can be told by one page's token: the
// listing has one call, of which no other reading takes the answers.
func marked(k *kind.Kind, p place) bool { return len(k.List.Actions) == 1 && p.desk == nil }

// follow gives the middleware that notes each page's token, and puts the token to
// begin with into the first request.
func (b *bookmark) follow(stack *middleware.Stack) error {
	return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("FollowPages", func(
		ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler,
	) (middleware.InitializeOutput, middleware.Metadata, error) {
		if awsmiddleware.GetOperationName(ctx) == b.operation {
			b.page(in.Parameters)
		}
		return next.HandleInitialize(ctx, in)
	}), middleware.After)
}

// page notes the token in the parameters of a request for a page.
func (b *bookmark) page(parameters any) {
	field := tokenIn(parameters)
	if field == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if *field == nil && b.from != "" {
		from := b.from
		b.from, *field = "", &from
	}
	if *field != nil {
		b.last = **field
	}
}

// place gives the token of the page that was asked for last, "" if that was the first.
func (b *bookmark) place() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.last
}

// tokenNames are the names that services have for the token in a request.
var tokenNames = []string{"NextToken", "Marker", "ContinuationToken", "ExclusiveStartTableName"}

// tokenIn gives the member of a request that holds the token of its page; nil if it
// has none.
func tokenIn(parameters any) **string {
	value := reflect.ValueOf(parameters)
	if value.Kind() != reflect.Pointer || value.IsNil() {
		return nil
	}
	for _, name := range tokenNames {
		if field := value.Elem().FieldByName(name); field.IsValid() && field.CanAddr() {
			if token, ok := field.Addr().Interface().(**string); ok {
				return token
			}
		}
	}
	return nil
}

// operationOf gives the operation of a kind's only listing action.
func operationOf(k *kind.Kind) string {
	action := k.List.Actions[0]
	return action[slices.Index([]byte(action), ':')+1:]
}

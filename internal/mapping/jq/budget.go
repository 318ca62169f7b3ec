package jq

import (
	"context"
	"errors"
	"time"
)

// What the programs of one item may use together. The steps and the bytes are the bounds that
// matter, as they do not depend on how busy the machine is. The time is for programs whose
// single steps are slow.
const (
	maxSteps = 4 << 20
	maxTime  = 10 * time.Second
	maxBuilt = 128 << 20 // bytes of everything that the programs build, kept or not
)

// What the items of one document may use together.
const (
	maxStepsOfDocument = 64 * maxSteps
	maxTimeOfDocument  = 60 * time.Second
	maxKept            = 16 << 20 // bytes of all results
	// sizeOfResult is what a result needs beside itself, with the field that it fills.
	sizeOfResult = 64
)

const (
	// longStretch is how many steps pass between two looks at the clock, and shortStretch how
	// many after maxQuick bytes were built. A step on a large value takes some milliseconds, and
	// some may take a second or two.
	longStretch  = 512
	shortStretch = 64
	maxQuick     = 256 << 10
	// bytesOfStep is how many built bytes count as a step.
	bytesOfStep = 256
	// maxLight is how many bytes a program may build while others build more.
	maxLight = 4 << 20
)

var (
	// ErrLate says that a program was stopped because of the time that it took.
	ErrLate = errors.New("the program takes too long")
	// ErrTooMuch says that a program was stopped because of what it, or the programs of the same
	// document, built.
	ErrTooMuch = errors.New("the program builds too much")

	errRunaway = errors.New("the program does not come to an end")
)

// heavy is held by the one program that builds more than a little, so that the memory that
// programs need does not grow with the number of items that are mapped at a time.
var heavy = make(chan struct{}, 1)

// Budget is the context in which the programs of one item run, one after another. The
// interpreter calls Done before each step, which is how the steps are counted.
type Budget struct {
	context.Context
	document *allowance
	own      allowance
	stretch  int           // steps from the last look at the clock to the next
	left     int           // the part of it that is left
	steps    int           // steps after that
	room     int           // bytes that may still be built
	far      int           // bytes of the longest array that an index has asked for
	paid     int           // bytes that indices were charged since the last path was written to
	deadline time.Duration // since start
	heavy    bool
	err      error
}

// allowance is what the items of a document may still use.
type allowance struct {
	steps, kept int
	deadline    time.Duration // since start
}

// start is when the process started, or about then.
var start = time.Now()

// NewBudget returns the whole budget of the only item of a document. It also ends with ctx.
func NewBudget(ctx context.Context) *Budget {
	b := &Budget{Context: ctx, stretch: longStretch, left: longStretch, steps: maxSteps, room: maxBuilt}
	b.own = allowance{steps: maxStepsOfDocument, kept: maxKept}
	b.document = &b.own
	return b
}

// Item returns the budget of the next item of the same document.
func (b *Budget) Item() *Budget {
	item := NewBudget(b.Context)
	item.document = b.document
	return item
}

// Full says whether the results of the document take as much as they may. No other item gets any.
func (b *Budget) Full() bool { return b.document.kept < 0 }

// release lets another item build much, once a program has ended.
func (b *Budget) release() {
	if b.heavy {
		b.heavy = false
		<-heavy
	}
}

var closed = func() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

// Done is closed once the budget is used up or the parent context has ended.
func (b *Budget) Done() <-chan struct{} {
	if b.left--; b.left > 0 {
		return nil
	}
	if b.look() != nil {
		return closed
	}
	return nil
}

// look says whether and why the budget is used up. It looks at the clock.
func (b *Budget) look() error {
	if b.err == nil {
		b.err = b.spent()
	}
	if b.err != nil {
		b.left = 0
	}
	return b.err
}

func (b *Budget) spent() error {
	if err := b.Context.Err(); err != nil {
		return err
	}
	used := b.stretch - b.left
	if b.room < maxBuilt-maxQuick {
		b.stretch = shortStretch
	}
	b.left = b.stretch
	b.steps -= used
	b.document.steps -= used
	now := time.Since(start)
	if b.deadline == 0 {
		b.deadline = now + maxTime
	}
	if b.document.deadline == 0 {
		b.document.deadline = now + maxTimeOfDocument
	}
	switch {
	case b.steps <= 0 || b.document.steps <= 0:
		return errRunaway
	case now > b.deadline || now > b.document.deadline:
		return ErrLate
	case b.steps < maxSteps/2:
		return b.weigh() // what the interpreter itself has to remember grows with the steps
	default:
		return nil
	}
}

// take charges bytes that are about to be built, or were just built.
func (b *Budget) take(bytes int) error {
	b.left -= bytes / bytesOfStep
	b.room -= bytes
	switch {
	case b.err != nil:
		return b.err
	case b.room < 0:
		b.err, b.left = ErrTooMuch, 0
		return b.err
	case b.room < maxBuilt-maxLight && !b.heavy:
		return b.weigh()
	default:
		return nil
	}
}

// work charges steps for something that takes long in a single step.
func (b *Budget) work(steps int) error {
	if b.left -= steps; b.left > 0 {
		return nil
	}
	return b.look()
}

// weigh waits until no other item builds much. The wait does not count as time of the item.
func (b *Budget) weigh() error {
	if b.heavy {
		return nil
	}
	select {
	case heavy <- struct{}{}:
		b.heavy = true
		return nil
	default:
	}
	before := time.Now()
	select {
	case heavy <- struct{}{}:
		b.heavy = true
		waited := time.Since(before)
		for _, deadline := range []*time.Duration{&b.deadline, &b.document.deadline} {
			if *deadline != 0 {
				*deadline += waited
			}
		}
		return nil
	case <-b.Context.Done():
		b.err, b.left = b.Context.Err(), 0
		return b.err
	}
}

// keep charges a result, which stays in memory after the budget has ended.
func (b *Budget) keep(v any) error {
	switch v := v.(type) {
	case string:
		b.document.kept -= len(v)
	case []any, map[string]any:
		m := measure{values: maxValues, bytes: maxBytes}
		if !m.fits(v, maxDepth) {
			return errTooLarge
		}
		b.document.kept -= m.cost
	}
	if b.document.kept < 0 {
		return ErrTooMuch
	}
	return nil
}

// Err says why Done is closed.
func (b *Budget) Err() error { return b.err }

// Late says whether the programs were stopped because of the time that they took.
func (b *Budget) Late() bool { return errors.Is(b.err, ErrLate) }

// Exhausted says whether an evaluation was stopped from outside: by a bound, or by the end of
// its context. Then nobody knows the value of the expression.
func Exhausted(err error) bool {
	for _, bound := range []error{errRunaway, ErrLate, ErrTooMuch, errTooLarge, context.Canceled, context.DeadlineExceeded} {
		if errors.Is(err, bound) {
			return true
		}
	}
	return false
}

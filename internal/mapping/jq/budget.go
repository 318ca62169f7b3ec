package jq

import (
	"context"
	"errors"
	"time"
)

// What the programs of one item may use together. The steps are the bound that matters, as
// they do not depend on how busy the machine is. The time is for programs whose single steps
// are slow.
const (
	maxSteps = 4 << 20
	maxTime  = 10 * time.Second
	maxBuilt = 128 << 20 // bytes of everything that the programs build, kept or not
)

// What values cost, in bytes, beside the texts in them. Roughly what Go needs.
const (
	sizeOfValue  = 16
	sizeOfObject = 48 // a key and its value
)

var errRunaway = errors.New("the program does not come to an end")

// Budget is the context in which the programs of one item run, one after another. The
// interpreter calls Done before each step, which is how the steps are counted.
type Budget struct {
	context.Context
	steps    int
	room     int // bytes that may still be built
	deadline time.Time
	err      error
}

// NewBudget returns the whole budget of one item. It also ends with ctx.
func NewBudget(ctx context.Context) *Budget {
	return &Budget{Context: ctx, steps: maxSteps, room: maxBuilt}
}

var closed = func() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

// Done is closed once the budget is used up or the parent context has ended.
func (b *Budget) Done() <-chan struct{} {
	b.steps--
	if b.err == nil && b.steps&1023 != 0 && b.steps > 0 {
		return nil
	}
	if b.err == nil {
		b.err = b.spent()
	}
	if b.err != nil {
		return closed
	}
	return nil
}

func (b *Budget) spent() error {
	if err := b.Context.Err(); err != nil {
		return err
	}
	now := time.Now()
	if b.deadline.IsZero() {
		b.deadline = now.Add(maxTime)
	}
	if b.steps <= 0 || now.After(b.deadline) {
		return errRunaway
	}
	return nil
}

// take charges bytes that are about to be built, or were just built.
func (b *Budget) take(bytes int) error {
	if b.room -= bytes; b.room < 0 {
		return errTooLarge
	}
	return nil
}

// charge takes what v itself needs; its parts were charged when they were built.
func (b *Budget) charge(v any) error {
	switch v := v.(type) {
	case string:
		return b.take(len(v))
	case []any:
		return b.take(len(v) * sizeOfValue)
	case map[string]any:
		return b.take(len(v) * sizeOfObject)
	default:
		return nil
	}
}

// ended is for functions that take long in a single step.
func (b *Budget) ended() error {
	if b.err == nil {
		b.err = b.spent()
	}
	return b.err
}

// watch runs an evaluation and does not wait for one that outlives the budget's time or its
// context: a single step of the interpreter cannot be stopped. What is left behind has its own
// copy of the budget, and ends with its step.
func (b *Budget) watch(evaluation func(*Budget) (any, error)) (any, error) {
	if b.err != nil {
		return nil, b.err
	}
	if b.deadline.IsZero() {
		b.deadline = time.Now().Add(maxTime)
	}
	type outcome struct {
		v      any
		err    error
		budget Budget
	}
	done := make(chan outcome, 1)
	go func(own Budget) {
		v, err := evaluation(&own)
		done <- outcome{v, err, own}
	}(*b)
	timer := time.NewTimer(time.Until(b.deadline))
	defer timer.Stop()
	select {
	case o := <-done:
		*b = o.budget
		return o.v, o.err
	case <-timer.C:
		b.err = errRunaway
	case <-b.Context.Done():
		b.err = b.Context.Err()
	}
	return nil, b.err
}

// Err says why Done is closed.
func (b *Budget) Err() error { return b.err }

// Exhausted says whether an evaluation was stopped from outside: by a bound, or by the end of
// its context. Then nobody knows the value of the expression.
func Exhausted(err error) bool {
	return errors.Is(err, errRunaway) || errors.Is(err, errTooLarge) ||
		errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

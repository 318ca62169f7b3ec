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
)

var errRunaway = errors.New("the program does not come to an end")

// Budget is the context in which the programs of one item run, one after another. The
// interpreter calls Done before each step, which is how the steps are counted.
type Budget struct {
	context.Context
	steps    int
	deadline time.Time
	err      error
}

// NewBudget returns the whole budget of one item. It also ends with ctx.
func NewBudget(ctx context.Context) *Budget {
	return &Budget{Context: ctx, steps: maxSteps}
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

// Err says why Done is closed.
func (b *Budget) Err() error { return b.err }

// Exhausted says whether an evaluation was stopped from outside: by a bound, or by the end of
// its context. Then nobody knows the value of the expression.
func Exhausted(err error) bool {
	return errors.Is(err, errRunaway) || errors.Is(err, errTooLarge) ||
		errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

package answer_test

import (
	"strconv"
	"testing"

	"portolan/internal/aws/answer"
	"portolan/internal/aws/awserr"
)

func TestTrail(t *testing.T) {
	t.Parallel()
	number := func(step int) string { return strconv.Itoa(step + 1) }
	circle := func(before, length int) func(int) string {
		return func(step int) string {
			if step < before {
				return "x" + number(step)
			}
			return number((step - before) % length)
		}
	}
	full := func(int) bool { return true }
	for name, test := range map[string]struct {
		token func(step int) string
		held  func(step int) bool
		steps int // until it is seen; 0 is never
	}{
		"long":                   {number, full, 0},
		"one token":              {circle(0, 1), full, 2},
		"two tokens":             {circle(0, 2), full, 3},
		"seven after five":       {circle(5, 7), full, 13},
		"a hundred":              {circle(0, 100), full, 101},
		"nothing, on and on":     {number, func(int) bool { return false }, answer.MaxEmptyPages},
		"nothing, but now again": {number, func(step int) bool { return step%answer.MaxEmptyPages == answer.MaxEmptyPages-2 }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var trail answer.Trail
			for step := range 5 * answer.MaxEmptyPages {
				err := trail.Step(test.held(step), test.token(step))
				if err == nil {
					continue
				}
				if step+1 != test.steps || awserr.ClassOf(err) != awserr.Failed {
					t.Errorf("%v at page %d, want it at %d", err, step+1, test.steps)
				}
				return
			}
			if test.steps != 0 {
				t.Error("it was not seen")
			}
			if err := trail.Step(false, ""); err != nil {
				t.Errorf("the end: %v", err)
			}
		})
	}
}

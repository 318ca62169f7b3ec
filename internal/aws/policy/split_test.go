package policy_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/aws/policy"
)

func TestSplit(t *testing.T) {
	t.Parallel()
	var actions []string
	for service := range 30 {
		for action := range 8 {
			actions = append(actions, fmt.Sprintf("service%02d:DescribeThings%02d", service, action))
		}
	}
	whole := policy.Read("aws", actions)
	for _, limit := range []int{500, 1000, policy.MaxManaged, 1 << 20} {
		var together []policy.Statement
		parts := whole.Split(limit)
		for _, part := range parts {
			if size := len(strings.Join(strings.Fields(part.JSON()), "")); size > limit {
				t.Errorf("a part of %d characters, more than %d", size, limit)
			}
			together = append(together, part.Statement...)
		}
		if diff := cmp.Diff(whole.Statement, together); diff != "" {
			t.Errorf("limit %d loses something:\n%s", limit, diff)
		}
		if whole := limit == 1<<20; whole != (len(parts) == 1) {
			t.Errorf("limit %d returns %d parts", limit, len(parts))
		}
	}
	if parts := policy.Read("aws", []string{"a:B", "c:D"}).Split(10); len(parts) != 2 || !slices.Equal(parts[1].Statement[0].Action, []string{"c:D"}) {
		t.Errorf("statements that are too long alone: %+v", parts)
	}
}

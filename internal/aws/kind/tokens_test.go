package kind_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/aws/kind"
)

// TestTokens pages through answers that end with no token, or with an empty one.
func TestTokens(t *testing.T) {
	t.Parallel()
	odd := errors.New("odd")
	tests := map[string]struct {
		tokens []string // of each answer; "-" is none, "!" an error in its stead
		asked  []string
		err    error
	}{
		"one page":        {[]string{"-"}, []string{"first"}, nil},
		"an empty token":  {[]string{"2", ""}, []string{"first", "2"}, nil},
		"three pages":     {[]string{"2", "3", "-"}, []string{"first", "2", "3"}, nil},
		"an error is one": {[]string{"2", "!"}, []string{"first", "2"}, odd},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var asked []string
			pager := kind.Tokens(func(_ context.Context, token *string, _ ...func(*struct{})) (*output, error) {
				if token == nil {
					asked = append(asked, "first")
				} else {
					asked = append(asked, *token)
				}
				if test.tokens[len(asked)-1] == "!" {
					return nil, odd
				}
				page := &output{Names: []string{fmt.Sprint("on page ", len(asked))}}
				if token := test.tokens[len(asked)-1]; token != "-" {
					page.NextToken = &token
				}
				return page, nil
			}, func(token *string) *string { return token }, func(page *output) *string { return page.NextToken })
			got, err := kind.Gather(t.Context(), pager, "Names", "Names")
			if !errors.Is(err, test.err) {
				t.Fatalf("error %v, want %v", err, test.err)
			}
			if diff := cmp.Diff(test.asked, asked); diff != "" {
				t.Errorf("tokens (-want +asked):\n%s", diff)
			}
			if err == nil && len(got["Names"].([]any)) != len(test.tokens) {
				t.Errorf("names %v", got)
			}
		})
	}
}

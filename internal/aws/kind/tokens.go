package kind

import "context"

// Tokens pages an operation for which the SDK has no paginator. Ask makes the call
// with the token of the page, nil for the first; next takes the following page's
// token out of an answer, nil or empty if there is none.
func Tokens[Output any](ask func(ctx context.Context, token *string) (Output, error), next func(Output) *string) Pager[struct{}, Output] {
	return &tokens[Output]{ask: ask, next: next}
}

type tokens[Output any] struct {
	ask   func(context.Context, *string) (Output, error)
	next  func(Output) *string
	token *string
	ended bool
}

func (t *tokens[Output]) HasMorePages() bool { return !t.ended }

func (t *tokens[Output]) NextPage(ctx context.Context, _ ...func(*struct{})) (Output, error) {
	page, err := t.ask(ctx, t.token)
	if err == nil {
		t.token = t.next(page)
		t.ended = t.token == nil || *t.token == ""
	}
	return page, err
}

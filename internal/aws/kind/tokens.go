package kind

import "context"

// Tokens pages an operation for which the SDK has no paginator. Input returns the input
// for a page by its token, which is nil for the first page; next returns the following
// page's token, nil or empty after the last page.
func Tokens[Input, Output, Options any](
	operation func(context.Context, *Input, ...func(*Options)) (*Output, error),
	input func(token *string) *Input,
	next func(*Output) *string,
) Pager[Options, *Output] {
	return &tokens[Input, Output, Options]{operation: operation, input: input, next: next}
}

type tokens[Input, Output, Options any] struct {
	operation func(context.Context, *Input, ...func(*Options)) (*Output, error)
	input     func(*string) *Input
	next      func(*Output) *string
	token     *string
	ended     bool
}

func (t *tokens[Input, Output, Options]) HasMorePages() bool { return !t.ended }

func (t *tokens[Input, Output, Options]) NextPage(ctx context.Context, options ...func(*Options)) (*Output, error) {
	page, err := t.operation(ctx, t.input(t.token), options...)
	if err == nil {
		t.token = t.next(page)
		t.ended = t.token == nil || *t.token == ""
	}
	return page, err
}

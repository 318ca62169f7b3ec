package kind

import "context"

// Gather joins the lists of a member on all pages.
func Gather[Options, Output any](ctx context.Context, pager Pager[Options, Output], member, property string) (Object, error) {
	return gather(ctx, pager, member, property)
}

// MaxGathered is the most pages of a list about one resource.
const MaxGathered = maxGathered

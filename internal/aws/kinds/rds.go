package kinds

import (
	"context"

	"portolan/internal/aws/kind"
)

// rdsTags returns the tags of what RDS lists. The listing has them already, so this makes no
// call.
var rdsTags = kind.FollowUp{
	Name: "ListTagsForResourceAction",
	Call: kind.Each(func(_ context.Context, _ kind.Target, r *kind.Resource) (kind.Object, error) {
		tags, answered := r.Properties["TagList"]
		if !answered {
			tags = []any{}
		}
		return kind.Object{"Tags": tags}, nil
	}),
}

package answer

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"sync"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"portolan/internal/aws/awserr"
)

// judge looks at what the SDK made of an answer. If the SDK could not read it, or found
// nothing in it although there should be something, it does not count.
func judge(
	ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler,
) (middleware.DeserializeOutput, middleware.Metadata, error) {
	out, metadata, err := next.HandleDeserialize(ctx, in)
	response, ok := out.RawResponse.(*smithyhttp.Response)
	var broken *smithy.DeserializationError
	switch {
	case !ok || ctx.Err() != nil || isMetadata(ctx, in.Request):
	case errors.As(err, &broken):
		err = &awserr.Unanswered{
			Class: awserr.Failed, Status: response.StatusCode, Why: "the answer cannot be read: " + awserr.Excerpt([]byte(broken.Error())), Again: true,
		}
	case err == nil:
		if why := missing(ctx, out.Result, metadata); why != "" {
			unknown := &awserr.Unanswered{Class: awserr.Failed, Status: response.StatusCode, Why: why, Again: true}
			if said, ok := metadata.Get(contentKey{}).(*content); ok {
				unknown.Excerpt = awserr.Excerpt(said.body)
			}
			err = unknown
		}
	}
	return out, metadata, err
}

// missing says what is missing from an answer that the SDK accepted; "" if nothing is.
func missing(ctx context.Context, output any, metadata middleware.Metadata) string {
	operation := awsmiddleware.GetOperationName(ctx)
	of := reflect.Indirect(reflect.ValueOf(output))
	if raw[operation] || silent[operation] || of.Kind() != reflect.Struct || len(membersOf(of.Type())) == 0 {
		return ""
	}
	if BodySize(metadata) == 0 {
		return "the answer is empty"
	}
	if said, ok := metadata.Get(contentKey{}).(*content); ok && !knows(membersOf(of.Type()), *said.object.Load()) {
		return "the answer has no member that the operation knows"
	}
	return ""
}

// outputMembers are the names of the members of the SDK's outputs, besides its own metadata.
var outputMembers sync.Map // reflect.Type → []string

func membersOf(of reflect.Type) []string {
	if known, ok := outputMembers.Load(of); ok {
		return known.([]string)
	}
	var names []string
	for i := range of.NumField() {
		if field := of.Field(i); field.IsExported() && field.Name != "ResultMetadata" {
			names = append(names, field.Name)
		}
	}
	outputMembers.Store(of, names)
	return names
}

// knows reports whether an object is empty or has one of the members.
func knows(members []string, object map[string]any) bool {
	for name := range object {
		if slices.ContainsFunc(members, func(member string) bool { return strings.EqualFold(member, name) }) {
			return true
		}
	}
	return len(object) == 0
}

package answer

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"strings"

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
			body, _ := Body(metadata)
			err = &awserr.Unanswered{Class: awserr.Failed, Status: response.StatusCode, Why: why, Excerpt: awserr.Excerpt(body), Again: true}
		}
	}
	return out, metadata, err
}

// missing says what is missing from an answer that the SDK accepted; "" if nothing is.
func missing(ctx context.Context, output any, metadata middleware.Metadata) string {
	operation := awsmiddleware.GetOperationName(ctx)
	of := reflect.Indirect(reflect.ValueOf(output))
	if raw[operation] || silent[operation] || of.Kind() != reflect.Struct || !hasMembers(of.Type()) {
		return ""
	}
	if BodySize(metadata) == 0 {
		return "the answer is empty"
	}
	if body, ok := Body(metadata); ok && !knows(of.Type(), body) {
		return "the answer has no member that the operation knows"
	}
	return ""
}

// hasMembers reports whether an output has anything besides the SDK's metadata.
func hasMembers(of reflect.Type) bool {
	for i := range of.NumField() {
		if field := of.Field(i); field.IsExported() && field.Name != "ResultMetadata" {
			return true
		}
	}
	return false
}

// knows reports whether an object is empty or has a member of the output.
func knows(of reflect.Type, body []byte) bool {
	decoder := json.NewDecoder(bytes.NewReader(body))
	if _, err := decoder.Token(); err != nil {
		return false
	}
	empty := true
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return false
		}
		empty = false
		text, _ := name.(string)
		if _, known := of.FieldByNameFunc(func(field string) bool { return field != "ResultMetadata" && strings.EqualFold(field, text) }); known {
			return true
		}
		var skipped json.RawMessage
		if decoder.Decode(&skipped) != nil {
			return false
		}
	}
	return empty
}

package kind

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"strings"

	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// Answer gives what AWS answered as an object, under AWS's own names. It takes
// the two results of a client's call, and hands an error through.
//
// The client must have been made from the Config of a Target that Read gave to
// the kind, so that the body of the answer is at hand.
func Answer(output any, err error) (Object, error) {
	if err != nil {
		return nil, err
	}
	value := reflect.Indirect(reflect.ValueOf(output))
	metadata, ok := value.FieldByName("ResultMetadata").Interface().(middleware.Metadata)
	if !ok {
		return nil, fmt.Errorf("%T is not an answer of the AWS SDK: it has no ResultMetadata", output)
	}
	body, ok := metadata.Get(bodyKey{}).([]byte)
	if !ok {
		return fromStruct(value), nil
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var answer Object
	if err := decoder.Decode(&answer); err != nil {
		return nil, fmt.Errorf("the answer is not a JSON object: %w", err)
	}
	normalizeTimes(answer, value.Type())
	return answer, nil
}

type bodyKey struct{}

// keepBody keeps the body of each JSON answer in the metadata of its output.
func keepBody(stack *middleware.Stack) error {
	return stack.Deserialize.Add(middleware.DeserializeMiddlewareFunc("KeepBody", func(
		ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler,
	) (middleware.DeserializeOutput, middleware.Metadata, error) {
		out, metadata, err := next.HandleDeserialize(ctx, in)
		response, ok := out.RawResponse.(*smithyhttp.Response)
		if err != nil || !ok || response.StatusCode >= 300 || !isJSON(response.Header.Get("Content-Type")) {
			return out, metadata, err
		}
		body, err := io.ReadAll(response.Body)
		if closeErr := response.Body.Close(); err == nil {
			err = closeErr
		}
		if err != nil {
			return out, metadata, fmt.Errorf("read the answer: %w", err)
		}
		response.Body = io.NopCloser(bytes.NewReader(body))
		metadata.Set(bodyKey{}, body)
		return out, metadata, nil
	}), middleware.After)
}

func isJSON(contentType string) bool {
	return strings.HasPrefix(contentType, "application/json") || strings.HasPrefix(contentType, "application/x-amz-json")
}

package kind

import (
	"reflect"

	"github.com/aws/smithy-go/middleware"

	"portolan/internal/aws/answer"
)

// Answer returns what AWS answered as an object, under the names that documents have.
// It takes the two results of a client's call: a pointer to one of the SDK's output
// structs, and an error, which it returns as it is.
//
// The client is that of [ClientOf], which keeps the body of the answer.
func Answer(output any, err error) (Object, error) {
	if err != nil {
		return nil, err
	}
	value := reflect.Indirect(reflect.ValueOf(output))
	if object, ok := answer.Object(metadataOf(output)); ok {
		return normalize(object, value.Type()), nil
	}
	return fromStruct(value), nil
}

func metadataOf(output any) middleware.Metadata {
	return reflect.Indirect(reflect.ValueOf(output)).FieldByName("ResultMetadata").Interface().(middleware.Metadata)
}

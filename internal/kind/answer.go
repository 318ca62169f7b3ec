package kind

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// Answer gives what AWS answered as an object, under the names that documents have.
// It takes the two results of a client's call, of which the first points at one of the
// SDK's output structs, and hands an error through.
//
// The client must have been made from the Config of a Target that Read gave to
// the kind, so that the body of the answer is at hand.
func Answer(output any, err error) (Object, error) {
	if err != nil {
		return nil, err
	}
	value := reflect.Indirect(reflect.ValueOf(output))
	metadata := value.FieldByName("ResultMetadata").Interface().(middleware.Metadata)
	kept, ok := metadata.Get(bodyKey{}).([]byte)
	if !ok {
		return fromStruct(value), nil
	}
	decoder := json.NewDecoder(bytes.NewReader(kept))
	decoder.UseNumber()
	var answer Object
	if err := decoder.Decode(&answer); err != nil {
		return nil, fmt.Errorf("the answer is not a JSON object: %w", err)
	}
	return normalize(answer, value.Type()), nil
}

type (
	bodyKey struct{}
	sizeKey struct{}
)

// BodySize gives the size in bytes of the answer that a call's metadata tells of,
// made by a client of a Target that Read gave to a kind. Where AWS does not say how
// long its answer is, it is a guess.
func BodySize(metadata middleware.Metadata) int {
	size, _ := metadata.Get(sizeKey{}).(int)
	return size
}

// unsaidSize is the guess: as much as a middling page holds.
const unsaidSize = 64 << 10

// keepBody keeps the body of each JSON answer in the metadata of its output.
//
// It refuses what is no answer of AWS: to the SDK, an empty body and any XML at
// all are an answer without members, which would read as an empty list.
func keepBody(stack *middleware.Stack) error {
	return stack.Deserialize.Add(middleware.DeserializeMiddlewareFunc("KeepBody", func(
		ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler,
	) (middleware.DeserializeOutput, middleware.Metadata, error) {
		out, metadata, err := next.HandleDeserialize(ctx, in)
		response, ok := out.RawResponse.(*smithyhttp.Response)
		if err != nil || !ok || response.StatusCode >= 300 {
			return out, metadata, err
		}
		reader := bufio.NewReaderSize(response.Body, headSize)
		start, err := reader.Peek(headSize)
		if err != nil && !errors.Is(err, io.EOF) {
			return out, metadata, fmt.Errorf("read the answer: %w", err)
		}
		response.Body = body{reader, response.Body}
		switch formatOf(start) {
		case isXML:
			if err := checkRoot(start, awsmiddleware.GetOperationName(ctx)); err != nil {
				return out, metadata, err
			}
			size := int(response.ContentLength)
			if size <= 0 {
				size = unsaidSize
			}
			metadata.Set(sizeKey{}, size)
			return out, metadata, nil
		case isNeither:
			return out, metadata, fmt.Errorf("the answer is not AWS's, it begins with %q: look for a proxy on the way to AWS", start[:min(len(start), 20)])
		}
		kept, err := io.ReadAll(reader)
		if err != nil {
			return out, metadata, fmt.Errorf("read the answer: %w", err)
		}
		response.Body = body{bytes.NewReader(kept), response.Body}
		metadata.Set(bodyKey{}, kept)
		metadata.Set(sizeKey{}, len(kept))
		return out, metadata, nil
	}), middleware.After)
}

// headSize is enough of an answer to hold its root element.
const headSize = 512

// bucketRoots are the root elements of S3's answers, whose names follow no rule.
var bucketRoots = map[string]string{
	"GetBucketEncryption":        "ServerSideEncryptionConfiguration",
	"GetBucketLocation":          "LocationConstraint",
	"GetBucketOwnershipControls": "OwnershipControls",
	"GetBucketTagging":           "Tagging",
	"GetPublicAccessBlock":       "PublicAccessBlockConfiguration",
	"ListBuckets":                "ListAllMyBucketsResult",
}

// checkRoot wants the root element that an operation's answer has. The SDK does
// not look at it.
func checkRoot(start []byte, operation string) error {
	want, known := bucketRoots[operation]
	if !known {
		want = operation + "Response"
	}
	decoder := xml.NewDecoder(bytes.NewReader(start))
	for {
		token, err := decoder.Token()
		if err != nil {
			return fmt.Errorf("the answer is not AWS's, its XML does not begin with <%s>: %w", want, err)
		}
		if root, ok := token.(xml.StartElement); ok {
			if root.Name.Local != want {
				return fmt.Errorf("the answer is not AWS's, its XML begins with <%s> and not with <%s>: look for a proxy on the way to AWS", root.Name.Local, want)
			}
			return nil
		}
	}
}

// body is what is left to read of an answer, and what to close then.
type body struct {
	io.Reader
	io.Closer
}

type format int

const (
	isNeither format = iota
	isJSON
	isXML
)

// formatOf tells the format of a body by its first bytes. The Content-Type need
// not: emulators and proxies are careless with it.
func formatOf(start []byte) format {
	text := strings.ToLower(strings.TrimSpace(string(start)))
	switch {
	case strings.HasPrefix(text, "{"):
		return isJSON
	case strings.HasPrefix(text, "<!doctype") || strings.HasPrefix(text, "<html"):
		return isNeither
	case strings.HasPrefix(text, "<"):
		return isXML
	default:
		return isNeither
	}
}

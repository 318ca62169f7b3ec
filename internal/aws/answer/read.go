package answer

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"portolan/internal/aws/awserr"
)

// MaxBody is the most bytes that an answer may have, unpacked; MaxError that of an error, and
// MaxObject that of an object in S3. The largest honest page is one of EC2 instances: 250 of them
// with 250 addresses each take up 16 MiB.
const (
	MaxBody   = 32 << 20
	MaxError  = 1 << 20
	MaxObject = 64 << 20
)

// free is how much of an answer any call may read. What is larger is read by maxLarge calls of
// the process at a time: otherwise 192 calls with endless answers would together hold gigabytes
// until each has met its own bound.
const (
	free     = 512 << 10
	maxLarge = 4
)

var large = make(chan struct{}, maxLarge)

type (
	contentKey struct{}
	sizeKey    struct{}
)

// content is an answer in JSON. To find out whether it is complete it has to be decoded, and
// most callers want it once, so the first has what came of that.
type content struct {
	body   []byte
	object atomic.Pointer[map[string]any]
}

// Object returns what AWS answered to a call in JSON, as [Decode] does, from the metadata of
// its output. The caller may change it: whoever asks again gets another. It returns false if
// the answer was XML, or the client has no Guard.
func Object(metadata middleware.Metadata) (object map[string]any, ok bool) {
	c, ok := metadata.Get(contentKey{}).(*content)
	if !ok {
		return nil, false
	}
	if first := c.object.Swap(nil); first != nil {
		return *first, true
	}
	object, err := Decode(c.body)
	return object, err == nil // it was decoded before
}

// BodySize returns the size of a call's answer in bytes, from the metadata of its output. It
// returns 0 if the client has no Guard.
func BodySize(metadata middleware.Metadata) int {
	size, _ := metadata.Get(sizeKey{}).(int)
	return size
}

// read reads the whole answer before the SDK sees it, and refuses what AWS did not write.
func read(
	ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler,
) (middleware.DeserializeOutput, middleware.Metadata, error) {
	out, metadata, err := next.HandleDeserialize(ctx, in)
	response, ok := out.RawResponse.(*smithyhttp.Response)
	if err != nil || !ok {
		return out, metadata, err
	}
	switch {
	case isMetadata(ctx, in.Request):
		_, err = readAll(ctx, response, MaxError)
	case 200 <= response.StatusCode && response.StatusCode < 300:
		err = readSuccess(ctx, formatFor(ctx, in.Request), response, &metadata)
	default:
		err = readError(ctx, formatFor(ctx, in.Request), response)
	}
	return out, metadata, err
}

// isMetadata says whether the call is one to the metadata service of EC2, which answers the SDK's
// credentials in plain text, and its errors too. The SDK reads both, and nothing else does. Its
// client does not tell its name.
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html
func isMetadata(ctx context.Context, request any) bool {
	sent, ok := request.(*smithyhttp.Request)
	return ok && awsmiddleware.GetServiceID(ctx) == "" && strings.HasPrefix(sent.URL.Path, "/latest/")
}

func readSuccess(ctx context.Context, form format, response *smithyhttp.Response, metadata *middleware.Metadata) error {
	operation := awsmiddleware.GetOperationName(ctx)
	most := MaxBody
	if raw[operation] {
		most = MaxObject
	}
	body, err := readAll(ctx, response, most)
	if err != nil {
		return err
	}
	if len(bytes.TrimSpace(body)) > 0 {
		metadata.Set(sizeKey{}, len(body))
	}
	var (
		why    string
		object map[string]any
	)
	switch {
	case raw[operation]:
		if page := response.Header.Get("Content-Type"); strings.HasPrefix(page, "text/html") && response.Header.Get("ETag") == "" {
			why = "the answer is a web page"
		}
	case silent[operation]:
		if len(bytes.TrimSpace(body)) > 0 {
			why = "the answer has a body, although AWS sends none"
		}
	case len(bytes.TrimSpace(body)) == 0: // judge knows whether that is all
	case form == inXML:
		why = wrongXML(body, operation)
	case !bytes.HasPrefix(bytes.TrimSpace(body), []byte("{")):
		why = "the answer is not a JSON object"
	default:
		if object, err = Decode(body); err != nil {
			why = "the answer is incomplete JSON"
			break
		}
		kept := &content{body: body}
		kept.object.Store(&object)
		metadata.Set(contentKey{}, kept)
	}
	if why == "" {
		return nil
	}
	return &awserr.Unanswered{Class: awserr.Failed, Status: response.StatusCode, Why: why, Excerpt: awserr.Excerpt(body), Again: true}
}

func readError(ctx context.Context, form format, response *smithyhttp.Response) error {
	body, err := readAll(ctx, response, MaxError)
	if err != nil {
		return err
	}
	if saysError(form, body, response.Header) {
		return nil
	}
	status := response.StatusCode
	return &awserr.Unanswered{
		Class: awserr.OfStatus(status), Status: status, Why: "something other than AWS answered", Excerpt: awserr.Excerpt(body),
		Again: status >= 500 || status == http.StatusTooManyRequests || status == http.StatusRequestTimeout,
	}
}

// readAll reads the body of a response, and replaces it with what it has read.
func readAll(ctx context.Context, response *smithyhttp.Response, most int) ([]byte, error) {
	from := response.Body
	body, err := bounded(ctx, from, response.ContentLength, most)
	if err == nil && len(body) <= most {
		response.Body = rest{bytes.NewReader(body), from}
		return body, nil
	}
	// The SDK would read what is left to its end, and there may be no end.
	_ = from.Close()
	response.Body = http.NoBody
	switch {
	case ctx.Err() != nil:
		return nil, fmt.Errorf("read the answer: %w", ctx.Err())
	case err != nil:
		return nil, &awserr.Unanswered{
			Class: awserr.Unreachable, Status: response.StatusCode, Why: "the answer was cut: " + cause(err), Excerpt: awserr.Excerpt(body), Again: true,
		}
	}
	tooLarge := TooLarge(most)
	tooLarge.Status, tooLarge.Excerpt = response.StatusCode, awserr.Excerpt(body)
	return nil, tooLarge
}

// TooLarge is the error of an answer of more than most bytes.
func TooLarge(most int) *awserr.Unanswered {
	return &awserr.Unanswered{Class: awserr.Failed, Why: fmt.Sprintf("the answer is larger than %d MiB", most>>20)}
}

// bounded reads a body to its end, or until it has more than most bytes. The declared length is
// only a hint: it may be a lie.
func bounded(ctx context.Context, from io.Reader, declared int64, most int) ([]byte, error) {
	hint := int64(bytes.MinRead)
	if declared > 0 {
		hint = min(declared, free) + 1
	}
	body, alone := make([]byte, 0, hint), true
	for len(body) <= most {
		if len(body) == cap(body) {
			if alone && len(body) >= free {
				select {
				case large <- struct{}{}:
					defer func() { <-large }()
				case <-ctx.Done():
					return body, ctx.Err()
				}
				alone = false
			}
			larger := make([]byte, len(body), min(max(2*cap(body), bytes.MinRead), most+1))
			copy(larger, body)
			body = larger
		}
		if err := ctx.Err(); err != nil { // a body that hears nothing of the context's end
			return body, err
		}
		n, err := from.Read(body[len(body):cap(body)])
		body = body[:len(body)+n]
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return body, err
		}
	}
	return body, nil
}

func cause(err error) string {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return "it ends too early"
	}
	return awserr.Excerpt([]byte(err.Error()))
}

// rest is the answer as the SDK reads it, and the body that it closes afterwards.
type rest struct {
	io.Reader
	io.Closer
}

type format int

const (
	inJSON format = iota
	inXML
)

// formatFor returns the format of the answer to a request: it is XML for the query
// protocols, which send forms, and for S3.
func formatFor(ctx context.Context, request any) format {
	if awsmiddleware.GetServiceID(ctx) == "S3" {
		return inXML
	}
	if sent, ok := request.(*smithyhttp.Request); ok && strings.HasPrefix(sent.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		return inXML
	}
	return inJSON
}

// saysError reports whether AWS wrote an error. Some services have the code in a member
// "code", as many gateways do: only the id that AWS gives each request tells them apart.
func saysError(form format, body []byte, header http.Header) bool {
	if form == inXML {
		return errorInXML(body) != ""
	}
	if header.Get("X-Amzn-ErrorType") != "" {
		return true
	}
	var said struct {
		Type string `json:"__type"`
		Code any    `json:"code"`
	}
	if json.Unmarshal(body, &said) != nil {
		return false
	}
	code, _ := said.Code.(string)
	return said.Type != "" || code != "" && header.Get("X-Amzn-Requestid") != ""
}

// errorInXML returns the code of an error in one of AWS's three forms.
func errorInXML(body []byte) string {
	var said struct {
		XMLName xml.Name
		Code    string `xml:"Code"`              // S3
		Wrapped string `xml:"Error>Code"`        // query
		EC2     string `xml:"Errors>Error>Code"` // EC2
	}
	if xml.Unmarshal(body, &said) != nil {
		return ""
	}
	return strings.TrimSpace(map[string]string{"Error": said.Code, "ErrorResponse": said.Wrapped, "Response": said.EC2}[said.XMLName.Local])
}

// raw are the operations whose answer is something that somebody stored or returned.
var raw = map[string]bool{"GetObject": true, "Invoke": true}

// silent are S3's operations whose answer has only headers.
var silent = map[string]bool{"PutObject": true, "DeleteObject": true}

// roots are the root elements of S3's answers, whose names follow no rule.
var roots = map[string]string{
	"GetBucketEncryption":        "ServerSideEncryptionConfiguration",
	"GetBucketLocation":          "LocationConstraint",
	"GetBucketOwnershipControls": "OwnershipControls",
	"GetBucketTagging":           "Tagging",
	"GetPublicAccessBlock":       "PublicAccessBlockConfiguration",
	"ListBuckets":                "ListAllMyBucketsResult",
	"ListObjectsV2":              "ListBucketResult",
}

// wrongXML says what is wrong with an answer in XML; "" if it begins and ends with the root
// element of the operation's answer. The SDK looks at neither.
func wrongXML(body []byte, operation string) string {
	want, known := roots[operation]
	if !known {
		want = operation + "Response"
	}
	root := rootOf(body)
	switch {
	case root == "Error" && known && errorInXML(body) != "": // an error of S3 with status 200, which the SDK reads
		return ""
	case root == "":
		return "the answer is not XML"
	case root != want:
		return fmt.Sprintf("the answer is XML that begins with <%s> and not with <%s>", awserr.Excerpt([]byte(root)), want)
	case !ends(bytes.TrimSpace(body), root):
		return "the answer is incomplete XML"
	}
	return ""
}

func rootOf(body []byte) string {
	decoder := xml.NewDecoder(bytes.NewReader(body))
	for {
		token, err := decoder.Token()
		if err != nil {
			return ""
		}
		switch token := token.(type) {
		case xml.StartElement:
			return token.Name.Local
		case xml.CharData:
			if len(bytes.TrimSpace(token)) > 0 {
				return ""
			}
		}
	}
}

// ends reports whether the last tag of a document closes its root.
func ends(body []byte, root string) bool {
	last := body[bytes.LastIndexByte(body, '<')+1:]
	tag, closed := bytes.CutSuffix(last, []byte(">"))
	if !closed {
		return false
	}
	if bytes.HasSuffix(tag, []byte("/")) { // an empty root
		name, _, _ := bytes.Cut(bytes.TrimSuffix(tag, []byte("/")), []byte(" "))
		return local(name) == root
	}
	name, closes := bytes.CutPrefix(tag, []byte("/"))
	return closes && local(bytes.TrimSpace(name)) == root
}

func local(name []byte) string {
	return string(name[bytes.LastIndexByte(name, ':')+1:])
}

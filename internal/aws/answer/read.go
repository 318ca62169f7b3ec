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

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"portolan/internal/aws/awserr"
)

// MaxBody is the most bytes that an answer may have, unpacked; MaxError that of an error.
// The pages of AWS's lists have a few megabytes; an object of the state may be larger.
const (
	MaxBody  = 64 << 20
	MaxError = 1 << 20
)

type (
	bodyKey struct{}
	sizeKey struct{}
)

// Body returns the JSON that AWS answered to a call, from the metadata of its output. It
// returns false if the answer was XML, or the client has no Guard.
func Body(metadata middleware.Metadata) ([]byte, bool) {
	body, ok := metadata.Get(bodyKey{}).([]byte)
	return body, ok
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
	if response.StatusCode < 300 {
		err = readSuccess(ctx, formatFor(ctx, in.Request), response, &metadata)
	} else {
		err = readError(ctx, formatFor(ctx, in.Request), response)
	}
	return out, metadata, err
}

func readSuccess(ctx context.Context, form format, response *smithyhttp.Response, metadata *middleware.Metadata) error {
	body, err := readAll(ctx, response, MaxBody)
	if err != nil {
		return err
	}
	if len(bytes.TrimSpace(body)) > 0 {
		metadata.Set(sizeKey{}, len(body))
	}
	operation := awsmiddleware.GetOperationName(ctx)
	var why string
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
	case !json.Valid(body):
		why = "the answer is incomplete JSON"
	default:
		metadata.Set(bodyKey{}, body)
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
func readAll(ctx context.Context, response *smithyhttp.Response, most int64) ([]byte, error) {
	from := response.Body
	var body bytes.Buffer
	if size := response.ContentLength; size > 0 && size <= most {
		body.Grow(int(size) + bytes.MinRead)
	}
	n, err := io.Copy(&body, io.LimitReader(patient{ctx, from}, most+1))
	if err == nil && n <= most {
		response.Body = rest{bytes.NewReader(body.Bytes()), from}
		return body.Bytes(), nil
	}
	// The SDK would read what is left to its end, and there may be no end.
	_ = from.Close()
	response.Body = http.NoBody
	switch {
	case ctx.Err() != nil:
		return nil, fmt.Errorf("read the answer: %w", ctx.Err())
	case err != nil:
		return nil, &awserr.Unanswered{
			Class: awserr.Unreachable, Status: response.StatusCode, Why: "the answer was cut: " + cause(err), Excerpt: awserr.Excerpt(body.Bytes()), Again: true,
		}
	}
	return nil, &awserr.Unanswered{
		Class: awserr.Failed, Status: response.StatusCode, Why: fmt.Sprintf("the answer is larger than %d bytes", most), Excerpt: awserr.Excerpt(body.Bytes()),
	}
}

func cause(err error) string {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return "it ends too early"
	}
	return awserr.Excerpt([]byte(err.Error()))
}

// patient ends reading a body with its context, however slow the body is.
type patient struct {
	ctx  context.Context
	from io.Reader
}

// Read reads on, unless the time is over.
func (p patient) Read(into []byte) (int, error) {
	if err := p.ctx.Err(); err != nil {
		return 0, err
	}
	return p.from.Read(into)
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

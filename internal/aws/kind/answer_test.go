package kind_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go/middleware"
	"github.com/google/go-cmp/cmp"

	"portolan/internal/aws/awserr"
	"portolan/internal/aws/kind"
)

// wire is an AWS that gives one answer to every request.
type wire struct {
	status      int
	contentType string
	body        io.Reader
	closed      int
}

func (w *wire) RoundTrip(request *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: w.status, Header: http.Header{"Content-Type": {w.contentType}}, Request: request, Body: w,
		ContentLength: -1, ProtoMajor: 1, ProtoMinor: 1,
	}, nil
}

func (w *wire) Read(p []byte) (int, error) { return w.body.Read(p) }

func (w *wire) Close() error {
	w.closed++
	return nil
}

// listOnce makes a kind of one call, whose answer is its only resource.
func listOnce(call func(context.Context, kind.Target) (kind.Object, error)) *kind.Kind {
	return &kind.Kind{
		Type: "AWS::Test::Answer",
		List: kind.Listing{
			Name: "ListAction", Actions: []string{"svc:List"},
			Pages: func(ctx context.Context, t kind.Target) kind.Pages {
				return kind.Ask(func() (kind.Object, error) { return call(ctx, t) }, func(page kind.Object) []*kind.Resource {
					if page == nil {
						return nil
					}
					return []*kind.Resource{{ID: "answer", Properties: page}}
				})
			},
		},
		Document: kind.Form{Open: true},
	}
}

// accounts is answered in JSON, identity in XML.
var (
	accounts = listOnce(func(ctx context.Context, t kind.Target) (kind.Object, error) {
		return kind.Answer(organizations.NewFromConfig(t.Config).ListAccounts(ctx, &organizations.ListAccountsInput{}))
	})
	identity = listOnce(func(ctx context.Context, t kind.Target) (kind.Object, error) {
		return kind.Answer(sts.NewFromConfig(t.Config).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{}))
	})
)

// answer reads a kind of one call over the wire.
func answer(t *testing.T, k *kind.Kind, w *wire) (properties any, err error) {
	t.Helper()
	target := kind.Target{Config: aws.Config{
		Region: "us-east-1", HTTPClient: &http.Client{Transport: w},
		Credentials: credentials.NewStaticCredentialsProvider("AKIAIOSFODNN7EXAMPLE", "secret", ""),
		Retryer:     func() aws.Retryer { return aws.NopRetryer{} },
		APIOptions:  make([]func(*middleware.Stack) error, 0, 4), // with room, as others share it
	}}
	for document, failed := range k.Read(t.Context(), target, kind.Options{Budget: kind.NewRoom(roomFor)}) {
		properties, err = document["Properties"], failed
	}
	if w.closed == 0 {
		t.Error("the body stays open")
	}
	if options := target.Config.APIOptions; len(options) > 0 || options[:1][0] != nil {
		t.Error("the target's own Config was changed")
	}
	return properties, err
}

func asText(t *testing.T, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestAnswerInJSONIsRepeated(t *testing.T) {
	t.Parallel()
	const body = `{"Accounts":[{"Id":"1","Name":null,"Email":"","JoinedTimestamp":1735786984.858,
		"Novel":{"digits":9007199254740993,"fraction":0.1000,"flag":false,"lowerCamel":[],"At":1735786984}}],"NextToken":null}`
	const want = `{"Accounts":[{"Email":"","Id":"1","JoinedTimestamp":"2025-01-02T03:03:04.858000Z",` +
		`"Novel":{"At":1735786984,"digits":9007199254740993,"flag":false,"fraction":0.1000,"lowerCamel":[]}}]}`
	for name, contentType := range map[string]string{
		"as AWS sends it":    "application/x-amz-json-1.1",
		"rest":               "application/json",
		"of no content type": "",
		"of a wrong one":     "text/html; charset=utf-8",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := answer(t, accounts, &wire{status: 200, contentType: contentType, body: iotest.OneByteReader(strings.NewReader(body))})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, asText(t, got)); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAnswerInXMLIsReadByTheModel(t *testing.T) {
	t.Parallel()
	const body = "\n" + `<GetCallerIdentityResponse><GetCallerIdentityResult><Account>111122223333</Account><UserId></UserId>` +
		`<Novel>x</Novel></GetCallerIdentityResult></GetCallerIdentityResponse>`
	got, err := answer(t, identity, &wire{status: 200, contentType: "text/xml", body: strings.NewReader(body)})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(kind.Object{"Account": "111122223333", "UserId": ""}, got); diff != "" {
		t.Errorf("answer (-want +got):\n%s", diff)
	}
}

// TestAnswerThatIsNone shows that what AWS did not say is never an empty answer.
func TestAnswerThatIsNone(t *testing.T) {
	t.Parallel()
	bodies := map[string]string{
		"empty":         "",
		"white space":   " \n ",
		"a web page":    "<!DOCTYPE html>\n<html><body>blocked by policy</body></html>",
		"a bare page":   "<html><body>blocked by policy</body></html>",
		"text":          "OK",
		"null":          "null",
		"a list":        `[{"Accounts":[]}]`,
		"cut JSON":      `{"Accounts":[{"Id":"1"}`,
		"cut XML":       `<GetCallerIdentityResponse><GetCallerIdentityResult><Account>1111`,
		"nothing of it": "<",
		"other XML":     `<?xml version="1.0"?><Page><Account>111122223333</Account></Page>`,
		"another's XML": `<ListUsersResponse><Account>111122223333</Account></ListUsersResponse>`,
		"a long prolog": "<!--" + strings.Repeat("x", 1000) + `--><GetCallerIdentityResponse/>`,
	}
	for name, text := range bodies {
		for protocol, k := range map[string]*kind.Kind{"JSON": accounts, "XML": identity} {
			t.Run(name+" for "+protocol, func(t *testing.T) {
				t.Parallel()
				got, err := answer(t, k, &wire{status: 200, contentType: "text/xml", body: strings.NewReader(text)})
				if err == nil || got != nil {
					t.Errorf("the answer %q was read as %v", text, got)
				}
			})
		}
	}
}

func TestAnswerThatBreaksOff(t *testing.T) {
	t.Parallel()
	for name, start := range map[string]string{"at once": "", "early": `{"Acc`, "late": `{"Accounts":[{"Id":"111122223333"},`} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			body := io.MultiReader(strings.NewReader(start), iotest.ErrReader(io.ErrUnexpectedEOF))
			_, err := answer(t, accounts, &wire{status: 200, body: body})
			if awserr.ClassOf(err) != awserr.Unreachable {
				t.Errorf("error %v of class %s, want %s", err, awserr.ClassOf(err), awserr.Unreachable)
			}
		})
	}
}

func TestAnswerThatIsAnError(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		kind         *kind.Kind
		status       int
		body         string
		code, reason string
	}{
		"JSON": {accounts, 400, `{"__type":"com.amazonaws.organizations#AccessDeniedException","Message":"not you"}`, "AccessDeniedException", "not you"},
		"XML": {identity, 403, `<ErrorResponse><Error><Code>AccessDenied</Code><Message>not you</Message></Error></ErrorResponse>`,
			"AccessDenied", "not you"},
		"nothing": {accounts, 503, "", "", "something other than AWS answered (status 503)"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := answer(t, test.kind, &wire{status: test.status, body: strings.NewReader(test.body)})
			var known *awserr.Error
			if !errors.As(err, &known) || known.Op != "svc:List" {
				t.Fatalf("error %v, want one of svc:List", err)
			}
			if awserr.Code(err) != test.code || !strings.Contains(awserr.Message(err), test.reason) {
				t.Errorf("code %q, message %q", awserr.Code(err), awserr.Message(err))
			}
		})
	}
}

func TestAnswerHandsErrorsThrough(t *testing.T) {
	t.Parallel()
	odd := errors.New("odd")
	if got, err := kind.Answer((*sts.GetCallerIdentityOutput)(nil), odd); got != nil || !errors.Is(err, odd) {
		t.Errorf("answer %v, error %v", got, err)
	}
}

package kinds_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/rogpeppe/go-internal/txtar"

	"portolan/internal/aws/kind"
)

// replay answers the SDK's requests from a kind's archive: the n-th request for an
// operation gets the file "<operation>.<n>", which may give a status after a space.
type replay struct {
	t       *testing.T
	archive *txtar.Archive
	// spoil may answer instead of the archive; it gives nil to leave it to that.
	spoil    func(operation string, n int, request *http.Request) *reply
	parallel int

	mu    sync.Mutex
	calls []string
	asked string // each call with what it asks
	count map[string]int
	urls  []*url.URL
}

type reply struct {
	status int
	body   string
}

// testdata returns the path of one of a kind's files.
func testdata(k *kind.Kind, extension string) string {
	return filepath.Join("testdata", strings.ReplaceAll(k.Type, "::", "_")+extension)
}

func newReplay(t *testing.T, k *kind.Kind) *replay {
	t.Helper()
	archive, err := txtar.ParseFile(testdata(k, ".txtar"))
	if err != nil {
		t.Fatal(err)
	}
	return &replay{t: t, archive: archive, parallel: 1, count: make(map[string]int)}
}

// RoundTrip is AWS.
func (r *replay) RoundTrip(request *http.Request) (*http.Response, error) {
	operation := operationOf(request)
	r.mu.Lock()
	r.count[operation]++
	n := r.count[operation]
	r.calls = append(r.calls, operation)
	r.asked += fmt.Sprintln(operation, request.Method, request.URL)
	if body := bodyOf(request); body != "" {
		r.asked += "\t" + body + "\n"
	}
	r.urls = append(r.urls, request.URL)
	r.mu.Unlock()
	if r.spoil != nil {
		if a := r.spoil(operation, n, request); a != nil {
			return respond(request, *a), nil
		}
	}
	for _, file := range r.archive.Files {
		var status int
		name, code, given := strings.Cut(file.Name, " ")
		if status = http.StatusOK; given {
			_, _ = fmt.Sscan(code, &status)
		}
		if name == fmt.Sprintf("%s.%d", operation, n) {
			return respond(request, reply{status, string(file.Data)}), nil
		}
	}
	return nil, fmt.Errorf("the archive has no answer %d to %s", n, operation)
}

func respond(request *http.Request, a reply) *http.Response {
	header := http.Header{"Content-Type": {"text/xml"}}
	switch {
	case strings.HasPrefix(a.body, "{") && request.Header.Get("X-Amz-Target") != "":
		header.Set("Content-Type", request.Header.Get("Content-Type"))
	case strings.HasPrefix(a.body, "{"):
		header.Set("Content-Type", "application/json")
	}
	return &http.Response{
		StatusCode: a.status, Status: http.StatusText(a.status), Header: header, Request: request, ProtoMajor: 1, ProtoMinor: 1,
		Body: io.NopCloser(strings.NewReader(a.body)), ContentLength: int64(len(a.body)),
	}
}

// operationOf tells the operation, as the SDK's client knows it.
func operationOf(request *http.Request) string {
	return awsmiddleware.GetOperationName(request.Context())
}

// formOf returns what a query asks.
func formOf(request *http.Request) url.Values {
	form, _ := url.ParseQuery(bodyOf(request))
	return form
}

// bodyOf reads the body of a request, and leaves it to be read again.
func bodyOf(request *http.Request) string {
	if request.Body == nil {
		return ""
	}
	body, _ := io.ReadAll(request.Body)
	request.Body = io.NopCloser(bytes.NewReader(body))
	return string(body)
}

// target is a cell of the account that the archives tell of.
func (r *replay) target() kind.Target {
	return kind.Target{
		Account: "111122223333", AccountName: "shop", Region: "us-east-1", Partition: "aws",
		Config: aws.Config{
			Region: "us-east-1", HTTPClient: &http.Client{Transport: r},
			Credentials: credentials.NewStaticCredentialsProvider("AKIAIOSFODNN7EXAMPLE", "secret", ""),
			Retryer:     func() aws.Retryer { return aws.NopRetryer{} },
		},
	}
}

// read reads a kind, one call after the other, and gives documents and errors.
func (r *replay) read(k *kind.Kind, actions ...string) (documents []kind.Object, errs []error) {
	r.t.Helper()
	return r.readIn(r.target(), k, actions...)
}

func (r *replay) readIn(target kind.Target, k *kind.Kind, actions ...string) (documents []kind.Object, errs []error) {
	r.t.Helper()
	budget := kind.NewRoom(1000)
	for document, err := range k.Read(r.t.Context(), target, kind.Options{Actions: actions, Parallel: r.parallel, Budget: budget}) {
		if err != nil {
			errs = append(errs, err)
			continue
		}
		documents = append(documents, document)
	}
	if !budget.TryAcquire(1000) {
		r.t.Error("the reading kept some of the budget")
	}
	return documents, errs
}

func asJSON(t *testing.T, value any) string {
	t.Helper()
	text, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text) + "\n"
}

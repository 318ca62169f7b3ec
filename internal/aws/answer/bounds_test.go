package answer_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/ec2rolecreds"
	"github.com/aws/aws-sdk-go-v2/credentials/endpointcreds"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
	"github.com/aws/aws-sdk-go-v2/service/account"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/eks"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"portolan/internal/aws/answer"
	"portolan/internal/aws/awserr"
)

// wire is a network at whose other end something answers each request with bytes, below all
// that the standard library knows of HTTP.
type wire struct {
	answer func(conn net.Conn, request *http.Request)
	asked  atomic.Int64
	sent   atomic.Int64
}

// Write counts what is sent.
type counted struct {
	net.Conn
	sent *atomic.Int64
}

func (c counted) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	c.sent.Add(int64(n))
	return n, err
}

func (w *wire) dial(context.Context, string, string) (net.Conn, error) {
	client, server := net.Pipe()
	go func() {
		defer func() { _ = server.Close() }()
		request, err := http.ReadRequest(bufio.NewReader(server))
		if err != nil {
			return
		}
		_, _ = io.Copy(io.Discard, request.Body)
		w.asked.Add(1)
		w.answer(counted{server, &w.sent}, request)
	}()
	return client, nil
}

// config returns a configuration whose clients are at the wire.
func (w *wire) config() (config_ aws.Config, closed func()) {
	transport := &http.Transport{DialContext: w.dial, ReadBufferSize: 256 << 10}
	answer.Bound(transport)
	c := config(nil)
	c.HTTPClient = answer.Client(&http.Client{Transport: transport})
	c.BaseEndpoint = aws.String("http://service.invalid")
	return c, transport.CloseIdleConnections
}

// calls is a call in each protocol, and to each service that is called outside of kinds.
func calls() map[string]func(context.Context, aws.Config) error {
	all := map[string]func(context.Context, aws.Config) error{
		"STS": func(ctx context.Context, c aws.Config) error {
			_, err := sts.NewFromConfig(c).AssumeRole(ctx, &sts.AssumeRoleInput{RoleArn: aws.String("arn:aws:iam::111122223333:role/r"), RoleSessionName: aws.String("s")})
			return err
		},
		"Organizations": func(ctx context.Context, c aws.Config) error {
			_, err := organizations.NewFromConfig(c).ListAccounts(ctx, &organizations.ListAccountsInput{})
			return err
		},
		"Account": func(ctx context.Context, c aws.Config) error {
			_, err := account.NewFromConfig(c).ListRegions(ctx, &account.ListRegionsInput{})
			return err
		},
		"REST JSON with GET": func(ctx context.Context, c aws.Config) error {
			_, err := eks.NewFromConfig(c).ListClusters(ctx, &eks.ListClustersInput{})
			return err
		},
		"a secret": func(ctx context.Context, c aws.Config) error {
			_, err := secretsmanager.NewFromConfig(c).GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: aws.String("s")})
			return err
		},
		"Systems Manager": func(ctx context.Context, c aws.Config) error {
			_, err := ssm.NewFromConfig(c).GetParametersByPath(ctx, &ssm.GetParametersByPathInput{Path: aws.String("/aws/service")})
			return err
		},
		"the log": func(ctx context.Context, c aws.Config) error {
			_, err := cloudwatchlogs.NewFromConfig(c).FilterLogEvents(ctx, &cloudwatchlogs.FilterLogEventsInput{LogGroupName: aws.String("g")})
			return err
		},
		"an object of the state": func(ctx context.Context, c aws.Config) error {
			out, err := s3.NewFromConfig(c).GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String("b"), Key: aws.String("k")})
			if err == nil {
				_, err = io.ReadAll(out.Body)
			}
			return err
		},
		"an object that is written": func(ctx context.Context, c aws.Config) error {
			_, err := s3.NewFromConfig(c).PutObject(ctx, &s3.PutObjectInput{Bucket: aws.String("b"), Key: aws.String("k"), Body: strings.NewReader("x")})
			return err
		},
		"the objects of the state": func(ctx context.Context, c aws.Config) error {
			_, err := s3.NewFromConfig(c).ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: aws.String("b")})
			return err
		},
		"the container's credentials": func(ctx context.Context, c aws.Config) error {
			_, err := endpointcreds.New("http://127.0.0.1/creds", func(o *endpointcreds.Options) {
				o.HTTPClient, o.APIOptions, o.Retryer = c.HTTPClient, c.APIOptions, c.Retryer()
			}).Retrieve(ctx)
			return err
		},
		"the instance's credentials": func(ctx context.Context, c aws.Config) error {
			_, err := imds.NewFromConfig(c).GetMetadata(ctx, &imds.GetMetadataInput{Path: "iam/security-credentials/"})
			return err
		},
	}
	for name, s := range services {
		all[name] = s.call
	}
	return all
}

// head is the head of an answer, with lines besides.
func head(status int, lines ...string) string {
	return fmt.Sprintf("HTTP/1.1 %d %s\r\nContent-Type: application/json\r\n%s\r\n", status, http.StatusText(status), strings.Join(append(lines, ""), "\r\n"))
}

// forEver writes a text again and again until nobody reads it any more.
func forEver(conn net.Conn, text []byte, every time.Duration) {
	for {
		if every > 0 {
			time.Sleep(every)
		}
		if _, err := conn.Write(text); err != nil {
			return
		}
	}
}

// until waits until the other end has gone.
func until(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }

var (
	spaces = bytes.Repeat([]byte(" "), 256<<10)
	// bomb unpacks to eight MiB, nothing to nothing.
	bomb    = packed(bytes.Repeat(spaces, 32))
	nothing = packed(nil)
)

func packed(text []byte) []byte {
	var to bytes.Buffer
	w := gzip.NewWriter(&to)
	_, _ = w.Write(text)
	_ = w.Close()
	return to.Bytes()
}

// faults are what an answer can do to whoever reads it, by name, with the status given.
var faults = map[string]func(net.Conn, int){
	"a body without end": func(c net.Conn, status int) {
		io.WriteString(c, head(status)+"{")
		forEver(c, spaces, 0)
	},
	"chunks without end": func(c net.Conn, status int) {
		io.WriteString(c, head(status, "Transfer-Encoding: chunked"))
		forEver(c, fmt.Appendf(nil, "%x\r\n%s\r\n", len(spaces), spaces), 0)
	},
	"a gzip bomb": func(c net.Conn, status int) {
		io.WriteString(c, head(status, "Content-Encoding: gzip"))
		forEver(c, bomb, 0)
	},
	"gzip that unpacks to nothing": func(c net.Conn, status int) {
		io.WriteString(c, head(status, "Content-Encoding: gzip"))
		forEver(c, nothing, 100*time.Millisecond)
	},
	"a length that is a lie": func(c net.Conn, status int) {
		io.WriteString(c, head(status, "Content-Length: 33554431")+"{")
		until(c)
	},
	"a length that no memory has": func(c net.Conn, status int) {
		io.WriteString(c, head(status, "Content-Length: 9007199254740992")+"{")
		until(c)
	},
	"a length that is cut": func(c net.Conn, status int) { io.WriteString(c, head(status, "Content-Length: 33554431")+"{") },
	"heads without end":    func(c net.Conn, _ int) { forEver(c, []byte("X-Flood: 1\r\n"), 0) },
	"headers without end": func(c net.Conn, status int) {
		io.WriteString(c, strings.TrimSuffix(head(status), "\r\n"))
		forEver(c, []byte("X-Flood: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n"), 0)
	},
	"a header without end": func(c net.Conn, status int) {
		io.WriteString(c, strings.TrimSuffix(head(status), "\r\n")+"X-Flood: ")
		forEver(c, spaces[:4096], 0)
	},
	"a status line without end": func(c net.Conn, _ int) { forEver(c, spaces[:4096], 0) },
	"headers one by one": func(c net.Conn, status int) {
		io.WriteString(c, strings.TrimSuffix(head(status), "\r\n"))
		forEver(c, []byte("X: 1\r\n"), time.Second)
	},
	"early hints without end":  func(c net.Conn, _ int) { forEver(c, []byte("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"), 0) },
	"early hints one by one":   func(c net.Conn, _ int) { forEver(c, []byte("HTTP/1.1 103 Early Hints\r\n\r\n"), time.Second) },
	"100 Continue without end": func(c net.Conn, _ int) { forEver(c, []byte("HTTP/1.1 100 Continue\r\n\r\n"), 0) },
	"silence":                  func(c net.Conn, _ int) { until(c) },
	"silence after the head": func(c net.Conn, status int) {
		io.WriteString(c, head(status))
		until(c)
	},
	"a byte a second": func(c net.Conn, status int) {
		io.WriteString(c, head(status)+"{")
		forEver(c, []byte(" "), time.Second)
	},
	"the end of the connection": func(net.Conn, int) {},
	"a chunk's extension without end": func(c net.Conn, status int) {
		io.WriteString(c, head(status, "Transfer-Encoding: chunked")+"1;")
		forEver(c, []byte(strings.Repeat("x", 1000)), 0)
	},
	"chunks with extensions": func(c net.Conn, status int) {
		io.WriteString(c, head(status, "Transfer-Encoding: chunked"))
		forEver(c, fmt.Appendf(nil, "1;%s\r\n \r\n", strings.Repeat("x", 2000)), 0)
	},
	"trailers without end": func(c net.Conn, status int) {
		io.WriteString(c, head(status, "Transfer-Encoding: chunked", "Trailer: X-Flood")+"1\r\n{\r\n0\r\n")
		forEver(c, []byte(strings.Repeat("X-Flood: 1\r\n", 5000)), 0)
	},
	"another protocol": func(c net.Conn, _ int) {
		io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n")
		forEver(c, spaces, 0)
	},
	"a redirect to itself": func(c net.Conn, _ int) { io.WriteString(c, head(307, "Location: /", "Content-Length: 0")) },
	"a redirect elsewhere": func(c net.Conn, _ int) {
		io.WriteString(c, head(308, "Location: http://elsewhere.invalid/", "Content-Length: 0"))
	},
}

// TestNoAnswerFillsOrHangs lets each call meet each fault, in an answer and in an error: the
// call ends, and it says that nothing was read.
func TestNoAnswerFillsOrHangs(t *testing.T) {
	t.Parallel()
	for name, call := range calls() {
		for fault, answers := range faults {
			for _, status := range []int{200, 400} {
				t.Run(fmt.Sprintf("%s/%s/%d", name, fault, status), func(t *testing.T) {
					t.Parallel()
					synctest.Test(t, func(t *testing.T) { noAnswer(t, call, func(c net.Conn, _ *http.Request) { answers(c, status) }) })
				})
			}
		}
	}
}

func noAnswer(t *testing.T, call func(context.Context, aws.Config) error, answers func(net.Conn, *http.Request)) {
	w := &wire{answer: answers}
	c, closed := w.config()
	began := time.Now()
	err := call(t.Context(), c)
	took := time.Since(began)
	closed()
	time.Sleep(2 * time.Second) // the other end hears of it
	synctest.Wait()
	switch class := awserr.ClassOf(err); class {
	case awserr.Failed, awserr.Timeout, awserr.Unreachable, awserr.Throttled:
	default:
		t.Errorf("%v is %q", err, class)
	}
	// The waits between attempts come on top of the time of a call.
	if took > 5*time.Minute {
		t.Errorf("it took %s: %v", took, err)
	}
	asked, sent := w.asked.Load(), w.sent.Load()
	if most := asked*answer.MaxError*2 + answer.MaxObject; asked > attempts || sent > most {
		t.Errorf("%d requests, %d bytes: %v", asked, sent, err)
	}
}

// TestLargeAnswersTakeTurns: calls that meet answers without an end all at once do not hold
// them all at once.
func TestLargeAnswersTakeTurns(t *testing.T) { // not parallel: others would wait for it
	var held, most atomic.Int64
	e := &endpoint{answer: func(int, *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Body: &hoard{held: &held, most: &most}}, nil
	}}
	c := config(e)
	var calls sync.WaitGroup
	for range 32 {
		calls.Go(func() {
			own := c
			own.HTTPClient = &endpoint{answer: e.answer}
			if err := services["AWS JSON"].call(t.Context(), own); awserr.ClassOf(err) != awserr.Failed && awserr.ClassOf(err) != awserr.Timeout {
				t.Errorf("%v is %q", err, awserr.ClassOf(err))
			}
		})
	}
	calls.Wait()
	if got := most.Load(); got == 0 || got > 8 {
		t.Errorf("%d answers were read far at a time", got)
	}
}

// hoard is a body without an end that knows how many of its like were read far.
type hoard struct {
	held, most *atomic.Int64
	given      int
	far        bool
}

func (h *hoard) Read(into []byte) (int, error) {
	n := copy(into, spaces)
	if h.given += n; !h.far && h.given > 2<<20 {
		h.far = true
		held := h.held.Add(1)
		for most := h.most.Load(); held > most && !h.most.CompareAndSwap(most, held); most = h.most.Load() {
			continue
		}
	}
	return n, nil
}

func (h *hoard) Close() error {
	if h.far {
		h.held.Add(-1)
		h.far = false
	}
	return nil
}

// TestADeclaredLengthTakesNoMemory: it may be a lie.
func TestADeclaredLengthTakesNoMemory(t *testing.T) { // not parallel: it measures
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	c := config(nil)
	c.Retryer = func() aws.Retryer { return aws.NopRetryer{} }
	c.HTTPClient = lying{}
	const calls = 20
	for range calls {
		if err := services["AWS JSON"].call(t.Context(), c); err == nil {
			t.Fatal("it counts")
		}
	}
	runtime.ReadMemStats(&after)
	if took := (after.TotalAlloc - before.TotalAlloc) / calls; took > 4<<20 {
		t.Errorf("a head takes %d bytes", took)
	}
}

// lying declares a long answer, and the connection is cut.
type lying struct{}

func (lying) Do(request *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: 200, Header: http.Header{}, Request: request, ProtoMajor: 1, ContentLength: answer.MaxBody,
		Body: io.NopCloser(io.MultiReader(strings.NewReader("{"), failing{io.ErrUnexpectedEOF})),
	}, nil
}

// TestTheInstancesCredentials are plain text, and so are the errors after which the SDK asks
// another way.
func TestTheInstancesCredentials(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.Method + " " + r.URL.Path {
		case "PUT /latest/api/token":
			w.Header().Set("X-Aws-Ec2-Metadata-Token-Ttl-Seconds", "21600")
			io.WriteString(w, "token")
		case "GET /latest/meta-data/iam/security-credentials/":
			io.WriteString(w, "node-role")
		case "GET /latest/meta-data/iam/security-credentials/node-role":
			io.WriteString(w, `{"Code":"Success","Type":"AWS-HMAC","AccessKeyId":"ASIANODE","SecretAccessKey":"s","Token":"t","Expiration":"2099-01-01T00:00:00Z"}`)
		default:
			http.Error(w, "<html>Not Found</html>", http.StatusNotFound)
		}
	}))
	defer server.Close()
	c := config(nil)
	c.HTTPClient = answer.Client(nil)
	keys, err := ec2rolecreds.New(func(o *ec2rolecreds.Options) {
		o.Client = imds.NewFromConfig(c, func(o *imds.Options) { o.Endpoint = server.URL })
	}).Retrieve(t.Context())
	if err != nil || keys.AccessKeyID != "ASIANODE" {
		t.Errorf("keys %q: %v", keys.AccessKeyID, err)
	}
}

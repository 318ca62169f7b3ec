package state_test

import (
	"bufio"
	"bytes"
	"crypto/md5"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"log"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"portolan/internal/state"
)

// fakeS3 is one bucket, "state", in the region eu-west-1. It keeps to what S3
// documents of conditional requests: 412 where a condition does not hold, 404 for a
// condition on an object that is not there. As S3 does under a bucket policy that
// asks for conditions, it denies writes and deletes without one.
type fakeS3 struct {
	mu       sync.Mutex
	objects  map[string][]byte
	types    map[string]string // of contents
	denied   map[string]bool   // actions of IAM
	pageSize int
	calls    []string // method and key
	// fault may answer a call in S3's place, before or after it has been done.
	fault func(method, key string) injected
}

type injected struct {
	status int
	code   string
	after  bool // do what was asked, then answer so
}

func newFakeS3() *fakeS3 {
	return &fakeS3{objects: map[string][]byte{}, types: map[string]string{}, denied: map[string]bool{}, pageSize: 1000}
}

// serve starts the bucket and returns the config for it.
func (f *fakeS3) serve(t testing.TB) aws.Config {
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	return configAt(server.URL)
}

// serveTLS does the same over TLS, where the SDK sends bodies in signed chunks.
func (f *fakeS3) serveTLS(t testing.TB) aws.Config {
	server := httptest.NewUnstartedServer(f)
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // of clients that go away
	server.StartTLS()
	t.Cleanup(server.Close)
	config := configAt(server.URL)
	config.HTTPClient = server.Client()
	return config
}

func configAt(url string) aws.Config {
	return aws.Config{
		Region: "eu-west-1", BaseEndpoint: &url,
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenSupported, // as the SDK's loader does
		Credentials:                credentials.NewStaticCredentialsProvider("AKIAIOSFODNN7EXAMPLE", "secret", ""),
		Retryer: func() aws.Retryer {
			return retry.NewStandard(func(o *retry.StandardOptions) {
				o.Backoff = retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) { return 0, nil })
			})
		},
	}
}

func (f *fakeS3) store(t testing.TB) state.Store {
	t.Helper()
	return open(t, "s3://state/some/prefix", f.serve(t))
}

func open(t testing.TB, setting string, config aws.Config) state.Store {
	t.Helper()
	store, err := state.Open(setting, config)
	if err != nil {
		t.Fatal(err)
	}
	return store
}

func (f *fakeS3) deny(actions ...string) *fakeS3 {
	for _, action := range actions {
		f.denied[action] = true
	}
	return f
}

func (f *fakeS3) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	bucket, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	body, err := bodyOf(r)
	if err != nil {
		refuse(w, 400, "IncompleteBody")
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = append(f.calls, r.Method+" "+key)
	var meant injected
	if f.fault != nil {
		meant = f.fault(r.Method, key)
	}
	switch {
	case meant.status != 0 && !meant.after:
		refuse(w, meant.status, meant.code)
	case !strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 "):
		refuse(w, 403, "AccessDenied")
	case bucket != "state":
		refuse(w, 404, "NoSuchBucket")
	case meant.status != 0:
		f.do(httptest.NewRecorder(), r, key, body)
		refuse(w, meant.status, meant.code)
	default:
		f.do(w, r, key, body)
	}
}

func (f *fakeS3) do(w http.ResponseWriter, r *http.Request, key string, body []byte) {
	present, exists := f.objects[key]
	match, noneMatch := r.Header.Get("If-Match"), r.Header.Get("If-None-Match")
	switch {
	case r.Method == http.MethodGet && key == "":
		f.list(w, r)
	case r.Method == http.MethodGet:
		f.get(w, key, r.Header.Get("Range"))
	case match == "" && noneMatch == "", f.denied[map[string]string{"PUT": "s3:PutObject", "DELETE": "s3:DeleteObject"}[r.Method]]:
		refuse(w, 403, "AccessDenied")
	case match != "" && noneMatch != "", noneMatch != "" && (noneMatch != "*" || r.Method != http.MethodPut):
		refuse(w, 501, "NotImplemented")
	case match != "" && f.denied["s3:GetObject"]:
		refuse(w, 403, "AccessDenied")
	case match != "" && !exists:
		refuse(w, 404, "NoSuchKey")
	case match != "" && match != tagOf(present), noneMatch != "" && exists:
		refuse(w, 412, "PreconditionFailed")
	case r.Method == http.MethodPut:
		f.objects[key], f.types[key] = body, r.Header.Get("Content-Type")
		w.Header().Set("ETag", tagOf(body))
	default:
		delete(f.objects, key)
		w.WriteHeader(http.StatusNoContent)
	}
}

func (f *fakeS3) get(w http.ResponseWriter, key, part string) {
	data, exists := f.objects[key]
	switch {
	case f.denied["s3:GetObject"], !exists && f.denied["s3:ListBucket"]:
		refuse(w, 403, "AccessDenied")
	case !exists:
		refuse(w, 404, "NoSuchKey")
	case part != "" && (part != "bytes=0-0" || len(data) == 0):
		refuse(w, 416, "InvalidRange")
	case part != "":
		w.Header().Set("ETag", tagOf(data))
		w.Header().Set("Content-Range", fmt.Sprintf("bytes 0-0/%d", len(data)))
		w.WriteHeader(http.StatusPartialContent)
		_, _ = w.Write(data[:1])
	default:
		w.Header().Set("ETag", tagOf(data))
		_, _ = w.Write(data)
	}
}

func (f *fakeS3) list(w http.ResponseWriter, r *http.Request) {
	if f.denied["s3:ListBucket"] {
		refuse(w, 403, "AccessDenied")
		return
	}
	type content struct{ Key string }
	var answer struct {
		XMLName               xml.Name `xml:"ListBucketResult"`
		IsTruncated           bool
		NextContinuationToken string
		Contents              []content
	}
	query := r.URL.Query()
	for _, key := range slices.Sorted(maps.Keys(f.objects)) {
		if !strings.HasPrefix(key, query.Get("prefix")) || key <= query.Get("continuation-token") {
			continue
		}
		if answer.IsTruncated = len(answer.Contents) == f.pageSize; answer.IsTruncated {
			answer.NextContinuationToken = answer.Contents[len(answer.Contents)-1].Key
			break
		}
		answer.Contents = append(answer.Contents, content{key})
	}
	_ = xml.NewEncoder(w).Encode(answer)
}

func refuse(w http.ResponseWriter, status int, code string) {
	w.Header().Set("x-amz-bucket-region", "eu-west-1")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, "<Error><Code>%s</Code><Message>S3 says %s</Message></Error>", code, code)
}

func tagOf(data []byte) string {
	sum := md5.Sum(data)
	return `"` + hex.EncodeToString(sum[:]) + `"`
}

// bodyOf returns the whole body after it has checked the checksum, or an error.
func bodyOf(r *http.Request) ([]byte, error) {
	sum := r.Header.Get("x-amz-checksum-crc32")
	body, err := io.ReadAll(r.Body)
	if err == nil && r.Header.Get("x-amz-content-sha256") == "STREAMING-UNSIGNED-PAYLOAD-TRAILER" {
		body, sum, err = unchunk(body)
	}
	if err != nil || r.Method != http.MethodPut {
		return body, err
	}
	var want [4]byte
	binary.BigEndian.PutUint32(want[:], crc32.ChecksumIEEE(body))
	if sum != base64.StdEncoding.EncodeToString(want[:]) {
		return nil, errors.New("wrong checksum")
	}
	return body, nil
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
func unchunk(coded []byte) (body []byte, sum string, err error) {
	in := bufio.NewReader(bytes.NewReader(coded))
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return nil, "", err
		}
		size, err := strconv.ParseInt(strings.TrimSpace(line), 16, 64)
		if err != nil {
			return nil, "", err
		}
		if size == 0 {
			break
		}
		chunk := make([]byte, size+2)
		if _, err := io.ReadFull(in, chunk); err != nil {
			return nil, "", err
		}
		body = append(body, chunk[:size]...)
	}
	trailer, err := in.ReadString('\n')
	_, sum, _ = strings.Cut(strings.TrimSpace(trailer), ":")
	return body, sum, err
}

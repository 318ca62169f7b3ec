package state_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"portolan/internal/aws/awserr"
	"portolan/internal/state"
)

const lostAnswer = 500

func TestS3RefusalsSayWhatToDo(t *testing.T) {
	t.Parallel()
	get := func(s state.Store, t *testing.T) error { _, _, err := s.Get(t.Context(), "x"); return err }
	put := func(s state.Store, t *testing.T) error {
		_, err := s.Put(t.Context(), "x", []byte("x"), "")
		return err
	}
	replace := func(s state.Store, t *testing.T) error {
		_, err := s.Put(t.Context(), "x", []byte("x"), "v")
		return err
	}
	remove := func(s state.Store, t *testing.T) error { return s.Delete(t.Context(), "x", "v") }
	list := func(s state.Store, t *testing.T) error { _, err := s.List(t.Context(), "x"); return err }
	says := func(status int, code string) func(string, string) injected {
		return func(string, string) injected { return injected{status: status, code: code} }
	}
	const fixGet = "allow s3:GetObject on the objects of s3://state/p/*, and s3:ListBucket on the bucket: without the latter S3 " +
		"answers the same for an object that does not exist, so nothing is known about it"
	tests := map[string]struct {
		bucket string
		denied []string
		fault  func(string, string) injected
		call   func(state.Store, *testing.T) error
		class  awserr.Class
		want   string
	}{
		"read denied":                {call: get, denied: []string{"s3:GetObject"}, class: awserr.Denied, want: "s3:GetObject s3://state/p/x: AccessDenied: S3 says AccessDenied; " + fixGet},
		"nothing there, unlisted":    {call: get, denied: []string{"s3:ListBucket"}, class: awserr.Denied, want: "s3:GetObject s3://state/p/x: AccessDenied: S3 says AccessDenied; " + fixGet},
		"write denied":               {call: put, denied: []string{"s3:PutObject"}, class: awserr.Denied, want: "s3:PutObject s3://state/p/x: AccessDenied: S3 says AccessDenied; allow s3:PutObject and s3:GetObject on the objects of s3://state/p/*"},
		"conditional write denied":   {call: replace, denied: []string{"s3:GetObject"}, class: awserr.Denied, want: "s3:PutObject s3://state/p/x: AccessDenied: S3 says AccessDenied; allow s3:PutObject and s3:GetObject on the objects of s3://state/p/*"},
		"delete denied":              {call: remove, denied: []string{"s3:DeleteObject"}, class: awserr.Denied, want: "s3:DeleteObject s3://state/p/x: AccessDenied: S3 says AccessDenied; allow s3:DeleteObject and s3:GetObject on the objects of s3://state/p/*"},
		"list denied":                {call: list, denied: []string{"s3:ListBucket"}, class: awserr.Denied, want: "s3:ListBucket s3://state/p/x: AccessDenied: S3 says AccessDenied; allow s3:ListBucket on the bucket state"},
		"no bucket to read":          {call: get, bucket: "other", class: awserr.NotFound, want: "s3:GetObject s3://other/p/x: NoSuchBucket: S3 says NoSuchBucket; create the bucket other, or name another in PORTOLAN_STATE"},
		"no bucket to write":         {call: replace, bucket: "other", class: awserr.NotFound, want: "s3:PutObject s3://other/p/x: NoSuchBucket: S3 says NoSuchBucket; create the bucket other, or name another in PORTOLAN_STATE"},
		"no bucket to delete in":     {call: remove, bucket: "other", class: awserr.NotFound, want: "s3:DeleteObject s3://other/p/x: NoSuchBucket: S3 says NoSuchBucket; create the bucket other, or name another in PORTOLAN_STATE"},
		"no bucket to list":          {call: list, bucket: "other", class: awserr.NotFound, want: "s3:ListBucket s3://other/p/x: NoSuchBucket: S3 says NoSuchBucket; create the bucket other, or name another in PORTOLAN_STATE"},
		"another region":             {call: get, fault: says(301, "PermanentRedirect"), class: awserr.Failed, want: "s3:GetObject s3://state/p/x: PermanentRedirect: S3 says PermanentRedirect; set AWS_REGION to the region of the bucket, eu-west-1"},
		"conditions not known":       {call: put, fault: says(501, "NotImplemented"), class: awserr.Unsupported, want: "s3:PutObject s3://state/p/x: NotImplemented: S3 says NotImplemented; the state needs a store with conditional writes, as Amazon S3 has"},
		"credentials that ended":     {call: put, fault: says(400, "ExpiredToken"), class: awserr.Expired, want: "s3:PutObject s3://state/p/x: ExpiredToken: S3 says ExpiredToken; renew the credentials that the program starts with"},
		"too many calls, to the end": {call: put, fault: says(503, "SlowDown"), class: awserr.Throttled, want: "s3:PutObject s3://state/p/x: SlowDown: S3 says SlowDown"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s3 := newFakeS3().deny(tt.denied...)
			s3.fault = tt.fault
			if tt.bucket == "" {
				tt.bucket = "state"
			}
			err := tt.call(open(t, "s3://"+tt.bucket+"/p", s3.serve(t)), t)
			if err == nil || err.Error() != tt.want {
				t.Errorf("error %v\nwant  %s", err, tt.want)
			}
			if got := awserr.ClassOf(err); got != tt.class {
				t.Errorf("class %q, want %q", got, tt.class)
			}
			if errors.Is(err, state.ErrNotFound) || errors.Is(err, state.ErrConflict) {
				t.Errorf("%v counts as an answer about the object", err)
			}
		})
	}
}

func TestS3Unreachable(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(nil)
	config := configAt(server.URL)
	server.Close()
	_, _, err := open(t, "s3://state", config).Get(t.Context(), "x")
	if awserr.ClassOf(err) != awserr.Unreachable || !strings.Contains(err.Error(), "check the network path to S3") {
		t.Errorf("class %q of %v", awserr.ClassOf(err), err)
	}
}

// An answer that is cut off is not a blob.
func TestS3CutAnswer(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("ETag", `"x"`)
		w.Header().Set("Content-Length", "100")
		_, _ = w.Write([]byte("the beginning"))
	}))
	t.Cleanup(server.Close)
	data, version, err := open(t, "s3://state", configAt(server.URL)).Get(t.Context(), "x")
	if awserr.ClassOf(err) != awserr.Unreachable || data != nil || version != "" {
		t.Errorf("Get = %q, %q, %v", data, version, err)
	}
}

// A store without ETags has no versions, and "" must not be taken for one.
func TestS3WithoutVersions(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(server.Close)
	store := open(t, "s3://state", configAt(server.URL))
	_, _, getErr := store.Get(t.Context(), "x")
	_, putErr := store.Put(t.Context(), "x", nil, "")
	for verb, err := range map[string]error{"Get": getErr, "Put": putErr} {
		if err == nil || !strings.Contains(err.Error(), "s3://state/x: the answer has no ETag") {
			t.Errorf("%s: %v", verb, err)
		}
	}
}

func TestS3ConflictsOfConcurrentRequests(t *testing.T) {
	t.Parallel()
	s3 := newFakeS3()
	store := s3.store(t)
	version, err := store.Put(t.Context(), "x", []byte("x"), "")
	if err != nil {
		t.Fatal(err)
	}
	s3.fault = func(method, _ string) injected {
		if method == "GET" {
			return injected{}
		}
		return injected{status: 409, code: "ConditionalRequestConflict"}
	}
	_, err = store.Put(t.Context(), "x", []byte("y"), version)
	if !errors.Is(err, state.ErrConflict) {
		t.Errorf("Put: %v, want ErrConflict", err)
	}
	if err := store.Delete(t.Context(), "x", version); !errors.Is(err, state.ErrConflict) {
		t.Errorf("Delete: %v, want ErrConflict", err)
	}
}

// If the answer of a write is lost, the SDK sends the write again, and finds its own result.
func TestS3LostAnswers(t *testing.T) {
	t.Parallel()
	lose := func(s3 *fakeS3) {
		lost := false
		s3.fault = func(method, _ string) injected {
			if lost || method == "GET" {
				return injected{}
			}
			lost = true
			return injected{status: lostAnswer, code: "InternalError", after: true}
		}
	}
	s3 := newFakeS3()
	store := s3.store(t)

	lose(s3)
	first, err := store.Put(t.Context(), "x", []byte("first"), "")
	if err != nil {
		t.Fatalf("make: %v", err)
	}
	lose(s3)
	second, err := store.Put(t.Context(), "x", []byte("second"), first)
	if err != nil {
		t.Fatalf("replace: %v", err)
	}
	data, version, err := store.Get(t.Context(), "x")
	if err != nil || string(data) != "second" || version != second {
		t.Errorf("Get = %q, %q, %v; want second, %q", data, version, err, second)
	}
	lose(s3)
	if err := store.Delete(t.Context(), "x", second); err != nil {
		t.Errorf("delete: %v", err)
	}
	if puts := slices.DeleteFunc(s3.calls, func(c string) bool { return !strings.HasPrefix(c, "PUT") }); len(puts) != 4 {
		t.Errorf("calls %q, want each write twice", puts)
	}
}

// What another wrote between the two attempts is not taken for the own write.
func TestS3LostRace(t *testing.T) {
	t.Parallel()
	s3 := newFakeS3()
	store := s3.store(t)
	s3.fault = func(method, key string) injected {
		if method != "PUT" || s3.objects[key] != nil {
			return injected{}
		}
		s3.objects[key] = []byte("another")
		return injected{status: lostAnswer, code: "InternalError"}
	}
	if version, err := store.Put(t.Context(), "x", []byte("own"), ""); !errors.Is(err, state.ErrConflict) {
		t.Errorf("Put = %q, %v, want ErrConflict", version, err)
	}
}

// A browser shows a page only if S3 says that it is one.
func TestS3KnowsAPage(t *testing.T) {
	t.Parallel()
	s3 := newFakeS3()
	store := open(t, "s3://state", s3.serve(t))
	for name, want := range map[string]string{"runs/1.html": "text/html; charset=utf-8", "latest.json": "application/octet-stream"} {
		if _, err := store.Put(t.Context(), name, []byte("x"), ""); err != nil || s3.types[name] != want {
			t.Errorf("%s is %q, want %q: %v", name, s3.types[name], want, err)
		}
	}
}

// A gateway's answer says nothing about an object: not that it does not exist, that
// another has written it, or that it was written or removed.
func TestS3BehindAGateway(t *testing.T) {
	t.Parallel()
	for _, status := range []int{200, 403, 404, 409, 410, 412} {
		for name, body := range map[string]string{"a page": "<html><body>blocked</body></html>", "nothing": ""} {
			if status == 200 && body == "" {
				continue // as a store that has no versions
			}
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "text/html")
				w.WriteHeader(status)
				_, _ = w.Write([]byte(body))
			}))
			config := configAt(server.URL)
			config.Retryer = func() aws.Retryer { return aws.NopRetryer{} }
			store := open(t, "s3://state", config)
			_, _, getErr := store.Get(t.Context(), "x")
			_, putErr := store.Put(t.Context(), "x", []byte("x"), "")
			_, listErr := store.List(t.Context(), "")
			for verb, err := range map[string]error{"Get": getErr, "Put": putErr, "Delete": store.Delete(t.Context(), "x", "v"), "List": listErr} {
				if awserr.ClassOf(err) != awserr.Failed || errors.Is(err, state.ErrNotFound) || errors.Is(err, state.ErrConflict) {
					t.Errorf("%s, %d with %s: %v is %q", verb, status, name, err, awserr.ClassOf(err))
				}
			}
			server.Close()
		}
	}
}

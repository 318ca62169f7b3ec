package awssim

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// Everything that the SDK signs is accepted, and nothing else.
func FuzzSignature(f *testing.F) {
	f.Add("/2017-03-31/tags/arn:aws:lambda:eu-west-1:1:function:a", "tagging=&a-b=2&a=1", "lambda", "{}", " a  b ")
	f.Add("/bucket name+é", "prefix=a+b%2F", "s3", "", "")
	f.Add("", "", "sts", "Action=GetCallerIdentity", "x")
	f.Fuzz(func(t *testing.T, path, query, service, body, header string) {
		values, err := url.ParseQuery(query)
		address := url.URL{Scheme: "http", Host: "127.0.0.1:1", Path: "/" + path, RawQuery: values.Encode()}
		if err != nil || service == "" || !validText(service) || !validText(header) {
			return
		}
		request := httptest.NewRequest(http.MethodPost, "/", nil)
		request.URL, request.Host = &address, address.Host
		request.Header.Set("X-Amz-Note", header)
		sum := sha256.Sum256([]byte(body))
		keys := aws.Credentials{AccessKeyID: "AKIA0", SecretAccessKey: "secret"}
		err = v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = service == "s3" }).
			SignHTTP(t.Context(), keys, request, hex.EncodeToString(sum[:]), service, "eu-west-1", time.Unix(1_750_000_000, 0))
		if err != nil {
			t.Fatal(err)
		}
		signed, ok := readSignature(request.Header.Get("Authorization"))
		if !ok || signed.service != service || signed.keyID != "AKIA0" {
			t.Fatalf("cannot read %q", request.Header.Get("Authorization"))
		}
		if !signed.made(request, []byte(body), "secret") {
			t.Error("a good signature was refused")
		}
		if signed.made(request, []byte(body), "other") || signed.made(request, []byte(body+" "), "secret") {
			t.Error("a bad signature was accepted")
		}
		request.Header.Set("X-Amz-Note", header+"!")
		if signed.made(request, []byte(body), "secret") {
			t.Error("a signature of another header was accepted")
		}
	})
}

// validText is what can stand in a header and in a scope.
func validText(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == ',' || c == '/' {
			return false
		}
	}
	return true
}

// No request makes the server fall over.
func FuzzRequest(f *testing.F) {
	s, err := New(Plan{Accounts: 2}.Generate(), Options{RememberCalls: -1})
	if err != nil {
		f.Fatal(err)
	}
	f.Add("AWS4-HMAC-SHA256 Credential=AKIAPORTOLANSIMULATE/20250101/eu-west-1/ec2/aws4_request, SignedHeaders=host, Signature=0", "/", "Action=x", "a.b", "t")
	f.Fuzz(func(t *testing.T, authorization, path, body, target, token string) {
		address := &url.URL{Path: path}
		request := httptest.NewRequest(http.MethodPost, "/", nil)
		request.URL = address
		for name, value := range map[string]string{"Authorization": authorization, "X-Amz-Target": target, "X-Amz-Security-Token": tokenPrefix + token} {
			request.Header.Set(name, value)
		}
		response := httptest.NewRecorder()
		if s.ServeHTTP(response, request); response.Code < 400 {
			t.Errorf("answered %d", response.Code)
		}
	})
}

func TestScrambleCanBeUndone(t *testing.T) {
	t.Parallel()
	for _, index := range []int{0, 1, 2, 999, 1 << 30} {
		for _, seed := range []uint64{0, 1, 1<<63 + 12345} {
			if got := unscramble(scramble(index, seed), seed); got != uint64(index) {
				t.Errorf("want %d, got %d", index, got)
			}
		}
	}
}

func TestMatches(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		pattern, action string
		want            bool
	}{
		{"*", "ec2:DescribeInstances", true},
		{"ec2:*", "ec2:DescribeInstances", true},
		{"ec2:describe*s", "ec2:DescribeInstances", true},
		{"ec2:Describe*us", "ec2:DescribeInstances", false},
		{"ec2:Describe?nstances", "ec2:DescribeInstances", true},
		{"ec2:DescribeInstance", "ec2:DescribeInstances", false},
		{"ec2:DescribeInstances?", "ec2:DescribeInstances", false},
		{"*:*:*", "ec2:DescribeInstances", false},
		{"s3:*", "ec2:DescribeInstances", false},
	} {
		if got := matches(test.pattern, test.action); got != test.want {
			t.Errorf("%s and %s: want %t", test.pattern, test.action, test.want)
		}
	}
}

package kinds_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/go-cmp/cmp"

	"portolan/internal/aws/kind"
	"portolan/internal/aws/kinds"
)

// askedOf tells by the archive's bucket where each of its calls went.
func askedOf(r *replay, bucket string) map[string]bool {
	hosts := make(map[string]bool)
	for i, u := range r.urls {
		if r.calls[i] != "ListBuckets" && (strings.HasPrefix(u.Host, bucket+".") || strings.HasPrefix(u.Path, "/"+bucket)) {
			hosts[u.Host] = true
		}
	}
	return hosts
}

func TestBucketIsAskedInItsRegion(t *testing.T) {
	t.Parallel()
	r := newReplay(t, kinds.S3Bucket)
	if _, errs := r.read(kinds.S3Bucket, kinds.S3Bucket.OptionalNames()...); len(errs) > 0 {
		t.Fatal(errs)
	}
	want := map[string]bool{"logs.s3.us-west-2.amazonaws.com": true}
	if diff := cmp.Diff(want, askedOf(r, "logs")); diff != "" {
		t.Errorf("hosts (-want +got):\n%s", diff)
	}
	// A name with dots would not fit the certificate of *.s3.….
	want = map[string]bool{"s3.us-east-1.amazonaws.com": true}
	if diff := cmp.Diff(want, askedOf(r, "bare.example.com")); diff != "" {
		t.Errorf("hosts (-want +got):\n%s", diff)
	}
}

func TestBucketsOfAnEndpointOfOnesOwn(t *testing.T) {
	t.Parallel()
	r := newReplay(t, kinds.S3Bucket)
	target := r.target()
	target.Config.BaseEndpoint = aws.String("http://localhost:5000")
	var regions []string
	r.spoil = func(operation string, _ int, request *http.Request) *reply {
		if operation == "GetBucketTagging" {
			// AWS4-HMAC-SHA256 Credential=<key>/<date>/<region>/s3/aws4_request, …
			regions = append(regions, strings.Split(request.Header.Get("Authorization"), "/")[2])
		}
		return nil
	}
	documents, errs := r.readIn(target, kinds.S3Bucket)
	if len(documents) != 2 || len(errs) > 0 {
		t.Errorf("%d documents, errors %v", len(documents), errs)
	}
	for i, u := range r.urls {
		if u.Host != "localhost:5000" {
			t.Errorf("%s went to %s", r.calls[i], u)
		}
	}
	if diff := cmp.Diff([]string{"us-west-2", "us-east-1"}, regions); diff != "" {
		t.Errorf("signed for regions (-want +got):\n%s", diff)
	}
	if got := r.urls[len(r.urls)-1].Path; got != "/bare.example.com" {
		t.Errorf("the path is %q, want the bucket's name in it", got)
	}
}

// TestBucketOfUnknownRegion is one of an emulator that does not tell it.
func TestBucketOfUnknownRegion(t *testing.T) {
	t.Parallel()
	r := newReplay(t, kinds.S3Bucket)
	r.spoil = func(operation string, _ int, _ *http.Request) *reply {
		if operation == "ListBuckets" {
			return &reply{http.StatusOK, "<ListAllMyBucketsResult><Buckets><Bucket><Name>logs</Name></Bucket></Buckets></ListAllMyBucketsResult>"}
		}
		return nil
	}
	documents, errs := r.read(kinds.S3Bucket)
	if len(documents) != 1 || len(errs) > 0 {
		t.Errorf("documents %v, errors %v", documents, errs)
	}
	if diff := cmp.Diff(map[string]bool{"logs.s3.us-east-1.amazonaws.com": true}, askedOf(r, "logs")); diff != "" {
		t.Errorf("hosts (-want +got):\n%s", diff)
	}
}

func TestBucketARNsOfPartitions(t *testing.T) {
	t.Parallel()
	for partition, want := range map[string]string{"aws": "arn:aws:s3:::logs", "aws-cn": "arn:aws-cn:s3:::logs", "aws-us-gov": "arn:aws-us-gov:s3:::logs"} {
		r := newReplay(t, kinds.S3Bucket)
		target := r.target()
		target.Partition = partition
		documents, _ := r.readIn(target, kinds.S3Bucket)
		if got := documents[0]["Properties"].(kind.Object)["Arn"]; got != want {
			t.Errorf("the ARN in %s is %v, want %s", partition, got, want)
		}
	}
}

// TestBucketThatIsGone stays, as far as a call about a configuration goes: only the
// listing says what exists.
func TestBucketThatIsGone(t *testing.T) {
	t.Parallel()
	r := newReplay(t, kinds.S3Bucket)
	r.spoil = func(operation string, n int, request *http.Request) *reply {
		if operation == "GetBucketEncryption" && n == 1 {
			return refusal(request, http.StatusNotFound, "NoSuchBucket", "The specified bucket does not exist")
		}
		return nil
	}
	documents, errs := r.read(kinds.S3Bucket, "GetBucketEncryptionAction")
	var lack *kind.LackError
	if len(documents) != 2 || len(errs) != 1 || !errors.As(errs[0], &lack) || lack.ID != "logs" {
		t.Fatalf("documents %v, errors %v", documents, errs)
	}
	for _, document := range documents {
		properties := document["Properties"].(kind.Object)
		if _, has := properties["BucketEncryption"]; has {
			t.Errorf("what remains is %v", properties)
		}
	}
}

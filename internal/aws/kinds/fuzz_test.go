package kinds_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"portolan/internal/aws/kind"
	"portolan/internal/aws/kinds"
)

// The fuzz tests return any bytes as the answer to every call of a kind, for one kind in each
// protocol. A reading has documents or errors. It is complete and empty only if the bytes are
// an answer of the operation that lists nothing.

func FuzzJSON(f *testing.F) {
	fuzz(f, kinds.SQSQueue, "QueueUrls", `{"QueueUrls":["https://sqs.us-east-1.amazonaws.com/1/a"]}`, `{"NextToken":"x"}`, `{"QueueUrls":[],"NextToken":null}`)
}

func FuzzJSONInLowerCase(f *testing.F) {
	fuzz(f, kinds.CodeBuildProject, "projects", `{"projects":["a"]}`, `{"projects":[]}`)
}

func FuzzRESTJSON(f *testing.F) {
	fuzz(f, kinds.LambdaFunction, "Functions", `{"Functions":[{"FunctionName":"a"}],"NextMarker":null}`, `{"Functions":[{}]}`)
}

func FuzzQuery(f *testing.F) {
	fuzz(f, kinds.RDSDBInstance, "<DescribeDBInstancesResponse", `<DescribeDBInstancesResponse><DescribeDBInstancesResult><DBInstances><DBInstance><DBInstanceArn>a</DBInstanceArn></DBInstance></DBInstances></DescribeDBInstancesResult></DescribeDBInstancesResponse>`,
		`<DescribeDBInstancesResponse><DescribeDBInstancesResult/></DescribeDBInstancesResponse>`, `<DescribeDBInstancesResponse/>`)
}

func FuzzEC2(f *testing.F) {
	fuzz(f, kinds.EC2Volume, "<DescribeVolumesResponse", `<DescribeVolumesResponse><volumeSet><item><volumeId>v</volumeId></item></volumeSet></DescribeVolumesResponse>`,
		`<DescribeVolumesResponse><volumeSet/></DescribeVolumesResponse>`)
}

func FuzzS3(f *testing.F) {
	fuzz(f, kinds.S3Bucket, "<ListAllMyBucketsResult", `<ListAllMyBucketsResult><Buckets><Bucket><Name>a</Name></Bucket></Buckets></ListAllMyBucketsResult>`,
		`<ListAllMyBucketsResult><Buckets/></ListAllMyBucketsResult>`)
}

func fuzz(f *testing.F, k *kind.Kind, mark string, seeds ...string) {
	for _, seed := range append(seeds, "", "{}", "[]", "null", "<html><body>blocked</body></html>", `{"error":{"code":"NotFound"}}`, "\x00\x01", `{"a":`+strings.Repeat("[", 20_000)) {
		f.Add([]byte(seed), 200)
		f.Add([]byte(seed[:len(seed)/2]), 200)
		f.Add([]byte(seed), 404)
	}
	f.Fuzz(func(t *testing.T, body []byte, status int) {
		if status < 200 || status > 599 {
			status = 200
		}
		r := newReplay(t, k)
		r.spoil = func(_ string, n int, _ *http.Request) *reply {
			if n > 20 { // the bytes may have a token
				return &reply{http.StatusForbidden, "{}"}
			}
			return &reply{status, string(body)}
		}
		documents, errs := r.read(k, k.OptionalNames()...)
		if len(documents) > 0 || len(errs) > 0 {
			return
		}
		if status >= 300 || !listsNothing(body, mark) {
			t.Errorf("status %d with %q counts as an empty list", status, body)
		}
	})
}

// listsNothing says whether an answer is complete, and of the operation.
func listsNothing(body []byte, mark string) bool {
	if !strings.HasPrefix(mark, "<") {
		var members map[string]json.RawMessage
		if json.Unmarshal(body, &members) != nil || members == nil {
			return false
		}
		for name := range members {
			if strings.EqualFold(name, mark) || strings.EqualFold(name, "NextToken") || strings.EqualFold(name, "NextMarker") {
				return true
			}
		}
		return len(members) == 0
	}
	decoder := xml.NewDecoder(bytes.NewReader(body))
	for {
		if _, err := decoder.Token(); errors.Is(err, io.EOF) {
			return bytes.Contains(body, []byte(mark[1:]))
		} else if err != nil {
			return false
		}
	}
}

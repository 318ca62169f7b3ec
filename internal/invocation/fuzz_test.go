package invocation_test

import (
	"strings"
	"testing"

	"portolan/internal/invocation"
)

// FuzzParse shows that a payload is either understood, and then stands every
// check, or refused in few words.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		``, `null`, `{}`, `[]`, `{"action":"resync"}`, `{"kinds":["AWS::S3::Bucket"],"allowMassDelete":true}`,
		`{"version":"0","source":"aws.events","detail-type":"Scheduled Event","detail":{}}`, `{"accounts":[1]}`, `{"kindz":1}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		request, err := invocation.Parse(payload)
		if err == nil {
			if err := request.Check(nil); err != nil {
				t.Errorf("%q is taken and then refused: %v", payload, err)
			}
			return
		}
		for line := range strings.SplitSeq(err.Error(), "\n") {
			if len(line) > 1000 {
				t.Errorf("%q is refused in %d bytes", payload, len(line))
			}
		}
	})
}

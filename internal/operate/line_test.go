package operate

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestLine(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.Local)
	const stamped = "2026-01-02 03:04:05 "
	tests := map[string]struct{ message, want string }{
		"plain":              {"hello\n", stamped + "hello"},
		"of the function":    {`{"time":"` + at.Format(time.RFC3339Nano) + `","level":"INFO","msg":"run ended","run":"r 1","seconds":1.5,"of":{"a":null,"b":["x"]}}`, stamped + `INFO   run ended of.a="" of.b=["x"] run="r 1" seconds=1.5`},
		"of Lambda":          {`{"time":"` + at.Format(time.RFC3339Nano) + `","type":"platform.report","record":{"requestId":"q","metrics":{"durationMs":12.5,"maxMemoryUsedMB":64},"status":"success"}}`, stamped + "LAMBDA platform.report metrics.durationMs=12.5 metrics.maxMemoryUsedMB=64 requestId=q status=success"},
		"metrics":            {`{"_aws":{"Timestamp":1},"Integration":"my-aws","RunsCompleted":1,"RunsFailed":0,"level":"INFO","timestamp":"x","run":"r","status":"completed"}`, stamped + "METRIC Integration=my-aws RunsCompleted=1 run=r status=completed"},
		"JSON without words": {`{"a":1}`, stamped + "       a=1"},
		"a list":             {`[1]`, stamped + "[1]"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, line(test.message, at)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

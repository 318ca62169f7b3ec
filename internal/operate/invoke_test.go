package operate_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/doctor"
	"portolan/internal/report"
)

func reportOf(t *testing.T, status report.Status) string {
	t.Helper()
	text, err := json.Marshal(report.Report{
		Head: report.Head{
			Run: "run-1", Status: status, Integration: "my-aws", Reason: "2 cells not read", Started: time.Now(), Finished: time.Now(),
		},
		Reading: report.Reading{
			Total: report.Counts{Fetched: 1284}, Kinds: []report.Kind{{Kind: "AWS::SQS::Queue"}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func functionCloud(t *testing.T, answer func(request) reply) *cloud {
	return newCloud(t, map[string]func(request) reply{"cloudformation:DescribeStacks": installed(), "lambda:Invoke": answer})
}

func TestInvoke(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		args    []string
		payload string
	}{
		"everything": {[]string{"invoke"}, `{"action":"resync"}`},
		"a plan":     {[]string{"plan"}, `{"action":"plan"}`},
		"narrowed": {[]string{"invoke", "--kinds", "AWS::S3::Bucket", "--accounts", account, "--regions", region, "--force", "--allow-mass-delete", "--take-ownership"},
			`{"accounts":["111122223333"],"action":"resync","allowMassDelete":true,"force":true,"kinds":["AWS::S3::Bucket"],"regions":["eu-west-1"],"takeOwnership":true}`},
		"a payload":      {[]string{"invoke", "--payload", `{"kinds":["AWS::S3::Bucket"]}`}, `{"action":"resync","kinds":["AWS::S3::Bucket"]}`},
		"of a plan":      {[]string{"plan", "--payload", `{"kinds":["AWS::S3::Bucket"]}`}, `{"action":"plan","kinds":["AWS::S3::Bucket"]}`},
		"no payload":     {[]string{"invoke", "--payload", ""}, `{"action":"resync"}`},
		"another stack":  {[]string{"invoke", "--stack", "Portolan"}, `{"action":"resync"}`},
		"another region": {[]string{"invoke", "--region", region}, `{"action":"resync"}`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := functionCloud(t, func(request) reply { return ok(reportOf(t, report.Completed)) })
			c.operate("", test.args...).says(t, 0, function+" runs with "+test.payload, "Run run-1 of my-aws: COMPLETED", "1,284 resources", "AWS::SQS::Queue")
			if diff := cmp.Diff(test.payload, c.last().Payload); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestInvokeExitsAsTheRun(t *testing.T) {
	t.Parallel()
	for status, code := range map[report.Status]int{
		report.Completed: 0, report.Yielded: 0, report.Incomplete: 3, report.Aborted: 3, report.Failed: 1,
	} {
		t.Run(string(status), func(t *testing.T) {
			t.Parallel()
			c := functionCloud(t, func(request) reply { return ok(reportOf(t, status)) })
			got := c.operate("", "invoke", "--output", "json")
			got.says(t, code)
			var back report.Report
			if err := json.Unmarshal([]byte(got.out), &back); err != nil || back.Status != status {
				t.Errorf("%v: %s", err, got.out)
			}
		})
	}
}

func TestInvokeKeepsThePage(t *testing.T) {
	t.Parallel()
	c := functionCloud(t, func(request) reply { return ok(reportOf(t, report.Completed)) })
	file := filepath.Join(t.TempDir(), "report.html")
	c.operate("", "invoke", "--report", file).says(t, 0)
	if text, err := os.ReadFile(file); err != nil || !strings.HasPrefix(string(text), "<!doctype html>") {
		t.Errorf("the page is %.80s: %v", text, err)
	}
	c.operate("", "invoke", "--report", "report.pdf").says(t, 2, "it should end in .html or .json")
}

// TestInvokeIsNotRepeated has AWS fail in every way that a client repeats by default.
func TestDoctor(t *testing.T) {
	t.Parallel()
	text, err := json.Marshal(doctor.Refuse("1.0", errors.New("a setting is wrong")))
	if err != nil {
		t.Fatal(err)
	}
	c := functionCloud(t, func(request) reply { return ok(string(text)) })
	c.operate("", "doctor", "--accounts", account, "--every-region").says(t, 2, "a setting is wrong")
	if diff := cmp.Diff(`{"accounts":["111122223333"],"action":"doctor","everyRegion":true}`, c.last().Payload); diff != "" {
		t.Error(diff)
	}
}

func TestInvokeIsNotRepeated(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		answer func(request) reply
		says   []string
	}{
		"busy": {func(request) reply {
			return reply{http.StatusTooManyRequests, map[string]string{"X-Amzn-Errortype": "TooManyRequestsException"}, `{"message":"Rate Exceeded.","Reason":"ReservedFunctionConcurrentInvocationLimitExceeded"}`}
		}, []string{function + " is busy, most likely with another run"}},
		"a fault": {func(request) reply {
			return reply{http.StatusInternalServerError, map[string]string{"X-Amzn-Errortype": "ServiceException"}, `{"message":"no"}`}
		}, []string{"lambda:InvokeFunction: ServiceException: no", "if the run was started, make logs shows it"}},
		"throttled": {func(request) reply {
			return reply{http.StatusBadRequest, map[string]string{"X-Amzn-Errortype": "ThrottlingException"}, `{"message":"slow"}`}
		}, []string{"ThrottlingException"}},
		"denied": {func(request) reply {
			return reply{http.StatusForbidden, map[string]string{"X-Amzn-Errortype": "AccessDeniedException"}, `{"message":"no"}`}
		}, []string{"allow lambda:InvokeFunction to the identity"}},
		"gone": {func(request) reply {
			return reply{http.StatusNotFound, map[string]string{"X-Amzn-Errortype": "ResourceNotFoundException"}, `{"Message":"Function not found"}`}
		}, []string{"the function " + function + " of the stack Portolan no longer exists"}},
		"a failed run": {func(request) reply {
			return reply{http.StatusOK, map[string]string{"X-Amz-Function-Error": "Unhandled"}, `{"errorMessage":"the settings are wrong:\nOCEAN__X is not a setting","errorType":"wrapError"}`}
		}, []string{"the run failed: the settings are wrong:\n  OCEAN__X is not a setting", "make logs shows more"}},
		"killed": {func(request) reply {
			return reply{http.StatusOK, map[string]string{"X-Amz-Function-Error": "Unhandled"}, `{"errorType":"Sandbox.Timedout","errorMessage":"Task timed out after 900.00 seconds"}`}
		}, []string{"Task timed out after 900.00 seconds"}},
		"no report":    {func(request) reply { return ok(`{"hello":"world"}`) }, []string{`the function's answer is not a report: {"hello":"world"}`}},
		"a broken one": {func(request) reply { return ok(`{"run":"r`) }, []string{"the function's answer is not a report"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := functionCloud(t, test.answer)
			c.operate("", "invoke").says(t, 1, test.says...)
			if made := strings.Join(c.made(), " "); made != "cloudformation:DescribeStacks lambda:Invoke" {
				t.Errorf("calls: %s", made)
			}
		})
	}
}

func TestInvokeIsStopped(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	c := functionCloud(t, func(request) reply {
		stop()
		return ok("{}")
	})
	c.operateIn(ctx, nil, "invoke").says(t, 1, "the run goes on; make logs shows it")
}

func TestInvokeWithWrongWords(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		args []string
		says string
	}{
		"output":             {[]string{"--output", "xml"}, "table or json"},
		"payload":            {[]string{"--payload", "{"}, "the payload is not a JSON object"},
		"a key":              {[]string{"--payload", `{"kindz":[]}`}, "kinds"},
		"flags and payload":  {[]string{"--payload", "{}", "--kinds", "AWS::S3::Bucket"}, "--payload and --kinds are both set"},
		"an account":         {[]string{"--accounts", "1"}, "twelve digits"},
		"an unknown command": {[]string{"--kindz"}, "kindz"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			newCloud(t, nil).operate("", append([]string{"invoke"}, test.args...)...).says(t, 2, test.says)
		})
	}
}

func TestRegion(t *testing.T) {
	t.Parallel()
	c := newCloud(t, nil)
	c.noRegion = true
	c.operate("", "invoke").says(t, 1, "no AWS region is set; set AWS_REGION, or give --region")
}

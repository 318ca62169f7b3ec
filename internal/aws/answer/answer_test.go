package answer_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/codebuild"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go/middleware"

	"portolan/internal/aws/answer"
	"portolan/internal/aws/awserr"
)

// endpoint answers requests in the place of a network.
type endpoint struct {
	asked  int
	answer func(asked int, request *http.Request) (*http.Response, error)
}

func (e *endpoint) Do(request *http.Request) (*http.Response, error) {
	e.asked++
	response, err := e.answer(e.asked, request)
	if response != nil {
		response.Request, response.ContentLength, response.ProtoMajor = request, -1, 1
		if response.Header == nil {
			response.Header = http.Header{}
		}
	}
	return response, err
}

func page(status int, body string) *http.Response {
	return &http.Response{StatusCode: status, Body: io.NopCloser(strings.NewReader(body))}
}

// always answers every request alike.
func always(status int, body string) *endpoint {
	return &endpoint{answer: func(int, *http.Request) (*http.Response, error) { return page(status, body), nil }}
}

const attempts = 8

func config(e *endpoint) aws.Config {
	return aws.Config{
		Region: "eu-west-1", HTTPClient: e, Credentials: credentials.NewStaticCredentialsProvider("AKIAIOSFODNN7EXAMPLE", "secret", ""),
		Retryer: func() aws.Retryer {
			return retry.NewStandard(func(o *retry.StandardOptions) { o.MaxAttempts = attempts })
		},
		APIOptions: []func(*middleware.Stack) error{answer.Guard, answer.Guard},
	}
}

// service is one service of each protocol, with an answer that holds nothing and an
// error that says "not found".
type service struct {
	call                       func(context.Context, aws.Config) error
	nothing, notFound, foreign string
	code                       string
}

var services = map[string]service{
	"AWS JSON": {
		func(ctx context.Context, c aws.Config) error {
			_, err := sqs.NewFromConfig(c).ListQueues(ctx, &sqs.ListQueuesInput{})
			return err
		},
		`{}`, `{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"gone"}`, `<ErrorResponse><Error><Code>QueueDoesNotExist</Code></Error></ErrorResponse>`, "QueueDoesNotExist",
	},
	"AWS JSON, another deserializer": {
		func(ctx context.Context, c aws.Config) error {
			_, err := codebuild.NewFromConfig(c).ListProjects(ctx, &codebuild.ListProjectsInput{})
			return err
		},
		`{"projects":[]}`, `{"__type":"ResourceNotFoundException","message":"gone"}`, `{"code":"ResourceNotFoundException"}`, "ResourceNotFoundException",
	},
	"REST JSON": {
		func(ctx context.Context, c aws.Config) error {
			_, err := lambda.NewFromConfig(c).ListFunctions(ctx, &lambda.ListFunctionsInput{})
			return err
		},
		`{"Functions":[],"NextMarker":null}`, `{"__type":"ResourceNotFoundException","Message":"gone"}`, `{"code":404,"status":"NotFound"}`, "ResourceNotFoundException",
	},
	"query": {
		func(ctx context.Context, c aws.Config) error {
			_, err := rds.NewFromConfig(c).DescribeDBInstances(ctx, &rds.DescribeDBInstancesInput{})
			return err
		},
		`<DescribeDBInstancesResponse><DescribeDBInstancesResult><DBInstances/></DescribeDBInstancesResult></DescribeDBInstancesResponse>`,
		`<ErrorResponse><Error><Code>DBInstanceNotFound</Code><Message>gone</Message></Error></ErrorResponse>`, `{"__type":"DBInstanceNotFound"}`, "DBInstanceNotFound",
	},
	"EC2": {
		func(ctx context.Context, c aws.Config) error {
			_, err := ec2.NewFromConfig(c).DescribeRegions(ctx, &ec2.DescribeRegionsInput{})
			return err
		},
		"<?xml version=\"1.0\"?>\n<DescribeRegionsResponse xmlns=\"http://ec2\"><regionInfo/></DescribeRegionsResponse>\n",
		`<Response><Errors><Error><Code>InvalidInstanceID.NotFound</Code><Message>gone</Message></Error></Errors></Response>`, `<Errors><Code>NotFound</Code></Errors>`, "InvalidInstanceID.NotFound",
	},
	"S3": {
		func(ctx context.Context, c aws.Config) error {
			_, err := s3.NewFromConfig(c).GetBucketLocation(ctx, &s3.GetBucketLocationInput{Bucket: aws.String("logs")})
			return err
		},
		`<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/"/>`, `<Error><Code>NoSuchBucket</Code><Message>gone</Message></Error>`,
		`<Fault><Code>NoSuchBucket</Code></Fault>`, "NoSuchBucket",
	},
}

// TestWhatCounts shows, in each protocol, that an error of AWS is one, and that what
// is none is never read as one, nor as an empty answer.
func TestWhatCounts(t *testing.T) {
	t.Parallel()
	for name, s := range services {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				if err := s.call(t.Context(), config(always(200, s.nothing))); err != nil {
					t.Errorf("an answer that holds nothing: %v", err)
				}
				for _, status := range []int{400, 403, 404, 410} {
					err := s.call(t.Context(), config(always(status, s.notFound)))
					if awserr.ClassOf(err) != awserr.NotFound || awserr.Code(err) != s.code {
						t.Errorf("%d with an error of AWS: %v", status, err)
					}
				}
				foreign := map[string]string{
					"empty": "", "white space": " \n", "HTML": "<!DOCTYPE html><html><body>blocked</body></html>", "another HTML": "<html><head/></html>",
					"text": "no healthy upstream", "JSON": `{"error":{"code":"NotFound","message":"no route"}}`, "a list": `[]`, "null": "null",
					"XML": `<fault><Code>NotFound</Code></fault>`, "cut": s.notFound[:len(s.notFound)/2], "of another protocol": s.foreign,
				}
				for form, body := range foreign {
					for _, status := range []int{301, 400, 401, 403, 404, 405, 407, 410, 418, 429, 500, 502, 503, 504, 599} {
						e := always(status, body)
						err := s.call(t.Context(), config(e))
						var unanswered *awserr.Unanswered
						if !errors.As(err, &unanswered) || unanswered.Status != status || awserr.ClassOf(err) != awserr.OfStatus(status) {
							t.Errorf("%d, %s: %v is %q", status, form, err, awserr.ClassOf(err))
						}
						if again := status >= 500 || status == 429; again != (e.asked > 1) {
							t.Errorf("%d, %s: asked %d times", status, form, e.asked)
						}
						if strings.Contains(awserr.Message(err), "<!DOCTYPE html><html><body>blocked</body></html>\n") || !strings.Contains(awserr.Fix(err), "proxy") && awserr.ClassOf(err) == awserr.Failed {
							t.Errorf("%d, %s: %q, fix %q", status, form, awserr.Message(err), awserr.Fix(err))
						}
					}
				}
				delete(foreign, "of another protocol")
				whole := strings.TrimSpace(s.nothing)
				foreign["an answer that is cut"] = whole[:len(whole)-1]
				for form, body := range foreign {
					e := always(200, body)
					err := s.call(t.Context(), config(e))
					if awserr.ClassOf(err) != awserr.Failed || e.asked != attempts {
						t.Errorf("200, %s: %v is %q, asked %d times", form, err, awserr.ClassOf(err), e.asked)
					}
				}
			})
		})
	}
}

// TestBrokenOnce is asked again, and then answered.
func TestBrokenOnce(t *testing.T) {
	t.Parallel()
	for name, s := range services {
		for form, broken := range map[string]func() io.ReadCloser{
			"empty": func() io.ReadCloser { return io.NopCloser(strings.NewReader("")) },
			"HTML":  func() io.ReadCloser { return io.NopCloser(strings.NewReader("<html></html>")) },
			"half":  func() io.ReadCloser { return io.NopCloser(strings.NewReader(s.nothing[:len(s.nothing)/2])) },
			"a connection that is cut": func() io.ReadCloser {
				return io.NopCloser(io.MultiReader(strings.NewReader(s.nothing[:1]), failing{io.ErrUnexpectedEOF}))
			},
			"a connection that is reset": func() io.ReadCloser { return io.NopCloser(failing{errors.New("connection reset by peer")}) },
		} {
			t.Run(name+"/"+form, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					e := &endpoint{answer: func(asked int, _ *http.Request) (*http.Response, error) {
						if asked == 1 {
							return &http.Response{StatusCode: 200, Body: broken()}, nil
						}
						return page(200, s.nothing), nil
					}}
					if err := s.call(t.Context(), config(e)); err != nil || e.asked != 2 {
						t.Errorf("%v after %d requests", err, e.asked)
					}
					e = &endpoint{answer: func(int, *http.Request) (*http.Response, error) {
						return &http.Response{StatusCode: 200, Body: broken()}, nil
					}}
					err := s.call(t.Context(), config(e))
					if class := awserr.ClassOf(err); class != awserr.Failed && class != awserr.Unreachable || e.asked != attempts {
						t.Errorf("for good: %v is %q after %d requests", err, class, e.asked)
					}
				})
			})
		}
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// slow is a body that gives a byte each time, if it gives any.
type slow struct {
	ctx   context.Context
	every time.Duration // 0 is never
}

func (s slow) Read(into []byte) (int, error) {
	var turn <-chan time.Time
	if s.every > 0 {
		turn = time.After(s.every)
	}
	select {
	case <-turn:
		into[0] = ' '
		return 1, nil
	case <-s.ctx.Done():
		return 0, s.ctx.Err()
	}
}

func (slow) Close() error { return nil }

// stubborn is a body that does not hear of the end of its request.
type stubborn struct{}

func (stubborn) Read(into []byte) (int, error) {
	time.Sleep(time.Second)
	into[0] = ' '
	return 1, nil
}

func (stubborn) Close() error { return nil }

// TestEveryWaitEnds returns a call up within two minutes that no attempt answers.
func TestEveryWaitEnds(t *testing.T) {
	t.Parallel()
	silences := map[string]func(*http.Request) (*http.Response, error){
		"no head": func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		},
		"no body": func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 200, Body: slow{r.Context(), 0}}, nil
		},
		"no body of an error": func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 503, Body: slow{r.Context(), 0}}, nil
		},
		"a byte a second": func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 200, Body: slow{r.Context(), time.Second}}, nil
		},
		"a byte a second, whatever happens": func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 200, Body: stubborn{}}, nil
		},
	}
	calls := map[string]func(context.Context, aws.Config) error{
		"STS": func(ctx context.Context, c aws.Config) error {
			_, err := sts.NewFromConfig(c).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
			return err
		},
		"an object of the state": func(ctx context.Context, c aws.Config) error {
			_, err := s3.NewFromConfig(c).GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String("b"), Key: aws.String("k")})
			return err
		},
	}
	for name, s := range services {
		calls[name] = s.call
	}
	for name, call := range calls {
		for silence, answers := range silences {
			t.Run(name+"/"+silence, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					e := &endpoint{answer: func(_ int, r *http.Request) (*http.Response, error) { return answers(r) }}
					began := time.Now()
					err := call(t.Context(), config(e))
					if took := time.Since(began); awserr.ClassOf(err) != awserr.Timeout || took > 2*time.Minute || e.asked < 2 {
						t.Errorf("%v is %q after %s and %d requests", err, awserr.ClassOf(err), took, e.asked)
					}
					if !strings.Contains(awserr.Message(err), "did not answer") {
						t.Errorf("got %q", awserr.Message(err))
					}
				})
			})
		}
	}
}

// TestTheRunsEndIsNoSilence is told by the SDK's own error, and not asked again.
func TestTheRunsEndIsNoSilence(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		e := &endpoint{answer: func(_ int, r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 200, Body: slow{r.Context(), 0}}, nil
		}}
		err := services["EC2"].call(ctx, config(e))
		if !errors.Is(err, context.DeadlineExceeded) || awserr.ClassOf(err) != awserr.Timeout || e.asked != 1 {
			t.Errorf("%v after %d requests", err, e.asked)
		}
	})
}

// TestSlowAnswersAreWaitedFor as long as each comes in its time.
func TestSlowAnswersAreWaitedFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := &endpoint{answer: func(asked int, _ *http.Request) (*http.Response, error) {
			time.Sleep(answer.AttemptTime - time.Second)
			if asked < 4 {
				return page(503, services["EC2"].notFound), nil
			}
			return page(200, services["EC2"].nothing), nil
		}}
		if err := services["EC2"].call(t.Context(), config(e)); err != nil || e.asked != 4 {
			t.Errorf("%v after %d requests", err, e.asked)
		}
	})
}

type endless struct{ closed bool }

func (e *endless) Read(into []byte) (int, error) {
	if e.closed {
		return 0, errors.New("read after close")
	}
	for i := range into {
		into[i] = ' '
	}
	return len(into), nil
}

func (e *endless) Close() error {
	e.closed = true
	return nil
}

func TestAnswersHaveASize(t *testing.T) {
	t.Parallel()
	for _, status := range []int{200, 400} {
		body := &endless{}
		e := &endpoint{answer: func(int, *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: status, Body: body}, nil
		}}
		err := services["AWS JSON"].call(t.Context(), config(e))
		if awserr.ClassOf(err) != awserr.Failed || !strings.Contains(err.Error(), "larger than") || e.asked != 1 || !body.closed {
			t.Errorf("status %d: %v after %d requests, closed %t", status, err, e.asked, body.closed)
		}
	}
}

// TestErrorsInAHeader are AWS's too, and so is a code beside the id of a request.
func TestErrorsInAHeader(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		header http.Header
		body   string
		want   awserr.Class
	}{
		"type":                    {http.Header{"X-Amzn-Errortype": {"ResourceNotFoundException:http://x"}}, `{"Message":"gone"}`, awserr.NotFound},
		"type without a body":     {http.Header{"X-Amzn-Errortype": {"ResourceNotFoundException"}}, "", awserr.NotFound},
		"type with a page":        {http.Header{"X-Amzn-Errortype": {"ResourceNotFoundException"}}, "<html>", awserr.Failed},
		"code of a request":       {http.Header{"X-Amzn-Requestid": {"1"}}, `{"code":"ResourceNotFoundException"}`, awserr.NotFound},
		"code of somebody":        {http.Header{}, `{"code":"ResourceNotFoundException"}`, awserr.Failed},
		"a number":                {http.Header{"X-Amzn-Requestid": {"1"}}, `{"code":404}`, awserr.Failed},
		"nothing but the request": {http.Header{"X-Amzn-Requestid": {"1"}}, `{"message":"Not Found"}`, awserr.Failed},
	} {
		e := &endpoint{answer: func(asked int, _ *http.Request) (*http.Response, error) {
			response := page(404, test.body)
			response.Header = test.header
			return response, nil
		}}
		c := config(e)
		c.Retryer = func() aws.Retryer { return aws.NopRetryer{} }
		if err := services["REST JSON"].call(t.Context(), c); awserr.ClassOf(err) != test.want {
			t.Errorf("%s: %v is %q, want %q", name, err, awserr.ClassOf(err), test.want)
		}
	}
}

// TestObjectsAreRaw: what is stored may be anything, what is written answers nothing.
func TestObjectsAreRaw(t *testing.T) {
	t.Parallel()
	put := func(c aws.Config) error {
		_, err := s3.NewFromConfig(c).PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String("b"), Key: aws.String("k"), Body: strings.NewReader("x")})
		return err
	}
	get := func(c aws.Config) error {
		out, err := s3.NewFromConfig(c).GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("b"), Key: aws.String("k")})
		if err == nil {
			_, err = io.ReadAll(out.Body)
		}
		return err
	}
	remove := func(c aws.Config) error {
		_, err := s3.NewFromConfig(c).DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: aws.String("b"), Key: aws.String("k")})
		return err
	}
	for name, test := range map[string]struct {
		call   func(aws.Config) error
		status int
		kind   string
		tag    string
		body   string
		ok     bool
	}{
		"an object":          {get, 200, "binary/octet-stream", `"1"`, "\x00\x01", true},
		"an empty one":       {get, 200, "binary/octet-stream", `"1"`, "", true},
		"a page of ours":     {get, 200, "text/html; charset=utf-8", `"1"`, "<html></html>", true},
		"a page of others":   {get, 200, "text/html", "", "<html>blocked</html>", false},
		"written":            {put, 200, "", `"1"`, "", true},
		"a page for a write": {put, 200, "text/html", "", "<html>blocked</html>", false},
		"removed":            {remove, 204, "", "", "", true},
		"a page for that":    {remove, 200, "text/html", "", "<html>blocked</html>", false},
	} {
		e := &endpoint{answer: func(int, *http.Request) (*http.Response, error) {
			response := page(test.status, test.body)
			response.Header = http.Header{"Content-Type": {test.kind}}
			if test.tag != "" {
				response.Header.Set("ETag", test.tag)
			}
			return response, nil
		}}
		c := config(e)
		c.Retryer = func() aws.Retryer { return aws.NopRetryer{} }
		if err := test.call(c); (err == nil) != test.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// renewing returns new keys each time it is invalidated.
type renewing struct{ keys, asked int }

func (r *renewing) Retrieve(context.Context) (aws.Credentials, error) {
	r.asked++
	return aws.Credentials{AccessKeyID: "ASIA" + strings.Repeat("X", r.keys), SecretAccessKey: "s", SessionToken: "t"}, nil
}

func (r *renewing) Invalidate() { r.keys++ }

func TestRenewOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const expired = `{"__type":"ExpiredTokenException","message":"expired"}`
		for name, test := range map[string]struct {
			expired, asked, keys int
			body                 string
			want                 awserr.Class
		}{
			"expired once":        {1, 2, 1, expired, awserr.None},
			"expired for good":    {100, 2, 1, expired, awserr.Expired},
			"not known":           {100, 1, 0, `{"__type":"UnrecognizedClientException","message":"no"}`, awserr.Expired},
			"denied":              {100, 1, 0, `{"__type":"AccessDeniedException","message":"no"}`, awserr.Denied},
			"in a gateway's page": {100, 1, 0, `ExpiredTokenException`, awserr.Failed},
		} {
			cache := &renewing{}
			e := &endpoint{answer: func(asked int, _ *http.Request) (*http.Response, error) {
				if asked <= test.expired {
					return page(400, test.body), nil
				}
				return page(200, "{}"), nil
			}}
			c := config(e)
			c.Credentials = cache
			c.APIOptions = append(c.APIOptions, answer.Renew(cache), answer.Renew(cache))
			err := services["AWS JSON"].call(t.Context(), c)
			if awserr.ClassOf(err) != test.want || e.asked != test.asked || cache.keys != test.keys {
				t.Errorf("%s: %v is %q after %d requests with %d sessions", name, err, awserr.ClassOf(err), e.asked, cache.keys)
			}
		}
	})
}

// TestRenewTogether: calls that find a new session there do not end it.
func TestRenewTogether(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cache := &renewing{}
		e := &endpoint{answer: func(asked int, _ *http.Request) (*http.Response, error) {
			if asked == 1 {
				cache.keys++ // another call was faster
				return page(400, `{"__type":"ExpiredTokenException"}`), nil
			}
			return page(200, "{}"), nil
		}}
		c := config(e)
		c.Credentials = cache
		c.APIOptions = append(c.APIOptions, answer.Renew(cache))
		if err := services["AWS JSON"].call(t.Context(), c); err != nil || cache.keys != 1 {
			t.Errorf("%v with %d sessions", err, cache.keys)
		}
	})
}

// TestMembersThatAreNotKnown beside one that is are AWS's news.
func TestMembersThatAreNotKnown(t *testing.T) {
	t.Parallel()
	for body, ok := range map[string]bool{
		`{"Novel":[1,{"a":2}],"Accounts":[]}`: true,
		`{"nexttoken":null}`:                  true,
		`{}`:                                  true,
		`{"ResultMetadata":{}}`:               false,
		`{"Novel":1}`:                         false,
	} {
		c := config(always(200, body))
		c.Retryer = func() aws.Retryer { return aws.NopRetryer{} }
		_, err := organizations.NewFromConfig(c).ListAccounts(t.Context(), &organizations.ListAccountsInput{})
		if (err == nil) != ok {
			t.Errorf("%s: %v", body, err)
		}
	}
}

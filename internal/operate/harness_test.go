package operate_test

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"go.uber.org/goleak"

	"portolan/internal/operate"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	account  = "111122223333"
	region   = "eu-west-1"
	function = "Portolan-Function-1A2B"
	secret   = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:Portolan-abcdef"
	logGroup = "/aws/lambda/Portolan"
)

// reply is an answer of AWS.
type reply struct {
	status int
	header map[string]string
	body   string
}

func ok(body string) reply { return reply{status: http.StatusOK, body: body} }

// request is what AWS was asked, in the words of its API: the members of the JSON, the
// form, or the raw payload of an invocation.
type request struct {
	Path    string
	JSON    map[string]any
	Form    url.Values
	Payload string
}

// cloud is AWS with only the answers of the test: a call without an answer fails the test,
// and so does one that is not signed for its service and region.
type cloud struct {
	*httptest.Server
	t       *testing.T
	answers map[string]func(request) reply // "secretsmanager:PutSecretValue"

	noRegion bool

	mu    sync.Mutex
	calls []string
	seen  []request
}

func newCloud(t *testing.T, answers map[string]func(request) reply) *cloud {
	t.Helper()
	c := &cloud{t: t, answers: answers}
	c.Server = httptest.NewServer(c)
	t.Cleanup(c.Close)
	return c
}

var scope = regexp.MustCompile(`^AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/\d{8}/eu-west-1/([a-z-]+)/aws4_request, SignedHeaders=\S+, Signature=[0-9a-f]{64}$`)

func (c *cloud) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		c.t.Error(err)
	}
	signed := scope.FindStringSubmatch(r.Header.Get("Authorization"))
	if signed == nil {
		c.t.Errorf("%s %s is not signed: %q", r.Method, r.URL, r.Header.Get("Authorization"))
		w.WriteHeader(http.StatusForbidden)
		return
	}
	operation, asked := c.read(r, body)
	name := signed[1] + ":" + operation
	c.mu.Lock()
	c.calls, c.seen = append(c.calls, name), append(c.seen, asked)
	answer := c.answers[name]
	c.mu.Unlock()
	if answer == nil {
		c.t.Errorf("%s is not expected: %s %s %s", name, r.Method, r.URL, body)
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	said := answer(asked)
	for key, value := range said.header {
		w.Header().Set(key, value)
	}
	w.WriteHeader(said.status)
	_, _ = io.WriteString(w, said.body)
}

// read finds the operation in whichever protocol the service speaks.
func (c *cloud) read(r *http.Request, body []byte) (operation string, asked request) {
	asked.Path = r.URL.Path
	if target := r.Header.Get("X-Amz-Target"); target != "" {
		_, operation, _ = strings.Cut(target, ".")
		if err := json.Unmarshal(body, &asked.JSON); err != nil {
			c.t.Errorf("%s: %v", target, err)
		}
		return operation, asked
	}
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		form, err := url.ParseQuery(string(body))
		if err != nil {
			c.t.Error(err)
		}
		asked.Form = form
		return form.Get("Action"), asked
	}
	asked.Payload = string(body)
	switch path := strings.TrimPrefix(r.URL.Path, "/2015-03-31/functions/"+function); {
	case r.Method == http.MethodPost && path == "/invocations":
		if kind := r.Header.Get("X-Amz-Invocation-Type"); kind != "RequestResponse" {
			c.t.Errorf("an invocation of type %q", kind)
		}
		return "Invoke", asked
	case r.Method == http.MethodGet && path == "/configuration":
		return "GetFunctionConfiguration", asked
	}
	return r.Method + " " + r.URL.Path, asked
}

// made lists the calls.
func (c *cloud) made() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.calls)
}

// last returns the last request.
func (c *cloud) last() request {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.seen[len(c.seen)-1]
}

// outcome is what came of a command.
type outcome struct {
	code     int
	out, err string
}

func (o outcome) text() string { return o.out + o.err }

// operate runs a command against the cloud, with something on standard input.
func (c *cloud) operate(input string, args ...string) outcome {
	c.t.Helper()
	return c.operateIn(c.t.Context(), strings.NewReader(input), args...)
}

func (c *cloud) operateIn(ctx context.Context, input io.Reader, args ...string) outcome {
	c.t.Helper()
	return c.run(ctx, &operate.Program{In: input}, args)
}

func (c *cloud) run(ctx context.Context, program *operate.Program, args []string) outcome {
	var out, errOut bytes.Buffer
	program.Load, program.Out, program.ErrOut = c.config, &out, &errOut
	code := program.Run(ctx, args)
	return outcome{code, out.String(), errOut.String()}
}

func (c *cloud) config(context.Context) (aws.Config, error) {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	c.t.Cleanup(transport.CloseIdleConnections)
	at := region
	if c.noRegion {
		at = ""
	}
	return aws.Config{
		Region: at, BaseEndpoint: aws.String(c.URL), HTTPClient: &http.Client{Transport: transport},
		Credentials: credentials.NewStaticCredentialsProvider("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI-secret-key", ""),
	}, nil
}

// says fails the test unless the outcome has the code and says all of this.
func (o outcome) says(t *testing.T, code int, wants ...string) {
	t.Helper()
	if o.code != code {
		t.Errorf("exit code %d, want %d", o.code, code)
	}
	for _, want := range wants {
		if !strings.Contains(o.text(), want) {
			t.Errorf("it does not say %q", want)
		}
	}
	if t.Failed() {
		t.Logf("it says\n%s%s", o.out, o.err)
	}
}

// queryError is an error in the form of CloudFormation and STS.
func queryError(code, message string) func(request) reply {
	return func(request) reply {
		return reply{status: http.StatusBadRequest, body: "<ErrorResponse><Error><Type>Sender</Type><Code>" + code + "</Code><Message>" +
			escape(message) + "</Message></Error><RequestId>r</RequestId></ErrorResponse>"}
	}
}

// jsonError is an error in the form of the JSON protocols.
func jsonError(code, message string) func(request) reply {
	return func(request) reply {
		body, _ := json.Marshal(map[string]string{"__type": code, "message": message, "Message": message})
		return reply{status: http.StatusBadRequest, header: map[string]string{"X-Amzn-Errortype": code, "Content-Type": "application/x-amz-json-1.1"}, body: string(body)}
	}
}

func escape(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text))
	return b.String()
}

// query is an answer in the form of CloudFormation and STS.
func query(operation, result string) reply {
	return ok(fmt.Sprintf("<%[1]sResponse><%[1]sResult>%[2]s</%[1]sResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></%[1]sResponse>", operation, result))
}

// stacks answers for stacks by their names: with outputs, or without.
func stacks(named map[string]map[string]string) func(request) reply {
	return func(r request) reply {
		name := r.Form.Get("StackName")
		outputs, there := named[name]
		if !there {
			return queryError("ValidationError", "Stack with id "+name+" does not exist")(r)
		}
		var b strings.Builder
		for key, value := range outputs {
			b.WriteString("<member><OutputKey>" + key + "</OutputKey><OutputValue>" + escape(value) + "</OutputValue></member>")
		}
		return query("DescribeStacks", "<Stacks><member><StackName>"+name+"</StackName><CreationTime>2026-01-02T03:04:05Z</CreationTime>"+
			"<StackStatus>CREATE_COMPLETE</StackStatus><Outputs>"+b.String()+"</Outputs></member></Stacks>")
	}
}

// installed returns the answers for a deployed stack.
func installed() func(request) reply {
	return stacks(map[string]map[string]string{
		"Portolan": {"FunctionName": function, "SecretArn": secret, "LogGroupName": logGroup},
	})
}

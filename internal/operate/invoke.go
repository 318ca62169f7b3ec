package operate

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/spf13/cobra"

	"portolan/internal/aws/awserr"
	"portolan/internal/doctor"
	"portolan/internal/invocation"
	"portolan/internal/plain"
	"portolan/internal/report"
	"portolan/internal/report/save"
)

const (
	// invokeTime is longer than the longest that a function may run, 15 minutes.
	invokeTime = 16 * time.Minute
	// elapsedEvery and elapsedLogged are how often a waiting person sees the elapsed time: on a
	// terminal, and elsewhere.
	elapsedEvery  = time.Second
	elapsedLogged = 30 * time.Second
)

// invokeCommand starts a run of an action.
func (p *Program) invokeCommand(action string) *cobra.Command {
	request := invocation.Request{Action: action}
	var payload, output string
	var file save.File
	c := &cobra.Command{Use: "invoke", Short: "Run the function now, and wait for its report", Args: cobra.NoArgs}
	if action == invocation.Plan {
		c.Use, c.Short = "plan", "Have the function say what a resync would change; it writes nothing"
	}
	words := request.Flags
	if action == invocation.Doctor {
		c.Use, c.Short = "doctor", "Have the function look for what would keep a run from working; it changes nothing"
		words = request.Looking
	}
	words(c.Flags())
	c.Flags().StringVar(&payload, "payload", "", `the payload instead of flags, {"kinds":["AWS::S3::Bucket"]}`)
	c.Flags().StringVar(&output, "output", "table", "how to print the report: table or json")
	if action != invocation.Doctor {
		file.Flag(c.Flags())
	}
	c.RunE = func(c *cobra.Command, _ []string) error {
		if output != "table" && output != "json" {
			return fmt.Errorf("--output is %q; it should be table or json", output)
		}
		if err := file.Check(); err != nil {
			return err
		}
		if payload != "" {
			given, err := requestOf(c, payload, action)
			if err != nil {
				return err
			}
			request = given
		}
		if err := errors.Join(invocation.CheckFlags(c.Flags()), request.Check(nil)); err != nil { // the kinds are for the function to know
			return err
		}
		ctx := c.Context()
		config, err := p.config(ctx)
		if err != nil {
			return err
		}
		answer, err := p.start(ctx, config, request.Payload())
		if err != nil {
			return err
		}
		return p.show(answer, output, file)
	}
	return c
}

// requestOf reads a payload. It returns an error for flags beside it, and for an action that is not
// the command's, which would be lost.
func requestOf(c *cobra.Command, payload, action string) (invocation.Request, error) {
	for _, name := range []string{"kinds", "accounts", "regions", "force", "allow-mass-delete", "take-ownership", "every-region"} {
		if c.Flags().Changed(name) {
			return invocation.Request{}, fmt.Errorf("--payload and --%s are both set; keep one of them", name)
		}
	}
	request, err := invocation.Parse([]byte(payload))
	if err != nil {
		return request, err
	}
	if action != invocation.Resync {
		request.Action = action
	}
	return request, request.Check(nil)
}

// start starts one run, as an invocation or an execution, and returns its report.
func (p *Program) start(ctx context.Context, config aws.Config, payload []byte) ([]byte, error) {
	stack, err := p.find(ctx, config)
	if err != nil {
		return nil, err
	}
	if machine := outputOf(stack, outputMachine); machine != "" {
		return p.execute(ctx, config, machine, payload)
	}
	name, err := p.required(stack, outputFunction)
	if err != nil {
		return nil, err
	}
	return p.invoke(ctx, config, name, payload)
}

// invoke invokes the function once and returns its answer.
func (p *Program) invoke(ctx context.Context, config aws.Config, name string, payload []byte) ([]byte, error) {
	client := lambda.NewFromConfig(config, func(o *lambda.Options) {
		o.Retryer = aws.NopRetryer{}
		o.HTTPClient = patient(o.HTTPClient)
	})
	p.say("%s runs with %s", name, payload)
	stop := p.elapsed()
	out, err := client.Invoke(ctx, &lambda.InvokeInput{
		FunctionName: &name, InvocationType: types.InvocationTypeRequestResponse, Payload: payload,
	})
	stop()
	switch {
	case ctx.Err() != nil:
		return nil, errors.New("nobody waits for the answer any longer, but the run goes on; make logs shows it")
	case hasCode(err, "TooManyRequestsException"):
		return nil, fmt.Errorf("%s is busy, most likely with another run; make logs shows it (%s)", name, awserr.Message(err))
	case awserr.IsNotFound(err):
		return nil, fmt.Errorf("the function %s of the stack %s no longer exists; run make deploy", name, p.stack)
	case err != nil:
		return nil, fmt.Errorf("%w; if the run was started, make logs shows it", refused("lambda:InvokeFunction", err))
	case out.FunctionError != nil:
		return nil, fmt.Errorf("the run failed: %s\nmake logs shows more", failure(out.Payload))
	}
	return out.Payload, nil
}

// patient returns a client that waits for the longest run.
func patient(client lambda.HTTPClient) lambda.HTTPClient {
	if own, ok := client.(*http.Client); ok {
		longer := *own
		longer.Timeout = invokeTime
		return &longer
	}
	return client
}

// failure returns the message of a function's error.
func failure(payload []byte) string {
	var said struct{ ErrorMessage string }
	if json.Unmarshal(payload, &said) == nil && said.ErrorMessage != "" {
		return said.ErrorMessage
	}
	return string(payload)
}

// told is the answer of a function: a report, or a diagnosis.
type told interface{ Write(io.Writer) error }

// read reads an answer and returns its exit code.
func read(answer []byte) (told, int, error) {
	var result report.Report
	if err := json.Unmarshal(answer, &result); err == nil && result.Run != "" {
		return &result, result.Status.ExitCode(), nil
	}
	var diagnosis doctor.Diagnosis
	if err := json.Unmarshal(answer, &diagnosis); err == nil && diagnosis.Action == invocation.Doctor {
		return &diagnosis, diagnosis.ExitCode(), nil
	}
	return nil, 0, fmt.Errorf("the function's answer is not a report: %.200s", string(answer))
}

// show prints an answer, writes a report into a file if one is wanted, and sets the exit code.
func (p *Program) show(answer []byte, output string, file save.File) error {
	result, code, err := read(answer)
	if err != nil {
		return err
	}
	p.code = code
	if r, isReport := result.(*report.Report); isReport {
		if err := file.Write(r); err != nil {
			return err
		}
	}
	if output == "table" {
		return result.Write(p.Out)
	}
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, answer, "", "  "); err != nil {
		return err
	}
	_, err = fmt.Fprintln(p.Out, string(plain.JSON(pretty.Bytes())))
	return err
}

// elapsed shows how long it has been until stop is called.
func (p *Program) elapsed() (stop func()) {
	began := time.Now()
	pace, format, end := elapsedLogged, "still running after %s\n", ""
	if _, ok := terminal(p.ErrOut); ok {
		pace, format, end = elapsedEvery, "\r%s\x1b[K", "\r\x1b[K"
	}
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(pace)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				_, _ = fmt.Fprintf(p.ErrOut, format, time.Since(began).Round(time.Second))
			case <-done:
				_, _ = fmt.Fprint(p.ErrOut, end)
				return
			}
		}
	}()
	return func() {
		close(done)
		<-ended
	}
}

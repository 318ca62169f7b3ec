package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"portolan/internal/aws/cloudcontrol"
	"portolan/internal/diag"
	"portolan/internal/invocation"
	"portolan/internal/plain"
	"portolan/internal/report"
	"portolan/internal/settings"
)

// serve answers Lambda's events until the environment is shut down. If the settings are
// wrong, every event is answered with the error. A crash would only be repeated by
// Lambda, without showing the reason.
func serve(environ []string) {
	limitMemory(os.Getenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE"))
	a, wrong := deployedApp(environ)
	lambda.Start(func(ctx context.Context, payload json.RawMessage) (any, error) {
		if wrong != nil {
			return nil, withCode(fmt.Errorf("the settings are wrong:\n%w", wrong))
		}
		result, err := a.handle(ctx, payload, os.Stdout)
		if result == nil || err != nil {
			return nil, withCode(err)
		}
		text, err := json.Marshal(result)
		return json.RawMessage(plain.JSON(text)), withCode(err)
	})
}

// deployedApp is newApp with the lists that the deployment put beside the program.
func deployedApp(environ []string) (*app, error) {
	if root := os.Getenv("LAMBDA_TASK_ROOT"); root != "" {
		var err error
		if environ, err = settings.Beside(environ, os.DirFS(root)); err != nil {
			return nil, err
		}
	}
	return newApp(environ, plain.Writer{To: os.Stderr})
}

// maxReport is how many bytes of a report the function answers with. Lambda's limit is
// 6 MB: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
const maxReport = 5 << 20

// withCode returns an error the form in which Lambda shows it: it knows no codes.
func withCode(err error) error {
	if err == nil {
		return nil
	}
	return errors.New(plain.Lines(diag.Text(err), longestError, "  "))
}

// handle is one event. Its error makes Lambda count the invocation as failed,
// repeat it, and raise the alarms: that is right only where nothing could be
// synced. An incomplete run is an answer.
// The run's metrics go to where CloudWatch reads them.
func (a *app) handle(ctx context.Context, payload []byte, metrics io.Writer) (answer any, err error) {
	ctx, cancel := withTimeToAnswer(ctx)
	defer cancel()
	if messages, isBatch, err := invocation.ParseBatch(payload); isBatch {
		if err != nil {
			return nil, diag.With(diag.PayloadWrong, err)
		}
		return a.wake(ctx, messages, metrics)
	}
	step, isStep, err := invocation.ParseStep(payload)
	request := step.Request
	if !isStep {
		request, err = invocation.Parse(payload)
	}
	if err == nil && (!isStep || step.Name == invocation.Begin) {
		err = request.Check(cloudcontrol.Check)
	}
	if err != nil {
		return nil, diag.With(diag.PayloadWrong, err)
	}
	switch looks := request.Action == invocation.Doctor; {
	case looks && isStep:
		return nil, diag.New(diag.PayloadWrong, "the doctor is not a step of a run; invoke the function itself")
	case looks:
		return a.examine(ctx, request, nil), nil
	}
	var ended *report.Report
	if isStep {
		answer, ended, err = a.step(ctx, step)
	} else {
		ended, err = a.perform(ctx, request, nil)
		if ended != nil {
			answer = ended.Within(maxReport)
		}
	}
	if ended != nil && !ended.Declined() {
		if err := ended.WriteMetrics(metrics); err != nil {
			a.log.WarnContext(ctx, "the metrics were not written", "error", err)
		}
	}
	return answer, err
}

// answerTime is how much of an invocation's time is reserved to write metrics and answer,
// at most a fiftieth of the whole. Lambda kills a process that has not answered by the
// deadline.
const answerTime = time.Second

// withTimeToAnswer ends the context a little before the invocation ends.
func withTimeToAnswer(ctx context.Context) (context.Context, context.CancelFunc) {
	end, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx)
	}
	return context.WithDeadline(ctx, end.Add(-min(answerTime, time.Until(end)/50)))
}

// limitMemory keeps the heap below the function's memory, in MB, by collecting
// garbage more often as it comes near.
func limitMemory(megabytes string) {
	if size, err := strconv.ParseInt(megabytes, 10, 64); err == nil {
		debug.SetMemoryLimit(heapOf(size) << 20)
		debug.SetGCPercent(garbageIn(size))
	}
}

// heapOf returns how much of a function's memory, in MB, is for what Go manages: all but a
// tenth, and but the pages of the program itself, which Go's limit does not count.
func heapOf(megabytes int64) int64 { return megabytes - max(megabytes/10, 40) }

// garbageIn returns by how many percent the heap of a function may grow until garbage is
// collected: what the memory has room for anyway costs nothing. The heap of most runs has
// some 30 MB after a collection.
func garbageIn(megabytes int64) int { return int(min(max(megabytes/4, 100), 400)) }

package operate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/google/uuid"

	"portolan/internal/plain"
)

// followTime is the interval at which an execution's progress is read.
const followTime = 3 * time.Second

// execute starts an execution of the state machine and returns its output once it has ended. The
// execution has a name, which AWS accepts only once, so that a repeated start does not start a second
// run.
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
func (p *Program) execute(ctx context.Context, config aws.Config, machine string, payload []byte) ([]byte, error) {
	client := sfn.NewFromConfig(config)
	started, err := client.StartExecution(ctx, &sfn.StartExecutionInput{
		StateMachineArn: &machine, Name: aws.String("operate-" + uuid.NewString()), Input: aws.String(string(payload)),
	})
	switch {
	case hasCode(err, "StateMachineDoesNotExist"):
		return nil, fmt.Errorf("the state machine %s of the stack %s no longer exists; run make deploy", machine, p.stack)
	case err != nil:
		return nil, refused("states:StartExecution", err)
	}
	p.say("%s runs with %s", machine[strings.LastIndexByte(machine, ':')+1:], payload)
	f := follower{program: p, client: client, execution: aws.ToString(started.ExecutionArn), began: time.Now()}
	p.say("execution %s", f.execution)
	return f.await(ctx)
}

// follower waits for the end of an execution, and shows its progress.
type follower struct {
	program   *Program
	client    *sfn.Client
	execution string
	began     time.Time

	mapRun *string // nil until the accounts are read
	blind  bool    // progress may not be seen
	told   string
	at     time.Time // when it was told
}

// await waits for the end.
func (f *follower) await(ctx context.Context) ([]byte, error) {
	tick := time.NewTicker(cmp.Or(f.program.pollTime, followTime))
	defer tick.Stop()
	for {
		now, err := f.client.DescribeExecution(ctx, &sfn.DescribeExecutionInput{ExecutionArn: &f.execution})
		switch {
		case ctx.Err() != nil:
			return nil, f.left()
		case err != nil:
			return nil, fmt.Errorf("%w; the execution goes on", refused("states:DescribeExecution", err))
		case now.Status != types.ExecutionStatusRunning:
			f.clear()
			return f.outcome(now)
		}
		f.show(ctx)
		select {
		case <-ctx.Done():
			return nil, f.left()
		case <-tick.C:
		}
	}
}

func (f *follower) left() error {
	f.clear()
	return fmt.Errorf("nobody waits for the report any longer, but the run goes on; "+
		"aws stepfunctions stop-execution --execution-arn %s stops it", f.execution)
}

// outcome returns the result of an execution that has ended.
func (f *follower) outcome(ended *sfn.DescribeExecutionOutput) ([]byte, error) {
	switch ended.Status {
	case types.ExecutionStatusSucceeded:
		return []byte(aws.ToString(ended.Output)), nil
	case types.ExecutionStatusAborted:
		return nil, errors.New("the execution was stopped; the next run puts right what it left, once its lease has run out")
	case types.ExecutionStatusTimedOut:
		return nil, fmt.Errorf("the execution was ended after scaleTimeout; aws stepfunctions redrive-execution --execution-arn %s goes on with it", f.execution)
	default:
		return nil, fmt.Errorf("the run failed: %s: %s\nmake logs shows more, and aws stepfunctions redrive-execution --execution-arn %s repeats what failed",
			aws.ToString(ended.Error), failure([]byte(aws.ToString(ended.Cause))), f.execution)
	}
}

// show shows the execution's progress: on a terminal each time, elsewhere when it changed or after a
// while.
func (f *follower) show(ctx context.Context) {
	progress := f.progress(ctx)
	elapsed := time.Since(f.began).Round(time.Second)
	if _, ok := terminal(f.program.ErrOut); ok {
		_, _ = fmt.Fprintf(f.program.ErrOut, "\r%s, %s\x1b[K", progress, elapsed)
		return
	}
	if progress != f.told || time.Since(f.at) >= elapsedLogged {
		f.program.say("%s, after %s", progress, elapsed)
		f.told, f.at = progress, time.Now()
	}
}

func (f *follower) clear() {
	if _, ok := terminal(f.program.ErrOut); ok {
		_, _ = fmt.Fprint(f.program.ErrOut, "\r\x1b[K")
	}
}

// progress counts the batches of accounts. An operator who may not see them waits without progress.
func (f *follower) progress(ctx context.Context) string {
	if f.blind {
		return "running"
	}
	counts, err := f.counts(ctx)
	switch {
	case err != nil && ctx.Err() == nil:
		f.blind = true
		f.program.say("the progress cannot be seen: %v", err)
		return "running"
	case counts == nil || counts.Total == 0:
		return "beginning"
	case counts.Pending+counts.Running == 0:
		return fmt.Sprintf("finishing, %d of %s read", counts.Succeeded, plain.Count(int(counts.Total), "batch", "batches"))
	}
	text := fmt.Sprintf("%d of %s read, %d under way", counts.Succeeded, plain.Count(int(counts.Total), "batch", "batches"), counts.Running)
	if failed := counts.Failed + counts.TimedOut + counts.Aborted; failed > 0 {
		text += fmt.Sprintf(", %d failed", failed)
	}
	return text
}

// counts are those of the map run; nil if it has not begun.
func (f *follower) counts(ctx context.Context) (*types.MapRunItemCounts, error) {
	if f.mapRun == nil {
		found, err := f.client.ListMapRuns(ctx, &sfn.ListMapRunsInput{ExecutionArn: &f.execution})
		if err != nil || len(found.MapRuns) == 0 {
			return nil, refused("states:ListMapRuns", err)
		}
		f.mapRun = found.MapRuns[0].MapRunArn
	}
	described, err := f.client.DescribeMapRun(ctx, &sfn.DescribeMapRunInput{MapRunArn: f.mapRun})
	if err != nil {
		return nil, refused("states:DescribeMapRun", err)
	}
	return described.ItemCounts, nil
}

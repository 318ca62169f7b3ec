package answer

import (
	"context"
	"fmt"
	"time"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go/middleware"

	"portolan/internal/aws/awserr"
	"portolan/internal/plain"
)

// AttemptTime is the time that an attempt has, from sending the request to the last byte of
// the answer; CallTime is what all attempts of a call have together. The time that a call
// waits for its place, its turn and its backoff does not count.
const (
	AttemptTime = 25 * time.Second
	CallTime    = 100 * time.Second
)

// The names of the middleware.
const (
	boundID  = "GuardCall"
	timeID   = "GuardAttempt"
	readID   = "ReadAnswer"
	judgeID  = "JudgeAnswer"
	decodeID = "OperationDeserializer" // the SDK's own
)

// They are made once: every call builds a stack of its own.
var (
	callBound    = middleware.InitializeMiddlewareFunc(boundID, boundCall)
	attemptBound = middleware.FinalizeMiddlewareFunc(timeID, boundAttempt)
	judgement    = middleware.DeserializeMiddlewareFunc(judgeID, judge)
	reading      = middleware.DeserializeMiddlewareFunc(readID, read)
)

// Guard applies the rules of this package to the calls of a client. It is an option for
// aws.Config.APIOptions. To have it there twice has no effect.
func Guard(stack *middleware.Stack) error {
	if _, there := stack.Deserialize.Get(readID); there {
		return nil
	}
	if err := stack.Initialize.Add(callBound, middleware.After); err != nil {
		return err
	}
	// Innermost, so that waiting for a place or for credentials does not count.
	if err := stack.Finalize.Add(attemptBound, middleware.After); err != nil {
		return err
	}
	if err := stack.Deserialize.Insert(judgement, decodeID, middleware.Before); err != nil {
		return err
	}
	return stack.Deserialize.Add(reading, middleware.After)
}

// call is what the attempts of a call share.
type call struct {
	spent    time.Duration
	attempts int
	renewed  bool
}

type callKey struct{}

func boundCall(
	ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler,
) (middleware.InitializeOutput, middleware.Metadata, error) {
	return next.HandleInitialize(middleware.WithStackValue(ctx, callKey{}, &call{}), in)
}

func callOf(ctx context.Context) *call {
	if c, ok := middleware.GetStackValue(ctx, callKey{}).(*call); ok {
		return c
	}
	return &call{}
}

func boundAttempt(
	ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler,
) (middleware.FinalizeOutput, middleware.Metadata, error) {
	if awsmiddleware.GetOperationName(ctx) == "Invoke" { // takes as long as the function runs
		return next.HandleFinalize(ctx, in)
	}
	c := callOf(ctx)
	if c.spent >= CallTime {
		return middleware.FinalizeOutput{}, middleware.Metadata{}, c.gaveUp()
	}
	c.attempts++
	began := time.Now()
	bounded, cancel := context.WithTimeout(ctx, min(AttemptTime, CallTime-c.spent))
	defer cancel()
	out, metadata, err := next.HandleFinalize(bounded, in)
	c.spent += time.Since(began)
	if err == nil || bounded.Err() == nil || ctx.Err() != nil {
		return out, metadata, err
	}
	if c.spent >= CallTime {
		return out, metadata, c.gaveUp()
	}
	return out, metadata, &awserr.Unanswered{Class: awserr.Timeout, Why: fmt.Sprintf("AWS did not answer within %s", AttemptTime), Again: true}
}

// gaveUp is the error of a call that is given up.
func (c *call) gaveUp() error {
	return &awserr.Unanswered{
		Class: awserr.Timeout, Why: fmt.Sprintf("AWS did not answer in %s, which took %s", plain.Count(c.attempts, "attempt", "attempts"), c.spent.Round(time.Second)),
	}
}

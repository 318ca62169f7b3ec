// Portolan charts an AWS estate into Port, the internal developer portal.
//
// The one binary is two programs. If the Lambda runtime starts it (and sets
// AWS_LAMBDA_RUNTIME_API), it is the function: each event is one run, and the run's
// report is the answer. Otherwise it is the command line, with the same options.
// This package only wires the parts together; package resync decides what a run does.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	if os.Getenv("AWS_LAMBDA_RUNTIME_API") != "" {
		serve(os.Environ())
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	code := command(ctx, os.Args[1:], os.Environ(), os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

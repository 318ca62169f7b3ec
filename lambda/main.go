// Portolan charts an AWS estate into Port, the internal developer portal.
//
// The one binary is two programs. Where the Lambda runtime calls it (it sets
// AWS_LAMBDA_RUNTIME_API) it is the function: each event is one run, and the run's
// report is the answer. Elsewhere it is the command line, with the same words.
// This package wires the parts together and decides nothing else; what a run does
// is package resync's.
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

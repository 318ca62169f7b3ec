// Operate does what an operator wants of an installation: make secret, invoke, plan,
// logs and bootstrap-org call it. What these do is package operate's.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"portolan/internal/operate"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	program := operate.Program{In: os.Stdin, Out: os.Stdout, ErrOut: os.Stderr}
	code := program.Run(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

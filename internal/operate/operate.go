// Package operate has the operator's commands for an installation: put Port's credentials into its
// secret, start a run and wait for the report, read its log, prepare an Organization.
//
// It decides how the parts of an installation are found, by the outputs of its CloudFormation stack,
// and how AWS's answers are explained. The function decides what a run does.
//
// It never takes a secret from the arguments or the environment, where other processes could read it,
// and never shows one. It never repeats an invocation: a run whose answer was lost may still be going
// on.
//
// Only the operator's command imports the package, and the function does not.
package operate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"portolan/internal/aws/account"
	"portolan/internal/aws/answer"
	"portolan/internal/aws/awserr"
	"portolan/internal/invocation"
	"portolan/internal/plain"
)

// The exit codes; those of a run are report.Status's.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

// Program is the command with what it works with.
type Program struct {
	// Load returns the operator's AWS configuration; nil loads the SDK's default one.
	Load   func(ctx context.Context) (aws.Config, error)
	In     io.Reader
	Out    io.Writer
	ErrOut io.Writer

	stack, region string
	code          int
	started       bool // the arguments were right: a failure from now on is not wrong usage

	checkTime, pollTime time.Duration // 0 is the constant of the name
}

// Run runs a command line and returns the exit code: that of the run it started, or 0 for success, 1
// for failure, 2 for wrong usage.
func (p *Program) Run(ctx context.Context, args []string) int {
	root := &cobra.Command{
		Use: "operate", Short: "Operate an installation of Portolan", SilenceUsage: true, SilenceErrors: true, Args: cobra.NoArgs,
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true},
		RunE:              func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.SetArgs(args)
	root.SetIn(p.In)
	root.SetOut(p.Out)
	root.SetErr(p.ErrOut)
	root.PersistentFlags().StringVar(&p.stack, "stack", "Portolan", "the CloudFormation stack of the installation")
	root.PersistentFlags().StringVar(&p.region, "region", "", "the stack's region; that of the AWS configuration by default")
	root.AddCommand(
		p.secretCommand(), p.invokeCommand(invocation.Resync), p.invokeCommand(invocation.Plan), p.invokeCommand(invocation.Doctor), p.logsCommand(), p.bootstrapCommand(),
	)
	p.code, p.started = exitDone, false
	err := root.ExecuteContext(ctx)
	switch {
	case err == nil:
		return p.code
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		err = errors.New("it was told to stop")
	}
	p.say("operate: %v", err)
	switch {
	case p.code != exitDone:
		return p.code
	case p.started:
		return exitFailed
	}
	return exitUsage
}

// longest is how many characters of one thing that is said are shown.
const longest = 20_000

// say writes a line for the person, apart from the command's output.
func (p *Program) say(format string, args ...any) { write(p.ErrOut, format, args...) }

// print writes a line of the answer.
func (p *Program) print(format string, args ...any) { write(p.Out, format, args...) }

// write writes what AWS, the function and the log say so that only this program begins a line.
func write(to io.Writer, format string, args ...any) {
	_, _ = fmt.Fprintln(to, plain.Lines(fmt.Sprintf(format, args...), longest, "  "))
}

// config returns the operator's AWS configuration. Failures from here on are not wrong usage.
func (p *Program) config(ctx context.Context) (aws.Config, error) {
	p.started = true
	load := p.Load
	if load == nil {
		load = func(ctx context.Context) (aws.Config, error) {
			return config.LoadDefaultConfig(ctx, config.WithHTTPClient(account.Client()))
		}
	}
	loaded, err := load(ctx)
	if err != nil {
		return aws.Config{}, fmt.Errorf("load the AWS configuration: %w", err)
	}
	if p.region != "" {
		loaded.Region = p.region
	}
	loaded = answer.Guarded(loaded)
	if loaded.Region == "" {
		return aws.Config{}, errors.New("no AWS region is set; set AWS_REGION, or give --region")
	}
	return loaded, nil
}

// refused explains a call that AWS refused: what, why, and how to fix it.
func refused(action string, err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	text := awserr.Message(err)
	switch class := awserr.ClassOf(err); {
	case strings.Contains(text, "get credentials"): // the SDK has no code for it
		return fmt.Errorf("%s: there are no AWS credentials; log in, or set AWS_PROFILE (%s)", action, text)
	case class == awserr.Denied:
		return fmt.Errorf("%s: %s; allow %s to the identity that you are logged in as", action, text, action)
	case class == awserr.Closed:
		return fmt.Errorf("%s: %s; a service control policy of the Organization forbids it", action, text)
	case class == awserr.Expired:
		return fmt.Errorf("%s: %s; log in to AWS again", action, text)
	}
	return fmt.Errorf("%s: %s", action, text)
}

// terminal returns the file behind a stream, if that is a terminal.
func terminal(stream any) (*os.File, bool) {
	file, ok := stream.(*os.File)
	return file, ok && term.IsTerminal(int(file.Fd()))
}

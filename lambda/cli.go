package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"portolan/internal/aws/cloudcontrol"
	"portolan/internal/console"
	"portolan/internal/diag"
	"portolan/internal/invocation"
	"portolan/internal/nearest"
	"portolan/internal/plain"
	"portolan/internal/report"
	"portolan/internal/report/save"
	"portolan/internal/resync"
)

// The exit codes of the command line; those of a run are report.Status's.
const (
	exitDone       = 0
	exitFailed     = 1 // nothing could be done
	exitUsage      = 2 // the command or the settings are wrong
	exitIncomplete = 3 // done, but not all of it
	exitChanges    = 4 // a plan found something to change, and --exit-code asks for that
)

// longestError is how many characters of an error are shown. Wrong settings may be many lines.
const longestError = 20_000

const about = `Portolan charts an AWS estate into Port.

Settings come from the environment, under the names that Port's aws-v3
integration uses; docs/configuration.md lists them. The least that a run needs:

  OCEAN__PORT__CLIENT_ID, OCEAN__PORT__CLIENT_SECRET   (or PORT_SECRET_ARN)
  OCEAN__INTEGRATION__IDENTIFIER
  AWS credentials, as for every AWS tool

Exit codes: 0 done, 1 nothing could be synced, 2 wrong usage or settings,
3 done but incomplete. portolan explain says what a code such as PTL-303 means.`

const aboutPlan = `Read AWS and say what a resync would change in Port; it writes nothing anywhere.

Exit codes: 0 done, 1 nothing could be read, 2 wrong usage or settings, 3 done but
incomplete. With --exit-code: 4 a resync would change something, 0 it would not.`

const aboutResync = `Read AWS and make Port's catalog equal to it.

Whatever could not be read keeps its entities, and the report says why and what to
do about it.

Exit codes: 0 done, 1 nothing could be synced, 2 wrong usage or settings, 3 done but
incomplete.`

// shell is what the commands of a command line share. Whatever they print passes two screens,
// which let nothing control the terminal: out for what was asked for, and errOut for the rest.
type shell struct {
	environ     []string
	out, errOut *console.Screen
	code        int // with which the process ends
}

// command runs a command line and returns the exit code.
func command(ctx context.Context, args, environ []string, out, errOut io.Writer) int {
	sh := &shell{environ: environ, out: console.New(out, environ), errOut: console.New(errOut, environ)}
	root := sh.root()
	strict(root)
	root.SetArgs(args)
	if err := root.ExecuteContext(ctx); err != nil {
		if sh.code == exitDone {
			sh.code = exitUsage
			if diag.Of(err) == "" {
				err = diag.With(diag.UsageWrong, err)
			}
		}
		sh.fail(err)
	}
	return sh.code
}

// root returns the command with all others beneath it.
func (sh *shell) root() *cobra.Command {
	root := &cobra.Command{
		Use: "portolan", Short: "Chart an AWS estate into Port", Long: about,
		SilenceUsage: true, SilenceErrors: true, Args: noArgs, SuggestionsMinimumDistance: 2,
	}
	// A template of cobra's would make the linker keep every method of every AWS client.
	asked := root.Flags().Bool("version", false, "print the version")
	root.RunE = func(c *cobra.Command, _ []string) error {
		if *asked {
			return printVersion(c)
		}
		return c.Help()
	}
	root.SetOut(sh.out)
	root.SetErr(sh.errOut)
	root.SetHelpFunc(func(c *cobra.Command, _ []string) { printHelp(sh.out, c) })
	root.SetFlagErrorFunc(unknownFlag)
	sh.logFlags(root)
	runs, tries, tells := &cobra.Group{ID: "runs", Title: "Bring AWS into Port"}, &cobra.Group{ID: "tries", Title: "Try kinds and mappings"},
		&cobra.Group{ID: "tells", Title: "Look things up"}
	root.AddGroup(runs, tries, tells)
	add := func(group *cobra.Group, commands ...*cobra.Command) {
		for _, c := range commands {
			c.GroupID = group.ID
			root.AddCommand(c)
		}
	}
	add(runs, doctorCommand(sh), runCommand(sh, invocation.Plan), runCommand(sh, invocation.Resync), runCommand(sh, invocation.Poll),
		listenCommand(sh), uninstallCommand(sh))
	add(tries, tryCommand(sh), readCommand(sh), mapCommand(sh), mappingCommand(sh), eventsCommand(sh))
	add(tells, explainCodeCommand(), kindsCommand(), policyCommand(), versionCommand())
	root.SetHelpCommandGroupID(tells.ID)
	root.SetCompletionCommandGroupID(tells.ID)
	complete(sh, root)
	return root
}

// runCommand is one run of an action.
func runCommand(sh *shell, action string) *cobra.Command {
	request := invocation.Request{Action: action, Trigger: invocation.CLI}
	var (
		output  string
		file    save.File
		timeout time.Duration
		differs bool
	)
	c := introduction(action)
	flags := c.Flags()
	if action != invocation.Poll {
		request.Flags(flags)
	}
	if action == invocation.Plan {
		flags.BoolVar(&differs, "exit-code", false, "end with 4 if a resync would change something, and with 0 only if it would not")
	}
	flags.StringVar(&output, "output", "table", "how to print the report: table or json")
	file.Flag(flags)
	flags.DurationVar(&timeout, "timeout", 0, "end in good order before this much time is over, 14m")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if err := checkOutput(output); err != nil {
			return err
		}
		err := errors.Join(invocation.CheckFlags(c.Flags()), request.Check(cloudcontrol.Check), file.Check(), checkTimeout(c.Flags(), leastTime))
		if err != nil {
			return err
		}
		a, err := newApp(sh.environ, sh.errOut)
		if err != nil {
			return fmt.Errorf("the settings are wrong:\n%w", err)
		}
		defer a.close()
		ctx := c.Context()
		if timeout > 0 {
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(ctx, timeout)
			defer cancel()
		}
		progress := &resync.Progress{}
		stop := watch(progress, sh.errOut, a.log)
		result, err := a.perform(ctx, request, progress)
		stop()
		if result == nil {
			sh.code = exitFailed
			return err
		}
		if sh.code = result.ExitCode(); result.Declined() {
			return err
		}
		if sh.code == exitDone && differs && wouldChange(result) {
			sh.code = exitChanges
		}
		// The report has the error of a run that failed; it is not printed twice.
		return errors.Join(printResult(c.OutOrStdout(), result, output), file.Write(result))
	}
	return c
}

// introduction is the command of an action, as its help shows it.
func introduction(action string) *cobra.Command {
	switch action {
	case invocation.Poll:
		return &cobra.Command{
			Use: "poll", Short: "Ask Port whether somebody wants a resync, and make one only then", Args: noArgs,
			Example: "  portolan poll",
		}
	case invocation.Plan:
		return &cobra.Command{
			Use: "plan", Short: "Read AWS and say what a resync would change in Port; it writes nothing anywhere", Long: aboutPlan, Args: noArgs,
			Example: "  portolan plan\n  portolan plan --accounts 111122223333 --report plan.html",
		}
	}
	return &cobra.Command{
		Use: "resync", Short: "Read AWS and make Port's catalog equal to it", Long: aboutResync, Args: noArgs,
		Example: "  portolan resync\n  portolan resync --kinds AWS::S3::Bucket --accounts 111122223333 --output json",
	}
}

// wouldChange says whether a plan found something that a resync would change.
func wouldChange(plan *report.Report) bool {
	return plan.Total.Created+plan.Total.Updated+plan.Deletes.Planned > 0
}

// leastTime is the shortest time for a run: it has to reach Port, AWS and the
// accounts before it can read anything.
const leastTime = time.Second

// checkTimeout returns an error if the flag --timeout is set to less than least. 0 means
// no limit.
func checkTimeout(flags *pflag.FlagSet, least time.Duration) error {
	timeout, err := flags.GetDuration("timeout")
	switch {
	case err != nil, timeout == 0:
		return err
	case timeout < 0:
		return fmt.Errorf("--timeout is %s; it should be a time such as 14m, or 0 for no limit", timeout)
	case timeout < least:
		return fmt.Errorf("--timeout is %s, in which nothing can be done; it should be at least %s, or 0 for no limit", timeout, least)
	}
	return nil
}

// outputs are the values of the flag --output.
var outputs = []string{"table", "json"}

// checkOutput returns an error if the flag --output is not one that printResult knows.
func checkOutput(output string) error {
	if !slices.Contains(outputs, output) {
		return fmt.Errorf("--output is %q; it should be table or json%s", output, nearest.Hint(output, outputs))
	}
	return nil
}

// printResult prints what came of a command.
func printResult(w io.Writer, result interface{ Write(io.Writer) error }, output string) error {
	if output == "table" {
		return result.Write(w)
	}
	text, err := plain.Marshal(result)
	if err != nil {
		return err
	}
	_, err = w.Write(text)
	return err
}

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version", Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error { return printVersion(c) },
	}
}

func printVersion(c *cobra.Command) error {
	_, err := fmt.Fprintln(c.OutOrStdout(), "portolan", version)
	return err
}

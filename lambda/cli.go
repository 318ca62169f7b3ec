package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/alecthomas/kong"

	"portolan/internal/invocation"
	"portolan/internal/kinds"
	"portolan/internal/policy"
	"portolan/internal/report"
	"portolan/internal/resync"
)

// The exit codes of the command line.
const (
	exitDone       = 0
	exitFailed     = 1 // nothing could be synced
	exitUsage      = 2 // the command or the settings are wrong
	exitIncomplete = 3 // done, but not all of it
)

// commands is the command line.
type commands struct {
	Resync  resyncCommand  `cmd:"" help:"Read AWS and make Port's catalog equal to it."`
	Kinds   kindsCommand   `cmd:"" help:"List the kinds of AWS resources that can be read."`
	Policy  policyCommand  `cmd:"" help:"Print the IAM policy that a read role needs."`
	Version versionCommand `cmd:"" help:"Print the version."`
}

const about = `Portolan charts an AWS estate into Port.

Settings come from the environment, under the names that Port's aws-v3
integration uses; docs/configuration.md lists them. The least that a run needs:

  OCEAN__PORT__CLIENT_ID, OCEAN__PORT__CLIENT_SECRET   (or PORT_SECRET_ARN)
  OCEAN__INTEGRATION__IDENTIFIER
  AWS credentials, as for every AWS tool

Exit codes: 0 done, 1 nothing could be synced, 2 wrong usage or settings,
3 done but incomplete.`

// surroundings are what a command may touch.
type surroundings struct {
	ctx      context.Context
	environ  []string
	out, err io.Writer
	code     int
}

// command runs a command line and gives the exit code.
func command(ctx context.Context, args, environ []string, out, errOut io.Writer) int {
	s := &surroundings{ctx: ctx, environ: environ, out: out, err: errOut}
	exited := -1
	parser, err := kong.New(&commands{},
		kong.Name("portolan"), kong.Description(about), kong.Writers(out, errOut),
		kong.Exit(func(code int) { exited = code }), kong.UsageOnError(), kong.ConfigureHelp(kong.HelpOptions{Compact: true}))
	if err != nil {
		panic(err) // the declaration above is wrong
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	parsed, err := parser.Parse(args)
	if exited >= 0 {
		return exited
	}
	if err == nil {
		err = parsed.Run(s)
	}
	if err != nil {
		fmt.Fprintf(errOut, "portolan: %v\n", err)
		if s.code == exitDone {
			return exitUsage
		}
	}
	return s.code
}

type resyncCommand struct {
	Kinds           []string      `help:"Read only these kinds, AWS::S3::Bucket,…" placeholder:"KIND"`
	Accounts        []string      `help:"Read only these accounts, by id." placeholder:"ID"`
	Regions         []string      `help:"Read only these regions." placeholder:"REGION"`
	Force           bool          `help:"Write what has not changed, too."`
	AllowMassDelete bool          `help:"Delete even more than the mapping's entityDeletionThreshold allows, this once."`
	Output          string        `help:"How to print the report: ${enum}." enum:"table,json" default:"table"`
	Timeout         time.Duration `help:"End in good order before this much time is over, 14m; 0 sets no end." default:"0"`
}

// Run is one resync.
func (c *resyncCommand) Run(s *surroundings) error {
	request := invocation.Request{
		Action: invocation.Resync, Trigger: invocation.CLI, Kinds: c.Kinds, Accounts: c.Accounts, Regions: c.Regions,
		Force: c.Force, AllowMassDelete: c.AllowMassDelete,
	}
	if err := request.Check(kindNames()); err != nil {
		return err
	}
	a, err := newApp(s.environ, s.err)
	if err != nil {
		return fmt.Errorf("the settings are wrong:\n%w", err)
	}
	defer a.close()
	ctx := s.ctx
	if c.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.Timeout)
		defer cancel()
	}
	progress := &resync.Progress{}
	stop := watch(progress, s.err, a.log)
	result, err := a.resync(ctx, request, progress)
	stop()
	s.code = exitCode(result.Status)
	return errors.Join(c.print(s.out, result), err)
}

func (c *resyncCommand) print(w io.Writer, result *report.Report) error {
	if c.Output == "table" {
		return result.Write(w)
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(result)
}

func exitCode(status report.Status) int {
	switch status {
	case report.Completed:
		return exitDone
	case report.Failed:
		return exitFailed
	default:
		return exitIncomplete
	}
}

type kindsCommand struct{}

// Run lists the kinds.
func (kindsCommand) Run(s *surroundings) error {
	table := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "KIND\tSCOPE\tOPTIONAL ACTIONS (includeActions)")
	for _, k := range kinds.All {
		fmt.Fprintf(table, "%s\t%s\t%s\n", k.Type, k.Scope, strings.Join(k.OptionalNames(), ", "))
	}
	return table.Flush()
}

type policyCommand struct {
	Kinds      []string `help:"The kinds to read; all of them by default." placeholder:"KIND"`
	Management bool     `help:"Add what the role in the management account needs to find the accounts."`
}

// Run prints the policy.
func (c *policyCommand) Run(s *surroundings) error {
	request := invocation.Request{Action: invocation.Resync, Kinds: c.Kinds}
	if err := request.Check(kindNames()); err != nil {
		return err
	}
	if len(c.Kinds) == 0 {
		c.Kinds = kindNames()
	}
	actions := append(policy.Entering, policy.Naming...)
	if c.Management {
		actions = append(actions, policy.Discovery...)
	}
	for _, name := range c.Kinds {
		actions = append(actions, kinds.ByType(name).AllActions(nil)...)
	}
	_, err := fmt.Fprintln(s.out, policy.Read(actions).JSON())
	return err
}

func kindNames() []string {
	names := make([]string, len(kinds.All))
	for i, k := range kinds.All {
		names[i] = k.Type
	}
	return names
}

type versionCommand struct{}

// Run prints the version.
func (versionCommand) Run(s *surroundings) error {
	_, err := fmt.Fprintln(s.out, "portolan", version)
	return err
}

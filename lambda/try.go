package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/cli/browser"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"portolan/internal/catalog"
	"portolan/internal/console"
	"portolan/internal/diag"
	"portolan/internal/invocation"
	"portolan/internal/plain"
	"portolan/internal/port/defaults"
	"portolan/internal/report"
	"portolan/internal/report/page"
	"portolan/internal/resync"
	"portolan/internal/settings"
)

const aboutTry = `Read your own AWS account, and look at the catalog that Port would get from it.

It needs only the AWS credentials of the shell. It reads their account, or
the accounts that the settings name, maps what it finds with the default blueprints
and mapping, and shows the catalog in a browser, with the report of the run beside it.
Port is not called. Nothing is written anywhere: the catalog is in memory until Ctrl-C,
and only this machine can open the page.

The group quick has the kinds for a first look: those that most accounts use and that
take few calls, and the networks around them. It leaves out histories, and kinds for
which AWS needs a slow call for each resource. --kinds takes kinds and groups.

Exit codes: 0 done, 1 nothing could be read, 2 wrong usage or settings, 3 some of it.`

// quick is the group of kinds that is read unless others are named.
const quick = "quick"

// firstLook is what somebody wants to see of an estate.
type firstLook struct {
	kinds     []string // kinds and groups
	request   invocation.Request
	timeout   time.Duration
	port      int
	noBrowser bool

	environ []string
	out     *console.Screen
}

// tryCommand shows an estate as a catalog.
func tryCommand(sh *shell) *cobra.Command {
	look := &firstLook{kinds: []string{quick}, request: invocation.Request{Action: invocation.Resync, Trigger: invocation.CLI}}
	c := &cobra.Command{
		Use: "try", Short: "Read your own AWS account and show the catalog in a browser, without Port", Long: aboutTry, Args: noArgs,
		Example: "  portolan try\n  portolan try --regions eu-west-1 --kinds native,network,AWS::IAM::Role\n  portolan try --no-browser --port 8080",
	}
	flags := c.Flags()
	invocation.List(flags, &look.kinds, "kinds", "read these kinds and groups of kinds")
	invocation.List(flags, &look.request.Accounts, "accounts", "read only these accounts, by id")
	invocation.List(flags, &look.request.Regions, "regions", "read only these regions")
	flags.DurationVar(&look.timeout, "timeout", 0, "show what was read after this much time, 2m")
	flags.IntVar(&look.port, "port", 0, "serve the page on this port of 127.0.0.1; 0 is any that is free")
	flags.BoolVar(&look.noBrowser, "no-browser", false, "print the address of the page, and open no browser")
	c.RunE = func(c *cobra.Command, _ []string) error {
		look.environ, look.out = sh.environ, sh.out
		err := errors.Join(invocation.CheckFlags(flags), look.check(), checkTimeout(flags, leastTime))
		if err != nil {
			return err
		}
		of, err := loadSettings(sh.environ, settings.LoadAWS)
		if err != nil {
			return fmt.Errorf("the settings are wrong:\n%w", err)
		}
		if of.Log.Level == slog.LevelInfo && !sh.has(levelVariable) {
			of.Log.Level = slog.LevelError // the report says the rest
		}
		a := &app{settings: of, log: newLog(of, sh.errOut, nil)}
		sh.code, err = a.show(c.Context(), look, sh.errOut)
		return err
	}
	return c
}

func (l *firstLook) check() error {
	problems := []error{l.request.Check(nil)}
	if err := defaults.Check(l.kinds, readable); err != nil {
		problems = append(problems, fmt.Errorf("--kinds: %w", err))
	}
	if l.port < 0 || l.port > 65535 {
		problems = append(problems, fmt.Errorf("--port is %d; it should be a number up to 65535", l.port))
	}
	return errors.Join(problems...)
}

// show reads, and serves what was read until the context ends. It returns the exit code.
func (a *app) show(ctx context.Context, look *firstLook, errOut *console.Screen) (int, error) {
	start := defaults.Of(look.kinds...)
	into, err := catalog.New(start.Blueprints)
	if err != nil {
		return exitFailed, err
	}
	l, url, err := catalog.Listen(look.port)
	if err != nil {
		return exitFailed, err
	}
	defer func() { _ = l.Close() }() // the page closes it too
	result, err := a.fill(ctx, look, into.Port(start), errOut)
	if err != nil {
		if fix := diag.Of(err).Entry().Fix; fix != "" && !result.Declined() {
			err = fmt.Errorf("%w\n→ %s", err, diag.Unmarked(fix))
		}
		return result.ExitCode(), err
	}
	if ctx.Err() != nil {
		return exitIncomplete, errors.New("it was stopped before everything was read; nothing was written")
	}
	result.Integration = whose(result) // there is none, and the page of the report is called by it
	about := aboutOf(result)
	look.tell(into, result, url)
	if !look.noBrowser && desktop(look.environ) {
		openBrowser(url)
	}
	if err := catalog.Serve(ctx, l, catalog.Page(func() (*catalog.Catalog, catalog.About) { return into, about })); err != nil {
		return exitFailed, err
	}
	return result.ExitCode(), nil
}

// fill makes a run whose entities go into a catalog.
func (a *app) fill(ctx context.Context, look *firstLook, into *catalog.Port, errOut *console.Screen) (*report.Report, error) {
	if look.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, look.timeout)
		defer cancel()
	}
	progress := &resync.Progress{}
	stop := watch(progress, errOut, a.log)
	defer stop()
	deps := a.reading(progress)
	deps.Port, deps.Integration = into, "try"
	request := look.request
	request.Action = "try"
	return resync.Run(ctx, deps, request)
}

// aboutOf is what the page says of a run.
func aboutOf(r *report.Report) catalog.About {
	return catalog.About{
		Name: whose(r), Notes: []string{
			"Read " + r.Finished.Format("2 January 2006, 15:04 UTC") + " with the default blueprints and mapping. Port was not called; this catalog is in memory only.",
		},
		Report: func(w io.Writer) error { return page.Write(w, r) },
	}
}

// whose names the account that was read, or counts them.
func whose(r *report.Report) string {
	if len(r.Accounts) != 1 {
		return plain.Count(len(r.Accounts), "account", "accounts")
	}
	a := r.Accounts[0]
	if strings.Contains(a.Name, a.ID) {
		return a.Name
	}
	return a.Name + " (" + a.ID + ")"
}

// tell prints what was found, where it is shown, and what comes next.
func (l *firstLook) tell(c *catalog.Catalog, r *report.Report, url string) {
	entities, blueprints := c.Count()
	say := func(format string, values ...any) {
		_, _ = io.WriteString(l.out, l.out.Look().Fold(fmt.Sprintf(format, values...), 4)+"\n")
	}
	say("%s: %s of %s, read in %s", plain.Line(whose(r), longestNote), plain.Count(entities, "entity", "entities"), plain.Count(blueprints, "blueprint", "blueprints"),
		time.Duration(r.Seconds*float64(time.Second)).Round(time.Second/10))
	if r.Status != report.Completed {
		say("Not everything was read: %s", plain.Line(r.Reason, longestNote))
		for _, fix := range l.fixes(r) {
			say("  → %s", plain.Line(fix, longestNote))
		}
	}
	say("\n  catalog  %s\n  report   %sreport\n", url, url)
	say("Port was not called, and nothing was written. Ctrl-C ends this.")
	say("Next: with Port's credentials, portolan plan says what a run would change there.")
}

// fixes are what the report says to do, the first few of them, and for what is denied the policy.
func (l *firstLook) fixes(r *report.Report) []string {
	const few = 3
	var fixes []string
	if slices.ContainsFunc(r.Gaps, func(g report.Gap) bool { return g.Outcome == "denied" }) {
		fixes = append(fixes, "Some reads are denied: the policy that portolan policy --kinds "+strings.Join(l.kinds, ",")+" prints allows all of them")
	}
	found := slices.Clone(r.Diagnostics)
	for _, g := range r.Gaps {
		found = append(found, g.Diagnostic)
	}
	for _, d := range found {
		if fix := cmp.Or(d.Title, d.Cause) + ": " + d.Fix; d.Severity != diag.Note && d.Fix != "" && len(fixes) < few {
			fixes = append(fixes, fix)
		}
	}
	return fixes
}

// openBrowser opens a page and does not wait for it. What a browser prints is not for this terminal.
func openBrowser(url string) {
	browser.Stdout, browser.Stderr = io.Discard, io.Discard
	go func() { _ = browser.OpenURL(url) }() // the address is printed in any case
}

// desktop says whether somebody sits in front of a terminal of a machine with a desktop.
func desktop(environ []string) bool {
	has := func(names ...string) bool {
		return slices.ContainsFunc(environ, func(variable string) bool {
			name, value, _ := strings.Cut(variable, "=")
			return value != "" && slices.Contains(names, name)
		})
	}
	if !term.IsTerminal(int(os.Stdout.Fd())) || has("SSH_CONNECTION", "SSH_TTY", "CI") {
		return false
	}
	return runtime.GOOS == "darwin" || runtime.GOOS == "windows" || has("DISPLAY", "WAYLAND_DISPLAY")
}

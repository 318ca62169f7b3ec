package main

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"portolan/internal/console"
	"portolan/internal/diag"
	"portolan/internal/doctor"
	"portolan/internal/nearest"
	"portolan/internal/plain"
	"portolan/internal/settings"
)

// printHelp prints what a command does and takes.
func printHelp(to *console.Screen, c *cobra.Command) {
	look := to.Look()
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n%s\n  %s\n", look.Paragraphs(cmp.Or(c.Long, c.Short+".")), look.Strong("Usage"), usageOf(c))
	if c.HasExample() {
		fmt.Fprintf(&b, "\n%s\n%s\n", look.Strong("Examples"), c.Example)
	}
	for _, group := range append(c.Groups(), &cobra.Group{Title: "Commands"}) {
		title := "\n" + look.Strong(group.Title) + "\n"
		for _, of := range c.Commands() {
			if of.GroupID == group.ID && of.IsAvailableCommand() {
				b.WriteString(title + look.List(fmt.Sprintf("  %-*s ", c.NamePadding(), of.Name()), of.Short))
				title = ""
			}
		}
	}
	flags := func(title string, of *pflag.FlagSet) {
		if of.HasAvailableFlags() {
			fmt.Fprintf(&b, "\n%s\n%s", look.Strong(title), of.FlagUsagesWrapped(look.Width))
		}
	}
	flags("Flags", c.LocalNonPersistentFlags())
	flags("Flags of every command", persistent(c))
	if c.HasAvailableSubCommands() {
		fmt.Fprintf(&b, "\n%s COMMAND --help says more about a command.\n", c.CommandPath())
	}
	_, _ = to.Write([]byte(b.String()))
}

func usageOf(c *cobra.Command) string {
	if c.HasAvailableSubCommands() {
		return c.CommandPath() + " COMMAND [flags]"
	}
	return c.UseLine()
}

// persistent returns the flags that every command has.
func persistent(c *cobra.Command) *pflag.FlagSet { return c.Root().PersistentFlags() }

// unknownFlag says of an error about flags which one was meant.
func unknownFlag(c *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	if errors.As(err, &unknown) {
		var names []string
		c.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
		name, dash := unknown.GetSpecifiedName(), "--"
		if unknown.GetSpecifiedShortnames() != "" {
			dash = "-"
		}
		meant := ""
		if near, ok := nearest.Name(name, names); ok {
			meant = "; did you mean --" + near + "?"
		}
		err = fmt.Errorf("%s has no flag %s%s%s", c.CommandPath(), dash, name, meant)
	}
	return fmt.Errorf("%w\n%s --help lists the flags", err, c.CommandPath())
}

// noArgs returns an error if a command has an argument: one that is no command, or one that it
// does not take.
func noArgs(c *cobra.Command, args []string) error {
	switch {
	case len(args) == 0:
		return nil
	case !c.HasAvailableSubCommands():
		return fmt.Errorf("%s takes no argument, and got %s", c.CommandPath(), strconv.Quote(args[0]))
	}
	var names []string
	for _, of := range c.Commands() {
		if of.IsAvailableCommand() {
			names = append(names, of.Name())
		}
	}
	meant := nearest.Hint(args[0], names)
	if near := c.SuggestionsFor(args[0]); meant == "" && len(near) > 0 {
		meant = fmt.Sprintf("; did you mean %q?", near[0])
	}
	return fmt.Errorf("%s has no command %s%s\n%s --help lists the commands", c.CommandPath(), strconv.Quote(args[0]), meant, c.CommandPath())
}

// strict makes the commands that cobra adds refuse what is no command. They would answer with a
// help that was not asked for, and end as if all were well.
func strict(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, c := range root.Commands() {
		switch c.Name() {
		case "help":
			c.Args = func(_ *cobra.Command, args []string) error {
				of, rest, err := root.Find(args)
				if err != nil || !of.HasAvailableSubCommands() {
					return err
				}
				return noArgs(of, rest)
			}
		case "completion":
			c.Args, c.RunE = noArgs, func(c *cobra.Command, _ []string) error { return c.Help() }
		}
	}
}

// exactlyOne wants one argument, and atMostOne one or none.
func exactlyOne(what string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) != 1 {
			got := map[bool]string{true: "none", false: fmt.Sprint(len(args))}[len(args) == 0]
			return fmt.Errorf("%s takes one %s, and got %s\n%s --help has examples", c.CommandPath(), what, got, c.CommandPath())
		}
		return nil
	}
}

func atMostOne(what string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) > 1 {
			return exactlyOne(what)(c, args)
		}
		return nil
	}
}

// levelVariable is the setting of the log's level.
const levelVariable = "PORTOLAN_LOG_LEVEL"

// logLevels are the values of the flag --log-level.
var logLevels = []string{"debug", "info", "warn", "error"}

// logFlags adds the flags about what is said beside the result, and applies them before a
// command begins. Without one of them, a person at a terminal sees errors only, because the
// result tells of all else, unless the command stays and has no result.
func (sh *shell) logFlags(root *cobra.Command) {
	flags := root.PersistentFlags()
	verbose := flags.CountP("verbose", "v", "show the log of what is done; twice (-vv): of each call too``")
	quiet := flags.BoolP("quiet", "q", false, "show only errors, and no progress")
	level := flags.String("log-level", "", "show the log from this `level` on: debug, info, warn or error")
	colourless := flags.Bool("no-color", false, "use no colours; NO_COLOR=1 in the environment does the same")
	root.PersistentPreRunE = func(c *cobra.Command, _ []string) error {
		if *colourless {
			sh.out.Colourless()
			sh.errOut.Colourless()
		}
		given := 0
		for _, name := range []string{"verbose", "quiet", "log-level"} {
			if flags.Changed(name) {
				given++
			}
		}
		wanted := *level
		switch {
		case given > 1:
			return errors.New("use one of --verbose, --quiet and --log-level")
		case *verbose > 1:
			wanted = "debug"
		case *verbose == 1:
			wanted = "info"
		case *quiet:
			sh.errOut.Still()
			wanted = "error"
		case flags.Changed("log-level"):
			if err := settings.Check(levelVariable, wanted); err != nil {
				return fmt.Errorf("--log-level is %q; it should be %w%s", wanted, err, nearest.Hint(wanted, logLevels))
			}
		case sh.errOut.Interactive() && c.Name() != "run" && !sh.has(levelVariable):
			wanted = "error" // of all else the result tells
		}
		if wanted != "" {
			sh.set(levelVariable, wanted)
		}
		return nil
	}
}

// has says whether a variable of the environment is set to something.
func (sh *shell) has(name string) bool {
	for _, variable := range sh.environ {
		if value, ok := strings.CutPrefix(variable, name+"="); ok && value != "" {
			return true
		}
	}
	return false
}

// set sets a variable of the environment.
func (sh *shell) set(name, value string) {
	environ := []string{name + "=" + value}
	for _, variable := range sh.environ {
		if !strings.HasPrefix(variable, name+"=") {
			environ = append(environ, variable)
		}
	}
	sh.environ = environ
}

// fail says why a command did nothing: the cause, what can be done about it, and where more is
// said of it.
func (sh *shell) fail(err error) {
	look := sh.errOut.Look()
	cause, fix := doctor.Explain(err)
	text := look.Fold(look.Bad("Error:")+" "+plain.Lines(cause, longestError, ""), 2) + "\n"
	if fix != "" {
		text += look.Fold("  → "+plain.Lines(fix, longestError, ""), 4) + "\n"
	}
	if code := diag.Of(err); code != "" {
		text += "  " + look.Faint(code.See()) + "\n"
	}
	_, _ = sh.errOut.Write([]byte(text))
}

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"portolan/internal/plain"
	"portolan/internal/uninstall"
)

const uninstallAbout = `Take out of Port what this integration put there.

  --entities      the entities that it was the last to write
  --integration   its entry on the Data sources page, with the mapping

It lists what would go and deletes nothing, until you confirm by typing the
integration's identifier, or by --confirm. Nothing is taken along: an entity at
which somebody else's points stays, and so do blueprints. Stop the schedule first.`

// uninstallFlags are what the command line says.
type uninstallFlags struct {
	request         uninstall.Request
	confirm, output string
}

// uninstallCommand takes out of Port what the integration owns there.
func uninstallCommand(sh *shell) *cobra.Command {
	var given uninstallFlags
	c := &cobra.Command{
		Use: "uninstall", Short: "Take out of Port what this integration put there", Long: uninstallAbout, Args: noArgs,
		Example: "  portolan uninstall --entities\n  portolan uninstall --entities --integration --confirm my-aws",
	}
	flags := c.Flags()
	flags.BoolVar(&given.request.Entities, "entities", false, "the entities that this integration was the last to write")
	flags.BoolVar(&given.request.Integration, "integration", false, "its entry on the Data sources page, with the mapping")
	flags.StringVar(&given.confirm, "confirm", "", "the integration's identifier: delete, and do not ask")
	flags.StringVar(&given.output, "output", "table", "how to print what goes: table or json")
	c.RunE = func(c *cobra.Command, _ []string) error {
		switch {
		case checkOutput(given.output) != nil:
			return checkOutput(given.output)
		case given.request == uninstall.Request{}:
			return errors.New("choose what goes: --entities, --integration, or both; nothing is deleted before you confirm it (portolan uninstall --help)")
		}
		a, err := newApp(sh.environ, sh.errOut)
		if err != nil {
			return fmt.Errorf("the settings are wrong:\n%w", err)
		}
		defer a.close()
		if given.confirm != "" && given.confirm != a.settings.Integration.Identifier {
			return fmt.Errorf("--confirm is %q, and the settings are those of %s; nothing was deleted", given.confirm, a.settings.Integration.Identifier)
		}
		result, err := a.uninstall(c, sh, given)
		if err != nil {
			sh.code = exitFailed
			return err
		}
		sh.code = result.ExitCode()
		return nil
	}
	return c
}

// uninstall plans, asks where a person can be asked, and deletes. It prints what comes
// of it.
func (a *app) uninstall(c *cobra.Command, sh *shell, given uninstallFlags) (*uninstall.Result, error) {
	ctx, out := c.Context(), c.OutOrStdout()
	store, err := a.stateStore(ctx)
	if err != nil {
		return nil, err
	}
	deps := uninstall.Deps{
		Port: a.port, State: store, Source: source(), Integration: a.settings.Integration.Identifier, Type: a.settings.Integration.Type,
		Log: a.log, Progress: &uninstall.Progress{},
	}
	if given.confirm == "" {
		plan, err := uninstall.Plan(ctx, deps, given.request)
		if err != nil {
			return nil, err
		}
		if err := printResult(out, plan, given.output); err != nil {
			return nil, err
		}
		agreed, err := a.agree(ctx, c, given)
		if err != nil || !agreed {
			return plan, err
		}
	}
	stop := follow(sh.errOut, a.log, func() (string, []any) {
		deleted, of := deps.Progress.Deleted.Load(), deps.Progress.Of.Load()
		return fmt.Sprintf("%d of %s deleted", deleted, plain.Count(int(of), "entity", "entities")), []any{"deleted", deleted, "of", of}
	})
	result, err := uninstall.Run(ctx, deps, given.request)
	stop()
	if err != nil {
		return nil, err
	}
	return result, printResult(out, result, given.output)
}

// agree asks for consent at a terminal. Elsewhere it says how to continue.
func (a *app) agree(ctx context.Context, c *cobra.Command, given uninstallFlags) (bool, error) {
	identifier := a.settings.Integration.Identifier
	if given.output == "json" {
		return false, nil
	}
	file, ok := c.InOrStdin().(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		_, err := fmt.Fprintf(c.OutOrStdout(), "\nTo delete this, run the same with --confirm %s\n", identifier)
		return false, err
	}
	return ask(ctx, file, c.ErrOrStderr(), identifier)
}

// ask says whether somebody types the identifier.
func ask(ctx context.Context, from io.Reader, to io.Writer, identifier string) (bool, error) {
	if _, err := fmt.Fprintf(to, "\nType %s to delete this, or anything else to leave it: ", identifier); err != nil {
		return false, err
	}
	typed := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(from).ReadString('\n') // input without a line is not consent
		typed <- line
	}()
	select {
	case line := <-typed:
		if strings.TrimSpace(line) == identifier {
			return true, nil
		}
		_, err := fmt.Fprintln(to, "Nothing was deleted.")
		return false, err
	case <-ctx.Done():
		return false, errors.New("it was told to stop; nothing was deleted")
	}
}

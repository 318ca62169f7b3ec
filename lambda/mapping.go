package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/spf13/cobra"

	"portolan/internal/aws/account"
	"portolan/internal/aws/cloudcontrol"
	"portolan/internal/mapping"
	"portolan/internal/port"
	"portolan/internal/review"
)

const aboutCheck = `Say which parts of a mapping work and which do not, without reading AWS.

The mapping may be one of aws-v3, or of Ocean's older aws integration: YAML or
JSON, the whole configuration of the integration, its list of resources, or one
resource. It is a file, - for standard input, or with --from-port the one that
Port has for the integration of the settings.

It says for each entry of the mapping

  read       how its kind is read
  problem    what stops it, or a field of it, from working
  never      its properties that no document of the kind has
  unchecked  its properties that cannot be checked here
  calls      how many calls to AWS it costs, and the parents it is listed under

The program does not have AWS's schemas of types that are read through Cloud
Control. With --from-aws it asks AWS for them, as the AWS SDK's default identity.

Exit codes: 0 all is well, 1 there are problems, 2 wrong usage, or the mapping
cannot be read.`

// mappingCommand has what there is to do with a mapping as a whole.
func mappingCommand(sh *shell) *cobra.Command {
	c := &cobra.Command{
		Use: "mapping", Short: "Check a mapping: portolan mapping check FILE, or --from-port", Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(checkCommand(sh))
	return c
}

func checkCommand(sh *shell) *cobra.Command {
	var (
		output   string
		fromPort bool
		fromAWS  bool
	)
	c := &cobra.Command{
		Use: "check FILE | --from-port", Short: "Say what of a mapping works, how its kinds are read, and what it costs", Long: aboutCheck,
		Args:    atMostOne("FILE"),
		Example: "  portolan mapping check mapping.yml\n  portolan mapping check --from-port --output json",
	}
	c.Flags().StringVar(&output, "output", "table", "how to print what is found: table or json")
	c.Flags().BoolVar(&fromPort, "from-port", false, "check the mapping that Port has for the integration of the settings")
	c.Flags().BoolVar(&fromAWS, "from-aws", false, "ask AWS for the schemas of the types, to check their properties (cloudformation:DescribeType)")
	c.RunE = func(c *cobra.Command, args []string) error {
		switch {
		case checkOutput(output) != nil:
			return checkOutput(output)
		case fromPort == (len(args) > 0):
			return errors.New("name a file with a mapping, or --from-port; one of them")
		}
		raw, err := mappingOf(c, sh, args)
		if err != nil {
			return err
		}
		compiled, err := mapping.Compile(raw, knownKind)
		if err != nil {
			return err
		}
		var schemas review.Schemas
		if fromAWS {
			if schemas, err = schemasFor(c.Context(), review.Types(compiled), c.ErrOrStderr()); err != nil {
				return err
			}
		}
		result := review.Of(compiled, schemas)
		sh.code = result.ExitCode()
		return printResult(c.OutOrStdout(), result, output)
	}
	return c
}

// schemasFor asks AWS for the schemas of types, and says of which it has none.
func schemasFor(ctx context.Context, names []string, errOut io.Writer) (review.Schemas, error) {
	base, err := account.Base(ctx, account.Options{}, config.WithHTTPClient(account.Client()))
	if err != nil {
		return nil, err
	}
	schemas, errs := cloudcontrol.Schemas(ctx, base, names)
	for _, name := range slices.Sorted(maps.Keys(errs)) {
		_, _ = io.WriteString(errOut, noted(errOut, name+" is checked without AWS's schema: "+errs[name].Error()))
	}
	return schemas, nil
}

// knownKind says of a kind whether it can be read, and which actions a selector may name.
func knownKind(name string) (mapping.Actions, bool) {
	if k, _ := cloudcontrol.Resolve(name); k != nil {
		return mapping.Actions{Default: k.DefaultNames(), Optional: k.OptionalNames()}, true
	}
	return mapping.Actions{}, cloudcontrol.Check(name) == nil
}

// mappingOf returns the mapping of a file, or that of Port.
func mappingOf(c *cobra.Command, sh *shell, args []string) (json.RawMessage, error) {
	if len(args) == 0 {
		return mappingInPort(c.Context(), sh)
	}
	var (
		text []byte
		err  error
	)
	if args[0] == "-" {
		text, err = io.ReadAll(io.LimitReader(c.InOrStdin(), mostOfFile))
	} else {
		text, err = os.ReadFile(args[0])
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", args[0], errors.Unwrap(err))
	}
	raw, err := asMapping(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", args[0], err)
	}
	return raw, nil
}

// asMapping returns a mapping in JSON, from a text that has a whole mapping, its list of
// resources, or one resource.
func asMapping(text []byte) (json.RawMessage, error) {
	raw, err := mapping.ParseYAML(text)
	if err != nil {
		return nil, err
	}
	var root struct{ Kind json.RawMessage }
	if json.Unmarshal(raw, &root) == nil && root.Kind != nil {
		raw = slices.Concat([]byte(`{"resources":[`), raw, []byte(`]}`))
	}
	if string(raw) == "{}" {
		return nil, mapping.ErrEmpty
	}
	return raw, nil
}

// mappingInPort asks Port for the mapping of the integration.
func mappingInPort(ctx context.Context, sh *shell) (json.RawMessage, error) {
	a, err := newApp(sh.environ, sh.errOut)
	if err != nil {
		return nil, fmt.Errorf("the settings are wrong:\n%w", err)
	}
	defer a.close()
	in, err := a.port.Integration(ctx)
	switch {
	case port.NotFound(err):
		return nil, fmt.Errorf("Port has no integration %s; check OCEAN__INTEGRATION__IDENTIFIER", a.settings.Integration.Identifier)
	case err != nil:
		return nil, err
	}
	return in.Config, nil
}

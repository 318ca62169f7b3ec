package main

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"portolan/internal/aws/account"
	"portolan/internal/aws/awsname"
	"portolan/internal/aws/cloudcontrol"
	"portolan/internal/diag"
	"portolan/internal/settings"
)

// complete tells shells which words may follow: of every command, the values of its flags and
// its arguments.
func complete(sh *shell, root *cobra.Command) {
	fixed := func(words ...string) cobra.CompletionFunc {
		return cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp)
	}
	values := map[string]cobra.CompletionFunc{
		"output": fixed(outputs...), "log-level": fixed(logLevels...), "partition": fixed(awsname.Partitions()...),
		"kinds": listed(func(context.Context) []string { return cloudcontrol.Names() }), "kind": fixed(cloudcontrol.Names()...),
		"regions": listed(func(context.Context) []string { return awsname.Regions("") }), "accounts": listed(sh.accounts),
		"include-actions": func(_ *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
			return listed(func(context.Context) []string { return optionalOf(args) })(nil, nil, typed)
		},
		"report":  cobra.FixedCompletions([]string{"html", "json"}, cobra.ShellCompDirectiveFilterFileExt),
		"mapping": cobra.FixedCompletions([]string{"yml", "yaml", "json"}, cobra.ShellCompDirectiveFilterFileExt),
	}
	arguments := map[string]cobra.CompletionFunc{
		"portolan read": firstOf(cloudcontrol.Names), "portolan kinds": firstOf(cloudcontrol.Names),
		"portolan explain": func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			return slices.DeleteFunc(codes(), func(code string) bool { return slices.Contains(args, before(code)) }), cobra.ShellCompDirectiveNoFileComp
		},
	}
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		for _, flags := range []*pflag.FlagSet{c.LocalFlags(), c.PersistentFlags()} {
			flags.VisitAll(func(f *pflag.Flag) {
				if of := values[f.Name]; of != nil {
					_ = c.RegisterFlagCompletionFunc(f.Name, of) // a flag that has it already keeps it
				}
			})
		}
		if of := arguments[c.CommandPath()]; of != nil {
			c.ValidArgsFunction = of
		}
		for _, beneath := range c.Commands() {
			walk(beneath)
		}
	}
	walk(root)
}

// before returns the word of a completion without its description.
func before(completion string) string {
	word, _, _ := strings.Cut(completion, "\t")
	return word
}

// firstOf completes the first argument of a command.
func firstOf(words func() []string) cobra.CompletionFunc {
	return func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return words(), cobra.ShellCompDirectiveNoFileComp
	}
}

// listed completes the last item of a list, without those that it has.
func listed(words func(context.Context) []string) cobra.CompletionFunc {
	return func(c *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
		ctx := context.Background()
		if c != nil && c.Context() != nil {
			ctx = c.Context()
		}
		has := typed[:strings.LastIndexByte(typed, ',')+1]
		var left []string
		for _, word := range words(ctx) {
			if !slices.Contains(strings.Split(has, ","), before(word)) {
				left = append(left, has+word)
			}
		}
		return left, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
	}
}

// optionalOf returns the optional calls of a kind.
func optionalOf(args []string) []string {
	if len(args) == 0 {
		return nil
	}
	if k, _ := cloudcontrol.Resolve(args[0]); k != nil {
		return k.OptionalNames()
	}
	return nil
}

// patience is how long somebody who pressed the tabulator waits.
const patience = 3 * time.Second

// accounts asks AWS which accounts a run would read. Whatever goes wrong, none are suggested.
func (sh *shell) accounts(ctx context.Context) []string {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	of, err := settings.LoadAWS(sh.environ)
	if err != nil {
		return nil
	}
	a := &app{settings: of}
	base, err := a.baseConfig(ctx)
	if err != nil {
		return nil
	}
	listing, err := account.New(base, a.accountOptions()).List(ctx)
	if err != nil {
		return nil
	}
	var ids []string
	for _, found := range listing.Accounts {
		ids = append(ids, found.ID+"\t"+found.Name)
	}
	return ids
}

// codes are those of the catalogue, each with its title.
func codes() (names []string) {
	for _, group := range diag.Groups {
		for _, entry := range group.Entries {
			names = append(names, string(entry.Code)+"\t"+diag.Unmarked(entry.Title))
		}
	}
	return names
}

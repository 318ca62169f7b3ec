package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"portolan/internal/aws/awsname"
	"portolan/internal/aws/cloudcontrol"
	"portolan/internal/aws/kind"
	"portolan/internal/aws/kinds"
	"portolan/internal/aws/policy"
	"portolan/internal/invocation"
	"portolan/internal/port/defaults"
)

const aboutPolicy = `Print the IAM policy that a read role needs for some kinds.

Any kind that Portolan can read may be named, of its own or AWS's, and any
group of kinds (docs/kinds.md#groups); commas or blanks separate them. Without --kinds it is the policy for all native kinds.
A type that is read through AWS Cloud Control needs the API's two actions and
the reads that the type's handlers make. What a handler declares and what does
not only read, or hands out secrets, is never part of the policy: standard error
names it. A policy that is longer than IAM takes is printed as several, in a list.`

// policyCommand prints policies for read roles.
func policyCommand() *cobra.Command {
	var (
		names      []string
		management bool
		events     bool
		generic    bool
		partition  string
	)
	c := &cobra.Command{
		Use: "policy", Short: "Print the IAM policy that a read role needs", Long: aboutPolicy, Args: noArgs,
		Example: "  portolan policy\n  portolan policy --kinds AWS::S3::Bucket,AWS::IAM::Role --partition aws-us-gov",
		RunE: func(c *cobra.Command, _ []string) error {
			if err := invocation.CheckFlags(c.Flags()); err != nil {
				return err
			}
			read := kinds.All
			if c.Flags().Changed("kinds") {
				var err error
				if read, err = namedKinds(names); err != nil {
					return err
				}
			}
			if partition != "" && !awsname.IsPartition(partition) {
				return fmt.Errorf("--partition: %q is not a partition of AWS; use one of %s", partition, strings.Join(awsname.Partitions(), ", "))
			}
			actions := slices.Concat(policy.Entering, policy.Naming, policy.Offers)
			if management {
				actions = append(actions, policy.Discovery...)
			}
			if events {
				actions = append(actions, policy.Events...)
			}
			for _, k := range read {
				actions = append(actions, k.Permissions()...)
				if generic {
					actions = append(actions, cloudcontrol.Permissions(k.Type)...)
				}
			}
			noteWithheld(c.ErrOrStderr(), read, generic)
			return printPolicies(c.OutOrStdout(), policy.Read(cmp.Or(partition, "aws"), actions).Split(policy.MaxManaged))
		},
	}
	invocation.List(c.Flags(), &names, "kinds", "the kinds to read, or groups of them; all native ones by default")
	c.Flags().BoolVar(&generic, "cloud-control", false, "add what native kinds need in the form of Cloud Control, which a mapping may ask for")
	c.Flags().StringVar(&partition, "partition", "", "the partition that the policy is for: aws (the default), aws-us-gov, aws-cn …")
	c.Flags().BoolVar(&management, "management", false, "add what the role in the management account needs to find the accounts")
	c.Flags().BoolVar(&events, "events", false, "add what the doctor needs to find out whether the account's events are sent")
	return c
}

// namedKinds returns the kinds of --kinds.
func namedKinds(given []string) ([]*kind.Kind, error) {
	var names []string
	for _, name := range given {
		if group, there := defaults.Kinds(name); there {
			names = append(names, group...)
			continue
		}
		names = append(names, name)
	}
	named, err := cloudcontrol.ResolveAll(names)
	if err != nil {
		return nil, fmt.Errorf("--kinds names %w", err)
	}
	return named, nil
}

// noteWithheld says what is never granted, and may be missed.
func noteWithheld(w io.Writer, read []*kind.Kind, all bool) {
	for _, k := range read {
		of, known := cloudcontrol.Lookup(k.Type)
		generic := all || kinds.ByType(k.Type) == nil
		if withheld := of.Withheld(); known && generic && len(withheld) > 0 {
			_, _ = io.WriteString(w, noted(w, fmt.Sprintf("%s: its handler declares %s too, which a read role does not get", k.Type, strings.Join(withheld, ", "))))
		}
	}
}

// printPolicies prints a policy, or a list of them if one is not enough.
func printPolicies(w io.Writer, documents []policy.Document) error {
	if len(documents) == 1 {
		_, err := fmt.Fprintln(w, documents[0].JSON())
		return err
	}
	return printJSON(w, documents)
}

package operate

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	cloudformationtypes "github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/spf13/cobra"
)

// The keys of the CDK's context that tell the app of the Organization.
const (
	contextOrganization = "organizationId"
	contextRoot         = "organizationRootId"
)

// toolkitStack is what the CDK's bootstrap makes.
const toolkitStack = "CDKToolkit"

func (p *Program) bootstrapCommand() *cobra.Command {
	var path string
	c := &cobra.Command{
		Use: "bootstrap-org", Short: "Prepare an Organization, once, from its management account", Args: cobra.NoArgs,
		Long: "Prepare an Organization for the deployment, once, from its management account:\nturn on the trusted access that service-managed StackSets need, and note the ids\n" +
			"of the Organization and its root for the CDK. What is done already is left as it is.",
	}
	c.Flags().StringVar(&path, "context-file", "cdk.context.json", "where the CDK keeps its context")
	c.RunE = func(c *cobra.Command, _ []string) error {
		ctx := c.Context()
		config, err := p.config(ctx)
		if err != nil {
			return err
		}
		organization, root, err := p.organization(ctx, config)
		if err != nil {
			return err
		}
		if err := p.trustStackSets(ctx, config); err != nil {
			return err
		}
		changed, err := noteContext(path, map[string]string{contextOrganization: organization, contextRoot: root})
		if err != nil {
			return err
		}
		if changed {
			p.print("%s: wrote %s=%s and %s=%s", path, contextOrganization, organization, contextRoot, root)
		} else {
			p.print("%s: has %s=%s and %s=%s already", path, contextOrganization, organization, contextRoot, root)
		}
		return p.toolkit(ctx, config)
	}
	return c
}

// organization returns the ids of the Organization and its root, if the operator is in
// the management account, and the Organization is one that StackSets can serve.
func (p *Program) organization(ctx context.Context, config aws.Config) (id, root string, err error) {
	caller, err := sts.NewFromConfig(config).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return "", "", refused("sts:GetCallerIdentity", err)
	}
	client := organizations.NewFromConfig(config)
	found, err := client.DescribeOrganization(ctx, &organizations.DescribeOrganizationInput{})
	switch account := aws.ToString(caller.Account); {
	case hasCode(err, "AWSOrganizationsNotInUseException"):
		return "", "", fmt.Errorf("the account %s does not belong to an Organization; log in to the management account of one, "+
			"or deploy for single accounts (accountRoleArns), which needs none of this", account)
	case err != nil:
		return "", "", refused("organizations:DescribeOrganization", err)
	case found.Organization == nil:
		return "", "", errors.New("organizations:DescribeOrganization: the answer names no Organization")
	case aws.ToString(found.Organization.MasterAccountId) != account:
		return "", "", fmt.Errorf("this is the account %s, and the management account of the Organization is %s; log in to that one",
			account, aws.ToString(found.Organization.MasterAccountId))
	case found.Organization.FeatureSet != types.OrganizationFeatureSetAll:
		return "", "", fmt.Errorf("the Organization has the features %s only, and StackSets need all of them; enable all features in AWS Organizations first",
			found.Organization.FeatureSet)
	}
	roots, err := client.ListRoots(ctx, &organizations.ListRootsInput{}) // there is one
	switch {
	case err != nil:
		return "", "", refused("organizations:ListRoots", err)
	case len(roots.Roots) != 1:
		return "", "", fmt.Errorf("the Organization has %d roots, not one", len(roots.Roots))
	}
	id, root = aws.ToString(found.Organization.Id), aws.ToString(roots.Roots[0].Id)
	p.print("Organization: %s, root %s, managed from this account", id, root)
	return id, root, nil
}

// trustStackSets lets StackSets deploy into the accounts of the Organization.
func (p *Program) trustStackSets(ctx context.Context, config aws.Config) error {
	client := cloudformation.NewFromConfig(config)
	access, err := client.DescribeOrganizationsAccess(ctx, &cloudformation.DescribeOrganizationsAccessInput{})
	if err != nil {
		return refused("cloudformation:DescribeOrganizationsAccess", err)
	}
	if access.Status == cloudformationtypes.OrganizationStatusEnabled {
		p.print("StackSets: trusted access is on already")
		return nil
	}
	if _, err := client.ActivateOrganizationsAccess(ctx, &cloudformation.ActivateOrganizationsAccessInput{}); err != nil {
		return fmt.Errorf("turn on trusted access: %w (it also needs organizations:EnableAWSServiceAccess and iam:CreateServiceLinkedRole)",
			refused("cloudformation:ActivateOrganizationsAccess", err))
	}
	p.print("StackSets: trusted access is on now")
	return nil
}

// toolkit says whether the CDK can deploy here.
func (p *Program) toolkit(ctx context.Context, config aws.Config) error {
	found, err := cloudformation.NewFromConfig(config).DescribeStacks(ctx, &cloudformation.DescribeStacksInput{StackName: aws.String(toolkitStack)})
	switch {
	case isMissing(err):
		p.print("CDK: this account is not bootstrapped in %s; run make bootstrap", config.Region)
		return nil
	case err != nil:
		return refused("cloudformation:DescribeStacks", err)
	case len(found.Stacks) == 1:
		p.print("CDK: bootstrapped in %s (%s is %s)", config.Region, toolkitStack, found.Stacks[0].StackStatus)
	}
	return nil
}

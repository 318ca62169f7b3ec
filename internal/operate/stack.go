package operate

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"

	"portolan/internal/fault"
)

// The outputs of the stack that this package reads.
const (
	outputFunction = "FunctionName"
	outputSecret   = "SecretArn"
	outputLogGroup = "LogGroupName"
)

// output gives an output of the installation's stack.
func (p *Program) output(ctx context.Context, config aws.Config, key string) (string, error) {
	client := cloudformation.NewFromConfig(config)
	found, err := client.DescribeStacks(ctx, &cloudformation.DescribeStacksInput{StackName: &p.stack})
	switch {
	case isMissing(err):
		return "", fmt.Errorf("there is no stack %s in %s of this account; make deploy makes it, and another name is given by STACK=…, "+
			"another region by AWS_REGION", p.stack, config.Region)
	case err != nil:
		return "", refused("cloudformation:DescribeStacks", err)
	case len(found.Stacks) == 0:
		return "", fmt.Errorf("CloudFormation answers without the stack %s", p.stack)
	}
	stack := found.Stacks[0]
	for _, output := range stack.Outputs {
		if aws.ToString(output.OutputKey) == key && aws.ToString(output.OutputValue) != "" {
			return *output.OutputValue, nil
		}
	}
	return "", fmt.Errorf("the stack %s (%s) has no output %s; it is none of Portolan's, or not yet deployed to its end: make deploy",
		p.stack, stack.StackStatus, key)
}

// isMissing says whether CloudFormation has no stack of that name. Its code means no
// more than a wrong request.
func isMissing(err error) bool {
	return fault.Code(err) == "ValidationError" && strings.Contains(fault.Message(err), "does not exist")
}

// hasCode says whether AWS answered an error of the code.
func hasCode(err error, code string) bool { return err != nil && fault.Code(err) == code }

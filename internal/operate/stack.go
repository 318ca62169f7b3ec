package operate

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"portolan/internal/aws/awserr"
)

// The outputs of the stack that this package reads.
const (
	outputFunction = "FunctionName"
	outputMachine  = "StateMachineArn" // in distributed mode
	outputSecret   = "SecretArn"
	outputLogGroup = "LogGroupName"
)

// output returns an output of the installation's stack.
func (p *Program) output(ctx context.Context, config aws.Config, key string) (string, error) {
	stack, err := p.find(ctx, config)
	if err != nil {
		return "", err
	}
	return p.required(stack, key)
}

// required returns an output that every installation's stack has.
func (p *Program) required(stack types.Stack, key string) (string, error) {
	if value := outputOf(stack, key); value != "" {
		return value, nil
	}
	return "", fmt.Errorf("the stack %s (%s) has no output %s; it does not belong to Portolan, or its deployment has not finished: run make deploy",
		p.stack, stack.StackStatus, key)
}

// find returns the installation's stack.
func (p *Program) find(ctx context.Context, config aws.Config) (types.Stack, error) {
	found, err := cloudformation.NewFromConfig(config).DescribeStacks(ctx, &cloudformation.DescribeStacksInput{StackName: &p.stack})
	switch {
	case isMissing(err):
		return types.Stack{}, fmt.Errorf("there is no stack %s in %s of this account; make deploy creates it, and STACK=… names another stack, "+
			"AWS_REGION another region", p.stack, config.Region)
	case err != nil:
		return types.Stack{}, refused("cloudformation:DescribeStacks", err)
	case len(found.Stacks) == 0:
		return types.Stack{}, fmt.Errorf("CloudFormation answers without the stack %s", p.stack)
	}
	return found.Stacks[0], nil
}

// outputOf returns an output of a stack, "" if there is none.
func outputOf(stack types.Stack, key string) string {
	for _, output := range stack.Outputs {
		if aws.ToString(output.OutputKey) == key {
			return aws.ToString(output.OutputValue)
		}
	}
	return ""
}

// isMissing says whether CloudFormation has no stack of that name. Its code means no
// more than a wrong request.
func isMissing(err error) bool {
	return awserr.Code(err) == "ValidationError" && strings.Contains(awserr.Message(err), "does not exist")
}

// hasCode says whether AWS answered an error of the code.
func hasCode(err error, code string) bool { return err != nil && awserr.Code(err) == code }

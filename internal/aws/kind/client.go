package kind

import (
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go/middleware"

	"portolan/internal/aws/answer"
)

// Client turns the constructor of one of the SDK's clients into what a [Service] declares:
//
//	Client: kind.Client(dynamodb.NewFromConfig),
func Client[C, Options any](newFromConfig func(aws.Config, ...func(*Options)) C, options ...func(*Options)) func(aws.Config) any {
	return func(config aws.Config) any { return newFromConfig(config, options...) }
}

// ClientOf returns the client of the reading that the target belongs to. It panics if C is
// not the type of the client that the kind declares.
func ClientOf[C any](t Target) C { return t.client.(C) }

// open returns the target with the client of one reading.
func (k *Kind) open(t Target, options ...func(*middleware.Stack) error) Target {
	t.Config.APIOptions = slices.Concat(t.Config.APIOptions, []func(*middleware.Stack) error{answer.Guard}, options)
	if k.Service.Client != nil {
		t.client = k.Service.Client(t.Config)
	}
	return t
}

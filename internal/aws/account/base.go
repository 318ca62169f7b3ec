package account

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/smithy-go/middleware"

	"portolan/internal/aws/answer"
	"portolan/internal/aws/awserr"
	"portolan/internal/diag"
	"portolan/internal/plain"
)

// Base loads the configuration that everything starts from: the SDK's default
// chain, from the environment to the role of the function, the task or the pod.
//
// A web identity in the environment (AWS_WEB_IDENTITY_TOKEN_FILE with AWS_ROLE_ARN)
// wins over the static keys of the options, and these over the rest of the chain.
// Without a region the partition's main one is taken. The adjustments are made
// last: they may set the retryer, the HTTP client and whatever else a run needs. What
// counts as an answer is decided by package answer for every client, also those of
// the chain.
//
// An error means that the environment or a shared configuration file contradicts
// itself. That credentials are missing or do not work shows in List.
func Base(ctx context.Context, o Options, adjust ...func(*config.LoadOptions) error) (aws.Config, error) {
	env, err := config.NewEnvConfig()
	if err != nil {
		return aws.Config{}, fmt.Errorf("read AWS's environment variables: %w", err)
	}
	load := []func(*config.LoadOptions) error{
		config.WithHTTPClient(awshttp.NewBuildableClient().WithTransportOptions(answer.Bound)),
		config.WithDefaultRegion(MainRegion(partitionFor(o, ""))),
		config.WithAPIOptions([]func(*middleware.Stack) error{answer.Guard}),
	}
	if o.AccessKeyID != "" && (env.WebIdentityTokenFilePath == "" || env.RoleARN == "") {
		load = append(load, config.WithCredentialsProvider(credentials.NewStaticCredentialsProvider(
			o.AccessKeyID.Reveal(), o.SecretAccessKey.Reveal(), o.SessionToken.Reveal())))
	}
	cfg, err := config.LoadDefaultConfig(ctx, append(load, adjust...)...)
	if err != nil {
		return aws.Config{}, unloaded(err)
	}
	return answer.Guarded(cfg), nil
}

// unloaded says why there is no configuration, and what to type.
func unloaded(err error) error {
	e := &awserr.Error{Op: "load the AWS configuration", Class: awserr.Failed, Code: diag.BaseIdentity, Err: err}
	var profile config.SharedConfigProfileNotExistError
	if errors.As(err, &profile) {
		e.Op, e.Err = "", fmt.Errorf("there is no AWS profile %q, which AWS_PROFILE names", plain.Line(profile.Profile, longestProfile))
		e.Fix = "List the profiles (aws configure list-profiles), and name one of them (export AWS_PROFILE=NAME), or none (unset AWS_PROFILE)"
	}
	return e
}

// longestProfile is how many characters of a profile's name an error shows.
const longestProfile = 100

// tokenFile returns the file of the web identity token that the base identity comes
// from, "" if it comes from elsewhere.
func tokenFile(base aws.Config) string {
	for _, source := range base.ConfigSources {
		if env, ok := source.(config.EnvConfig); ok && !env.Credentials.HasKeys() {
			return env.WebIdentityTokenFilePath
		}
	}
	return ""
}

package account

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/ec2rolecreds"
	"github.com/aws/aws-sdk-go-v2/service/account"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"portolan/internal/aws/awserr"
	"portolan/internal/diag"
)

// identity returns who the base identity is. A call to ask this needs no permission;
// if it is denied all the same (the policy of a VPC endpoint can do that), the
// caller stays unknown and this is no error. Credentials that are missing or do
// not work are one.
func (d *Directory) identity(ctx context.Context) (principal, error) {
	d.mu.Lock()
	known := d.caller
	d.mu.Unlock()
	if known != nil {
		return *known, nil
	}
	caller, err := d.askIdentity(ctx)
	if err != nil {
		return principal{}, err
	}
	d.mu.Lock()
	d.caller = &caller
	d.mu.Unlock()
	return caller, nil
}

func (d *Directory) askIdentity(ctx context.Context) (principal, error) {
	if d.base.Credentials == nil {
		return principal{}, d.missing(errors.New("none are configured"))
	}
	if _, err := d.base.Credentials.Retrieve(ctx); err != nil {
		return principal{}, d.missing(d.scrub(err))
	}
	answer, err := d.sts().GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	switch class := awserr.ClassOf(err); {
	case err == nil:
		return parsePrincipal(aws.ToString(answer.Arn))
	case class == awserr.Denied || class == awserr.Closed:
		return principal{}, nil
	default:
		_, fix, class := d.explain(err, "", principal{})
		return principal{}, &awserr.Error{Op: "sts:GetCallerIdentity", Class: class, Code: diag.BaseIdentity, Fix: fix, Err: d.scrub(err)}
	}
}

// missing says why the base identity has no credentials, and what to type.
func (d *Directory) missing(err error) error {
	e := &awserr.Error{
		Op: "get base credentials", Class: awserr.ClassOf(err), Code: diag.BaseIdentity, Err: err,
		Fix: "On your own machine, name a profile (export AWS_PROFILE=NAME, after aws configure sso or aws sso login --profile NAME), " +
			"or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY. In AWS, give the function, task, pod or instance a role.",
	}
	answered := e.Class != awserr.Timeout && e.Class != awserr.Unreachable || errors.Is(err, fs.ErrNotExist)
	if profile, ok := signedOn(d.base); ok && answered {
		e.Op, e.Err = "", fmt.Errorf("nobody is logged in with the SSO profile %s, or the session has expired", profile)
		e.Fix = "Log in (aws sso login --profile " + profile + "), and run this again"
	} else if aws.IsCredentialsProvider(d.base.Credentials, (*ec2rolecreds.Provider)(nil)) {
		e.Op, e.Err = "", fmt.Errorf("there are no AWS credentials: no keys and no profile in the environment, and no role of this machine (%w)", err)
	}
	return e
}

// signedOn returns the profile that the base identity comes from if it logs in by SSO.
func signedOn(base aws.Config) (profile string, ok bool) {
	for _, source := range base.ConfigSources {
		if shared, is := source.(config.SharedConfig); is {
			return shared.Profile, shared.SSOSessionName != "" || shared.SSOStartURL != ""
		}
	}
	return "", false
}

// nameWait bounds the wait for a name, which is not worth much of a run.
const nameWait = 5 * time.Second

// nameOf asks an account for its own name. Without an answer it has none: the
// permission is rarely given, and outside the commercial partition the call is
// not offered everywhere.
func (d *Directory) nameOf(ctx context.Context, s *Session) string {
	if s.Partition != commercial {
		return nameless(s.Account.ID)
	}
	ctx, cancel := context.WithTimeout(ctx, nameWait)
	defer cancel()
	client := account.NewFromConfig(s.Config, func(o *account.Options) { o.Retryer = aws.NopRetryer{} })
	answer, err := client.GetAccountInformation(ctx, &account.GetAccountInformationInput{})
	if err != nil || aws.ToString(answer.AccountName) == "" {
		return nameless(s.Account.ID)
	}
	return *answer.AccountName
}

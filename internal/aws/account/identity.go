package account

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
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
		return principal{}, missingCredentials(errors.New("none are configured"))
	}
	if _, err := d.base.Credentials.Retrieve(ctx); err != nil {
		return principal{}, missingCredentials(d.scrub(err))
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

func missingCredentials(err error) error {
	return &awserr.Error{
		Op: "get base credentials", Class: awserr.ClassOf(err), Code: diag.BaseIdentity, Err: err,
		Fix: "Give the program credentials in one of the ways that AWS's SDKs know: the role of the function, task or pod, " +
			"AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
	}
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

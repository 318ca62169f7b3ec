package account

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"portolan/internal/aws/answer"
	"portolan/internal/aws/awserr"
)

// How long a session of a role lasts, and how long before its end it is renewed.
// An hour is the most that AWS gives to a role that assumes another, and no role
// can be set to less:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_terms-and-concepts.html
const (
	sessionLength = time.Hour
	renewAhead    = 5 * time.Minute
)

const defaultSessionName = "portolan"

// Session is an account that has been entered.
type Session struct {
	// Account carries the true name, where the account tells it.
	Account   Account
	Partition string
	// Config has the account's credentials, which renew themselves and are shared
	// by every copy, and a region of the partition: the base's own or the main one.
	Config aws.Config
}

// Enter assumes the account's role, or takes the base identity where the account
// has no role or the base identity runs under it already. It asks for credentials
// at once, so that an account that cannot be entered fails here and nowhere else.
// The error is an *EnterError.
func (d *Directory) Enter(ctx context.Context, a Account) (*Session, error) {
	provider, err := d.credentials(ctx, a)
	if err != nil {
		return nil, err
	}
	cfg := d.as(provider, d.home)
	s := &Session{Account: a, Partition: d.partition, Config: cfg}
	if a.Name == "" || a.Name == nameless(a.ID) {
		s.Account.Name = d.nameOf(ctx, s)
	}
	return s, nil
}

// as returns the configuration of clients that hold the credentials.
func (d *Directory) as(provider aws.CredentialsProvider, region string) aws.Config {
	cfg := d.base.Copy()
	cfg.Region, cfg.Credentials = region, provider
	cfg.APIOptions = append(slices.Clone(cfg.APIOptions), answer.Renew(provider))
	return cfg
}

// credentials returns what opens the account, the same for every caller.
func (d *Directory) credentials(ctx context.Context, a Account) (aws.CredentialsProvider, error) {
	if known := d.known(a.RoleARN); known != nil {
		return known, nil
	}
	caller, err := d.identity(ctx)
	if err != nil {
		return nil, d.refused(ctx, a, caller, err)
	}
	if a.RoleARN == "" {
		return d.keep("", d.base.Credentials), nil
	}
	r, err := parseRole(a.RoleARN)
	if err != nil {
		return nil, d.refused(ctx, a, caller, err)
	}
	if caller.is(r) {
		return d.keep(a.RoleARN, d.base.Credentials), nil
	}
	provider, err := d.assume(ctx, a.RoleARN)
	if err != nil {
		return nil, d.refused(ctx, a, caller, err)
	}
	return d.keep(a.RoleARN, provider), nil
}

// assume tries the ways into a role. Beside sts:AssumeRole by the base identity
// there is a second one for a base identity that comes from a web identity token:
// estates exist in which each account trusts the token's issuer itself.
func (d *Directory) assume(ctx context.Context, arn string) (aws.CredentialsProvider, error) {
	ways := []func(string) (string, aws.CredentialsProvider){d.byRole}
	if d.tokenFile != "" {
		ways = append(ways, d.byWebIdentity)
		if d.tokenWorked() {
			ways[0], ways[1] = ways[1], ways[0]
		}
	}
	var faults []error
	for _, way := range ways {
		op, provider := way(arn)
		cache := aws.NewCredentialsCache(provider, func(o *aws.CredentialsCacheOptions) { o.ExpiryWindow = renewAhead })
		_, err := cache.Retrieve(ctx)
		if err == nil {
			d.tokenOpened(op == assumeByToken)
			return cache, nil
		}
		at := len(faults)
		if op == assumeByRole { // what is fixed first, and so what classes the error
			at = 0
		}
		faults = slices.Insert(faults, at, awserr.New(op, err))
		if !refusal(err) {
			break
		}
	}
	return nil, errors.Join(faults...)
}

const (
	assumeByRole  = "sts:AssumeRole"
	assumeByToken = "sts:AssumeRoleWithWebIdentity"
)

func (d *Directory) byRole(arn string) (string, aws.CredentialsProvider) {
	return assumeByRole, stscreds.NewAssumeRoleProvider(d.sts(), arn, func(o *stscreds.AssumeRoleOptions) {
		o.RoleSessionName = d.sessionName()
		o.Duration = sessionLength
		if d.options.ExternalID != "" {
			o.ExternalID = aws.String(d.options.ExternalID.Reveal())
		}
	})
}

func (d *Directory) byWebIdentity(arn string) (string, aws.CredentialsProvider) {
	token := stscreds.IdentityTokenFile(d.tokenFile)
	return assumeByToken, stscreds.NewWebIdentityRoleProvider(d.sts(), arn, token, func(o *stscreds.WebIdentityRoleOptions) {
		o.RoleSessionName = d.sessionName()
		o.Duration = sessionLength
	})
}

// refusal says whether AWS answered that this identity may not, so that another
// one may be tried.
func refusal(err error) bool {
	switch awserr.ClassOf(err) {
	case awserr.Denied, awserr.Closed:
		return true
	default:
		return awserr.Code(err) == "InvalidIdentityToken"
	}
}

// sts speaks to the regional endpoint: its sessions are valid in every region,
// those of the global one are not.
func (d *Directory) sts() *sts.Client {
	cfg := d.base.Copy()
	cfg.Region = d.home
	return sts.NewFromConfig(cfg)
}

// sessionName fits the options' name to what STS takes: 2 to 64 of letters,
// digits and _=,.@-.
func (d *Directory) sessionName() string {
	name := make([]byte, 0, 64)
	for _, c := range []byte(d.options.SessionName) {
		switch {
		case len(name) == cap(name):
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9',
			c == '_', c == '=', c == ',', c == '.', c == '@', c == '-', c == '+':
			name = append(name, c)
		default:
			name = append(name, '-')
		}
	}
	if len(name) < 2 {
		return defaultSessionName
	}
	return string(name)
}

func (d *Directory) known(roleARN string) aws.CredentialsProvider {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.entered[roleARN]
}

// keep remembers what opens a role. If two entered it at once, both get the first.
func (d *Directory) keep(roleARN string, provider aws.CredentialsProvider) aws.CredentialsProvider {
	d.mu.Lock()
	defer d.mu.Unlock()
	if first, entered := d.entered[roleARN]; entered {
		return first
	}
	d.entered[roleARN] = provider
	return provider
}

func (d *Directory) tokenWorked() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.byToken
}

// tokenOpened remembers which way led into a role, so that the next account is
// not first refused on the other one.
func (d *Directory) tokenOpened(byToken bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.byToken = byToken
}

package account

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"

	"portolan/internal/aws/answer"
	"portolan/internal/aws/awserr"
	"portolan/internal/diag"
	"portolan/internal/secret"
)

// Options decide which accounts are read and as whom.
type Options struct {
	// RoleARN is a role that may list the Organization's accounts; the role of the
	// same path and name is entered in each of them. It wins over RoleARNs.
	RoleARN string
	// RoleARNs are the roles to enter, one for each account.
	RoleARNs []string
	// OUIDs narrow an Organization to these organizational units or roots and
	// everything below them; none means all of it.
	OUIDs []string
	// Exclude are the ids of accounts to leave out.
	Exclude []string
	// ExternalID is given along whenever a role is assumed.
	ExternalID secret.Text
	// Partition is aws, aws-us-gov, aws-cn …; "" takes it from the roles or, without
	// any, from the region.
	Partition string
	// SessionName is what CloudTrail shows of the run; "" means "portolan".
	SessionName string
	// AccessKeyID, SecretAccessKey and SessionToken are static keys for Base.
	AccessKeyID, SecretAccessKey, SessionToken secret.Text
}

// roles lists the configured roles that are in force.
func (o Options) roles() []string {
	if o.RoleARN != "" {
		return []string{o.RoleARN}
	}
	return o.RoleARNs
}

// Account is an AWS account that a run reads.
type Account struct {
	ID      string // twelve digits
	Name    string // the true one where it is known, else "Account <id>"
	RoleARN string // the role to enter; "" means the base identity itself
	// Management says that the account owns its Organization. It is known only
	// where the Organization was listed.
	Management bool
}

// Skipped is an account that exists but is not read.
type Skipped struct {
	ID, Name string
	// Reason is "excluded", or the account's state in the Organization: "SUSPENDED".
	Reason string
}

const excluded = "excluded"

// Excluded says that the settings leave the account out. Any other may come back.
func (s Skipped) Excluded() bool { return s.Reason == excluded }

// The ways to know the accounts.
const (
	ByOrganization = "organization" // the Organization says them
	ByList         = "list"         // the options name a role in each
	ByIdentity     = "single"       // the base identity's own account
)

// Listing is which accounts a run reads.
type Listing struct {
	// Strategy is ByOrganization, ByList or ByIdentity: what the options ask for, even
	// where the answer fell back to one account.
	Strategy string
	// Accounts has at least one member, none twice: first the account through
	// which an Organization was listed, then by id.
	Accounts []Account
	Skipped  []Skipped
	// Lister is the account through which the Organization was listed, even where
	// it is excluded or outside the organizational units; nil if none was.
	Lister *Account
	// Complete is false if there may be accounts that could not be listed. What was
	// read from an account that is missing here may then still exist.
	Complete bool
	// Alone says that an Organization was to be listed, and that AWS says there is none:
	// all that there is is read, and nothing is known of any other account.
	Alone       bool
	Diagnostics []diag.Diagnostic
}

// Proven says that an account which is not listed is none of those to read.
func (l Listing) Proven() bool { return l.Complete && !l.Alone }

// Directory knows the accounts of one run and holds their credentials. It is safe
// for concurrent use.
type Directory struct {
	base      aws.Config
	options   Options
	partition string
	home      string // region of STS, and of EC2 where it lists regions
	tokenFile string

	mu       sync.Mutex
	caller   *principal
	entered  map[string]aws.CredentialsProvider // by role ARN
	byToken  bool                               // a web identity token has opened a role
	redacted *strings.Replacer
}

// New makes the directory of a run. It calls nothing; a fault in the options shows
// in List.
func New(base aws.Config, o Options) *Directory {
	partition := partitionFor(o, base.Region)
	base = answer.Guarded(base)
	return &Directory{
		base:      base,
		options:   o,
		partition: partition,
		home:      homeIn(partition, base.Region),
		tokenFile: tokenFile(base),
		entered:   make(map[string]aws.CredentialsProvider),
		redacted:  redactor(o),
	}
}

// List says which accounts there are.
//
// An Organization that is not in use gives the one account of RoleARN, complete,
// with a diagnostic. One that may not be listed gives what could be listed, or else
// that one account, not complete, with a diagnostic. Every other failure is an error:
// *EnterError if RoleARN itself cannot be assumed, else *awserr.Error. An empty
// listing is an error as well, for it would mean that nothing exists.
func (d *Directory) List(ctx context.Context) (Listing, error) {
	if err := d.check(); err != nil {
		return Listing{}, err
	}
	caller, err := d.identity(ctx)
	if err != nil {
		return Listing{}, err
	}
	var l Listing
	switch {
	case d.options.RoleARN != "":
		l, err = d.organization(ctx)
	case len(d.options.RoleARNs) > 0:
		l, err = d.list()
	default:
		l, err = d.single(caller)
	}
	if err != nil {
		return Listing{}, err
	}
	return d.finish(l)
}

// check finds what no call could fix.
func (d *Directory) check() error {
	var faults []error
	for _, arn := range d.options.roles() {
		r, err := parseRole(arn)
		switch {
		case err != nil:
			faults = append(faults, err)
		case r.Partition != d.partition:
			faults = append(faults, fmt.Errorf("role %s is not in partition %s: one run reads one partition, "+
				"so set AWS_PARTITION to %s, or name only roles of %s", arn, d.partition, r.Partition, d.partition))
		}
	}
	return diag.With(diag.RolesWrong, errors.Join(faults...))
}

func (d *Directory) list() (Listing, error) {
	l := Listing{Strategy: ByList, Complete: true}
	first := make(map[string]string)
	for _, arn := range d.options.RoleARNs {
		r, err := parseRole(arn)
		if err != nil {
			return Listing{}, err
		}
		if used, twice := first[r.Account]; twice {
			l.Diagnostics = append(l.Diagnostics, diag.Diagnostic{
				Code: diag.AccountTwice, Severity: diag.Warning,
				Title: "Account " + r.Account + " is listed more than once",
				Cause: arn + " is left out, because " + used + " comes first",
				Fix:   "Name one role for each account.",
			})
			continue
		}
		first[r.Account] = arn
		l.Accounts = append(l.Accounts, Account{ID: r.Account, Name: nameless(r.Account), RoleARN: arn})
	}
	return l, nil
}

func (d *Directory) single(caller principal) (Listing, error) {
	if caller.Account == "" {
		return Listing{}, &awserr.Error{
			Op: "sts:GetCallerIdentity", Class: awserr.Denied, Code: diag.BaseIdentity, Err: errors.New("the account of the base identity is not known"),
			Fix: "Let the VPC endpoint policy of STS allow sts:GetCallerIdentity, or name the role to read with in ACCOUNT_ROLE_ARNS.",
		}
	}
	return Listing{
		Strategy: ByIdentity,
		Accounts: []Account{{ID: caller.Account, Name: nameless(caller.Account)}},
		Complete: true,
	}, nil
}

// finish leaves out what is excluded and puts the rest in order.
func (d *Directory) finish(l Listing) (Listing, error) {
	l.Diagnostics = append(l.Diagnostics, d.missingExclusions(l)...)
	l.Accounts = slices.DeleteFunc(l.Accounts, func(a Account) bool {
		out := slices.Contains(d.options.Exclude, a.ID)
		if out {
			l.Skipped = append(l.Skipped, Skipped{ID: a.ID, Name: a.Name, Reason: excluded})
		}
		return out
	})
	for i, s := range l.Skipped {
		if slices.Contains(d.options.Exclude, s.ID) {
			l.Skipped[i].Reason = excluded
		}
	}
	if len(l.Accounts) == 0 {
		return Listing{}, &awserr.Error{
			Op: "list accounts", Class: awserr.Failed, Code: diag.NoAccounts,
			Err: fmt.Errorf("no accounts are accessible: every account found is excluded or not active (%d)", len(l.Skipped)),
			Fix: "Check the excluded accounts and the organizational units in the settings.",
		}
	}
	slices.SortFunc(l.Accounts, func(a, b Account) int {
		if l.Lister != nil && a.ID != b.ID {
			switch l.Lister.ID {
			case a.ID:
				return -1
			case b.ID:
				return 1
			}
		}
		return cmp.Compare(a.ID, b.ID)
	})
	slices.SortFunc(l.Skipped, func(a, b Skipped) int { return cmp.Compare(a.ID, b.ID) })
	return l, nil
}

// missingExclusions tells of the exclusions that match no account, if all are known.
func (d *Directory) missingExclusions(l Listing) (notices []diag.Diagnostic) {
	if !l.Complete {
		return nil
	}
	var known []string
	for _, a := range l.Accounts {
		known = append(known, a.ID)
	}
	for _, a := range l.Skipped {
		known = append(known, a.ID)
	}
	for _, id := range d.options.Exclude {
		if !slices.Contains(known, id) {
			notices = append(notices, missingExclusion(id, known))
		}
	}
	return notices
}

func nameless(id string) string { return "Account " + id }

// redactor takes every secret of the options out of a text. AWS does not repeat
// them in its messages; what answers in AWS's place might.
func redactor(o Options) *strings.Replacer {
	var pairs []string
	for _, s := range []secret.Text{o.ExternalID, o.AccessKeyID, o.SecretAccessKey, o.SessionToken} {
		if s != "" {
			pairs = append(pairs, s.Reveal(), s.String())
		}
	}
	return strings.NewReplacer(pairs...)
}

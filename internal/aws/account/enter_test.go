package account_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/google/go-cmp/cmp"

	"portolan/internal/aws/account"
	"portolan/internal/aws/awserr"
)

const externalID = "s3cret-external-id"

func enter(t *testing.T, d *account.Directory, a account.Account) *account.Session {
	t.Helper()
	s, err := d.Enter(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func keyOf(t *testing.T, s *account.Session) string {
	t.Helper()
	c, err := s.Config.Credentials.Retrieve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return c.AccessKeyID
}

func TestEnter(t *testing.T) {
	t.Parallel()
	s := estate()
	s.roles[roleIn(memberID)] = trust{external: externalID}
	d := account.New(s.config("eu-west-1"), account.Options{
		RoleARN: roleIn(managementID), ExternalID: externalID, SessionName: "portolan-run 1/é" + strings.Repeat("x", 80),
	})
	got := enter(t, d, member(memberID, "data"))
	if diff := cmp.Diff(member(memberID, "data"), got.Account); diff != "" {
		t.Errorf("account (-want +got):\n%s", diff)
	}
	if got.Partition != "aws" || got.Config.Region != "eu-west-1" {
		t.Errorf("partition %s, region %s", got.Partition, got.Config.Region)
	}
	if key := keyOf(t, got); key != "ASIA"+memberID+".1" {
		t.Errorf("key %s", key)
	}
	asked := s.made("sts:AssumeRole")[0]
	if asked.Host != "sts.eu-west-1.amazonaws.com" || asked.Region != "eu-west-1" || asked.Key != baseKey {
		t.Errorf("asked %+v", asked)
	}
	if id := asked.Form.Get("ExternalId"); id != externalID {
		t.Errorf("external id %q", id)
	}
	if name := asked.Form.Get("RoleSessionName"); len(name) != 64 || !strings.HasPrefix(name, "portolan-run-1---x") {
		t.Errorf("session name %q", name)
	}
	if names := s.made("account:GetAccountInformation"); len(names) != 0 {
		t.Error("asked for a name that was known")
	}
}

func TestEnterSharesCredentials(t *testing.T) {
	t.Parallel()
	s := estate()
	d := account.New(s.config("eu-west-1"), account.Options{RoleARN: roleIn(managementID)})
	listing, err := d.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for _, a := range append(listing.Accounts, listing.Accounts...) {
		all.Go(func() {
			if _, err := d.Enter(t.Context(), a); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	before := len(s.made("sts:AssumeRole"))
	for _, a := range listing.Accounts {
		one, two := enter(t, d, a), enter(t, d, a)
		if one.Config.Credentials != two.Config.Credentials {
			t.Errorf("account %s has two providers", a.ID)
		}
	}
	if after := len(s.made("sts:AssumeRole")); after != before {
		t.Errorf("entering again assumed %d roles", after-before)
	}
	if n := len(s.made("sts:GetCallerIdentity")); n != 1 {
		t.Errorf("asked %d times who calls", n)
	}
}

func TestEnterRenewsCredentials(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := estate()
		s.lifetime = 15 * time.Minute
		d := account.New(s.config("eu-west-1"), account.Options{RoleARN: roleIn(managementID)})
		got := enter(t, d, member(memberID, "data"))
		client := sts.NewFromConfig(got.Config)
		use := func() string {
			if _, err := client.GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{}); err != nil {
				t.Fatal(err)
			}
			calls := s.made("sts:GetCallerIdentity")
			return calls[len(calls)-1].Key
		}
		for _, step := range []struct {
			wait time.Duration
			key  string
		}{{0, ".1"}, {9 * time.Minute, ".1"}, {2 * time.Minute, ".2"}, {5 * time.Minute, ".2"}, {time.Hour, ".3"}} {
			time.Sleep(step.wait) // the bubble's clock, which does not wait
			if key := use(); key != "ASIA"+memberID+step.key {
				t.Errorf("after %v: key %s, want %s", step.wait, key, step.key)
			}
		}
	})
}

func TestEnterOwnRole(t *testing.T) {
	t.Parallel()
	own := "arn:aws:iam::" + toolingID + ":role/service/Portolan"
	tests := []struct {
		name, caller, role, key string
	}{
		{"base identity", baseCaller, "", baseKey},
		{"own role, whatever its path", baseCaller, own, baseKey},
		{"role of the same name in another account", "arn:aws:sts::" + memberID + ":assumed-role/PortRead/s", roleIn(otherID), "ASIA" + otherID + ".1"},
		{"user of the role's name", "arn:aws:iam::" + memberID + ":user/PortRead", roleIn(memberID), "ASIA" + memberID + ".1"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := estate()
			s.caller = test.caller
			d := account.New(s.config("eu-west-1"), account.Options{})
			got := enter(t, d, account.Account{ID: toolingID, Name: "x", RoleARN: test.role})
			if key := keyOf(t, got); key != test.key {
				t.Errorf("key %s, want %s", key, test.key)
			}
		})
	}
}

func TestEnterLearnsTheName(t *testing.T) {
	t.Parallel()
	s := estate()
	s.names = map[string]string{memberID: "Data platform"}
	d := account.New(s.config("eu-west-1"), account.Options{RoleARNs: []string{roleIn(memberID), roleIn(otherID)}})
	listing, err := d.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, a := range listing.Accounts {
		names = append(names, enter(t, d, a).Account.Name)
	}
	if diff := cmp.Diff([]string{"Data platform", "Account " + otherID}, names); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
}

func TestEnterErrors(t *testing.T) {
	t.Parallel()
	assume := func(no refusal) func(*stub) {
		return func(s *stub) { s.refuse = on("sts:AssumeRole", 1, no) }
	}
	because := func(text string) func(*stub) {
		return assume(denied("User: " + baseCaller + " is not authorized to perform: sts:AssumeRole on resource: " + roleIn(memberID) + " " + text))
	}
	trustStatement := `{"Effect":"Allow","Principal":{"AWS":"` + basePrin + `"},"Action":["sts:AssumeRole"],` +
		`"Condition":{"StringEquals":{"sts:ExternalId":"THE_CONFIGURED_EXTERNAL_ID"}}}`
	permission := `{"Effect":"Allow","Action":["sts:AssumeRole"],"Resource":"` + roleIn(memberID) + `"}`
	tests := []struct {
		name       string
		change     func(*stub)
		class      awserr.Class
		cause, fix []string
	}{
		{
			name: "role that does not exist looks like a denial", change: func(s *stub) { delete(s.roles, roleIn(memberID)) },
			class: awserr.Denied, cause: []string{"does not exist", "does not trust", "not authorized"}, fix: []string{roleIn(memberID), trustStatement, permission},
		},
		{
			name: "wrong external id", change: func(s *stub) { s.roles[roleIn(memberID)] = trust{external: "another"} },
			class: awserr.Denied, cause: []string{"another external id"}, fix: []string{"same on both sides"},
		},
		{
			name: "no permission", change: because("because no identity-based policy allows the sts:AssumeRole action"),
			class: awserr.Denied, cause: []string{"base identity has no permission"}, fix: []string{"policies of " + basePrin, permission},
		},
		{
			name: "no trust", change: because("because no resource-based policy allows the sts:AssumeRole action"),
			class: awserr.Denied, cause: []string{"trust policy of the role does not allow"}, fix: []string{"trust policy of " + roleIn(memberID), trustStatement},
		},
		{
			name: "service control policy", change: because("with an explicit deny in a service control policy"),
			class: awserr.Closed, cause: []string{"service control policy"}, fix: []string{"Exempt " + basePrin},
		},
		{
			name: "resource control policy", change: because("with an explicit deny in a resource control policy"),
			class: awserr.Closed, cause: []string{"resource control policy"}, fix: []string{"Exempt " + basePrin},
		},
		{
			name: "permissions boundary", change: because("because no permissions boundary allows the sts:AssumeRole action"),
			class: awserr.Denied, cause: []string{"permissions boundary"}, fix: []string{"boundary of " + basePrin, permission},
		},
		{
			name: "session policy", change: because("because no session policy allows the sts:AssumeRole action"),
			class: awserr.Denied, cause: []string{"session policy"}, fix: []string{permission},
		},
		{
			name: "endpoint policy", change: because("because no VPC endpoint policy allows the sts:AssumeRole action"),
			class: awserr.Denied, cause: []string{"VPC endpoint"}, fix: []string{`"Principal":"*"`},
		},
		{
			name: "explicit deny of the caller", change: because("with an explicit deny in an identity-based policy"),
			class: awserr.Denied, cause: []string{"policy of the base identity denies"}, fix: []string{"Take the deny"},
		},
		{
			name: "explicit deny of the role", change: because("with an explicit deny in a resource-based policy"),
			class: awserr.Denied, cause: []string{"trust policy of the role denies"}, fix: []string{"out of the trust policy of " + roleIn(memberID)},
		},
		{
			name: "expired base credentials", change: assume(refusal{Status: 403, Code: "ExpiredToken", Message: "The security token included in the request is expired"}),
			class: awserr.Expired, cause: []string{"base credentials have expired"}, fix: []string{"Renew"},
		},
		{
			name: "throttled", change: assume(refusal{Status: 400, Code: "Throttling", Message: "Rate exceeded"}),
			class: awserr.Throttled, cause: []string{"too many calls"}, fix: []string{"Run again"},
		},
		{
			name: "no route", change: assume(refusal{Err: &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("no route to host")}}),
			class: awserr.Unreachable, cause: []string{"STS in eu-west-1 cannot be reached", "no route"}, fix: []string{"VPC endpoint"},
		},
		{
			name: "no name", change: assume(refusal{Err: &net.DNSError{Err: "no such host", Name: "sts.eu-west-1.amazonaws.com", IsNotFound: true}}),
			class: awserr.Unreachable, cause: []string{"cannot be reached"}, fix: []string{"sts.eu-west-1"},
		},
		{
			name: "region not enabled", change: assume(refusal{Status: 403, Code: "RegionDisabledException", Message: "STS is not activated"}),
			class: awserr.RegionDisabled, cause: []string{"STS is not activated"}, fix: []string{"us-east-1"},
		},
		{
			name: "anything else", change: assume(refusal{Status: 400, Code: "ValidationError", Message: "odd"}),
			class: awserr.Failed, cause: []string{"ValidationError: odd"}, fix: []string{"ARN"},
		},
		{
			name: "an answer that repeats the external id", change: assume(denied("wrong id " + externalID)),
			class: awserr.Denied, cause: []string{"wrong id [redacted]"}, fix: []string{trustStatement},
		},
		{
			name: "caller unknown", class: awserr.Denied,
			change: func(s *stub) {
				delete(s.roles, roleIn(memberID))
				s.refuse = on("sts:GetCallerIdentity", 1, denied("no"))
			},
			cause: []string{"does not exist"}, fix: []string{"ARN_OF_THE_BASE_IDENTITY"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := estate()
			s.roles[roleIn(memberID)] = trust{external: externalID}
			test.change(s)
			d := account.New(s.config("eu-west-1"), account.Options{RoleARN: roleIn(managementID), ExternalID: externalID})
			_, err := d.Enter(t.Context(), member(memberID, "data"))
			var entry *account.EnterError
			if !errors.As(err, &entry) {
				t.Fatalf("got %v, want an *EnterError", err)
			}
			if entry.Title != "Unable to assume role" || entry.Account.ID != memberID {
				t.Errorf("title %q, account %s", entry.Title, entry.Account.ID)
			}
			if entry.Class != test.class || awserr.ClassOf(err) != test.class {
				t.Errorf("class %q, in the chain %q, want %q", entry.Class, awserr.ClassOf(err), test.class)
			}
			for _, part := range test.cause {
				if !strings.Contains(entry.Cause, part) {
					t.Errorf("cause lacks %q: %s", part, entry.Cause)
				}
			}
			for _, part := range test.fix {
				if !strings.Contains(entry.Fix, part) {
					t.Errorf("fix lacks %q: %s", part, entry.Fix)
				}
			}
			everything := fmt.Sprintf("%v %+v %s", err, entry, awserr.Message(err))
			for unwrapped := err; unwrapped != nil; unwrapped = errors.Unwrap(unwrapped) {
				everything += unwrapped.Error()
			}
			for _, secret := range []string{externalID, "base-secret", "session-secret", "session-token"} {
				if strings.Contains(everything, secret) {
					t.Errorf("the error tells %q: %s", secret, everything)
				}
			}
		})
	}
}

func TestEnterAgainAfterFailure(t *testing.T) {
	t.Parallel()
	s := estate()
	s.refuse = func(c call) *refusal {
		if c.Op == "sts:AssumeRole" && c.Attempt == 1 {
			return &refusal{Status: 400, Code: "Throttling", Message: "Rate exceeded"}
		}
		return nil
	}
	d := account.New(s.config("eu-west-1"), account.Options{RoleARN: roleIn(managementID)})
	if _, err := d.Enter(t.Context(), member(memberID, "data")); awserr.ClassOf(err) != awserr.Throttled {
		t.Fatalf("got %v, want a throttle", err)
	}
	enter(t, d, member(memberID, "data"))
}

func TestEnterWhenTheRunHasEnded(t *testing.T) {
	t.Parallel()
	s := estate()
	d := account.New(s.config("eu-west-1"), account.Options{RoleARN: roleIn(managementID)})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := d.Enter(ctx, member(memberID, "data"))
	var entry *account.EnterError
	if !errors.As(err, &entry) || entry.Class != awserr.Timeout || !strings.Contains(entry.Cause, "the run ended") {
		t.Errorf("got %v", err)
	}
}

func TestEnterWithoutBaseCredentials(t *testing.T) {
	t.Parallel()
	s := estate()
	for name, provider := range map[string]aws.CredentialsProvider{
		"none": nil,
		"failing": aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{}, errors.New("no role on this machine")
		}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := s.config("eu-west-1")
			cfg.Credentials = provider
			d := account.New(cfg, account.Options{})
			_, listing := d.List(t.Context())
			_, entry := d.Enter(t.Context(), member(memberID, "data"))
			for _, err := range []error{listing, entry} {
				if err == nil || !strings.Contains(err.Error(), "get base credentials") {
					t.Errorf("got %v", err)
				}
				var known *awserr.Error
				if !errors.As(err, &known) || !strings.Contains(known.Fix, "AWS_ACCESS_KEY_ID") {
					t.Errorf("no fix: %v", err)
				}
			}
		})
	}
}

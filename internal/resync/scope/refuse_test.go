package scope_test

import (
	"errors"
	"strings"
	"testing"

	"portolan/internal/aws/account"
	"portolan/internal/diag"
	"portolan/internal/invocation"
	"portolan/internal/resync/scope"
)

// TestRefusals name what does not exist. What the accounts have enabled is known only when
// the run is under way.
func TestRefusals(t *testing.T) {
	t.Parallel()
	kinds := func(names ...string) invocation.Request { return invocation.Request{Kinds: names} }
	accounts := func(ids ...string) invocation.Request { return invocation.Request{Accounts: ids} }
	in := func(names ...string) invocation.Request { return invocation.Request{Regions: names} }
	listed := func(l account.Listing) func(*scope.Scope) {
		return func(s *scope.Scope) {
			l.Accounts, l.Skipped = s.Listing.Accounts, s.Listing.Skipped
			s.Listing = l
		}
	}
	tests := map[string]struct {
		request  invocation.Request
		settings []string
		entries  []string
		change   func(*scope.Scope)
		unlisted bool     // the accounts could not be listed
		want     []string // a problem each
	}{
		"nothing asked for":                 {},
		"what is there":                     {request: invocation.Request{Kinds: []string{queue}, Accounts: []string{second}, Regions: []string{here}}},
		"a kind that the mapping lacks":     {request: kinds("AWS::SNS::Topic"), want: []string{"the mapping has no kind AWS::SNS::Topic"}},
		"a kind that is misspelt":           {request: kinds("AWS::SQS::Queu"), want: []string{`no kind AWS::SQS::Queu; did you mean "AWS::SQS::Queue"?`}},
		"one of two kinds":                  {request: kinds(queue, "AWS::SNS::Topic"), want: []string{"the mapping has no kind AWS::SNS::Topic"}},
		"a kind, and no resources":          {request: kinds(queue), entries: []string{}, want: []string{"no kind AWS::SQS::Queue: it has no resources"}},
		"a kind whose entry does not work":  {request: kinds(queue), entries: []string{entry(bucket, all, fixed("b")), lost(queue)}, want: []string{"entry of the kind AWS::SQS::Queue, resources[1], does not work"}},
		"a kind of which one entry works":   {request: kinds(queue), entries: []string{entry(queue, all, fixed("q")), lost(queue)}},
		"an account that nobody has":        {request: accounts("999999999999"), want: []string{"the account 999999999999 is not in the Organization"}},
		"an account with two digits wrong":  {request: accounts("111122223343"), want: []string{`did you mean "111122223333"?`}},
		"two accounts that nobody has":      {request: accounts("999999999999", "999999999998"), want: []string{"999999999999", "999999999998"}},
		"one of two accounts":               {request: accounts(first, "999999999999")},
		"an account that is suspended":      {request: accounts("777777777777"), want: []string{"777777777777 is not read: it is suspended"}},
		"an account that is excluded":       {request: accounts("888888888888"), want: []string{"PORTOLAN_ACCOUNTS_EXCLUDE leaves it out"}},
		"an account, the list is not whole": {request: accounts("999999999999"), change: listed(account.Listing{Strategy: account.ByOrganization}), want: []string{"not among those that could be listed"}},
		"an account that no setting names":  {request: accounts("999999999999"), change: listed(account.Listing{Strategy: account.ByList, Complete: true}), want: []string{"not among those that the settings name"}},
		"an account, and nobody could list": {request: accounts("999999999999"), unlisted: true},
		"a region that nobody has":          {request: in("eu-wset-1"), want: []string{`eu-wset-1 is not a region of AWS; did you mean "eu-west-1"?`}},
		"one of two regions":                {request: in(there, "eu-wset-1"), want: []string{"eu-wset-1 is not a region of AWS"}},
		"a region that the settings lack":   {request: in("us-west-2"), settings: []string{here}, want: []string{"the region us-west-2 is not read: PORTOLAN_REGIONS leaves it out"}},
		"a region that is newer":            {request: in("eu-north-9"), change: func(s *scope.Scope) { s.Newer = []string{"eu-north-9"} }},
		"a region, and nobody could list":   {request: in("eu-wset-1"), unlisted: true},
		"a region that the mapping denies": {
			request: invocation.Request{Kinds: []string{queue}, Regions: []string{here}}, entries: []string{entry(queue, `{"deny":["eu-west-1"]}`, fixed("q"))},
			want: []string{"the mapping reads nothing of this in eu-west-1: regionPolicy leaves it out"},
		},
		"a region that one entry allows": {
			request: invocation.Request{Kinds: []string{queue}, Regions: []string{here}},
			entries: []string{entry(queue, `{"deny":["eu-west-1"]}`, fixed("q")), entry(queue, all, fixed("q"))},
		},
		"a region, of what is read once in an Organization": {
			request: invocation.Request{Kinds: []string{unit}, Regions: []string{here}}, entries: []string{entry(unit, `{"deny":["eu-west-1"]}`, fixed("u"))},
		},
		"everything wrong": {
			request: invocation.Request{Kinds: []string{"AWS::SNS::Topic"}, Accounts: []string{"999999999999"}, Regions: []string{"eu-wset-1"}},
			want:    []string{"AWS::SNS::Topic", "999999999999", "eu-wset-1"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			entries := test.entries
			if entries == nil {
				entries = usual()
			}
			s := scopeOf(t, test.request, test.settings, entries...)
			if test.change != nil {
				test.change(s)
			}
			problems := s.Refuse(!test.unlisted)
			if len(problems) != len(test.want) {
				t.Fatalf("refused because of %v, want %q", errors.Join(problems...), test.want)
			}
			for i, want := range test.want {
				if !strings.Contains(problems[i].Error(), want) {
					t.Errorf("problem %d is %q, want %q", i, problems[i], want)
				}
			}
		})
	}
}

// TestUnlistedDiagnostics reports the requested accounts that are not read, if the list of
// accounts is known.
func TestUnlistedDiagnostics(t *testing.T) {
	t.Parallel()
	s := scopeOf(t, invocation.Request{Accounts: []string{first, "999999999999"}}, nil, usual()...)
	found := s.UnlistedDiagnostics()
	if len(found) != 1 || found[0].Code != diag.AccountNotListed || !strings.Contains(found[0].Title, "999999999999") || found[0].Cause == "" {
		t.Errorf("diagnostics %+v", found)
	}
	s.Listing = account.Listing{}
	if found := s.UnlistedDiagnostics(); len(found) > 0 {
		t.Errorf("before the accounts are listed: %+v", found)
	}
}

func TestNothingLeft(t *testing.T) {
	t.Parallel()
	for want, request := range map[string]invocation.Request{
		"settings, mapping and request leave no region":     {Kinds: []string{queue}},
		"no account of those to read has enabled ap-east-2": {Regions: []string{"ap-east-2"}},
	} {
		if err := (&scope.Scope{Request: request}).NothingLeft(); !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

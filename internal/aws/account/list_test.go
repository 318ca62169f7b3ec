package account_test

import (
	"errors"
	"net"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"portolan/internal/aws/account"
	"portolan/internal/aws/awserr"
	"portolan/internal/diag"
)

func member(id, name string) account.Account {
	return account.Account{ID: id, Name: name, RoleARN: roleIn(id), Management: id == managementID}
}

func TestList(t *testing.T) {
	t.Parallel()
	root, data, shop := member(managementID, "root"), member(memberID, "data"), member(otherID, "shop")
	organization := account.Options{RoleARN: roleIn(managementID)}
	tests := []struct {
		name    string
		options account.Options
		change  func(*stub)
		want    account.Listing
		notices []string // parts of each notice
	}{
		{
			name: "organization", options: organization,
			want: account.Listing{Strategy: "organization", Complete: true, Lister: &root, Accounts: []account.Account{root, data, shop}},
		},
		{
			name: "pages", options: organization, change: func(s *stub) { s.pageSize = 1 },
			want: account.Listing{Strategy: "organization", Complete: true, Lister: &root, Accounts: []account.Account{root, data, shop}},
		},
		{
			name: "organization wins over the list", options: account.Options{RoleARN: roleIn(managementID), RoleARNs: []string{roleIn(otherID)}},
			want: account.Listing{Strategy: "organization", Complete: true, Lister: &root, Accounts: []account.Account{root, data, shop}},
		},
		{
			name: "only active accounts, by state or by the older status", options: organization,
			change: func(s *stub) {
				s.accounts[0].State = "SUSPENDED"
				s.accounts[1].State, s.accounts[1].Status = "", "ACTIVE"
				s.accounts = append(s.accounts,
					orgAccount{Id: "444444444444", Status: "SUSPENDED"},
					orgAccount{Id: "555555555555", Name: "closing", State: "PENDING_CLOSURE", Status: "ACTIVE"})
			},
			want: account.Listing{
				Strategy: "organization", Complete: true, Lister: &root, Accounts: []account.Account{root, data},
				Skipped: []account.Skipped{
					{ID: otherID, Name: "shop", Reason: "SUSPENDED"},
					{ID: "444444444444", Name: "Account 444444444444", Reason: "SUSPENDED"},
					{ID: "555555555555", Name: "closing", Reason: "PENDING_CLOSURE"},
				},
			},
		},
		{
			name: "exclusion", options: account.Options{RoleARN: roleIn(managementID), Exclude: []string{managementID, "000000000000"}},
			want: account.Listing{
				Strategy: "organization", Complete: true, Lister: &root, Accounts: []account.Account{data, shop},
				Skipped: []account.Skipped{{ID: managementID, Name: "root", Reason: "excluded"}},
			},
			notices: []string{"names 000000000000, which is not among|no effect"},
		},
		{
			name: "exclusion of an account that is suspended", options: account.Options{RoleARN: roleIn(managementID), Exclude: []string{otherID}},
			change: func(s *stub) { s.accounts[0].State = "SUSPENDED" },
			want: account.Listing{
				Strategy: "organization", Complete: true, Lister: &root, Accounts: []account.Account{root, data},
				Skipped: []account.Skipped{{ID: otherID, Name: "shop", Reason: "excluded"}},
			},
		},
		{
			name: "nested and overlapping units", options: account.Options{RoleARN: roleIn(managementID), OUIDs: []string{"ou-root-top00000", "ou-root-leaf0000", "ou-root-top00000"}},
			change: func(s *stub) {
				s.pageSize = 1
				s.children = map[string][]string{"ou-root-top00000": {"ou-root-mid00000", "ou-root-empty000"}, "ou-root-mid00000": {"ou-root-leaf0000"}}
				s.members = map[string][]orgAccount{
					"ou-root-top00000": {active("444444444444", "a"), active("555555555555", "b")},
					"ou-root-leaf0000": {active("666666666666", "c"), active("444444444444", "a")},
				}
			},
			want: account.Listing{
				Strategy: "organization", Complete: true,
				Lister:   &account.Account{ID: managementID, Name: "Account " + managementID, RoleARN: roleIn(managementID)},
				Accounts: []account.Account{member("444444444444", "a"), member("555555555555", "b"), member("666666666666", "c")},
			},
		},
		{
			name: "delegated administrator", options: account.Options{RoleARN: roleIn(memberID)},
			want: account.Listing{Strategy: "organization", Complete: true, Lister: &data, Accounts: []account.Account{data, root, shop}},
		},
		{
			name: "Organizations not in use", options: organization,
			change: func(s *stub) {
				s.refuse = on("organizations:ListAccounts", 1, refusal{Status: 400, Code: "AWSOrganizationsNotInUseException", Message: "not a member"})
			},
			want: account.Listing{
				Strategy: "organization", Complete: true, Alone: true,
				Accounts: []account.Account{{ID: managementID, Name: "Account " + managementID, RoleARN: roleIn(managementID)}},
			},
			notices: []string{"not in use"},
		},
		{
			name: "listing denied", options: organization,
			change: func(s *stub) {
				s.refuse = on("organizations:ListAccounts", 1, refusal{Status: 400, Code: "AccessDeniedException", Message: "You don't have permissions to access this resource."})
			},
			want: account.Listing{
				Strategy: "organization",
				Lister:   &account.Account{ID: managementID, Name: "Account " + managementID, RoleARN: roleIn(managementID)},
				Accounts: []account.Account{{ID: managementID, Name: "Account " + managementID, RoleARN: roleIn(managementID)}},
			},
			notices: []string{"Access denied to Organizations API|only account " + managementID + " is read|" + roleIn(managementID) +
				`|You don't have permissions|"organizations:ListAccountsForParent"|delegated administrator`},
		},
		{
			name: "listing denied by a service control policy", options: account.Options{RoleARN: roleIn(memberID)},
			change: func(s *stub) {
				s.refuse = on("organizations:ListAccounts", 1, refusal{
					Status: 400, Code: "AccessDeniedException", Message: "not authorized … with an explicit deny in a service control policy",
				})
			},
			want: account.Listing{
				Strategy: "organization",
				Lister:   &account.Account{ID: memberID, Name: "Account " + memberID, RoleARN: roleIn(memberID)},
				Accounts: []account.Account{{ID: memberID, Name: "Account " + memberID, RoleARN: roleIn(memberID)}},
			},
			notices: []string{"Access denied to Organizations API|A service control policy denies it|Exempt the role"},
		},
		{
			name: "denied half way keeps what is known", options: account.Options{RoleARN: roleIn(managementID), OUIDs: []string{"ou-root-top00000"}},
			change: func(s *stub) {
				s.members = map[string][]orgAccount{"ou-root-top00000": {active(memberID, "data")}}
				s.refuse = on("organizations:ListOrganizationalUnitsForParent", 1, refusal{Status: 400, Code: "AccessDeniedException", Message: "no"})
			},
			want: account.Listing{
				Strategy: "organization", Accounts: []account.Account{data},
				Lister: &account.Account{ID: managementID, Name: "Account " + managementID, RoleARN: roleIn(managementID)},
			},
			notices: []string{"Access denied to Organizations API|could not be finished"},
		},
		{
			name: "a unit that does not exist beside one that does", options: account.Options{RoleARN: roleIn(managementID), OUIDs: []string{"ou-root-tpo00000", "ou-root-top00000"}},
			change: func(s *stub) {
				s.members = map[string][]orgAccount{"ou-root-top00000": {active(memberID, "data")}}
				s.refuse = func(c call) *refusal {
					if c.Op == "organizations:ListAccountsForParent" && c.Attempt == 1 {
						return &refusal{Status: 400, Code: "ParentNotFoundException", Message: "no such parent"}
					}
					return nil
				}
			},
			want: account.Listing{
				Strategy: "organization", Accounts: []account.Account{data}, // not complete
				Lister: &account.Account{ID: managementID, Name: "Account " + managementID, RoleARN: roleIn(managementID)},
			},
			notices: []string{`OU_ID names ou-root-tpo00000|no account counts as gone|did you mean "ou-root-top00000"?`},
		},
		{
			name: "an exclusion of nobody", options: account.Options{RoleARNs: []string{roleIn(memberID)}, Exclude: []string{memberID[:11] + "9"}},
			want: account.Listing{Strategy: "list", Complete: true, Accounts: []account.Account{
				{ID: memberID, Name: "Account " + memberID, RoleARN: roleIn(memberID)},
			}},
			notices: []string{"PORTOLAN_ACCOUNTS_EXCLUDE names " + memberID[:11] + "9|no effect|did you mean \"" + memberID + "\"?"},
		},
		{
			name: "explicit list", options: account.Options{RoleARNs: []string{roleIn(otherID), roleIn(memberID)}},
			want: account.Listing{Strategy: "list", Complete: true, Accounts: []account.Account{
				{ID: memberID, Name: "Account " + memberID, RoleARN: roleIn(memberID)},
				{ID: otherID, Name: "Account " + otherID, RoleARN: roleIn(otherID)},
			}},
		},
		{
			name: "two roles of one account", options: account.Options{RoleARNs: []string{roleIn(memberID), "arn:aws:iam::" + memberID + ":role/Other"}},
			want: account.Listing{Strategy: "list", Complete: true, Accounts: []account.Account{
				{ID: memberID, Name: "Account " + memberID, RoleARN: roleIn(memberID)},
			}},
			notices: []string{"Account " + memberID + " is listed more than once|role/Other is left out"},
		},
		{
			name: "single account",
			want: account.Listing{Strategy: "single", Complete: true, Accounts: []account.Account{{ID: toolingID, Name: "Account " + toolingID}}},
		},
		{
			name: "who calls may be hidden where roles are given", options: account.Options{RoleARNs: []string{roleIn(memberID)}},
			change: func(s *stub) { s.refuse = on("sts:GetCallerIdentity", 1, denied("VPC endpoint policy")) },
			want: account.Listing{Strategy: "list", Complete: true, Accounts: []account.Account{
				{ID: memberID, Name: "Account " + memberID, RoleARN: roleIn(memberID)},
			}},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := estate()
			if test.change != nil {
				test.change(s)
			}
			got, err := account.New(s.config("eu-west-1"), test.options).List(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got, cmpopts.IgnoreFields(account.Listing{}, "Diagnostics"), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("listing (-want +got):\n%s", diff)
			}
			checkNotices(t, test.notices, got.Diagnostics)
		})
	}
}

func checkNotices(t *testing.T, want []string, got []diag.Diagnostic) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("notices %+v, want %d", got, len(want))
	}
	for i, parts := range want {
		text := got[i].Title + "|" + got[i].Cause + "|" + got[i].Fix
		if got[i].Fix == "" {
			t.Errorf("notice %q has no fix", got[i].Title)
		}
		for part := range strings.SplitSeq(parts, "|") {
			if !strings.Contains(text, part) {
				t.Errorf("notice lacks %q: %s", part, text)
			}
		}
	}
}

func TestListErrors(t *testing.T) {
	t.Parallel()
	organization := account.Options{RoleARN: roleIn(managementID)}
	throttled := refusal{Status: 400, Code: "TooManyRequestsException", Message: "slow down"}
	tests := []struct {
		name    string
		options account.Options
		change  func(*stub)
		class   awserr.Class
		says    []string
	}{
		{
			name: "throttled on the second page", options: organization, class: awserr.Throttled,
			change: func(s *stub) { s.pageSize = 1; s.refuse = on("organizations:ListAccounts", 2, throttled) },
			says:   []string{"Organization's accounts", "TooManyRequestsException"},
		},
		{
			name: "throttled in a nested unit", options: account.Options{RoleARN: roleIn(managementID), OUIDs: []string{"ou-root-top00000"}}, class: awserr.Throttled,
			change: func(s *stub) {
				s.children = map[string][]string{"ou-root-top00000": {"ou-root-mid00000"}}
				s.members = map[string][]orgAccount{"ou-root-top00000": {active(memberID, "data")}}
				s.refuse = on("organizations:ListAccountsForParent", 2, throttled)
			},
			says: []string{"of ou-root-mid00000"},
		},
		{
			name: "units that do not exist", options: account.Options{RoleARN: roleIn(managementID), OUIDs: []string{"ou-root-gone0000", "ou-root-away0000"}}, class: awserr.NotFound,
			change: func(s *stub) {
				s.refuse = func(c call) *refusal {
					if c.Op == "organizations:ListAccountsForParent" {
						return &refusal{Status: 400, Code: "ParentNotFoundException", Message: "no such parent"}
					}
					return nil
				}
			},
			says: []string{"ou-root-away0000", "ParentNotFoundException"},
		},
		{
			name: "unit that does not exist", options: account.Options{RoleARN: roleIn(managementID), OUIDs: []string{"ou-root-gone0000"}}, class: awserr.NotFound,
			change: func(s *stub) {
				s.refuse = on("organizations:ListAccountsForParent", 1, refusal{Status: 400, Code: "ParentNotFoundException", Message: "no such parent"})
			},
			says: []string{"ou-root-gone0000", "ParentNotFoundException"},
		},
		{
			name: "Organizations cannot be reached", options: organization, class: awserr.Unreachable,
			change: func(s *stub) {
				s.refuse = on("organizations:ListAccounts", 1, refusal{Err: &net.DNSError{Err: "no such host", Name: "organizations", IsNotFound: true}})
			},
		},
		{
			name: "the listing role cannot be assumed", options: organization, class: awserr.Denied,
			change: func(s *stub) { delete(s.roles, roleIn(managementID)) },
			says:   []string{"Unable to assume role", roleIn(managementID), basePrin, "sts:AssumeRole"},
		},
		{
			name: "base credentials have expired", class: awserr.Expired,
			change: func(s *stub) {
				s.refuse = on("sts:GetCallerIdentity", 1, refusal{Status: 403, Code: "ExpiredToken", Message: "expired"})
			},
			says: []string{"sts:GetCallerIdentity", "ExpiredToken"},
		},
		{
			name: "single account that stays unknown", class: awserr.Denied,
			change: func(s *stub) { s.refuse = on("sts:GetCallerIdentity", 1, denied("no")) },
		},
		{
			name: "everything excluded", options: account.Options{RoleARNs: []string{roleIn(memberID)}, Exclude: []string{memberID}},
			class: awserr.Failed, says: []string{"no accounts are accessible"},
		},
		{
			name: "ill-formed roles", options: account.Options{RoleARNs: []string{"PortRead", "arn:aws:iam::1:role/x"}},
			class: awserr.Failed, says: []string{`"PortRead"`, `"arn:aws:iam::1:role/x"`},
		},
		{
			name:    "roles of two partitions",
			options: account.Options{RoleARNs: []string{roleIn(memberID), "arn:aws-cn:iam::333333333333:role/R"}},
			class:   awserr.Failed, says: []string{"not in partition aws"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := estate()
			if test.change != nil {
				test.change(s)
			}
			got, err := account.New(s.config("eu-west-1"), test.options).List(t.Context())
			if err == nil {
				t.Fatalf("no error but %+v", got)
			}
			if len(got.Accounts) != 0 || got.Complete {
				t.Errorf("an error came with a listing: %+v", got)
			}
			if class := awserr.ClassOf(err); class != test.class {
				t.Errorf("class %q, want %q: %v", class, test.class, err)
			}
			var known *awserr.Error
			if test.class != awserr.Failed && (!errors.As(err, &known) || known.Fix == "") {
				t.Errorf("no fix: %v", err)
			}
			for _, part := range test.says {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("error lacks %q: %v", part, err)
				}
			}
		})
	}
}

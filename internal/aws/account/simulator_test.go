package account_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/google/go-cmp/cmp"

	"portolan/internal/aws/account"
	"portolan/internal/aws/awserr"
	"portolan/internal/simulator/awssim"
)

// inside takes the place of the SDK's HTTP client and hands requests to a handler.
type inside struct{ handler http.Handler }

func (i inside) Do(r *http.Request) (*http.Response, error) {
	r.RequestURI = r.URL.RequestURI()
	r.Host = r.URL.Host
	recorder := httptest.NewRecorder()
	i.handler.ServeHTTP(recorder, r)
	return recorder.Result(), nil
}

const userKey = "AKIAIOSFODNN7EXAMPLE"

// simulated is an Organization whose tooling account has a user that every read
// role trusts if it shows the external id.
func simulated() awssim.Estate {
	read := awssim.Role{
		Name: "PortRead", Path: "/read/", ExternalID: externalID,
		Trusts:      []string{"arn:aws:iam::" + toolingID + ":user/portolan"},
		Permissions: awssim.Permissions{Allow: []string{"organizations:List*", "account:ListRegions", "ec2:DescribeRegions"}},
	}
	with := func(id, name, ou string, roles ...awssim.Role) awssim.Account {
		return awssim.Account{ID: id, Name: name, OU: ou, Roles: roles, Management: id == managementID}
	}
	e := awssim.Estate{
		Organization: &awssim.Organization{
			ID: "o-a1b2c3d4e5", RootID: "r-a1b2", DelegatedAdministrators: []string{otherID},
			Units: []awssim.Unit{{Path: "Work", ID: "ou-a1b2-11111111"}, {Path: "Work/Production", ID: "ou-a1b2-22222222"}},
		},
		Accounts: []awssim.Account{
			with(managementID, "root", "", read), with(memberID, "data", "Work", read), with(otherID, "shop", "Work/Production", read),
			with("444444444444", "closed", "Work", read), with("555555555555", "bare", "Work/Production"), with(toolingID, "tooling", ""),
		},
	}
	e.Accounts[3].State = awssim.AccountSuspended
	e.Accounts[5].Users = []awssim.User{{
		Name: "portolan", AccessKeyID: userKey, SecretAccessKey: "base-secret", Permissions: awssim.Permissions{Allow: []string{"sts:AssumeRole"}},
	}}
	return e
}

func serve(t *testing.T, e awssim.Estate, o account.Options) (*account.Directory, *awssim.Server) {
	t.Helper()
	server, err := awssim.New(e, awssim.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return account.New(aws.Config{
		Region: "eu-west-1", HTTPClient: inside{server}, BaseEndpoint: aws.String("http://aws.test"),
		Credentials: credentials.NewStaticCredentialsProvider(userKey, "base-secret", ""),
		Retryer:     func() aws.Retryer { return aws.NopRetryer{} },
	}, o), server
}

func TestSimulatedOrganization(t *testing.T) {
	t.Parallel()
	everyone := []string{managementID, memberID, otherID, "555555555555", toolingID}
	tests := []struct {
		name     string
		lister   string
		units    []string
		change   func(*awssim.Estate)
		want     []string
		complete bool
		refused  []string
	}{
		{name: "management account", lister: managementID, complete: true, want: everyone, refused: []string{"555555555555", toolingID}},
		{
			name: "delegated administrator", lister: otherID, complete: true,
			want:    []string{otherID, managementID, memberID, "555555555555", toolingID},
			refused: []string{"555555555555", toolingID},
		},
		{
			name: "a unit and those below", lister: managementID, complete: true,
			units:   []string{"ou-a1b2-11111111", "ou-a1b2-22222222"},
			want:    []string{memberID, otherID, "555555555555"},
			refused: []string{"555555555555"},
		},
		{name: "a member that may not list", lister: memberID, want: []string{memberID}},
		{
			name: "a role without the permission", lister: managementID, want: []string{managementID},
			change: func(e *awssim.Estate) { e.Accounts[0].Roles[0].Allow = []string{"account:ListRegions"} },
		},
		{
			name: "no Organization", lister: memberID, complete: true, want: []string{memberID},
			change: func(e *awssim.Estate) {
				e.Organization = nil
				e.Accounts = slices.DeleteFunc(e.Accounts, func(a awssim.Account) bool { return a.ID == managementID })
			},
		},
		{
			name: "regions denied by a service control policy", lister: managementID, complete: true,
			want: everyone, refused: []string{"555555555555", toolingID},
			change: func(e *awssim.Estate) {
				e.Policies = []awssim.Policy{{Name: "no-regions", Targets: []string{memberID}, Deny: []string{"account:*"}}}
			},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			estate := simulated()
			if test.change != nil {
				test.change(&estate)
			}
			d, _ := serve(t, estate, account.Options{RoleARN: roleIn(test.lister), OUIDs: test.units, ExternalID: externalID, SessionName: "portolan-1"})
			listing, err := d.List(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			var ids, refused []string
			for _, a := range listing.Accounts {
				ids = append(ids, a.ID)
				session, err := d.Enter(t.Context(), a)
				if err != nil {
					refused = append(refused, a.ID)
					continue
				}
				if regions, err := d.Regions(t.Context(), session); err != nil || !slices.Contains(regions, "eu-west-1") {
					t.Errorf("regions of %s: %v, %v", a.ID, regions, err)
				}
			}
			if diff := cmp.Diff(test.want, ids); diff != "" {
				t.Errorf("accounts (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.refused, refused); diff != "" {
				t.Errorf("refused (-want +got):\n%s", diff)
			}
			if listing.Complete != test.complete {
				t.Errorf("complete: %v; notices %+v", listing.Complete, listing.Diagnostics)
			}
		})
	}
}

// TestSimulatedPagesWithoutEnd has AWS answer with a token that leads back, as it
// never should: the list of accounts is an error then, not a loop and not an end.
func TestSimulatedPagesWithoutEnd(t *testing.T) {
	t.Parallel()
	for operation, units := range map[string][]string{
		"ListAccounts": nil, "ListAccountsForParent": {"ou-a1b2-11111111"}, "ListOrganizationalUnitsForParent": {"ou-a1b2-11111111"},
	} {
		t.Run(operation, func(t *testing.T) {
			t.Parallel()
			d, server := serve(t, simulated(), account.Options{
				RoleARN: "arn:aws:iam::" + managementID + ":role/read/PortRead", ExternalID: externalID, OUIDs: units,
			})
			server.Inject(awssim.Fault{Operation: operation, Times: -1, Effect: awssim.EmptyPage})
			listing, err := d.List(t.Context())
			if err == nil && listing.Complete {
				t.Errorf("the listing is complete: %+v", listing)
			}
			if calls := len(server.Calls()); calls > 20 {
				t.Errorf("%d calls", calls)
			}
		})
	}
}

func TestSimulatedWrongExternalID(t *testing.T) {
	t.Parallel()
	d, _ := serve(t, simulated(), account.Options{RoleARN: roleIn(managementID), ExternalID: "another"})
	_, err := d.List(t.Context())
	var entry *account.EnterError
	if !errors.As(err, &entry) || entry.Class != awserr.Denied || !strings.HasPrefix(err.Error(), "Unable to assume role "+roleIn(managementID)) {
		t.Errorf("got %v", err)
	}
}

func TestSimulatedSessionsEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d, server := serve(t, simulated(), account.Options{RoleARN: roleIn(managementID), ExternalID: externalID})
		session := enter(t, d, member(memberID, "data"))
		client := sts.NewFromConfig(session.Config)
		for range 5 {
			if _, err := client.GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{}); err != nil {
				t.Fatal(err)
			}
			time.Sleep(50 * time.Minute) // of the bubble's clock, which does not wait
		}
		assumed := 0
		for _, c := range server.Calls() {
			if c.Operation == "AssumeRole" {
				assumed++
			}
		}
		if assumed != 3 {
			t.Errorf("the role was assumed %d times in 200 minutes, want 3", assumed)
		}
	})
}

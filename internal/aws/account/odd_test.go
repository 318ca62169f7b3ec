package account_test

import (
	"strings"
	"testing"

	"portolan/internal/aws/account"
	"portolan/internal/aws/awserr"
	"portolan/internal/diag"
)

// odd is what may stand in place of a name, and lead elsewhere.
var odd = []string{
	"", "22222222222", "2222222222222", "22222222222a", "222222222222 ", "../../111111111111", "222222222222/../333333333333",
	"222222222222:role/Admin", "222222222222\n", "２２２２２２２２２２２２", "*", "eu-west-1.evil.example/", "eu-west-1/", "..", "EU-WEST-1",
	"ou-root-aaaaaaaa/..", "ou-root", strings.Repeat("2", 200_000),
}

// TestOddAccounts lists an Organization in which something else stands in place of an
// account's id: the others are read, no role is assumed for it, and the list proves
// nothing.
func TestOddAccounts(t *testing.T) {
	t.Parallel()
	for _, id := range odd {
		for name, units := range map[string][]string{"everything": nil, "a unit": {"ou-root-aaaaaaaa"}} {
			s := estate()
			accounts := []orgAccount{active(managementID, "root"), active(id, "odd"), active(memberID, "data")}
			s.accounts, s.members = accounts, map[string][]orgAccount{"ou-root-aaaaaaaa": accounts}
			d := account.New(s.config("eu-west-1"), account.Options{RoleARN: roleIn(managementID), OUIDs: units})
			l, err := d.List(t.Context())
			if err != nil {
				t.Fatalf("%.50q in %s: %v", id, name, err)
			}
			if len(l.Accounts) != 2 || l.Accounts[0].ID != managementID || l.Accounts[1].ID != memberID || l.Complete || l.Proven() {
				t.Errorf("%.50q in %s: %+v", id, name, l)
			}
			if len(l.Diagnostics) != 1 || l.Diagnostics[0].Code != diag.NameOdd || l.Diagnostics[0].Severity != diag.Error || len(l.Diagnostics[0].Cause) > 500 {
				t.Errorf("%.50q in %s: %+v", id, name, l.Diagnostics)
			}
		}
	}
	s := estate()
	s.accounts = []orgAccount{active("..", "odd")}
	_, err := account.New(s.config("eu-west-1"), account.Options{RoleARN: roleIn(managementID)}).List(t.Context())
	if diag.Of(err) != diag.NameOdd || !strings.Contains(err.Error(), `".."`) {
		t.Errorf("only odd ones: %v", err)
	}
}

func TestOddUnits(t *testing.T) {
	t.Parallel()
	for _, id := range odd {
		s := estate()
		s.children = map[string][]string{"ou-root-aaaaaaaa": {id, "ou-root-bbbbbbbb"}}
		s.members = map[string][]orgAccount{"ou-root-aaaaaaaa": {active(managementID, "root")}, "ou-root-bbbbbbbb": {active(memberID, "data")}, id: {active(otherID, "shop")}}
		l, err := account.New(s.config("eu-west-1"), account.Options{RoleARN: roleIn(managementID), OUIDs: []string{"ou-root-aaaaaaaa"}}).List(t.Context())
		if err != nil {
			t.Fatalf("%.50q: %v", id, err)
		}
		if len(l.Accounts) != 2 || l.Complete || len(l.Diagnostics) != 1 || l.Diagnostics[0].Code != diag.NameOdd {
			t.Errorf("%.50q: %+v", id, l)
		}
	}
}

// TestOddRegions has an account name a region that would become another host.
func TestOddRegions(t *testing.T) {
	t.Parallel()
	for _, name := range odd {
		s := estate()
		s.regions[name] = "ENABLED"
		d := account.New(s.config("eu-west-1"), account.Options{RoleARN: roleIn(managementID)})
		session := enter(t, d, member(memberID, "data"))
		got, err := d.Regions(t.Context(), session)
		if err == nil || len(got) > 0 || awserr.ClassOf(err) != awserr.Failed || diag.Of(err) != diag.RegionsUnknown {
			t.Errorf("%.50q: %v, %v", name, got, err)
			continue
		}
		if fix := awserr.Fix(err); len(err.Error()) > 2000 || !strings.Contains(fix, "proxy or gateway") {
			t.Errorf("%.50q: it says %v; %s", name, err, fix)
		}
		if got, err := d.AllRegions(t.Context(), session); err == nil {
			t.Errorf("%.50q: all regions are %v", name, got)
		}
	}
}

package scope_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"portolan/internal/aws/account"
	"portolan/internal/aws/kind"
	"portolan/internal/invocation"
	"portolan/internal/mapping"
	"portolan/internal/resync/cell"
	"portolan/internal/resync/reconcile"
	"portolan/internal/resync/scope"
)

const (
	queue, bucket, unit = "AWS::SQS::Queue", "AWS::S3::Bucket", "AWS::Organizations::Unit"
	first, second       = "111122223333", "444455556666"
	here, there         = "eu-west-1", "us-east-1"
	all                 = `{}`
)

var kinds = []*kind.Kind{
	{Type: queue, Optional: []kind.FollowUp{{Name: "A"}, {Name: "B"}, {Name: "C"}}},
	{Type: bucket, Scope: kind.Global}, {Type: unit, Scope: kind.Management},
}

// entry is an entry of a mapping.
func entry(kind, policy, blueprint string, actions ...string) string {
	include, _ := json.Marshal(append([]string{}, actions...))
	return fmt.Sprintf(`{"kind":%q,"selector":{"query":"true","regionPolicy":%s,"includeActions":%s},`+
		`"port":{"entity":{"mappings":{"identifier":".Properties.Arn","blueprint":%q}}}}`, kind, policy, include, blueprint)
}

func fixed(blueprint string) string { return `"` + blueprint + `"` }

// lost is an entry that does not work.
func lost(kind string) string {
	return strings.Replace(entry(kind, all, fixed("queue")), `"query":"true"`, `"query":"(("`, 1)
}

func compile(t *testing.T, entries ...string) *mapping.Config {
	t.Helper()
	config, err := mapping.Compile([]byte(`{"resources":[`+strings.Join(entries, ",")+`]}`), func(name string) (mapping.Actions, bool) {
		at := slices.IndexFunc(kinds, func(k *kind.Kind) bool { return k.Type == name })
		if at < 0 {
			return mapping.Actions{}, false
		}
		return mapping.Actions{Optional: kinds[at].OptionalNames()}, true
	})
	if err != nil {
		t.Fatal(err)
	}
	return config
}

// usual is a mapping with a kind of each scope.
func usual() []string {
	return []string{entry(queue, all, fixed("queue")), entry(bucket, all, fixed("bucket")), entry(unit, all, fixed("unit"))}
}

func scopeOf(t *testing.T, request invocation.Request, regions []string, entries ...string) *scope.Scope {
	t.Helper()
	s := scope.New(request, regions, compile(t, entries...), kind.Among(kinds))
	s.Listing = account.Listing{
		Strategy: account.ByOrganization, Complete: true, Accounts: []account.Account{{ID: first}, {ID: second}},
		Skipped: []account.Skipped{{ID: "777777777777", Reason: "SUSPENDED"}, {ID: "888888888888", Reason: "excluded"}},
	}
	return s
}

func TestNarrowing(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		request  invocation.Request
		settings []string
		units    []string
		accounts []string
		regions  []string
		leaves   []cell.Name // out, of those below
	}{
		"nothing": {
			units: []string{queue, bucket, unit}, accounts: []string{first, second}, regions: []string{here, there},
		},
		"the settings' regions": {
			settings: []string{there, "ap-east-1"}, units: []string{queue, bucket, unit}, accounts: []string{first, second}, regions: []string{there},
		},
		"a kind": {
			request: invocation.Request{Kinds: []string{bucket}}, units: []string{bucket}, accounts: []string{first, second}, regions: []string{here, there},
			leaves: []cell.Name{{Account: first, Region: here, Kind: queue}, {Kind: unit}},
		},
		"an account, and what is read through any": {
			request: invocation.Request{Accounts: []string{second}}, units: []string{queue, bucket, unit}, accounts: []string{second}, regions: []string{here, there},
			leaves: []cell.Name{{Account: first, Region: here, Kind: queue}, {Account: first, Kind: bucket}, {Kind: unit}},
		},
		"a region, and what is read through any": {
			request: invocation.Request{Regions: []string{here}}, units: []string{queue, bucket, unit}, accounts: []string{first, second}, regions: []string{here},
			leaves: []cell.Name{{Account: first, Kind: bucket}, {Kind: unit}},
		},
		"a region that the settings leave out": {
			request: invocation.Request{Regions: []string{here}}, settings: []string{there}, units: []string{queue, bucket, unit}, accounts: []string{first, second},
			leaves: []cell.Name{{Account: first, Kind: bucket}, {Kind: unit}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := scopeOf(t, test.request, test.settings, usual()...)
			var units, accounts []string
			for _, u := range s.Units {
				units = append(units, u.Kind.Type)
			}
			for _, a := range s.Accounts() {
				accounts = append(accounts, a.ID)
			}
			if len(s.Mapped) != 3 || !slices.Equal(units, test.units) || !slices.Equal(accounts, test.accounts) {
				t.Errorf("units %v of %d, accounts %v", units, len(s.Mapped), accounts)
			}
			if left := s.LeftRegions([]string{here, there}); !slices.Equal(left, test.regions) {
				t.Errorf("the regions %v are left", left)
			}
			for _, c := range []cell.Name{{Account: first, Region: here, Kind: queue}, {Account: first, Kind: bucket}, {Kind: unit}} {
				if out := s.LeavesOut(c); out != slices.Contains(test.leaves, c) {
					t.Errorf("%+v is left out: %t", c, out)
				}
			}
		})
	}
}

func TestUnits(t *testing.T) {
	t.Parallel()
	s := scopeOf(t, invocation.Request{}, nil,
		entry(queue, `{"deny":["`+there+`"]}`, fixed("queue"), "C", "A"), entry(bucket, all, `.Type`), entry(queue, all, fixed("other"), "B"))
	if len(s.Mapped) != 2 {
		t.Fatalf("%d units", len(s.Mapped))
	}
	u := s.Mapped[0]
	wishes, actions := u.Wishes(here)
	if len(wishes) != 2 || !slices.Equal(wishes[0].Actions, []string{"A", "C"}) || !slices.Equal(wishes[1].Actions, []string{"B"}) ||
		!slices.Equal(actions, []string{"A", "B", "C"}) {
		t.Errorf("in a region of both entries: %+v, %v", wishes, actions)
	}
	if wishes, actions = u.Wishes(there); len(wishes) != 1 || wishes[0].Entry.Index != 2 || !slices.Equal(actions, []string{"B"}) {
		t.Errorf("in a region that one entry denies: %+v, %v", wishes, actions)
	}
	if !u.Allows(there) || !u.Writes("queue") || !u.Writes("other") || u.Writes("bucket") {
		t.Error("the queues are read everywhere, and become two blueprints")
	}
	if !s.MayWrite(bucket, "anything") || s.MayWrite(queue, "anything") || s.MayWrite(unit, "unit") {
		t.Error("a computed blueprint may be any; a kind that the mapping lacks makes nothing")
	}
}

func TestStandingOfAccounts(t *testing.T) {
	t.Parallel()
	listings := map[string]account.Listing{
		"organization, complete":   {Strategy: account.ByOrganization, Complete: true},
		"organization, incomplete": {Strategy: account.ByOrganization},
		"no organization":          {Strategy: account.ByOrganization, Complete: true, Alone: true},
		"list":                     {Strategy: account.ByList, Complete: true},
		"list, incomplete":         {Strategy: account.ByList},
		"list, a role is locked":   {Strategy: account.ByList, Complete: true},
		"the own account":          {Strategy: account.ByIdentity, Complete: true},
	}
	unlisted := map[string]reconcile.Account{"organization, complete": reconcile.Absent, "list": reconcile.Absent}
	for name, listing := range listings {
		listing.Accounts = []account.Account{{ID: first}, {ID: second}}
		listing.Skipped = []account.Skipped{{ID: "777777777777", Reason: "SUSPENDED"}, {ID: "888888888888", Reason: "excluded"}}
		s := &scope.Scope{Listing: listing}
		entered := func(id string) bool { return id != second || name != "list, a role is locked" }
		for id, want := range map[string]reconcile.Account{
			"": reconcile.Present, first: reconcile.Present, second: reconcile.Present, "777777777777": reconcile.Inactive, "888888888888": reconcile.Absent,
			"999999999999": unlisted[name], // Unknown is zero
		} {
			if got := s.Account(id, entered); got != want {
				t.Errorf("%s: the account %q is %v, want %v", name, id, got, want)
			}
		}
		if !s.Inactive("") || !s.Inactive("777777777777") || s.Inactive("888888888888") || s.Inactive(first) {
			t.Errorf("%s: one account is inactive", name)
		}
	}
	none := &scope.Scope{Listing: account.Listing{Skipped: []account.Skipped{{ID: "888888888888", Reason: "excluded"}}}}
	if none.Inactive("") {
		t.Error("an excluded account is not inactive")
	}
}

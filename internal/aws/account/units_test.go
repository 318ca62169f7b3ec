package account_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"portolan/internal/aws/account"
)

// However units nest, overlap and spread over pages, each active account below
// the given ones is listed once and no other is.
func TestUnits(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := estate()
		s.pageSize = rapid.IntRange(1, 4).Draw(t, "page size")
		s.children, s.members = map[string][]string{}, map[string][]orgAccount{}
		units := []string{"r-root"}
		above := map[string][]string{"r-root": {"r-root"}} // each unit and what it lies in
		for i := range rapid.IntRange(0, 8).Draw(t, "units") {
			unit, parent := fmt.Sprintf("ou-root-%08d", i), rapid.SampledFrom(units).Draw(t, "parent")
			s.children[parent] = append(s.children[parent], unit)
			above[unit] = append([]string{unit}, above[parent]...)
			units = append(units, unit)
		}
		asked := rapid.SliceOfN(rapid.SampledFrom(units), 1, 4).Draw(t, "asked for")
		want := []string{managementID}
		in := func(unit string) bool {
			return slices.ContainsFunc(asked, func(a string) bool { return slices.Contains(above[unit], a) })
		}
		s.members[asked[0]] = append(s.members[asked[0]], active(managementID, "root"))
		for i := range rapid.IntRange(0, 12).Draw(t, "accounts") {
			a, unit := active(fmt.Sprintf("2%011d", i), "member"), rapid.SampledFrom(units).Draw(t, "unit")
			a.State = rapid.SampledFrom([]string{"ACTIVE", "SUSPENDED"}).Draw(t, "state")
			s.members[unit] = append(s.members[unit], a)
			if in(unit) && a.State == "ACTIVE" {
				want = append(want, a.Id)
			}
		}
		got, err := account.New(s.config("us-east-1"), account.Options{RoleARN: roleIn(managementID), OUIDs: asked}).List(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var ids []string
		for _, a := range got.Accounts {
			ids = append(ids, a.ID)
		}
		if diff := cmp.Diff(want, ids); diff != "" {
			t.Fatalf("accounts (-want +got):\n%s", diff)
		}
	})
}

// TestAccountThatIsMovedMeanwhile moves an account between two units, both of which are
// asked for, at every call of the listing: it is listed whenever that happens.
func TestAccountThatIsMovedMeanwhile(t *testing.T) {
	t.Parallel()
	for _, from := range []string{"ou-root-aaaaaaaa", "ou-root-bbbbbbbb"} {
		for when := range 9 {
			s := estate()
			s.members = map[string][]orgAccount{"ou-root-aaaaaaaa": {active(managementID, "root")}, "ou-root-bbbbbbbb": {active(otherID, "shop")}}
			moved := active(memberID, "data")
			to := map[string]string{"ou-root-aaaaaaaa": "ou-root-bbbbbbbb", "ou-root-bbbbbbbb": "ou-root-aaaaaaaa"}[from]
			at := s.members[to]
			s.members[from] = append(s.members[from], moved)
			calls := 0
			s.refuse = func(c call) *refusal {
				if strings.HasPrefix(c.Op, "organizations:") {
					if calls++; calls == when {
						s.members[from], s.members[to] = s.members[from][:1], append(slices.Clone(at), moved)
					}
				}
				return nil
			}
			got, err := account.New(s.config("us-east-1"), account.Options{RoleARN: roleIn(managementID), OUIDs: []string{"ou-root-aaaaaaaa", "ou-root-bbbbbbbb"}}).List(t.Context())
			if err != nil || len(got.Accounts) != 3 || !got.Proven() {
				t.Errorf("moved from %s at call %d: %+v, %v", from, when, got.Accounts, err)
			}
		}
	}
}

package kinds_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/aws/kind"
	"portolan/internal/aws/kinds"
)

// organization answers for a root with two units, one of which has a third. Account n is
// in unit n modulo four.
type organization struct {
	accounts int
	// moved are the units beneath which an account is listed during the walk, instead of
	// its own.
	moved map[string][]string
	// refused has the code with which an operation is refused from its n-th call on.
	refused map[string]int
}

var (
	unitsOfTree = []string{"r-1", "ou-1-a", "ou-1-b", "ou-1-c"}
	childUnits  = map[string][]string{"r-1": {"ou-1-a", "ou-1-b"}, "ou-1-b": {"ou-1-c"}}
)

func accountNumber(n int) string { return fmt.Sprintf("%012d", n+1) }

func parentOf(n int) kind.Object {
	unit := unitsOfTree[n%len(unitsOfTree)]
	if unit == "r-1" {
		return kind.Object{"Id": unit, "Type": "ROOT"}
	}
	return kind.Object{"Id": unit, "Type": "ORGANIZATIONAL_UNIT"}
}

// answer answers a call. Lists have pages of at most twenty.
func (o *organization) answer(operation string, n int, request *http.Request) *reply {
	if at, refuses := o.refused[operation]; refuses && n >= at {
		return refusal(request, http.StatusBadRequest, "AccessDeniedException", "You don't have permissions to access this resource.")
	}
	var asked struct{ ParentId, ChildId, NextToken string }
	_ = json.Unmarshal([]byte(bodyOf(request)), &asked)
	page := func(member string, ids []string) *reply {
		from := 0
		_, _ = fmt.Sscan(asked.NextToken, &from)
		to := min(from+20, len(ids))
		body := map[string]any{member: []any{}}
		for _, id := range ids[from:to] {
			body[member] = append(body[member].([]any), map[string]any{"Id": id})
		}
		if to < len(ids) {
			body["NextToken"] = fmt.Sprint(to)
		}
		text, _ := json.Marshal(body)
		return &reply{http.StatusOK, string(text)}
	}
	var ids []string
	switch operation {
	case "ListRoots":
		return page("Roots", unitsOfTree[:1])
	case "ListOrganizationalUnitsForParent":
		return page("OrganizationalUnits", childUnits[asked.ParentId])
	case "ListAccounts", "ListAccountsForParent":
		for i := range o.accounts {
			places, moved := o.moved[accountNumber(i)]
			if !moved {
				places = []string{parentOf(i)["Id"].(string)}
			}
			if operation == "ListAccounts" || slices.Contains(places, asked.ParentId) {
				ids = append(ids, accountNumber(i))
			}
		}
		return page("Accounts", ids)
	case "ListParents":
		for i := range o.accounts {
			if accountNumber(i) == asked.ChildId {
				text, _ := json.Marshal(map[string]any{"Parents": []any{parentOf(i)}})
				return &reply{http.StatusOK, string(text)}
			}
		}
	}
	return nil
}

// TestParentsOfAccounts wants the parents that ListParents answers, by fewer calls.
func TestParentsOfAccounts(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		organization
		native int // calls of ListParents
		walked bool
	}{
		"a walk":                            {organization{accounts: 130}, 0, true},
		"a page":                            {organization{accounts: 20}, 0, true},
		"less than a page":                  {organization{accounts: 19}, 19, false},
		"an account that is seen nowhere":   {organization{accounts: 40, moved: map[string][]string{accountNumber(1): nil}}, 1, true},
		"an account that is seen twice":     {organization{accounts: 40, moved: map[string][]string{accountNumber(2): {"r-1", "ou-1-b"}}}, 1, true},
		"the walk is denied":                {organization{accounts: 40, refused: map[string]int{"ListRoots": 1}}, 40, true},
		"accounts of a unit are denied":     {organization{accounts: 40, refused: map[string]int{"ListAccountsForParent": 2}}, 30, true},
		"units beneath the root are denied": {organization{accounts: 40, refused: map[string]int{"ListOrganizationalUnitsForParent": 1}}, 30, true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newReplay(t, kinds.OrganizationsAccount)
			r.spoil = test.answer
			documents, errs := r.read(kinds.OrganizationsAccount, "ListParentsAction")
			if len(errs) > 0 {
				t.Fatal(errs)
			}
			var got, want []any
			for i, document := range documents {
				got = append(got, document["Properties"].(kind.Object)["Parents"])
				want = append(want, []any{parentOf(i)})
			}
			if diff := cmp.Diff(want, got); diff != "" || len(documents) != test.accounts {
				t.Errorf("%d accounts, parents (-want +got):\n%s", len(documents), diff)
			}
			if got := r.count["ListParents"]; got != test.native {
				t.Errorf("%d calls of ListParents, want %d", got, test.native)
			}
			if got := r.count["ListRoots"]; got > 1 || (got == 1) != test.walked {
				t.Errorf("%d calls of ListRoots", got)
			}
		})
	}
}

// TestParentsThatNobodyWants takes no walk.
func TestParentsThatNobodyWants(t *testing.T) {
	t.Parallel()
	r := newReplay(t, kinds.OrganizationsAccount)
	r.spoil = (&organization{accounts: 40}).answer
	if _, errs := r.read(kinds.OrganizationsAccount); len(errs) > 0 || len(r.calls) != 2 {
		t.Errorf("errors %v, calls %v", errs, r.calls)
	}
}

// TestOrganizationWithoutEnd lists ever more units beneath the root. The walk is given up,
// and what it has seen stands.
func TestOrganizationWithoutEnd(t *testing.T) {
	t.Parallel()
	r := newReplay(t, kinds.OrganizationsAccount)
	o := &organization{accounts: 40}
	r.spoil = func(operation string, n int, request *http.Request) *reply {
		if operation != "ListOrganizationalUnitsForParent" {
			return o.answer(operation, n, request)
		}
		units := make([]string, 1000)
		for i := range units {
			units[i] = fmt.Sprintf(`{"Id":"ou-1-%d-%d"}`, n, i)
		}
		return &reply{http.StatusOK, fmt.Sprintf(`{"OrganizationalUnits":[%s],"NextToken":"%d"}`, strings.Join(units, ","), n)}
	}
	documents, errs := r.read(kinds.OrganizationsAccount, "ListParentsAction")
	if len(documents) != 40 || len(errs) > 0 {
		t.Errorf("%d documents, errors %v", len(documents), errs)
	}
	if got := r.count["ListOrganizationalUnitsForParent"]; got > 101 {
		t.Errorf("%d pages of units were read", got)
	}
	if got := r.count["ListParents"]; got != 30 {
		t.Errorf("%d accounts were asked for, want those that are not at the root", got)
	}
}

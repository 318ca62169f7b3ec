package kinds

import (
	"context"
	"maps"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"

	"portolan/internal/aws/kind"
)

// parentsInBulk finds the parents of accounts by a walk through the Organization's units,
// which takes a call for twenty accounts and two for each unit. It answers what it has seen
// itself: an account that was in one place, and in no other. An account that is moved
// during the walk may be seen twice or nowhere.
var parentsInBulk = &kind.Bulk{
	Actions: []string{
		"organizations:ListRoots", "organizations:ListOrganizationalUnitsForParent", "organizations:ListAccountsForParent",
	},
	Open: func(t kind.Target, call kind.Call) (kind.BulkAnswers, kind.Call) {
		var places map[string][]kind.Object
		return func(ctx context.Context, accounts []*kind.Resource) map[string]kind.Object {
			// An Organization that fits on a page may have more units than accounts.
			if places == nil && len(accounts) < accountsOnPage {
				return nil
			}
			if places == nil {
				places = placesOfAccounts(ctx, kind.ClientOf[*organizations.Client](t))
			}
			answers := make(map[string]kind.Object, len(accounts))
			for _, r := range accounts {
				if seen := places[r.ID]; len(seen) == 1 {
					answers[r.ID] = kind.Object{"Parents": []any{maps.Clone(seen[0])}}
				}
			}
			return answers
		}, call
	},
	Try: func(ctx context.Context, t kind.Target, _ *kind.Resource) error {
		_, err := kind.ClientOf[*organizations.Client](t).ListRoots(ctx, &organizations.ListRootsInput{})
		return err
	},
}

// accountsOnPage is the most accounts on a page.
// https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccounts.html
const accountsOnPage = 20

// mostPlaces is more accounts and units than an Organization may have: a walk that sees more
// leads nowhere.
// https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html
const mostPlaces = 100_000

// placesOfAccounts returns where a walk through the Organization has seen each account. If
// a call fails, the walk ends there: what it has not seen is not in the answer.
func placesOfAccounts(ctx context.Context, client *organizations.Client) map[string][]kind.Object {
	places := make(map[string][]kind.Object)
	seen := 0
	// visit calls take for what a member lists on all pages, and says whether it was read whole.
	visit := func(pages kind.Pages, take func(id string)) bool {
		for page, err := range pages {
			for _, r := range page {
				take(r.ID)
			}
			if seen += len(page); err != nil || seen > mostPlaces {
				return false
			}
		}
		return true
	}
	var queue []kind.Object // units as ListParents names them
	roots := organizations.NewListRootsPaginator(client, &organizations.ListRootsInput{})
	whole := visit(kind.Walk(ctx, roots, kind.Objects("Roots", "Id")), func(id string) {
		queue = append(queue, kind.Object{"Id": id, "Type": "ROOT"})
	})
	walked := make(map[string]bool)
	for ; whole && len(queue) > 0; queue = queue[1:] {
		unit, parent := queue[0], aws.String(queue[0]["Id"].(string))
		if walked[*parent] {
			continue
		}
		walked[*parent] = true
		accounts := organizations.NewListAccountsForParentPaginator(client, &organizations.ListAccountsForParentInput{ParentId: parent})
		units := organizations.NewListOrganizationalUnitsForParentPaginator(client, &organizations.ListOrganizationalUnitsForParentInput{ParentId: parent})
		whole = visit(kind.Walk(ctx, accounts, kind.Objects("Accounts", "Id")), func(id string) {
			places[id] = append(places[id], unit)
		}) && visit(kind.Walk(ctx, units, kind.Objects("OrganizationalUnits", "Id")), func(id string) {
			queue = append(queue, kind.Object{"Id": id, "Type": "ORGANIZATIONAL_UNIT"})
		})
	}
	return places
}

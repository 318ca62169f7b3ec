package resync

import (
	"fmt"
	"slices"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws/arn"

	"portolan/internal/aws/account"
	"portolan/internal/aws/kind"
	"portolan/internal/diag"
	"portolan/internal/mapping"
	"portolan/internal/report"
	"portolan/internal/resync/cell"
	"portolan/internal/resync/entity"
	"portolan/internal/resync/reconcile"
)

// view is what a run saw of the estate, cell by cell: which accounts it entered,
// which regions are enabled there, and which cells it did not read whole. Of all other
// cells, reach knows whether they were read.
type view struct {
	mu      sync.Mutex
	enabled map[string][]string   // regions of the accounts that were entered
	left    map[leftKey]string    // why kinds of a scope were not read in an account
	ends    map[cell.Name]cellEnd // cells that were not read whole
}

type leftKey struct {
	account string
	scope   kind.Scope
}

// cellEnd is what became of a cell that was not read whole. Why completes "it was not
// read: …".
type cellEnd struct {
	Reading reconcile.Reading `json:"reading"`
	Why     string            `json:"why"`
}

func newView() *view {
	return &view{enabled: map[string][]string{}, left: map[leftKey]string{}, ends: map[cell.Name]cellEnd{}}
}

// entered notes the regions that are enabled in an account.
func (v *view) entered(account string, regions []string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.enabled[account] = regions
}

// leave notes that the kinds of a scope were not read in an account.
func (v *view) leave(account string, scope kind.Scope, reason string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.left[leftKey{account, scope}] = reason
}

// knows says whether an account was entered.
func (v *view) knows(account string) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	_, known := v.enabled[account]
	return known
}

// end notes what became of a cell that was not read whole.
func (v *view) end(c cell.Name, end cellEnd) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.ends[c] = end
}

// missPlace notes that a kind which is read once in an account could not be, because
// none of the regions through which it may be read is left.
func (v *view) missPlace(account, kind string) {
	v.end(cell.Name{Account: account, Kind: kind}, cellEnd{Why: "no region is left through which it may be read"})
}

// worst returns what proves least of the cells of a kind that were not read whole, and
// false if there is none. What AWS does not offer hides nothing. Of several that prove as
// little it is the first by name, so that one run has one reason for all entities.
func (v *view) worst(kindName string, scope kind.Scope) (cellEnd, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	worst, found := cellEnd{Reading: reconcile.Whole}, false
	for c, end := range v.ends {
		if c.Kind != kindName || end.Reading == reconcile.NotOffered || end.Reading > worst.Reading || end.Reading == reconcile.Whole {
			continue
		}
		if why := " " + c.Place() + ": " + end.Why; end.Reading < worst.Reading || why < worst.Why {
			worst, found = cellEnd{end.Reading, why}, true
		}
	}
	if reason, left := v.left[leftKey{"", scope}]; left && scope == kind.Management {
		return cellEnd{Why: ": " + reason}, true
	}
	return worst, found
}

// readings returns what the outcome of a cell proves.
var readings = map[report.Outcome]reconcile.Reading{
	report.Complete: reconcile.Whole, report.NotOffered: reconcile.NotOffered, report.Closed: reconcile.Closed,
}

// unitsOfKind are the units that read a kind, those included that the request leaves out.
func (r *run) unitsOfKind(name string) []*unit {
	return slices.DeleteFunc(slices.Clone(r.allUnits), func(u *unit) bool { return u.kind.Type != name })
}

// scopeOf returns where a kind of the mapping is read.
func (r *run) scopeOf(name string) kind.Scope {
	return r.allUnits[slices.IndexFunc(r.allUnits, func(u *unit) bool { return u.kind.Type == name })].kind.Scope
}

// unproven says why an entity of a blueprint from a cell must stay, the zero Reason if it
// is proven that its resource is gone.
func (r *run) unproven(c cell.Name, blueprint string) reconcile.Reason {
	e, detail := r.evidence(c, blueprint)
	return reasonOf(reconcile.Judge(e), c, detail)
}

// evidence returns what the run knows of a cell, and in words why it is not more.
func (r *run) evidence(c cell.Name, blueprint string) (e reconcile.Evidence, detail string) {
	e = reconcile.Evidence{Narrowed: r.narrowedOut(c), Account: r.standing(c.Account), Region: reconcile.In, Enabled: true}
	var d doubt
	if e.Kind, d = choice(r.kindOut(c.Kind)); e.Kind != reconcile.In {
		return e, string(d)
	}
	if d = r.renamingDoubt(c.Kind, blueprint); d != "" {
		e.Kind = reconcile.Doubtful
		return e, string(d)
	}
	if c.Region != "" {
		e.Region, d = choice(r.regionOut(c.Kind, c.Region, blueprint))
		detail = string(d)
	}
	scope := r.scopeOf(c.Kind)
	r.view.mu.Lock()
	defer r.view.mu.Unlock()
	if reason, left := r.view.left[leftKey{c.Account, scope}]; left {
		detail = reason
		if scope == kind.Management {
			return e, detail
		}
		if e.Account == reconcile.Present {
			e.Account = reconcile.Unentered
		}
		return e, detail
	}
	if scope == kind.Regional {
		e.Enabled = slices.Contains(r.view.enabled[c.Account], c.Region)
	}
	end, ended := r.view.ends[c]
	switch {
	case ended:
		e.Cell, detail = end.Reading, end.Why
	case r.reach.did(c):
		e.Cell = reconcile.Whole
	}
	return e, detail
}

// choice says what it means that something is left out, or not, and that this is in doubt.
func choice(out bool, d doubt) (reconcile.Choice, doubt) {
	switch {
	case !out:
		return reconcile.In, ""
	case d == "":
		return reconcile.Out, d
	default:
		return reconcile.Doubtful, d
	}
}

// standing says what is known of an account; "" is the Organization itself.
func (r *run) standing(id string) reconcile.Account {
	if id == "" || slices.ContainsFunc(r.listing.Accounts, func(a account.Account) bool { return a.ID == id }) {
		return reconcile.Present
	}
	for _, skipped := range r.listing.Skipped {
		switch {
		case skipped.ID != id:
		case skipped.Excluded():
			return reconcile.Absent
		default:
			return reconcile.Inactive
		}
	}
	if !r.takenOut() {
		return reconcile.Unknown
	}
	return reconcile.Absent
}

// takenOut says whether an account that is not listed is none of those to read: a whole
// Organization lacks it, or the settings name others, each of which exists. A role that
// cannot be assumed may be misspelt and stand for what is missing. Who names no role has
// taken no account out.
func (r *run) takenOut() bool {
	switch r.listing.Strategy {
	case account.ByIdentity:
		return false
	case account.ByList:
		return r.listing.Proven() && !slices.ContainsFunc(r.listing.Accounts, func(a account.Account) bool { return !r.view.knows(a.ID) })
	default:
		return r.listing.Proven()
	}
}

// narrowedOut says whether the request leaves a cell out, or may: what is read once in
// an account is read through some region, which the request has to leave, and what is
// read once in an Organization through some account.
func (r *run) narrowedOut(c cell.Name) bool {
	out := func(wanted []string, name string) bool { return len(wanted) > 0 && !slices.Contains(wanted, name) }
	return out(r.request.Kinds, c.Kind) || out(r.request.Accounts, c.Account) || out(r.request.Regions, c.Region)
}

// unprovenOfUnknownOrigin says why an entity of which nothing is remembered must stay:
// it may be from any cell of the kinds whose mapping can give its blueprint, so that all
// of them together prove what the weakest does.
func (r *run) unprovenOfUnknownOrigin(ref entity.Ref) reconcile.Reason {
	c := cell.Name{}
	e := reconcile.Evidence{
		Narrowed: r.request.Narrowed(), Kind: reconcile.In, Account: reconcile.Present, Region: reconcile.In,
		Enabled: true, Cell: reconcile.Whole,
	}
	detail := ""
	if !r.listing.Proven() {
		e.Account = reconcile.Unknown
	}
	if d := r.blueprintDoubt(ref.Blueprint); d != "" {
		e.Kind, detail = reconcile.Doubtful, string(d)
	}
	r.readIdentifier(ref.Identifier, &e, &c)
	for _, u := range r.allUnits {
		if !slices.ContainsFunc(u.resources, func(m *mapping.Resource) bool { return writes(m, ref.Blueprint) }) {
			continue
		}
		if n := r.ledger.unreadOf(u.kind.Type); n > 0 && e.Kind == reconcile.In {
			e.Cell, detail = reconcile.NotRead, fmt.Sprintf("%d cells of %s were not read", n, u.kind.Type)
			break
		}
		if r.namesNotOffered(ref.Identifier, u.kind) && e.Cell > reconcile.NotOffered && e.Kind == reconcile.In {
			e.Cell = reconcile.NotOffered
		}
		if worst, some := r.view.worst(u.kind.Type, u.kind.Scope); some && worst.Reading < e.Cell && e.Kind == reconcile.In {
			e.Cell, detail = worst.Reading, u.kind.Type+worst.Why
		}
	}
	verdict := reconcile.Judge(e)
	if verdict.Code == diag.KeptUnread || verdict.Code == diag.KeptClosed {
		return reconcile.Reason{Code: diag.KeptOriginUnknown, Text: "nothing is remembered of where they came from, and " + detail}
	}
	return reasonOf(verdict, c, detail)
}

// readIdentifier takes an ARN for a hint at where an entity came from. It may keep the
// entity, and never proves anything.
func (r *run) readIdentifier(identifier string, e *reconcile.Evidence, c *cell.Name) {
	named, err := arn.Parse(identifier)
	inactive := func(id string) bool {
		return slices.ContainsFunc(r.listing.Skipped, func(s account.Skipped) bool { return !s.Excluded() && (id == "" || s.ID == id) })
	}
	switch {
	case err != nil || named.AccountID == "":
		if inactive("") {
			e.Account = reconcile.Inactive
		}
		return
	case inactive(named.AccountID):
		e.Account, c.Account = reconcile.Inactive, named.AccountID
		return
	case r.standing(named.AccountID) == reconcile.Unknown:
		e.Account = reconcile.Unknown
		return
	}
	r.view.mu.Lock()
	defer r.view.mu.Unlock()
	regions, entered := r.view.enabled[named.AccountID]
	if entered && named.Region != "" && !slices.Contains(regions, named.Region) {
		e.Enabled, c.Account, c.Region = false, named.AccountID, named.Region
	}
}

// namesNotOffered says whether an identifier is an ARN of an account and a region in
// which AWS does not offer the service of the kind: somebody read it there, so that the
// list may be wrong.
func (r *run) namesNotOffered(identifier string, k *kind.Kind) bool {
	named, err := arn.Parse(identifier)
	if err != nil || k.Scope != kind.Regional {
		return false
	}
	r.view.mu.Lock()
	defer r.view.mu.Unlock()
	end, ended := r.view.ends[cell.Name{Account: named.AccountID, Region: named.Region, Kind: k.Type}]
	return ended && end.Reading == reconcile.NotOffered
}

// reasonOf puts a verdict into words, the zero Reason if the entity is gone.
func reasonOf(v reconcile.Verdict, c cell.Name, detail string) reconcile.Reason {
	if v.Gone {
		return reconcile.Reason{}
	}
	var text string
	switch v.Code {
	case diag.KeptNarrowed:
		text = "the run was narrowed to some kinds, accounts or regions"
	case diag.KeptAccountUnread, diag.KeptDoubtful:
		text = detail
	case diag.KeptAccountsUnknown:
		text = "they may be of an account that is not listed, and that nothing takes out"
	case diag.KeptInactive:
		text = "an account is suspended or being closed, and who reopens it has all of it again"
		if c.Account != "" {
			text = "account " + c.Account + " is suspended or being closed, and who reopens it has all of it again"
		}
	case diag.KeptRegion:
		text = fmt.Sprintf("region %s is not enabled in account %s, and what is in it may still exist", c.Region, c.Account)
	default:
		text = c.Kind + " was not read whole" + " " + c.Place()
		if detail != "" {
			text += ": " + detail
		}
	}
	return reconcile.Reason{Code: v.Code, Text: text}
}

// writes says whether a resource of the mapping can give entities of a blueprint.
func writes(m *mapping.Resource, blueprint string) bool {
	blueprints, all := m.Blueprints()
	return all || slices.Contains(blueprints, blueprint)
}

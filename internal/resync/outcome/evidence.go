package outcome

import (
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws/arn"

	"portolan/internal/aws/kind"
	"portolan/internal/diag"
	"portolan/internal/plain"
	"portolan/internal/resync/cell"
	"portolan/internal/resync/entity"
	"portolan/internal/resync/reconcile"
	"portolan/internal/resync/scope"
)

// Evidence answers, for one run, why an entity that the run did not produce must stay. It
// knows what the run was to read and what became of its cells. The book must be settled.
type Evidence struct {
	Scope *scope.Scope
	Book  *Book
}

// Keeps says why an entity of a blueprint that was made of these resources of a cell must stay,
// the zero Reason if it is proven that they are gone.
func (v Evidence) Keeps(c cell.Name, blueprint string, of entity.Resources) reconcile.Reason {
	e, detail := v.of(c, blueprint)
	if e.Cell == reconcile.Whole && v.Scope.Confirms(string(c.Kind)) {
		if lacks, short := v.Book.Resources.EndedShort(c); short {
			e.Cell, detail = reconcile.Short, lacks
		} else {
			e.Resource, detail = v.resource(c, of)
		}
	}
	return reasonOf(reconcile.Judge(e), c, detail)
}

// KeepsPlace is Keeps, as if AWS said of the resources that they do not exist.
func (v Evidence) KeepsPlace(c cell.Name, blueprint string) reconcile.Reason {
	e, detail := v.of(c, blueprint)
	return reasonOf(reconcile.Judge(e), c, detail)
}

// resource returns what the run knows of an entity's resources, of a kind whose listings may end
// short.
func (v Evidence) resource(c cell.Name, of entity.Resources) (r reconcile.Resource, detail string) {
	ids := of.IDs()
	if ids == nil {
		return reconcile.Unidentified, ""
	}
	for _, id := range ids {
		if !v.Book.Resources.Past(c, id) {
			return reconcile.Unconfirmed, v.Book.Resources.Why(c, id)
		}
	}
	return reconcile.Confirmed, ""
}

// Left returns those of an entity's resources of which it may still be made.
func (v Evidence) Left(c cell.Name, of entity.Resources) entity.Resources {
	return of.Without(func(id string) bool { return v.Book.Resources.Past(c, id) })
}

// of returns what the run knows of a cell, and in words why it is not more.
func (v Evidence) of(c cell.Name, blueprint string) (e reconcile.Evidence, detail string) {
	e = reconcile.Evidence{
		Narrowed: v.Scope.LeavesOut(c), Account: v.Scope.Account(string(c.Account), v.Book.Entered), Region: reconcile.In, Enabled: true,
		Resource: reconcile.Needless,
	}
	var d scope.Doubt
	if e.Kind, d = v.Scope.Kind(string(c.Kind), blueprint); e.Kind != reconcile.In {
		return e, string(d)
	}
	if c.Region != "" {
		e.Region, d = v.Scope.Region(string(c.Kind), string(c.Region), blueprint)
		detail = string(d)
	}
	v.Book.mu.Lock()
	defer v.Book.mu.Unlock()
	sight := &v.Book.sight
	if reason, left := sight.Unentered[cell.Coverage{Account: c.Account, Kind: c.Kind}]; left {
		if e.Account == reconcile.Present {
			e.Account = reconcile.Unentered
		}
		return e, reason
	}
	if v.Scope.ScopeOf(string(c.Kind)) == kind.Regional {
		e.Enabled = slices.Contains(sight.Enabled[string(c.Account)], string(c.Region))
	}
	proof, limited := sight.Proofs[c]
	switch {
	case limited:
		e.Cell, detail = proof.Reading, proof.Why
	case sight.complete.Has(c):
		e.Cell = reconcile.Whole
	}
	return e, detail
}

// KeepsUnknown says why an entity of unknown origin must stay: it may be from any cell of
// the kinds that can make its blueprint, so together they prove only as much as the weakest
// of them.
func (v Evidence) KeepsUnknown(ref entity.Ref) reconcile.Reason {
	c := cell.Name{}
	e := reconcile.Evidence{
		Narrowed: v.Scope.Request.Narrowed(), Kind: reconcile.In, Account: reconcile.Present, Region: reconcile.In,
		Enabled: true, Cell: reconcile.Whole, Resource: reconcile.Needless,
	}
	detail := ""
	if !v.Scope.Listing.Proven() {
		e.Account = reconcile.Unknown
	}
	if d := v.Scope.BlueprintDoubt(ref.Blueprint); d != "" {
		e.Kind, detail = reconcile.Doubtful, string(d)
	}
	named, err := arn.Parse(ref.Identifier)
	if err != nil {
		named = arn.ARN{}
	}
	v.readARN(named, &e, &c)
	for _, u := range v.Scope.Mapped {
		if e.Kind != reconcile.In || !u.Writes(ref.Blueprint) {
			continue
		}
		if v.Scope.Confirms(u.Kind.Type) {
			e.Resource = reconcile.Unidentified
			c.Kind = cell.Kind(u.Kind.Type)
		}
		if n := v.Book.UnreadOf(u.Kind.Type); n > 0 {
			e.Cell, detail = reconcile.NotRead, fmt.Sprintf("%s of %s not read", plain.Count(n, "cell", "cells"), u.Kind.Type)
			break
		}
		if why, left := v.Book.leftOut(cell.Kind(u.Kind.Type)); left {
			e.Cell, detail = reconcile.NotRead, why
			break
		}
		if v.namesNotOffered(named, u.Kind) && e.Cell > reconcile.NotOffered {
			e.Cell = reconcile.NotOffered
		}
		if worst, some := v.Book.worst(cell.Kind(u.Kind.Type)); some && worst.Reading < e.Cell {
			e.Cell, detail = worst.Reading, u.Kind.Type+worst.Why
		}
	}
	verdict := reconcile.Judge(e)
	if verdict.Code == diag.KeptUnread || verdict.Code == diag.KeptClosed {
		return reconcile.Reason{Code: diag.KeptOriginUnknown, Text: "the state does not say where they came from, and " + detail}
	}
	return reasonOf(verdict, c, detail)
}

// readARN takes an ARN for a hint at where an entity came from. It may keep the entity, and
// never proves anything.
func (v Evidence) readARN(named arn.ARN, e *reconcile.Evidence, c *cell.Name) {
	switch {
	case named.AccountID == "":
		if v.Scope.Inactive("") {
			e.Account = reconcile.Inactive
		}
		return
	case v.Scope.Inactive(named.AccountID):
		e.Account, c.Account = reconcile.Inactive, cell.Account(named.AccountID)
		return
	case v.Scope.Account(named.AccountID, v.Book.Entered) == reconcile.Unknown:
		e.Account = reconcile.Unknown
		return
	}
	regions, entered := v.Book.Enabled(named.AccountID)
	if entered && named.Region != "" && !slices.Contains(regions, named.Region) {
		e.Enabled, c.Account, c.Region = false, cell.Account(named.AccountID), cell.Region(named.Region)
	}
}

// namesNotOffered says whether an ARN is of an account and a region in which AWS does not
// offer the service of the kind: somebody read it there, so that the list may be wrong.
func (v Evidence) namesNotOffered(named arn.ARN, k *kind.Kind) bool {
	if k.Scope != kind.Regional {
		return false
	}
	v.Book.mu.Lock()
	defer v.Book.mu.Unlock()
	proof, limited := v.Book.sight.Proofs[cell.Name{Account: cell.Account(named.AccountID), Region: cell.Region(named.Region), Kind: cell.Kind(k.Type)}]
	return limited && proof.Reading == reconcile.NotOffered
}

// leftOut says why no cell of a kind was read in an account where its resources may exist,
// and false if there is no such account. Of several reasons it is the first by name.
func (b *Book) leftOut(kind cell.Kind) (why string, left bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for of, reason := range b.sight.Unentered {
		if of.Kind == kind && (!left || reason < why) {
			why, left = reason, true
		}
	}
	return why, left
}

// worst returns the cell that proves least, of the cells of a kind that were not read to
// their end, and false if there is no such cell. Services that AWS does not offer do not
// count. If several prove equally little, it is the first by name, so that a run has one
// reason for all entities.
func (b *Book) worst(kind cell.Kind) (proof, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	worst, found := proof{Reading: reconcile.Whole}, false
	for c, p := range b.sight.Proofs {
		if c.Kind != kind || p.Reading == reconcile.NotOffered || p.Reading > worst.Reading || p.Reading == reconcile.Whole {
			continue
		}
		if why := " " + c.Place() + ": " + p.Why; p.Reading < worst.Reading || why < worst.Why {
			worst, found = proof{p.Reading, why}, true
		}
	}
	return worst, found
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
		text = "an account is suspended or being closed, and has all its resources again if it is reopened"
		if c.Account != "" {
			text = "account " + string(c.Account) + " is suspended or being closed, and has all its resources again if it is reopened"
		}
	case diag.KeptRegion:
		text = fmt.Sprintf("region %s is not enabled in account %s, and what is in it may still exist", c.Region, c.Account)
	case diag.KeptUnconfirmed:
		text = fmt.Sprintf("AWS did not say that they do not exist, as it has to for %s %s: %s", c.Kind, c.Place(), detail)
	case diag.KeptUnidentified:
		text = fmt.Sprintf("they may be from %s, and it is not known which resource to ask AWS about", c.Kind)
	case diag.KeptShort:
		text = fmt.Sprintf("the listing of %s %s lacks %s, which exists", c.Kind, c.Place(), detail)
	default:
		text = string(c.Kind) + " was not read whole " + c.Place()
		if detail != "" {
			text += ": " + detail
		}
	}
	return reconcile.Reason{Code: v.Code, Text: text}
}

package reconcile

import (
	"cmp"
	"fmt"
	"slices"

	"portolan/internal/diag"
	"portolan/internal/resync/entity"
)

// Group is what a limit on deletes is about: a kind in an account. For entities of
// unknown origin, Account is empty and Kind is their blueprint.
type Group struct{ Account, Kind string }

// Reason is why entities stay: a sentence for people and its code. The zero Reason is
// none.
type Reason struct {
	Code diag.Code
	Text string
}

// None says whether there is no reason.
func (r Reason) None() bool { return r == Reason{} }

// Stale is an entity that this integration owns in Port and that the run did not
// produce.
type Stale struct {
	entity.Ref
	// Kept says why the entity must stay after what the run saw; none if it may be
	// deleted.
	Kept Reason
	// Ask says that Kept holds only until AWS has said of the entity's resource that it does
	// not exist. AWS is asked about what nothing else keeps.
	Ask bool
	// Group is where it was read, as far as that is remembered.
	Group Group
	// Absent counts the runs before this one that read its cell to the end without it.
	Absent int
}

// Hold is a reason to keep entities: of one blueprint, or of all where Blueprint
// is empty.
type Hold struct {
	Blueprint string
	Reason    Reason
}

// Limits are what one run may delete without being asked to.
type Limits struct {
	// Threshold is the mapping's entityDeletionThreshold: the share of the owned
	// entities, 0 to 1, that one run may delete. 0 never deletes, 1 always may.
	Threshold float64
	// Count and Share limit the deletes in one group: the number of entities, and their
	// share of those that it had, 0 to 1. Zero sets no limit. The share applies only to
	// more than ShareFrom entities.
	Count int
	Share float64
	// After is in how many runs, this one among them, an entity must have been absent
	// before it goes; 0 is 1.
	After int
	// AllowMass lifts Count and Share, and Threshold unless that is 0.
	AllowMass bool
}

// ShareFrom is how many entities of a group may go before their share counts: of
// three queues, two are gone quickly.
const ShareFrom = 20

// Facts is what a run knows when it is over.
type Facts struct {
	Stale []Stale
	// Owned counts all entities that this integration owns, stale or not.
	Owned int
	// Sizes counts the entities of each group as the last run left them, stale ones
	// among them.
	Sizes map[Group]int
	Holds []Hold
	// Referenced says whether an entity of this run points at the entity. Port
	// would make such an entity again, bare. Nil if that does not matter.
	Referenced func(entity.Ref) bool
	Limits     Limits
}

// Decision says what goes and what was kept back.
type Decision struct {
	Delete []entity.Ref
	// Ask are the entities that would go if AWS said of their resources that they do not
	// exist. They stay until Settle.
	Ask      []entity.Ref
	Withheld []Withheld
	// Tripped says whether a limit kept something: a person should look.
	Tripped bool
}

// Withheld is a group of stale entities that stay, with the reason.
type Withheld struct {
	Reason  Reason
	Count   int
	Samples []entity.Ref // at most SampleSize
}

// SampleSize is how many entities a reason shows.
const SampleSize = 5

// Decide applies the rules in order: holds and missing proofs first, then references and
// grace, then the limits. Each limit counts everything that is left at that point, even
// what another limit keeps, so that one limit does not hide a mistake from another.
func Decide(f Facts) Decision {
	var (
		kept     = withholding{}
		eligible []Stale
		decision Decision
	)
	for _, s := range f.Stale {
		if reason := f.keep(s); !reason.None() {
			kept.add(reason, s.Ref)
		} else {
			eligible = append(eligible, s)
		}
	}
	overGroups, overThreshold := f.overGroups(eligible), f.overThreshold(eligible)
	for _, s := range eligible {
		if reason := cmp.Or(overGroups(s), overThreshold(s)); !reason.None() {
			decision.Tripped = true
			kept.add(reason, s.Ref)
		} else if s.Ask {
			decision.Ask = append(decision.Ask, s.Ref)
		} else {
			decision.Delete = append(decision.Delete, s.Ref)
		}
	}
	slices.SortFunc(decision.Delete, compareRefs)
	slices.SortFunc(decision.Ask, compareRefs)
	decision.Withheld = kept.sorted()
	return decision
}

// Settle ends a decision once AWS was asked about the resources of what is in Ask. Keep says
// why an entity must stay after that. It is asked about all that would go: one answer may show
// that a whole listing proves nothing.
func (d *Decision) Settle(keep func(entity.Ref) Reason) {
	kept := withholding{}
	candidates := slices.Concat(d.Delete, d.Ask)
	d.Delete, d.Ask = nil, nil
	for _, ref := range candidates {
		if reason := keep(ref); !reason.None() {
			kept.add(reason, ref)
		} else {
			d.Delete = append(d.Delete, ref)
		}
	}
	slices.SortFunc(d.Delete, compareRefs)
	d.Withheld = append(d.Withheld, kept.sorted()...)
	sortWithheld(d.Withheld)
}

// keep says why an entity must stay, whatever the others do.
func (f Facts) keep(s Stale) Reason {
	for _, hold := range f.Holds {
		if hold.Blueprint == "" || hold.Blueprint == s.Blueprint {
			return hold.Reason
		}
	}
	switch {
	case !s.Kept.None() && !s.Ask:
		return s.Kept
	case f.Referenced != nil && f.Referenced(s.Ref):
		return Reason{diag.KeptReferenced, "other entities still point at it"}
	case s.Absent+1 < f.Limits.After && s.Group.Account == "":
		return Reason{diag.KeptGrace, "the state does not have it, so its absences are not counted; a run with PORTOLAN_DELETE_AFTER=1 deletes it"}
	case s.Absent+1 < f.Limits.After:
		return Reason{diag.KeptGrace, fmt.Sprintf("it is deleted after it was absent in %d runs (PORTOLAN_DELETE_AFTER)", f.Limits.After)}
	case f.Limits.Threshold == 0:
		return Reason{diag.KeptThreshold, "entityDeletionThreshold is 0 in the mapping: nothing is ever deleted"}
	}
	return Reason{}
}

const allowing = "if that is right, run once with allowMassDelete"

// overGroups says which entities stay because too many of their group would go.
func (f Facts) overGroups(eligible []Stale) func(Stale) Reason {
	going := make(map[Group]int)
	for _, s := range eligible {
		going[s.Group]++
	}
	return func(s Stale) Reason {
		n, of := going[s.Group], max(f.Sizes[s.Group], going[s.Group])
		switch {
		case f.Limits.AllowMass || s.Group.Account == "":
			return Reason{}
		case f.Limits.Count > 0 && n > f.Limits.Count:
			return Reason{diag.KeptGuard, fmt.Sprintf("%d of %s in account %s would be deleted, more than PORTOLAN_DELETE_COUNT=%d allows; %s",
				n, s.Group.Kind, s.Group.Account, f.Limits.Count, allowing)}
		case f.Limits.Share > 0 && n > ShareFrom && float64(n) > f.Limits.Share*float64(of):
			return Reason{diag.KeptGuard, fmt.Sprintf("%d of %d of %s in account %s would be deleted, more than PORTOLAN_DELETE_SHARE=%g allows; %s",
				n, of, s.Group.Kind, s.Group.Account, f.Limits.Share, allowing)}
		}
		return Reason{}
	}
}

// overThreshold says whether all stay because too many of all owned would go.
func (f Facts) overThreshold(eligible []Stale) func(Stale) Reason {
	var reason Reason
	if share := float64(len(eligible)) / float64(max(f.Owned, 1)); share > f.Limits.Threshold && !f.Limits.AllowMass {
		reason = Reason{diag.KeptGuard, fmt.Sprintf("%d of %d owned entities would be deleted, more than the mapping's entityDeletionThreshold of %g allows; %s",
			len(eligible), f.Owned, f.Limits.Threshold, allowing)}
	}
	return func(Stale) Reason { return reason }
}

func compareRefs(a, b entity.Ref) int {
	return cmp.Or(cmp.Compare(a.Blueprint, b.Blueprint), cmp.Compare(a.Identifier, b.Identifier))
}

// withholding groups what stays by its reason.
type withholding map[Reason][]entity.Ref

func (w withholding) add(reason Reason, ref entity.Ref) { w[reason] = append(w[reason], ref) }

func (w withholding) sorted() []Withheld {
	var groups []Withheld
	for reason, refs := range w {
		slices.SortFunc(refs, compareRefs)
		groups = append(groups, Withheld{reason, len(refs), refs[:min(len(refs), SampleSize)]})
	}
	sortWithheld(groups)
	return groups
}

func sortWithheld(groups []Withheld) {
	slices.SortFunc(groups, func(a, b Withheld) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Reason.Text, b.Reason.Text))
	})
}

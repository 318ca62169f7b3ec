// Package reconcile decides which entities Port should lose.
//
// It weighs what Port says this integration owns against what a run produced and
// what the run could not see. It is pure: it reads nothing, sends nothing, and
// the same facts always give the same decision. When in doubt an entity stays:
// a stale entity costs a wrong line in a catalog until the next run, a wrong
// delete costs its history and everything that hangs on it.
//
// It refuses to decide from a partial view. A hold, which says that some part of
// the estate was not seen, keeps every entity that this part may have produced.
package reconcile

import (
	"cmp"
	"fmt"
	"slices"
)

// Ref is the key of an entity in Port.
type Ref struct{ Blueprint, Identifier string }

// Hold is a reason to keep entities: of one blueprint, or of all where Blueprint
// is empty.
type Hold struct {
	Blueprint string
	Reason    string
}

// Facts is what a run knows when it is over.
type Facts struct {
	// Stale are the owned entities that the run did not produce.
	Stale []Ref
	// Owned counts all entities that this integration owns, stale or not.
	Owned int
	// Holds are the parts of the estate that the run did not see.
	Holds []Hold
	// Referenced says whether an entity of this run points at the entity. Port
	// would make such an entity again, bare. Nil if that does not matter.
	Referenced func(Ref) bool
	// Threshold is the mapping's entityDeletionThreshold: the share of the owned
	// entities, 0 to 1, that one run may delete. 0 never deletes, 1 always may.
	Threshold float64
	// AllowMassDelete lifts the threshold for one run, save a threshold of 0.
	AllowMassDelete bool
}

// Decision says what goes and what was kept back.
type Decision struct {
	Delete   []Ref
	Withheld []Withheld
}

// Withheld is a group of stale entities that stay, with the reason.
type Withheld struct {
	Reason  string
	Count   int
	Samples []Ref // at most SampleSize
}

// SampleSize is how many entities a reason shows.
const SampleSize = 5

// Decide weighs the facts: holds first, then references, then the threshold.
func Decide(f Facts) Decision {
	var (
		kept     = withholding{}
		eligible []Ref
	)
	for _, ref := range f.Stale {
		switch reason, held := f.holdOn(ref); {
		case held:
			kept.add(reason, ref)
		case f.Referenced != nil && f.Referenced(ref):
			kept.add("other entities still point at it", ref)
		default:
			eligible = append(eligible, ref)
		}
	}
	if over, reason := f.overThreshold(len(eligible)); over {
		for _, ref := range eligible {
			kept.add(reason, ref)
		}
		eligible = nil
	}
	slices.SortFunc(eligible, compareRefs)
	return Decision{Delete: eligible, Withheld: kept.sorted()}
}

func (f Facts) holdOn(ref Ref) (string, bool) {
	for _, hold := range f.Holds {
		if hold.Blueprint == "" || hold.Blueprint == ref.Blueprint {
			return hold.Reason, true
		}
	}
	return "", false
}

func (f Facts) overThreshold(deletes int) (bool, string) {
	if deletes == 0 {
		return false, ""
	}
	if f.Threshold == 0 {
		return true, "entityDeletionThreshold is 0 in the mapping: nothing is ever deleted"
	}
	if f.AllowMassDelete {
		return false, ""
	}
	if share := float64(deletes) / float64(f.Owned); share > f.Threshold {
		return true, fmt.Sprintf("%d of %d owned entities would go, more than the mapping's entityDeletionThreshold of %g allows; "+
			"if that is right, invoke once with allowMassDelete", deletes, f.Owned, f.Threshold)
	}
	return false, ""
}

func compareRefs(a, b Ref) int {
	return cmp.Or(cmp.Compare(a.Blueprint, b.Blueprint), cmp.Compare(a.Identifier, b.Identifier))
}

// withholding groups what stays by its reason.
type withholding map[string]*Withheld

func (w withholding) add(reason string, ref Ref) {
	group, ok := w[reason]
	if !ok {
		group = &Withheld{Reason: reason}
		w[reason] = group
	}
	group.Count++
	if len(group.Samples) < SampleSize {
		group.Samples = append(group.Samples, ref)
	}
}

func (w withholding) sorted() []Withheld {
	groups := make([]Withheld, 0, len(w))
	for _, group := range w {
		groups = append(groups, *group)
	}
	slices.SortFunc(groups, func(a, b Withheld) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Reason, b.Reason))
	})
	return groups
}

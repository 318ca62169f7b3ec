package scope

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"portolan/internal/aws/awsname"
	"portolan/internal/diag"
	"portolan/internal/mapping"
	"portolan/internal/resync/reconcile"
)

// A list that takes places or kinds out takes nothing out for good while a name in it does
// not exist: what is missing may be what was meant.

// Doubt says, in words, why it is not certain that somebody took a place or a kind out on
// purpose. The empty Doubt is none.
type Doubt string

// doubtOf is the doubt about what a list leaves out in which these names do not exist.
func doubtOf(where string, names []string) Doubt {
	if len(names) == 0 {
		return ""
	}
	return Doubt(fmt.Sprintf("%s names %s, which does not exist and may stand for what is missing", where, quoted(names)))
}

func quoted(names []string) string {
	texts := make([]string, len(names))
	for i, name := range names {
		texts[i] = fmt.Sprintf("%q", name)
	}
	return strings.Join(texts, " and ")
}

// choice says what it means that something is left out, or not, and that this is in doubt.
func choice(out bool, d Doubt) (reconcile.Choice, Doubt) {
	switch {
	case !out:
		return reconcile.In, ""
	case d == "":
		return reconcile.Out, d
	default:
		return reconcile.Doubtful, d
	}
}

// Kind says whether the mapping has a kind, and names no blueprint that does not exist in
// place of the entity's. What makes it doubtful that a kind was taken out on purpose: a kind
// that does not exist stands in the mapping, or an entry of the kind that does not work.
func (s *Scope) Kind(kind, blueprint string) (reconcile.Choice, Doubt) {
	if s.unit(kind) != nil {
		if d := s.renamingDoubt(kind, blueprint); d != "" {
			return reconcile.Doubtful, d
		}
		return reconcile.In, ""
	}
	for _, lost := range s.Mapping.Lost {
		if lost.Kind == kind || lost.Kind == "" {
			return reconcile.Doubtful, Doubt(fmt.Sprintf("resources[%d] of the mapping does not work", lost.Resource))
		}
	}
	return choice(true, doubtOf("the mapping", s.Mapping.UnknownKinds()))
}

// Region says whether settings and mapping allow a region for a kind. There is no doubt if
// one of the two leaves it out by names that all exist.
func (s *Scope) Region(kind, region, blueprint string) (reconcile.Choice, Doubt) {
	out, d := false, Doubt("")
	if len(s.Regions) > 0 && !slices.Contains(s.Regions, region) {
		if d = s.settingDoubt(); d == "" {
			return reconcile.Out, ""
		}
		out = true
	}
	byMapping, of := s.policyOut(kind, region, blueprint)
	switch {
	case byMapping && of == "":
		return reconcile.Out, ""
	case !out:
		return choice(byMapping, of)
	default:
		return reconcile.Doubtful, d
	}
}

// UnknownRegions returns those of the names that are not a region of AWS.
func (s *Scope) UnknownRegions(of []string) []string {
	known := slices.Concat(awsname.Regions(""), s.Newer)
	return slices.DeleteFunc(slices.Clone(of), func(name string) bool { return slices.Contains(known, name) })
}

// settingDoubt is the doubt about every region that PORTOLAN_REGIONS leaves out.
func (s *Scope) settingDoubt() Doubt {
	return doubtOf("PORTOLAN_REGIONS", s.UnknownRegions(s.Regions))
}

// policyOut says whether no entry of a kind is read in a region, and what makes that
// doubtful: a name in an entry's regionPolicy.allow, unless the entry denies the region.
// For an entry that makes the blueprint, that doubt holds whatever other entries read.
func (s *Scope) policyOut(kind, region, blueprint string) (out bool, d Doubt) {
	out = true
	var of, ofBlueprint Doubt
	for _, m := range s.Mapping.Resources {
		if m.Kind != kind {
			continue
		}
		if m.AllowsRegion(region) {
			out = false
			continue
		}
		if doubtful := s.policyDoubt(m); doubtful != "" && !slices.Contains(m.Selector.RegionPolicy.Deny, region) {
			of = doubtful
			if Writes(m, blueprint) {
				ofBlueprint = doubtful
			}
		}
	}
	if out {
		return true, of
	}
	return ofBlueprint != "", ofBlueprint
}

// policyDoubt is the doubt about every region that an entry's regionPolicy does not allow.
func (s *Scope) policyDoubt(m *mapping.Resource) Doubt {
	return doubtOf(fmt.Sprintf("regionPolicy.allow of resources[%d]", m.Index), s.UnknownRegions(m.Selector.RegionPolicy.Allow))
}

// BlueprintDoubt is the reason to doubt that an entity of a blueprint and of unknown origin
// is from a place or of a kind that was taken out on purpose.
func (s *Scope) BlueprintDoubt(blueprint string) Doubt {
	if kinds := s.Mapping.UnknownKinds(); len(kinds) > 0 {
		return doubtOf("the mapping", kinds)
	}
	if d := cmp.Or(s.settingDoubt(), s.renamingDoubt("", blueprint)); d != "" {
		return d
	}
	for _, m := range s.Mapping.Resources {
		if d := s.policyDoubt(m); d != "" && Writes(m, blueprint) {
			return d
		}
	}
	return ""
}

// renamingDoubt is the doubt about entities of a blueprint that no entry of a kind ("" for
// any) names any more: the entries may name a blueprint that does not exist, which may be a
// misspelling of this one.
func (s *Scope) renamingDoubt(kind, blueprint string) Doubt {
	var instead []string
	for _, m := range s.Mapping.Resources {
		if kind != "" && m.Kind != kind {
			continue
		}
		if named, _ := m.Blueprints(); slices.Contains(named, blueprint) {
			return ""
		}
		for _, name := range s.UnknownBlueprints {
			if Writes(m, name) && !slices.Contains(instead, name) {
				instead = append(instead, name)
			}
		}
	}
	return doubtOf("the mapping", instead)
}

// NewerRegions returns the well-formed names of regions in settings, mapping and request
// that AWS's SDK does not know. The accounts' regions show whether they exist.
func (s *Scope) NewerRegions() []string {
	wanted := slices.Concat(s.Regions, s.Request.Regions)
	for _, m := range s.Mapping.Resources {
		wanted = slices.Concat(wanted, m.Selector.RegionPolicy.Allow, m.Selector.RegionPolicy.Deny)
	}
	return slices.DeleteFunc((&Scope{}).UnknownRegions(wanted), func(name string) bool { return !awsname.IsRegion(name) })
}

// Misnamed says whether a name that does not exist keeps the run from reading what it is to
// read. A wrong name in a list of exceptions has no effect, and does not.
func (s *Scope) Misnamed() bool {
	return s.settingDoubt() != "" ||
		slices.ContainsFunc(s.Mapping.Resources, func(m *mapping.Resource) bool { return s.policyDoubt(m) != "" })
}

// Diagnostics reports the regions in the settings that do not exist.
func (s *Scope) Diagnostics() (found []diag.Diagnostic) {
	for _, name := range s.UnknownRegions(s.Regions) {
		fix := "correct the name"
		if near := awsname.NearestRegion(name, awsname.Regions("")); near != "" {
			fix += "; perhaps " + near + " is meant"
		}
		found = append(found, diag.Diagnostic{
			Code: diag.NameUnknown, Severity: diag.Error,
			Title: fmt.Sprintf("PORTOLAN_REGIONS names %q, which is not a region of AWS", name),
			Cause: "nothing is read for it, and nothing is deleted in the regions that PORTOLAN_REGIONS leaves out: one of them may be meant",
			Fix:   fix,
		})
	}
	return found
}

// WrongPolicies returns the diagnostics of the mapping that name a region in a regionPolicy
// which does not exist.
func (s *Scope) WrongPolicies() []diag.Diagnostic {
	return slices.DeleteFunc(slices.Clone(s.Mapping.Diagnostics), func(p diag.Diagnostic) bool {
		return p.Code != diag.MappingRegion || len(s.UnknownRegions([]string{p.Expression})) == 0
	})
}

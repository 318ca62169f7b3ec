package resync

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"portolan/internal/aws/awsname"
	"portolan/internal/diag"
	"portolan/internal/mapping"
	"portolan/internal/port"
)

// names tells the names that exist from those that nobody has. A list that takes places
// or kinds out takes nothing out for good while a name in it does not exist: what is
// missing may be what was meant.
type names struct {
	// newer are the regions that settings, mapping or request name, that AWS's SDK does
	// not know, and that an account lists all the same.
	newer []string
}

// regions returns those of the names that are no region of AWS.
func (n names) regions(of []string) []string {
	known := slices.Concat(awsname.Regions(""), n.newer)
	return slices.DeleteFunc(slices.Clone(of), func(name string) bool { return slices.Contains(known, name) })
}

// perhaps ends a sentence with the region that a misspelt one most likely stands for.
func perhaps(name string) string {
	if near := awsname.NearestRegion(name, awsname.Regions("")); near != "" {
		return "; perhaps " + near + " is meant"
	}
	return ""
}

// doubt says, in words, why it is not certain that somebody took a place or a kind out on
// purpose; "" is no doubt.
type doubt string

// doubtOf is the doubt about what a list leaves out in which these names do not exist.
func doubtOf(where string, names []string) doubt {
	if len(names) == 0 {
		return ""
	}
	return doubt(fmt.Sprintf("%s names %s, which does not exist and may stand for what is missing", where, quoted(names)))
}

func quoted(names []string) string {
	texts := make([]string, len(names))
	for i, name := range names {
		texts[i] = fmt.Sprintf("%q", name)
	}
	return strings.Join(texts, " and ")
}

// kindOut says whether the mapping does not have a kind, and what makes it doubtful that
// this is meant: a kind that does not exist stands in it, or an entry of the kind that
// does not work.
func (r *run) kindOut(kind string) (out bool, d doubt) {
	if slices.ContainsFunc(r.allUnits, func(u *unit) bool { return u.kind.Type == kind }) {
		return false, ""
	}
	for _, lost := range r.mapping.Lost {
		if lost.Kind == kind || lost.Kind == "" {
			return true, doubt(fmt.Sprintf("resources[%d] of the mapping does not work", lost.Resource))
		}
	}
	return true, doubtOf("the mapping", r.mapping.UnknownKinds())
}

// regionOut says whether settings or mapping leave a region out for a kind, and what
// makes it doubtful that this is meant. There is no doubt if one of the two leaves it
// out by names that all exist.
func (r *run) regionOut(kind, region, blueprint string) (out bool, d doubt) {
	if len(r.Regions) > 0 && !slices.Contains(r.Regions, region) {
		if d = r.settingDoubt(); d == "" {
			return true, d
		}
		out = true
	}
	byMapping, of := r.policyOut(kind, region, blueprint)
	switch {
	case byMapping && of == "":
		return true, of
	case !out:
		return byMapping, of
	default:
		return true, d
	}
}

// settingDoubt is the doubt about every region that PORTOLAN_REGIONS leaves out.
func (r *run) settingDoubt() doubt {
	return doubtOf("PORTOLAN_REGIONS", r.names.regions(r.Regions))
}

// policyOut says whether no entry of a kind is read in a region, and what makes that
// doubtful: a name in an entry's regionPolicy.allow, unless the entry denies the region.
// Of an entry that makes the blueprint, that doubt holds whatever other entries read.
func (r *run) policyOut(kind, region, blueprint string) (out bool, d doubt) {
	out = true
	var of, ofBlueprint doubt
	for _, m := range r.mapping.Resources {
		if m.Kind != kind {
			continue
		}
		if m.AllowsRegion(region) {
			out = false
			continue
		}
		if doubtful := r.policyDoubt(m); doubtful != "" && !slices.Contains(m.Selector.RegionPolicy.Deny, region) {
			of = doubtful
			if writes(m, blueprint) {
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
func (r *run) policyDoubt(m *mapping.Resource) doubt {
	return doubtOf(fmt.Sprintf("regionPolicy.allow of resources[%d]", m.Index), r.names.regions(m.Selector.RegionPolicy.Allow))
}

// blueprintDoubt is what makes it doubtful that an entity of a blueprint, of which
// nothing is remembered, is from a place or of a kind that was taken out on purpose.
func (r *run) blueprintDoubt(blueprint string) doubt {
	if kinds := r.mapping.UnknownKinds(); len(kinds) > 0 {
		return doubtOf("the mapping", kinds)
	}
	if d := cmp.Or(r.settingDoubt(), r.renamingDoubt("", blueprint)); d != "" {
		return d
	}
	for _, m := range r.mapping.Resources {
		if d := r.policyDoubt(m); d != "" && writes(m, blueprint) {
			return d
		}
	}
	return ""
}

// findMissing finds out which blueprints the run made entities of that Port does not have.
func (r *run) findMissing(ctx context.Context) error {
	for _, group := range r.refused.list() {
		if slices.Contains(r.unknownBlueprints, group.Blueprint) {
			continue
		}
		_, err := r.Port.Blueprint(ctx, group.Blueprint)
		switch {
		case port.NotFound(err):
			r.unknownBlueprints = append(r.unknownBlueprints, group.Blueprint)
		case err != nil:
			return fmt.Errorf("find the blueprints that do not exist: %w", err)
		}
	}
	return nil
}

// renamingDoubt is the doubt about entities of a blueprint that no entry of a kind, "" for
// any, names any more: what the entries name instead may not exist, and stand for it.
func (r *run) renamingDoubt(kind, blueprint string) doubt {
	var instead []string
	for _, m := range r.mapping.Resources {
		if kind != "" && m.Kind != kind {
			continue
		}
		if named, _ := m.Blueprints(); slices.Contains(named, blueprint) {
			return ""
		}
		for _, name := range r.unknownBlueprints {
			if writes(m, name) && !slices.Contains(instead, name) {
				instead = append(instead, name)
			}
		}
	}
	return doubtOf("the mapping", instead)
}

// judgeNames finds out which of the regions that settings, mapping and request name
// exist, and reports those that do not. It asks AWS only if the SDK does not know one:
// an account lists every region of AWS, whether it has enabled it or not.
func (r *run) judgeNames(ctx context.Context, directory Directory) {
	r.names.newer = r.newerRegions(ctx, directory)
	r.tellPolicies(ctx)
	for _, name := range r.names.regions(r.Regions) {
		n := diag.Diagnostic{
			Code:  diag.NameUnknown,
			Title: fmt.Sprintf("PORTOLAN_REGIONS names %q, which is not a region of AWS", name),
			Cause: "nothing is read for it, and nothing is deleted of the regions that PORTOLAN_REGIONS leaves out: one of them may be meant",
			Fix:   "correct the name" + perhaps(name),
		}
		r.diagnostics = append(r.diagnostics, n)
		r.log.WarnContext(ctx, n.Title, "code", n.Code, "fix", n.Fix)
	}
}

// newerRegions asks the first account that answers for the regions that the SDK does not
// know.
func (r *run) newerRegions(ctx context.Context, directory Directory) []string {
	wanted := slices.Concat(r.Regions, r.request.Regions)
	for _, m := range r.mapping.Resources {
		wanted = slices.Concat(wanted, m.Selector.RegionPolicy.Allow, m.Selector.RegionPolicy.Deny)
	}
	unknown := slices.DeleteFunc(names{}.regions(wanted), func(name string) bool { return !awsname.IsRegion(name) })
	if len(unknown) == 0 {
		return nil
	}
	for _, a := range r.listing.Accounts {
		if ctx.Err() != nil {
			return nil
		}
		s, err := directory.Enter(ctx, a)
		if err != nil {
			continue // the run tells of it when it enters the account
		}
		listed, err := directory.AllRegions(ctx, s)
		if err != nil {
			r.log.WarnContext(ctx, "whether a region exists could not be asked", "account", a.ID, "regions", unknown, "error", err)
			continue
		}
		return slices.DeleteFunc(unknown, func(name string) bool { return !slices.Contains(listed, name) })
	}
	return nil
}

// tellPolicies reports the regions that a regionPolicy names and that do not exist.
func (r *run) tellPolicies(ctx context.Context) {
	for _, p := range r.mapping.Problems {
		if p.Code == diag.MappingRegion && len(r.names.regions([]string{p.Expression})) > 0 {
			r.tellProblem(ctx, p)
		}
	}
}

// tellProblem reports a problem of the mapping.
func (r *run) tellProblem(ctx context.Context, p mapping.Problem) {
	r.log.WarnContext(ctx, "mapping problem", "resource", p.Resource, "kind", p.Kind, "field", p.Field, "problem", p.Message)
	r.faults.problem(p)
}

// misnamed says whether a name that does not exist keeps the run from reading what it
// is to read. A wrong name in a list of exceptions has no effect, and does not.
func (r *run) misnamed() bool {
	if r.mapping == nil {
		return false
	}
	return r.settingDoubt() != "" ||
		slices.ContainsFunc(r.mapping.Resources, func(m *mapping.Resource) bool { return r.policyDoubt(m) != "" })
}

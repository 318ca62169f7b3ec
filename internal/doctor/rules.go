package doctor

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"portolan/internal/aws/awserr"
	"portolan/internal/aws/delivery"
	"portolan/internal/aws/event"
	"portolan/internal/aws/kind"
	"portolan/internal/diag"
	"portolan/internal/plain"
)

// sources is what is found of rules in a region of an account.
type sources struct {
	at     *admission
	region string
	rules  []delivery.Rule
	err    error
}

// lookAtRules looks for the rules that pass events to the bus, in every region of every account by
// one call each, and at their targets in one region of each account, unless every region is asked for.
func (w *way) lookAtRules(ctx context.Context) {
	c := w.open("rules")
	switch {
	case w.bus.ARN == "":
		c.skip("the bus is not known to which they are to pass events")
		return
	case len(w.admissions) == 0:
		c.skip("no accounts are known")
		return
	}
	all := w.askForRules(ctx)
	told, having, targets := found{}, map[string]bool{}, map[*admission]bool{}
	asked, well, failed := 0, 0, 0
	for _, s := range all {
		if s.err != nil {
			continue // what was not seen is not left out
		}
		having[s.region] = having[s.region] || len(s.rules) > 0
	}
	lacking := map[*admission][]string{}
	for _, s := range all {
		switch {
		case awserr.ClassOf(s.err) == awserr.Closed: // as the check of regions says
			continue
		case s.err != nil:
			failed++
			told.fail(ctx, s.at, s.err)
			continue
		case len(s.rules) == 0:
			lacking[s.at] = append(lacking[s.at], s.region)
		default:
			well++
			w.judgeRules(told, s)
			if w.request.EveryRegion || len(w.request.Regions) > 0 || !targets[s.at] {
				targets[s.at] = true
				w.judgeTargets(ctx, told, s)
			}
		}
		asked++
	}
	w.judgeLacking(c, told, lacking, having)
	told.tell(c)
	where := "in one region of each account"
	if w.request.EveryRegion || len(w.request.Regions) > 0 {
		where = "in each"
	}
	c.Said = fmt.Sprintf("%d of %s rules for %s; their targets were looked at %s", well, plain.Count(asked, "region of an account has", "regions of accounts have"), w.busName, where) + unlooked(failed)
}

// askForRules asks each region of each account for its rules.
func (w *way) askForRules(ctx context.Context) []sources {
	var (
		group errgroup.Group
		mu    sync.Mutex
		all   []sources
	)
	group.SetLimit(w.Limits.Cells)
	for _, a := range w.admissions {
		for _, region := range w.eventRegions(a) {
			group.Go(func() error {
				rules, err := delivery.Rules(ctx, w.gate.Config(a.session.Config, a.account.ID, region, "events", nil), w.busName+"-")
				mu.Lock()
				defer mu.Unlock()
				all = append(all, sources{a, region, rules, err})
				return nil
			})
		}
	}
	_ = group.Wait() // what goes wrong is in the answers
	slices.SortFunc(all, func(a, b sources) int {
		return slices.Compare([]string{a.at.account.ID, a.region}, []string{b.at.account.ID, b.region})
	})
	return all
}

// eventRegions returns the regions of an account in which its rules are looked for.
func (w *way) eventRegions(a *admission) []string {
	if a.session == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(a.regions), func(region string) bool {
		return len(w.request.Regions) > 0 && !slices.Contains(w.request.Regions, region)
	})
}

// judgeRules judges the rules of a region, and whether they let through what the mapping's kinds need.
func (w *way) judgeRules(told found, s sources) {
	var patterns []string
	for _, r := range s.rules {
		if !r.Enabled {
			told.add(s.at.account.ID, diag.Diagnostic{Severity: diag.Warning, Code: diag.EventsUnsent, Cause: "The rule " + r.Name + " in " + s.region + " is disabled."})
			continue
		}
		patterns = append(patterns, r.Pattern)
	}
	if w.mapping == nil || len(patterns) < len(s.rules) {
		return
	}
	var mapped []*kind.Kind
	for _, want := range w.wanted {
		mapped = append(mapped, want.kind)
	}
	var names []string
	for _, k := range event.Unheard(patterns, mapped, s.at.account.ID, s.region) {
		names = append(names, k.Type)
	}
	if len(names) > 0 {
		told.add(s.at.account.ID, diag.Diagnostic{
			Severity: diag.Warning, Code: diag.EventsUnheard, Subject: diag.Subject{Kinds: names},
			Cause: "The rules do not let through all events of " + strings.Join(names, ", ") + ".",
		})
	}
}

// judgeTargets judges where the rules of a region send events.
func (w *way) judgeTargets(ctx context.Context, told found, s sources) {
	config := w.gate.Config(s.at.session.Config, s.at.account.ID, s.region, "events", nil)
	for _, r := range s.rules {
		targets, err := delivery.Targets(ctx, config, delivery.Default, r.Name)
		if err != nil {
			told.fail(ctx, s.at, err)
			return
		}
		at := slices.IndexFunc(targets, func(t delivery.Target) bool { return t.ARN == w.bus.ARN })
		cause := ""
		switch {
		case at < 0:
			cause = "does not have the event bus " + w.bus.ARN + " as a target."
		case targets[at].Role == "":
			cause = "has no role with which it may put events on the event bus."
		}
		if cause != "" {
			told.add(s.at.account.ID, diag.Diagnostic{Severity: diag.Warning, Code: diag.EventsUnsent, Cause: "The rule " + r.Name + " in " + s.region + " " + cause})
		}
	}
}

// judgeLacking judges where there are no rules. A region that has none in any account was left out of
// the deployment, unless nowhere are any.
func (w *way) judgeLacking(c *Check, told found, lacking map[*admission][]string, having map[string]bool) {
	var left []string
	for _, region := range sorted(having) {
		if !having[region] {
			left = append(left, region)
		}
	}
	if len(left) == len(having) {
		left = nil
	}
	for a, regions := range lacking {
		missing := slices.DeleteFunc(slices.Clone(regions), func(region string) bool { return slices.Contains(left, region) })
		if len(missing) == 0 {
			continue
		}
		d := diag.Diagnostic{
			Severity: diag.Warning, Code: diag.EventsUnsent,
			Cause: "No rule has a name that begins with " + w.busName + "- in " + someRegions(missing, len(w.eventRegions(a))) + ".",
		}
		if w.isManagement(a) {
			d.Cause += " It is the management account, which no StackSet reaches from a delegated administrator's account."
			d.Fix = "Make the rules there with the commands in the stack's outputs RulesTemplateCommand and ManagementRulesCommand."
		}
		told.add(a.account.ID, d)
	}
	if len(left) > 0 {
		c.add(diag.Diagnostic{
			Severity: diag.Note, Code: diag.EventsUnsent, Title: "No events come from " + someRegions(left, 0),
			Cause: "No account that was looked at has a rule there. What happens there is found by the next scheduled run.",
			Fix:   "Nothing, if this is intended. Otherwise name the regions in `eventRegions` and deploy again.",
		})
	}
}

// manyRegions is how many regions a text names.
const manyRegions = 6

// someRegions names regions of an account that has so many.
func someRegions(regions []string, of int) string {
	switch more := len(regions) - manyRegions; {
	case more > 0 && len(regions) == of:
		return "all of its " + plain.Count(of, "region", "regions")
	case more > 0:
		return strings.Join(regions[:manyRegions], ", ") + " and " + plain.Count(more, "more region", "more regions")
	}
	return strings.Join(regions, ", ")
}

// isManagement says whether an account owns the Organization, and the bus is in another.
func (w *way) isManagement(a *admission) bool {
	return a.session.Account.Management && !strings.Contains(w.bus.ARN, ":"+a.account.ID+":")
}

package doctor

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"golang.org/x/sync/errgroup"

	"portolan/internal/aws/awserr"
	"portolan/internal/aws/cloudcontrol"
	"portolan/internal/aws/kind"
	"portolan/internal/aws/policy"
	"portolan/internal/aws/tags"
	"portolan/internal/diag"
	"portolan/internal/mapping"
	"portolan/internal/plain"
	"portolan/internal/resync/scope"
)

const (
	answeredWell = Outcome(OK)
	notReached   = Outcome("not-reached")
)

// unionOf returns the kinds that are looked at: those of the mapping, or those that are
// asked for, or all where the mapping is not known.
func (e *examination) unionOf() []want {
	var wants []want
	asked := e.request.Kinds
	switch {
	case e.mapping != nil:
		for _, u := range scope.New(e.request, e.Regions, e.mapping, e.kindOf).Mapped {
			if len(asked) == 0 || slices.Contains(asked, u.Kind.Type) {
				wants = append(wants, want{kind: u.Kind, actions: u.FollowUps(), resources: u.Entries})
			}
		}
	case len(asked) == 0:
		for _, k := range e.Kinds {
			wants = append(wants, want{kind: k})
		}
	}
	for _, name := range asked {
		k := e.kindOf(name)
		if k != nil && !slices.ContainsFunc(wants, func(w want) bool { return w.kind.Type == name }) {
			wants = append(wants, want{kind: k})
		}
	}
	return wants
}

// readBy returns the regions of an account in which a run would read a kind.
func (e *examination) readBy(w want, a *admission) []string {
	return slices.DeleteFunc(slices.Clone(a.regions), func(region string) bool {
		return len(w.resources) > 0 && !slices.ContainsFunc(w.resources, func(r *mapping.Resource) bool { return r.AllowsRegion(region) })
	})
}

// places returns the regions in which a kind is tried in an account: those that are asked
// for, or one, the account's main one if it may be.
func (e *examination) places(w want, a *admission) []string {
	switch {
	case w.kind.Home != nil:
		return []string{w.kind.Home(a.session.Partition)}
	case w.kind.Scope != kind.Regional:
		return []string{a.session.Config.Region}
	}
	regions := e.readBy(w, a)
	switch {
	case len(e.request.Regions) > 0:
		return slices.DeleteFunc(regions, func(region string) bool { return !slices.Contains(e.request.Regions, region) })
	case e.request.EveryRegion || len(regions) == 0:
		return regions
	case slices.Contains(regions, a.session.Config.Region):
		return []string{a.session.Config.Region}
	}
	return regions[:1]
}

// kinds tries each kind in each account.
func (e *examination) kinds(ctx context.Context) {
	c := e.open("kinds")
	var group errgroup.Group
	group.SetLimit(e.Limits.Cells) // as many as a run reads
	probes, lister := 0, e.lister()
	for _, a := range e.admissions {
		if a.session == nil {
			continue
		}
		for _, w := range e.wanted {
			if w.kind.Scope == kind.Management && a != lister {
				continue
			}
			cell := &Cell{Kind: w.kind.Type, Outcome: answeredWell, Regions: e.places(w, a)}
			if len(cell.Regions) == 0 {
				continue
			}
			a.account.Cells = append(a.account.Cells, cell)
			probes++
			e.progress.Probes.Add(1)
			group.Go(func() error {
				defer e.progress.ProbesDone.Add(1)
				e.try(ctx, w, a, cell)
				return nil
			})
		}
	}
	_ = group.Wait() // what goes wrong is in the cells
	if probes == 0 {
		c.skip("no account could be entered, or nothing is to be read")
		return
	}
	e.judge(c)
}

// lister returns the account through which kinds are read that exist once in an
// Organization.
func (e *examination) lister() *admission {
	var first *admission
	for _, a := range e.admissions {
		switch {
		case a.session == nil:
		case e.listing.Lister != nil && a.account.ID == e.listing.Lister.ID:
			return a
		case first == nil:
			first = a
		}
	}
	return first
}

// try fills a cell: it tries the kind in its regions.
func (e *examination) try(ctx context.Context, w want, a *admission, cell *Cell) {
	untried := map[string]int{}
	for _, region := range cell.Regions {
		p := e.probe(ctx, w, a, region)
		cell.found = cell.found || p.Found
		cell.slower = append(cell.slower, p.Slower...)
		for _, action := range p.Untried {
			untried[action]++
		}
		for _, err := range p.Errs {
			if e.notOffered(ctx, w.kind, a, region, err) {
				cell.noteNotOffered(err)
				continue
			}
			cell.note(ctx, w.kind, err)
		}
	}
	for action, n := range untried {
		if n == len(cell.Regions) && !slices.Contains(cell.Missing, action) {
			cell.Untried = append(cell.Untried, action)
		}
	}
	slices.Sort(cell.Untried)
}

// note takes an error into the cell. The first stands, and what was denied adds up.
func (c *Cell) note(ctx context.Context, k *kind.Kind, err error) {
	outcome, code := Outcome(awserr.ClassOf(err)), awserr.CodeOf(err)
	switch {
	case ctx.Err() != nil:
		outcome, code = notReached, diag.NotReached
	case outcome == Outcome(awserr.NotFound):
		outcome, code = Outcome(awserr.Failed), diag.Failed
	}
	if c.Outcome == answeredWell {
		c.Outcome, c.Code, c.Cause = outcome, code, awserr.Message(err)
	}
	c.fix = cmp.Or(c.fix, awserr.Fix(err))
	if outcome != Outcome(awserr.Denied) {
		return
	}
	actions := cloudcontrol.Lacking(k, operationOf(err), err)
	c.Missing = append(c.Missing, actions...)
	slices.Sort(c.Missing)
	c.Missing = slices.Compact(c.Missing)
	switch policy := awserr.PolicyOf(err); {
	case slices.ContainsFunc(actions, func(action string) bool { return cloudcontrol.IsWithheld(k, action) }):
		c.barred = append(c.barred, cloudcontrol.WithheldFix(k.Type, actions))
	case policy == awserr.Unnamed || policy == awserr.IdentityAllows:
		c.lacks = append(c.lacks, actions...)
	default:
		c.barred = append(c.barred, awserr.Fix(err))
	}
}

// noteNotOffered records in the cell that AWS does not offer the service in a region.
// This is not a diagnostic.
func (c *Cell) noteNotOffered(err error) {
	if c.Outcome == answeredWell {
		c.Outcome, c.Code, c.Cause = notOfferedCell, diag.NotOffered, awserr.Message(err)
	}
}

// probe tries a kind in a region of an account.
func (e *examination) probe(ctx context.Context, w want, a *admission, region string) kind.Probing {
	s, began := a.session, time.Now()
	defer func() { e.took.Add(int64(time.Since(began))) }()
	target := kind.Target{
		Account: s.Account.ID, AccountName: s.Account.Name, Region: region, Partition: s.Partition,
		Config: e.gate.Config(s.Config, s.Account.ID, region, w.kind.Service.Prefix, nil),
	}
	if e.BulkTags {
		config := func() aws.Config { return e.gate.Config(s.Config, s.Account.ID, region, tags.Service, nil) }
		target.Tags = tags.NewRun().Reader(config, tags.Place{Account: s.Account.ID, Region: region, Kind: w.kind.Type})
	}
	return w.kind.Probe(ctx, target, w.actions)
}

// noteSlower says where a run takes more calls than it would have to: one note for each
// action that is refused or fails.
func (e *examination) noteSlower(c *Check) {
	type slower struct {
		err             error
		accounts, kinds []string
	}
	found := map[string]*slower{}
	for _, a := range e.admissions {
		for _, cell := range a.account.Cells {
			for _, err := range cell.slower {
				of := found[operationOf(err)]
				if of == nil {
					of = &slower{err: err}
					found[operationOf(err)] = of
				}
				of.accounts, of.kinds = append(of.accounts, a.account.ID), append(of.kinds, cell.Kind)
			}
		}
	}
	for _, action := range sorted(found) {
		of := found[action]
		slices.Sort(of.accounts)
		slices.Sort(of.kinds)
		d := diag.Diagnostic{Severity: diag.Note, Code: diag.BulkRefused, Subject: diag.Subject{Kinds: slices.Compact(of.kinds)}}
		d.Cause, d.Fix = Explain(of.err)
		d.Cause += ". A run asks about each resource instead, and finds the same."
		c.add(d, slices.Compact(of.accounts)...)
	}
}

// judge makes diagnostics of the cells: what is missing in an account is one statement,
// and accounts that lack the same share one diagnostic.
func (e *examination) judge(c *Check) {
	found := map[string]*Diagnostic{}
	total, well := 0, 0
	for _, a := range e.admissions {
		total += len(a.account.Cells)
		well += len(a.account.Cells)
		for outcome, cells := range a.account.unanswered() {
			well -= len(cells)
			d := diagnosticOf(a, outcome, cells)
			key := fmt.Sprint(outcome, " ", d.Title)
			if found[key] == nil {
				found[key] = &Diagnostic{Diagnostic: d}
			}
			found[key].Accounts = append(found[key].Accounts, a.account.ID)
		}
	}
	for _, key := range sorted(found) {
		slices.Sort(found[key].Accounts)
		c.add(found[key].Diagnostic, found[key].Accounts...)
	}
	e.noteSlower(c)
	c.Said = fmt.Sprintf("%d of %s answered", well, plain.Count(total, "kind in an account is", "kinds in accounts are"))
	if well == 0 {
		e.hopeless = true
	}
}

// diagnosticOf makes a diagnostic of the cells of an account that have one outcome.
func diagnosticOf(a *admission, outcome Outcome, cells []*Cell) diag.Diagnostic {
	first := cells[0]
	d := diag.Diagnostic{
		Severity: diag.Error, Code: first.Code, Cause: first.Kind + ": " + first.Cause,
		Title: first.Code.Entry().Title + ": " + strings.Join(kindsOf(cells), ", "), Subject: diag.Subject{Kinds: kindsOf(cells)},
	}
	switch outcome {
	case Outcome(awserr.Denied):
		d.Title = "Denied: " + strings.Join(gather(cells, func(c *Cell) []string { return c.Missing }), ", ")
		var fixes []string
		for _, fix := range gather(cells, func(c *Cell) []string { return c.barred }) {
			fixes = append(fixes, strings.ReplaceAll(sentence(fix), "the role that reads the account", a.role()))
		}
		if lacks := gather(cells, func(c *Cell) []string { return c.lacks }); len(lacks) > 0 {
			fixes = append(fixes, "Add to the policies of "+a.role()+":\n"+policy.Read(a.session.Partition, lacks).JSON())
		}
		d.Fix = strings.Join(fixes, "\n")
	case Outcome(awserr.Closed):
		d.Severity, d.Fix = diag.Note, sentence(first.fix)
	case Outcome(awserr.Throttled), notReached:
		d.Severity = diag.Warning
	default:
		d.Fix = sentence(first.fix)
	}
	return d
}

// unanswered returns the cells that a run would not read, by their outcome.
func (a *Account) unanswered() map[Outcome][]*Cell {
	cells := map[Outcome][]*Cell{}
	for _, cell := range a.Cells {
		if !cell.answered() {
			cells[cell.Outcome] = append(cells[cell.Outcome], cell)
		}
	}
	return cells
}

func kindsOf(cells []*Cell) []string {
	names := make([]string, len(cells))
	for i, cell := range cells {
		names[i] = cell.Kind
	}
	return names
}

// gather joins what cells list, in order, each text once.
func gather(cells []*Cell, list func(*Cell) []string) []string {
	var all []string
	for _, cell := range cells {
		all = append(all, list(cell)...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// sentence makes a sentence of its own of a fix.
func sentence(fix string) string {
	if fix == "" {
		return ""
	}
	return strings.ToUpper(fix[:1]) + strings.TrimSuffix(fix[1:], ".") + "."
}

// role names what reads an account.
func (a *admission) role() string {
	if arn := a.session.Account.RoleARN; arn != "" {
		return arn
	}
	return "the base identity"
}

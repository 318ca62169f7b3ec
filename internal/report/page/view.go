package page

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"portolan/internal/report"
)

// view is a report in the order in which the page shows it.
type view struct {
	*report.Report
	Plan    bool
	Figures []figure
	Map     heatMap
	Changes []group // of a plan
	Gaps    []gap
	NoGaps  []gap // not read, and no fault of the run
	Refused []refusedResources
	// Lacking is what does not work of the mapping, Nulls the fields that were always null.
	Lacking []report.MappingDiagnostic
	Nulls   []report.MappingDiagnostic
	// NotTaken counts what the mapping and Port did not take, in groups.
	NotTaken int
	Slowest  []timing
	AWS      traffic
	Port     traffic
	// Withheld counts the stale entities that stay, as far as they were counted.
	Withheld int
}

// figure is a number that stands for itself.
type figure struct {
	Value, Name, Note string
	Alarm             bool // it should be 0
}

// group is some entities under a heading; Count may be more than are listed.
type group struct {
	Title string
	Count int
	Lines []line
}

// More counts what is not listed.
func (g group) More() int { return max(0, g.Count-len(g.Lines)) }

// line is an entity, where its resource is, the fields of it that would change, and why
// it would fail.
type line struct {
	Entity, Place, Reason string
	Fields                []fieldLine
}

// fieldLine is a field before and after, as texts.
type fieldLine struct{ Name, Old, New string }

// gap is a gap with the name of its account.
type gap struct {
	report.Gap
	Name string
}

// refusedResources is a group of refused resources with the name of their account.
type refusedResources struct {
	report.RefusedResources
	Name string
}

// Many says that the gap has more kinds than are read at a glance.
func (g gap) Many() bool { return len(g.Kinds) > 6 }

// timing is how long the reading of a kind took, and its share of the longest.
type timing struct {
	Kind    string
	Seconds float64
	Share   float64 // 0 to 1
	Fetched int
}

// traffic is the calls to AWS or Port, by service, the most called first.
type traffic struct {
	Name     string
	Services []service
	Total    report.Calls
}

type service struct {
	Name string
	report.Calls
}

func viewOf(r *report.Report) view {
	names := make(map[string]string, len(r.Accounts))
	for _, a := range r.Accounts {
		names[a.ID] = a.Name
	}
	v := view{
		Report: r, Plan: r.Action == "plan", Map: mapOf(r, names),
		AWS: trafficOf("AWS", r.AWS), Port: trafficOf("Port", r.Port), Slowest: slowest(r.Kinds),
	}
	for _, w := range r.Deletes.Withheld {
		v.Withheld += max(0, w.Count)
	}
	for _, g := range r.Gaps {
		v.Gaps = append(v.Gaps, gap{g, names[g.Account]})
	}
	for _, g := range r.Unavailable {
		v.NoGaps = append(v.NoGaps, gap{g, names[g.Account]})
	}
	for _, g := range r.Refused {
		v.Refused = append(v.Refused, refusedResources{g, names[g.Account]})
	}
	for _, m := range r.Mapping {
		switch {
		case !m.Null:
			v.Lacking = append(v.Lacking, m)
		case m.Count >= m.Of:
			v.Nulls = append(v.Nulls, m)
		}
	}
	v.NotTaken = len(v.Lacking) + len(r.Entities)
	if v.Plan {
		v.Changes = changesOf(r)
	}
	v.Figures = figuresOf(v)
	return v
}

func figuresOf(v view) []figure {
	read, all := cellsOf(v.Cells)
	would, deleted := "", v.Total.Deleted
	if v.Plan {
		would, deleted = "would be ", v.Deletes.Planned
	}
	entities := func(n int, what string) figure {
		return figure{Value: report.Thousands(n), Name: would + what}
	}
	refused := "not taken by Port"
	if v.Plan {
		refused = "would fail"
	}
	failed := figure{Value: report.Thousands(v.Total.Failed), Name: refused, Alarm: v.Total.Failed > 0}
	cells := figure{Value: report.Thousands(read), Name: "cells read", Note: "of " + report.Thousands(all), Alarm: read < all}
	took := figure{Value: seconds(v.Seconds), Name: "from start to end"}
	if v.TimeLimit > 0 {
		took.Note = "of " + seconds(v.TimeLimit)
	}
	return []figure{
		{Value: report.Thousands(v.Total.Fetched), Name: "resources read"}, cells,
		entities(v.Total.Created, "created"), entities(v.Total.Updated, "updated"), entities(v.Total.Unchanged, "unchanged"),
		entities(deleted, "deleted"), failed,
		{Value: report.Thousands(v.Withheld), Name: "deletes withheld", Alarm: v.Deletes.Tripped}, took,
	}
}

// cellsOf counts the cells that were read, and with them those that should have been.
func cellsOf(outcomes map[report.Outcome]int) (read, all int) {
	for outcome, n := range outcomes {
		if outcome == report.Complete || outcome.IsGap() {
			all += n
		}
	}
	return outcomes[report.Complete], all
}

func changesOf(r *report.Report) []group {
	created := group{Title: "Would create", Count: r.Total.Created}
	updated := group{Title: "Would update", Count: r.Total.Updated}
	failing := group{Title: "Would fail", Count: r.Total.Failed}
	deleted := group{Title: "Would delete", Count: r.Deletes.Planned}
	for _, c := range r.Changes {
		entity := line{Entity: c.Blueprint + "/" + c.Identifier, Place: strings.TrimSuffix(c.Account+", "+c.Region, ", "), Reason: c.Cause}
		for _, f := range c.Fields {
			entity.Fields = append(entity.Fields, fieldLine{f.Name, report.ValueText(f.Old, 80), report.ValueText(f.New, 80)})
		}
		switch c.Sort {
		case report.Created:
			created.Lines = append(created.Lines, entity)
		case report.Fails:
			failing.Lines = append(failing.Lines, entity)
		default:
			updated.Lines = append(updated.Lines, entity)
		}
	}
	for _, sample := range r.Deletes.Samples {
		deleted.Lines = append(deleted.Lines, line{Entity: sample})
	}
	return slices.DeleteFunc([]group{created, updated, failing, deleted}, func(g group) bool { return g.Count == 0 })
}

// slowest returns the kinds that took any time, the longest first.
func slowest(kinds []report.Kind) []timing {
	var all []timing
	for _, k := range kinds {
		if k.Seconds > 0 {
			all = append(all, timing{Kind: k.Kind, Seconds: k.Seconds, Fetched: k.Counts.Fetched})
		}
	}
	slices.SortFunc(all, func(a, b timing) int { return cmp.Or(cmp.Compare(b.Seconds, a.Seconds), cmp.Compare(a.Kind, b.Kind)) })
	for i := range all {
		all[i].Share = all[i].Seconds / all[0].Seconds
	}
	return all
}

func trafficOf(name string, calls map[string]report.Calls) traffic {
	t := traffic{Name: name}
	for _, of := range slices.Sorted(maps.Keys(calls)) {
		c := calls[of]
		t.Services = append(t.Services, service{of, c})
		t.Total = report.Calls{Calls: t.Total.Calls + c.Calls, Retries: t.Total.Retries + c.Retries, Throttled: t.Total.Throttled + c.Throttled}
	}
	slices.SortStableFunc(t.Services, func(a, b service) int { return cmp.Compare(b.Calls.Calls, a.Calls.Calls) })
	return t
}

// short writes a number in at most four characters: 1234 gives "1.2k".
func short(n int) string {
	for _, unit := range []struct {
		size int
		name string
	}{{1_000_000, "M"}, {1_000, "k"}} {
		if n >= 10*unit.size {
			return fmt.Sprint(n/unit.size) + unit.name
		}
		if n >= unit.size {
			return fmt.Sprintf("%d.%d%s", n/unit.size, n%unit.size*10/unit.size, unit.name)
		}
	}
	return fmt.Sprint(n)
}

// seconds writes a duration with three digits or so: "0.21 s", "8.8 s", "12 min 3 s".
func seconds(s float64) string {
	d := time.Duration(s * float64(time.Second))
	switch {
	case d < time.Second:
		return fmt.Sprintf("%.2f s", s)
	case d < 100*time.Second:
		return strings.TrimSuffix(fmt.Sprintf("%.1f", s), ".0") + " s"
	}
	d = d.Round(time.Second)
	if rest := d % time.Minute; rest > 0 {
		return fmt.Sprintf("%d min %d s", d/time.Minute, rest/time.Second)
	}
	return fmt.Sprintf("%d min", d/time.Minute)
}

func day(t time.Time) string { return t.UTC().Format("2 January 2006, 15:04:05 UTC") }

// since returns a day, nothing for a zero time.
func since(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.DateOnly)
}

// percent writes a share, 0 to 1, as SVG takes it.
func percent(share float64) string { return fmt.Sprintf("%.1f%%", 100*share) }

func megabytes(bytes uint64) string { return report.Thousands(int(bytes>>20)) + " MB" }

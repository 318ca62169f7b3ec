package page

import (
	"cmp"
	"fmt"
	"strings"

	"portolan/internal/aws/awserr"
	"portolan/internal/report"
)

// heatMap is accounts by kinds. Services head the columns of their kinds.
type heatMap struct {
	Services []column
	Kinds    []column
	All      []share // of all accounts together
	Groups   []rows
	Legend   []outcome
	More     int // accounts that the report leaves out
	has      signs
}

// mostSquares bounds the map, so that the page can be opened on a phone: a thousand accounts of
// all native kinds fit. Accounts with gaps come first.
const mostSquares = 40_000

// signs are those of the map that not every map has.
type signs struct{ zero, void, part, refused bool }

func (s *signs) add(c report.CoverageCell) {
	all := c.Outcome == report.Complete
	s.void = s.void || c.Outcome == ""
	s.zero = s.zero || all && c.Resources == 0
	s.refused = s.refused || all && c.Refused > 0
	s.part = s.part || c.Gap() && c.Read > 0
}

// left counts the accounts that the map leaves out.
type left struct{ Gaps, Whole int }

// fit returns the report with those accounts of its coverage that the map can have.
func fit(r *report.Report) (*report.Report, left) {
	most := mostSquares / max(1, len(r.Coverage.Kinds))
	if len(r.Coverage.Accounts) <= most {
		return r, left{}
	}
	fitting := *r
	fitting.Coverage.Accounts = nil
	var out left
	for _, of := range []struct {
		whole bool
		left  *int
	}{{false, &out.Gaps}, {true, &out.Whole}} {
		for _, row := range r.Coverage.Accounts {
			switch {
			case row.Whole() != of.whole:
			case len(fitting.Coverage.Accounts) < most:
				fitting.Coverage.Accounts = append(fitting.Coverage.Accounts, row)
			default:
				*of.left++
			}
		}
	}
	return &fitting, out
}

// column is a heading over so many kinds. Alone is the service of a kind that is the
// only one of it, and so has no heading above.
type column struct {
	Name, Full, Alone string
	Span              int
}

// rows are the accounts that have gaps, or those that have none.
type rows struct {
	Title    string
	Whole    bool
	Accounts []row
	Left     int // further accounts, which the page leaves out
}

// Folds says that only the first accounts of the group are shown at first.
func (r rows) Folds() bool { return r.Whole && len(r.Accounts) > unfolded }

type row struct {
	ID, Name string
	Cells    []report.CoverageCell
}

// square is a cell of the map. Mark is what it shows, Says the same in words; it is
// empty where the mark, a number of resources, says all.
type square struct {
	Class, Mark, Says string
}

// share is how much of a kind was read in all accounts. Percent is 100 only if all was, and 0 only
// if nothing was; -1 if there was nothing to read.
type share struct {
	Percent int
	Says    string
}

// shareOf is what was read of a kind in all accounts.
func shareOf(k report.Kind) share {
	read, all := cellsOf(k.Cells)
	if all == 0 {
		return share{-1, "nothing was to be read"}
	}
	percent := read * 100 / all
	if read > 0 {
		percent = max(1, percent)
	}
	return share{percent, fmt.Sprintf("%s of %s read, %s", report.Thousands(read), counted(all, "cell", "cells"), counted(k.Counts.Fetched, "resource", "resources"))}
}

// outcome is how an outcome looks, and what it means.
type outcome struct {
	Outcome report.Outcome
	Mark    string
	Class   string
	Means   string
}

// outcomes are what a cell can be beside complete. The marks are letters and signs, so
// that nobody has to know the colours.
var outcomes = []outcome{
	{report.Outcome(awserr.Denied), "D", "denied", "the role lacks a permission"},
	{report.Outcome(awserr.AccountState), "A", "error", "the account may not use the service"},
	{report.Outcome(awserr.RegionDisabled), "R", "error", "the account has not enabled the region"},
	{report.Outcome(awserr.ClockSkewed), "C", "error", "the clock is wrong"},
	{report.Outcome(awserr.Throttled), "T", "slow", "AWS still asked to slow down"},
	{report.Outcome(awserr.Timeout), "W", "slow", "no answer in time"},
	{report.Outcome(awserr.Expired), "E", "error", "the credentials ended"},
	{report.Outcome(awserr.Unsupported), "O", "error", "the endpoint does not know the operation"},
	{report.Outcome(awserr.Unreachable), "U", "error", "the network path failed"},
	{report.Outcome(awserr.Failed), "F", "error", "anything else"},
	{report.NotReached, "…", "late", "the run ended first"},
	{report.Closed, "P", "scp", "closed by a policy that the reading role cannot lift, which is not a gap"},
	{report.NotAnswering, "?", "none", "no service seems to be there, which is not a gap"},
	{report.Skipped, "–", "none", "left out on purpose"},
	{report.NotOffered, "·", "none", "not offered in the region, which is not a gap"},
}

func looks(of report.Outcome) outcome {
	for _, o := range outcomes {
		if o.Outcome == of {
			return o
		}
	}
	return outcome{of, "?", "error", "an outcome that this version does not know"}
}

func squareOf(c report.CoverageCell) square {
	switch c.Outcome {
	case "":
		return square{Class: "void"}
	case report.Complete:
		s := square{Class: "whole", Mark: short(c.Resources)}
		if c.Resources == 0 {
			s.Class = "zero"
		}
		if c.Resources >= 1000 || c.Refused > 0 {
			s.Says = counted(c.Resources, "resource", "resources") + refused(c)
		}
		if c.Refused > 0 {
			s.Mark += "*"
		}
		return s
	}
	o := looks(c.Outcome)
	s := square{Class: o.Class, Mark: o.Mark, Says: string(c.Outcome)}
	if c.Cells > 1 {
		s.Says += fmt.Sprintf(", %s of %s cells read", report.Thousands(c.Read), report.Thousands(c.Cells))
	}
	if c.Read > 0 || c.Resources > 0 {
		s.Says += ", " + counted(c.Resources, "resource", "resources")
	}
	s.Says += refused(c)
	if c.Gap() && c.Read > 0 {
		s.Class += " part"
	}
	return s
}

// refused says how many resources of a cell AWS refuses for good.
func refused(c report.CoverageCell) string {
	if c.Refused == 0 {
		return ""
	}
	return fmt.Sprintf(", %s refused for good", report.Thousands(c.Refused))
}

func mapOf(r *report.Report, left left, names map[string]string) heatMap {
	m := heatMap{More: r.Coverage.MoreAccounts}
	for _, kind := range r.Coverage.Kinds {
		service, resource, _ := strings.Cut(strings.TrimPrefix(kind, "AWS::"), "::")
		m.Kinds = append(m.Kinds, column{Name: resource, Full: kind})
		if last := len(m.Services) - 1; last >= 0 && m.Services[last].Name == service {
			m.Services[last].Span++
		} else {
			m.Services = append(m.Services, column{Name: service, Span: 1})
		}
	}
	at := 0
	for _, s := range m.Services {
		if s.Span == 1 {
			m.Kinds[at].Alone = s.Name
		}
		at += s.Span
	}
	for _, k := range r.Kinds {
		m.All = append(m.All, shareOf(k))
	}
	m.All = m.All[:min(len(m.All), len(m.Kinds))]
	gaps, whole := rows{Title: "With gaps", Left: left.Gaps}, rows{Title: "Without gaps", Whole: true, Left: left.Whole}
	for _, of := range r.Coverage.Accounts {
		line := row{ID: of.Account, Name: cmp.Or(names[of.Account], of.Account, "Organization"), Cells: of.Cells}
		for _, c := range of.Cells {
			m.has.add(c)
		}
		if of.Whole() {
			whole.Accounts = append(whole.Accounts, line)
		} else {
			gaps.Accounts = append(gaps.Accounts, line)
		}
	}
	for _, g := range []rows{gaps, whole} {
		if len(g.Accounts) > 0 {
			m.Groups = append(m.Groups, g)
		}
	}
	for _, o := range outcomes {
		if r.Cells[o.Outcome] > 0 {
			m.Legend = append(m.Legend, o)
		}
	}
	return m
}

package doctor

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"portolan/internal/console"
	"portolan/internal/diag"
	"portolan/internal/plain"
	"portolan/internal/report"
)

// signs stand before checks.
var signs = map[Level]string{OK: "ok", Note: "ok", Warning: "WARNING", Error: "ERROR", Unknown: "-"}

var verdicts = map[Verdict]string{
	Healthy:  "a run would read everything",
	Impaired: "a run would work, except for the problems below",
	Hopeless: "a run could do nothing",
	Unusable: "nothing can be started with these settings",
}

// Write prints the diagnosis for people.
func (d *Diagnosis) Write(w io.Writer) error {
	d = d.shown()
	look := console.Of(w)
	var b strings.Builder
	fmt.Fprintf(&b, "Portolan's doctor: %s\n\n", paintVerdict(look, d.Verdict))
	for _, c := range d.Checks {
		sign := signs[c.Level]
		b.WriteString(look.Fold(paintLevel(look, c.Level, sign)+strings.Repeat(" ", 8-len(sign))+fmt.Sprintf("%-13s%s", c.Name, c.Said), 21) + "\n")
	}
	d.writeMatrix(&b, look)
	d.writeUntried(&b, look)
	d.writeDiagnostics(&b, look)
	d.writeEstimate(&b, look)
	b.WriteString(look.Fold(fmt.Sprintf("\nLooked for %s, with %s; nothing was changed.\n", seconds(d.Seconds),
		plain.Count(total(d.AWS), "AWS call", "AWS calls")), 0))
	_, err := io.WriteString(w, b.String())
	return err
}

func paintVerdict(look console.Look, v Verdict) string {
	switch v {
	case Healthy:
		return look.Good(verdicts[v])
	case Impaired:
		return look.Warn(verdicts[v])
	}
	return look.Bad(verdicts[v])
}

func paintLevel(look console.Look, l Level, text string) string {
	switch l {
	case OK, Note:
		return look.Good(text)
	case Warning:
		return look.Warn(text)
	case Error:
		return look.Bad(text)
	}
	return text
}

// writeDiagnostics prints the worst first.
func (d *Diagnosis) writeDiagnostics(b *strings.Builder, look console.Look) {
	for _, severity := range []diag.Severity{diag.Error, diag.Warning, diag.Note} {
		for _, c := range d.Checks {
			for _, of := range c.Diagnostics {
				if of.Severity == severity {
					of.write(b, look, c.Name)
				}
			}
		}
	}
}

func (d Diagnostic) write(b *strings.Builder, look console.Look, check string) {
	b.WriteString("\n" + look.Fold(fmt.Sprintf("%s %s, %s: %s", paintLevel(look, Level(d.Severity), string(d.Severity)), d.Code, check, d.Title), 2) + "\n")
	beneath := func(indent, text string) { b.WriteString(look.List(indent, text)) }
	if len(d.Accounts) > 0 {
		beneath("  ", "in "+some(d.Accounts))
	}
	cause := d.Cause
	if place := d.Place(); place != "" {
		cause = place + ": " + cause
	}
	if d.Expression != "" {
		cause += ": " + d.Expression
	}
	beneath("  ", cause)
	if d.Fix != "" {
		beneath("  → ", d.Fix)
	}
	beneath("  ", look.Faint(d.Code.See()))
}

// manyAccounts is how many accounts a line names.
const manyAccounts = 5

func some(accounts []string) string {
	if len(accounts) == 1 {
		return "account " + accounts[0]
	}
	list := strings.Join(accounts[:min(len(accounts), manyAccounts)], ", ")
	if more := len(accounts) - manyAccounts; more > 0 {
		list += fmt.Sprintf(" and %d more", more)
	}
	return plain.Count(len(accounts), "account", "accounts") + ": " + list
}

// writeUntried lists the actions that were not tried because no account has a resource.
func (d *Diagnosis) writeUntried(b *strings.Builder, look console.Look) {
	tried, untried := map[string]bool{}, map[string]bool{}
	for _, a := range d.Accounts {
		for _, cell := range a.Cells {
			for _, action := range cell.Untried {
				untried[cell.Kind+" "+action] = true
			}
			if cell.answered() && len(cell.Untried) == 0 {
				tried[cell.Kind] = true
			}
		}
	}
	var left []string
	for _, key := range sorted(untried) {
		kind, action, _ := strings.Cut(key, " ")
		if !tried[kind] && !slices.Contains(left, action) {
			left = append(left, action)
		}
	}
	if len(left) > 0 {
		slices.Sort(left)
		b.WriteString("\n" + look.Fold("Not tried anywhere, because no resource was found: "+strings.Join(left, ", "), 2) + "\n")
	}
}

func (d *Diagnosis) writeEstimate(b *strings.Builder, look console.Look) {
	s := d.Estimate
	if s == nil {
		return
	}
	fits := "fits into one invocation"
	if !s.Fits {
		fits = "may not fit into one invocation"
	}
	b.WriteString("\n" + look.List("", fmt.Sprintf("A run: %s, %s, about %s", plain.Count(s.Accounts, "account", "accounts"),
		plain.Count(s.Cells, "cell", "cells"), plain.Count(s.Calls, "AWS call", "AWS calls"))))
	b.WriteString(look.List("  ", fmt.Sprintf("about %s, which %s of %s", seconds(s.Seconds), fits, seconds(s.Limit)), "("+s.Basis+")"))
}

func total(byService map[string]report.Calls) int {
	n := 0
	for _, calls := range byService {
		n += calls.Calls
	}
	return n
}

package doctor

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/mitchellh/go-wordwrap"

	"portolan/internal/diag"
	"portolan/internal/report"
)

// width is how wide the table is made for, in columns.
const width = 100

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
	var b strings.Builder
	fmt.Fprintf(&b, "Portolan's doctor: %s\n\n", verdicts[d.Verdict])
	for _, c := range d.Checks {
		fmt.Fprintf(&b, "%-8s%-10s%s\n", signs[c.Level], c.Name, indent(fold(c.Said, width-18), 18))
	}
	d.writeMatrix(&b)
	d.writeUntried(&b)
	d.writeDiagnostics(&b)
	d.writeEstimate(&b)
	fmt.Fprintf(&b, "\nLooked for %s, with %d AWS calls; nothing was changed.\n", seconds(d.Seconds), total(d.AWS))
	_, err := io.WriteString(w, b.String())
	return err
}

// writeDiagnostics prints the worst first.
func (d *Diagnosis) writeDiagnostics(b *strings.Builder) {
	for _, severity := range []diag.Severity{diag.Error, diag.Warning, diag.Note} {
		for _, c := range d.Checks {
			for _, of := range c.Diagnostics {
				if of.Severity == severity {
					of.write(b, c.Name)
				}
			}
		}
	}
}

func (d Diagnostic) write(b *strings.Builder, check string) {
	fmt.Fprintf(b, "\n%s %s, %s: %s\n", d.Severity, d.Code, check, d.Title)
	if len(d.Accounts) > 0 {
		fmt.Fprintf(b, "  %s\n", indent(fold("in "+some(d.Accounts), width-2), 2))
	}
	cause := d.Cause
	if place := d.Place(); place != "" {
		cause = place + ": " + cause
	}
	if d.Expression != "" {
		cause += ": " + d.Expression
	}
	fmt.Fprintf(b, "  %s\n", indent(fold(cause, width-2), 2))
	if d.Fix != "" {
		fmt.Fprintf(b, "  → %s\n", indent(fold(d.Fix, width-4), 4))
	}
	fmt.Fprintf(b, "  %s\n", d.Code.Link())
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
	return fmt.Sprintf("%d accounts: %s", len(accounts), list)
}

// writeUntried lists the actions that were not tried because no account has a resource.
func (d *Diagnosis) writeUntried(b *strings.Builder) {
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
		fmt.Fprintf(b, "\n%s\n", indent(fold("Not tried anywhere, because no resource was found: "+strings.Join(left, ", "), width-2), 2))
	}
}

func (d *Diagnosis) writeEstimate(b *strings.Builder) {
	s := d.Estimate
	if s == nil {
		return
	}
	fits := "fits into one invocation"
	if !s.Fits {
		fits = "may not fit into one invocation"
	}
	fmt.Fprintf(b, "\nA run: %d accounts, %d cells, about %d AWS calls and %s; that %s of %s\n", s.Accounts, s.Cells, s.Calls,
		seconds(s.Seconds), fits, seconds(s.Limit))
	fmt.Fprintf(b, "  (%s)\n", s.Basis)
}

func total(byService map[string]report.Calls) int {
	n := 0
	for _, calls := range byService {
		n += calls.Calls
	}
	return n
}

// fold breaks lines at spaces. Those that begin with a brace, a bracket, a quote or a
// space are JSON, and stay whole to be pasted.
func fold(s string, columns uint) string {
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		if line != "" && !strings.ContainsAny(line[:1], "{}[] \"") {
			lines[i] = wordwrap.WrapString(line, columns)
		}
	}
	return strings.Join(lines, "\n")
}

func indent(s string, columns int) string {
	return strings.ReplaceAll(s, "\n", "\n"+strings.Repeat(" ", columns))
}

package doctor

import "portolan/internal/plain"

// How many characters of a text of the diagnosis people see: of a name, of what explains (a fix may
// hold a policy to be pasted), and of anything else.
const (
	longestName   = 100
	longestAdvice = 20_000
	longestText   = 1000
)

// shown returns the diagnosis as people may see it. What explains keeps its lines, and the table
// indents them; all other texts are one line.
func (d *Diagnosis) shown() *Diagnosis {
	return plain.Each(d, func(field, text string) string {
		switch field {
		case "Name":
			return plain.Line(text, longestName)
		case "Cause", "Fix", "Said":
			return plain.Lines(text, longestAdvice, "")
		default:
			return plain.Line(text, longestText)
		}
	})
}

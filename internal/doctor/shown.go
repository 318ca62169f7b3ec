package doctor

import "portolan/internal/plain"

// How many characters of a text of the diagnosis people see: of a name, of a fix, which may hold a
// policy to be pasted, of a cause, which may be a line for each wrong setting, and of anything else.
const (
	longestName  = 100
	longestFix   = 20_000
	longestCause = 4000
	longestText  = 1000
)

// shown returns the diagnosis as people may see it. What explains keeps its lines, and the table
// indents them; all other texts are one line.
func (d *Diagnosis) shown() *Diagnosis {
	return plain.Each(d, func(field, text string) string {
		switch field {
		case "Name":
			return plain.Line(text, longestName)
		case "Fix":
			return plain.Lines(text, longestFix, "")
		case "Cause", "Said":
			return plain.Lines(text, longestCause, "")
		default:
			return plain.Line(text, longestText)
		}
	})
}

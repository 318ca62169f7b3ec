package report

import "portolan/internal/plain"

// How many characters of a text of the report people see: of a name, of what explains (a fix
// may hold a policy to be pasted), and of anything else.
const (
	longestName   = 100
	longestAdvice = 20_000
	longestText   = 1000
)

// Shown returns the report as people may see it: each text is one line that controls nothing, and
// is not too long. Reports quote names, messages and mappings of strangers. Everything that prints a
// report for people prints this.
func (r *Report) Shown() *Report {
	return plain.Each(r, func(field, text string) string {
		switch field {
		case "Name":
			return plain.Line(text, longestName)
		case "Fix", "Reason":
			return plain.Line(text, longestAdvice)
		default:
			return plain.Line(text, longestText)
		}
	})
}

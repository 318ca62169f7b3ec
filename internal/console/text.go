package console

import (
	"strings"

	"github.com/mattn/go-runewidth"
)

// measure counts columns the same everywhere, whatever the language of the environment.
var measure = &runewidth.Condition{StrictEmojiNeutral: true}

// Columns returns how many columns a line takes.
func Columns(line string) int { return measure.StringWidth(colours.ReplaceAllString(line, "")) }

// Cut returns a line without colours in at most so many columns, which end in "…" if it had more.
func Cut(line string, columns int) string { return measure.Truncate(line, columns, "…") }

// Fold breaks lines at blanks, so that they fit into the window as far as words allow. All lines
// after the first stand behind the indent. Lines of JSON after the first (which begin with a
// brace, a bracket, a quote or a blank) stay whole, to be pasted.
func (l Look) Fold(text string, indent int) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if i == 0 {
			lines[i] = l.fold(line, indent)
			continue
		}
		whole := line == "" || strings.ContainsAny(line[:1], "{}[] \"")
		if line != "" {
			line = blanks(indent) + line
		}
		if !whole {
			line = l.fold(line, indent)
		}
		lines[i] = line
	}
	return strings.Join(lines, "\n")
}

func (l Look) fold(line string, indent int) string {
	var b strings.Builder
	width, column := l.Width, 0
	if l.Prose > 0 {
		width = min(width, l.Prose)
	}
	for rest := line; rest != ""; {
		word := strings.TrimLeft(rest, " ")
		gap := len(rest) - len(word)
		if end := strings.IndexByte(word, ' '); end >= 0 {
			word = word[:end]
		}
		rest = rest[gap+len(word):]
		columns := Columns(word)
		if column > indent && column+gap+columns > width {
			b.WriteString("\n")
			column, gap = 0, indent
		}
		b.WriteString(blanks(gap) + word)
		column += gap + columns
	}
	return b.String()
}

// Paragraphs fills the paragraphs of a text, which empty lines part, up to the window. Lines that
// begin with a blank are no prose, and stay.
func (l Look) Paragraphs(text string) string {
	var filled []string
	for paragraph := range strings.SplitSeq(strings.TrimSpace(text), "\n\n") {
		if !strings.HasPrefix(paragraph, " ") && !strings.Contains(paragraph, "\n ") {
			paragraph = l.Fold(strings.ReplaceAll(paragraph, "\n", " "), 0)
		}
		filled = append(filled, paragraph)
	}
	return strings.Join(filled, "\n\n")
}

// List writes a line for each text, behind a sign, folded.
func (l Look) List(sign string, texts ...string) string {
	var b strings.Builder
	for _, text := range texts {
		b.WriteString(l.Fold(sign+text, Columns(sign)) + "\n")
	}
	return b.String()
}

func blanks(n int) string { return strings.Repeat(" ", max(n, 0)) }

package console

import (
	"slices"
	"strings"
)

// Column is a column of a table.
type Column struct {
	Title string
	// Number columns stand at the right.
	Number bool
	// Spare columns are left out if they hold "0" everywhere.
	Spare bool
	// Least is how narrow the column may become, by breaking its lines; 0 means that it does not.
	Least int
}

// gap is what stands between two columns, and margin what stands before the first. No line of
// a table begins with what somebody else wrote.
const (
	gap    = 2
	margin = 1
)

// Table returns rows beneath titles, and above a last one for the totals unless that is nil. What
// does not fit into the window breaks within its column. Columns for which there is no room even
// so come in a table of their own, beneath the first column once more.
func (l Look) Table(columns []Column, rows [][]string, foot []string) string {
	t := table{look: l, columns: columns, rows: rows, foot: foot}
	left := t.wanted()
	var b strings.Builder
	for first := true; len(left) > 0 || first; first = false {
		n := len(left)
		for n > 1 && !t.fits(left[:n]) {
			n--
		}
		if !first {
			b.WriteString("\n")
		}
		t.write(&b, slices.Concat([]int{0}, left[:n]))
		left = left[n:]
	}
	return b.String()
}

type table struct {
	look    Look
	columns []Column
	rows    [][]string
	foot    []string
}

// wanted returns the columns that are shown after the first.
func (t *table) wanted() []int {
	var shown []int
	for i, c := range t.columns {
		empty := c.Spare && !slices.ContainsFunc(t.rows, func(row []string) bool { return row[i] != "0" }) && (t.foot == nil || t.foot[i] == "0")
		if i > 0 && !empty {
			shown = append(shown, i)
		}
	}
	return shown
}

func (t *table) fits(after []int) bool {
	widths := t.widths(slices.Concat([]int{0}, after))
	return total(widths) <= t.look.Width
}

func total(widths []int) int {
	sum := margin - gap
	for _, w := range widths {
		sum += w + gap
	}
	return sum
}

// widths returns how wide the columns are made: as wide as what they hold, or narrower if they
// may be and the window is.
func (t *table) widths(shown []int) []int {
	widths := make([]int, len(shown))
	for i, column := range shown {
		widths[i] = Columns(t.columns[column].Title)
		for _, row := range append(slices.Clone(t.rows), t.foot) {
			if row != nil {
				for line := range strings.SplitSeq(row[column], "\n") {
					widths[i] = max(widths[i], Columns(line))
				}
			}
		}
	}
	for total(widths) > t.look.Width {
		widest := -1
		for i, column := range shown {
			if of := t.columns[column].Least; of > 0 && widths[i] > of && (widest < 0 || widths[i] > widths[widest]) {
				widest = i
			}
		}
		if widest < 0 {
			break
		}
		widths[widest]--
	}
	return widths
}

func (t *table) write(b *strings.Builder, shown []int) {
	widths := t.widths(shown)
	titles := make([]string, len(t.columns))
	for i, c := range t.columns {
		titles[i] = c.Title
	}
	rule := strings.Repeat("─", total(widths)) + "\n"
	t.writeRow(b, shown, widths, titles)
	b.WriteString(rule)
	for _, row := range t.rows {
		t.writeRow(b, shown, widths, row)
	}
	if t.foot != nil {
		b.WriteString(rule)
		t.writeRow(b, shown, widths, t.foot)
	}
}

func (t *table) writeRow(b *strings.Builder, shown, widths []int, row []string) {
	cells, height := make([][]string, len(shown)), 0
	for i, column := range shown {
		cells[i] = broken(row[column], widths[i])
		height = max(height, len(cells[i]))
	}
	for n := range height {
		line := blanks(margin)
		for i, column := range shown {
			text := ""
			if n < len(cells[i]) {
				text = cells[i][n]
			}
			pad := blanks(widths[i] - Columns(text))
			if t.columns[column].Number {
				text = pad + text
			} else {
				text += pad
			}
			line += text
			if i < len(shown)-1 {
				line += blanks(gap)
			}
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
}

// broken returns the lines of a cell: it breaks at blanks, and where a word is too long for the
// column, after the colons of a kind's name or anywhere.
func broken(text string, width int) []string {
	var lines []string
	for line := range strings.SplitSeq((Look{Width: width}).Fold(text, 0), "\n") {
		for Columns(line) > width && !strings.Contains(line, "\x1b") {
			head := measure.Truncate(line, width, "")
			if colons := strings.LastIndex(head, "::"); colons > 0 {
				head = head[:colons+2]
			}
			if head == "" { // a character is wider than the column
				break
			}
			lines = append(lines, head)
			line = line[len(head):]
		}
		lines = append(lines, line)
	}
	return lines
}

package page

import (
	"fmt"
	"strings"
	"time"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"portolan/internal/report"
)

// section is a part of the page with a heading.
func section(id, title string, content ...g.Node) g.Node {
	return h.Section(h.Aria("labelledby", id), h.H2(h.ID(id), g.Text(title)), g.Group(content))
}

// card is one thing among others, with a heading of words.
func card(heading []g.Node, content ...g.Node) g.Node {
	return h.Article(h.Class("card"), h.H3(words(heading...)), g.Group(content))
}

// folded is a card that shows only its summary until it is opened.
func folded(summary string, content ...g.Node) g.Node {
	return h.Details(h.Class("card"), h.Summary(g.Text(summary)), g.Group(content))
}

// words puts a space between nodes; nil ones are left out.
func words(nodes ...g.Node) g.Node {
	var spaced g.Group
	for _, node := range nodes {
		if node == nil {
			continue
		}
		if len(spaced) > 0 {
			spaced = append(spaced, g.Text(" "))
		}
		spaced = append(spaced, node)
	}
	return spaced
}

// text is nil if it is empty.
func text(s string) g.Node {
	if s == "" {
		return nil
	}
	return g.Text(s)
}

// optional is an element around a text, nil if the text is empty.
func optional(text string, element func(...g.Node) g.Node) g.Node {
	if text == "" {
		return nil
	}
	return element(g.Text(text))
}

// paragraph is a text in a paragraph of a class, nil if the text is empty.
func paragraph(class, text string) g.Node {
	return optional(text, func(content ...g.Node) g.Node { return h.P(h.Class(class), g.Group(content)) })
}

func code(text string) g.Node { return h.Code(g.Text(text)) }

func badge(text string) g.Node { return h.Span(h.Class("badge"), g.Text(text)) }

func soft(text string) g.Node { return h.Span(h.Class("soft"), g.Text(text)) }

// How many names are listed: of what a gap has, and of examples.
const (
	manyNames = 100
	fewNames  = 20
)

// codes lists at most that many names, with commas between them.
func codes(names []string, most int) g.Node {
	var list g.Group
	for i, name := range names[:min(len(names), most)] {
		if i > 0 {
			list = append(list, g.Text(", "))
		}
		list = append(list, h.Code(kindName(name)))
	}
	if left := len(names) - most; left > 0 {
		list = append(list, g.Textf(" and %s more", report.Thousands(left)))
	}
	return list
}

// kindName is the name of a kind, which is broken between its parts if it has to be.
func kindName(name string) g.Node {
	var parts g.Group
	for part := range strings.SplitAfterSeq(name, "::") {
		if len(parts) > 0 {
			parts = append(parts, h.Wbr())
		}
		parts = append(parts, g.Text(part))
	}
	return parts
}

// examples names some of many, nil if there are none.
func examples(names []string) g.Node {
	if len(names) == 0 {
		return nil
	}
	return h.P(h.Class("soft"), g.Text("For example "), codes(names, fewNames))
}

// in names regions, "" if there are none.
func in(regions []string) string {
	if len(regions) == 0 {
		return ""
	}
	return " in " + strings.Join(regions, ", ")
}

// more counts what a list leaves out, nil if nothing.
func more(n int) g.Node {
	if n <= 0 {
		return nil
	}
	return h.P(h.Class("soft"), g.Textf("… and %s more.", report.Thousands(n)))
}

// counted is a number of things: "1 cell", "1,200 cells".
func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return report.Thousands(n) + " " + many
}

// numbers are cells of a table; a zero is pale.
func numbers(values ...int) g.Node {
	return g.Map(values, func(n int) g.Node {
		class := "num"
		if n == 0 {
			class = "num nil"
		}
		return h.Td(h.Class(class), g.Text(report.Thousands(n)))
	})
}

// short writes a number in at most four characters: 1234 becomes "1.2k".
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

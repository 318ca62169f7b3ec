package console_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"portolan/internal/console"
)

func TestFold(t *testing.T) {
	t.Parallel()
	look := console.Look{Width: 20}
	for _, test := range []struct {
		text   string
		indent int
		want   string
	}{
		{"", 2, ""},
		{"short", 2, "short"},
		{"exactly twenty chars", 2, "exactly twenty chars"},
		{"one two three four five six", 2, "one two three four\n  five six"},
		{"label   what is said of it here", 8, "label   what is said\n        of it here"},
		{"see https://example.com/long/enough b", 2, "see\n  https://example.com/long/enough\n  b"},
		{"one\n\ntwo\n", 4, "one\n\n    two\n"},
		{"two\nlines of some twenty chars", 2, "two\n  lines of some\n  twenty chars"},
		{"paste:\n{\n  \"a\": \"a line that stays whole\"\n}", 2, "paste:\n  {\n    \"a\": \"a line that stays whole\"\n  }"},
		{"日本語 日本語 日本語 日", 0, "日本語 日本語 日本語\n日"},
		{"one \x1b[31mtwo\x1b[0m \x1b[31mthree\x1b[0m four five", 0, "one \x1b[31mtwo\x1b[0m \x1b[31mthree\x1b[0m four\nfive"},
	} {
		if diff := cmp.Diff(test.want, look.Fold(test.text, test.indent)); diff != "" {
			t.Errorf("%q (-want +got): %s", test.text, diff)
		}
	}
}

func TestTable(t *testing.T) {
	t.Parallel()
	columns := []console.Column{
		{Title: "kind", Least: 16}, {Title: "fetched", Number: true}, {Title: "failed", Number: true, Spare: true},
		{Title: "deleted", Number: true, Spare: true}, {Title: "cells", Least: 11},
	}
	rows := [][]string{
		{"AWS::SQS::Queue", "12,345", "0", "2", "40 complete, 3 denied"},
		{"AWS::ElasticLoadBalancingV2::LoadBalancer", "0", "0", "0", "40 complete"},
	}
	foot := []string{"all", "12,345", "0", "2", "80 complete, 3 denied"}
	for width, want := range map[int]string{
		100: ` kind                                       fetched  deleted  cells
───────────────────────────────────────────────────────────────────────────────────
 AWS::SQS::Queue                             12,345        2  40 complete, 3 denied
 AWS::ElasticLoadBalancingV2::LoadBalancer        0        0  40 complete
───────────────────────────────────────────────────────────────────────────────────
 all                                         12,345        2  80 complete, 3 denied
`,
		60: "XX",
	} {
		got := console.Look{Width: width}.Table(columns, rows, foot)
		if width == 100 && got != want {
			t.Errorf("width %d (-want +got): %s", width, cmp.Diff(want, got))
		}
		for line := range strings.Lines(got) {
			if console.Columns(strings.TrimSuffix(line, "\n")) > width {
				t.Errorf("%d columns in %d: %s", console.Columns(line), width, line)
			}
		}
	}
	if got := (console.Look{Width: 40}).Table(columns, rows, foot); strings.Count(got, " kind") != 2 || !strings.Contains(got, "LoadBalancer") {
		t.Errorf("what does not fit should come in a table of its own:\n%s", got)
	}
}

// TestTablesFit takes tables of any cells in windows of any width: no line is too wide, and no
// word of a cell is lost.
func TestTablesFit(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		width := rapid.IntRange(40, 200).Draw(t, "width")
		cell := rapid.StringMatching(`([a-zA-Z:,]{1,20} ?){0,4}`)
		columns := []console.Column{{Title: "first", Least: 12}}
		for range rapid.IntRange(0, 8).Draw(t, "columns") {
			columns = append(columns, console.Column{Title: "column", Least: 12})
		}
		var rows [][]string
		for range rapid.IntRange(1, 4).Draw(t, "rows") {
			row := make([]string, len(columns))
			for i := range row {
				row[i] = cell.Draw(t, "cell")
			}
			rows = append(rows, row)
		}
		table := console.Look{Width: width}.Table(columns, rows, nil)
		for line := range strings.Lines(table) {
			if got := console.Columns(strings.TrimSuffix(line, "\n")); got > width {
				t.Fatalf("%d columns in %d: %s", got, width, line)
			}
		}
		letters := func(text string) int { return len(text) - strings.Count(text, " ") }
		for _, row := range rows {
			for _, text := range row {
				if letters(text) > letters(table) {
					t.Fatalf("%q is lost in\n%s", text, table)
				}
			}
		}
	})
}

func TestScreenThatIsNoTerminal(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		environ []string
		width   int
	}{
		"nothing":        {nil, 80},
		"COLUMNS":        {[]string{"COLUMNS=132"}, 132},
		"odd COLUMNS":    {[]string{"COLUMNS=wide"}, 80},
		"narrow COLUMNS": {[]string{"COLUMNS=3"}, 40},
	} {
		var to strings.Builder
		s := console.New(&to, test.environ)
		if got := console.Of(s); got.Width != test.width || got.Colour {
			t.Errorf("%s: %+v", name, got)
		}
		s.Live("a line that moves")
		look := s.Look()
		if _, err := s.Write([]byte(look.Bad("failed") + " \x1b[31mred\x1b[0m\x1b[2J\tx\n")); err != nil {
			t.Fatal(err)
		}
		s.Live("")
		if got := to.String(); got != "failed  [31mred [0m [2J\tx\n" {
			t.Errorf("%s: %q", name, got)
		}
	}
}

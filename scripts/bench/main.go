// Bench runs Portolan's benchmarks and prints each figure beside its goal. It runs them
// with the go command, reads what they print in the format of Go's benchmarks, and marks
// missed goals, with which it fails. Each benchmark can be run alone with the command that is shown before its
// figures.
//
// Figures are ratios or sizes wherever that is possible. A time on the machine's clock
// depends on the machine, and its unit says so; the times of Scale are those of a
// simulated clock.
package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
)

// goal is what a figure should be: at most, or at least, Limit.
type goal struct {
	benchmark string // what its name begins with, without "Benchmark"
	unit      string
	atLeast   bool
	limit     float64
}

// The goals, from which the table takes its marks. A figure without one is information.
var goals = []goal{
	{"Scale/10-", "wall/bound", false, 1.25},
	{"Scale/100-", "wall/bound", false, 1.25},
	{"Scale/500-", "wall/bound", false, 1.25},
	{"Scale/", "wall/bound@1024MB", false, 1.25},
	{"Billed/", "steps/single", false, 1.2},
	{"Memory/100000-", "MB-first", false, 256},
	{"Memory/100000-", "MB-unchanged", false, 256},
	{"Heap", "ratio(goal≤2)", false, 2},
	{"Defaults", "documents/s", true, 50_000},
	{"Calls", "calls/Ocean's", false, 0.7},
	{"Processor", "unchanged/first", false, 0.9}, // docs/performance.md says why it is not less
	{"Unchanged", "upserts/unchanged", false, 0},
	{"Unchanged", "other-port-calls/unchanged(goal≤10)", false, 10},
	{"Init", "ms-init(goal≤150)", false, 150},
	{"Bare/EC2", "cpu/bare", false, 1.5},
	{"Bare/Lambda", "cpu/bare+json", false, 2},
	{"Bare/SQS", "cpu/bare+json", false, 1.5},
	{"Bare/48-empty-cells", "cpu/bare", false, 1.3},
}

// The measurements, each the arguments of go test.
var measurements = [][]string{
	{"-tags", "bench", "-run", "^(TestScale|TestBilled)$", "-v", "-timeout", "60m", "./scripts/bench"},
	{"-tags", "bench", "-run", "^$", "-bench", "^(BenchmarkMemory|BenchmarkSize)$", "-benchtime", "1x", "-timeout", "60m", "./scripts/bench"},
	{"-tags", "bench", "-run", "^$", "-bench", "^BenchmarkBare$", "-benchtime", "1x", "-cpu", "1", "./scripts/bench"},
	{"-run", "^$", "-bench", "^(BenchmarkHeap|BenchmarkUnchanged|BenchmarkProcessor|BenchmarkCalls)$", "-benchtime", "1x", "./internal/resync"},
	{"-run", "^$", "-bench", "^BenchmarkDefaults$", "-cpu", "1", "-benchmem", "./internal/port/defaults"},
	{"-run", "^$", "-bench", "^BenchmarkRead$", "-cpu", "1", "-benchmem", "./internal/aws/kinds"},
	{"-run", "^$", "-bench", "^BenchmarkInit$", "-benchtime", "1x", "./lambda"},
}

func main() {
	var figures []figure
	failed := false
	for _, arguments := range measurements {
		arguments = append([]string{"test", "-count=1"}, arguments...)
		fmt.Println("go", strings.Join(arguments, " "))
		var out bytes.Buffer
		command := exec.Command("go", arguments...)
		command.Stdout, command.Stderr = io.MultiWriter(os.Stdout, &out), os.Stderr
		if err := command.Run(); err != nil {
			failed = true
			fmt.Fprintln(os.Stderr, "bench:", err)
		}
		figures = append(figures, figuresOf(&out)...)
	}
	fmt.Println(render(figures))
	if failed || slices.ContainsFunc(figures, missed) {
		os.Exit(1)
	}
}

func missed(f figure) bool {
	_, mark := verdict(f)
	return mark == "MISSED"
}

// figure is what a benchmark reports in one unit.
type figure struct {
	benchmark, unit string
	value           float64
}

// figuresOf reads the lines of benchmarks: a name, how often it ran, and pairs of
// value and unit.
func figuresOf(out io.Reader) []figure {
	var figures []figure
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		name, found := strings.CutPrefix(lines.Text(), "Benchmark")
		fields := strings.Fields(name)
		if !found || len(fields) < 4 {
			continue
		}
		for i := 2; i+1 < len(fields); i += 2 {
			if value, err := strconv.ParseFloat(fields[i], 64); err == nil && fields[i+1] != "ns/op" {
				figures = append(figures, figure{fields[0], fields[i+1], value})
			}
		}
	}
	return figures
}

// render returns the table.
func render(figures []figure) string {
	tw := table.NewWriter()
	tw.AppendHeader(table.Row{"benchmark", "figure", "unit", "goal", ""})
	last := ""
	for _, f := range figures {
		if last != "" && f.benchmark != last {
			tw.AppendSeparator()
		}
		last = f.benchmark
		wanted, mark := verdict(f)
		tw.AppendRow(table.Row{f.benchmark, strconv.FormatFloat(f.value, 'f', -1, 64), f.unit, wanted, mark})
	}
	return tw.Render()
}

// verdict returns a figure's goal, and whether it is met.
func verdict(f figure) (wanted, mark string) {
	for _, g := range goals {
		if g.unit != f.unit || !strings.HasPrefix(f.benchmark, g.benchmark) {
			continue
		}
		sign, met := "≤", f.value <= g.limit
		if g.atLeast {
			sign, met = "≥", f.value >= g.limit
		}
		if met {
			return fmt.Sprint(sign, g.limit), "ok"
		}
		return fmt.Sprint(sign, g.limit), "MISSED"
	}
	return "", ""
}

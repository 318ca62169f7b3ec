// Bench runs Portolan's benchmarks and prints each figure beside its goal. It runs them
// with the go command, reads what they print in the format of Go's benchmarks, and marks
// missed goals, with which it fails. Each benchmark can be run alone with the command that is shown before its
// figures.
//
// Figures are ratios or sizes wherever that is possible. A time on the machine's clock
// depends on the machine, and its unit says so; the times of Scale, Large and Billed are those
// of a simulated clock.
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
	"time"

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
// docs/performance.md says of each figure what it means, and why a goal is not tighter.
var goals = []goal{
	{"Bare/EC2", "cpu/bare", false, 1.5},
	{"Bare/Lambda", "cpu/bare+json", false, 1.7},
	{"Bare/SQS", "cpu/bare+json", false, 1.5},
	{"Bare/48-empty-cells", "cpu/bare", false, 1.5},
	{"Processor", "unchanged/first", false, 0.9},
	{"Processor", "own-unchanged/own-first", false, 0.8},
	{"Memory/", "MB-first", false, 128},
	{"Memory/", "MB-unchanged", false, 128},
	{"Large/", "s@1024MB", false, 780},
	{"Scale/10-accounts/first", "wall/bound@1024MB", false, 1.75},
	{"Scale/", "wall/bound@1024MB", false, 1.25},
	{"Billed/", "steps/single", false, 1.2},
	{"Calls", "calls/Ocean's", false, 0.9},
	{"Unchanged", "upserts/unchanged", false, 0},
	{"Unchanged", "other-port-calls/unchanged(goal≤10)", false, 10},
	{"Defaults", "documents/s", true, 25_000}, // half of what it was: a machine may be slow
	{"Init", "ms-init(goal≤150)", false, 150},
}

// The measurements, each the arguments of go test. The ratios of processor time come first,
// while the machine is as it was found.
var measurements = [][]string{
	{"-tags", "bench", "-run", "^$", "-bench", "^BenchmarkBare$", "-benchtime", "1x", "-cpu", "1", "./scripts/bench"},
	{"-run", "^$", "-bench", "^BenchmarkDefaults$", "-cpu", "1", "-benchmem", "./internal/port/defaults"},
	{"-run", "^$", "-bench", "^BenchmarkRead$", "-cpu", "1", "-benchmem", "./internal/aws/kinds"},
	{"-run", "^$", "-bench", "^BenchmarkInit$", "-benchtime", "1x", "./lambda"},
	{"-run", "^$", "-bench", "^(BenchmarkUnchanged|BenchmarkProcessor|BenchmarkCalls)$", "-benchtime", "1x", "./internal/resync"},
	{"-tags", "bench", "-run", "^$", "-bench", "^(BenchmarkMemory|BenchmarkSize)$", "-benchtime", "1x", "-timeout", "60m", "./scripts/bench"},
	{"-tags", "bench", "-run", "^(TestScale|TestLarge|TestBilled)$", "-v", "-timeout", "60m", "./scripts/bench"},
}

func main() {
	var figures []figure
	failed, began := false, time.Now()
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
		fmt.Printf("%s so far\n", time.Since(began).Round(time.Second))
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

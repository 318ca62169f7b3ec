package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/creack/pty"
	"github.com/google/go-cmp/cmp"

	"portolan/internal/console"
)

var update = flag.Bool("update", false, "write the golden transcripts")

// windows are how wide the terminals of the transcripts are.
var windows = []uint16{80, 120}

// stage is where a person sits at a terminal.
type stage struct {
	t       *testing.T
	columns uint16
	folder  string // in which they are
	env     []string
	shown   strings.Builder
	typed   atomic.Int64 // lines
}

// clock is Port's: a person waits for a minute before typing the next line. Otherwise it would depend on
// the machine whether two runs fall into one of the whole seconds in which Port tells its time.
func (s *stage) clock() time.Time { return time.Now().Add(time.Duration(s.typed.Load()) * time.Minute) }

// types runs a command line and takes down what is shown.
func (s *stage) types(line string) {
	s.t.Helper()
	s.typed.Add(1)
	raw, code := s.run(strings.Fields(line)...)
	s.shown.WriteString("$ portolan " + line + "\n" + fixed(rendered(s.t, line, raw, int(s.columns))))
	if code != 0 {
		_, _ = fmt.Fprintf(&s.shown, "[exit %d]\n", code)
	}
	s.shown.WriteString("\n")
}

// has puts a file into the folder.
func (s *stage) has(name, text string) {
	s.t.Helper()
	if err := os.MkdirAll(filepath.Dir(filepath.Join(s.folder, name)), 0o750); err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(s.folder, name), []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

// TestTranscripts compares what each command shows in a terminal with golden text, and wants no
// line to be wider than its window. With -update it writes the golden text, which the docs quote.
func TestTranscripts(t *testing.T) {
	t.Parallel()
	for name, play := range scenes {
		for _, columns := range windows {
			t.Run(fmt.Sprintf("%s.%d", name, columns), func(t *testing.T) {
				t.Parallel()
				s := &stage{t: t, columns: columns, folder: t.TempDir()}
				play(s)
				golden := filepath.Join("testdata", "transcripts", fmt.Sprintf("%s.%d.txt", name, columns))
				if *update {
					if err := os.WriteFile(golden, []byte(s.shown.String()), 0o644); err != nil { //nolint:gosec // everybody may read it
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(golden)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(string(want), s.shown.String()); diff != "" {
					t.Errorf("%s (-want +got; -update writes it):\n%s", golden, diff)
				}
			})
		}
	}
}

// run runs the command in the terminal, and returns all that it wrote there.
func (s *stage) run(args ...string) (raw string, code int) {
	s.t.Helper()
	itself, err := filepath.Abs(os.Args[0])
	if err != nil {
		s.t.Fatal(err)
	}
	program := exec.CommandContext(s.t.Context(), itself, args...)
	program.Env, program.Dir = append(s.env, actAsCommand+"=1", "TERM=xterm", "NO_COLOR=1", "HOME="+s.folder), s.folder
	terminal, err := pty.StartWithSize(program, &pty.Winsize{Rows: 50, Cols: s.columns})
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = terminal.Close() }()
	screen, err := io.ReadAll(terminal)
	if err != nil && !errors.Is(err, syscall.EIO) { // which ends a terminal's output
		s.t.Fatal(err)
	}
	_ = program.Wait() // its exit code is looked at
	return string(screen), program.ProcessState.ExitCode()
}

var sgr = regexp.MustCompile(`^\x1b\[[0-9]*m`)

// rendered returns what a terminal shows in the end. It knows only what the program may do: begin
// a line, go back to its beginning, empty it, and colour. Anything else fails the test, as does a
// line that is wider than the window at any time, unless it is one word.
func rendered(t *testing.T, name, raw string, columns int) string {
	t.Helper()
	var lines []string
	line := ""
	check := func() {
		if wide := console.Columns(line); wide > columns && strings.Contains(strings.TrimSpace(line), " ") {
			t.Errorf("%s: a line of %d columns in a window of %d: %s", name, wide, columns, line)
		}
	}
	for raw != "" {
		switch {
		case strings.HasPrefix(raw, "\r\n"):
			check()
			lines, line, raw = append(lines, line), "", raw[2:]
		case strings.HasPrefix(raw, "\r\x1b[K"):
			check()
			line, raw = "", raw[4:]
		case sgr.MatchString(raw):
			raw = raw[len(sgr.FindString(raw)):]
		default:
			r, size := utf8.DecodeRuneInString(raw)
			if unicode.IsControl(r) && r != '\t' {
				t.Errorf("%s: %q controls the terminal: %.40q", name, r, raw)
			}
			line, raw = line+raw[:size], raw[size:]
		}
	}
	check()
	if line != "" {
		lines = append(lines, line)
	}
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n") + "\n"
}

// volatile is what differs between two runs of the same, and what stands for it.
var volatile = []struct {
	found *regexp.Regexp
	as    string
}{
	{regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`), "5f0c2e9a-0000-4000-8000-000000000000"},
	{regexp.MustCompile(`127\.0\.0\.1:[0-9]+`), "127.0.0.1:4566"},
	{regexp.MustCompile(`\bin [0-9.]+m?s\b`), "in 1.2s"},
	{regexp.MustCompile(`Looked for [0-9.]+m?s`), "Looked for 1.2s"},
	{regexp.MustCompile(`about [0-9.]+m?s, which`), "about 1.2s, which"},
	{regexp.MustCompile(`(?s)Port calls: \S+ \([^)]*\)\nPeak memory: [0-9]+ MB`), "Port calls: 12 (auth 1, blueprints 2, entities 8, other 1)\nPeak memory: 64 MB"},
	{regexp.MustCompile(`Read since [0-9-]+ only`), "Read since 2026-01-05 only"},
}

func fixed(text string) string {
	for _, v := range volatile {
		text = v.found.ReplaceAllString(text, v.as)
	}
	return text
}

// TestDocsShowWhatIsPrinted compares the samples of pages with the golden transcripts. A line "…" in
// a sample stands for lines that it leaves out.
func TestDocsShowWhatIsPrinted(t *testing.T) {
	t.Parallel()
	golden, err := os.ReadFile("testdata/transcripts/runs.80.txt")
	if err != nil {
		t.Fatal(err)
	}
	for page, command := range map[string]string{"../docs/doctor.md": "doctor", "../README.md": "resync"} {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		_, sample, found := strings.Cut(string(text), "```\n$ portolan "+command+"\n")
		sample, _, _ = strings.Cut(sample, "```\n")
		_, printed, _ := strings.Cut(string(golden), "$ portolan "+command+"\n")
		printed, _, _ = strings.Cut(printed, "[exit")
		if !found || sample == "" {
			t.Errorf("%s has no sample of portolan %s", page, command)
		}
		left := printed
		for part := range strings.SplitSeq(sample, "…\n") {
			_, after, shown := strings.Cut(left, part)
			if !shown {
				t.Errorf("%s shows what is not printed:\n%s\nPrinted is:\n%s", page, part, printed)
				break
			}
			left = after
		}
	}
}

//go:build !windows

package console_test

import (
	"io"
	"os"
	"strings"
	"testing"

	"github.com/creack/pty"

	"portolan/internal/console"
)

// window opens a terminal of so many columns, and returns what is written to it until it is closed.
func window(t *testing.T, columns uint16) (file *os.File, shown func() string) {
	t.Helper()
	outside, inside, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	if err := pty.Setsize(inside, &pty.Winsize{Rows: 24, Cols: columns}); err != nil {
		t.Fatal(err)
	}
	text := make(chan string)
	go func() {
		all, _ := io.ReadAll(outside) // which ends in an error when the other end is closed
		text <- string(all)
	}()
	return inside, func() string {
		if err := inside.Close(); err != nil {
			t.Fatal(err)
		}
		defer func() { _ = outside.Close() }()
		return strings.ReplaceAll(<-text, "\r\n", "\n")
	}
}

func TestLinesComeAboveTheOneThatMoves(t *testing.T) {
	t.Parallel()
	file, shown := window(t, 60)
	s := console.New(file, []string{"TERM=xterm"})
	s.Live("1 of 2 cells")
	if _, err := s.Write([]byte("a line of the log\x1b[2J\n")); err != nil {
		t.Fatal(err)
	}
	s.Live("2 of 2 cells\nand " + strings.Repeat("more ", 20))
	s.Live("")
	if _, err := s.Write([]byte("the end\n")); err != nil {
		t.Fatal(err)
	}
	const clear = "\r\x1b[K"
	want := clear + "1 of 2 cells" + clear + "a line of the log [2J\n" + clear + "1 of 2 cells" +
		clear + "2 of 2 cells and more more more more more more more more m…" + clear + "the end\n"
	if got := shown(); got != want {
		t.Errorf("%q\nwant %q", got, want)
	}
}

// TestLiveLineInASmallWindow has fewer columns than text gets: a line that breaks could not be cleared.
func TestLiveLineInASmallWindow(t *testing.T) {
	t.Parallel()
	file, shown := window(t, 20)
	s := console.New(file, []string{"TERM=xterm"})
	s.Live("1 of 2 cells, 300 resources")
	s.Live("")
	const clear = "\r\x1b[K"
	if got, want := shown(), clear+"1 of 2 cells, 300 …"+clear; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestWindowThatIsResized(t *testing.T) {
	t.Parallel()
	file, shown := window(t, 100)
	s := console.New(file, []string{"COLUMNS=132"})
	before := s.Look().Width
	if err := pty.Setsize(file, &pty.Winsize{Rows: 24, Cols: 70}); err != nil {
		t.Fatal(err)
	}
	if after := s.Look().Width; before != 100 || after != 70 {
		t.Errorf("%d columns, then %d", before, after)
	}
	shown()
}

func TestColours(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		environ []string
		flag    bool
		want    string
	}{
		"a terminal":          {nil, false, "\x1b[31mnot\x1b[0m \x1b[31mread\x1b[0m  [35m"},
		"NO_COLOR":            {[]string{"NO_COLOR=1"}, false, "not read  [35m"},
		"an empty NO_COLOR":   {[]string{"NO_COLOR="}, false, "\x1b[31mnot\x1b[0m \x1b[31mread\x1b[0m  [35m"},
		"--no-color":          {nil, true, "not read  [35m"},
		"a terminal for text": {[]string{"TERM=dumb"}, false, "not read  [35m"},
	} {
		file, shown := window(t, 80)
		s := console.New(file, test.environ)
		if test.flag {
			s.Colourless()
		}
		if _, err := s.Write([]byte(s.Look().Bad("not read") + " \x1b[35m\n")); err != nil {
			t.Fatal(err)
		}
		if got := strings.TrimSuffix(shown(), "\n"); got != test.want {
			t.Errorf("%s: %q", name, got)
		}
	}
}

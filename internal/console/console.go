// Package console decides how text looks where a person reads it: how many columns it has,
// whether it has colours, where its lines break, and how one line that moves stays below the
// lines of a log.
//
// A terminal has the columns of its window, as wide as it is when something is printed, and
// anything else has [Standard] columns, or those of COLUMNS. Colours are for terminals only.
// They never carry a meaning that the words do not have, and NO_COLOR, --no-color or
// TERM=dumb take them away.
//
// The package refuses what controls a terminal: only its own colours and its own line pass.
// Which characters else may be shown is for package plain to say.
package console

import (
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/term"

	"portolan/internal/plain"
)

// Standard is how many columns text has where no window says it, and least how many it has at
// the least.
const (
	Standard = 80
	least    = 40
)

// Look is how text is to be printed: in so many columns, and running text in fewer if Prose says
// so.
type Look struct {
	Width, Prose int
	Colour       bool
}

// prose is how many columns of a wide window running text takes: longer lines are hard to read.
const prose = 100

// Of returns the look of what is written to w, the standard one unless w is a [Screen].
func Of(w io.Writer) Look {
	if s, ok := w.(*Screen); ok {
		return s.Look()
	}
	return Look{Width: Standard}
}

// Screen is standard output or standard error, which may be a terminal. Nothing that is written
// there controls it.
type Screen struct {
	mu       sync.Mutex
	to       io.Writer
	terminal *os.File // nil if it is none, or one that cannot do anything
	columns  int      // those of COLUMNS; 0 if it is not set
	colour   bool
	still    bool   // no line moves
	live     string // the line that moves; "" if there is none
}

// New returns the screen of a writer. The environment has the form of [os.Environ].
func New(to io.Writer, environ []string) *Screen {
	s := &Screen{to: to, colour: true}
	dumb := false
	for _, variable := range environ {
		switch name, value, _ := strings.Cut(variable, "="); name {
		case "NO_COLOR":
			s.colour = s.colour && value == ""
		case "TERM":
			dumb = value == "dumb"
		case "COLUMNS":
			s.columns, _ = strconv.Atoi(value) // what is no number sets nothing
		}
	}
	if file, ok := to.(*os.File); ok && term.IsTerminal(int(file.Fd())) && !dumb && controllable(file) {
		s.terminal = file
	}
	return s
}

// Fixed returns a screen that is no terminal and has so many columns.
func Fixed(to io.Writer, columns int) *Screen { return &Screen{to: to, columns: columns} }

// Colourless takes the colours away.
func (s *Screen) Colourless() { s.colour = false }

// Still keeps a line that moves from being shown.
func (s *Screen) Still() { s.still = true }

// Interactive says whether somebody looks at a terminal.
func (s *Screen) Interactive() bool { return s.terminal != nil }

// Look returns how text is to be printed now: a window may have become smaller.
func (s *Screen) Look() Look {
	look := Look{Width: max(s.window(), least)}
	if s.terminal != nil {
		look.Prose, look.Colour = prose, s.colour
	}
	return look
}

// window returns how many columns there are now, however few.
func (s *Screen) window() int {
	width := s.columns
	if s.terminal != nil {
		if now, _, err := term.GetSize(int(s.terminal.Fd())); err == nil && now > 0 {
			width = now
		}
	}
	if width <= 0 {
		width = Standard
	}
	return width
}

// clearLine goes back to the line's beginning and empties it.
const clearLine = "\r\x1b[K"

// Write takes whole lines. They come above the line that moves.
func (s *Screen) Write(lines []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	shown := s.harmless(string(lines))
	if s.live != "" {
		shown = clearLine + shown
	}
	if _, err := io.WriteString(s.to, shown); err != nil {
		return 0, err
	}
	s.draw()
	return len(lines), nil
}

// Live shows a line that moves, in place of the one before; "" removes it. It is shown on a
// terminal only.
func (s *Screen) Live(line string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.terminal == nil || s.still || s.live == line {
		return
	}
	s.live = line
	if line == "" {
		_, _ = io.WriteString(s.to, clearLine)
	}
	s.draw()
}

// draw writes the line that moves, cut so that it does not break.
func (s *Screen) draw() {
	if s.live != "" {
		_, _ = io.WriteString(s.to, clearLine+Cut(plain.Line(s.live, len(s.live)), s.window()-1))
	}
}

// colours are the sequences that paint writes.
var colours = regexp.MustCompile(`\x1b\[(0|1|2|31|32|33)m`)

// harmless returns the text without what controls, except colours where they are shown.
func (s *Screen) harmless(text string) string {
	var b strings.Builder
	strip := plain.Writer{To: &b}
	if s.Look().Colour {
		for at := colours.FindStringIndex(text); at != nil; at = colours.FindStringIndex(text) {
			_, _ = io.WriteString(strip, text[:at[0]]) // into memory
			b.WriteString(text[at[0]:at[1]])
			text = text[at[1]:]
		}
	}
	_, _ = io.WriteString(strip, text)
	return b.String()
}

// Good is for what was done.
func (l Look) Good(text string) string { return l.paint("32", text) }

// Warn is for what was done in part.
func (l Look) Warn(text string) string { return l.paint("33", text) }

// Bad is for what was not done.
func (l Look) Bad(text string) string { return l.paint("31", text) }

// Strong is for what is to be seen first.
func (l Look) Strong(text string) string { return l.paint("1", text) }

// Faint is for what is seldom looked at.
func (l Look) Faint(text string) string { return l.paint("2", text) }

// paint colours each word by itself, so that a line may break between two.
func (l Look) paint(colour, text string) string {
	if !l.Colour || text == "" {
		return text
	}
	return "\x1b[" + colour + "m" + strings.ReplaceAll(text, " ", "\x1b[0m \x1b["+colour+"m") + "\x1b[0m"
}

package console

import (
	"os"

	"golang.org/x/sys/windows"
)

// controllable says whether a terminal obeys the sequences that move and colour. Older consoles
// have to be told to.
func controllable(file *os.File) bool {
	var mode uint32
	console := windows.Handle(file.Fd())
	return windows.GetConsoleMode(console, &mode) == nil &&
		windows.SetConsoleMode(console, mode|windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING) == nil
}

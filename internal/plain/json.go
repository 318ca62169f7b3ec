package plain

import (
	"encoding/json"
	"fmt"
	"unicode/utf16"
	"unicode/utf8"
)

// JSON returns a JSON text that has the same values and can be shown: what [Line] would
// change is escaped. Only the texts within can hold such characters.
func JSON(text []byte) []byte {
	shown := make([]byte, 0, len(text))
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		switch {
		case r == utf8.RuneError && size == 1:
			shown = append(shown, `\ufffd`...)
		case r == '\n', r == '\t', r == '\r', visible(r) == r:
			shown = append(shown, text[:size]...)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			shown = fmt.Appendf(shown, `\u%04x\u%04x`, high, low)
		default:
			shown = fmt.Appendf(shown, `\u%04x`, r)
		}
		text = text[size:]
	}
	return shown
}

// Marshal returns a value as indented JSON that can be shown, with a line's end.
func Marshal(value any) ([]byte, error) {
	text, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return nil, err
	}
	return append(JSON(text), '\n'), nil
}

package plain_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/plain"
)

func TestLine(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                                     "",
		"größe 日本 🙂 → a  b":                    "größe 日本 🙂 → a  b",
		"\x1b]0;title\x07\x1b[31mred\x1b[0m":   " ]0;title [31mred [0m",
		"one\r\ntwo\tthree\vfour":              "one two three four",
		"line\u2028paragraph\u2029next\u0085":  "line paragraph next ",
		"\u009b31mred\x7f":                     " 31mred ",
		"user\u202egnp.exe\u2066\u061c\u200f":  "usergnp.exe",
		"a\u200bb\u200dc\ufeffd\u2060e\u00adf": "abcdef",
		"tag\U000e0041\U000e007f\U000e0100":    "tag",
		"heart\ufe0f\u034f\u3164":              "heart",
		"broken \xff\xc3\x28":                  "broken \ufffd\ufffd(",
		"private \ue000":                       "private \ufffd",
	} {
		if diff := cmp.Diff(want, plain.Line(text, 100)); diff != "" {
			t.Errorf("%q (-want +got): %s", text, diff)
		}
	}
}

func TestLineIsCutByCharacters(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"ééééé": "ééééé", "éééééé": "ééééé…", "ééééé\u200b": "ééééé", strings.Repeat("é", 200_000): "ééééé…"} {
		if got := plain.Line(text, 5); got != want {
			t.Errorf("%.20q: %q, want %q", text, got, want)
		}
	}
}

func TestLines(t *testing.T) {
	t.Parallel()
	if got := plain.Lines("one\r\n\x1btwo\nthree", 100, "  "); got != "one\n   two\n  three" {
		t.Errorf("%q", got)
	}
	if got := plain.Lines("one\ntwo", 5, ""); got != "one\nt…" {
		t.Errorf("%q", got)
	}
}

func TestWriter(t *testing.T) {
	t.Parallel()
	var to strings.Builder
	text := "a\tb\n\x1b[2J\u202ec\r\n│ é\xff\n"
	n, err := plain.Writer{To: &to}.Write([]byte(text))
	if n != len(text) || err != nil || to.String() != "a\tb\n [2Jc \n│ é\ufffd\n" {
		t.Errorf("%d, %v, %q", n, err, to.String())
	}
}

func TestEach(t *testing.T) {
	t.Parallel()
	type inner struct{ Name, kept string }
	type outer struct {
		inner
		Inner   inner
		Pointer *inner
		List    []string
		Map     map[string]any
		Any     any
		Number  int
		Nothing *inner
	}
	given := outer{
		inner{"a", "a"}, inner{"b", "b"}, &inner{"c", "c"}, []string{"d"},
		map[string]any{"e": []any{"f", 1.5, nil, map[string]any{"g": "h"}}}, "i", 7, nil,
	}
	before := plain.Each(given, func(_, text string) string { return text })
	got := plain.Each(given, func(field, text string) string { return field + ":" + strings.ToUpper(text) })
	want := outer{
		inner{"a", "a"}, inner{"Name:B", "b"}, &inner{"Name:C", "c"}, []string{"List:D"},
		map[string]any{"Map:E": []any{"Map:F", 1.5, nil, map[string]any{"Map:G": "Map:H"}}}, "Any:I", 7, nil,
	}
	allow := cmp.AllowUnexported(outer{}, inner{})
	if diff := cmp.Diff(want, got, allow); diff != "" {
		t.Errorf("-want +got: %s", diff)
	}
	if diff := cmp.Diff(before, given, allow); diff != "" {
		t.Errorf("the given value was changed: %s", diff)
	}
}

// FuzzText wants of any text that nothing of it controls, and that JSON loses nothing.
func FuzzText(f *testing.F) {
	for _, text := range []string{"a\x1b[2Jb", "\u202e\U000e0041\x9f\xff", "\"\\\n\t\r", "\u2028</script>"} {
		f.Add(text, 10)
	}
	f.Fuzz(func(t *testing.T, text string, most int) {
		most = min(max(most, 0), 1000)
		line := plain.Line(text, most)
		if controls(line, "") || utf8.RuneCountInString(line) > most+1 {
			t.Errorf("%q", line)
		}
		marshalled, err := plain.Marshal(map[string]string{"text": text})
		if err != nil || controls(string(marshalled), "\n") {
			t.Fatalf("%q, %v", marshalled, err)
		}
		var back map[string]string
		if err := json.Unmarshal(marshalled, &back); err != nil || back["text"] != strings.ToValidUTF8(text, "\ufffd") && utf8.ValidString(text) {
			t.Errorf("%q came back as %q (%v)", text, back["text"], err)
		}
	})
}

func controls(text, except string) bool {
	return !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool {
		return !strings.ContainsRune(except, r) && (unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co))
	})
}

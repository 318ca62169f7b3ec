package mask_test

import (
	"encoding/base64"
	"encoding/json"
	"html"
	"net/url"
	"os"
	"strings"
	"testing"
	"unicode/utf16"

	"portolan/internal/port/mask"
)

// lines reads a file of the corpus.
func lines(t testing.TB, file string) []string {
	t.Helper()
	text, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSuffix(line, "\n"); line != "" && !strings.HasPrefix(line, "#") {
			list = append(list, strings.NewReplacer(`\\n`, `\n`, `\n`, "\n", `\t`, "\t").Replace(line))
		}
	}
	if len(list) < 50 {
		t.Fatalf("%s has %d lines", file, len(list))
	}
	return list
}

// leak is a line of leaks.txt without its marks, and what must not survive of it.
func leak(line string) (text string, secrets []string) {
	parts := strings.Split(line, "‹")
	text = parts[0]
	for _, part := range parts[1:] {
		secret, rest, _ := strings.Cut(part, "›")
		secrets = append(secrets, secret)
		text += secret + rest
	}
	return text, secrets
}

func quoted(text string) string {
	encoded, _ := json.Marshal(text)
	return string(encoded)
}

func wide(text string) []byte {
	var out []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		out = append(out, byte(unit), byte(unit>>8))
	}
	return out
}

func wrapped(text string) string {
	var out strings.Builder
	for len(text) > 76 {
		out.WriteString(text[:76] + "\n")
		text = text[76:]
	}
	return out.String() + text
}

// carriers are what a text may be embedded in. Those that hide it return what the text cannot be found
// in; then the whole of it must not survive.
var carriers = map[string]struct {
	embed func(text string) string
	hides bool
}{
	"plain":                  {func(text string) string { return text }, false},
	"a sentence":             {func(text string) string { return "see " + text }, false},
	"JSON":                   {func(text string) string { return `{"note":` + quoted(text) + `,"n":1}` }, false},
	"JSON within a text":     {func(text string) string { return `see {"note":` + quoted(text) + `} there` }, false},
	"JSON in JSON":           {func(text string) string { return `{"a":` + quoted(`{"note":`+quoted(text)+`}`) + `}` }, false},
	"JSON in JSON in a text": {func(text string) string { return `x {"a":` + quoted(`{"note":`+quoted(text)+`}`) + `}` }, false},
	"a list in JSON":         {func(text string) string { return `["sh","-c",` + quoted(text) + `]` }, false},
	"YAML": {func(text string) string {
		return "a: 1\nnote: |\n  " + strings.ReplaceAll(text, "\n", "\n  ") + "\nb: 2\n"
	}, false},
	"lines":                  {func(text string) string { return "first\n" + text + "\nlast\n" }, false},
	"Windows' lines":         {func(text string) string { return "first\r\n" + text + "\r\nlast\r\n" }, false},
	"a script":               {func(text string) string { return "#!/bin/sh\nset -e\n" + text + "\n" }, false},
	"base64":                 {func(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }, true},
	"base64 of a script":     {func(text string) string { return base64.StdEncoding.EncodeToString([]byte("#!/bin/sh\n" + text)) }, true},
	"base64 without padding": {func(text string) string { return base64.RawStdEncoding.EncodeToString([]byte(text + "\n")) }, true},
	"base64 for URLs": {func(text string) string {
		return "https://h.test/?q=" + base64.RawURLEncoding.EncodeToString([]byte("??>>"+text))
	}, true},
	"base64 in a path": {func(text string) string { return "/data/" + base64.RawURLEncoding.EncodeToString([]byte(text+" ")) }, true},
	"base64 in lines": {func(text string) string {
		return "x: " + wrapped(base64.StdEncoding.EncodeToString([]byte(strings.Repeat("some text. ", 9)+text)))
	}, true},
	"base64 of base64": {func(text string) string {
		return base64.StdEncoding.EncodeToString([]byte(base64.StdEncoding.EncodeToString([]byte(text))))
	}, true},
	"base64 of UTF-16": {func(text string) string {
		return "powershell -EncodedCommand " + base64.StdEncoding.EncodeToString(wide(text))
	}, true},
	"a part of a URL":        {func(text string) string { return "https://h.test/?next=" + url.QueryEscape(text) + "&x=1" }, true},
	"a part of a URL's path": {func(text string) string { return "https://h.test/" + url.PathEscape(text) }, true},
	"entities":               {func(text string) string { return "<p>" + html.EscapeString(text) + "</p>" }, false},
}

// TestLeaks embeds every secret of the corpus in every carrier, as a text and in a document.
func TestLeaks(t *testing.T) {
	t.Parallel()
	m := mask.New()
	for _, line := range lines(t, "leaks.txt") {
		text, secrets := leak(line)
		if len(secrets) == 0 {
			t.Errorf("%q has no secret", line)
		}
		for name, c := range carriers {
			if shapeOnly(text) && name == "a part of a URL's path" {
				continue // its slashes are those of a path
			}
			embedded := c.embed(text)
			document, err := json.Marshal(m.Document(map[string]any{"Note": embedded, "Notes": []any{"x", embedded}}))
			if err != nil {
				t.Fatal(err)
			}
			for of, got := range map[string]string{"text": m.Text(embedded), "document": string(document)} {
				if at, found := survives(got, embedded, secrets, c.hides); found {
					t.Errorf("%s: %s\nfrom     %q\nsurvives %q\nin       %s", name, of, text, at, got)
				}
			}
		}
	}
}

// shapeOnly says whether a text is base64 with slashes and nothing else.
func shapeOnly(text string) bool {
	return strings.Contains(text, "/") && !strings.ContainsAny(text, " :._-@")
}

// survives says whether a secret is in a text, as it is or in the escapes of JSON, URLs and HTML. What
// hides it is there if the end of the carrier is, in which there is a part of the secret.
func survives(got, embedded string, secrets []string, hides bool) (string, bool) {
	for _, secret := range secrets {
		forms := []string{secret, strings.Trim(quoted(secret), `"`), url.QueryEscape(secret), url.PathEscape(secret), html.EscapeString(secret)}
		for _, form := range forms {
			if strings.Contains(got, form) {
				return form, true
			}
		}
	}
	if _, last, _ := strings.Cut(embedded, "next="); hides {
		fields := strings.Fields(embedded)
		for _, piece := range append(fields, last) {
			if piece = strings.TrimSuffix(piece, "&x=1"); len(piece) > 20 && piece != "https://h.test/?next=" && strings.Contains(got, piece) {
				return piece, true
			}
		}
	}
	return "", false
}

// TestStays wants every innocent text as it was, in whatever carrier.
func TestStays(t *testing.T) {
	t.Parallel()
	m := mask.New()
	for _, text := range lines(t, "stays.txt") {
		for name, c := range carriers {
			embedded := c.embed(text)
			if got := m.Text(embedded); got != embedded {
				t.Errorf("%s: %q becomes\n%s", name, embedded, got)
			}
			document := map[string]any{"Note": embedded, "Notes": []any{embedded}}
			if got, _ := json.Marshal(m.Document(document)); strings.Contains(string(got), "REDACTED") {
				t.Errorf("%s: a document with %q becomes\n%s", name, embedded, got)
			}
		}
	}
}

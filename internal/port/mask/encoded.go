package mask

import (
	"encoding/base64"
	"encoding/json"
	"html"
	"net/url"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// certificate is what holds no secret although it consists of random letters.
var certificate = regexp.MustCompile(`-----BEGIN (?:CERTIFICATE|PUBLIC KEY|RSA PUBLIC KEY)-----[A-Za-z0-9+/=\s\\]*-----END (?:CERTIFICATE|PUBLIC KEY|RSA PUBLIC KEY)-----`)

// outside applies f to what does not match a pattern.
func outside(pattern *regexp.Regexp, text string, f func(string) string) string {
	if !strings.Contains(text, "-----BEGIN ") {
		return f(text)
	}
	var out strings.Builder
	at := 0
	for _, found := range pattern.FindAllStringIndex(text, -1) {
		out.WriteString(f(text[at:found[0]]))
		out.WriteString(text[found[0]:found[1]])
		at = found[1]
	}
	out.WriteString(f(text[at:]))
	return out.String()
}

// json masks a text that is JSON and nothing else. It is false if the text is not, or nothing in it
// is masked: a name may occur twice, so that the text holds more than its value.
func (m *Mask) json(text string, layer int) (masked string, ok bool) {
	trimmed := strings.TrimSpace(text)
	if len(trimmed) < 2 || !strings.Contains(`{}[]""`, trimmed[:1]+trimmed[len(trimmed)-1:]) {
		return "", false
	}
	decoder := json.NewDecoder(strings.NewReader(trimmed))
	decoder.UseNumber()
	var v any
	if decoder.Decode(&v) != nil || decoder.More() {
		return "", false
	}
	seen := m.value(v, layer+1)
	if reflect.DeepEqual(v, seen) {
		return "", false
	}
	var out strings.Builder
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if encoder.Encode(seen) != nil {
		return redacted, true
	}
	return strings.TrimSuffix(out.String(), "\n"), true
}

// encoded masks what is a secret once it is decoded.
func (m *Mask) encoded(text string, layer int) string {
	if strings.Contains(text, "&") && strings.Contains(text, ";") {
		if plain := html.UnescapeString(text); plain != text {
			if masked := m.text(plain, layer+1); masked != plain {
				return masked
			}
		}
	}
	if strings.Contains(text, `\`) {
		if plain := unescaped(text); plain != text {
			if masked := m.text(plain, layer+1); masked != plain {
				return masked
			}
		}
	}
	if strings.ContainsAny(text, "%+") {
		for _, chars := range []*[256]bool{percentChars, addressChars} {
			text = runs(text, chars, 4, func(run string, _, _ int) string {
				masked, _ := m.decoded(run, layer, percentDecoded)
				return masked
			})
		}
	}
	text = runs(text, linesChars, shortestBase64, func(run string, _, _ int) string { return m.base64(run, layer) })
	return runs(text, urlChars, shortestBase64, func(run string, _, _ int) string {
		if !strings.ContainsAny(run, "-_") {
			return run
		}
		masked, _ := m.decoded(run, layer, base64Decoded)
		return masked
	})
}

// decoded masks a text whole if it is encoded and holds a secret. It is false if it is not encoded.
func (m *Mask) decoded(run string, layer int, decode func(string) (string, bool)) (masked string, ok bool) {
	plain, ok := decode(run)
	if ok && m.text(plain, layer+1) != plain {
		return redacted, true
	}
	return run, ok
}

// base64 masks letters that may be base64: all of them, without their first line, line by line, or as
// elements of a path.
func (m *Mask) base64(run string, layer int) string {
	masked, ok := m.decoded(run, layer, base64Decoded)
	if ok {
		return masked
	}
	if first := strings.IndexByte(run, '\n') + 1; first > 0 {
		if masked, ok = m.decoded(run[first:], layer, base64Decoded); ok {
			return run[:first] + masked
		}
		return runs(run, standardChars, shortestBase64, func(line string, _, _ int) string { return m.base64(line, layer) })
	}
	if !strings.Contains(run, "/") {
		return run
	}
	return runs(run, letters, shortestBase64, func(element string, _, _ int) string {
		masked, _ := m.decoded(element, layer, base64Decoded)
		return masked
	})
}

// shortestBase64 is from how many characters on a text may be one that is encoded.
const shortestBase64 = 12

var (
	percentChars  = alphabet("%.~_-+*!()")
	addressChars  = alphabet("%.~_-+*!():@/?=&,;$#'")
	linesChars    = alphabet("+/\r\n")
	standardChars = alphabet("+/")
	urlChars      = alphabet("-_")
	letters       = alphabet("")
)

func percentDecoded(run string) (plain string, ok bool) {
	plain, err := url.QueryUnescape(run)
	return plain, err == nil && plain != run
}

// base64Decoded decodes a text of either alphabet, with or without padding, in one or many lines. What
// is not text again is none of it.
func base64Decoded(run string) (plain string, ok bool) {
	run = joined.Replace(strings.TrimRight(strings.TrimSpace(run), "="))
	encoding := base64.RawStdEncoding
	if strings.ContainsAny(run, "-_") {
		encoding = base64.RawURLEncoding
	}
	if len(run)%4 == 1 {
		run = run[:len(run)-1]
	}
	if len(run) < shortestBase64 {
		return "", false
	}
	head, err := encoding.DecodeString(run[:12])
	if err != nil || !(printable(head) || wide(head)) {
		return "", false
	}
	all, err := encoding.DecodeString(run)
	switch {
	case err != nil:
		return "", false
	case wide(all): // UTF-16, as PowerShell takes commands
		narrow := make([]byte, 0, len(all)/2)
		for i := 0; i < len(all); i += 2 {
			narrow = utf8.AppendRune(narrow, rune(all[i]))
		}
		return string(narrow), true
	}
	return string(all), utf8.Valid(all) && printable(all)
}

// encodesText says whether letters that look random are base64 of a text.
func encodesText(run string) bool {
	_, ok := base64Decoded(run)
	return ok
}

var joined = strings.NewReplacer("\r", "", "\n", "")

func printable(text []byte) bool {
	for _, c := range text {
		if c < ' ' && c != '\n' && c != '\r' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}

// wide says whether each second byte is zero.
func wide(text []byte) bool {
	for i := 1; i < len(text); i += 2 {
		if text[i] != 0 {
			return false
		}
	}
	return len(text) > 1
}

var escape = regexp.MustCompile(`\\(?:u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)`)

// unescaped resolves the escapes of JSON and of most languages, once.
func unescaped(text string) string {
	return escape.ReplaceAllStringFunc(text, func(e string) string {
		switch e[1] {
		case 'n':
			return "\n"
		case 'r':
			return "\r"
		case 't':
			return "\t"
		case 'u', 'x':
			if code, err := strconv.ParseUint(e[2:], 16, 32); err == nil {
				return string(rune(code))
			}
		}
		return e[1:]
	})
}

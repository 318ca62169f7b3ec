package mask

import (
	"regexp"
	"slices"
	"strings"
)

// Keys that nothing but their shape tells, neither a prefix nor a name.

// runs calls f with each longest part of a text that consists of alphabet, and at least as long as
// given, and replaces it with what f returns.
func runs(text string, alphabet *[256]bool, shortest int, f func(run string, from, to int) string) string {
	var out strings.Builder
	written := 0
	for at := 0; at < len(text); {
		if !alphabet[text[at]] {
			at++
			continue
		}
		from := at
		for at < len(text) && alphabet[text[at]] {
			at++
		}
		if at-from < shortest {
			continue
		}
		if replaced := f(text[from:at], from, at); replaced != text[from:at] {
			out.WriteString(text[written:from])
			out.WriteString(replaced)
			written = at
		}
	}
	if written == 0 {
		return text
	}
	out.WriteString(text[written:])
	return out.String()
}

func alphabet(more string) *[256]bool {
	var chars [256]bool
	for _, c := range "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789" + more {
		chars[c] = true
	}
	return &chars
}

var (
	keyChars   = alphabet("/+_-.=")
	tokenChars = alphabet("_-.")

	twilio  = regexp.MustCompile(`^(?:SK|AC)[0-9a-f]{32}$`)
	vault   = regexp.MustCompile(`^[sbr]\.[A-Za-z0-9]{24}$`)
	discord = regexp.MustCompile(`^[MNO][A-Za-z0-9_-]{22,27}\.[A-Za-z0-9_-]{6,7}\.[A-Za-z0-9_-]{27,45}$`)
)

// maskKeys masks keys of AWS, Twilio, Vault and Discord, which have a length and an alphabet.
func maskKeys(text string) string {
	text = runs(text, tokenChars, 26, func(run string, _, _ int) string {
		switch n := len(run); {
		case n == 26 && vault.MatchString(run) && random(run), n == 34 && twilio.MatchString(run), n >= 57 && n <= 82 && discord.MatchString(run):
			return redacted
		}
		return run
	})
	return runs(text, standardChars, 40, func(run string, from, to int) string {
		switch {
		case to < len(text) && strings.IndexByte("=_-.", text[to]) >= 0, from > 0 && strings.IndexByte("_-.", text[from-1]) >= 0 && len(run) == 40:
			return run
		case from > 61 && text[from-1] == '\n' && strings.LastIndexAny(text[from-61:from-1], " \t\r\n\"'") < 0:
			return run // the last line of something longer, which base64 or PEM has in lines
		case len(run) == 40 && secretAccessKey(run):
			return redacted
		case len(run) == 40:
			return run
		}
		return runs(run, letters, 40, func(element string, _, _ int) string { // of a path
			if len(element) == 40 && secretAccessKey(element) {
				return redacted
			}
			return element
		})
	})
}

// secretAccessKey says whether forty characters look like a secret access key of AWS: base64 of random
// bytes, and neither a path nor the words of a name.
func secretAccessKey(run string) bool {
	if strings.Count(run, "/") > 4 {
		return false
	}
	k := kindsOf(run)
	return k.upper >= 4 && k.lower >= 4 && k.digits >= 1 && k.changes >= 12 && !encodesText(run) && !slices.ContainsFunc(strings.Split(run, "/"), encodesText)
}

// random says whether a text looks as if a machine had drawn it: a key, and not a word, a date, a
// path, or the id of a resource.
func random(text string) bool {
	if len(text) < 16 || len(text) > farthest || isARN(text) || identifier.MatchString(text) || strings.HasPrefix(text, "alias/") {
		return false
	}
	for i := range len(text) {
		if !keyChars[text[i]] && text[i] != '~' {
			return false
		}
	}
	k := kindsOf(text)
	return k.digits > 0 && k.digits < len(text) && k.changes*5 >= len(text)
}

// identifier is what AWS and others name resources with, and what looks like it: UUIDs and ids with a
// prefix.
var identifier = regexp.MustCompile(`^(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[a-z]{1,12}-[0-9a-f]{8,17}|mrk-[0-9a-f]{32})$`)

// kinds counts the letters and digits of a text, and how often one kind follows another.
type kinds struct{ upper, lower, digits, changes int }

func kindsOf(text string) (k kinds) {
	var last *int
	for i := range len(text) {
		count := &k.lower
		switch c := text[i]; {
		case c >= '0' && c <= '9':
			count = &k.digits
		case c >= 'A' && c <= 'Z':
			count = &k.upper
		case c < 'a' || c > 'z':
			continue
		}
		if *count++; last != nil && last != count {
			k.changes++
		}
		last = count
	}
	return k
}
